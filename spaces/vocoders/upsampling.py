"""Of part 4: one transposed convolution, drawn copy by copy and heard."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from algorithms.synthesis import upsampling as up
from components.figure import Figure, figure, line
from components.lesson import Fields
from components.player import Player

from . import pictures
from .pictures import sentence
from .sound import RATE, Source

FIELDS = ("stride", "up_kernel", "up_shape", "up_input")
KERNEL, LONGEST = 12, 32  # values of the kernel, at first and at most
STEPS = np.array([0.4, 0.9, 1.0, 0.6, 0.3, 0.7])  # inputs of the drawing, where they are no constant
TONE_S, LOUD = 2.0, 0.25  # of the constant's output
FLOOR_DB = -100.0
EVEN = 1e-6  # share of the mean: less than what rounding leaves


def draw() -> dict[str, Any]:
    """Lay the figures and their controls out and name them."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="voc-row"):
        parts["stride"] = gr.Radio(
            [("2", "2"), ("4", "4"), ("8", "8")], value="8", label="Stride: times longer", elem_classes="lab-chips"
        )
        parts["up_kernel"] = gr.Slider(1, LONGEST, KERNEL, step=1, label="Length of the kernel", min_width=160)
    with gr.Row(elem_classes="voc-row"):
        parts["up_shape"] = gr.Radio(
            [("flat", "flat"), ("triangle", "triangle"), ("untrained: random", "random")],
            value="flat",
            label="The kernel’s values",
            elem_classes="lab-chips",
        )
        parts["up_input"] = gr.Radio(
            [("a constant", "constant"), ("the recording, shortened", "sound")],
            value="constant",
            label="What goes in",
            elem_classes="lab-chips",
        )
    parts["up_copies"] = Figure("Copies of the kernel, one for each input, and their sum", height=220)
    parts["up_sound"] = Player("voc-up", label="What comes out")
    parts["up_facts"] = gr.HTML("", apply_default_css=False)
    parts["up_spectrum"] = Figure("Spectrum of what comes out", height=200)
    return parts


def weights(shape: str, kernel: int, stride: int) -> np.ndarray:
    """Return a kernel [kernel] that keeps a constant's level on average: its values add up to the stride.

    The random one does so only by chance: an untrained layer's values are drawn around 0.
    """
    if shape == "random":
        return np.random.default_rng(kernel).standard_normal(kernel) * stride / kernel
    middle = (kernel - 1) / 2
    values = np.ones(kernel) if shape == "flat" else 1 - np.abs(np.arange(kernel) - middle) / (kernel / 2)
    return values * stride / values.sum()


def settings(fields: Fields) -> tuple[np.ndarray, int]:
    """Return the kernel and the stride of the fields."""
    stride = int(fields["stride"])
    return weights(fields["up_shape"], int(fields["up_kernel"]), stride), stride


def copies(kernel: np.ndarray, stride: int, constant: bool) -> dict[str, Any]:
    """Draw what each input lays down, and the sum."""
    x = np.ones(len(STEPS)) if constant else STEPS
    traces = [
        line(  # from 0 and back to 0, so that neighbours of one height can be told apart
            i * stride + np.r_[0, np.arange(len(kernel)), len(kernel) - 1],
            np.r_[0, value * kernel, 0],
            color=f"var(--lab-c{3 + i % 2})",
            mode="lines+markers",
            line={"width": 1},
            marker={"size": 4},
            name="copies" if i == 0 else "",
            showlegend=i == 0,
            hovertemplate=f"input {i + 1}<br>output %{{x}}: %{{y:.2f}}<extra></extra>",
        )
        for i, value in enumerate(x)
    ]
    total = up.transposed(x, kernel, stride)
    traces.append(line(np.arange(len(total)), total, name="sum", line={"width": 2.5}))
    return figure(
        traces,
        alt=f"{len(x)} inputs, a kernel of {len(kernel)} laid down every {stride} outputs, and the sum of the copies.",
        x_title="Output sample",
        showlegend=True,
    )


def result(source: Source, kernel: np.ndarray, stride: int, constant: bool) -> np.ndarray:
    """Return the output [n] at 22,050 Hz; a constant's is without its mean, which nobody can hear."""
    if constant:
        y = up.transposed(np.ones(int(TONE_S * RATE) // stride), kernel, stride)
        y = y[len(kernel) : -len(kernel)]  # the beginning and the end are other than the middle
        return (LOUD * (y - y.mean())).astype(np.float32)
    from scipy.signal import resample_poly

    short = resample_poly(source.y, 1, stride) if len(source.y) > stride else source.y
    return up.transposed(short, kernel, stride)[: len(source.y)].astype(np.float32)


def facts(kernel: np.ndarray, stride: int, constant: bool) -> str:
    """Say how many copies reach an output, and what a constant becomes, as HTML."""
    counts, gains = up.coverage(len(kernel), stride), up.gains(kernel, stride)
    few, many, n = min(counts), max(counts), len(kernel)
    if few == many:
        covered = f"{n} is a multiple of {stride}: every output is reached by {few} cop{'y' if few == 1 else 'ies'}."
    else:
        covered = f"{n} is no multiple of {stride}: some outputs are reached by {many} copies, others by {few}."
    even = float(np.ptp(gains)) <= EVEN * max(1.0, float(np.abs(gains).max()))
    hz = RATE / stride
    if even:
        said = "A constant stays a constant: there is nothing to hear."
    else:
        said = (
            f"A constant of 1 becomes values from {gains.min():.2f} to {gains.max():.2f}, again every {stride} "
            f"samples: <strong>a tone of {hz:,.0f} Hz</strong>{' with its overtones' if stride > 3 else ''}."
        )
    if not constant:
        said += (
            f" The recording went in at {hz:,.0f} samples a second, so nothing above {hz / 2:,.0f} Hz was in it. What "
            "is heard above are mirror images, which a longer and smoother kernel weakens."
        )
    return sentence(covered + " " + said)


def spectrum(source: Source, y: np.ndarray, stride: int, constant: bool) -> dict[str, Any]:
    """Draw the power of what comes out by frequency, beside the recording's where that went in."""
    from scipy.signal import welch

    size = min(2048, max(len(y), 2))

    def decibels(sound: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        hz, power = welch(sound, RATE, window="hann", nperseg=size)
        return hz, np.maximum(10 * np.log10(np.maximum(power * RATE / size, 1e-20)), FLOOR_DB)

    traces = [line(*decibels(y), name="what comes out", color="var(--lab-c2)")]
    if not constant:
        traces.insert(0, line(*decibels(source.y), name="the recording"))
    multiples = [m * RATE / stride for m in range(1, stride // 2 + 1)]
    at = ", ".join(f"{hz:,.0f}" for hz in multiples)
    return figure(
        traces,
        alt=f"Power by frequency. The dotted lines stand at multiples of the input's rate: {at} Hz.",
        x_title="Frequency (Hz)",
        y_title="dB",
        y_range=(FLOOR_DB, 0.0),
        showlegend=not constant,
        shapes=[
            {"type": "line", "x0": hz, "x1": hz, "yref": "paper", "y0": 0, "y1": 1, "line": {"dash": "dot", "width": 1}}
            for hz in multiples
        ],
    )


def show(source: Source, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    (kernel, stride), constant = settings(fields), fields["up_input"] == "constant"
    y = result(source, kernel, stride, constant)
    title = "A constant" if constant else source.title
    return {
        "up_copies": copies(kernel, stride, constant),
        "up_sound": pictures.sound(f"{title}: {fields['up_shape']} kernel of {len(kernel)}, stride {stride}", y),
        "up_facts": facts(kernel, stride, constant),
        "up_spectrum": spectrum(source, y, stride, constant),
    }
