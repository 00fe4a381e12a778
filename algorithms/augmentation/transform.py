"""What a transform is: its amounts, what it needs besides the sound, and how it is described."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Amounts = Mapping[str, float | str]


@dataclass(frozen=True)
class Material:
    """What some transforms need besides the sound: recorded noises, measured rooms and other voices, by name."""

    noises: Mapping[str, np.ndarray] = field(default_factory=dict)
    rooms: Mapping[str, np.ndarray] = field(default_factory=dict)
    voices: Sequence[np.ndarray] = ()


@dataclass(frozen=True)
class Amount:
    """A number that says how much.

    Attributes
    ----------
    name, label, unit : str
        The name is unique among all transforms.
    low, high, usual, step : float
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    usual: float
    step: float


@dataclass(frozen=True)
class Choice:
    """One of several kinds."""

    name: str
    label: str
    options: Mapping[str, str]  # key to title
    usual: str


@dataclass(frozen=True)
class Transform:
    """One way to change a sound.

    Attributes
    ----------
    slug, title : str
    does : str
        One sentence: what changes, and what stays.
    beware : str
        One sentence: when it hurts, or what is often got wrong.
    source : str
        Paper, standard or formula.
    run : callable
        ``run(y, amounts, rng, material) -> float32``; for features (SpecAugment) see `masked_sound`.
    shown : tuple of callable
        The functions that do it, to be read.
    amounts : tuple of Amount or Choice
    draw : callable
        ``draw(rng, strength) -> {name: value}`` for chains; strength 0 (hardly) to 1 (strong).
    """

    slug: str
    title: str
    does: str
    beware: str
    source: str
    run: Callable[[np.ndarray, Amounts, np.random.Generator, Material], np.ndarray]
    shown: tuple[Callable, ...]
    amounts: tuple[Amount | Choice, ...]
    draw: Callable[[np.random.Generator, float], dict[str, float | str]]

    def usual(self) -> dict[str, float | str]:
        """Every amount as it is at first."""
        return {a.name: a.usual for a in self.amounts}

    def code(self) -> str:
        """The source of what does it, without docstrings' indentation changed."""
        return "\n\n".join(inspect.getsource(function).rstrip() for function in self.shown)

    def words(self, amounts: Amounts) -> str:
        """What was done in a few words: "Noise: café, 10 dB"."""
        said = []
        for a in self.amounts:
            value = amounts[a.name]
            if isinstance(a, Choice):
                said.append(a.options[str(value)])
            else:
                said.append(f"{float(value):,.4g} {a.unit}".strip())
        return f"{self.title}: {', '.join(said)}" if said else self.title
