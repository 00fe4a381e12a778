"""Keyword spotting in a real browser: its frame, one second, streams, the threshold, confusions; by real clicks."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile

from spaces.keyword_spotting import validation
from tests.helpers.browser import click_at, press

pytestmark = pytest.mark.browser


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("keyword_spotting" + query)
    return visitor, page


def answer(page, words: str):
    page.locator(".kws-answer", has_text=words).wait_for()


def missed(threshold: float, smooth_ms: float) -> int:
    """How many of the keyword clips the small eight-bit network misses, as shipped with the page."""
    held = validation.load()
    return round(held.misses("s-int8", smooth_ms)[round(100 * threshold) - 1] * held.keyword_clips.sum())


def fill(page, label: str, value: str):
    field = page.get_by_role("spinbutton", name=re.compile(label))
    field.fill(value)
    field.press("Enter")


def test_opens_with_a_recognised_word_and_follows_a_file(visit, tmp_path):
    visitor, page = opened(visit)
    answer(page, "sure of “yes”")
    assert "yes is above one half" in visitor.words("the-answer-while-the-window-slides-over-the-word")
    assert page.locator(".kws-answer").bounding_box()["y"] < 700  # in view without scrolling
    assert visitor.figure("the-second").bounding_box()["y"] < 700
    press(page, "off (weak f)")
    answer(page, "“off”")
    press(page, "Medium, 8 bits: 173 kB")
    answer(page, "hears “off”")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search === '?clip=word_off2&model=m-int8'")
    # A clipped tone of one's own at 8 kHz: everything that is wrong with it is said.
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.clip(3 * np.sin(np.arange(24_000) * 0.3), -1, 1), 8000)
    page.locator(".lab-intake input[type=file]").first.set_input_files(path)
    note = page.locator(".lab-note", has_text="Of 3.0 s the network hears the loudest second")
    note.wait_for()
    for words in ("It is clipped", "full from end to end", "Nothing lies above 4 kHz"):
        assert words in note.text_content()


def test_stream_rule_and_threshold(visit):
    visitor, page = opened(visit, "?s_view=live")
    visitor.wait_words("likeliest-keyword-and-threshold", "down at 10.4 s")
    page.locator(".kws-facts", has_text="9 of 10").wait_for()
    fill(page, "Threshold", "0.9")
    visitor.wait_words("likeliest-keyword-and-threshold", "It misses right, off, up.")
    press(page, "A novel")
    page.locator(".kws-facts", has_text="an hour at this rate").wait_for()
    press(page, "Where to set the threshold")
    assert f"At 0.90 it misses {missed(0.9, 200)} of 656" in visitor.words("misses-against-false-alarms")
    click_at(visitor.figure("both-against-the-threshold"), 0.5, 9.0)  # on the curve of misses
    visitor.wait_words("both-against-the-threshold", f"At 0.50 it misses {missed(0.5, 200)} of 656")
    page.wait_for_function("() => [...document.querySelectorAll('input[type=number]')].some((i) => i.value === '0.5')")
    fill(page, "Mean over", "800")
    visitor.wait_words("misses-against-false-alarms", f"At 0.50 it misses {missed(0.5, 800)} of 656")


def test_live_example_and_microphone(visit):
    visitor, page = opened(visit)
    answer(page, "yes")
    page.get_by_role("button", name="Play the stream as if spoken live").click()
    page.locator(".kws-canvas.running").wait_for()
    page.locator(".kws-heard", has_text=re.compile("^stop 0\\.[78]")).wait_for()  # after 3.4 s
    assert page.locator(".kws-count").text_content().startswith("2 detections in ")
    assert not visitor.page.locator(".lab-figure[data-name=all-classes]").is_visible()
    # Setting the pause to a tenth of a second counts the same two words many times, at once.
    fill(page, "Deaf for", "100")
    page.wait_for_function("() => parseInt(document.querySelector('.kws-count').textContent) > 10")
    # The canvas is no white sheet.
    drawn = page.evaluate(
        """() => {
            const canvas = document.querySelector('.kws-canvas canvas');
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            return data.filter((v, i) => i % 4 === 3 && v > 0).length;
        }"""
    )
    assert drawn > 5000
    page.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait_words("likeliest-keyword-and-threshold", "it finds yes at 1.")
    assert not page.locator(".kws-canvas").is_visible()
    # The fake microphone beeps once a second.
    fill(page, "Deaf for", "1000")
    page.get_by_role("button", name="Start microphone").click()
    page.locator(".kws-canvas.running .kws-count", has_text=re.compile("in [3-9] s")).wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    facts = page.locator(".kws-facts", has_text="words by loudness")
    facts.wait_for()
    assert int(re.search(r"(\d+)\s*words by loudness", facts.text_content())[1]) >= 3
    assert page.get_by_role("radio", name="The microphone").is_checked()
    page.get_by_text("is not kept, only the answers").wait_for()


def test_cells_are_clicked_seen_and_heard(visit):
    visitor, page = opened(visit, "?part=confusions")
    assert "5 clips: yes was said, unknown answered" in visitor.words("the-clips-of-this-cell")
    page.locator(".kws-clip", has_text="Clip 1 of 5").wait_for()
    click_at(visitor.figure("the-clips-of-this-cell"), 53 * 2 + 25, 30)
    page.locator(".kws-clip", has_text="Clip 3 of 5").wait_for()
    page.get_by_role("button", name="Next clip").click()
    page.locator(".kws-clip", has_text="Clip 4 of 5").wait_for()
    page.get_by_role("button", name="right said, unknown answered").click()
    visitor.wait_words("the-clips-of-this-cell", "right was said, unknown answered")
    page.locator(".kws-clip", has_text="Clip 1 of 4").wait_for()
    # The player has a second of sound; the arrow keys walk on over the table.
    page.locator(".lab-player[data-clock=kws_cell] .lab-play").click()
    page.wait_for_function("() => document.querySelector('[data-clock=kws_cell] audio').currentTime > 0.2")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="right said, unknown answered").focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    visitor.wait_words("the-clips-of-this-cell", "left was said, unknown answered")
    page.get_by_role("button", name="yes said, go answered").click()
    page.get_by_text("was taken for").wait_for()
    press(page, "Medium, 8 bits: 173 kB")
    page.locator(".ctc-sentence", has_text="93.8 %").wait_for()
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('c_answered=11')")


def test_on_a_phone_in_the_dark(visit):
    visitor, page = opened(visit, "?s_view=threshold", width=390, height=844, dark=True)
    visitor.figure("both-against-the-threshold")
    for part in ("4 Confusions", "1 Say it"):
        press(page, part)
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    press(page, "A stream")
    visitor.figure("all-classes")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
