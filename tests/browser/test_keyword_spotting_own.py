"""Your own keyword in a real browser: ready-made takes, a recording, training, trying, files; by real clicks."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from models.keyword.ds_cnn import load_onnx
from spaces.keyword_spotting.own.takes import ready_made
from tests.helpers.browser import press

pytestmark = pytest.mark.browser


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("keyword_spotting?part=own" + query)
    page.locator(".kwo-card").first.wait_for()
    return visitor, page


def upload(page, path):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload a recording").click()
    chooser.value.set_files(path)


@pytest.fixture
def recording(tmp_path):
    """The ready-made takes of "sesame" one after the other, as a visitor would record them."""
    path = tmp_path / "words.wav"
    soundfile.write(path, np.concatenate([e.take.y for e in ready_made("sesame").of("first")]), 16_000)
    return path


def test_opens_with_takes_scores_and_what_can_go_wrong(visit):
    visitor, page = opened(visit)
    assert page.locator(".kwo-card").count() == 12
    assert page.locator(".kwo-card").first.bounding_box()["y"] < 700  # in view without scrolling
    assert "sesame at threshold" in visitor.words("sounds-that-it-has-not-learned-from")
    page.get_by_text("Computed beforehand").wait_for()
    # A take plays, and shows that it does.
    page.get_by_role("button", name="Play take 2").click()
    page.locator(".kwo-card.now strong", has_text="take 2").wait_for()
    page.get_by_role("button", name="Show variations of take 2").click()
    page.locator(".kwo-group.varied .kwo-card").nth(7).wait_for()
    # The slider moves the figures.
    threshold = page.get_by_role("spinbutton", name="Threshold (0: the one of least cost)")
    threshold.fill("0.99")
    threshold.press("Enter")
    visitor.wait_words("sounds-that-it-has-not-learned-from", "threshold 0.99")
    press(page, "Two words that sound alike")
    page.get_by_text("sound the same to the network").wait_for()
    press(page, "One take only")
    page.get_by_text("can't be checked").wait_for()
    page.get_by_role("button", name="Train now").click()
    page.locator(".kwo-status", has_text="Record four more").first.wait_for()


def test_own_takes_by_file_microphone_and_voice(visit, recording):
    _, page = opened(visit)
    page.get_by_label("Your word", exact=True).fill("open up")
    upload(page, recording)
    page.locator(".kwo-group.first h3", has_text="“open up” 6 takes").wait_for()
    assert page.get_by_role("radio", name="Your own takes").is_checked()
    page.get_by_role("button", name="Remove take 3").click()
    page.locator(".kwo-group.first h3", has_text="5 takes").wait_for()
    press(page, "other words")
    page.get_by_role("button", name="Let a synthetic voice say it").click()
    page.locator(".kwo-group.others .kwo-card").nth(4).wait_for()
    # The browser's fake microphone beeps for 40 ms each second: no word.
    intake = page.locator(".kwo-intake")
    intake.get_by_role("button", name="Record", exact=True).click()
    intake.get_by_role("button", name="Stop", exact=True).wait_for()
    page.wait_for_timeout(2500)
    intake.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("No word was found in this recording").wait_for()
    # Another set and back: one's own takes are still there.
    press(page, "Sesame, and other words")
    page.locator(".kwo-group.first h3", has_text="“sesame”").wait_for()
    press(page, "Your own takes")
    page.locator(".kwo-group.first h3", has_text="“open up” 5 takes").wait_for()


@pytest.mark.slow
def test_a_trained_word_is_tried_at_once_and_saved(visit, tmp_path):
    visitor, page = opened(visit, "&o_views=0&o_layers=one")
    page.get_by_role("button", name="Train now").click()
    page.locator(".kwo-status", has_text="Trained in").first.wait_for()
    page.get_by_text("Computed now, in").wait_for()
    assert "network 6 of 6" in visitor.words("how-it-learns")
    page.get_by_role("button", name="Make the files to download").click()
    link = page.locator(".kwo-files a", has_text="ONNX, 8 bits")
    with page.expect_download() as download:
        link.click()
    assert download.value.suggested_filename == "sesame-int8.onnx"
    path = tmp_path / "int8.onnx"
    download.value.save_as(path)
    spotter = load_onnx(path)
    assert spotter.labels[2:] == ("sesame",)
    assert spotter.predict(ready_made("single").entries[0].take.y).argmax() == 2
    page.get_by_role("button", name="Try it in part 1").click()
    page.locator(".kws-answer", has_text="sesame").wait_for()
    page.get_by_text("Your own network answered").wait_for()


def test_on_a_phone_in_the_dark_nothing_sticks_out(visit):
    _, page = opened(visit, "&o_set=alike", width=390, height=844, dark=True)
    page.get_by_text("sound the same to the network").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
