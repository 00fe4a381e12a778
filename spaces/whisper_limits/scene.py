"""What the page is about: a sound, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from components.audio_input import OWN, OwnSound
from components.lesson import Visit
from components.stopping import Stop, session_of
from models.whisper.result import Result
from models.whisper.stream import WINDOW_S

from .case import MAX_S, Case, Made, make
from .ladder import Outcome

STOP = Stop({})  # the runs of both parts


@dataclass(frozen=True)
class Compared:
    """What part B's run has found."""

    case: Case
    results: tuple[Result, ...]
    sizes: tuple[Any, ...] = ()


@dataclass
class Scene:
    """What the parts show things of.

    Attributes
    ----------
    case : Case
        The sound that the open part is about.
    own : OwnSound or None
        The visitor's own.
    max_s : float
        How much of it the open part hears.
    run : Outcome or None
        What part A has found for this sound and listener on this visit.
    compared : Compared or None
        What part B has found for it.
    running : bool
        The visitor's run goes on, whose words stand in the status line.
    """

    case: Case
    own: OwnSound | None
    max_s: float
    run: Outcome | None
    compared: Compared | None
    running: bool = False

    @cached_property
    def made(self) -> Made:
        """The sound itself, made when it is first asked for; a `ValueError` says why there is none."""
        return make(self.case, self.own, max_s=self.max_s)


def scene(visit: Visit) -> Scene:
    """Return the sound that the open part is about, with what the page keeps of it."""
    fields, part_a = visit.fields, visit.fields["part"] == "fail"
    numbers = {name: fields[name] for name in ("snr", "speed", "times", "cut")}
    mine = visit.own.path if visit.own is not None and fields["clip"] == OWN else ""
    case = Case(fail=fields["fail" if part_a else "mess"], clip=fields["clip"], own=mine, **numbers)
    run, compared = visit.kept["run"], visit.kept["compared"]
    new = fields.moved == "own"  # both parts may have heard the old sound
    if new or run is None or (run.case, run.ear) != (case.plain(), fields["ear"]):
        run = None
    if new or compared is None or compared.case != case.plain():
        compared = None
    running = session_of(visit.request) in STOP.runs
    return Scene(case, visit.own, WINDOW_S if part_a else MAX_S, run, compared, running)
