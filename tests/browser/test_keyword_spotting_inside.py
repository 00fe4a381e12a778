"""Keyword spotting in a real browser: look inside, 32 bits against 8, to the microcontroller, by real clicks."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.helpers.browser import click_at, press

pytestmark = pytest.mark.browser


def opened(visit, query: str, **options):
    visitor = visit(**options)
    return visitor, visitor.open("keyword_spotting" + query)


def check_width(page, width: int):
    assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_word_is_followed_into_the_network(visit):
    visitor, page = opened(visit, "?part=inside")
    assert "49 x 40 log-mel energies and 49 x 10 MFCCs" in visitor.words("what-the-network-is-given")
    assert visitor.figure("what-the-network-is-given").bounding_box()["y"] < 800  # begins in view without scrolling
    # A layer, a channel, a cell: each by a click on a picture.
    click_at(visitor.figure("what-the-layers-make-of-it"), 56 * 4 + 20, 4)
    assert "Depthwise 2, yes: 64 maps of 25 steps x 5 rows" in visitor.words("all-maps-of-this-layer")
    click_at(visitor.figure("all-maps-of-this-layer"), 25 * 2 + 12, 37)
    visitor.wait_words("one-channel", "Depthwise 2, channel 2, made from channel 2 of pointwise 1")
    click_at(visitor.figure("one-channel"), 0.51, 3)
    page.locator(".kwi-card", has_text="depthwise 2, channel 2, at 0.51 s, row 3").wait_for()
    visitor.wait_words("one-channel", "The chosen cell at 0.51 s, row 3")
    # Another word and another network keep the place; the filters stand beside the maps.
    press(page, "no")
    visitor.wait_words("all-maps-of-this-layer", "Depthwise 2, no: 64 maps")
    press(page, "Filters")
    assert "64 kernels of 3 steps in time x 3 in frequency" in visitor.words("all-filters-of-this-layer")
    press(page, "pointwise 3")
    visitor.wait_words("all-filters-of-this-layer", "64 x 64 weights")
    page.locator(".kwi-products").wait_for()
    page.get_by_role("radio", name=re.compile("Medium, 32 bits")).check()
    visitor.wait_words("all-filters-of-this-layer", "172 x 172 weights")


def test_the_answer_and_the_costs(visit):
    visitor, page = opened(visit, "?part=inside&in_view=answer", width=390, dark=True)
    assert "yes collects +" in visitor.words("where-each-class-collects-its-points")
    assert visitor.words("which-channels-speak-for-this-class").startswith("yes:")
    click_at(visitor.figure("where-each-class-collects-its-points"), 0.4, 3)
    words = visitor.wait_words("which-channels-speak-for-this-class", "no: 64 channels")
    channel = re.search(r"Most for it: channel (\d+)", words)[1]
    figure = visitor.figure("which-channels-speak-for-this-class")
    click_at(figure, 0, 0.004)
    visitor.wait_words("one-channel", f"Pointwise 4, channel {channel}")
    check_width(page, 390)
    press(page, "What it costs")
    assert "2,656,768 multiply-accumulates" in visitor.words("where-the-work-is")
    page.get_by_text("7.9 times fewer").wait_for()
    channels = page.get_by_role("spinbutton", name=re.compile("Channels C"))
    channels.fill("256")
    channels.press("Enter")
    page.get_by_text("8.7 times fewer").wait_for()
    check_width(page, 390)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('in_view=cost') && location.search.includes('in_width=256')")


def test_bits(visit):
    visitor, page = opened(visit, "?part=bits")
    assert "50 runs each, measured now" in visitor.words("how-long-one-inference-takes--now")
    page.get_by_text("44,755").wait_for()
    page.get_by_role("button", name="Measure 200 runs of each").click()
    visitor.wait_words("how-long-one-inference-takes--now", "200 runs each, measured now")
    press(page, "Weights on a grid")
    assert "4 bits give 15 grid points" in visitor.words("the-layer-s-weights-and-the-grid")
    spanned = visitor.words("how-much-of-the-grid-each-channel-uses")
    press(page, "a channel")
    grid = "[data-name=how-much-of-the-grid-each-channel-uses] .lab-alt"
    page.wait_for_function("([at, old]) => document.querySelector(at).textContent !== old", arg=[grid, spanned])
    bits = page.get_by_role("spinbutton", name=re.compile("Bits"))
    bits.fill("6")
    bits.press("Enter")
    visitor.wait_words("the-layer-s-weights-and-the-grid", "6 bits give 63 grid points")
    press(page, "Error, layer by layer")
    assert "6 bits, one scale per channel" in visitor.words("how-far-the-error-lies-below-the-signal")
    assert visitor.words("every-value-of-the-layer--before-and-after").startswith("Depthwise 4 of yes")
    press(page, "Fewer than 8 bits")
    assert re.match(r"DS-CNN S on 746 clips, \d\d\.\d % in 32 bits", visitor.words("right-answers-against-bits"))
    visitor.wait_words("what-becomes-of-your-word", "32 bits yes")
    page.get_by_role("button", name="Count again now").click()
    page.get_by_text(re.compile(r"^\d+ of 746")).wait_for()


def test_to_the_microcontroller(visit):
    visitor, page = opened(visit, "?part=micro", dark=True)
    assert "16,000 bytes of RAM" in visitor.words("what-lies-in-flash-and-in-ram")
    assert visitor.figure("what-lies-in-flash-and-in-ram").bounding_box()["y"] < 860
    assert "8,000 to read and 8,000 to write" in visitor.words("the-arena--while-each-layer-runs")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the C files (zip)").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as packed:
        assert "kws-ds-cnn-s/kws.c" in packed.namelist()
    page.get_by_role("button", name="Compile and run it here").click()
    page.get_by_text("bit for bit" if shutil.which("cc") else "no C compiler").wait_for()
    press(page, "Speed")
    assert "M4, 120 MHz 43.2 ms (43 % busy)" in visitor.words("estimated-latency-on-five-boards")
    click_at(visitor.figure("multiply-accumulates-of-each-layer"), 2, 0.2)
    page.locator(".kwi-code", has_text="pointwise1_weight[4096]").wait_for()
    page.get_by_text("in pointwise 1 (channel").wait_for()
    press(page, "Requantise: 32 bits to 8")
    page.locator(".kwi-code", has_text="static int8_t requantise(").wait_for()
