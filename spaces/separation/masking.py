"""Part 3: masks that know the truth, with three phases: where masking ends, and why phase matters."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from algorithms import separation as sep
from algorithms.separation.masks import KINDS
from components.figure import Figure, figure
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from . import pictures
from .scene import Scene
from .sound import MODEL, Apart, Mixed, mix
from .words import db, escaped, sound

PHASE_NAMES = {"mixture": "the mixture's", "true": "the true one", "random": "random"}
MASK_NAMES = {"binary": "binary", "ratio": "ratio", "phase-sensitive": "phase-sensitive"}

TEXT = r"""
Before Conv-TasNet, networks gave a number between 0 and 1 for each cell of the **spectrogram** and multiplied. An
**oracle mask** is such a number computed from the true voices, by one of several rules: no network of this kind, with
this window, can do much better than the best of them. (With noise switched on they know nothing of it and let
it through, so then they are no bound.) The *binary* mask is 1 where this voice is the loudest. The
*ratio* mask is $|S| / \sum |S_j|$. The *phase-sensitive* mask, $|S| \cos(\theta_s - \theta_x) / |X|$, turns a cell down
where the voice and the mixture point in different directions.

A mask of magnitudes says nothing about phase. A real system takes the mixture's, which is partly wrong; with a good
mask that, not the magnitudes, is what limits it. Give the same magnitudes the **true** phase, and hear how much was
missing; give them a **random** one, and hear that phase is not a detail. SI-SDR punishes a wrong phase as hard as a
wrong loudness: it compares waveforms.

Conv-TasNet masks, too, but in a space that it learned, where a filter shifted by a fraction of a millisecond is another
filter: so its masks move phase as well.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="sep-row"):
        parts["mask"] = gr.Radio(
            [(v, k) for k, v in MASK_NAMES.items()], value="ratio", label="Oracle mask", elem_classes="lab-chips"
        )
        parts["phase"] = gr.Radio(
            [(v, k) for k, v in PHASE_NAMES.items()], value="mixture", label="Phase", elem_classes="lab-chips"
        )
        parts["masked"] = gr.Radio(
            [("first", "0"), ("second", "1")], value="0", label="Voice", elem_classes="lab-chips"
        )
    parts["masked_sound"] = Player("separation", label="The masked voice")
    parts["mask_picture"] = Figure("The mask: 1 keeps a cell, 0 removes it", clock="separation", height=200)
    parts["masked_picture"] = Figure("What it leaves", clock="separation", height=170)
    parts["bounds"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


@lru_cache(maxsize=4)
def _masks(made: Any, kind: str) -> np.ndarray:
    return sep.ideal_mask(kind, mix(made).sources)


@lru_cache(maxsize=4)
def _bounds(made: Any, voice: int) -> dict[tuple[str, str], float]:
    mixed = mix(made)
    return {
        (kind, phase): sep.si_sdr_db(masked(mixed, kind, phase, voice), mixed.sources[voice])
        for kind in KINDS
        for phase in sep.PHASES
    }


def masked(mixed: Mixed, kind: str, phase: str, voice: int) -> np.ndarray:
    """Return a voice as an oracle mask and a phase give it: [n]."""
    mask = _masks(mixed.recipe, kind)[voice]
    return sep.masked(mask, mixed.mixture, phase, mixed.sources[voice])


def bounds(mixed: Mixed, apart: Apart | None, voice: int, chosen: tuple[str, str]) -> str:
    """Return the table of all masks with all phases, and the network's own score, as HTML."""
    found = _bounds(mixed.recipe, voice)
    rows = []
    for kind in KINDS:
        cells = [
            f"<strong>{db(found[kind, phase])}</strong>" if (kind, phase) == chosen else db(found[kind, phase])
            for phase in sep.PHASES
        ]
        rows.append((MASK_NAMES[kind], *cells))
    own = "–"
    if apart is not None and voice in apart.match:
        own = db(float(apart.scores[apart.match.index(voice), voice]))
    rows.append((f"{MODEL}, which does not know the truth", own, "", ""))
    before = db(sep.si_sdr_db(mixed.mixture, mixed.sources[voice]))
    head = ("SI-SDR", *(f"phase: {PHASE_NAMES[phase]}" for phase in sep.PHASES))
    said = f'<p class="sep-sentence">{escaped(mixed.names[voice])}; the mixture itself has {before}. '
    return table(head, rows) + said + "All computed now, on this mixture, with windows of 32 ms every 8 ms.</p>"


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    mixed = scene.mixed
    if mixed is None or mixed.sources is None:
        why = scene.problem or "An oracle mask needs the true voices, and nobody knows those of this mixture."
        blank = figure([], alt=why, dragmode=False)
        empty = f'<p class="sep-sentence">{escaped(why)}</p>'
        return {"masked_sound": None, "mask_picture": blank, "masked_picture": blank, "bounds": empty}
    kind, phase, voice = fields["mask"], fields["phase"], int(fields["masked"])
    y = masked(mixed, kind, phase, voice)
    name, home = mixed.names[voice], str(hash(mixed.recipe))
    mask = _masks(mixed.recipe, kind)[voice]
    title = f"{name}: {MASK_NAMES[kind]} mask, phase: {PHASE_NAMES[phase]}"
    n = len(mixed.mixture)
    return {
        "masked_sound": sound(title, y),
        "mask_picture": pictures.cells(
            mask,
            (0.0, 1.0),
            n,
            unit="mask",
            alt=f"{title}: on average {mask.mean():.2f}.",
            home=home,
            hovertemplate="%{x:.3f} s<br>%{y:.0f} Hz<br>%{z:.2f}<extra></extra>",
        ),
        "masked_picture": pictures.spectrogram(y, pictures.SCALES[voice], alt=f"{title}: spectrogram.", home=home),
        "bounds": bounds(mixed, scene.apart, voice, (kind, phase)),
    }


PART = Part(slug="masks", title="3 Masks and phase", draw=draw, fields=("mask", "phase", "masked"), show=show)
