"""The page: reads the state of a link and hands it to the browser, which does everything else."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import gradio as gr

from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS
from components.lesson import Fields, Lesson, On, Part

from .lesson import THEORY
from .room import EARS, FFTS, NETS, PACKETS, RINGS, TRANSPORTS, VoiceRoom

CLIPS = ("speech", "sentence", "spanish", "italian", "vowels", "tone")
MAX_STEPS = 12
SEE = ("voice", "latency", "whatif", "loopback")  # which part of the page a link scrolls to


def parse_chain(text: str) -> list[list]:
    """Read a chain as a link carries it.

    Parameters
    ----------
    text
        Effects in order, ``gate:threshold_db=-50;pitch_delay:semitones=5;limiter``; parameters left out keep their
        defaults.

    Returns
    -------
    list of [str, {str: float}]
        What the browser's ``VoiceChain`` and `algorithms.voice.effects.Chain` take.

    Raises
    ------
    ValueError
        One sentence: which effect or parameter is unknown or out of its range.
    """
    steps: list[list] = []
    for part in filter(None, text.split(";")):
        name, _, given = part.partition(":")
        if name not in EFFECTS:
            raise ValueError(f"The link asks for the effect {name[:40]!r}, which this page does not have.")
        params = {param.name: param for param in EFFECTS[name].params}
        values = {}
        for pair in filter(None, given.split(",")):
            key, _, number = pair.partition("=")
            if key not in params:
                raise ValueError(f"The link sets {key[:40]!r}, which the effect {EFFECTS[name].title} does not have.")
            try:
                value = float(number)
            except ValueError:
                value = math.nan
            low, high = params[key].low, params[key].high
            if not low <= value <= high:
                raise ValueError(
                    f"The link sets {params[key].label} to {number[:20]!r}: it goes from {low:g} to {high:g}."
                )
            values[key] = value
        steps.append([name, values])
    if len(steps) > MAX_STEPS:
        raise ValueError(f"The link has {len(steps)} effects in a row; {MAX_STEPS} are the limit.")
    return steps


def setting(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page's one component is set to.

    Parameters
    ----------
    fields
        The address. ``preset`` is a name in `PRESETS`, ``chain`` the visitor's own chain as `parse_chain` reads it (""
        is the preset's); the others are handed on.
    """
    chain, steps, note = fields["chain"], PRESETS[fields["preset"]].chain, ""
    if chain:
        try:
            steps = parse_chain(chain)
        except ValueError as problem:
            chain, note = "", f"{problem} The voice's own chain is used instead."
    return {
        **fields,
        "chain": chain,
        "steps": [[name, dict(given)] for name, given in steps],
        "note": note,
        "stamp": time.time_ns(),  # the same example picked twice is two events
    }


def show(_scene: None, fields: Fields) -> dict[str, Any]:
    """Set the page up."""
    return {"room": setting(fields)}


def fields() -> dict[str, gr.components.Component]:
    """Return the fields of the page's address: never seen, written by the browser's part of the page."""

    def one_of(choices, value):
        return gr.Radio([(str(choice), choice) for choice in choices], value=value, visible=False)

    return {
        "preset": one_of(PRESETS, DEFAULT_PRESET),
        "chain": gr.Textbox("", visible=False),
        "clip": one_of(CLIPS, CLIPS[0]),
        "transport": one_of(TRANSPORTS, "browser"),
        "packet": one_of(PACKETS, 128),
        "ring": one_of(RINGS, 0),
        "prefetch": one_of(range(9), 4),
        "see": one_of(SEE, "voice"),
        "w_packet": one_of(PACKETS, 128),
        "w_fft": one_of(FFTS, 0),
        "w_net": one_of(NETS, "local"),
        "w_ears": one_of(EARS, "wired"),
        "w_ring": gr.Slider(0, 60, 0, step=1, visible=False),
        "w_km": gr.Slider(0, 10000, 0, step=100, visible=False),
    }


FIELDS = ("preset", "chain", "clip", "transport", "packet", "ring", "prefetch", "see")
FIELDS += ("w_packet", "w_fft", "w_net", "w_ears", "w_ring", "w_km")


def draw() -> dict[str, Any]:
    """Lay the page out: all of it is one component."""
    made = fields()
    usual = {name: field.value for name, field in made.items()}
    return {**made, "room": VoiceRoom(CLIPS, value=setting(usual) | {"usual": True})}


# Only the browser takes part in this: Copy link reads the fields, and the server need not be there.
MOVED = On(
    component="room",
    event="moved",
    js=f"() => window.voiceLab.fields({', '.join(map(repr, FIELDS))})",
    sets=FIELDS,
)

PART = Part(slug="voice", title="Voice changer", draw=draw, show=show, fields=FIELDS, on=(MOVED,))


LESSON = Lesson(parts=(PART,), theory=THEORY)
