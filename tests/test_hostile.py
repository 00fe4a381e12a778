"""What visitors type and name stays text: every field of every room, names of files; in handlers and in Chromium."""

from __future__ import annotations

import html
import shutil
from collections.abc import Iterator
from typing import Any

import gradio as gr
import pytest

from algorithms.sound.clips import clip
from components import audio_input
from components.address import Address
from spaces import discover

ROOMS = discover()
SIGN = "hostile"
VALUES = (
    f"<img src={SIGN}>",
    f'"><svg onload={SIGN}()>',
    f"' onmouseover='{SIGN}()' x='",
    f"</textarea><script>{SIGN}()</script>",
    f"[a](javascript:{SIGN}) ![b]({SIGN}) <{SIGN}:a>",
    f"&lt;img src={SIGN}&gt;",
)
NAMES = (f"<img src={SIGN}>.flac", f"' onmouseover='{SIGN}()'.flac", f'"><b>{SIGN}.flac')
ODD = ("a\0b", "x" * 5000, "[" * 3000, "~nosuchuser", "\ud800", "٣", "NaN", "1e999", "-1", "")


def wiring_of(slug: str) -> Any:
    with gr.Blocks(analytics_enabled=False) as demo:
        ROOMS[slug].build()
    return next(block.wiring for block in demo.blocks.values() if isinstance(block, Address))


@pytest.fixture(scope="module", params=ROOMS)
def wiring(request) -> Any:
    return wiring_of(request.param)


@pytest.fixture
def said(monkeypatch) -> list[str]:
    """The messages that would be shown."""
    messages: list[str] = []
    for kind in ("Info", "Warning"):
        monkeypatch.setattr(gr, kind, messages.append)
    return messages


def markup(wiring: Any, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a page would take for HTML or Markdown, with the component's name."""
    for name, value in values.items():
        component = wiring.components[name]
        update = value if isinstance(value, dict) and value.get("__type__") == "update" else {"value": value}
        if type(component) in (gr.HTML, gr.Markdown) and isinstance(update.get("value"), str):
            yield name, update["value"]
        for part in ("info", "placeholder"):
            if isinstance(update.get(part), str) and part == "info":
                yield name, update[part]


def check(texts: list[tuple[str, str]], hostile: str) -> None:
    """No part of the value that could leave its place in HTML stands there as it was typed."""
    for name, text in texts:
        if SIGN not in text:
            continue
        assert hostile not in text or html.escape(hostile) == hostile, (name, hostile, text)
        for tag in (f"<img src={SIGN}", f"onload={SIGN}()>", f"<script>{SIGN}", f"<{SIGN}", f"<b>{SIGN}"):
            assert tag not in text, (name, hostile, text)
        assert f"' onmouseover='{SIGN}" not in text, (name, hostile, text)


def kept(wiring: Any, own: Any = None) -> list[Any]:
    """Return what Gradio keeps of a visit that begins."""
    return [*([own] if wiring.frame.audio else []), *(state.value for state in wiring.states.values())]


def parts(wiring: Any) -> list[dict[str, str]]:
    lesson = wiring.lesson
    return [{lesson.chips: part.slug} for part in lesson.parts] if len(lesson.parts) > 1 else [{}]


@pytest.mark.parametrize("hostile", VALUES)
def test_every_field_of_every_room(wiring, hostile, said):
    for part in parts(wiring):
        query = {name: hostile for name in wiring.state.fields if name not in part} | part
        for values in wiring.opened(query, kept(wiring)):
            check(list(markup(wiring, values)), hostile)
    check([("message", text) for text in said], hostile)
    choosing = [c for c in wiring.state.components if not isinstance(c, gr.Textbox)]
    assert said or not choosing, "a message names what a link asks for in vain"


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: repr(odd[:9]))
def test_odd_values_open_every_room(wiring, odd, said):
    query = dict.fromkeys(wiring.state.fields, odd) | parts(wiring)[-1]
    assert list(wiring.opened(query, kept(wiring)))


@pytest.mark.parametrize("name", NAMES)
def test_the_name_of_a_visitors_sound(wiring, name, tmp_path, said, monkeypatch):
    if wiring.frame.audio is None:
        pytest.skip("takes no sound of one's own")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "cache"))
    path = tmp_path / name
    shutil.copyfile(clip("word_yes").path, path)
    own = audio_input.keep(str(path))
    for part in parts(wiring):
        for values in wiring.opened({"clip": audio_input.OWN, **part}, kept(wiring, own)):
            check(list(markup(wiring, values)), name)
