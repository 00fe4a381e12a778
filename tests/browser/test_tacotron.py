"""The Tacotron room in a real browser: one visit through its parts."""

from __future__ import annotations

import pytest

from tests.helpers.browser import press

pytestmark = pytest.mark.browser


def test_a_visit_through_all_parts(visit):
    visitor = visit()
    page = visitor.open("tacotron")
    visitor.wait_words("where-each-step-looks", "over 36 tokens")
    page.locator(".lab-player-title", has_text="The birch canoe").first.wait_for()
    page.get_by_text("without the location").first.wait_for()
    page.get_by_role("button", name="Watch it decode").click()
    visitor.wait_words("where-each-step-looks", "over 36 tokens")
    press(page, "the true one (teacher forcing)")
    page.get_by_text("told the true frames").wait_for()
    press(page, "its own (free running)")
    page.get_by_text("told its own frames").wait_for()

    press(page, "2 When it fails")
    page.get_by_text("The location term of the attention is left out.").wait_for()
    press(page, "a very long sentence")
    page.locator(".lab-player-title", has_text="He walked down the long street").wait_for()
    page.get_by_label("With the forward-only constraint added").check()
    page.locator(".lab-player-title", has_text="and forward only").wait_for()
    press(page, "no full stop")
    page.get_by_text("The mark at the end is taken away").wait_for()

    press(page, "3 Before and after the postnet")
    page.locator(".lab-player-title", has_text="Before the postnet: The birch").wait_for()
    press(page, "how far the result is from the true mel")
    visitor.wait_words("difference-of-two-mels", "minus the true mel")

    page.get_by_label("English text").fill("Привет")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("not written in Latin letters").wait_for()
    page.get_by_label("English text").fill("Hello there.")
    page.get_by_role("button", name="Say it").click()
    page.locator(".lab-player-title", has_text="Hello there.").first.wait_for()
