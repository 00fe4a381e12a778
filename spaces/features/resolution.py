"""Time against frequency resolution: two windows on the same sound, and what no window can beat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from components.figure import Figure
from components.lesson import Fields, Part
from components.page import text
from components.words import table

from .pictures import stft_picture
from .settings import auto_fft
from .zoom import on_zoom

if TYPE_CHECKING:
    from .page import Scene

PAIR = {"stft_a": "wa", "stft_b": "wb"}
FOLLOWS = frozenset({"wa", "wb", "win", "hop", "window", "fft", "pre", "y", "db", "view"})

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


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return both pictures, after a zoom what it touches of them, and else the table of spreads, the page's with it."""
    zoom = fields.moved == "view"
    configs = {picture: config_for(scene, fields[window]) for picture, window in PAIR.items()}
    pictures = {
        name: stft_picture(
            scene.sound,
            config,
            scene.view,
            y=fields["y"],
            db=fields["db"],
            name=name,
            columns=234,  # half as wide as the big pictures, and the page may send 300 kB in all
            rows=88,
        )
        for name, config in configs.items()
        if not zoom or name in scene.view["anew"]
    }
    return pictures if zoom else {**pictures, "spreads": spreads(scene, (*configs.values(), scene.config))}


def spreads(scene: Scene, configs: Sequence[FeatureConfig]) -> str:
    """Return the table of how far each window spreads in time and in frequency."""
    rows = []
    for label, config in zip(("A", "B", "the page's"), configs, strict=True):
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
    return table(head, rows) + warning


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    text(TEXT)
    drawn: dict[str, Any] = {}
    with gr.Row(equal_height=False):
        for name, (picture, window), preset in (("A", ("stft_a", "wa"), 5), ("B", ("stft_b", "wb"), 50)):
            with gr.Column(min_width=320):
                drawn[window] = gr.Slider(2, 200, preset, step=1, label=f"Window {name} (ms)")
                drawn[picture] = Figure(f"STFT with window {name}", clock="features", height=240)
    return {**drawn, "spreads": gr.HTML("", apply_default_css=False)}


PART = Part(
    slug="res",
    title="Time or frequency",
    draw=draw,
    show=show,
    fields=("wa", "wb"),
    follows=FOLLOWS,
    on=on_zoom(*PAIR),
)
