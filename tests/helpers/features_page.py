"""What the tests of the Feature Explorer share: its state, its outputs by name, and librosa's numbers."""

from __future__ import annotations

import base64
import zlib

import gradio as gr
import librosa
import numpy as np
import soundfile

from algorithms.signal.feature_config import FeatureConfig
from components.audio_input import OwnSound
from components.figure import Figure
from spaces.features import SPACE, analysis, view
from spaces.features.section import Scene
from spaces.features.settings import config_of

FIGURES = ("wave", "stft", "mel", "mfcc", "spectrum", "bank")
SENT = Figure("any").postprocess
SKIPPED = gr.skip()


def page_fields(**changed) -> dict:
    """The state that the page opens with."""
    with gr.Blocks() as demo:
        SPACE.build()
    links = next(block for block in demo.blocks.values() if hasattr(block, "lesson"))
    return {**links.lesson.state.defaults, **changed}


DEFAULTS = page_fields()


def fields(**changed) -> dict:
    return {**DEFAULTS, **changed}


def named(out: tuple) -> dict:
    """The outputs of `render` by name, without what is skipped."""
    shown = dict(zip(view.MAIN, out, strict=False))
    return {name: value for name, value in shown.items() if not is_skip(value)}


def is_skip(value) -> bool:
    return isinstance(value, dict) and value == SKIPPED


def section_of(out: tuple, slug: str) -> tuple:
    start = len(view.MAIN) + view.AUDIBLE + len(view.SECTIONS)
    for other, module in view.SECTIONS.items():
        if other == slug:
            return out[start : start + module.OUTPUTS]
        start += module.OUTPUTS
    raise KeyError(slug)


def image_db(trace: dict) -> np.ndarray:
    """A sent image back in its unit, [rows, columns]."""
    z = trace["z"]
    levels = np.frombuffer(zlib.decompress(base64.b64decode(z["u8"])), np.uint8).reshape(z["shape"])
    return z["lo"] + levels * (z["hi"] - z["lo"]) / 255


def own_sound(path) -> OwnSound:
    return OwnSound(str(path), "mine", None)


def ten_seconds(tmp_path, rate=16_000, kind="noise") -> OwnSound:
    t = np.arange(10 * rate) / rate
    y = 0.3 * np.random.default_rng(0).standard_normal(len(t)) if kind == "noise" else np.sin(2 * np.pi * 440 * t)
    path = tmp_path / f"{kind}{rate}.wav"
    soundfile.write(path, np.clip(y, -1, 1), rate)
    return own_sound(path)


def librosa_of(y, c: FeatureConfig):
    """STFT dB, mel dB (no floor) and MFCC of librosa."""
    window = "boxcar" if c.window == "rectangular" else c.window
    if c.pre_emphasis:
        y = librosa.effects.preemphasis(y, coef=c.pre_emphasis)
    s = np.abs(librosa.stft(y, n_fft=c.n_fft, hop_length=c.hop_length, win_length=c.window_length, window=window))
    mel = librosa.feature.melspectrogram(
        S=s**c.power,
        sr=c.sample_rate,
        n_mels=c.n_mels,
        fmin=c.f_min_hz,
        fmax=c.f_max_hz,
        htk=c.mel_scale == "htk",
        norm=c.mel_norm,
    )
    to_db = librosa.power_to_db if c.power == 2 else librosa.amplitude_to_db
    mfcc = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=c.n_mfcc, lifter=c.lifter)
    return librosa.amplitude_to_db(s, ref=np.max, top_db=None), to_db(mel, ref=np.max, top_db=None), mfcc


def scene(**changed) -> Scene:
    f = fields(**changed)
    sound = analysis.load(None, f["clip"])
    return Scene(sound, config_of(f, sound.sample_rate), f)
