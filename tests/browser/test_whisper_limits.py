"""The room Whisper's limits in a real browser: every control by real clicks, runs, stop, links, bad files, a phone."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
import soundfile

from algorithms.sound.clips import clip

pytestmark = [pytest.mark.browser, pytest.mark.slow]


class Room:
    """What the tests do on the page."""

    def __init__(self, visitor, address: str = "whisper_limits") -> None:
        self.visitor = visitor
        self.page = visitor.open(address)
        self.status = self.page.locator(".block.lab-status .lab-run")
        self.status.wait_for()  # drawn by the page's load event, which knows the address
        self.said = self.page.locator(".limits-said")
        self.rows = self.page.locator(".limits-ladder tbody tr")

    def follow(self, query: str) -> None:
        """Go to another state of the page, in place."""
        self.visitor.follow(f"whisper_limits{query}")

    def wait_status(self, pattern: str) -> str:
        self.status.filter(has_text=re.compile(pattern)).wait_for()
        return self.status.inner_text()

    def wait_rows(self, n: int) -> None:
        """Wait for the ladder: the parts of one answer reach the page one after another."""
        self.page.wait_for_function(
            "([n]) => document.querySelectorAll('.limits-ladder tbody tr').length === n", arg=[n]
        )

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def choose(self, name: str) -> None:
        self.page.get_by_role("radio", name=name, exact=True).check()

    def fate(self, kind: str) -> None:
        self.page.locator(f'.limits-verdict[data-fate="{kind}"]').wait_for()

    def slide(self, label: str, value: float) -> None:
        box = self.page.get_by_role("spinbutton", name=re.compile(re.escape(label)))
        box.fill(str(value))
        box.press("Enter")

    def player(self, title: str) -> None:
        self.page.locator(".lab-player-title", has_text=title).wait_for()

    def upload(self, path) -> None:
        self.page.locator(".lab-intake input[type=file]").set_input_files(str(path))


@pytest.fixture
def room(visit):
    return lambda address="whisper_limits", **options: Room(visit(**options), address)


def test_opens_with_music_that_is_dropped_and_every_button_makes_its_sound(room):
    room = room()
    assert "Precomputed by tiny.en" in room.status.inner_text()
    room.fate("dropped")
    assert "Thank you so much for watching" in room.rows.first.inner_text()
    room.wait_rows(6)
    gauges = room.page.locator(".limits-gauge")
    assert gauges.count() == 3
    assert gauges.first.bounding_box()["y"] < 800, "the first picture is in view without scrolling"
    assert "at most 0." in room.visitor.words("where-silero-hears-speech")
    room.page.get_by_role("button", name="Play", exact=True).click()
    room.page.wait_for_function("!document.querySelector('.lab-player audio').paused")

    # Every button makes its sound.
    for name, title in (
        ("Silence", "Silence, 10 s"),
        ("Faint noise", "White noise at -60 dBFS"),
        ("White noise", "White noise at -26 dBFS"),
        ("A wrong language", "French"),
        ("A repeated phrase", "Short sentence, 8 times"),
        ("Cut in a word", "Speech, cut at 6.2 s"),
        ("Under noise", "Speech under noise, 0 dB"),
        ("Too fast", "Speech, 2 times as fast"),
        ("As it is", "Speech"),
        ("Music", "A chord progression"),
    ):
        room.choose(name)
        room.player(title)
        room.wait_status("Precomputed by tiny.en")
        room.wait_rows(6)

    # Limits move the verdict at once.
    room.follow("?fail=silence")
    room.player("Silence")
    room.fate("kept")
    assert room.said.inner_text() == "You"
    room.slide("Limit: unsure below", -0.8)
    room.fate("dropped")
    room.slide("Limit: no speech above", 0.95)
    room.page.locator(".limits-verdict:not([data-fate=dropped])").wait_for()
    assert room.page.locator(".limits-gauge").nth(1).get_attribute("data-bad") == "0"
    room.slide("Limit: unsure below", -2)
    room.fate("kept")
    room.slide("Limit: repeats itself above", 0.5)
    room.page.locator(".limits-gauge").nth(2).and_(room.page.locator('[data-bad="0"]')).wait_for()
    # The slider itself, by the keyboard.
    room.page.get_by_role("slider", name=re.compile("Limit: no speech above")).press("Home")
    room.page.locator(".limits-gauge").nth(1).and_(room.page.locator('[data-bad="1"]')).wait_for()

    # Who listens changes the text.
    room.follow("?fail=language&clip=french")
    room.player("French")
    room.wait_status("Precomputed by tiny.en")
    room.choose("base, told it is English")
    room.wait_status("Precomputed by base, told")
    room.said.filter(has_text="Sorry").wait_for()
    room.choose("base (finds the language)")
    room.said.filter(has_text="Désolé").wait_for()
    room.page.get_by_text("It heard French").wait_for()
    room.choose("Russian")
    room.said.filter(has_text="момент").wait_for()

    # Settings of the sounds.
    room.follow("?fail=speed")
    room.slide("Times as fast", 3)
    room.player("3 times as fast")
    room.choose("Cut in a word")
    room.slide("Cut after (s)", 2.0)
    room.player("cut at 2 s")
    room.choose("A repeated phrase")
    room.slide("How often the phrase is said", 3)
    room.player("3 times")
    assert "Short sentence" in room.page.locator(".lab-player-title").inner_text()

    # A clip takes the place of a made sound.
    room.follow("")
    room.player("A chord progression")
    room.choose("Spanish")
    room.player("Spanish")
    room.page.locator("label.selected", has_text="As it is").first.wait_for()

    # The VAD threshold moves what is kept.
    room.follow("?fail=none&clip=sentence")
    room.visitor.wait_words("where-silero-hears-speech", "cut out: 0.0 s")
    room.choose("Music")
    room.visitor.wait_words("where-silero-hears-speech", "Kept: 0.0 s")
    room.slide("Speech where the probability is above", 0.05)
    words = room.visitor.wait_words("where-silero-hears-speech", "above 0.05")
    assert "Kept: 0.0 s" not in words
    room.page.get_by_text("press Run for the new one").wait_for()


def test_a_run_shows_attempts_as_they_come_and_stop_keeps_what_there_is(room):
    room = room("whisper_limits?fail=snr&snr=12&clip=sentence")
    room.wait_status("Press Run")
    room.wait_rows(0)
    room.press("Run")
    room.rows.first.wait_for()
    room.wait_status("Done: 6 attempts")
    room.wait_rows(6)
    room.said.filter(has_text="amiable").wait_for()
    assert room.page.locator(".limits-pair-texts section").count() == 2
    with room.page.expect_download() as download:
        room.page.get_by_role("link", name="All numbers (JSON)").click()
    data = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert [a["temperature"] for a in data["attempts"]] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    # Only as far as Whisper itself would go.
    room.page.get_by_label("Try all six temperatures").uncheck()
    room.wait_status("takes effect with the next run")
    room.press("Run")
    room.wait_status("Done: 1 attempt")
    room.wait_rows(1)
    # Another sound forgets the run.
    room.slide("Speech over noise (dB)", 13)
    room.player("13 dB")
    room.wait_status("Press Run")
    room.wait_rows(0)

    # Stop keeps what there is.
    room.follow("?fail=speed&speed=3&ear=base-en&clip=speech")
    room.player("3 times as fast")
    room.wait_status("Press Run")
    room.press("Run")
    room.rows.first.wait_for()
    room.press("Stop")
    room.wait_status("Stopped after")
    assert room.rows.count() >= 1
    assert room.page.get_by_role("button", name="Run", exact=True).is_enabled()
    room.choose("Silence")
    room.wait_status("Precomputed")


def test_part_b_aligns_counts_plays_runs_and_stops(room):
    room = room()
    room.page.get_by_role("radio", name="tiny.en against base", exact=True).check()
    room.wait_status("WER")
    blocks = room.page.locator(".limits-rows")
    assert blocks.count() == 2
    word = blocks.first.locator(".limits-word.substitution").nth(2)
    assert word.locator("em").inner_text() == "S"
    start = float(word.get_attribute("data-from"))
    word.click()
    room.page.wait_for_function("([s]) => document.querySelector('.lab-player audio').currentTime > s", arg=[start])
    room.page.wait_for_function("document.querySelector('.lab-player audio').paused")
    assert (
        room.page.evaluate("document.querySelector('.lab-player audio').currentTime")
        < float(word.get_attribute("data-to")) + 0.6
    )
    assert re.search(r"\(\d+ \+ \d+ \+ \d+\) / 22 words", blocks.first.inner_text())

    room.choose("Off")
    room.page.locator('.limits-steps[data-level="none"]').wait_for()
    blocks.first.get_by_text("/ 20 words").wait_for()
    room.choose("Whisper’s English")
    room.page.locator('.limits-steps[data-level="english"]').wait_for()
    assert "contractions and titles" in room.page.locator(".limits-steps").inner_text()
    room.choose("What base wrote")
    room.page.get_by_text("whoever is right").wait_for()
    assert room.page.locator(".limits-formula").count() == 0
    room.choose("What was said")
    room.page.locator(".limits-formula").first.wait_for()

    # A reference of one's own.
    room.follow("?part=compare")
    room.wait_status("WER")
    room.press("Edit the clip’s words")
    box = room.page.get_by_label("Your own reference")
    room.page.wait_for_function(
        "([t]) => [...document.querySelectorAll('textarea')].some((a) => a.value === t)", arg=[clip("speech").text]
    )
    box.fill("He was hot in the old spells, young man.")
    box.press("Tab")
    room.page.get_by_text("The reference is what you typed").wait_for()
    room.page.locator(".limits-rows").first.get_by_text("/ 9 words").wait_for()

    # A run is stopped.
    room.follow("?part=compare&mess=none&clip=speech_long")
    room.wait_status("Precomputed")
    room.press("Compare")
    room.wait_status("model 1 of 2|model 2 of 2")
    room.press("Stop")
    room.wait_status("Stopped")
    room.page.wait_for_timeout(500)
    assert "Stopped" in room.status.inner_text(), "nothing that was still on its way overwrites it"
    assert room.page.get_by_role("button", name="Compare", exact=True).is_enabled()

    # Another runs to its end, and a third model is explained.
    room.follow("?part=compare&mess=none&clip=sentence")
    room.wait_status("Precomputed")
    room.press("Compare")
    room.wait_status("Done: Whisper tiny.en WER 0.0 %")
    assert "measured now, on this machine" in room.page.locator(".limits-sizes").inner_text()
    with room.page.expect_download() as download:
        room.page.get_by_role("link", name=re.compile("Texts, counts")).click()
    assert len(json.loads(download.value.path().read_text(encoding="utf-8"))) == 2
    room.page.get_by_label("A third model").click()
    room.page.get_by_role("option", name="hub id or local folder").click()
    box = room.page.get_by_role("textbox", name="Hub id or local folder")
    box.fill("not a model")
    box.press("Tab")
    room.wait_status("models that are chosen now")
    room.press("Compare")
    room.wait_status("owner/name")
    assert "problem" in room.status.get_attribute("class")
    assert room.page.locator(".limits-rows").count() == 2, "the other two have run"
    room.choose("Too fast")
    room.player("2 times as fast")
    room.choose("Under noise")
    room.slide("Speech over noise (dB)", 20)
    room.wait_status("Press Compare")


def test_own_sounds_bad_files_and_the_microphone(room, tmp_path):
    room = room()
    (tmp_path / "words.wav").write_text("These are words, not sound.\n" * 50)
    room.upload(tmp_path / "words.wav")
    room.page.locator(".lab-note.problem").first.wait_for()
    room.wait_rows(6)  # the page stays as it was
    y, rate = soundfile.read(clip("sentence").path)
    soundfile.write(tmp_path / "mine.wav", np.tile(y, 12), rate)
    room.upload(tmp_path / "mine.wav")
    room.player("mine.wav")
    room.page.get_by_text("first 30 s of 39").first.wait_for()
    room.wait_status("Press Run")
    room.page.get_by_label("Try all six temperatures").uncheck()
    room.press("Run")
    room.wait_status("Done: ")
    assert "amiable" in room.said.inner_text()
    room.page.get_by_role("radio", name="tiny.en against base", exact=True).check()
    room.page.get_by_role("radio", name="As it is", exact=True).last.check()
    room.page.get_by_text("Nobody has written down what is said here").wait_for()
    room.page.get_by_role("radio", name="When it fails", exact=True).check()
    room.press("Record")
    room.page.wait_for_timeout(1500)
    room.page.locator(".lab-intake").get_by_role("button", name=re.compile("Stop")).click()
    room.player("Your recording")
    room.wait_status("Press Run")


def test_examples_answers_and_links(room):
    room = room()
    room.page.get_by_role("link", name=re.compile("A false alarm")).click()
    room.fate("failed")
    room.page.get_by_role("button", name=re.compile("What does WER hide")).click()
    room.page.locator(".lab-question", has_text="What does WER hide").get_by_role(
        "link", name=re.compile("Show it")
    ).click()
    room.page.locator('.limits-steps[data-level="none"]').wait_for()
    room.press("Copy link")
    room.page.wait_for_function("() => location.search.includes('part=compare')")
    room.page.reload()
    room.page.locator('.limits-steps[data-level="none"]').wait_for()


def test_on_a_phone(room):
    phone = room(width=390, height=844)
    phone.visitor.figure("where-silero-hears-speech")
    fits = "() => document.documentElement.scrollWidth <= 390"
    assert phone.page.evaluate(fits)
    phone.page.get_by_role("radio", name="Silence", exact=True).tap()
    phone.fate("kept")
    theme = phone.page.get_by_role("button", name="Switch between light and dark")
    theme.tap()
    assert phone.page.evaluate(fits)
    phone.page.get_by_role("radio", name="tiny.en against base", exact=True).tap()
    phone.page.locator(".limits-rows").first.wait_for()
    assert phone.page.evaluate(fits)
    theme.tap()
    assert phone.page.evaluate(fits)
