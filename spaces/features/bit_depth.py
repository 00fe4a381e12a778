"""Bit depth: what rounding the samples to fewer bits adds to a sound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal import sampling
from components.figure import Figure, figure, line
from components.lesson import Fields, Part
from components.page import text
from components.player import Player, Sound
from components.words import table

from .analysis import excerpt

if TYPE_CHECKING:
    from .page import Scene

SHOWN_S = 0.01

TEXT = """
With $n$ bits a sample can take $2^n$ values, a step of $\\Delta = 2/2^n$ apart. Rounding adds an error of at most
half a step. If the error is spread evenly over the step its power is $\\Delta^2/12$, and a sine that fills the whole
range stands above it by

$$\\text{SNR} = 6.02\\,n + 1.76 \\text{ dB}$$

One bit more is worth 6 dB. A sound that does not fill the range has less. *Dither* adds a little noise before rounding:
the error becomes a steady hiss that no longer follows the sound, but is 4.77 dB stronger (with this page's dither).
"""


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the player, the picture of 10 ms and the table of signal-to-noise ratios."""
    y, part = excerpt(scene.sound)
    rate, bits, dither = scene.sound.sample_rate, int(fields["bits"]), bool(fields["dither"])
    rounded = sampling.quantise(y, bits, dither=dither)
    snr = sampling.snr_db(y, rounded)
    n = min(round(SHOWN_S * rate), len(y))
    start = min(max(int(np.argmax(np.abs(y))) - n // 2, 0), len(y) - n)
    place = {"x0": 1000 * start / rate, "dx": 1000 / rate}
    step = 2.0 / 2**bits
    picture = figure(
        [
            line(None, y[start : start + n], name="before", **place),
            line(
                None,
                rounded[start : start + n],
                color="var(--lab-c2)",
                name=f"{bits} bits",
                line={"shape": "hvh", "width": 1.2},
                **place,
            ),
        ],
        alt=f"10 ms around the loudest sample, rounded to {bits} bits: steps of {step:.4g}.",
        x_title="Time (ms)",
        y_title="Amplitude",
        home=str(scene.sound.key),
        showlegend=True,
        margin={"t": 26},
    )
    measured = (
        "no error at all" if math.isinf(snr) and snr > 0 else "silence has none" if math.isinf(snr) else f"{snr:.1f} dB"
    )
    sine = (1 - step / 2) * np.sin(2 * np.pi * 997 * np.arange(48000) / 48000)
    sine_snr = sampling.snr_db(sine, sampling.quantise(sine, bits, dither=dither))
    rows = [
        ("Values a sample can take", f"{2**bits}"),
        ("Step", f"{step:.3g}"),
        ("This sound, measured", f"<strong>{measured}</strong>"),
        ("The largest sine that fits, measured", f"{sine_snr:.1f} dB"),
        ("A full-scale sine, by the formula", f"{sampling.quantisation_snr_db(bits, dither=dither):.1f} dB"),
    ]
    sound = Sound(
        f"{scene.sound.title}{part}, {bits} bits{', dithered' if dither else ''}", y=rounded, sample_rate=rate
    )
    return {"rounded": sound, "rounding": picture, "snr": table(("Signal-to-noise ratio", ""), rows)}


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=300):
            text(TEXT)
            bits = gr.Slider(2, 16, 6, step=1, label="Bits a sample")
            dither = gr.Checkbox(False, label="Dither (triangular, ±1 step)")
        with gr.Column(scale=2, min_width=320):
            rounded = Player("bits", label="Rounded sound")
            rounding = Figure("Before and after rounding, around the loudest sample", height=230)
            snr = gr.HTML("", apply_default_css=False)
    return {"bits": bits, "dither": dither, "rounded": rounded, "rounding": rounding, "snr": snr}


FIELDS = ("bits", "dither")
PART = Part(slug="bits", title="Bit depth", draw=draw, show=show, fields=FIELDS)
