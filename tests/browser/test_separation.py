"""The cocktail party in a real browser: one visit through its five parts, and one on a phone."""

from __future__ import annotations

import os

import pytest

from tests.helpers.browser import click_at, press

pytestmark = pytest.mark.browser
SHOTS = os.environ.get("SEPARATION_SHOTS")  # a folder that gets a picture of each part, for whoever looks


def shot(page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    return visitor, visitor.open("separation" + query)


def title(page, words: str) -> None:
    page.locator(".lab-player-title", has_text=words).first.wait_for()


def test_a_visit_through_all_parts(visit):
    visitor, page = opened(visit)
    assert "The mixture: Italian and French" in visitor.words("the-voices-as-they-are-mixed")
    title(page, "Italian: what the network gives")
    visitor.figure("voice-2--spectrogram")
    page.get_by_text("Computed beforehand").first.wait_for()
    shot(page, "desk")
    press(page, "what is wrong")
    title(page, "Italian: what is wrong")

    press(page, "2 Whose output?")
    assert "The best order is framed" in visitor.words("si-sdr-of-every-output-against-every-true-voice")
    click_at(visitor.figure("si-sdr-of-every-output-against-every-true-voice"), 1, 0)
    page.get_by_role("heading", name="Output 1 against French").wait_for()
    learning = "error-that-is-left--on-examples-that-training-does-not-see"
    assert "Trained beforehand" in visitor.words(learning)
    page.get_by_role("button", name="Train all three").click()
    visitor.wait_words(learning, "just now")
    visitor.wait_words(learning, "after 600 steps")
    shot(page, "order")

    press(page, "3 Masks and phase")
    visitor.wait_words("what-it-leaves", "ratio mask, phase: the mixture's")
    press(page, "random")
    visitor.wait_words("what-it-leaves", "phase: random")
    shot(page, "masks")

    press(page, "4 Inside Conv-TasNet")
    visitor.figure("the-mask-that-it-makes-for-every-filter--over-time")
    click_at(visitor.figure("the-encoder-s-filters--sorted-by-frequency"), 7, 2000)
    page.get_by_role("heading", name="Filter 7 of").wait_for()
    shot(page, "inside")

    press(page, "5 How we measure")
    visitor.wait_words("sdr-and-si-sdr-of-the-output-over-its-gain", "at every gain")
    press(page, "the true voice, upside down")
    title(page, "upside down")
    press(page, "STOI")
    page.get_by_text("third-octave bands").first.wait_for()
    shot(page, "measure")

    # Another mixture runs the network, here and now; the address carries it.
    press(page, "1 Mixing desk")
    press(page, "10 dB below")
    page.get_by_text("has just separated").first.wait_for()
    page.wait_for_function("() => location.search.includes('noise=10')")


def test_on_a_phone_in_the_dark(visit):
    visitor, page = opened(visit, "?part=order", width=390, dark=True)
    visitor.figure("si-sdr-of-every-output-against-every-true-voice")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "phone")
