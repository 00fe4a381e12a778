"""One sound through all rooms: kept in the visitor's browser, offered in every room, named, removed, in no link."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import soundfile

from spaces import discover

pytestmark = pytest.mark.browser
WITH_SOUND = (
    "features",
    "ctc",
    "whisper",
    "whisper_inside",
    "whisper_limits",
    "keyword_spotting",
    "separation",
    "augmentation",
    "voice_cloning",
    "vocoders",
    "self_supervised",
)
WITHOUT_SOUND = ("vits", "tacotron", "fine_tuning", "interview")  # these take text, a set of clips, an answer


def wav(seconds: float = 1.2, rate: int = 16_000) -> bytes:
    data = io.BytesIO()
    soundfile.write(data, 0.3 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate), rate, format="WAV")
    return data.getvalue()


def bring(page, name: str):
    page.locator(".lab-intake input[type=file]").set_input_files(
        {"name": name, "mimeType": "audio/wav", "buffer": wav()}
    )
    page.locator(".lab-player-title", has_text=name).first.wait_for()
    page.locator(".lab-own-use", has_text=name).wait_for()


def kept(page) -> list[str]:
    return page.locator(".lab-own-use").evaluate_all("(all) => all.map((b) => b.firstChild.textContent)")


def test_one_sound_goes_through_all_rooms_by_name_and_is_removed(visit):
    visitor = visit()
    page = visitor.open("features")
    visitor.figure("waveform")
    assert page.locator(".lab-own").is_hidden(), "nobody's sound is kept yet"
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait_words("waveform", "Your recording")
    page.locator(".lab-own-use[aria-pressed=true]", has_text="Recording").wait_for()
    page.wait_for_function("() => location.search.includes('clip=own')")
    # Reload: the browser brings it again, and the page stands as it stood.
    page.get_by_role("radio", name="Why mel", exact=True).check()
    page.wait_for_function("() => location.search.includes('see=mel')")
    page.reload()
    visitor.wait_words("waveform", "Recording")
    page.locator(".lab-own-use[aria-pressed=true]").wait_for()
    page.wait_for_function("() => location.search.includes('see=mel') && location.search.includes('clip=own')")
    page.get_by_role("radio", name="Why mel", exact=True, checked=True).wait_for()
    # A name of its own, in every room.
    page.get_by_role("button", name=re.compile("^Rename")).click()
    page.get_by_role("textbox", name="New name").fill("my <b>voice</b>")
    page.keyboard.press("Enter")
    page.locator(".lab-own-use", has_text="my <b>voice</b>").wait_for()
    for slug in WITH_SOUND:
        visitor.open(slug)
        page.locator(".lab-own-use", has_text="my <b>voice</b>").click()
        page.locator(".lab-own-use[aria-pressed=true]", has_text="my <b>voice</b>").wait_for()
        page.locator(".lab-player-title", has_text="my").first.wait_for()
        assert len(kept(page)) == 1, "it is the same sound, not a second one"
    # Two rooms play it in the browser, without an upload.
    visitor.open("captions")
    page.locator(".lab-own-use", has_text="my <b>voice</b>").click()
    page.locator(".lab-live.running").wait_for()
    page.get_by_text("What is heard is turned into text on the server and not kept.").wait_for()
    page.locator(".lab-live:not(.running)").wait_for()  # it is over after a second
    visitor.open("voice_changer")
    page.locator(".lab-own-use", has_text="my <b>voice</b>").click()
    page.locator(".vc-file.chosen", has_text="my").wait_for()
    page.get_by_role("button", name="Play your file").wait_for()
    others = set(discover()) - {*WITH_SOUND, *WITHOUT_SOUND, "captions", "voice_changer"}
    assert not others, "a new room with a sound belongs into this test"
    # A link does not carry it.
    visitor.open("ctc?clip=own")
    page.locator(".lab-player-title", has_text="my").first.wait_for()
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied, without your own sound").wait_for()
    assert "own" not in page.evaluate("navigator.clipboard.readText()")
    # Removed: from the browser, and from this page.
    page.get_by_role("button", name=re.compile("^Remove")).click()
    page.locator(".lab-player-title", has_text="Short sentence").first.wait_for()
    page.wait_for_function("() => !location.search.includes('own')")
    assert kept(page) == []
    visitor.open("features")
    visitor.figure("waveform")
    assert kept(page) == []


def test_a_room_without_such_an_input_does_not_wait_for_one(visit):
    visitor = visit()
    page = visitor.open("captions?clip=own&n=3")
    page.get_by_text("which this page does not have").wait_for()
    page.wait_for_function("() => location.search === '?n=3'")
    page.get_by_role("radio", name="French").check()
    page.wait_for_function("() => location.search.includes('clip=french')")


def test_two_visitors_see_only_their_own(visit):
    one, two = visit(), visit()
    page = one.open("features")
    one.figure("waveform")
    bring(page, "one.wav")
    # A link to it says to the other that it is not there.
    other = two.open("features?clip=own&see=mel")
    other.get_by_text("kept in another browser").wait_for()
    assert "Speech" in two.words("waveform")
    other.wait_for_function("() => !location.search.includes('own') && location.search.includes('see=mel')")
    assert kept(other) == []
