"""The room of self-supervised speech in a real browser: one visit through its parts."""

from __future__ import annotations

import pytest

from tests.helpers.browser import press

pytestmark = pytest.mark.browser


def test_a_visit_through_all_parts(visit):
    visitor = visit()
    page = visitor.open("self_supervised")
    visitor.figure("what-the-layer-gives")
    visitor.wait_words("what-one-output-sees", "sees 400 samples")
    page.get_by_role("spinbutton", name="Layer of the convolutions").fill("2")
    page.keyboard.press("Tab")
    visitor.wait_words("the-receptive-field--layer-by-layer", "layer 2 sees 1.250 ms")

    press(page, "2 The game of wav2vec 2.0")
    visitor.wait_words("what-is-hidden--grey", "frames are hidden")
    before = visitor.words("what-is-hidden--grey")
    page.get_by_role("button", name="Hide others").click()
    page.wait_for_function(
        "(before) => document.querySelector('[data-name=\"what-is-hidden--grey\"] .lab-alt').textContent !== before",
        arg=before,
    )
    page.locator(".lab-player-title", has_text="True target").wait_for()

    press(page, "3 The game of HuBERT")
    visitor.wait_words("letters--rows--and-units--columns", "Each column is one unit")
    page.locator(".lab-player-title", has_text="in pieces of other clips").wait_for()
    page.get_by_role("button", name="Let HuBERT guess").click()
    page.get_by_text("10 frames hidden").wait_for()
    press(page, "clusters of MFCC")
    page.locator(".lab-player-title", has_text="of MFCC: ").wait_for()

    press(page, "4 Layer by layer")
    visitor.wait_words("how-alike-any-two-moments-are", "layer 2: the frames at")
    press(page, "layer 4")
    visitor.wait_words("how-alike-any-two-moments-are", "layer 4: the frames at")
    page.get_by_text("agrees with the CTC model").wait_for()
