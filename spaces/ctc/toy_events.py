"""What the buttons and bars of the toy trellis do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np

from . import toy


def edited(probs: Any, fields: Mapping[str, Any]) -> tuple:
    """Take dragged probabilities: returns them as text, the cleared history and the part's outputs but the grid."""
    _, _, vocab, n_frames = toy.setting(fields)
    given = np.array(probs, float)
    if given.shape != (n_frames, len(vocab)):  # of a grid that has changed since
        return gr.skip(), None, *((gr.skip(),) * toy.OUTPUTS)
    written = toy.write(toy.floor(given))
    return written, None, *toy.content({**fields, "tp": written}, None, keep_grid=True)


def preset(kind: str, fields: Mapping[str, Any]) -> tuple:
    """Return equal or random probabilities as text, the cleared history and the part's outputs."""
    _, _, vocab, n_frames = toy.setting(fields)
    if kind == "equal":
        probs = np.full((n_frames, len(vocab)), 1 / len(vocab))
    else:
        probs = toy.random_probs(n_frames, len(vocab), int(np.random.default_rng().integers(1 << 30)))
    written = toy.write(toy.floor(probs))
    return written, None, *toy.content({**fields, "tp": written}, None)


def trained(count: int, history: Any, fields: Mapping[str, Any]) -> tuple:
    """Take gradient steps: returns probabilities as text, the longer history and the part's outputs."""
    target, tokens, vocab, n_frames = toy.setting(fields)
    log_probs = np.log(toy.parse(fields["tp"], n_frames, len(vocab)))
    if not target or toy.ctc.frames_needed(tokens) > n_frames:
        return gr.skip(), gr.skip(), *((gr.skip(),) * toy.OUTPUTS)
    key = [target, n_frames]
    rows = history["rows"] if history and history["key"] == key else [toy.measured(log_probs, tokens)]
    log_probs, more = toy.step(log_probs, tokens, count)
    history = {"key": key, "rows": [*rows, *more][-1000:]}
    written = toy.write(np.exp(log_probs))
    return written, history, *toy.content({**fields, "tp": written}, history)


def stepped(by: int, fields: Mapping[str, Any], history: Any) -> tuple:
    """Go a frame on or back in the pass: returns the step, no chosen cell (twice) and the part's outputs."""
    n_frames = int(fields["tf"])
    done = min(max(min(int(fields["ts"]), n_frames) + by, 1), n_frames)
    # At the end, another step begins anew, so that the button never seems dead.
    if by > 0 and int(fields["ts"]) >= n_frames:
        done = 1
    return done, -1, -1, *toy.content({**fields, "ts": done, "tx": -1, "ty": -1}, history, keep_grid=True)


def clicked(x: float, y: float, fields: Mapping[str, Any], history: Any) -> tuple:
    """Choose a cell: returns its frame and state and the part's outputs."""
    t, s = round(x) - 1, round(y)
    return t, s, *toy.content({**fields, "tx": t, "ty": s}, history, keep_grid=True)
