"""What a room of Speech Lab is: the dataclasses that every ``spaces/<slug>.py`` fills in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

GROUPS = ("Signals", "Recognition", "Synthesis", "Separation", "Real time", "Learn")
MAP_ROWS = ("From sound to words", "From words to sound", "Around them")  # of the home page's map
LEVELS = ("first steps", "core", "advanced")
QUESTION_LEVELS = ("junior", "mid", "senior", "principal")

State = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Example:
    """One click that sets the page up and says what to notice."""

    title: str
    notice: str  # one or two sentences: what to look or listen for
    state: State  # page state: field name -> value
    asset: str = ""  # id of a clip in assets/clips, where the example uses one
    look: str = ""  # the component that shows it (or "#" and an element's id): scrolled to and outlined


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A source: paper, book chapter or documentation, with the place in it."""

    title: str  # authors, title, year
    where: str  # equation, section or page that the page uses
    url: str = ""


@dataclass(frozen=True)
class Point:
    """One thing that a great answer says, and the words by which one notices that it was said.

    `algorithms.text.key_points` says how the evidence is read: ``"gradient; straight through; simulat*"`` are three
    ways to say it, each of whose words must occur, in any order, within one sentence.
    """

    name: str  # as a report writes it
    evidence: str  # ways to say it, between semicolons; "*" at a word's end stands for any ending


@dataclass(frozen=True, kw_only=True)
class Rubric:
    """What an interviewer has beside a question: what to listen for, what goes wrong, where it is written."""

    name: str  # within the room; part of addresses and of what browsers remember
    points: tuple[Point, ...]  # in the order in which a great answer makes them
    mistakes: tuple[str, ...]  # what people usually get wrong, one sentence each
    source: str
    must: str = ""  # the formula or the number that has to appear
    predict: tuple[str, str] | None = None  # "What will happen if ...?", and what the demonstration shows


@dataclass(frozen=True, kw_only=True)
class Question:
    """An interview question with a full answer and the page state that shows it."""

    question: str
    level: str  # one of QUESTION_LEVELS
    answer: str  # Markdown
    follow_ups: tuple[tuple[str, str], ...] = ()  # (question, answer) pairs
    state: State = field(default_factory=dict)
    look: str = ""  # as an example's
    rubric: Rubric | None = None  # every room's question has one


@dataclass(frozen=True, kw_only=True)
class Term:
    """A word of the field, explained once for all rooms."""

    name: str  # as the field writes it, with its abbreviation in brackets: "short-time Fourier transform (STFT)"
    meaning: str  # one or two plain sentences
    state: State = field(default_factory=dict)  # the page state that shows it


@dataclass(frozen=True)
class Place:
    """A box on the home page's map that opens the room."""

    row: str  # one of MAP_ROWS
    at: int  # place in the row, smaller first
    title: str
    does: str  # a few words under the title
    state: State = field(default_factory=dict)  # the page state that the box opens

    def __post_init__(self) -> None:
        if self.row not in MAP_ROWS:
            raise ValueError(f"{self.title}: the map's rows are {MAP_ROWS}, not {self.row!r}.")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A function of the room that programs call by its name; components/programs.py says how it is written."""

    function: Callable[..., dict]
    refusals: tuple[type[Exception], ...]  # what it raises where it can't; their sentence is the program's answer
    concurrency_id: str | None = None  # that of the page's events with the same model: they take turns
    concurrency_limit: int = 2  # how many run at a time; the rest wait


@dataclass(frozen=True, kw_only=True)
class Space:
    """One room: everything the app needs to list it, route to it and draw it."""

    title: str
    summary: str  # one sentence for the home card and the page head
    group: str  # one of GROUPS
    build: Callable[[], None]  # draws the page inside an open Blocks; callable more than once
    level: str = "core"  # one of LEVELS
    order: int = 50  # place within its group, smaller first
    on_map: tuple[Place, ...] = ()  # where it stands on the home page's map
    models: tuple[str, ...] = ()  # ModelSpec ids it uses
    programs: tuple[Endpoint, ...] = ()  # what programs may ask of it
    examples: tuple[Example, ...] = field(default=())
    references: tuple[Reference, ...] = field(default=())
    questions: tuple[Question, ...] = field(default=())
    terms: tuple[Term, ...] = ()  # the words that this room is the place to learn
    routes: tuple[object, ...] = ()  # Starlette routes beside Gradio's, where a page talks to more than handlers
    warm_up: Callable[[State], None] | None = None  # in a thread, when a browser asks for the page; must not raise

    def __post_init__(self) -> None:
        if self.group not in GROUPS:
            raise ValueError(f"{self.title}: group must be one of {GROUPS}, not {self.group!r}.")
        if self.level not in LEVELS:
            raise ValueError(f"{self.title}: level must be one of {LEVELS}, not {self.level!r}.")
