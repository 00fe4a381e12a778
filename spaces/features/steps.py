"""MFCC step by step: the actual numbers of one frame, from its samples to its coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal import features as chain
from components.figure import Figure, figure, line
from components.lesson import Fields, Part
from components.page import text
from components.words import table

from . import analysis

if TYPE_CHECKING:
    from .page import Scene

POINTS = 1000  # of a curve, at most twice as many numbers
FOLLOWS = ("win", "hop", "window", "fft", "pre", "mels", "fmin", "fmax", "scale", "norm", "power", "mfcc", "lift", "t")
TITLES = {
    "samples": "1  The frame, and its window",
    "windowed": "2  Frame × window",
    "power_spectrum": "3  Power spectrum",
    "energies": "4  Filterbank energies",
    "log_energies": "5  Logarithm",
    "cepstrum": "6  DCT, 7 lifter",
}

TEXT = """
The seven steps of **one frame**: the one under the play cursor (at first the loudest). Play the sound or click a
picture above, and all numbers follow. A common mistake: an MFCC is *not* one vector for a clip. It is a short vector
for **every frame**, the DCT of that frame's log-mel energies; a clip gives a matrix of `n_mfcc` rows and one column a
frame.

$$c_k = s_k \\sum_{m=0}^{M-1} L_m \\cos\\frac{\\pi k (2m+1)}{2M}, \\qquad s_0 = \\sqrt{1/M}, \\; s_k = \\sqrt{2/M},
\\qquad
w_k = 1 + \\frac{L}{2} \\sin\\frac{\\pi (k+1)}{L}$$

$L_m$: log energy of mel filter $m$ in dB; $w_k$: the lifter's weights (length $L$; off at $L = 0$), written for $k =
0, 1, \\dots$ as librosa counts.
"""


def _bars(values: np.ndarray, color: str, name: str, x: np.ndarray | None = None) -> dict:
    places = np.arange(len(values)) if x is None else x
    return {"type": "bar", "x": places, "y": values, "name": name, "marker": {"color": color, "line": {"width": 0}}}


def _curve(y: np.ndarray, x0: float, dx: float, **style: Any) -> dict[str, Any]:
    """Draw equally spaced samples; of many, the lowest and the highest of each group, so that no peak is lost."""
    group = -(-len(y) // POINTS)
    if group > 1:
        starts = np.arange(0, len(y), group)
        y = np.stack([np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)], axis=1).ravel()
        dx *= group / 2
    return line(None, y, x0=x0, dx=dx, **style)


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the six pictures and the table of the frame's numbers."""
    sound, config = scene.sound, scene.config
    frame = analysis.frame_at(sound, config, fields["t"])
    s = chain.steps_of_frame(sound.y, config, frame, mel=analysis.mel(sound, config))
    start_ms = 1000 * (s.time_s - config.window_length / config.sample_rate / 2)
    place = {"x0": start_ms, "dx": 1000 / config.sample_rate}
    top = max(float(np.abs(s.samples).max()), 1e-6)
    home = f"{sound.key}"
    samples = figure(
        [
            _curve(s.samples, **place, name="samples"),
            _curve(s.window * top, **place, color="var(--lab-c2)", name="window", line={"dash": "dot"}),
        ],
        alt=f"Frame {frame}: {config.window_length} samples around {s.time_s:.3f} s, largest {top:.3f}.",
        x_title="Time (ms)",
        showlegend=True,
        margin={"t": 24},
    )
    windowed = figure(
        [_curve(s.windowed, **place)],
        alt=f"The {config.window_length} samples times the {config.window} window.",
        x_title="Time (ms)",
    )
    bin_hz = config.sample_rate / config.n_fft
    group = -(-config.n_bins // POINTS)
    spectrum_db = 10 * np.log10(np.maximum(s.spectrum, 1e-10))
    if group > 1:
        spectrum_db = np.maximum.reduceat(spectrum_db, np.arange(0, config.n_bins, group))
    spectrum = figure(
        [line(None, spectrum_db, x0=bin_hz * (group - 1) / 2, dx=bin_hz * group)],
        alt=f"|X|^{config.power} at {config.n_bins} frequencies, largest {s.spectrum.max():.4g}.",
        x_title="Frequency (Hz)",
        y_title="10 log₁₀",
        xaxis={"tickformat": "~s"},
    )
    mel = figure(
        [_bars(s.mel, "var(--lab-c3)", "energy")],
        alt=f"Energies of {config.n_mels} mel filters, largest {s.mel.max():.4g} in filter {int(np.argmax(s.mel))}.",
        x_title="Mel filter",
        yaxis={"tickformat": ".1~e", "nticks": 5},
        bargap=0.1,
    )
    log_mel = figure(
        [line(np.arange(config.n_mels), s.log_mel_db, color="var(--lab-c3)", line={"shape": "hvh"})],
        alt=f"The same in dB, from {s.log_mel_db.min():.1f} to {s.log_mel_db.max():.1f}; floor {s.floor_db:.1f} dB.",
        x_title="Mel filter",
        y_title="dB",
    )
    k = np.arange(config.n_mfcc)
    shown = [_bars(s.dct, "var(--lab-c4)", "DCT", k)]
    if config.lifter:
        shown.append(_bars(s.mfcc, "var(--lab-c1)", "liftered", k))
    # c0 is the frame's loudness and dwarfs the rest, so the axis is fitted to the others.
    rest = np.concatenate([s.dct[1:], s.mfcc[1:], [1.0, -1.0]])
    limit = 1.15 * float(np.abs(rest).max())
    cepstrum = figure(
        shown,
        alt=f"{config.n_mfcc} coefficients; c0 is {s.mfcc[0]:.1f}"
        + (f", c1 {s.mfcc[1]:.1f}." if config.n_mfcc > 1 else "."),
        x_title="Coefficient k (c0 runs off the picture)",
        y_range=(-limit, limit),
        showlegend=bool(config.lifter),
        bargap=0.2,
        home=home,
    )
    rows = [
        (f"c{i}", f"{s.dct[i]:.3f}", f"{s.lifter[i]:.3f}", f"<strong>{s.mfcc[i]:.3f}</strong>")
        for i in range(config.n_mfcc)
    ]
    head = f"Frame {frame} at {s.time_s:.3f} s"
    return {
        "samples": samples,
        "windowed": windowed,
        "power_spectrum": spectrum,
        "energies": mel,
        "log_energies": log_mel,
        "cepstrum": cepstrum,
        "coefficients": table((head, "DCT", "× lifter weight", "= MFCC"), rows),
    }


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    text(TEXT)
    drawn: dict[str, Any] = {}
    with gr.Row(elem_classes="features-steps"):
        for name, title in TITLES.items():
            with gr.Column(min_width=300):
                drawn[name] = Figure(title, height=165)
    with gr.Accordion("All coefficients of this frame", open=True):
        drawn["coefficients"] = gr.HTML("", apply_default_css=False)
    return drawn


PART = Part(slug="steps", title="MFCC step by step", draw=draw, show=show, follows=frozenset(FOLLOWS))
