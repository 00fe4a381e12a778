"""What the tests of the Feature Explorer share: its state, its outputs by name, and librosa's numbers."""

from __future__ import annotations

import base64
import zlib
from types import SimpleNamespace

import gradio as gr
import librosa
import numpy as np
import soundfile

from algorithms.signal.feature_config import FeatureConfig
from components.audio_input import OwnSound
from components.figure import Figure
from components.lesson import Fields
from spaces.features import SPACE, analysis
from spaces.features.page import LESSON, PARTS, Scene

FIGURES = ("wave", "stft", "mel", "mfccs", "spectrum", "bank")
MAIN = ("note", "view", "player", *FIGURES)
SENT = Figure("any").postprocess

with gr.Blocks():
    WIRING = LESSON.build(SPACE)


def fields(**changed) -> dict:
    """The state that the page opens with, but for what is given."""
    return {**WIRING.state.defaults, **changed}


def visit(moved="", /, *, own=None, view=None, event=None, **changed):
    return WIRING.default_visit(own=own, moved=moved, kept={"view": view}, event=event, **changed)


def merged(steps) -> dict:
    """What an event changes, by name."""
    shown = {name: value for values in steps for name, value in values.items()}
    WIRING.named(shown)  # every name is one of the page's
    return shown


def draw(moved="", /, **how) -> dict:
    """What the page shows anew when a field has moved; all of it where none is named."""
    return merged(LESSON.moved(visit(moved, **how)))


def happened(component, event, about, /, **how) -> dict:
    """What an event changes that tells ``about``."""
    ons = [*LESSON.on, *(on for part in PARTS for on in part.on)]
    (on,) = [on for on in ons if (on.component, on.event) == (component, event)]
    return merged(WIRING.happened(on, visit(event=SimpleNamespace(**about), **how)))


def zoom(picture, x, y, /, **how) -> dict:
    return happened(picture, "zoom", {"x": x, "y": y}, **how)


def cursor(t, /, **how) -> dict:
    return happened("player", "cursor", {"t": t}, **how)


def main(shown: dict) -> dict:
    """Only the note, the view, the player and the pictures above the parts."""
    return {name: value for name, value in shown.items() if name in MAIN}


def sent(shown: dict) -> int:
    """Bytes of the figures."""
    return sum(len(SENT(value)) for value in shown.values() if isinstance(value, dict) and "layout" in value)


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
    return Scene(sound, Fields(f), {"key": sound.key})
