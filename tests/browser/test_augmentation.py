"""Augmentation in a real browser: one change, a chain's draws, a measurement begun and stopped, on a phone as well."""

from __future__ import annotations

import pytest

from spaces.augmentation import pictures
from tests.helpers.browser import click_at, press

pytestmark = pytest.mark.browser


def test_one_visit(visit):
    visitor = visit()
    page = visitor.open("augmentation")
    visitor.wait_words("log-mel-spectrogram-after", "Noise: café, 5 dB")
    page.locator(".lab-player-title", has_text="After: Noise: café, 5 dB").wait_for()
    assert page.locator(".lab-player").first.bounding_box()["y"] < 700  # a sound to play without scrolling
    press(page, "Polarity")
    visitor.wait_words("what-changed--after-minus-before", "The change is 0.0 dB")
    page.get_by_role("button", name="The code that does it").click()
    page.locator(".cm-content", has_text="def invert").wait_for()
    # Twenty draws: a click plays another one, and the address keeps it.
    press(page, "A chain, twenty draws")
    visitor.wait_words("twenty-draws-of-the-chain", "draw 1 is chosen")
    click_at(visitor.figure("twenty-draws-of-the-chain"), pictures.TILE_FRAMES + 20, 10)  # the last row's second
    page.locator(".lab-player-title", has_text="Draw 17").wait_for()
    page.wait_for_function("() => location.search.includes('tile=17')")
    # What breaks: opens measured; a click on a step changes the sound; a run says what it does and is stopped.
    press(page, "2 What breaks")
    visitor.wait_words("errors-against-strength", "kws/ds-cnn-int8")
    click_at(visitor.figure("errors-against-strength"), 6, 0.9)
    page.locator(".lab-player-title", has_text="ratio -5").wait_for()
    page.get_by_role("button", name="Measure").click()
    page.locator(".lab-run", has_text="Measuring").wait_for()
    page.get_by_role("button", name="Stop").click()
    page.locator(".lab-run", has_text="Stopped after").wait_for()
    # What it is worth: a click on a cell plays a word that two networks hear differently; a training is stopped.
    press(page, "3 What it is worth")
    table = "clips-right-in----trained-with--rows---tested-in--columns"
    visitor.wait_words(table, "Percent of the clips that are right")
    click_at(visitor.figure(table), 4, 4)
    page.locator(".aug-about", has_text="Trained with: SpecAugment. Tested in: SpecAugment.").wait_for()
    page.locator(".lab-player-title", has_text="specaugment").wait_for()
    page.wait_for_function("() => location.search.includes('trained=spec')")
    page.get_by_role("button", name="Train this row").click()
    page.locator(".lab-run", has_text="trained with SpecAugment").wait_for()
    page.get_by_role("button", name="Stop").locator("visible=true").click()
    page.locator(".lab-run", has_text="nothing was tested").wait_for()
    assert not visitor.errors
    assert not visitor.foreign()


def test_a_phone_shows_it_without_scrolling_sideways(visit):
    visitor = visit(width=390, height=844, dark=True)
    page = visitor.open("augmentation?part=breaks")
    visitor.figure("errors-against-strength")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
