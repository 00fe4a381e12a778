"""The voice changer's handlers, called directly: links with chains in them, and what the browser is handed."""

from __future__ import annotations

import json

import gradio as gr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS, Chain
from spaces.voice_changer import SPACE, page
from spaces.voice_changer.room import VoiceRoom

with gr.Blocks():
    WIRING = page.LESSON.build(SPACE)


def opened(**fields) -> dict:
    """What the browser's part of the page is handed when a link with these fields is opened."""
    return WIRING.open(fields)["room"]


def test_a_chain_in_a_link():
    assert page.parse_chain("gate:threshold_db=-50,release_ms=200;limiter") == [
        ["gate", {"threshold_db": -50.0, "release_ms": 200.0}],
        ["limiter", {}],
    ]
    assert page.parse_chain("") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("echo", "the effect 'echo', which this page does not have"),
        ("gate:depth=3", "sets 'depth', which the effect Noise gate does not have"),
        ("gate:threshold_db=5", "Opens above to '5': it goes from -80 to -20"),
        ("gate:threshold_db=nan", "Opens above to 'nan'"),
        ("gate:threshold_db=", "Opens above to ''"),
        (";".join(["limiter"] * 13), "13 effects in a row; 12 are the limit"),
    ],
)
def test_a_chain_that_makes_no_sense_is_said_to_be_so(text, says):
    with pytest.raises(ValueError, match="The link") as problem:
        page.parse_chain(text)
    assert says in str(problem.value)
    # On the page it is a note, and the voice's own chain is used.
    shown = opened(preset="robot", chain=text)
    assert says in shown["note"]
    assert "The voice's own chain is used instead." in shown["note"]
    assert shown["chain"] == ""
    assert shown["steps"] == [[name, dict(given)] for name, given in PRESETS["robot"].chain]


pairs = st.tuples(st.sampled_from(["", *(p.name for e in EFFECTS.values() for p in e.params)]), st.floats(-100, 100))
parts = st.tuples(st.sampled_from([*EFFECTS, "", "no"]), st.lists(pairs, max_size=3))


@settings(deadline=None)  # an effect is compiled when it is first used
@given(st.one_of(st.text(max_size=60), st.lists(parts, max_size=4)))
def test_whatever_a_link_says_is_a_chain_or_a_sentence(said):
    text = said
    if not isinstance(text, str):
        text = ";".join(f"{name}:" + ",".join(f"{key}={value}" for key, value in values) for name, values in said)
    shown = opened(preset="robot", chain=text)
    assert shown["note"] == "" or shown["note"].startswith("The link")
    chain = Chain(shown["steps"])  # the server's engine takes it too
    assert np.isfinite(chain.process(np.zeros(128, np.float32))).all()


def test_the_browser_gets_the_whole_state():
    shown = opened(preset="telephone", chain="telephone:low_hz=400", transport="data", w_km=3000)
    assert shown["preset"] == "telephone"
    assert shown["transport"] == "data"
    assert shown["w_km"] == 3000
    assert shown["steps"] == [["telephone", {"low_hz": 400.0}]]
    assert shown["note"] == ""
    again = opened(preset="telephone", chain="telephone:low_hz=400", transport="data", w_km=3000)
    assert again["stamp"] > shown["stamp"], "the same example picked twice is two events"
    json.dumps(shown)


def test_every_voice_has_a_button_and_fits_the_budget():
    with gr.Blocks():
        room = VoiceRoom(page.CLIPS)
    for slug, preset in PRESETS.items():
        assert f'data-preset="{slug}"' in room.html_template
        assert preset.title.replace("'", "&#x27;") in room.html_template
        assert Chain(preset.chain).latency / 48 < 15, slug
    assert DEFAULT_PRESET in PRESETS
    assert room.preprocess('{"preset": "robot"}') is None, "nothing of the page's inside reaches a handler"


def test_the_room_brings_its_routes():
    assert {route.path for route in SPACE.routes} >= {"/voice/offer", "/voice/ws", "/voice/ice"}
