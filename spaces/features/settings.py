"""What the page's controls mean: from the values of sliders to a `FeatureConfig`, and which picture follows which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from algorithms.signal.feature_config import WINDOWS, FeatureConfig

MAX_S = 30.0  # of a sound that the page analyses
TOP_MEL_HZ = 12_000  # right end of the f_max slider: stands for half the sample rate
MIN_AUTO_FFT = 512  # a finer grid than very short windows need, so that narrow mel filters still find FFT points
FFT_SIZES = (128, 256, 512, 1024, 2048, 4096, 8192, 16384)
FREQUENCY_AXES = ("linear", "log")

# Which pictures follow which setting.
FRAMES = frozenset({"stft", "mel", "mfccs", "spectrum", "bank"})
BANDS = FRAMES - {"stft"}
AFFECTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("win", "hop", "window", "fft", "pre"), FRAMES),
    **dict.fromkeys(("mels", "fmin", "fmax", "scale", "norm", "power"), BANDS),
    **dict.fromkeys(("mfcc", "lift", "cmn"), frozenset({"mfccs"})),
    "y": frozenset({"stft", "spectrum"}),
    "db": frozenset({"stft", "mel", "spectrum"}),
}


def draw() -> dict[str, gr.components.Component]:
    """Draw the settings, grouped as the chain is; returns them by their names in the address."""
    with gr.Accordion("Window and hop", open=True, elem_id="features-frames"):
        frames = {
            "win": gr.Slider(2, 200, 25, step=1, label="Window (ms)"),
            "hop": gr.Slider(1, 50, 10, step=1, label="Hop (ms)"),
            "window": gr.Dropdown([(w.capitalize(), w) for w in WINDOWS], value="hann", label="Window type"),
            "fft": gr.Dropdown(
                [("Auto: the next power of two", "auto"), *((str(n), str(n)) for n in FFT_SIZES)],
                value="auto",
                label="FFT size",
            ),
            "pre": gr.Slider(0, 0.99, 0, step=0.01, label="Pre-emphasis (0 is off)"),
        }
    with gr.Accordion("Mel", open=False):
        bands = {
            "mels": gr.Slider(4, 256, 80, step=1, label="Mel filters"),
            "fmin": gr.Slider(0, 6000, 0, step=10, label="Lowest frequency (Hz)"),
            "fmax": gr.Slider(
                200,
                TOP_MEL_HZ,
                TOP_MEL_HZ,
                step=100,
                label="Highest frequency (Hz)",
                info="Right end: half the sample rate",
            ),
            "scale": gr.Radio([("Slaney", "slaney"), ("HTK", "htk")], value="slaney", label="Mel scale"),
            "norm": gr.Checkbox(True, label="Filters of equal area"),
            "power": gr.Radio([("Energy |X|²", 2), ("Amplitude |X|", 1)], value=2, label="Filters add up"),
        }
    with gr.Accordion("MFCC", open=False):
        cepstrum = {
            "mfcc": gr.Slider(1, 40, 13, step=1, label="Coefficients a frame"),
            "lift": gr.Slider(0, 40, 0, step=1, label="Lifter length (0 is off)"),
            "cmn": gr.Checkbox(False, label="Subtract each one's mean (in the picture)"),
        }
    with gr.Accordion("Display", open=False):
        axes = [(a.capitalize(), a) for a in FREQUENCY_AXES]
        display = {
            "y": gr.Radio(axes, value="linear", label="Frequency axis of the STFT"),
            "db": gr.Slider(20, 120, 80, step=5, label="Range of the colours (dB)"),
        }
    return {**frames, **bands, **cepstrum, **display}


def auto_fft(window_ms: float, sample_rate: int) -> int:
    """Return the FFT size that "auto" stands for: the next power of two that holds the window, at least 512."""
    length = round(window_ms * sample_rate / 1000)
    return max(MIN_AUTO_FFT, 1 << max(length - 1, 0).bit_length())


def config_of(fields: Mapping[str, Any], sample_rate: int) -> FeatureConfig:
    """Turn the page's settings into the chain's.

    Parameters
    ----------
    fields
        ``win, hop`` in ms, ``window``, ``fft`` ("auto" or a size), ``pre``, ``mels``, ``fmin, fmax`` in Hz (fmax at its
        right end or above half the sample rate stands for half the sample rate), ``scale``, ``norm``, ``power``,
        ``mfcc``, ``lift``.
    sample_rate
        Of the sound, Hz.

    Raises
    ------
    ValueError
        One sentence: which settings don't go together and what to do.
    """
    nyquist_hz = sample_rate / 2
    f_max_hz = nyquist_hz if fields["fmax"] >= TOP_MEL_HZ else min(fields["fmax"], nyquist_hz)
    return FeatureConfig(
        sample_rate=sample_rate,
        window=fields["window"],
        window_ms=fields["win"],
        hop_ms=fields["hop"],
        n_fft=auto_fft(fields["win"], sample_rate) if fields["fft"] == "auto" else int(fields["fft"]),
        n_mels=fields["mels"],
        f_min_hz=fields["fmin"],
        f_max_hz=f_max_hz,
        mel_scale=fields["scale"],
        mel_norm="slaney" if fields["norm"] else None,
        power=fields["power"],
        pre_emphasis=fields["pre"],
        n_mfcc=fields["mfcc"],
        lifter=fields["lift"],
    )
