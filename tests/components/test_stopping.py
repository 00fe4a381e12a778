"""Runs that are stopped: the last word, whoever says it, and nothing after it."""

from __future__ import annotations

import threading
import types

import pytest

from components import stopping
from components.stopping import Run, Stop

NOTHING = "nothing"


def visitor(name: str):
    return types.SimpleNamespace(session_hash=name)


class Work:
    """Yields 1, 2, 3, ..., and remembers how it ended."""

    def __init__(self, n: int = 100) -> None:
        self.n, self.closed, self.stopped = n, False, False

    def __call__(self, run: Run):
        run.job = self
        try:
            yield from range(1, self.n + 1)
        finally:
            self.closed = True

    def stop(self) -> None:
        self.stopped = True


def last(run: Run) -> str:
    return "last"


def test_a_run_that_nobody_stops():
    stop, work = Stop(NOTHING), Work(3)
    assert [*stop.steps(visitor("a"), work, last)] == [1, 2, 3]
    assert work.closed
    assert work.stopped
    assert stop.runs == {}


@pytest.mark.parametrize(("quietly", "word"), [(False, "last"), (True, NOTHING)])
def test_a_stopped_run_says_its_last_word_and_no_more(quietly, word):
    stop, work = Stop(NOTHING), Work()
    steps = stop.steps(visitor("a"), work, last)
    assert next(steps) == 1
    stop.runs["a"].stop(quietly=quietly, wait_s=0)
    assert work.stopped, "what works in the background hears of it at once"
    assert [*steps] == [word]
    assert work.closed
    assert stop.runs == {}


def test_stop_returns_when_the_run_is_over_and_only_the_visitors_own():
    stop, first, second = Stop(NOTHING), Work(), Work()
    steps, others = stop.steps(visitor("a"), first, last), stop.steps(visitor("b"), second, last)
    assert (next(steps), next(others)) == (1, 1)
    done: list = []
    thread = threading.Thread(target=lambda: done.append(stop.stop(visitor("a"))))
    thread.start()
    while not stop.runs["a"].stopped:
        pass
    assert not done, "the run has not ended"
    assert [*steps] == ["last"]
    thread.join(10)
    assert done == [True]
    assert next(others) == 2
    assert not stop.stop(visitor("a")), "nothing is left to stop"
    stop.runs["b"].stop(quietly=True, wait_s=0)
    assert [*others] == [NOTHING]


def test_a_second_run_of_a_visitor_ends_the_first_quietly():
    stop, first = Stop(NOTHING), Work()
    old = stop.steps(visitor("a"), first, last)
    next(old)
    new = stop.steps(visitor("a"), Work(2), last)
    assert next(new) == 1
    assert [*old] == [NOTHING]
    assert "a" in stop.runs, "the older one's end does not forget the newer"
    assert [*new] == [2]


def test_a_visitor_who_leaves_ends_the_run():
    stop, work = Stop(NOTHING), Work()
    steps = stop.steps(visitor("a"), work, last)
    next(steps)
    steps.close()
    assert work.closed
    assert work.stopped
    assert not stop.stop(visitor("a"))


def test_a_fault_is_not_hidden_and_leaves_nothing_behind():
    stop = Stop(NOTHING)

    def work(run: Run):
        yield 1
        raise ZeroDivisionError

    steps = stop.steps(None, work, last)
    next(steps)
    with pytest.raises(ZeroDivisionError):
        next(steps)
    assert stop.runs == {}


def test_stop_does_not_wait_for_ever(monkeypatch):
    monkeypatch.setattr(stopping, "OVER_S", 0.0)
    stop = Stop(NOTHING)
    steps = stop.steps(visitor("a"), Work(), last)
    next(steps)
    assert stop.stop(visitor("a"))
    assert [*steps] == ["last"]
