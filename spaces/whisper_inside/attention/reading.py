"""What part 4 shows, in numbers: the decoder reads a text, and its cross-attention lays the tokens over the sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from components.audio_input import on_forget

from ..sound import Heard, greedy

if TYPE_CHECKING:
    from models.whisper.inside import TokenWord

POSITION_S = 0.02  # seconds an encoder position
STAGES = {
    "softmax": "1 weights",
    "standard": "2 compared between tokens",
    "median": "3 smoothed",
}
HEADS = {"aligned": "the alignment heads", "all": "all heads", "one": "only one"}
WIDTH = 7  # positions of Whisper's own median filter

Head = tuple[int, int]  # layer, head, both from 0


def head_name(head: Head) -> str:
    """Return a head as the pages write it, counted from 1."""
    return f"layer {head[0] + 1}, head {head[1] + 1}"


@dataclass(frozen=True, eq=False)
class Reading:
    """A text as the decoder has read it over a window."""

    heard: Heard
    typed: bool  # by the visitor, not by the decoder
    tokens: tuple[int, ...]  # of the text, without timestamps
    prompt: tuple[int, ...]
    cross: np.ndarray  # float32 [layers, heads, prompt, text and end; 1500]
    probs: np.ndarray  # float32 [text and end]: of each token after those before it
    words: tuple[TokenWord, ...]

    @property
    def names(self) -> list[str]:
        """What stands beside the rows: the tokens, each chosen in its row, and the end of the text."""
        model = self.heard.model
        return [*(visible(model.token_name(t)) for t in self.tokens), "<|endoftext|>"]

    @property
    def all_heads(self) -> list[Head]:
        """Every head of the decoder."""
        return [(layer, head) for layer in range(self.cross.shape[0]) for head in range(self.cross.shape[1])]

    def rows(self, w: np.ndarray) -> np.ndarray:
        """Of [..., prompt, text and end, n], the rows in which a text token or the end is chosen."""
        return w[..., len(self.prompt) - 1 : -1, :]


def visible(name: str) -> str:
    """A token's name with its leading space made visible."""
    return "␣" + name[1:] if name.startswith(" ") else name.replace("\n", "⏎")


def far(ms: float) -> str:
    """Write a distance shortly: "40 ms", "1.3 s"."""
    return f"{ms:.0f} ms" if ms < 1000 else f"{ms / 1000:.1f} s"


def text_tokens(heard: Heard, typed: str) -> tuple[int, ...]:
    """Return the tokens of the typed text, or of what the decoder writes greedily where nothing is typed."""
    model = heard.model
    typed = typed.strip()
    if not typed:
        return tuple(t for t in greedy(heard).tokens if t < model.special.end)
    from models.whisper.inside import WITHOUT_SPACES

    return tuple(model.encode(typed if heard.language in WITHOUT_SPACES else " " + typed))


def read(heard: Heard, typed: str) -> Reading:
    """Have the decoder read a text; kept for a while.

    Raises
    ------
    ValueError
        There is no text, or more than the decoder can hold: the sentence says what to do.
    """
    tokens = text_tokens(heard, typed)
    if not tokens:
        raise ValueError(
            "Whisper writes nothing for this sound, so there is nothing to lay over time. Type words below to see "
            "where it would look for them, or choose a sound in which somebody speaks."
        )
    return _read(heard, tokens, bool(typed.strip()))


@lru_cache(maxsize=3)  # up to 30 MB each
def _read(heard: Heard, tokens: tuple[int, ...], typed: bool) -> Reading:
    model = heard.model
    prompt = tuple(model.prompt(heard.language, timestamps=False))
    cross, log_probs = model.read(heard.listened, prompt, [*tokens, model.special.end])
    words = tuple(model.words(tokens, heard.language))
    if not words:
        raise ValueError("This text holds no word, so there is nothing to lay over time: type one.")
    return Reading(heard, typed, tokens, prompt, cross, np.exp(log_probs), words)


@dataclass(frozen=True)
class Recipe:
    """How word times are made of attention: which heads, how far they are worked on."""

    heads: tuple[Head, ...]
    stage: str  # one of `STAGES`
    width: int  # of the median, odd


def recipe(reading: Reading, fields: Mapping[str, Any]) -> Recipe:
    """What the page's fields ask for; a head that the model does not have becomes its last one."""
    layers, heads = reading.cross.shape[:2]
    aligned = reading.heard.model.alignment_heads
    one = (min(int(fields["a_layer"]), layers - 1), min(int(fields["a_head"]), heads - 1))
    if min(one) < 0:  # none has been clicked yet
        one = aligned[len(aligned) // 2]
    chosen = {"aligned": aligned, "all": tuple(reading.all_heads), "one": (one,)}
    return Recipe(chosen[fields["a_heads"]], fields["a_stage"], int(fields["a_width"]) | 1)


def whispers_own(reading: Reading) -> Recipe:
    """Return Whisper's recipe: all three steps, median over 7 positions, alignment heads."""
    return Recipe(reading.heard.model.alignment_heads, "median", WIDTH)


@dataclass(frozen=True, eq=False)
class Laid:
    """Tokens laid over time by one recipe."""

    recipe: Recipe
    matrix: np.ndarray  # float32 [text and end, positions]: the mean over the heads
    rows: np.ndarray  # int [k]: the path
    columns: np.ndarray  # int [k]
    cost: np.ndarray  # float64 [text and end, positions]: accumulated
    starts_s: np.ndarray  # float [text and end]
    ends_s: np.ndarray

    def spans(self, reading: Reading) -> list[tuple[float, float]]:
        """Start and end of each word in seconds, its punctuation left out."""
        return spans_of(reading, self.starts_s)


def spans_of(reading: Reading, starts_s: np.ndarray) -> list[tuple[float, float]]:
    """Start and end of each word, from when each token and the end of the text begin [tokens + 1]."""
    times = starts_s.tolist()
    return [(times[w.spoken[0]], times[w.spoken[1] + 1]) for w in reading.words]


def worked(reading: Reading, made: Recipe) -> np.ndarray:
    """Return the heads of a recipe at its stage, averaged: float32 [text and end, positions]."""
    from algorithms.whisper.word_times import smoothed, sound_only, standardised

    layers, heads = zip(*made.heads, strict=True)
    w = sound_only(reading.cross[list(layers), list(heads)], reading.heard.listened.positions)
    if made.stage != "softmax":
        w = standardised(w)
    w = reading.rows(w)
    return (smoothed(w, made.width) if made.stage == "median" else w).mean(0)


@lru_cache(maxsize=12)
def lay(reading: Reading, made: Recipe) -> Laid:
    """Lay the tokens over time by a recipe; kept for a while."""
    from algorithms.signal.dtw import accumulated
    from algorithms.whisper.word_times import times_on

    matrix = worked(reading, made)
    found = times_on(matrix)
    return Laid(made, matrix, found.rows, found.columns, accumulated(-matrix), found.starts_s, found.ends_s)


def padding_share(reading: Reading) -> np.ndarray:
    """How much of its attention each head gives to the padding, mean over the text: float [layers, heads], 0 to 1."""
    return reading.rows(reading.cross)[..., reading.heard.listened.positions :].sum(-1).mean(-1)


@on_forget
def drop(_path: str) -> None:
    """Forget what was read: a visitor has gone, and the others' is soon made again."""
    for kept in (_read, lay):
        kept.cache_clear()
