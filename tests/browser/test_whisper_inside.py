"""Inside Whisper in a real browser: its frame, the input and the encoder, by real clicks."""

from __future__ import annotations

import re

import numpy as np
import pytest
import soundfile

from tests.helpers.browser import click_at, press

pytestmark = pytest.mark.browser


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("whisper_inside" + query)
    return visitor, page


def test_opens_at_once_with_the_window_and_follows_longer_ones(visit, tmp_path):
    visitor, page = opened(visit)
    assert "829 columns are sound, 2171 are filled up" in visitor.words("the-log-mel-window")
    assert visitor.figure("the-log-mel-window").bounding_box()["y"] < 860  # begins in view without scrolling
    page.locator(".wi-chain", has_text="132,640").wait_for()
    # Another clip; then the page's address carries it.
    press(page, "Short sentence")
    visitor.wait_words("the-log-mel-window", "329 columns are sound")
    press(page, "silence in the sound")
    visitor.wait_words("the-log-mel-window", "filled up with -0.")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('clip=sentence') && location.search.includes('pad=silence')")

    # Scaling and fillings.
    visitor.follow("whisper_inside")
    visitor.wait_words("the-log-mel-window", "829 columns are sound")
    press(page, "Scaling")
    visitor.wait_words("what-the-clamp-cuts", "lifts 10.2 %")
    press(page, "1 mel power")
    visitor.wait_words("the-log-mel-window", "mel power")
    keep = page.get_by_role("spinbutton", name=re.compile("Powers of ten kept"))
    keep.fill("4")
    keep.press("Enter")
    visitor.wait_words("what-the-clamp-cuts", "The clamp at -2.56")
    press(page, "Two fillings")
    assert "hold 0.00" in visitor.words("two-fillings-of-one-window")

    # The boxes open their parts.
    page.locator(".wi-chain a", has_text="Log-mel").click()
    visitor.figure("what-the-clamp-cuts")
    page.locator(".wi-chain a", has_text="encoder layers").click()
    visitor.figure("all-heads-of-this-layer")
    assert page.get_by_role("radio", name="2 The encoder").is_checked()

    # A long sound is followed window by window.
    visitor.follow("whisper_inside?i_view=long")
    assert "start at 0.00, 28.02, 57.82 s" in visitor.words("windows-follow-the-timestamps")
    page.get_by_text("17 of 170 words wrong").wait_for()
    share = page.get_by_role("spinbutton", name=re.compile("Neighbours share"))
    share.fill("2")
    share.press("Enter")
    page.get_by_text("0 of 170 words wrong").wait_for()
    figure = visitor.figure("windows-follow-the-timestamps")
    click_at(figure, 28.02, -2)  # the second window's first segment: the long sound's own player goes there
    page.wait_for_function(
        "() => Math.abs(document.querySelector('[data-clock=wi_long] audio').currentTime - 28.02) < 0.1"
    )

    # One's own long sound moves its window.
    visitor.follow("whisper_inside")
    visitor.figure("the-log-mel-window")
    path = tmp_path / "talk.wav"
    rng = np.random.default_rng(0)
    soundfile.write(path, rng.normal(0, 0.05, 45 * 16_000), 16_000)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a file").click()
    chooser.value.set_files(path)
    visitor.wait_words("the-log-mel-window", "3000 columns are sound, 0 are filled up")
    start = page.get_by_role("spinbutton", name=re.compile("Window starts at"))
    start.fill("40")
    start.press("Enter")
    visitor.wait_words("the-log-mel-window", "500 columns are sound")
    page.get_by_text("talk.wav, 40 to 45 s").wait_for()


@pytest.mark.slow
def test_the_encoder_and_moments_that_can_be_compared_and_heard(visit):
    visitor, page = opened(visit, "?part=encoder")
    page.locator(".wi-stages", has_text="1,774,080").wait_for()
    page.locator(".block.wi-status", has_text="tiny.en").wait_for()
    press(page, "Convolutions")
    assert "384 channels" in visitor.words("convolution-2--20-ms-a-step")
    press(page, "Positions")
    assert "192 with itself" in visitor.words("how-alike-two-positions-are")
    press(page, "Self-attention")
    visitor.wait_words("self-attention-of-one-head", "Layer 1, head 4")
    click_at(visitor.figure("all-heads-of-this-layer"), 75, 30)
    visitor.wait_words("self-attention-of-one-head", "Layer 1, head 2")
    click_at(visitor.figure("self-attention-of-one-head"), 2.01, 4)
    visitor.wait_words("where-that-moment-looks", "At 2.0")
    # The larger model has more layers.
    press(page, "base: 6 + 6 layers, width 512")
    page.locator(".block.wi-status", has_text="base").wait_for()
    layer = page.get_by_role("spinbutton", name=re.compile("Layer"))
    layer.and_(page.locator('[max="6"]')).wait_for()
    layer.fill("6")
    layer.press("Enter")
    visitor.wait_words("self-attention-of-one-head", "Layer 6, head")

    # Moments can be compared and heard.
    visitor.follow("whisper_inside?part=encoder&e_view=pairs")
    visitor.wait_words("likeness-of-every-two-moments", "cosine 0.7")
    card = page.locator(".wi-card")
    card.get_by_text("sposed").first.wait_for()
    card.locator("button").first.click()
    page.wait_for_function("() => document.querySelector('[data-clock=whisper_inside] audio').currentTime > 1.5")
    click_at(visitor.figure("likeness-of-every-two-moments"), 4.25, 5.71)
    visitor.wait_words("likeness-of-every-two-moments", "layer 2: 4.2")
    press(page, "log-mel")
    visitor.wait_words("likeness-of-every-two-moments", "log-mel: 4.2")
    press(page, "States in 2-D")
    assert "415 moments" in visitor.words("encoder-states-on-a-plane")
    press(page, "letter")
    assert "after the convolutions" in visitor.words("does-the-most-similar-moment-hold-the-same-letter")


def test_nothing_is_wider_than_the_screen(visit):
    visitor, page = opened(visit, "?i_view=long", dark=True)
    visitor.figure("windows-follow-the-timestamps")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        page.wait_for_function("(width) => document.documentElement.scrollWidth <= width", arg=width)
