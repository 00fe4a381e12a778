"""Part 4 of Inside Whisper in a real browser: heads and cells by clicks, typed words, files, padding, a phone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.helpers.browser import box_of, click_at

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("whisper_inside?part=attention&clip=sentence" + query)
    visitor.wait_words("tokens-over-time", "tokens over")
    page.locator(".wa-times tbody tr").first.wait_for()  # the others have answered: nothing changes any more
    page.wait_for_timeout(500)
    return visitor, page


def wait_time(page, low: float, high: float):
    page.wait_for_function(
        "([a, b]) => { const t = document.querySelector('.lab-player audio').currentTime; return t >= a && t <= b; }",
        arg=[low, high],
    )


def test_heads_cells_words_and_files(visit):
    visitor, page = opened(visit)
    assert visitor.figure("words-over-the-sound").bounding_box()["y"] < 700  # in view without scrolling
    assert "mean of 8 heads" in visitor.words("tokens-over-time")
    assert "He might even have been made amiable himself." in visitor.words("words-over-the-sound")
    assert "layer 3, head 6" in visitor.words("every-head")
    page.locator(".wa-median", has_text="0 ms").wait_for()
    assert not page.get_by_label("Number", exact=True).first.is_visible()

    # A cell: its recursion, and the player goes there.
    click_at(visitor.figure("tokens-over-time"), 1.23, 3)
    page.locator('.wa-cell[data-row="3"]').wait_for()
    assert "D(i−1, j−1)" in page.locator(".wa-cell").inner_text()
    wait_time(page, 1.1, 1.35)

    # The steps.
    page.get_by_role("radio", name="1 weights").check()
    visitor.wait_words("tokens-over-time", "weights, mean of 8 heads")
    page.get_by_role("radio", name="all heads").check()
    visitor.wait_words("tokens-over-time", "mean of 24 heads")
    page.get_by_text("away from where Whisper's own recipe").wait_for()

    # A head: layer 1, head 3, which looks at the same moments whatever is written.
    click_at(visitor.figure("every-head"), 2.1, 3.1)
    visitor.wait_words("tokens-over-time", "layer 1, head 3")
    assert page.get_by_role("radio", name="only one").is_checked()
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('a_head=2')")
    assert "a_heads=one" in page.url

    # Back to Whisper's own, and a word is heard.
    page.get_by_role("radio", name="the alignment heads").check()
    page.get_by_role("radio", name="3 smoothed").check()
    visitor.wait_words("tokens-over-time", "smoothed, mean of 8 heads")
    chip = page.get_by_role("button", name=re.compile("Play Word “amiable”"))
    start, end = (float(x) for x in re.search(r"([\d.]+) to ([\d.]+) s", chip.get_attribute("title")).groups())
    chip.click()
    wait_time(page, start, end + 0.4)
    page.wait_for_function("() => document.querySelector('.lab-player audio').paused")
    wait_time(page, end - 0.05, end + 0.4)

    with page.expect_download() as download:
        page.get_by_role("link", name="JSON").click()
    made = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert download.value.suggested_filename == "short-sentence-words.json"
    assert [w["word"] for w in made["words"]][6] == "amiable"
    assert abs(made["words"][6]["faster_whisper_start_s"] - made["words"][6]["start_s"]) <= 0.08


def test_typed_words_and_the_padding(visit):
    visitor, page = opened(visit)
    box = page.get_by_role("textbox", name="Text to lay over the sound")
    box.fill("He might even have been made furious himself")
    box.press("Tab")
    page.get_by_text("least likely is “furious”").wait_for()
    page.get_by_role("button", name=re.compile("Play Word “furious”")).wait_for()
    assert "furious" in visitor.wait_words("words-over-the-sound", "furious")
    page.get_by_role("checkbox", name="Show all 30 s").check()
    visitor.wait_words("tokens-over-time", "over 30.00 s")
    page.get_by_text("After the dotted line comes padding").wait_for()
    page.get_by_role("checkbox", name="Show all 30 s").uncheck()
    box.fill("Привет, мир")
    box.press("Tab")
    page.get_by_role("button", name=re.compile("Play Word “Привет,”")).wait_for()
    # Another sound forgets the words.
    page.get_by_role("radio", name="Music").check()
    visitor.wait_words("words-over-the-sound", "Music")
    assert box.input_value() == ""


def test_a_link_opens_on_a_phone(visit):
    visitor, page = opened(visit, "&a_heads=one&a_layer=2&a_head=5&a_stage=standard", width=390, dark=True)
    assert "compared between tokens, layer 3, head 6" in visitor.words("tokens-over-time")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = box_of(visitor.figure("tokens-over-time"))
    assert box["width"] <= 390
