"""A visitor's own keyword spotter: the body of DS-CNN S kept, the last layers trained on a few takes and checked.

`learn` does everything and tells how it goes; a `PersonalSpotter` comes out, a `KeywordSpotter` that lives as long as
whoever holds it. The training itself is `algorithms/keyword/personal.py`, the network `models/keyword/own_net.py`, what
it is told apart from `models/keyword/own_data.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from algorithms.keyword import personal
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.features import mfcc
from models.keyword.own_data import Take, background, grid
from models.keyword.own_net import FIRST, OTHER, PersonalSpotter, body, keyword_name, network, start

HELD_VIEWS = 6  # variations of a held-out take that are scored beside the take itself


@dataclass(frozen=True)
class Settings:
    """How the spotter is made."""

    both: bool = True  # the last pointwise convolution and the linear layer; else the linear layer alone
    views: int = 20  # variations of each take to learn from
    steps: int = 300
    words: bool = True  # strangers' words to tell it from
    speech: bool = True  # running speech
    noise: bool = True  # noise, music, silence


@dataclass(frozen=True, eq=False)
class Progress:
    """Where the training is."""

    network: int  # 0 ... folds - 1 while takes are held out, then `folds`: the one to keep
    networks: int
    step: int
    steps: int
    loss: float  # of the last batches
    accuracy: float
    held_loss: float | None  # on the takes that this network does not hear
    held_right: float | None  # share of them that it takes for their word


@dataclass(frozen=True, eq=False)
class Learned:
    """The end: the spotter and everything measured about it.

    Attributes
    ----------
    spotter : PersonalSpotter
    held : tuple of `algorithms.keyword.personal.Held`
        For each keyword.
    take_scores : tuple of float
        For each take, in the order given: its keyword's probability by the network that did not hear it; for one of
        `others` the highest of all keywords' probabilities.
    stranger_probs : np.ndarray
        float32 [k, labels]: the kept network on strangers' words.
    confused : float
        Share of held-out keyword takes that were taken for the *other* keyword; 0 with one keyword.
    sounds_like : tuple
        For each keyword (packaged word, share of takes that the shipped network takes for it), or ("", 0.0).
    apart : float | None
        `algorithms.keyword.personal.alike` of the two keywords; None with one.
    odd : tuple of int
        Takes that are unlike the others of their word.
    """

    spotter: PersonalSpotter
    held: tuple[personal.Held, ...]
    take_scores: tuple[float, ...]
    stranger_probs: np.ndarray
    confused: float
    sounds_like: tuple[tuple[str, float], ...]
    apart: float | None
    odd: tuple[int, ...]
    settings: Settings


def learn(
    takes: Sequence[Take],
    names: Sequence[str],
    strangers: np.ndarray,
    settings: Settings | None = None,
    *,
    seed: int = 0,
    report: int = 20,
) -> Iterator[Progress | Learned]:
    """Train networks that each miss one take, then the one to keep; yields `Progress`, and `Learned` at the end.

    Parameters
    ----------
    takes : Sequence of Take
    names : one or two names, for the kinds "first" and "second"
    strangers : float32 [k, 49, 10]
        MFCCs of words by people that nothing was learned from: for false alarms.
    report : steps between two `Progress`

    Raises
    ------
    ValueError
        Too few takes, no name, two equal names, nothing to tell the word from.
    """
    from algorithms.keyword.augment import variations

    settings = settings or Settings()
    kinds = ("first", "second")[: len(names)]
    names = tuple(keyword_name(name) for name in names)
    if len(set(names)) < len(names):
        raise ValueError(f"Both words are called {names[0]!r}: give the second another name, or remove its takes.")
    check_counts(takes, names)
    rest, rest_label = background(words=settings.words, speech=settings.speech, noise=settings.noise)
    takes = [take for take in takes if take.kind in (*kinds, "others")]
    labels = np.array([FIRST + kinds.index(t.kind) if t.kind in kinds else OTHER for t in takes])
    views = [
        np.stack([mfcc(t.y), *(mfcc(v) for v in variations(t.y, settings.views + HELD_VIEWS, (seed, i))[0])])
        for i, t in enumerate(takes)
    ]
    own = grid()(np.concatenate(views))
    per_take = 1 + settings.views + HELD_VIEWS
    maps, old_logits = body(np.concatenate([own, rest]))
    take_of = np.concatenate([np.repeat(np.arange(len(takes)), per_take), np.full(len(rest), -1)])
    view_of = np.concatenate([np.tile(np.arange(per_take), len(takes)), np.zeros(len(rest), int)])
    label = np.concatenate([np.repeat(labels, per_take), rest_label])
    taught = view_of <= settings.views  # the last views of each take are only ever scored
    left_out = _folds(labels)
    n_labels = FIRST + len(names)
    scores = np.zeros((len(takes), 1 + HELD_VIEWS, n_labels), np.float32)
    for number, out in enumerate([*left_out, np.zeros(0, int)]):
        use = taught & ~np.isin(take_of, out)
        rows = np.flatnonzero(use)
        trainer = personal.Trainer(
            maps[rows],
            label[rows],
            personal.shares(label[rows], take_of[rows] >= 0),
            start(n_labels, seed),
            steps=settings.steps,
            both=settings.both,
            seed=seed + number,
        )
        tested = [np.flatnonzero((take_of == i) & ((view_of == 0) | ~taught)) for i in out]
        keyword_rows = [r for i, r in zip(out, tested, strict=True) if labels[i] >= FIRST]
        asked = np.concatenate(keyword_rows) if keyword_rows else np.zeros(0, int)
        while not trainer.done:
            loss, accuracy = trainer.advance(report)
            held_loss = held_right = None
            if len(asked):
                p = trainer.tail.probs(maps[asked])
                held_loss = float(-np.log(np.maximum(p[np.arange(len(asked)), label[asked]], 1e-9)).mean())
                held_right = float((p.argmax(1) == label[asked]).mean())
            yield Progress(
                number, len(left_out) + 1, trainer.step, settings.steps, loss, accuracy, held_loss, held_right
            )
        for i, r in zip(out, tested, strict=True):
            scores[i] = trainer.tail.probs(maps[r])
    tail = trainer.tail
    stranger_probs = tail.probs(body(strangers)[0])
    pooled = tail.pooled(maps[(view_of == 0) & (take_of >= 0)])
    yield _conclude(tail, names, labels, scores, stranger_probs, pooled, old_logits, view_of, take_of, settings,
                    np.concatenate([own[view_of[: len(own)] == 0], own[::7], rest[::3]]))  # fmt: skip


def check_counts(takes: Sequence[Take], names: Sequence[str]) -> None:
    """Refuse what can't be learned from, with a sentence."""
    for kind, name in zip(("first", "second"), names, strict=False):
        count = sum(take.kind == kind for take in takes)
        if count == 0:
            raise ValueError(
                f"There is no take of {name!r} yet: record it, let the synthetic voice say it, or load a set."
            )
        if count == 1:
            raise ValueError(
                f"One take of {name!r} is not enough: the check needs a take that the network has not heard. "
                "Record four more, each a little different."
            )


def _folds(labels: np.ndarray) -> list[np.ndarray]:
    """Which takes each network does without: some of every word, each take once."""
    counts = [int((labels == k).sum()) for k in np.unique(labels) if k >= FIRST]
    parts = [np.zeros(0, int)] * min(5, *counts) if len(counts) > 1 else [np.zeros(0, int)] * min(5, counts[0])
    for k in np.unique(labels):
        for j, i in enumerate(np.flatnonzero(labels == k)):
            parts[j % len(parts)] = np.append(parts[j % len(parts)], i)
    return parts


def _conclude(
    tail, names, labels, scores, stranger_probs, pooled, old_logits, view_of, take_of, settings, calibration
) -> Learned:
    """Scores to thresholds and warnings, weights to a network."""
    held, like, take_scores = [], [], np.zeros(len(labels))
    for k in range(FIRST, FIRST + len(names)):
        others = scores[labels != k][:, :, k].ravel()  # the other keyword's takes among them
        held.append(personal.Held(scores[labels == k][:, :, k].ravel(), others, stranger_probs[:, k]))
        old = old_logits[(view_of == 0) & (take_of >= 0)][labels == k].argmax(1)
        counts = np.bincount(old, minlength=len(LABELS))
        counts[:FIRST] = 0
        best = int(counts.argmax())
        like.append((LABELS[best], float(counts[best] / len(old))) if counts[best] else ("", 0.0))
        take_scores[labels == k] = scores[labels == k][:, 0, k]
    take_scores[labels == OTHER] = scores[labels == OTHER][:, 0, FIRST:].max(1)
    confused, apart = 0.0, None
    if len(names) == 2:
        mine = scores[labels >= FIRST][:, 0]
        confused = float((mine.argmax(1) == 2 * FIRST + 1 - labels[labels >= FIRST]).mean())
        apart = personal.alike(pooled[labels == FIRST], pooled[labels == FIRST + 1])
    odd = [int(np.flatnonzero(labels == k)[i]) for k in range(FIRST, FIRST + len(names))
           for i in personal.outliers(pooled[labels == k])]  # fmt: skip
    worst = max(personal.choose_threshold(one) for one in held)
    spotter = PersonalSpotter(network(tail, names), calibration, worst)
    return Learned(
        spotter, tuple(held), tuple(map(float, take_scores)), stranger_probs, confused, tuple(like), apart, tuple(odd),
        settings,
    )  # fmt: skip
