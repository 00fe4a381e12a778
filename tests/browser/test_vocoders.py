"""The vocoder room in a real browser: one visit through its parts."""

from __future__ import annotations

import pytest

from tests.helpers.browser import press

pytestmark = pytest.mark.browser


def test_a_visit_through_all_parts(visit):
    visitor = visit()
    page = visitor.open("vocoders")
    visitor.figure("the-chosen-letter-s-spectrogram")
    titles = page.locator(".lab-player-title")
    assert [title[:3] for title in titles.all_text_contents()[:4]] == ["A: ", "B: ", "C: ", "D: "]
    page.get_by_label("Show the names and the numbers").check()
    page.locator("td", has_text="WORLD").wait_for()
    page.get_by_role("button", name="Measure the speed now").click()
    page.get_by_text("measured on this machine").wait_for()
    page.get_by_role("button", name="Shuffle them again").click()
    page.locator("td", has_text="WORLD").wait_for(state="detached")

    press(page, "2 Phase")
    visitor.wait_words("griffin-lim--error-of-the-magnitudes--iteration-by-iteration", "Error after 9 iterations")
    press(page, "zero")
    page.locator(".lab-player-title", has_text="zero phase").wait_for()

    press(page, "3 WaveNet, why it is slow")
    visitor.wait_words("what-one-new-sample-depends-on", "depends on 16 samples")
    page.get_by_role("button", name="Time both ways now").click()
    page.get_by_text("Timed just now on this machine").wait_for()
    press(page, "evenly spaced")
    page.locator(".lab-player-title", has_text="8 bits, even").wait_for()

    press(page, "4 HiFi-GAN, why it is fast")
    page.get_by_text("a tone of 2,756 Hz").wait_for()
    press(page, "the recording, shortened")
    page.get_by_text("mirror images").wait_for()
    press(page, "V1: the paper’s best")
    page.get_by_text("13.93 million weights").wait_for()
    press(page, "V2: small")
    page.get_by_role("button", name="Time it now").click()
    page.get_by_text("Timed just now on this machine, in float32").wait_for()
    press(page, "11")
    visitor.wait_words("40-ms--folded-as-this-discriminator-sees-them", "columns of 11 samples")
