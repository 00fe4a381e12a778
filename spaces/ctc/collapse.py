"""Part 2: the collapse rule as a playground and as a puzzle."""

from __future__ import annotations

import html
from itertools import islice, pairwise
from typing import Any

import gradio as gr

from algorithms import ctc
from components.lesson import Fields, On, Part, Visit
from components.page import text

from .editors import PathEditor
from .why import power_of_ten

BLANK = "-"
MAX_FRAMES = 24  # of a path: more would not fit a screen
LISTED = 60  # alignments that are written out

TEXT = r"""
The rule $\mathcal{B}$ (Graves et al. 2006, section 3.1) turns a **path**, one symbol a frame, into a text: first merge
equal neighbours, then drop the blanks. Many paths give the same text. With $L$ letters, $r$ of them equal to the one
before, and $T$ frames there are $\binom{T + L - r}{2L}$: the count below is checked by listing them.

**Why must a blank stand between the two Ls of HELLO?** Without one they are equal neighbours, and step 1 merges them.
A blank between them survives step 1, keeps them apart, and is dropped only in step 2. So HELLO needs six frames, not
five.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    with gr.Row(elem_classes="ctc-row"):
        path = gr.Textbox(
            "HHE-LL-LO",
            label="Path: one symbol a frame, - is the blank",
            max_length=MAX_FRAMES * 3,
            lines=1,
            scale=3,
            elem_classes="ctc-mono",
        )
        target = gr.Textbox("HELLO", label="Puzzle: spell", max_length=12, lines=1, min_width=130)
        frames = gr.Slider(1, MAX_FRAMES, 9, step=1, label="in so many frames", min_width=180)
    editor = PathEditor()
    judged = gr.HTML("", apply_default_css=False, elem_classes="ctc-verdict-holder")
    with gr.Accordion("All valid alignments of the puzzle", open=True):
        listed = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return {"path": path, "target": target, "frames": frames, "editor": editor, "verdict": judged, "listed": listed}


def clean(typed: str) -> str:
    """Return a typed path in the page's own writing: capitals, "-" for every usual sign of a blank, no white space."""
    same = str.maketrans(dict.fromkeys("–—−_ε∅·␣", BLANK))
    return "".join(c for c in typed.upper().translate(same) if not c.isspace())[:MAX_FRAMES]


def clean_target(typed: str) -> str:
    """Return the puzzle's text: letters in capitals, without blanks and white space."""
    return "".join(c for c in clean(typed) if c != BLANK)[:12]


def dashes_between(path: str) -> str:
    """Return the path that is meant where dashes stand *between* frames, as in H-H-E-L-L--L-O; "" where none is.

    Many articles write so: two dashes in a row then hold an empty place, the blank.
    """
    parts = path.split(BLANK)
    if len(parts) < 4 or any(len(part) > 1 for part in parts) or not parts[0] or not parts[-1]:
        return ""
    return "".join(part or BLANK for part in parts)


def verdict(path: str, target: str, n_frames: int) -> tuple[bool, str]:
    """Judge a path against the puzzle.

    Returns
    -------
    solved : bool
    sentence : str
        What is right, or a hint to the first thing that is not.
    """
    needed = ctc.frames_needed(target)
    repeats = needed - len(target)
    if not target:
        return False, "The puzzle has no letters: type a word to spell. (An empty text has one path, all blanks.)"
    if needed > n_frames:
        why = f"{len(target)} letters take a frame each"
        if repeats:
            pairs = "1 pair of equal letters needs" if repeats == 1 else f"{repeats} pairs of equal letters need"
            why += f", and {pairs} a blank between them"
        return False, f"No path of {n_frames} frames can spell {target}: it takes at least {needed} ({why})."
    spelt = "".join(ctc.collapse(path, BLANK).labels)
    if len(path) != n_frames:
        more = n_frames - len(path)
        what = f"add {more}" if more > 0 else f"take {-more} away"
        return False, f"Your path has {len(path)} frames and the puzzle asks for {n_frames}: {what}."
    if spelt == target:
        return True, f"Solved: {path.replace(BLANK, '–')} collapses to {target}."
    strange = sorted(set(spelt) - set(target))
    if strange:
        are = "are" if len(strange) > 1 else "is"
        return False, f"Your path spells {spelt}: {' and '.join(strange)} {are} not in {target}."
    merged = "".join(b for a, b in pairwise("\0" + target) if a != b)
    if spelt == merged:
        pair = next(a for a, b in pairwise(target) if a == b)
        return False, f"Your path spells {spelt}: the two {pair}s have merged. Put a blank between them."
    shorter = min(len(spelt), len(target))
    right = next((i for i in range(shorter) if spelt[i] != target[i]), shorter)
    if right == len(target):
        return False, f"Your path spells {spelt}: after {target} only repeats of its last letter and blanks may come."
    begin = f"after {target[:right]} comes {target[right]}" if right else f"it must begin with {target[0]} (or a blank)"
    return False, f"Your path spells {spelt or 'nothing: it is all blank'}, not {target}: {begin}."


def alignments_list(target: str, n_frames: int) -> str:
    """Return the number of valid alignments and the first of them as HTML."""
    count = ctc.count_alignments(target, n_frames)
    if not count or not target:
        wanted = html.escape(target) or "an empty word"
        return f'<p class="ctc-sentence">No path of {n_frames} frames gives {wanted}.</p>'
    shown = list(islice(ctc.alignments(target, n_frames, BLANK), LISTED))
    cells = "".join(f"<code>{html.escape(''.join(p)).replace(BLANK, '–')}</code>" for p in shown)
    rest = f" The first {len(shown)} of them:" if count > len(shown) else ""
    repeats = ctc.frames_needed(target) - len(target)
    top, bottom = n_frames + len(target) - repeats, 2 * len(target)
    return (
        f'<p class="ctc-sentence"><strong>{power_of_ten(count)}</strong> of all paths of {n_frames} frames give '
        f"{html.escape(target)}: {top} choose {bottom}.{rest}</p>"
        f'<div class="ctc-paths">{cells}</div>'
    )


def show(_scene: Any, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    path = clean(fields["path"]) or BLANK
    target, n_frames = clean_target(fields["target"]), int(fields["frames"])
    found = ctc.collapse(path, BLANK)
    value = {
        "path": path,
        "runs": [list(run) for run in found.runs],
        "labels": found.labels,
        "symbols": list(dict.fromkeys([*(target or path), *path, BLANK])),
    }
    solved, sentence = verdict(path, target, n_frames)
    spelt = "".join(found.labels) or "(nothing)"
    shown = path.replace(BLANK, "–")
    meant = dashes_between(path)
    note = ""
    if meant:
        other = "".join(ctc.collapse(meant, BLANK).labels)
        note = (
            f"<p>Every dash is read as a blank here. If yours only stand between frames, as in many articles, type "
            f"<code>{html.escape(meant)}</code>, which collapses to {html.escape(other)}.</p>"
        )
    return {
        "editor": value,
        "verdict": f'<p class="ctc-sentence" data-text="{html.escape(spelt)}"><code>{html.escape(shown)}</code> → '
        f"<strong>{html.escape(spelt)}</strong></p>{note}"
        f'<div class="lab-note {"ctc-solved" if solved else ""}" role="status">{html.escape(sentence)}</div>',
        "listed": alignments_list(target, n_frames),
    }


def edited(visit: Visit) -> dict[str, str]:
    """Take a path that was clicked together."""
    return {"path": clean(str(visit.event.text))}


PART = Part(
    slug="collapse",
    title="2 Collapse a path",
    draw=draw,
    fields=("path", "target", "frames"),
    show=show,
    on=(On(component="editor", event="edit", handler=edited, redraw="path"),),
)
