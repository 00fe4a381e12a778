"""The page's handlers: from its state to what its open part shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import OwnSound, hint
from models import ModelUnavailable

from . import bits, confusions, inside, micro, own, say, sound

MODULES = {"say": say, "inside": inside, "bits": bits, "confusions": confusions, "own": own, "micro": micro}
PARTS = {slug: module.TITLE for slug, module in MODULES.items()}
COMMON = ("part", "clip", "model")  # fields of every part; each module adds its FIELDS
FIELDS = (*COMMON, *(name for module in MODULES.values() for name in module.FIELDS))


def resets(name: str) -> dict[str, Any]:
    """Fields that a change of this field sets, and to what.

    Another sound or network makes some choices on the old one meaningless: a module's ``FORGET`` names them, its
    ``ON_SOUND`` what only another sound sets.
    """
    kinds = {"clip": ("FORGET", "ON_SOUND"), "model": ("FORGET",)}.get(name, ())
    return {field: value for kind in kinds for m in MODULES.values() for field, value in getattr(m, kind, {}).items()}


def hear(own_sound: OwnSound | None, fields: Mapping[str, Any]) -> tuple[sound.Heard | None, str]:
    """The second with the network's answer (None where it can't be had), and a note for the visitor."""
    try:
        heard = sound.hear(own_sound, fields["clip"], fields["model"])
    except (AudioError, ModelUnavailable, ValueError) as wrong:
        return None, hint([str(wrong)], problem=True)
    return heard, hint(heard.notes)


def draw(own_sound: OwnSound | None, mine: Any = None, run: str = "", *, moved: str = "", **fields: Any) -> tuple:
    """Draw the open part.

    Parameters
    ----------
    own_sound
        The visitor's own sound.
    mine
        The visitor's own spotter, or None; the parts find it as ``fields["mine"]``.
    run
        Names what the microphone of part 1 gave; ``fields["run"]`` for the parts.
    moved
        The one field that has changed; "" draws everything.
    **fields
        The page's state by name.

    Returns
    -------
    tuple
        Note, input and player (seen where the part is about the chosen second), visibility of each part, then each
        part's outputs; `gr.skip` for what is not open or stays.
    """
    part = fields["part"]
    heard, note = hear(own_sound, fields)
    fresh = moved in ("", "part", *COMMON)
    needs_second = getattr(MODULES[part], "needs_second", lambda fields: True)(fields)
    player = gr.update(visible=needs_second)
    if heard is not None and moved in ("", "clip"):
        player = gr.update(value=heard.sound(), visible=needs_second)
    content: tuple = ()
    if heard is not None:
        content = MODULES[part].content(heard, {**fields, "mine": mine, "run": run}, moved)
    shown = [gr.update(visible=slug == part) if fresh else gr.skip() for slug in PARTS]
    filled = [content if slug == part and content else (gr.skip(),) * len(MODULES[slug].OUTPUTS) for slug in PARTS]
    return note, gr.update(visible=needs_second), player, *shown, *(value for values in filled for value in values)
