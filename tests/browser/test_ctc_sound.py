"""The CTC page in a real browser with other models, long sounds and Whisper's attention."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import soundfile

from tests.helpers.app import ROOT
from tests.helpers.browser import click_at
from tests.helpers.ctc_browser import fill, opened
from tests.helpers.ctc_page import LETTERS, save_checkpoint

pytestmark = pytest.mark.browser


def test_another_model_from_a_folder_and_none_from_nowhere(visit, tmp_path):
    folder = save_checkpoint(tmp_path, LETTERS)
    visitor, page = opened(visit, "?part=real")
    page.locator(".ctc-cell").wait_for()
    page.get_by_label("CTC model").click()
    page.get_by_role("option", name="another, or a folder").click()
    name = page.get_by_label("Hub id or local folder")
    name.wait_for()
    name.fill(str(folder))
    name.press("Enter")
    note = page.locator(".ctc-model")
    note.get_by_text(f"the folder {folder.name}").wait_for()
    page.get_by_text(f"The folder {folder.name} has just read 3.3 s of sound").wait_for()
    visitor.wait_words("emissions", f"frames x {len(LETTERS)} symbols")
    fill(page, "Transcript to align", "He had a son, 7")
    page.get_by_role("button", name=re.compile("Play Word “SON”")).wait_for()
    page.get_by_text("Left out, because the model has no symbol for it: , 7 (small letters become capital).").wait_for()
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('hub=')")
    page.reload()
    note.get_by_text(f"Shown: the folder {folder.name}").wait_for()
    page.get_by_role("button", name=re.compile("Play Word “SON”")).wait_for()
    # A model that can't be had leaves what was shown.
    name.fill("nobody-at-all/nothing-here")
    name.press("Enter")
    page.get_by_role("button", name="Fetch this model and run it").click()
    note.get_by_text(re.compile("does not answer|no public model")).wait_for()
    note.get_by_text(f"Still shown: the folder {folder.name}").wait_for()
    assert f"x {len(LETTERS)} symbols" in visitor.words("emissions")


def test_a_long_sound_is_looked_at_through_a_window(visit):
    visitor, page = opened(visit, "?part=real")
    page.locator(".ctc-cell").wait_for()
    y, rate = soundfile.read(ROOT / "assets" / "clips" / "speech_long.flac", dtype="float32")
    sound = io.BytesIO()
    soundfile.write(sound, np.tile(y, 2)[: 42 * rate], rate, format="WAV")
    choose = page.locator("input[type=file]").last
    choose.set_input_files({"name": "long.wav", "mimeType": "audio/wav", "buffer": sound.getvalue()})
    visitor.wait_words("the-whole-sound", "shown below: 0:00 to 0:30")
    assert "1500 frames" in visitor.wait_words("trellis", "1500 frames")
    page.get_by_role("button", name="30 s ▶").click()
    visitor.wait_words("the-whole-sound", "shown below: 0:12 to 0:42")
    page.wait_for_function(
        """() => document.querySelector('.lab-figure[data-name="trellis"] .lab-plot')
        ._fullLayout.xaxis.range.join() === '12,42'"""
    )
    click_at(visitor.figure("trellis"), 20.01, 60)
    page.get_by_role("heading", name=re.compile(r"Frame 40[01] \((19\.98|20\.00) s\), state")).wait_for()
    click_at(visitor.figure("the-whole-sound"), 17.0, 0)
    visitor.wait_words("the-whole-sound", "shown below: 0:00 to 0:30")
    page.get_by_role("radio", name="Short sentence").check()
    visitor.wait_words("trellis", "165 frames")
    page.locator('.lab-figure[data-name="the-whole-sound"]').wait_for(state="hidden")


def test_whisper_listens_to_the_same_sound(visit):
    visitor, page = opened(visit, "?part=rivals")
    pictures = ("attention--where-whisper-listens-for-each-token", "ctc--to-which-word-each-frame-belongs")
    assert "10 tokens over 165 frames" in visitor.words(pictures[0])
    assert "8 words over 165 frames" in visitor.words(pictures[1])
    sound = io.BytesIO()
    y, rate = soundfile.read(ROOT / "assets" / "clips" / "sentence.flac", dtype="float32")
    soundfile.write(sound, y[: 2 * rate], rate, format="WAV")
    choose = page.locator("input[type=file]").last
    choose.set_input_files({"name": "cut.wav", "mimeType": "audio/wav", "buffer": sound.getvalue()})
    page.get_by_role("button", name="Let Whisper tiny.en listen to this sound").click()
    visitor.wait_words(pictures[0], "over 100 frames")
    page.get_by_role("columnheader", name="begins later by").wait_for()
