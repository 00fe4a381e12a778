"""What the search finds: every room, part, example, question and term, with an address that opens it."""

from __future__ import annotations

from urllib.parse import parse_qsl

import gradio as gr
import pytest

from components import find
from components.address import Address
from spaces import Space, _template, discover, lesson_of

ROOMS = discover()
ENTRIES = list(find.entries(ROOMS, lesson_of))


def test_everything_is_in_it():
    for slug, room in ROOMS.items():
        here = [entry for entry in ENTRIES if entry["url"].split("?")[0] == slug]
        kinds = [entry["kind"] for entry in here]
        parts = len(lesson_of(room).parts)
        assert kinds.count("Room") == 1
        assert kinds.count("Part") == (parts if parts > 1 else 0)
        assert kinds.count("Example") == len(room.examples)
        assert kinds.count("Question") == len(room.questions)
        assert kinds.count("Term") == len(room.terms)


@pytest.mark.parametrize("slug", ROOMS)
def test_every_address_is_one_that_the_room_has(slug):
    with gr.Blocks() as demo:
        ROOMS[slug].build()
    state = next(block.wiring.state for block in demo.blocks.values() if isinstance(block, Address))
    for entry in ENTRIES:
        room, _, query = entry["url"].partition("?")
        if room == slug:
            state.from_state(dict(parse_qsl(query, keep_blank_values=True)))  # raises where there is a mistake


def test_texts_are_short_and_plain():
    for entry in ENTRIES:
        assert entry["title"]
        assert len(entry["text"]) <= find.MOST + 2
        assert not set(entry["text"]) & set("*`$"), entry["text"]


def test_a_room_in_one_file_and_one_without_a_lesson():
    bare = Space(title="Bare", summary="Draws itself.", group="Signals", build=lambda: None)
    found = list(find.entries({"template": _template.SPACE, "bare": bare}, lesson_of))
    assert [entry["title"] for entry in found if entry["kind"] == "Room"] == [_template.SPACE.title, "Bare"]
    assert not [entry for entry in found if entry["kind"] == "Part"]
