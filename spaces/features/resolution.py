"""Time against frequency resolution: two windows on the same sound, and what no window can beat."""

from __future__ import annotations

from dataclasses import replace

import gradio as gr

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from components.figure import Figure
from components.page import text

from .pictures import stft_picture
from .section import Parts, Scene, table
from .settings import auto_fft

SLUG, LABEL, OUTPUTS = "res", "Time or frequency", 3
FOLLOWS = frozenset({"wa", "wb", "win", "hop", "window", "fft", "pre", "y", "db"})

TEXT = """
A short window says *when*, a long one says *which frequency*; none says both. Take the window's energy as a
distribution over time, with standard deviation $\\sigma_t$, and its spectrum's energy as one over frequency, with
$\\sigma_f$. Then (Gabor 1946)

$$\\sigma_t \\, \\sigma_f \\;\\ge\\; \\frac{1}{4\\pi} \\approx 0.0796$$

and only a Gaussian reaches the limit. Two tones merge when they are closer than about half the window's main lobe,
which is $4/T$ wide for a Hann window of length $T$. Zero-padding (a larger FFT) draws more points on the same curve;
it resolves nothing more.
"""


def config_for(scene: Scene, window_ms: float) -> FeatureConfig:
    """Return the page's settings with another window length and the FFT that fits it."""
    return replace(scene.config, window_ms=window_ms, n_fft=max(1024, auto_fft(window_ms, scene.config.sample_rate)))


def content(scene: Scene) -> tuple:
    """Return both pictures and the table of spreads (of both windows and of the page's)."""
    configs = [config_for(scene, scene.fields[name]) for name in ("wa", "wb")]
    pictures = [
        stft_picture(
            scene.sound,
            config,
            scene.view,
            y=scene.fields["y"],
            db=scene.fields["db"],
            name=name,
            columns=234,  # half as wide as the big pictures, and the page may send 300 kB in all
            rows=88,
        )
        for config, name in zip(configs, ("wa", "wb"), strict=True)
    ]
    rows = []
    for label, config in zip(("A", "B", "the page's"), (*configs, scene.config), strict=True):
        u = chain.uncertainty(config)
        rows.append(
            (
                f"{label}: {config.window_ms:g} ms {config.window}",
                f"{1000 * u.time_spread_s:.2f} ms",
                f"{u.frequency_spread_hz:.1f} Hz",
                f"<strong>{u.product:.4f}</strong>",
                f"{u.product / u.gabor_limit:.2f} ×",
                f"{u.main_lobe_hz:.0f} Hz",
                f"{u.bin_hz:.1f} Hz",
            )
        )
    head = (
        "Window",
        "σ<sub>t</sub>",
        "σ<sub>f</sub>",
        "σ<sub>t</sub> σ<sub>f</sub>",
        "of 1/4π",
        "Main lobe",
        "FFT step",
    )
    warning = ""
    if scene.config.window in ("rectangular", "hamming"):
        warning = (
            '<p class="lab-hint">This window jumps at its ends, so its spectrum falls off so slowly that σ<sub>f</sub> '
            "has no bound: the number shown is set by the sample rate.</p>"
        )
    return *pictures, table(head, rows) + warning


def build() -> Parts:
    """Draw the section."""
    text(TEXT)
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            first = gr.Slider(2, 200, 5, step=1, label="Window A (ms)")
            first_picture = Figure("STFT with window A", clock="features", height=240)
        with gr.Column(min_width=320):
            second = gr.Slider(2, 200, 50, step=1, label="Window B (ms)")
            second_picture = Figure("STFT with window B", clock="features", height=240)
    numbers = gr.HTML("", apply_default_css=False)
    return Parts([first_picture, second_picture, numbers], {"wa": first, "wb": second})
