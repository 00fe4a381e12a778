"""The captions page as a visitor uses it: a finished example, the example live, the microphone, refusals, restart."""

from __future__ import annotations

import os
import re
import shutil

import numpy as np
import pytest
import soundfile

from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.text.wer import word_errors
from tests.helpers.browser import CHROMIUM_FLAGS, Visitor, box_of

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CONTRAST = """(selector) => {
  const parse = (c) => c.match(/[\\d.]+/g).map(Number);
  const lum = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ink = lum(parse(getComputedStyle(document.querySelector(selector)).color));
  const paper = lum(parse(getComputedStyle(document.querySelector('.lab-captions')).backgroundColor));
  return (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
}"""


class Room:
    """What the tests do on the page."""

    def __init__(self, visitor, address: str = "captions") -> None:
        self.visitor = visitor
        self.page = visitor.open(address)
        self.status = self.page.locator(".block.lab-status .lab-run")
        self.message = self.page.locator(".lab-live-message")
        self.mic = self.page.get_by_role("button", name="Start microphone")
        self.play = self.page.get_by_role("button", name="Play the example as if spoken live")
        self.stop = self.page.get_by_role("button", name="Stop", exact=True)
        self.rows = self.page.locator(".lab-hyps li")
        self.status.wait_for()  # drawn by the page's load event, which knows the address

    def stable(self) -> str:
        return " ".join(self.page.locator(".lab-captions-text p > span").all_text_contents())

    def wait_words(self, n: int) -> None:
        self.page.wait_for_function("n => document.querySelectorAll('.lab-captions-word').length >= n", arg=n)

    def wait_status(self, pattern: str) -> str:
        self.status.filter(has_text=re.compile(pattern)).wait_for()
        return self.status.inner_text()

    def wait_idle(self) -> None:
        self.page.wait_for_function("!document.querySelector('.lab-live').classList.contains('running')")

    def download(self, name: str) -> str:
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=name, exact=True).click()
        return download.value.path().read_text(encoding="utf-8")


@pytest.fixture
def room(visit):
    return lambda address="captions", **options: Room(visit(**options), address)


@pytest.fixture(scope="module")
def speaking_chromium(chromium, tmp_path_factory):
    """A Chromium whose microphone says a sentence again and again, with pauses between."""
    path = tmp_path_factory.mktemp("microphone") / "speech.wav"
    y = load(clip("speech").path, sample_rate=48_000).y
    soundfile.write(path, np.concatenate([y, np.zeros(96_000, np.float32)]), 48_000, "PCM_16")
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    flags = [*CHROMIUM_FLAGS, f"--use-file-for-fake-audio-capture={path}"]
    browser = chromium.browser_type.launch(executable_path=program, args=flags)
    yield browser
    browser.close()


def test_opens_with_a_finished_captioning_and_plays_it_again(room):
    room = room()
    room.wait_words(60)
    assert word_errors(clip("speech_long").text, room.stable()).rate <= 0.12
    assert "Finished example" in room.status.inner_text()
    assert "speech in" in room.visitor.words("sound-and-speech")
    assert "median" in room.visitor.words("from-spoken-to-stable")
    assert room.rows.count() == 8
    assert room.rows.locator("mark").count() > 3
    box = box_of(room.page.locator(".lab-captions-text"))
    assert box["y"] + 60 < 900, "the captions are there without scrolling"
    lines = room.page.locator(".lab-captions-text").evaluate(
        "(text) => [text.scrollTop, text.clientHeight].map((px) => px / parseFloat(getComputedStyle(text).lineHeight))"
    )
    assert lines[0] > 0, "there is more above"
    assert lines == pytest.approx([round(n) for n in lines], abs=0.03), "the first line is whole"

    # words that may still change are grey, and still easy to read: WCAG AA asks 4.5 to 1
    papers = set()
    for _ in ("light", "dark"):
        for selector in (".lab-captions-text p > span", ".lab-captions-legend i", ".lab-hyps i", ".lab-hyps b"):
            assert room.page.evaluate(CONTRAST, selector) >= 4.5, selector
        papers.add(room.page.evaluate("getComputedStyle(document.querySelector('.lab-captions')).backgroundColor"))
        room.page.get_by_role("button", name="Switch between light and dark").click()
    assert len(papers) == 2, "both looks were seen"

    room.page.locator(".lab-play").click()  # the captioning comes again, at the pace of the sound
    room.page.wait_for_function("document.querySelector('.lab-captions').dataset.rows < 12")
    early = len(room.stable().split())
    assert early < 20
    room.page.wait_for_function("n => document.querySelectorAll('.lab-captions-word').length > n", arg=early)
    assert room.page.locator(".lab-hyps i").count() > 0, "words that may change are told apart"


def test_plays_the_example_live_stops_and_starts_again(room):
    room = room("captions?clip=sentence")
    room.wait_status("Finished example")
    room.play.click()
    room.wait_status("Listening")
    room.wait_idle()  # the example ends by itself
    assert "Done: " in room.wait_status("Done")
    assert word_errors(clip("sentence").text, room.stable()).rate <= 0.25
    assert "median" in room.visitor.wait_words("from-spoken-to-stable", "median")
    assert room.download("SRT").startswith("1\n00:00:0")
    assert room.download("VTT").startswith("WEBVTT")
    assert word_errors(room.stable(), room.download("TXT")).rate == 0

    room.play.click()
    room.page.wait_for_function("document.querySelector('.lab-live-time').textContent >= '0:01'")
    room.stop.click()
    room.wait_idle()
    room.wait_status("Done|No words")
    room.play.click()  # a third time, without reloading
    room.wait_idle()
    assert "Done: " in room.wait_status("Done")


def test_the_microphone_is_captioned_stopped_and_started_again(speaking_chromium, app_url):
    visitor = Visitor(speaking_chromium, app_url)
    room = Room(visitor)
    room.wait_words(60)
    for _ in range(2):
        room.mic.click()
        room.wait_status("not kept")
        room.wait_words(10)
        said = set(room.stable().lower().replace(",", "").replace(".", "").split())
        assert len(said & {"he", "was", "not", "young", "man", "unless", "rather", "cold", "selfish", "be"}) >= 4
        room.stop.click()
        room.wait_idle()
        assert "Done: " in room.wait_status("Done")
        assert len(room.download("TXT").split()) >= 10
    assert room.page.locator(".lab-player.empty").count() == 1, "the microphone's sound is not kept"
    assert visitor.errors == []
    assert visitor.foreign() == []
    visitor.context.close()


def test_a_microphone_that_only_beeps_gives_no_words_and_one_that_gives_nothing_a_sentence(room):
    room = room()
    room.wait_words(60)
    room.mic.click()
    room.wait_status("Listening")
    room.page.wait_for_function("document.querySelector('.lab-live-time').textContent >= '0:03'")
    room.stop.click()
    room.wait_idle()
    room.wait_status("No words|Done")

    for name, sentence in (
        ("NotAllowedError", "not allowed to use the microphone"),
        ("NotFoundError", "No microphone was found"),
        ("NotReadableError", "in use by another program"),
    ):
        room.page.evaluate(
            "(name) => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }",
            name,
        )
        room.mic.click()
        room.message.filter(has_text=sentence).wait_for()
        assert room.mic.is_enabled(), "one can try again"
        assert room.message.get_attribute("role") == "alert"

    room.page.evaluate(
        """() => { navigator.mediaDevices.getUserMedia = async () => {
          const context = new AudioContext();
          return context.createMediaStreamDestination().stream; }; }"""
    )
    room.mic.click()
    room.message.filter(has_text="nothing but silence").wait_for()  # muted
    room.stop.click()
    room.wait_idle()

    room.page.evaluate(
        """() => {
          AudioContext.prototype.resume = () => new Promise(() => {});
          Object.defineProperty(AudioContext.prototype, 'state', { get: () => 'suspended' }); }"""
    )
    room.mic.click()
    room.message.filter(has_text="does not start its sound").wait_for()
    assert room.mic.is_enabled(), "one can try again"


def test_controls_choose_the_example_and_the_link_keeps_them(room):
    room = room("captions?n=1&clip=speech_long")
    room.wait_status("Finished example")
    assert room.page.get_by_label(re.compile("number input for Hypotheses that must agree")).input_value() == "1"
    once = room.page.locator(".lab-facts").inner_text()
    room.page.locator(".lab-example", has_text="Three must agree").click()
    room.page.wait_for_function("t => document.querySelector('.lab-facts').innerText !== t", arg=once)
    room.page.get_by_role("button", name="Copy link").click()
    room.page.wait_for_function("location.search === '?n=3'")


def test_on_a_phone_nothing_sticks_out(room):
    room = room(width=390, height=844)
    room.wait_words(60)
    assert room.page.evaluate("document.documentElement.scrollWidth") <= 390
