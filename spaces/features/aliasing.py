"""Sampling and aliasing: the same sound at a lower rate with and without the filter, and where every tone lands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal import sampling
from components.audio_input import hint
from components.figure import Figure, figure, line
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from .analysis import Loaded, excerpt
from .pictures import stft_picture
from .settings import auto_fft

if TYPE_CHECKING:
    from .page import Scene

RATE = 32_000  # Hz, of the sweep and the tone before they are sampled again
SWEEP_S, SWEEP_TO_HZ = 4.0, 12_000.0
TONE_HZ, TONE_PARTIALS = 700.0, 14  # a note whose highest partial lies at 9800 Hz

TEXT = """
Sampling at $f_s$ keeps one number every $1/f_s$ seconds. Two frequencies that differ by a multiple of $f_s$, or mirror
each other around a multiple of $f_s/2$, give *the same* numbers (as cosines; a mirrored sine
changes its sign), so a tone above the Nyquist frequency $f_s/2$ comes
back as another tone:

$$f_\\text{heard} = \\left|\\, f - f_s \\cdot \\operatorname{round}(f / f_s) \\,\\right|$$

Afterwards nothing can tell them apart. So a low-pass filter takes away what lies above $f_s/2$ **before** the samples
are dropped: that part is lost, but nothing false takes its place.
"""


def source(scene: Scene) -> tuple[np.ndarray, int, str]:
    """Return the samples, the rate and a name of what is sampled again."""
    kind = scene.fields["src"]
    if kind == "sweep":
        return sampling.linear_sweep(0, SWEEP_TO_HZ, SWEEP_S, RATE), RATE, f"A sweep from 0 to {SWEEP_TO_HZ:g} Hz"
    if kind == "tone":
        t = np.arange(round(2 * RATE)) / RATE
        k = np.arange(1, TONE_PARTIALS + 1)[:, None]
        y = (np.sin(2 * np.pi * TONE_HZ * k * t) / k).sum(axis=0)
        ramp = np.minimum(1, np.minimum(t, t[-1] - t) / 0.02)  # no click at either end
        return (0.3 * y * ramp).astype(np.float32), RATE, f"A tone of {TONE_HZ:g} Hz with {TONE_PARTIALS} partials"
    y, part = excerpt(scene.sound)
    return y, scene.sound.sample_rate, scene.sound.title + part


def sampled(y: np.ndarray, rate: int, target_hz: int, *, with_filter: bool) -> np.ndarray:
    """Sample ``y`` again at ``target_hz`` and turn it back into sound at ``rate``, as a perfect converter would.

    Raises
    ------
    ValueError
        When ``target_hz`` is above ``rate``.
    """
    convert = sampling.resample if with_filter else sampling.decimate_without_filter
    return sampling.resample(convert(y, rate, target_hz), target_hz, rate)[: len(y)]


def zigzag(target_hz: int, top_hz: float, partials_hz: list[float]) -> dict:
    """Draw the frequency that is heard over the frequency that went in, with every partial of the tone on it."""
    f = np.unique(np.append(np.arange(0, top_hz + 1, target_hz / 2), top_hz))  # corners of the zigzag
    traces = [line(f, sampling.fold_frequency(f, target_hz), name="without filter")]
    half = min(target_hz / 2, top_hz)
    traces.append(
        line(np.array([0, half]), np.array([0, half]), color="var(--lab-c3)", name="with filter", line={"width": 5})
    )
    if partials_hz:
        folded = sampling.fold_partials(partials_hz, target_hz)
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [p.frequency_hz for p in folded],
                "y": [p.lands_at_hz for p in folded],
                "name": "partials",
                "marker": {"size": 8, "color": ["var(--lab-c2)" if p.aliased else "var(--lab-c1)" for p in folded]},
            }
        )
    return figure(
        traces,
        alt=f"Sampled at {target_hz} Hz, frequencies above {target_hz / 2:g} Hz fold back: "
        + "; ".join(
            f"{f:g} Hz is heard at {sampling.fold_frequency(f, target_hz):g} Hz"
            for f in partials_hz[-3:] or [0.75 * target_hz]
        )
        + ".",
        x_title="Frequency that goes in (Hz)",
        y_title="Heard (Hz)",
        x_range=(0, top_hz),
        y_range=(-0.03 * target_hz, 0.55 * target_hz),
        xaxis={"tickformat": "~s"},
        yaxis={"tickformat": "~s"},
        showlegend=True,
        margin={"t": 26},
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the note, both players, both spectrograms, the zigzag and the table of partials."""
    y, rate, title = source(scene)
    target_hz = int(fields["fs"])
    if target_hz > rate:
        problem = f"This sound has only {rate} samples a second: choose a new rate below that to see it fold."
        return {"alias_note": hint([problem], problem=True)}
    config = replace(
        scene.config,
        sample_rate=rate,
        window_ms=25,
        hop_ms=10,
        n_fft=auto_fft(25, rate),
        f_min_hz=0,
        f_max_hz=None,
        pre_emphasis=0,
    )
    shown: dict[str, Any] = {"alias_note": ""}
    for name in ("with", "without"):
        with_filter, how = name == "with", f"{name} the filter"
        heard = sampled(y, rate, target_hz, with_filter=with_filter)
        key = (f"{fields['src']} {scene.sound.path} {target_hz} {how}", scene.sound.key[1])
        loaded = Loaded(key, f"{title}, at {target_hz} Hz {how}", True, scene.sound.path, heard, rate, ())
        shown[f"{name}_player"] = loaded.sound()
        shown[f"{name}_picture"] = picture = stft_picture(loaded, config, db=80.0)
        nyquist = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": target_hz / 2, "y1": target_hz / 2}
        picture["layout"]["shapes"] = [nyquist | {"line": {"color": "#fff", "width": 1, "dash": "dot"}}]
    partials = [TONE_HZ * k for k in range(1, TONE_PARTIALS + 1)] if fields["src"] == "tone" else []
    rows = [
        (
            f"{k}",
            f"{p.frequency_hz:g}",
            f"{p.nyquist_zone}",
            f"<strong>{p.lands_at_hz:g}</strong>" if p.aliased else f"{p.lands_at_hz:g}",
        )
        for k, p in enumerate(sampling.fold_partials(partials, target_hz), 1)
    ]
    listing = table(("Partial", "Frequency (Hz)", "Nyquist zone", "Heard at (Hz)"), rows) if rows else ""
    return {**shown, "zigzag": zigzag(target_hz, rate / 2, partials), "partials": listing}


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            text(TEXT)
            src = gr.Radio(
                [("Sine sweep", "sweep"), ("Harmonic tone", "tone"), ("The sound above", "sound")],
                value="sweep",
                label="What is sampled",
                elem_classes="lab-chips",
            )
            fs = gr.Slider(2000, 16000, 8000, step=500, label="New sample rate (Hz)")
            note = gr.HTML("", apply_default_css=False)
            zig = Figure("Where each frequency lands", height=210)
            listing = gr.HTML("", apply_default_css=False)
        with gr.Column(scale=2, min_width=320):
            with_player = Player("alias-with", label="With the filter", empty="With the anti-alias filter")
            with_picture = Figure("With the anti-alias filter", clock="alias-with", height=210)
            without_player = Player("alias-without", label="Without the filter", empty="Without the filter")
            without_picture = Figure("Without it: what was above comes back below", clock="alias-without", height=210)
    return {
        **{"src": src, "fs": fs, "alias_note": note, "zigzag": zig, "partials": listing},
        **{"with_player": with_player, "with_picture": with_picture},
        **{"without_player": without_player, "without_picture": without_picture},
    }


PART = Part(
    slug="alias",
    title="Sampling and aliasing",
    draw=draw,
    show=show,
    fields=("src", "fs"),
    follows=frozenset({"src", "fs", "window"}),
)
