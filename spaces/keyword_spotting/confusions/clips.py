"""The clips of one cell of the confusion matrix: seen side by side, one of them heard and looked at closely."""

from __future__ import annotations

import html
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.resynth import envelope, rebuild
from components.figure import figure, heatmap
from components.player import Sound

from .. import validation
from ..networks import TITLES
from ..say.one import bars, shown

COLUMNS, ROWS = 6, 4  # tiles of the picture
PAGE = COLUMNS * ROWS
TILE_T, TILE_F = 49, 40  # cells of a tile: frames and mel bands
GAP_T, GAP_F = 4, 9
LOW, HIGH = -12.0, 6.0  # natural logarithms of band energies that the picture spans


@lru_cache(maxsize=64)
def _tile(clip: int) -> np.ndarray:
    z = envelope(validation.load().mfcc(clip)).T  # [40, 49]
    return np.round(255 * np.clip((z - LOW) / (HIGH - LOW), 0, 1)).astype(np.uint8)


def page_of(clips: np.ndarray, at: int) -> tuple[int, np.ndarray]:
    """First place and clips of the page of tiles that holds place `at`."""
    first = at // PAGE * PAGE
    return first, clips[first : first + PAGE]


def tiles(clips: np.ndarray, at: int, said: int, answered: int, model: str) -> dict | None:
    """Every clip of the cell (a page of them) as a picture; None where the cell is empty."""
    if not len(clips):
        return None
    held = validation.load()
    first, shown_clips = page_of(clips, at)
    rows = -(-len(shown_clips) // COLUMNS)
    columns = min(COLUMNS, len(shown_clips)) if rows == 1 else COLUMNS
    columns = max(columns, 3)
    z = np.zeros((rows * (TILE_F + GAP_F), columns * (TILE_T + GAP_T)), np.uint8)
    notes, shapes = [], []
    probs = held.probs[held.network(model)]
    for i, clip in enumerate(shown_clips):
        top, left = (rows - 1 - i // COLUMNS) * (TILE_F + GAP_F), (i % COLUMNS) * (TILE_T + GAP_T)
        z[top + GAP_F : top + GAP_F + TILE_F, left : left + TILE_T] = _tile(int(clip))
        notes.append({
            "x": left + TILE_T / 2, "y": top + GAP_F / 2 - 0.5, "text": f"{probs[clip, answered]:.2f}",
            "showarrow": False, "font": {"size": 11, "color": "#fff"},
        })  # fmt: skip
        if first + i == at:
            shapes.append({
                "type": "rect", "x0": left - 1, "x1": left + TILE_T, "y0": top + GAP_F - 1, "y1": top + GAP_F + TILE_F,
                "line": {"color": "var(--lab-c2)", "width": 3},
            })  # fmt: skip
    hidden = {"visible": False}
    image = heatmap(z, LOW, HIGH, unit="", showscale=False, hoverinfo="none", hovertemplate=None)
    of = f"{first + 1} to {first + len(shown_clips)} of {len(clips)}" if len(clips) > PAGE else f"{len(clips)}"
    return figure(
        [image],
        alt=f"{of} clips: {shown(LABELS[said])} was said, {shown(LABELS[answered])} answered, the surest first.",
        home=f"{model} {said} {answered} {first}",
        xaxis=hidden,
        yaxis=hidden,
        annotations=notes,
        shapes=shapes,
        margin={"l": 4, "r": 4, "t": 4, "b": 4},
    )


def picked(x: float, y: float, first: int, count: int) -> int | None:
    """Which place of the cell a click on `tiles` meant; None between the tiles or on an empty one."""
    rows = -(-min(PAGE, count - first) // COLUMNS)
    column, row = int(x // (TILE_T + GAP_T)), rows - 1 - int(y // (TILE_F + GAP_F))
    place = row * COLUMNS + column
    inside = 0 <= row < rows and 0 <= column < COLUMNS
    return first + place if inside and first + place < count else None


def sound(clip: int) -> tuple[Sound, bool]:
    """What is played of a clip, and whether it is the recording itself."""
    held = validation.load()
    y = validation.recording(held.names[clip])
    word = shown(held.names[clip].split("/")[0])
    if y is not None:
        return Sound(f"“{word}”, the recording", y=y, sample_rate=16_000), True
    return Sound(f"“{word}”, rebuilt from 490 numbers", y=rebuild(held.mfcc(clip)), sample_rate=16_000), False


def close_up(clip: int) -> dict:
    """What the network sees of a clip: the spectral envelope that its MFCCs hold."""
    z = envelope(validation.load().mfcc(clip)).T
    quiet, loud = float(z.min()), float(z.max())
    image = heatmap(
        np.round(255 * (z - quiet) / max(loud - quiet, 1e-6)).astype(np.uint8), quiet, loud, unit="ln",
        x0=0.02, dx=0.02, showscale=False, hovertemplate="%{x:.2f} s, band %{y}: %{z:.1f}<extra></extra>",
    )  # fmt: skip
    return figure(
        [image],
        alt=f"The clip's spectral envelope: 49 frames, 40 mel bands, from {quiet:.1f} to {loud:.1f} (natural log).",
        x_title="Time (s)",
        y_title="Mel band",
        x_range=(0, 1),
        home=str(clip),
        margin={"b": 36},
    )


def origin(clip: int, real: bool) -> str:
    """Where the sound comes from, in one sentence."""
    name = html.escape(validation.load().names[clip])
    if real:
        return f"You hear the recording itself, <code>val/{name}</code> of Speech Commands (CC BY 4.0)."
    return (
        f"This is not the recording (<code>val/{name}</code> of Speech Commands, which is not shipped) but a sound "
        "rebuilt from the 490 numbers that the network saw, its pitch invented: so you hear what it could know. To "
        "hear the recordings set SPEECH_COMMANDS to a folder with <code>val/</code>."
    )


def card(clip: int, at: int, count: int, model: str, real: bool) -> str:
    """What was said, what each network answered, as HTML."""
    held = validation.load()
    n, label = held.network(model), int(held.labels[clip])
    probs, answer = held.probs[n, clip], int(held.predicted[n, clip])
    who = f"speaker {held.speakers[clip]}" if held.speakers[clip] else "background noise"
    said = shown(LABELS[label])
    verdict = f"answered <strong>{shown(LABELS[answer])}</strong> with {probs[answer]:.2f}" + (
        "" if answer == label else f"; {said} had {probs[label]:.2f}"
    )
    others = "".join(
        f"<li><span>{TITLES[name].split(':')[0]}</span> <strong class={'right' if p.argmax() == label else 'wrong'}>"
        f"{shown(LABELS[int(p.argmax())])}</strong> {p.max():.2f}</li>"
        for name, p in zip(held.about["networks"], held.probs[:, clip], strict=True)
    )
    return (
        f'<section class="kws-answer kws-clip"><p class="kws-which">Clip {at + 1} of {count}, {who}</p>'
        f"<p>Said <strong>{said}</strong>, {verdict}.</p>{bars(LABELS, probs, LABELS[label])}"
        f'<ul class="kws-others">{others}</ul><p class="kws-source">{origin(clip, real)}</p></section>'
    )


def nothing(said: int, answered: int) -> str:
    """What an empty cell says."""
    return (
        f'<p class="ctc-sentence">No clip of <strong>{shown(LABELS[said])}</strong> was taken for '
        f"<strong>{shown(LABELS[answered])}</strong>: click a coloured cell to hear and see its clips.</p>"
    )


def worst(counts: np.ndarray, labels: Sequence[str], most: int = 5) -> list[tuple[int, int, int]]:
    """The cells off the diagonal with the most clips: (said, answered, clips)."""
    errors = counts * (1 - np.eye(len(labels), dtype=int))
    order = np.argsort(-errors, axis=None, kind="stable")[:most]
    return [(int(k // len(labels)), int(k % len(labels)), int(errors.flat[k])) for k in order if errors.flat[k]]
