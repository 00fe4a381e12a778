"""What the server does for the voice changer's page: read the state of a link and hand it to the browser."""

from __future__ import annotations

import math
import time
from typing import Any

from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS

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


def draw(*, preset: str = DEFAULT_PRESET, chain: str = "", **fields: Any) -> tuple[dict]:
    """Return what the page's one component is set to.

    Parameters
    ----------
    preset
        A name in `PRESETS`.
    chain
        The visitor's own chain as `parse_chain` reads it; "" is the preset's.
    **fields
        The other fields of the page's address, handed on.
    """
    steps, note = PRESETS[preset].chain, ""
    if chain:
        try:
            steps = parse_chain(chain)
        except ValueError as problem:
            chain, note = "", f"{problem} The voice's own chain is used instead."
    return (
        {
            "preset": preset,
            "chain": chain,
            **fields,
            "steps": [[name, dict(given)] for name, given in steps],
            "note": note,
            "stamp": time.time_ns(),  # the same example picked twice is two events
        },
    )
