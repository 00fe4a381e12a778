"""The page frame itself, on the template room: address, examples, figures, player, theme, screen sizes."""

from __future__ import annotations

import csv
import re

import pytest
from conftest import Visitor, serving

pytestmark = pytest.mark.browser


TEMPLATE_ONLY = """
import os, app
from spaces import _template
app.create_app({"template": _template.SPACE}).launch(server_port=int(os.environ["PORT"]), **app.launch_options())
"""


@pytest.fixture(scope="module")
def template_url(tmp_path_factory):
    """The app with the template as its only room."""
    with serving(tmp_path_factory.mktemp("template") / "app.log", command=("-c", TEMPLATE_ONLY)) as url:
        yield url


@pytest.fixture
def visitor(chromium, template_url):
    made = Visitor(chromium, template_url)
    yield made
    made.context.close()
    assert made.errors == []
    assert made.foreign() == []


def set_number(page, value):
    page.get_by_role("spinbutton").fill(str(value))
    page.get_by_role("spinbutton").press("Enter")


def test_a_moved_slider_redraws_figure_and_player(visitor):
    page = visitor.open("template")
    visitor.wait_words("spectrum", "440 Hz")
    set_number(page, 1000)
    visitor.wait_words("spectrum", "1000 Hz")
    page.get_by_text("A tone of 1000 Hz").wait_for()


def test_the_address_holds_the_state(visitor):
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


@pytest.mark.parametrize(("query", "words"), [("frequency_hz=99999", "8000 Hz"), ("frequency_hz=abc", "440 Hz")])
def test_a_damaged_address_opens_the_page_all_the_same(visitor, query, words):
    page = visitor.open(f"template?{query}")
    visitor.wait_words("spectrum", words)
    if "abc" in query:
        page.get_by_text("which this page does not have").wait_for()


def test_an_example_and_an_answer_set_the_page_up_in_place(visitor):
    page = visitor.open("template?frequency_hz=100")
    visitor.wait_words("spectrum", "100 Hz")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="Concert pitch").click()
    visitor.wait_words("spectrum", "440 Hz")
    page.get_by_role("button", name="Why is the peak").click()
    page.get_by_role("link", name="Show it on this page").click()
    visitor.wait_words("spectrum", "1000 Hz")
    assert page.evaluate("window.stays") is True


def test_zoom_is_kept_over_updates_and_reset_by_the_button(visitor):
    page = visitor.open("template")
    visitor.wait_words("spectrum", "440 Hz")
    box = visitor.figure("spectrum").locator(".nsewdrag").bounding_box()
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


def test_the_data_can_be_saved(visitor, tmp_path):
    page = visitor.open("template")
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


def test_the_player_plays_and_saves_what_was_computed(visitor, tmp_path):
    import numpy as np
    import soundfile

    page = visitor.open("template?frequency_hz=1000")
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


def test_light_and_dark(visitor):
    page = visitor.open("template")
    visitor.wait_words("spectrum", "440 Hz")
    colour = "() => document.querySelector('.lab-plot')._fullLayout.font.color"
    light = page.evaluate(colour)
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"(before) => ({colour})() !== before", arg=light)
    assert page.evaluate("document.body.classList.contains('dark')")
    assert page.evaluate("localStorage.getItem('lab-theme')") == "dark", "the next page opens in the dark, too"


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
