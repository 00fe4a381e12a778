"""The voice cloning page in a real browser: the stored clone, its inside, consent, one's own voice, forgetting it."""

from __future__ import annotations

import pytest

from algorithms.sound.clips import clip
from spaces.voice_cloning import cloned
from tests.helpers.browser import click_at

pytestmark = pytest.mark.browser
USUAL = {"task": "say", "continuity": "usual"}


def titles(page) -> str:
    return " | ".join(page.locator(".lab-player-title").all_text_contents())


def test_a_visit_from_the_stored_clone_to_one_of_their_own_and_its_end(visit):
    visitor = visit()
    page = visitor.open("voice_cloning")
    visitor.figure("the-clone--mel-spectrogram")
    page.locator(".lab-player-title", has_text="Clone of").wait_for()
    # A click on the path: both places can be heard.
    page.get_by_role("radio", name="2 Where it comes from", exact=True).check()
    figure = visitor.figure("where-each-moment-comes-from")
    result = cloned.known(cloned.wish_of(None, {"clip": cloned.DEFAULT, "text": cloned.SENTENCE, **USUAL}))
    click_at(figure, 1.5, result.reference_rows[150] / 100)
    page.locator(".lab-player-title", has_text="The reference around").wait_for()
    page.wait_for_function("() => Number(new URLSearchParams(location.search).get('at')) > 1")
    page.get_by_role("radio", name="3 How close", exact=True).check()
    visitor.wait_words("voices-in-two-dimensions", "The clone lies at a cosine of")
    # The mark is found, also in what came through a tape that runs too fast.
    page.get_by_role("radio", name="4 Is it a clone?", exact=True).check()
    page.get_by_text("bits of its number").wait_for()
    page.get_by_role("radio", name="a tape 10 % faster", exact=True).check()
    visitor.wait_words("the-detector-s-score-at-every-speed-and-place", "at 1.1")
    visitor.wait_words("what-the-mark-survives", "a telephone line: score")
    # An intro over music, and a template's words in the text field.
    page.get_by_role("radio", name="5 A podcast intro", exact=True).check()
    visitor.wait_words("voice-and-music", "14 dB softer")
    page.get_by_role("button", name="Make an MP3 of it").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="MP3", exact=True).click()
    assert download.value.suggested_filename == "intro.mp3"
    page.get_by_role("radio", name="no music", exact=True).check()
    visitor.wait_words("voice-and-music", "0 dB softer")
    page.get_by_role("radio", name="news", exact=True).check()
    page.wait_for_function("() => [...document.querySelectorAll('textarea')].some((t) => t.value.includes('the news'))")
    # Their own voice: nothing happens before they have said whose it is.
    page.get_by_role("radio", name="1 Clone a voice", exact=True).check()
    page.locator(".lab-intake input[type=file]").set_input_files(clip("speech").path)
    page.locator(".lab-own-use[aria-pressed=true]").wait_for()
    page.locator(".lab-note", has_text="first tick the box").wait_for()
    # The tick or, stronger, a fresh sentence: this recording does not hold it.
    page.get_by_role("button", name="Or say that you agree").click()
    page.get_by_role("button", name="Give me a sentence to say").click()
    page.get_by_text("I agree that Speech Lab clones my voice.").wait_for()
    page.get_by_role("button", name="Check my recording").click()
    page.get_by_text("That is not yet the sentence.").wait_for()
    page.get_by_label("English text").fill("It is my voice.")
    page.get_by_role("checkbox", name="This is my own voice").check()
    page.get_by_role("button", name="Clone it").click()
    page.locator(".lab-player-title", has_text="It is my voice.").wait_for()
    page.locator(".lab-note", has_text="Use 30 s or more").wait_for()
    # And it goes.
    page.get_by_role("button", name="Forget my voice").click()
    page.locator(".lab-note", has_text="Looked again afterwards: 0 left").wait_for()
    page.locator(".lab-note", has_text="first tick the box").wait_for()  # the text is new for the example, too
    assert "Clone of" not in titles(page)
    assert not page.get_by_role("checkbox", name="This is my own voice").is_checked()
