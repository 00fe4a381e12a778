"""All rooms' interview questions: gathered, filtered, named. They stand in the rooms; here is no copy of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from components.page_state import page_url

from .. import QUESTION_LEVELS, Question, discover

ALL, ANY = "all", "any"
LEVELS = (ANY, *QUESTION_LEVELS)


@dataclass(frozen=True)
class Entry:
    """A question with the room that it stands in."""

    id: str  # room.name
    slug: str
    room: str  # the room's title
    question: Question

    @property
    def demo(self) -> str:
        """Address, relative to any page of the app, of the state that shows the answer."""
        return page_url(self.slug, self.question.state)


@lru_cache(maxsize=1)
def bank() -> dict[str, Entry]:
    """Return every question by its id, in the order of the rooms."""
    found = {}
    for slug, room in discover().items():
        for question in room.questions:
            id = f"{slug}.{question.rubric.name}"
            found[id] = Entry(id, slug, room.title, question)
    return found


def topics() -> list[tuple[str, str]]:
    """Return (title, slug) of the rooms that have questions, after the choice of all."""
    rooms = dict.fromkeys((entry.room, entry.slug) for entry in bank().values())
    return [(f"All topics ({len(bank())})", ALL), *rooms]


@lru_cache(maxsize=1)
def _searched() -> dict[str, str]:
    return {
        id: " ".join(
            (e.room, e.question.question, e.question.answer, *(point.name for point in e.question.rubric.points))
        ).casefold()
        for id, e in bank().items()
    }


def chosen(topic: str = ALL, level: str = ANY, find: str = "") -> list[Entry]:
    """Return the questions of a topic and level that have all words of `find` in question, answer or key points."""
    words = find.casefold().split()
    return [
        entry
        for id, entry in bank().items()
        if topic in (ALL, entry.slug)
        and level in (ANY, entry.question.level)
        and all(word in _searched()[id] for word in words)
    ]


def counts() -> tuple[list[str], list[list[int]]]:
    """Return the rooms' slugs, and how many questions each has of every level."""
    slugs = list(dict.fromkeys(entry.slug for entry in bank().values()))
    return slugs, [[len(chosen(slug, level)) for level in QUESTION_LEVELS] for slug in slugs]


def spread(entries: Sequence[Entry], n: int, seed: int) -> list[Entry]:
    """Return `n` of the questions for a sitting: drawn by chance, from as many rooms as there are, easy ones first."""
    from random import Random

    chance = Random(seed)
    rooms: dict[str, list[Entry]] = {}
    for entry in chance.sample(list(entries), len(entries)):
        rooms.setdefault(entry.slug, []).append(entry)
    taken: list[Entry] = []
    while len(taken) < n and any(rooms.values()):
        taken += [left.pop() for left in rooms.values() if left][: n - len(taken)]
    return sorted(taken, key=lambda entry: QUESTION_LEVELS.index(entry.question.level))
