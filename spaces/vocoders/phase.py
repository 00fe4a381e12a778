"""Part 2: the two things that a mel throws away, fine frequency and phase, each put back in several ways."""

from __future__ import annotations

from typing import Any

import gradio as gr
import numpy as np

from algorithms.signal.inversion import griffin_lim, istft
from algorithms.signal.mel import mel_filterbank
from algorithms.signal.stft import stft
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from algorithms.synthesis import phase as ph
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from . import pictures
from .pictures import sentence
from .scene import Scene, chosen
from .sound import HOP, RATE, Source

MAGNITUDES = {
    "true": "the recording's own",
    "pseudo-inverse": "from the mel, pseudo-inverse",
    "nnls": "from the mel, NNLS",
}
PHASES = {"griffin-lim": "Griffin-Lim", "true": "the true one", "zero": "zero", "random": "random"}
TEXT = r"""
**First loss: magnitudes.** 80 triangular filters add up 513 frequencies: $m = A|X|$. Many $|X|$ give the same $m$. The
*pseudo-inverse* takes the shortest solution, which can be negative (those values are set to 0, and then it no longer
fits). *Non-negative least squares* (NNLS) looks for the best solution without negative values. Even a perfect fit
of the mel misses the recording: at high frequencies a filter is wider than the distance between two harmonics, so they
melt into one hump, and above 8 kHz there is nothing at all.

**Second loss: phase.** Take the true magnitudes and a *random* phase, and the voice turns hoarse and
blurred; with *zero* phase all partials line up at the same place of every frame, and you hear the frames, 86 a second,
as a buzz. The same magnitudes with the true phase are the recording.

**Consistency.** Frames overlap by three quarters, so most complex matrices are the STFT of *no* sound. How far $X$ is
from being one is $\lVert \mathrm{STFT}(\mathrm{iSTFT}(X)) - X \rVert / \lVert X \rVert$. Griffin-Lim goes back and
forth: to a sound and back, keep the phases, put the wanted magnitudes in again. The error of the magnitudes never rises
without momentum. The *fast* version (Perraudin et al. 2013) also goes on a little in the direction of the last step: it
may rise for a moment, and usually gets further.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="voc-row"):
        parts["magnitudes"] = gr.Radio(
            [(v, k) for k, v in MAGNITUDES.items()], value="nnls", label="Magnitudes", elem_classes="lab-chips"
        )
        parts["phase"] = gr.Radio(
            [(v, k) for k, v in PHASES.items()], value="random", label="Phase", elem_classes="lab-chips"
        )
    parts["phase_sound"] = Player("voc-phase", label="These magnitudes with this phase")
    parts["phase_facts"] = gr.HTML("", apply_default_css=False)
    parts["mel_picture"] = Figure(
        "What is wrong with the magnitudes", clock="voc-phase", height=190, hint="click a frame"
    )
    parts["at"] = gr.Number(-1, visible="hidden")
    parts["slice"] = Figure("One frame: true magnitudes, and those from the mel", height=230)
    parts["converges"] = Figure("Griffin-Lim: error of the magnitudes, iteration by iteration", height=230)
    text(TEXT)
    return parts


def rebuilt(source: Source, magnitudes: str, how: str, fields: Any) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the wanted magnitudes [513, T], the sound [n], and how inconsistent the matrix was that it is made of."""
    n = len(source.y)
    wanted = source.magnitude if magnitudes == "true" else source.inverted[magnitudes]
    if how == "griffin-lim":
        method = chosen(fields)
        y = griffin_lim(wanted, SYNTHESIS_MEL, length=n, n_iter=method.n_iter, momentum=method.momentum)
        matrix = ph.with_phase(wanted, "true", stft(y, SYNTHESIS_MEL))
        return wanted, y, ph.inconsistency(matrix, SYNTHESIS_MEL, n)
    matrix = ph.with_phase(wanted, how, source.spectrum)
    return wanted, istft(matrix, SYNTHESIS_MEL, n), ph.inconsistency(matrix, SYNTHESIS_MEL, n)


def frame_of(source: Source, at: float) -> int:
    """Return the frame at a time; without one (below 0) the loudest."""
    frames = source.magnitude.shape[1]
    if at < 0:
        return int(np.square(source.magnitude).sum(0).argmax())
    return min(max(round(at * RATE / HOP), 0), frames - 1)


def slice_picture(source: Source, wanted: np.ndarray, at: int, name: str) -> dict[str, Any]:
    """Draw one frame's magnitudes over frequency."""
    top = max(float(source.magnitude.max()), 1e-9)

    def db(x: np.ndarray) -> np.ndarray:
        return 20 * np.log10(np.maximum(x[:, at] / top, 1e-4))

    return figure(
        [
            line(pictures.BINS_HZ, db(source.magnitude), color="var(--lab-c1)", name="the recording's own"),
            line(pictures.BINS_HZ, db(wanted), color="var(--lab-c2)", name=name),
        ],
        alt=f"The frame at {at * HOP / RATE:.2f} s. In a vowel the harmonics that stand apart in the recording melt "
        "together where filters are wide.",
        x_title="Frequency (Hz)",
        y_title="Magnitude (dB)",
        x_range=(0.0, RATE / 2),
        y_range=(-82.0, 2.0),
        home=str(hash(source.key)),
        showlegend=True,
    )


def curves(source: Source, wanted: np.ndarray, n_iter: int) -> dict[str, Any]:
    """Draw how Griffin-Lim converges with and without momentum."""
    found: dict[float, list[float]] = {0.0: [], 0.99: []}
    for momentum, errors in found.items():
        griffin_lim(wanted, SYNTHESIS_MEL, length=len(source.y), n_iter=n_iter, momentum=momentum, errors=errors)
    x = np.arange(n_iter)
    last = ", ".join(
        f"{errors[-1]:.3f} {'with' if momentum else 'without'} momentum" for momentum, errors in found.items()
    )
    return figure(
        [
            line(x, np.array(found[0.0]), color="var(--lab-c1)", name="without momentum", mode="lines+markers"),
            line(x, np.array(found[0.99]), color="var(--lab-c2)", name="momentum 0.99", mode="lines+markers"),
        ],
        alt=f"Error after {n_iter - 1} iterations: {last}. Iteration 0 is the random phase it starts from.",
        x_title="Iterations done",
        y_title="Error (share)",
        showlegend=True,
        yaxis={"rangemode": "tozero"},
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    source, magnitudes, how = scene.source, fields["magnitudes"], fields["phase"]
    at = frame_of(source, float(fields["at"]))
    wanted = source.magnitude if magnitudes == "true" else source.inverted[magnitudes]
    name = MAGNITUDES[magnitudes]
    values: dict[str, Any] = {"slice": slice_picture(source, wanted, at, name)}
    if not fields.changed("clip", "part", "magnitudes", "phase", "n_iter", "momentum", "named", "order"):
        return values
    wanted, y, apart = rebuilt(source, magnitudes, how, fields)
    method = chosen(fields)
    phase = f"{PHASES[how]} phase" if how != "griffin-lim" else method.title
    mel = np.exp(source.log_mel)
    fits = ph.spectral_convergence(mel, mel_filterbank(SYNTHESIS_MEL) @ wanted)
    facts = (
        f"The magnitudes miss those of the recording by <strong>"
        f"{ph.spectral_convergence(source.magnitude, wanted):.3f}</strong> of their size, and its mel by {fits:.3f}. "
        f"Put together with this phase they are <strong>{apart:.3f}</strong> of their size away from the STFT of any "
        f"sound. After the way through a sound the magnitudes miss the recording's by "
        f"{ph.spectral_convergence(source.magnitude, np.abs(stft(y, SYNTHESIS_MEL))):.3f}. Computed now."
    )
    return {
        **values,
        "phase_sound": pictures.sound(f"Magnitudes: {name}; {phase}", y),
        "phase_facts": sentence(facts),
        "mel_picture": pictures.difference(
            source, wanted, alt=f"Magnitudes: {name}. Blue is too quiet, orange too loud, dark is right."
        ),
        "converges": curves(source, wanted, method.n_iter),
    }


def picked(visit: Visit) -> dict[str, Any]:
    """Take the clicked frame."""
    return {"at": round(float(visit.event.x), 3)}


PART = Part(
    slug="phase",
    title="2 Phase",
    draw=draw,
    show=show,
    fields=("magnitudes", "phase", "at"),
    on=(On(component="mel_picture", event="pick", handler=picked, redraw="at"),),
    forget={"clip": {"at": -1}},
)
