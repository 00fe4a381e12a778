"""The page frame itself, on the template room: address, examples, figures, player, theme, screen sizes."""

from __future__ import annotations

import ast
import csv
import re

import numpy as np
import pytest
import soundfile

from tests.helpers.app import serving
from tests.helpers.browser import Visitor, box_of

pytestmark = pytest.mark.browser


TEMPLATE_ONLY = """
import os, app, gradio as gr, numpy as np
from components.figure import Figure, figure, heatmap, line
from components.page import Page
from spaces import Space, _template

def say(event: gr.EventData):
    return str({k: event._data[k] for k in sorted(event._data)})

def build():
    t = np.linspace(0, 10, 101)
    with Page(PROBE):
        told = gr.Textbox(label="told")
        one = Figure("One", clock="probe", tells_hover=True, value=figure([line(t, t)], alt="A line.", x_range=(0, 10)))
        z = np.arange(200, dtype=np.uint8).reshape(10, 20)
        image = heatmap(z, -80, 0, x0=0.25, dx=0.5, y0=0, dy=1)
        two = Figure("Two", clock="probe", value=figure([image], alt="An image.", x_range=(0, 10)))
        one.hover(say, None, told, api_visibility="private")
        two.pick(say, None, told, api_visibility="private")
        two.zoom(say, None, told, api_visibility="private")

PROBE = Space(title="Probe", summary="Says what figures tell.", group="Signals", build=build)
rooms = {"template": _template.SPACE, "probe": PROBE}
demo = app.create_app(rooms)
demo.launch(server_port=int(os.environ["PORT"]), **app.launch_options())
"""


@pytest.fixture(scope="module")
def template_url(tmp_path_factory):
    """The app with the template and a room that says what its figures tell."""
    with serving(tmp_path_factory.mktemp("template") / "app.log", command=("-c", TEMPLATE_ONLY)) as url:
        yield url


@pytest.fixture
def visitor(windows, template_url):
    made = windows.lend(template_url)
    yield made
    windows.take_back(made)
    assert made.errors == []
    assert made.foreign() == []


def set_number(page, value):
    page.get_by_role("spinbutton").fill(str(value))
    page.get_by_role("spinbutton").press("Enter")


def test_the_address_the_slider_the_figure_and_the_player(visitor, tmp_path):
    page = visitor.open("template?frequency_hz=523")
    visitor.wait_words("spectrum", "523 Hz")
    set_number(page, 700)
    visitor.wait_words("spectrum", "700 Hz")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    assert page.url.endswith("/template?frequency_hz=700")
    page.reload()
    visitor.wait_words("spectrum", "700 Hz")

    # A moved slider redraws figure and player.
    visitor.follow("template")
    visitor.wait_words("spectrum", "440 Hz")
    set_number(page, 1000)
    visitor.wait_words("spectrum", "1000 Hz")
    page.get_by_text("A tone of 1000 Hz").wait_for()

    # An example and an answer set the page up in place.
    visitor.follow("template?frequency_hz=100")
    visitor.wait_words("spectrum", "100 Hz")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Concert pitch").click()
    visitor.wait_words("spectrum", "440 Hz")
    page.get_by_role("button", name="Why is the peak").click()
    page.get_by_role("link", name="Show it on this page").click()
    visitor.wait_words("spectrum", "1000 Hz")
    assert page.evaluate("window.stays") is True

    # Zoom is kept over updates and reset by the button.
    visitor.follow("template")
    visitor.wait_words("spectrum", "440 Hz")
    visitor.figure("spectrum").scroll_into_view_if_needed()
    box = box_of(visitor.figure("spectrum").locator(".nsewdrag"))
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=8)
    page.mouse.up()
    ranges = "() => document.querySelector('.lab-plot')._fullLayout.xaxis.range"
    page.wait_for_function(f"() => ({ranges})()[0] > 1500")
    zoomed = page.evaluate(ranges)
    assert zoomed == pytest.approx([2000, 4000], rel=0.05)
    set_number(page, 3000)
    visitor.wait_words("spectrum", "3000 Hz")
    assert page.evaluate(ranges) == pytest.approx(zoomed)
    visitor.figure("spectrum").hover()
    page.locator('.modebar-btn[data-title="Show everything"]').click()
    page.wait_for_function(f"() => ({ranges})()[1] === 8000")

    # The data can be saved.
    visitor.follow("template")
    visitor.wait_words("spectrum", "440 Hz")
    visitor.figure("spectrum").hover()
    with page.expect_download() as waiting:
        page.locator('.modebar-btn[data-title="Download the data (CSV)"]').click()
    waiting.value.save_as(tmp_path / "data.csv")
    rows = list(csv.reader((tmp_path / "data.csv").read_text().splitlines()))[1:]
    assert rows[0] == ["Frequency (Hz)", "Level (dB)"]
    levels = [(float(level), float(frequency)) for frequency, level in rows[1:]]
    assert max(levels)[1] == 440
    with page.expect_download() as waiting:
        page.locator('.modebar-btn[data-title^="Download plot as a"]').click()
    waiting.value.save_as(tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")

    # The player plays and saves what was computed.
    visitor.follow("template?frequency_hz=1000")
    page.get_by_text("A tone of 1000 Hz").wait_for()
    page.wait_for_function("() => document.querySelector('.lab-player audio').duration === 1")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.lab-player audio').currentTime > 0.2")
    with page.expect_download() as waiting:
        page.locator(".lab-save").click()
    assert waiting.value.suggested_filename == "a-tone-of-1000-hz.wav"
    waiting.value.save_as(tmp_path / "tone.wav")
    y, rate = soundfile.read(tmp_path / "tone.wav")
    assert rate == 16000
    assert np.abs(y).max() == pytest.approx(0.5, abs=1e-3)
    assert np.argmax(np.abs(np.fft.rfft(y))) == 1000

    # Light and dark.
    colour = "() => document.querySelector('.lab-plot')._fullLayout.font.color"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"(before) => ({colour})() !== before", arg=light)
    assert page.evaluate("document.body.classList.contains('dark')")
    assert page.evaluate("localStorage.getItem('lab-theme')") == "dark", "the next page opens in the dark, too"


def test_a_damaged_address_opens_the_page_all_the_same(visitor):
    visitor.open("template?frequency_hz=99999")
    visitor.wait_words("spectrum", "8000 Hz")
    page = visitor.open("template?frequency_hz=abc")
    visitor.wait_words("spectrum", "440 Hz")
    page.get_by_text("which this page does not have").wait_for()


def told(page) -> str:
    return page.get_by_label("told").input_value()


def test_figures_tell_python_where_they_were_touched_and_zoom_together(visitor):
    page = visitor.open("probe")
    visitor.figure("one")  # before the other is measured: what is drawn later moves what is below it
    visitor.figure("two").locator(".nsewdrag").wait_for()
    box = box_of(visitor.figure("two").locator(".nsewdrag"))
    page.mouse.click(box["x"] + 0.525 * box["width"], box["y"] + 0.5 * box["height"])
    page.wait_for_function("() => document.querySelector('textarea, input[type=text]').value.includes('row')")
    event = ast.literal_eval(told(page))
    assert (event["col"], event["x"]) == (10, 5.25)
    assert event["row"] in (4, 5)
    level = 20 * event["row"] + event["col"]
    assert event["z"] == pytest.approx(-80 + 80 * level / 255, abs=0.01), "in dB, not in levels"
    box = box_of(visitor.figure("one").locator(".nsewdrag"))
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 0.7 * box["height"], steps=5)
    page.wait_for_function("() => document.querySelector('textarea, input[type=text]').value.includes(\"'z': None\")")
    hovered = ast.literal_eval(told(page))
    assert hovered["x"] == pytest.approx(3, abs=0.5)
    assert hovered["y"] == pytest.approx(hovered["x"])

    # On one clock they zoom together.
    box = box_of(visitor.figure("two").locator(".nsewdrag"))
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.2 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], y, steps=8)
    page.mouse.up()
    ranges = "() => [...document.querySelectorAll('.lab-plot')].map((plot) => plot._fullLayout.xaxis.range)"
    page.wait_for_function(f"() => ({ranges})().every(([from, to]) => from > 1.8 && to < 6.2)")
    # The zoom tells a range, where hovering tells one place.
    page.wait_for_function("() => document.querySelector('textarea, input[type=text]').value.includes(\"'x': [\")")
    assert ast.literal_eval(told(page))["x"] == pytest.approx([2, 6], abs=0.1)


def test_a_page_has_its_own_title_and_one_heading(visitor):
    page = visitor.open("template")
    visitor.figure("spectrum")
    assert page.title() == "A tone · Speech Lab"
    assert page.locator("h1").count() == 1
    home = visitor.open("")
    home.wait_for_function("() => document.title === 'Speech Lab'")
    home.get_by_role("link", name=re.compile("A tone.*Hear one frequency", re.S)).click()
    visitor.wait_words("spectrum", "440 Hz")


def test_nothing_is_wider_than_a_phone(chromium, template_url):
    phone = Visitor(chromium, template_url, width=390, height=844)
    for path in ("", "template"):
        page = phone.open(path)
        page.wait_for_timeout(1500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()
    assert phone.errors == []
