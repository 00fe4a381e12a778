"""How well a string of units tells the sounds of a language apart: purity and PNMI (Hsu et al. 2021, section IV-C)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np


@dataclass(frozen=True)
class Run:
    """One unit that lasts for some frames: `unit`, first frame `start`, and `end`, which is no longer part of it."""

    unit: int
    start: int
    end: int


def merged(units: np.ndarray) -> list[Run]:
    """Join neighbours that are the same: [7, 7, 7, 2] becomes 7 for 3 frames and 2 for one."""
    units = np.asarray(units)
    if not len(units):
        return []
    edges = [0, *(np.flatnonzero(np.diff(units)) + 1), len(units)]
    return [Run(int(units[a]), int(a), int(b)) for a, b in pairwise(edges)]


def together(labels: np.ndarray, units: np.ndarray, n_labels: int, n_units: int) -> np.ndarray:
    """Count how often label i and unit j share a frame: int64 [n_labels, n_units]."""
    counts = np.zeros((n_labels, n_units), np.int64)
    np.add.at(counts, (labels, units), 1)
    return counts


@dataclass(frozen=True)
class Agreement:
    """Attributes
    ----------
    phone_purity : float
        Share of frames that are right if each unit is read as its most frequent label. It rises with more units.
    cluster_purity : float
        Share of frames that are right if each label is written as its most frequent unit. It falls with more units.
    mutual_information, label_entropy : float
        I(label; unit) and H(label) in nats.
    pnmi : float
        Phone-normalised mutual information I / H(label): the share of what there is to know about the label that the
        unit says. 0 to 1; 0 where there is only one label.
    """

    phone_purity: float
    cluster_purity: float
    mutual_information: float
    label_entropy: float
    pnmi: float


def agreement(counts: np.ndarray) -> Agreement:
    """Measure a table of counts [n_labels, n_units]."""
    total = counts.sum()
    if not total:
        raise ValueError("There is not one frame with both a label and a unit.")
    p = counts / total
    of_label, of_unit = p.sum(1), p.sum(0)
    there = p > 0
    information = float((p[there] * np.log(p[there] / np.outer(of_label, of_unit)[there])).sum())
    entropy = float(-(of_label[of_label > 0] * np.log(of_label[of_label > 0])).sum())
    return Agreement(
        phone_purity=float(counts.max(0).sum() / total),
        cluster_purity=float(counts.max(1).sum() / total),
        mutual_information=information,
        label_entropy=entropy,
        pnmi=information / entropy if entropy > 0 else 0.0,
    )


def perplexity(shares: np.ndarray) -> float:
    """Return exp of the entropy of `shares` (which sum to 1): how many entries are used, as if all equally often."""
    used = shares[shares > 0]
    return float(np.exp(-(used * np.log(used)).sum()))
