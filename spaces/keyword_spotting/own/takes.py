"""The takes of a visitor's word: cut out of a recording, said by a synthetic voice, or ready made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from algorithms.keyword.takes import Span, find_words, problems, second_around
from algorithms.sound import AudioError
from algorithms.sound import io as audio_io
from components.audio_input import hint
from models import ModelUnavailable
from models.keyword.own_data import Take, example
from models.tts import espeak

from .board import Card, Group

MAX_TAKES = 12  # of one kind
MAX_S = 60.0  # of a recording
MINE = "mine"
KINDS = {"first": "my word", "second": "a second word", "others": "other words"}
SETS = {
    "sesame": ("Sesame, and other words", ("sesame",)),
    "alike": ("Two words that sound alike", ("flower", "flour")),
    "single": ("One take only", ("sesame",)),
    MINE: ("Your own takes", ()),
}
OTHER_WORDS = ("message", "yellow", "hello", "seven", "window", "morning", "people", "garden", "coffee", "water")
MANNERS = ((150, 50), (135, 42), (165, 58), (145, 62), (155, 36), (140, 54))  # words a minute, pitch


@dataclass(frozen=True, eq=False)
class Entry:
    """A take on the board."""

    id: int
    take: Take
    flags: tuple[str, ...]
    source: str  # "recorded", "Flite's rms", "eSpeak m1", ...


@dataclass(frozen=True, eq=False)
class Kept:
    """All takes of a session, in order, and the number that the next one gets."""

    entries: tuple[Entry, ...] = ()
    next_id: int = 1

    def of(self, kind: str) -> tuple[Entry, ...]:
        """The entries of one kind."""
        return tuple(e for e in self.entries if e.take.kind == kind)

    def takes(self) -> list[Take]:
        """What there is to learn from."""
        return [e.take for e in self.entries]

    def find(self, number: int) -> Entry | None:
        """The entry with this id."""
        return next((e for e in self.entries if e.id == number), None)

    def without(self, number: int) -> Kept:
        """The same but for one."""
        return replace(self, entries=tuple(e for e in self.entries if e.id != number))

    def added(self, sounds: Sequence[tuple[np.ndarray, float | None, str, str]], kind: str) -> tuple[Kept, int]:
        """With more takes (second, the word's length in s, word, source); and how many found no room."""
        room = MAX_TAKES - len(self.of(kind))
        entries, number = list(self.entries), self.next_id
        for y, duration_s, word, source in sounds[: max(0, room)]:
            entries.append(Entry(number, Take(y, kind, word), problems(y, duration_s), source))
            number += 1
        return Kept(tuple(entries), number), max(0, len(sounds) - max(0, room))


@lru_cache(maxsize=4)
def ready_made(name: str) -> Kept:
    """A ready-made set, the same for everybody."""
    entries = []
    for number, take in enumerate(example(name), 1):
        entries.append(Entry(number, take, problems(take.y), "synthetic voice (Flite’s rms)"))
    return Kept(tuple(entries), len(entries) + 1)


def current(kept: Kept | None, fields: Mapping[str, Any]) -> Kept:
    """The takes that the page shows: the visitor's own, or the chosen set."""
    return (kept or Kept()) if fields["o_set"] == MINE else ready_made(fields["o_set"])


def names(fields: Mapping[str, Any], kept: Kept) -> tuple[str, ...]:
    """The words' names: the set's, or what the visitor typed; the second only where it has takes."""
    if fields["o_set"] != MINE:
        return SETS[fields["o_set"]][1]
    typed = (fields["o_name"] or "my word", fields["o_name2"] or "my second word")
    return typed if kept.of("second") else typed[:1]


def cut(path: str, word: str) -> tuple[list[tuple[np.ndarray, float | None, str, str]], tuple[str, ...]]:
    """The words of a recording as takes, and notes on how the file was read.

    Raises
    ------
    AudioError
        The file can't be read, or no word stands out of it.
    """
    audio = audio_io.load(path, sample_rate=16_000, max_s=MAX_S)
    spans = find_words(audio.y)
    if not spans:
        raise AudioError(
            "No word was found in this recording: nothing that lasts a tenth of a second stands out of its noise. Go "
            "closer to the microphone, and pause before and after each word."
        )
    notes = list(audio.notes)
    long = [span for span in spans if span.duration_s > 2.0]
    if long:
        notes.append(
            f"A stretch of {max(s.duration_s for s in long):.1f} s without a pause gave one take of its middle second: "
            "leave half a second between the words."
        )
    return [(second_around(audio.y, s), s.duration_s, word, "recorded") for s in spans], tuple(notes)


def spoken(word: str, kind: str, language: str, count: int, already: int) -> list:
    """Takes by the synthetic voice, each by another speaker; for other words, `count` words of a list."""
    found = []
    for i in range(already, already + count):
        text = OTHER_WORDS[i % len(OTHER_WORDS)] if kind == "others" else word
        wpm, pitch = MANNERS[i % len(MANNERS)]
        speaker = espeak.SPEAKERS[i % len(espeak.SPEAKERS)]
        said = espeak.say(
            text, language="en-us" if kind == "others" else language, speaker=speaker, words_per_minute=wpm, pitch=pitch
        )
        # A room's faint noise: with digital silence around the word, silence itself would give it away.
        y = np.pad(said, 16_000) + np.random.default_rng(i).normal(0, 10 ** (-66 / 20), len(said) + 32_000)
        spans = find_words(y) or [Span(1.0, 1.0 + len(said) / 16_000)]
        whole = Span(spans[0].start_s, spans[-1].end_s)
        y = second_around(y.astype(np.float32), whole)
        found.append((y, whole.duration_s, text, f"eSpeak’s {speaker}"))
    return found


def add(path: str | None, kept: Kept | None, fields: Mapping[str, Any]) -> tuple[Kept | None, str]:
    """Cut takes out of a recording; returns the takes and a note."""
    if path is None:
        return kept, ""
    words = {"first": fields["o_name"] or "my word", "second": fields["o_name2"] or "my second word", "others": "word"}
    try:
        sounds, notes = cut(path, words[fields["o_kind"]])
    except AudioError as wrong:
        return kept, hint([str(wrong)], problem=True)
    return _added(kept, sounds, fields["o_kind"], notes)


def say(kept: Kept | None, fields: Mapping[str, Any]) -> tuple[Kept | None, str]:
    """Let the synthetic voice say the word five times; returns the takes and a note."""
    kind = fields["o_kind"]
    word = fields["o_name2" if kind == "second" else "o_name"].strip()
    if kind != "others" and not word:
        return kept, hint(["Type the word first: the synthetic voice says what stands in its field."], problem=True)
    already = len((kept or Kept()).of(kind))
    try:
        sounds = spoken(word, kind, fields["o_lang"], 5, already)
    except (ValueError, ModelUnavailable) as wrong:
        return kept, hint([str(wrong)], problem=True)
    return _added(kept, sounds, kind, ("Said by eSpeak NG, a synthetic voice: your own voice is not among the takes.",))


def _added(kept: Kept | None, sounds: list, kind: str, notes: tuple[str, ...]) -> tuple[Kept, str]:
    kept, dropped = (kept or Kept()).added(sounds, kind)
    n = len(sounds) - dropped
    said = [f"{n} take{'' if n == 1 else 's'} of {KINDS[kind]} added.", *notes]
    if dropped:
        said.append(f"{dropped} more found no room: twelve of a kind are kept; remove some first.")
    return kept, hint(said)


def groups(kept: Kept, words: Sequence[str], scores: Mapping[int, float], threshold: float) -> list[Group]:
    """The board: keyword takes first, then the other words; with scores where there are any."""
    found = []
    titles = {"first": words[0] if words else "my word", "second": words[1] if len(words) > 1 else ""}
    for kind in KINDS:
        entries = kept.of(kind)
        if not entries and kind != "first":
            continue
        cards = []
        for place, e in enumerate(entries, 1):
            score = scores.get(e.id)
            good = score is None or (score >= threshold) == (kind != "others")
            title = e.take.word if kind == "others" else f"take {place}"
            cards.append(Card(e.id, title, "", e.take.y, e.flags, score, good, ("vary", "remove")))
        sources = ", ".join(dict.fromkeys(e.source for e in entries))
        if kind == "others":
            heading, about = "Other words", f"{len(entries)}, it must not react to these; {sources}"
        else:
            n = len(entries)
            heading = f"“{titles[kind]}”"
            about = f"{n} take{'' if n == 1 else 's'}" + (f"; {sources}" if sources else ": record some, or load a set")
        found.append(Group(heading, about, tuple(cards), kind))
    return found


def varied(entry: Entry, count: int = 8) -> list[Group]:
    """Variations of one take as the training hears them."""
    from algorithms.keyword.augment import variations

    sounds, changes = variations(entry.take.y, count, (0, entry.id - 1))
    cards = tuple(
        Card(-i, f"variation {i}", how.words(), y) for i, (y, how) in enumerate(zip(sounds, changes, strict=True), 1)
    )
    title = f"{count} of the variations of “{entry.take.word}”"
    return [Group(title, "drawn at random: the same word must stay the same word", cards, "varied")]
