"""Why mel: the axis, the widths of the filters, and what is thrown away, made audible."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.signal import features as chain
from algorithms.signal import inversion
from components.audio_input import hint
from components.figure import Figure, figure, line
from components.lesson import Fields, Halt, On, Part, Visit
from components.page import text
from components.player import Player, Sound
from components.stopping import Stop
from components.words import table

from .analysis import excerpt

if TYPE_CHECKING:
    from .page import Scene

ROUNDS = 32
STEPS = (("stft", "from the STFT magnitude"), ("mel", "from the mel spectrogram"), ("mfcc", "from the MFCCs"))
NOT_YET = {"audible": "", "original": None, **{f"from_{kind}": None for kind, _ in STEPS}}  # nothing is rebuilt
STOP = Stop({})

TEXT = """
From 200 to 300 Hz is a large step in pitch, a fifth; from 5000 to 5100 Hz a third of a semitone. Stevens, Volkmann and
Newman (1937) had listeners set one tone to half the pitch of another and called the unit of that scale *mel*.
Two formulas are in use:

$$m_\\text{HTK} = 2595 \\log_{10}\\!\\left(1 + \\frac{f}{700}\\right) \\qquad
m_\\text{Slaney} = \\begin{cases} 3f/200 & f < 1000 \\text{ Hz} \\\\
15 + 27\\,\\dfrac{\\ln(f/1000)}{\\ln 6.4} & \\text{else}\\end{cases}$$

Their units differ (HTK puts 1000 mel at 1000 Hz, Slaney 15); only the *shape* of the axis matters. Mel filters stand at
equal steps of $m$, so in Hz they get wider and wider (on Slaney's scale from 1 kHz on; below, all are equally wide):
fine detail is kept low down and averaged away high up.
"""

AUDIBLE = """
### What is thrown away, made audible

The phases are thrown away first. *Griffin-Lim* guesses them: it goes back and forth between signal and spectrogram,
keeps the phases and puts the wanted magnitudes back. From **mel**, the detail inside each filter must be guessed too;
from **MFCC**, with only a few coefficients of the DCT kept, the harmonics melt together and the pitch goes with them.
What stays is the broad shape, which is what says *which vowel* it was.
"""


def axis_picture(rate: int, hz: float) -> dict[str, Any]:
    """Draw how far up each axis a frequency lies, from 0 at 0 Hz to 1 at half the sample rate."""
    nyquist_hz = rate / 2
    f = np.linspace(0, nyquist_hz, 200)
    hz = min(hz, nyquist_hz)
    traces, places = [line(np.array([0, nyquist_hz]), np.array([0.0, 1.0]), color="var(--lab-c3)", name="linear")], []
    for scale, color, label in (("slaney", "var(--lab-c1)", "mel, Slaney"), ("htk", "var(--lab-c2)", "mel, HTK")):
        top = float(chain.hz_to_mel(nyquist_hz, scale))
        traces.append(line(f, chain.hz_to_mel(f, scale) / top, color=color, name=label))
        places.append(float(chain.hz_to_mel(hz, scale)) / top)
    traces.append(
        {
            "type": "scatter",
            "mode": "markers",
            "x": [hz] * 3,
            "y": [hz / nyquist_hz, *places],
            "showlegend": False,
            "marker": {"size": 8, "color": ["var(--lab-c3)", "var(--lab-c1)", "var(--lab-c2)"]},
        }
    )
    return figure(
        traces,
        alt=f"{hz:g} Hz lies {hz / nyquist_hz:.0%} up a linear axis, {places[0]:.0%} up Slaney's mel axis and "
        f"{places[1]:.0%} up HTK's.",
        x_title="Frequency (Hz)",
        y_title="Way up the axis",
        x_range=(0, nyquist_hz),
        y_range=(0, 1.03),
        xaxis={"tickformat": "~s"},
        yaxis={"tickformat": ".0%"},
        showlegend=True,
        margin={"t": 26},
    )


def width_picture(scene: Scene) -> dict[str, Any]:
    """Draw the width of every filter at half its height over its middle."""
    edges_hz = chain.mel_edges(scene.config)
    width_hz = (edges_hz[2:] - edges_hz[:-2]) / 2
    return figure(
        [line(edges_hz[1:-1], width_hz, mode="lines+markers", marker={"size": 5, "color": "var(--lab-c1)"})],
        alt=f"Filter widths grow from {width_hz[0]:.0f} Hz to {width_hz[-1]:.0f} Hz.",
        x_title="Middle of the filter (Hz)",
        y_title="Width at half height (Hz)",
        x_range=(0, scene.config.sample_rate / 2),
        y_range=(0, 1.1 * float(width_hz.max())),
        xaxis={"tickformat": "~s"},
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the axis, the widths, and the numbers of the chosen frequency."""
    hz = min(float(fields["hz"]), scene.config.sample_rate / 2)
    edges_hz = chain.mel_edges(scene.config)
    nearest = int(np.argmin(np.abs(edges_hz[1:-1] - hz)))
    rows = [
        (f"{hz:g} Hz in mel (HTK)", f"<strong>{float(chain.hz_to_mel(hz, 'htk')):.1f}</strong>"),
        (f"{hz:g} Hz in mel (Slaney)", f"<strong>{float(chain.hz_to_mel(hz, 'slaney')):.2f}</strong>"),
        (
            "The nearest filter",
            f"no. {nearest}: {edges_hz[nearest]:.0f} to {edges_hz[nearest + 2]:.0f} Hz, "
            f"middle {edges_hz[nearest + 1]:.0f} Hz",
        ),
    ]
    return {
        "axis": axis_picture(scene.config.sample_rate, hz),
        "widths": width_picture(scene),
        "scales": table(("A frequency on both scales", ""), rows),
    }


def rebuild(visit: Visit) -> Iterator[dict[str, Any]]:
    """Make audible what each representation throws away: yields the status and the players as they are ready."""
    try:
        yield from rebuilt(visit.scene)
    except ValueError as problem:
        yield {"audible": hint([str(problem)], problem=True)}


def rebuilt(scene: Scene) -> Iterator[dict[str, Any]]:
    """Rebuild the sound from STFT, mel and MFCC, one after the other."""
    y, part = excerpt(scene.sound)
    rate, title = scene.sound.sample_rate, scene.sound.title
    # Rebuilt peaks may pass full scale: one gain for all four keeps them as loud as one another.
    heard: list[np.ndarray] = []
    original = Sound(f"{title}{part}", y=y, sample_rate=rate)
    yield NOT_YET | {"audible": _status("Rebuilding from the STFT ...", 0), "original": original}
    for done, (kind, words) in enumerate(STEPS, 1):
        heard.append(inversion.reconstruct(y, scene.config, from_=kind, n_iter=ROUNDS))
        gain = min(1.0, 0.99 / max(float(np.abs(heard[-1]).max()), 1e-9))
        sound = Sound(f"{title}, {words}", y=heard[-1] * gain, sample_rate=rate)
        following = (
            f"Rebuilding {STEPS[done][1]} ..."
            if done < len(STEPS)
            else f"Done: {scene.config.n_mels} mel filters, {scene.config.n_mfcc} MFCCs, {ROUNDS} rounds each."
        )
        yield {"audible": _status(following, done), f"from_{kind}": sound}


def _status(words: str, done: int) -> str:
    bar = f'<progress value="{done}" max="{len(STEPS)}"></progress>' if done < len(STEPS) else ""
    return f'<div class="lab-note note" role="status">{html.escape(words)} {bar}</div>'


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    drawn: dict[str, Any] = {}
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            text(TEXT)
            drawn["hz"] = gr.Slider(50, 12000, 1000, step=10, label="A frequency (Hz)")
            drawn["scales"] = gr.HTML("", apply_default_css=False)
        with gr.Column(min_width=320):
            drawn["axis"] = Figure("The mel axis against the linear one", height=230)
            drawn["widths"] = Figure("How wide the filters are", height=200)
    with gr.Row(equal_height=False):
        with gr.Column(min_width=320):
            text(AUDIBLE)
            with gr.Row():
                drawn["start"] = gr.Button("Make it audible", variant="primary")
                drawn["cancel"] = gr.Button("Cancel")
            drawn["audible"] = gr.HTML("", apply_default_css=False)
        with gr.Column(min_width=320):
            named = {"original": "The original"}
            named |= {f"from_{kind}": f"{words[0].upper()}{words[1:]}" for kind, words in STEPS}
            for i, (name, label) in enumerate(named.items()):
                drawn[name] = Player(f"rebuilt-{i}", label=label, empty=f"{label}: press “Make it audible”")
    return drawn


PART = Part(
    slug="mel",
    title="Why mel",
    draw=draw,
    show=show,
    fields=("hz",),
    follows=frozenset({"hz", "mels", "fmin", "fmax", "scale", "norm"}),
    on=(
        On(
            component="start",
            event="click",
            handler=rebuild,
            halt=Halt(stop=STOP, button="cancel", last=lambda visit: {"audible": ""}, status="audible"),
            # Two at a time: a third visitor waits, instead of slowing everybody's sliders down.
            how={"concurrency_limit": 2},
        ),
    ),
)
