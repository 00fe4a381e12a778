"""What the decoder writes for the part's settings, kept for as long as the window's encoder states are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from ..sound import Heard

if TYPE_CHECKING:
    from algorithms.whisper.beam import Beam
    from algorithms.whisper.decode import Decoded
    from models.whisper.inside import WhisperInside

KEPT = 40  # results a window
MAX_CHOICES = 20
DRAWS = 6  # samples listed at once


@dataclass(frozen=True)
class Setting:
    """How one window is written."""

    task: str = "transcribe"
    timestamps: bool = True
    suppress: bool = True
    blank: bool = True
    previous: str = ""
    temperature: float = 0.0
    seed: int = 0
    choices: tuple[tuple[int, int], ...] = ()  # (position from 0, token) that the visitor has forced, in order

    @property
    def usual(self) -> bool:
        """Whether only choices, if anything, differ from Whisper's own way."""
        return replace(self, choices=(), seed=0) == Setting()


def setting(fields: Mapping[str, Any], heard: Heard) -> Setting:
    """Read the part's fields; what the model can't do is left out."""
    temperature = round(float(fields["d_temp"]), 2)
    return Setting(
        fields["d_task"] if heard.model.multilingual else "transcribe",
        bool(fields["d_times"]),
        bool(fields["d_supp"]),
        bool(fields["d_blank"]),
        fields["d_prev"].strip(),
        temperature,
        int(fields["d_seed"]) if temperature else 0,
        parse_choices(fields["d_forced"], heard.model.net.vocab),
    )


def parse_choices(written: str, vocab: int) -> tuple[tuple[int, int], ...]:
    """Read "4:1234,9:220": token 4 (the first is 1) is 1234, and so on; what makes no sense is left out."""
    found: dict[int, int] = {}
    for part in written.split(",")[:MAX_CHOICES]:
        step, _, token = part.partition(":")
        if step.strip().isdecimal() and token.strip().isdecimal() and int(step) > 0 and int(token) < vocab:
            found[int(step) - 1] = int(token)
    return tuple(sorted(found.items()))


def write_choices(choices: tuple[tuple[int, int], ...]) -> str:
    """Write choices for the address."""
    return ",".join(f"{at + 1}:{token}" for at, token in choices)


def choose(heard: Heard, now: Setting, at: int, token: int) -> tuple[tuple[int, int], ...]:
    """The choices with `token` taken at position `at`; later ones were made on a text that is no more."""
    if written(heard, now).tokens[at] == token:
        return now.choices
    before = tuple(choice for choice in now.choices if choice[0] < at)
    if written(heard, replace(now, choices=before)).tokens[at] == token:  # comes by itself: nothing is forced
        return before
    return (*before, (at, token))[:MAX_CHOICES]


def plain(now: Setting) -> Setting:
    """The same without drawing and without choices: the greedy text, and what a beam is compared with."""
    return replace(now, temperature=0.0, seed=0, choices=())


_kept: WeakKeyDictionary[Heard, OrderedDict[Any, Any]] = WeakKeyDictionary()  # a forgotten window takes its texts along
_lock = threading.Lock()


def kept(heard: Heard, key: Any) -> Any:
    """A result that was made before, else None."""
    with _lock:
        results = _kept.get(heard, {})
        if key in results:
            results.move_to_end(key)
        return results.get(key)


def keep(heard: Heard, key: Any, value: Any) -> Any:
    """Keep a result for a while; returns it."""
    with _lock:
        results = _kept.setdefault(heard, OrderedDict())
        results[key] = value
        while len(results) > KEPT:
            results.popitem(last=False)
    return value


def _once(heard: Heard, key: Any, make: Callable[[], Any]) -> Any:
    found = kept(heard, key)
    return keep(heard, key, make()) if found is None else found


def prompt_of(heard: Heard, now: Setting) -> list[int]:
    """The tokens that the decoder is given."""
    return heard.model.prompt(heard.language, now.task, timestamps=now.timestamps, previous=now.previous)


def rules_of(heard: Heard, now: Setting) -> Any:
    """The rules that are switched on."""
    return heard.model.rules(timestamps=now.timestamps, suppress=now.suppress, blank=now.blank)


def written(heard: Heard, now: Setting) -> Decoded:
    """What the model writes; with choices, decoding goes on from the one before the last."""
    from algorithms.whisper.decode import decode

    def make() -> Decoded:
        known = written(heard, replace(now, choices=now.choices[:-1])) if now.choices else None
        return decode(
            heard.model.net,
            heard.listened.sound,
            rules_of(heard, now),
            prompt_of(heard, now),
            choices=dict(now.choices),
            temperature=now.temperature,
            seed=now.seed,
            known=known,
        )

    return _once(heard, ("written", now), make)


def listening(heard: Heard, now: Setting) -> np.ndarray:
    """Where the decoder listens as it chooses each token: the mean of the alignment heads, float32 [tokens, 1500].

    Row i is the attention of the step that chose token i: while it read the token before (`models.whisper.inside`).
    """

    def make() -> np.ndarray:
        found = written(heard, now)
        weights = heard.model.cross_attention(heard.listened, found.prompt, found.tokens[:-1])
        heads = np.mean([weights[layer, head] for layer, head in heard.model.alignment_heads], axis=0)
        return heads[len(found.prompt) - 1 :]

    return _once(heard, ("listening", now), make)


def current(fields: Mapping[str, Any], heard: Heard, found: Decoded) -> int:
    """Position of the step that is shown, from 0; the field 0 stands for the least certain text token."""
    step = int(fields["d_step"])
    return min(step, len(found.steps)) - 1 if step > 0 else hardest(found, heard.model)


def hardest(found: Decoded, model: WhisperInside) -> int:
    """Position of the text token with the highest entropy; the first step where no text was written."""
    texts = [i for i, step in enumerate(found.steps) if step.token < model.special.end]
    return max(texts, key=lambda i: found.steps[i].entropy_bits, default=0)


def draws(heard: Heard, now: Setting) -> list[tuple[int, Decoded]]:
    """The last few samples: (seed, text) of the seeds up to the present one, without the visitor's choices."""
    if not now.temperature:
        return []
    seeds = range(max(1, now.seed - DRAWS + 1), now.seed + 1)
    return [(seed, written(heard, replace(now, seed=seed, choices=()))) for seed in seeds]


def beam_key(heard: Heard, now: Setting, width: int) -> tuple:
    """Under which a beam's result is kept: it neither draws nor takes choices."""
    return ("beam", plain(now), width)


def searched(heard: Heard, now: Setting, width: int) -> Iterator[Beam]:
    """Search with a beam, step by step; the last result is kept."""
    from algorithms.whisper.beam import beam_steps

    beam = None
    for beam in beam_steps(heard.model.net, heard.listened.sound, rules_of(heard, now), prompt_of(heard, now), width):
        yield beam
    keep(heard, beam_key(heard, now, width), beam)


# ---------------------------------------------------------------- tokens in words


@lru_cache(maxsize=1)
def _byte_signs() -> dict[str, int]:
    """The sign that GPT-2's byte-level vocabulary writes for each byte, and the byte (Radford et al. 2019)."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in plain]
    return {chr(b): b for b in plain} | {chr(256 + i): b for i, b in enumerate(others)}


def token_text(model: WhisperInside, token: int) -> str:
    """A token as it can be shown: spaces stay, half characters become their bytes, as in ⟨d0 bf⟩."""
    name = model.token_name(token)
    if token >= model.special.end or "�" not in name:
        return name
    raw = model.tokenizer.id_to_token(token) or ""
    return "⟨" + " ".join(f"{_byte_signs()[sign]:02x}" for sign in raw if sign in _byte_signs()) + "⟩"


def about(model: WhisperInside, token: int, *, opens: bool = False, given: bool = False) -> str:
    """One sentence: what a token is for.

    Parameters
    ----------
    opens
        Whether a timestamp opens a segment (else it closes one).
    given
        Whether the token stands in the prompt.
    """
    s = model.special
    if token < s.end:
        name = token_text(model, token)
        if name.startswith("⟨"):
            return "Part of a character: these bytes and those of its neighbours make it whole (UTF-8)."
        if given:
            return "Text that the decoder is told was said before: it guides names, spelling and style."
        return "Begins with a space, so it begins a word." if name.startswith(" ") else "Goes on without a space."
    if (time_s := s.time_s(token)) is not None:
        return f"A timestamp: a segment {'begins' if opens else 'ends'} {time_s:.2f} s into this window."
    language = next((code for code, number in s.languages.items() if number == token), None)
    if language:
        return f"The language of the sound: {language}. Whisper detects it by asking for this token, or it is told."
    return {
        s.end: "The text ends here.",
        s.start: "A transcript begins. What is predicted right after it also gives the probability of no speech.",
        s.transcribe: "The task: write what is said, in its own language.",
        s.translate: "The task: write in English what is said in another language.",
        s.previous: "What follows was said before this window; it is not written again.",
        s.no_timestamps: "Text only: no timestamps are wanted.",
        s.no_speech: "Whisper's sign for a window without speech; its probability is read, but it is never written.",
    }.get(token, "A special token that a transcript has no use for.")
