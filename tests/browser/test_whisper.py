"""The Whisper page as a visitor uses it: words that can be clicked, real transcriptions, downloads, stop, bad files."""

from __future__ import annotations

import csv
import json
import re

import numpy as np
import pytest
import soundfile

from algorithms.sound.clips import clip
from algorithms.text.wer import word_errors
from tests.helpers.browser import box_of
from tests.helpers.patience import post, program

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Room:
    """What the tests do on the page."""

    def __init__(self, visitor, address: str = "whisper") -> None:
        self.visitor = visitor
        self.page = visitor.open(address)
        self.status = self.page.locator(".block.lab-status .lab-run")
        self.text = self.page.locator(".lab-segment-text")
        self.words = self.page.locator(".lab-word")
        self.status.wait_for()  # drawn by the page's load event, which knows the address

    def follow(self, query: str) -> None:
        """Go to another state of the page, in place."""
        self.visitor.follow(f"whisper{query}")

    def transcript(self) -> str:
        return " ".join(self.text.all_inner_texts())

    def wait_status(self, pattern: str) -> str:
        self.status.filter(has_text=re.compile(pattern)).wait_for()
        return self.status.inner_text()

    def upload(self, path) -> None:
        self.page.locator(".lab-intake input[type=file]").set_input_files(str(path))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def transcribe(self) -> str:
        self.press("Transcribe")
        return self.wait_status("Done|No words|problem")

    def sound(self) -> dict:
        return self.page.evaluate(
            "(a => ({time: a.currentTime, paused: a.paused}))(document.querySelector('.lab-player audio'))"
        )

    def download(self, name: str) -> str:
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=name, exact=True).click()
        return download.value.path().read_text(encoding="utf-8")


@pytest.fixture
def room(visit):
    return lambda address="whisper", **options: Room(visit(**options), address)


def test_opens_with_words_that_can_be_heard_and_followed(room):
    room = room()
    room.words.first.wait_for()
    assert word_errors(clip("speech").text, room.transcript()).rate == 0
    assert "Precomputed by Whisper tiny.en" in room.status.inner_text()
    assert "marked" in room.visitor.words("waveform")

    word = room.words.filter(has_text="selfish").first
    word.click()
    room.page.wait_for_function("!document.querySelector('.lab-player audio').paused")
    start = word.evaluate("w => w.word.start")
    assert start <= room.sound()["time"] < start + 2
    room.page.wait_for_function("document.querySelectorAll('.lab-word.now').length === 1")
    lit = room.page.evaluate(
        """() => new Promise((done) => { const seen = new Set(); const look = () => {
          seen.add(document.querySelector('.lab-word.now')?.textContent);
          if (document.querySelector('.lab-player audio').paused) done([...seen]); else requestAnimationFrame(look); };
          look(); })"""
    )
    assert {"selfish", "is", "to", "be"} <= set(lit)
    assert "probability" in room.page.locator(".lab-transcript-word").inner_text()

    # The keyboard walks through the words and plays.
    room.words.first.focus()
    for key in ("ArrowRight", "ArrowRight", "Enter"):
        room.page.keyboard.press(key)
    assert room.page.evaluate("document.activeElement.textContent") == "not"
    room.page.wait_for_function("!document.querySelector('.lab-player audio').paused")
    assert room.words.evaluate_all("words => words.filter((w) => w.tabIndex === 0).length") == 1, "one tab stop"

    # A segment's time plays that segment only.
    room.follow("?clip=speech_long")
    room.page.locator(".lab-player-title", has_text="Speech, 25 s").wait_for()
    second = room.page.locator(".lab-segment-time").nth(1)
    second.click()
    room.page.wait_for_function("!document.querySelector('.lab-player audio').paused")
    room.page.wait_for_function("document.querySelector('.lab-player audio').paused")
    assert 7 < room.sound()["time"] < 7.6

    # A link opens exactly there.
    room.follow("?clip=spanish&fallback=0")
    room.text.filter(has_text="thank you very much").first.wait_for()
    room.wait_status("Precomputed by Whisper tiny.en")
    assert "and thank you very much, and thank you" in room.transcript()
    room.page.locator(".lab-segment.doubtful").first.wait_for()
    assert "repeats itself" in room.page.locator(".lab-segment-doubt").first.inner_text()
    room.press("Copy link")
    room.page.get_by_role("button", name="Link copied").wait_for()
    assert room.page.url.endswith("whisper?clip=spanish&fallback=0")

    # An example and an answer show their results.
    room.page.get_by_role("link", name=re.compile("A prompt that misspells")).click()
    room.page.locator(".lab-segment-text", has_text="Jon Dashwould").wait_for()
    room.page.get_by_role("button", name=re.compile("Decoding")).click()
    assert room.page.get_by_label("Initial prompt").input_value() == "Glossary: Jon Dashwould."
    room.page.get_by_role("button", name=re.compile("beam size and temperature")).click()
    room.page.locator(".lab-question", has_text="beam size").get_by_role("link", name=re.compile("Show it")).click()
    room.page.locator(".lab-segment-text", has_text="old-sposed").first.wait_for()

    # An unknown model is a sentence.
    room.follow("?model=other&hub=not+a+model")
    assert room.page.get_by_label("Hub id or local folder").input_value() == "not a model"
    room.press("Transcribe")
    room.wait_status("owner/name")
    assert "problem" in room.status.get_attribute("class")


def test_transcribes_and_downloads(room):
    room = room("whisper?clip=speech_long")
    done = room.transcribe()
    assert "Done" in done
    assert word_errors(clip("speech_long").text, room.transcript()).rate == 0
    assert "real-time factor" in room.page.locator(".lab-facts").inner_text()
    assert room.page.locator(".lab-segments-table tbody tr").count() == room.text.count()

    srt = room.download("SRT")
    assert re.match(r"1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nAnd Mr\. John Dashwood", srt)
    assert room.download("VTT").startswith("WEBVTT\n")
    assert word_errors(clip("speech_long").text, room.download("TXT")).rate == 0
    data = json.loads(room.download("JSON"))
    assert data["model"]["id"] == "asr/whisper-tiny.en"
    words = [w for s in data["segments"] for w in s["words"]]
    assert len(words) == room.words.count()
    assert all(0 <= w["probability"] <= 1 and w["start"] <= w["end"] for w in words)
    assert 'class = "IntervalTier"' in room.download("TextGrid")


def test_a_bad_file_good_ones_and_the_microphone(room, tmp_path, data):
    rows = (data / "ljspeech_sample" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    texts = {row[0]: row[2] for row in csv.reader(rows, delimiter="|")}
    room = room()
    (tmp_path / "words.wav").write_text("These are words, not sound.\n" * 50)
    room.upload(tmp_path / "words.wav")
    room.page.locator(".lab-note.problem").wait_for()
    assert "words.wav" in room.page.locator(".lab-note.problem").inner_text()
    assert room.words.count(), "the page stays as it was"
    room.upload(data / "ljspeech_sample" / "LJ001-0002.flac")
    room.wait_status("Press Transcribe to see")
    room.transcribe()
    assert "modern" in room.transcript()

    # A reader whom nobody here knows.
    room.upload(data / "ljspeech_sample" / "LJ001-0001.flac")
    room.wait_status("Press Transcribe to see")
    assert room.page.locator(".lab-file[href]").count() == 0, "no transcript, no downloads"
    room.transcribe()
    assert word_errors(texts["LJ001-0001"], room.transcript()).rate <= 0.06
    room.press("Copy link")
    room.page.get_by_role("button", name="Copied, without your own sound").wait_for()
    assert "own" not in room.page.evaluate("navigator.clipboard.readText()")

    room.press("Record")
    room.page.wait_for_timeout(2500)
    room.page.locator(".lab-intake").get_by_role("button", name=re.compile("Stop")).click()
    room.wait_status("Press Transcribe to see")
    room.page.locator(".lab-player-title", has_text="Your recording").wait_for()
    assert "problem" not in room.transcribe()


def test_stop_in_a_long_file_and_another_sound_in_its_place(room, tmp_path):
    y, rate = soundfile.read(clip("speech_long").path)
    soundfile.write(tmp_path / "long.flac", np.tile(y, 75), rate)  # long enough to be stopped on a busy machine
    room = room()
    room.upload(tmp_path / "long.flac")
    room.wait_status("Press Transcribe to see")
    room.press("Transcribe")
    room.wait_status(r"transcribes: .* of 30:5")
    room.words.first.wait_for()
    room.press("Stop")
    room.wait_status("Stopped at .* of 30:5")
    assert room.words.count() > 20
    assert room.page.locator(".lab-file[href]").count() == 5
    room.page.locator(".lab-chips label", has_text="Short sentence").click()
    room.wait_status("Precomputed")
    assert "Done" in room.transcribe()
    assert word_errors(clip("sentence").text, room.transcript()).rate == 0

    # Another sound ends the run, and another setting does not. (Of the first one the page still has the beginning.)
    soundfile.write(tmp_path / "other.flac", np.tile(y, 74), rate)
    room.upload(tmp_path / "other.flac")
    room.wait_status("Press Transcribe to see")
    room.press("Transcribe")
    room.words.first.wait_for()
    room.page.get_by_label("Model", exact=True).click()
    room.page.get_by_role("option", name=re.compile("^base")).click()
    n = room.words.count()
    room.page.wait_for_function("(n) => document.querySelectorAll('.lab-word').length > n + 30", arg=n)
    room.page.locator(".lab-chips label", has_text="Short sentence").click()
    room.wait_status("Precomputed|Press Transcribe")
    room.page.wait_for_timeout(1000)
    assert "Precomputed" in room.status.inner_text() or "Press Transcribe" in room.status.inner_text()
    assert room.words.count() < 40, "nothing of the other sound came after"
    assert room.page.get_by_role("button", name="Transcribe", exact=True).is_enabled()
    assert not room.page.get_by_role("button", name="Stop", exact=True).is_enabled()


def test_who_waits_can_stop_waiting(room, tmp_path):
    y, rate = soundfile.read(clip("speech_long").path)
    soundfile.write(tmp_path / "long.flac", np.tile(y, 75), rate)
    at_work, waiting = [room(), room()], room("whisper?clip=sentence")
    for other in at_work:  # two transcribe at once, a third waits
        other.upload(tmp_path / "long.flac")
        other.wait_status("Press Transcribe to see")
        other.press("Transcribe")
        other.wait_status(r"transcribes: .* of 30:5")
    answers = []  # the server knows that the third waits, and the browser hears of it only after Stop
    waiting.page.route("**/queue/join*", lambda route: answers.append((route, route.fetch())), times=1)
    waiting.press("Transcribe")
    waiting.wait_status("Waiting for a free processor")
    waiting.press("Stop")
    waiting.wait_status("Stopped before it began")
    ((route, answer),) = answers
    route.fulfill(response=answer)
    for other in at_work:
        other.press("Stop")
        other.wait_status("Stopped at .* of 30:5")
    assert "Stopped before it began" in waiting.status.inner_text(), "it did not begin once there was room"
    assert "Done" in waiting.transcribe()


def test_french_is_heard_as_french_and_translated(room):
    room = room("whisper?clip=french&model=asr/whisper-base&beam=4")
    room.wait_status("Press Transcribe to see")
    room.transcribe()
    assert word_errors(clip("french").text, room.transcript()).rate <= 0.1
    assert "French 0.99" in room.visitor.wait_words("which-language", "French")
    assert "French, p = 0.99" in room.page.locator(".lab-facts").inner_text()
    room.page.get_by_label("Translate", exact=True).check()
    room.wait_status("until you press Transcribe")
    room.transcribe()
    assert "Sorry" in room.transcript()


def test_a_phone_shows_it_without_sideways_scrolling(room):
    room = room(width=390, height=844)
    room.words.first.wait_for()
    room.visitor.figure("waveform")
    assert room.page.evaluate("document.documentElement.scrollWidth") <= 390
    box = box_of(room.page.locator(".lab-transcript"))
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    # What a tap asks for is brought into view: by another sound, by an example that turns a setting, by a run.
    words = "() => { const { top } = document.querySelector('.lab-transcript').getBoundingClientRect();"
    near = words + " return top > 130 && top < 0.65 * innerHeight; }"
    room.page.locator(".lab-clips label", has_text="Short sentence").tap()
    room.text.filter(has_text="amiable").wait_for()
    room.page.wait_for_function(near)
    room.page.evaluate("window.scrollTo(0, 0)")
    room.page.locator(".lab-example", has_text="A prompt that misspells").tap()
    room.text.filter(has_text="Jon Dashwould").wait_for()
    room.page.wait_for_function(near)
    room.page.evaluate("window.scrollTo(0, 0)")
    room.page.get_by_role("button", name="Transcribe", exact=True).tap()
    room.page.wait_for_function(near)
    room.wait_status("Done")


def test_programs_transcribe_through_the_api(app_url):
    from gradio_client import handle_file

    client = program(app_url)
    file = handle_file(str(clip("sentence").path))
    said = client.predict(file, "asr/whisper-tiny.en", "auto", api_name="/transcribe")
    assert word_errors(clip("sentence").text, said["text"]).rate == 0
    assert said["segments"][0]["words"]
    client.close()
    assert post(f"{app_url}/gradio_api/mcp/", json={}).status_code in (404, 405), "MCP is off unless asked for"
