"""What the tests of Keyword spotting do with its page: visits, what parts show, clicks; all by name."""

from __future__ import annotations

import re
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import gradio as gr
import soundfile

from components.audio_input import OwnSound
from spaces.keyword_spotting import SPACE
from spaces.keyword_spotting.page import LESSON

RATE = 16_000


@lru_cache(maxsize=1)
def page():
    """The page, drawn once."""
    with gr.Blocks():
        return LESSON.build(SPACE)


def visit(moved="", own=None, event=None, mine=None, run="", takes=None, **fields):
    """A visit of the page at its defaults except for what is given."""
    kept = {"mine": mine, "run": run, "o_takes": takes}
    return page().default_visit(own=own, moved=moved, event=event, kept=kept, **fields)


def fields_of(**fields):
    """The page's address at its defaults except for what is given."""
    return visit(**fields).fields


def shown(moved="", **given):
    """What the open part shows by name; what stays as it is is absent."""
    told = visit(moved, **given)
    return dict(LESSON.open_part(told.fields).show(told.scene, told.fields))


def drawn(moved="", **given):
    """What the whole page shows by name."""
    return LESSON.drawn(visit(moved, **given))


def moved(name, **given):
    """What follows when a field moves, by name."""
    found: dict[str, Any] = {}
    for values in LESSON.moved(visit(name, **given)):
        found |= values
    page().named(found)
    return found


def event(**told):
    """What an event tells, such as the place of a click."""
    return SimpleNamespace(**told)


def happened(component, name="pick", told=None, **given):
    """What follows from an event of a component, by name: what its handler sets, then what is drawn."""
    (on,) = (on for part in LESSON.parts for on in part.on if (on.component, on.event) == (component, name))
    found: dict[str, Any] = {}
    for values in page().happened(on, visit(event=told, **given)):
        found |= values
    page().named(found)
    return found


def plain(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip()


def own_sound(tmp_path, y, rate=RATE):
    path = tmp_path / "own.wav"
    soundfile.write(path, y, rate, subtype="FLOAT")
    return OwnSound(str(path), "own.wav", len(y) / rate)
