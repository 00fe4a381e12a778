"""Fine-tuning in a real browser: a real run begun, stopped, found after a reload and resumed; the other parts."""

from __future__ import annotations

import re

import pytest

from tests.helpers.browser import press

pytestmark = pytest.mark.browser


def test_one_visit(visit):
    visitor = visit()
    page = visitor.open("fine_tuning?steps=30")
    visitor.wait_words("error-and-loss-against-steps", "The run made beforehand")
    page.locator(".lab-player-title", has_text="Test clip 1").wait_for()
    page.get_by_role("button", name="Train", exact=True).click()
    page.locator(".lab-run", has_text=re.compile(r"Step \d+ of 30")).wait_for()
    # Somebody else who trains meanwhile gets a sentence.
    other = visit()
    second = other.open("fine_tuning")
    second.get_by_role("button", name="Train", exact=True).click()
    second.locator(".lab-run", has_text="Somebody else trains right now").wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(".lab-run", has_text="Stopped after step").wait_for()
    page.reload()
    page.locator(".lab-run", has_text="Stopped after step").wait_for()
    page.get_by_role("button", name="Resume", exact=True).click()
    page.locator(".lab-run", has_text=re.compile(r"Step \d+ of 30")).wait_for()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.locator(".lab-run", has_text="Stopped after step").wait_for()
    visitor.wait_words("error-and-loss-against-steps", "Your run")
    press(page, "3 The balance sheet")
    page.locator(".ft-aligned", has_text="After fine-tuning").wait_for()
    press(page, "Your run")
    page.locator(".lab-note", has_text="no run that has ended").wait_for()
    press(page, "2 Should you?")
    page.locator(".ft-aligned", has_text="Said (above) and written by Whisper base").wait_for()
    press(page, "4 The data")
    page.locator(".lab-note", has_text="None of the 20 test clips").wait_for()
    press(page, "By clip, at random")
    page.locator(".lab-note.problem", has_text="also learnt from").wait_for()
