"""What the page says and all that lies between text and sound: made once from the fields, shown by every part."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms.signal.inversion import griffin_lim
from algorithms.signal.synthesis_mel import FLOOR, SYNTHESIS_MEL, synthesis_mel
from algorithms.synthesis.phase import magnitude_from_mel
from algorithms.synthesis.tacotron import alignment
from algorithms.synthesis.tacotron.steps import Decoded, How
from algorithms.synthesis.tacotron.tokens import ENDS, Tokens, encode
from components.parts import Progress
from models.tts import tacotron

MODEL, VOICE = "tts/tacotron2", "tts/hibari"
RATE, HOP = SYNTHESIS_MEL.sample_rate, SYNTHESIS_MEL.hop_length
FRAME_S = HOP / RATE
SENTENCE = "The birch canoe slid on the smooth planks."  # the first of the Harvard sentences (IEEE 1969)
MAX_CHARACTERS, MAX_TOKENS = 300, 260
ITERATIONS, MOMENTUM = 60, 0.99  # of Griffin-Lim
LEAD_S, TAIL_S, QUIET = 0.03, 0.12, 0.004  # silence around the voice's own speech, as in training
PRECOMPUTED = Path(__file__).parents[2] / "assets" / "precomputed"
ARRAYS = ("before", "after", "weights", "energies", "stop")


@dataclass(frozen=True)
class Wish:
    """All that a result depends on.

    Attributes
    ----------
    text : str
        As it was typed.
    forced : bool
        Each step is told the true last frame (teacher forcing) instead of its own.
    mark : bool
        The sentence ends with a mark; False takes the full stop away.
    location, dropout, forward_only, seed
        As in `algorithms.synthesis.tacotron.steps.How`.
    """

    text: str = SENTENCE
    forced: bool = False
    seed: int = 0
    mark: bool = True
    location: bool = True
    dropout: bool = True
    forward_only: bool = False

    @property
    def file(self) -> Path:
        """Where it is kept if it was computed beforehand."""
        key = hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False).encode()).hexdigest()[:10]
        return PRECOMPUTED / f"tacotron-{key}.npz"


@dataclass(frozen=True)
class Script:
    """What is read.

    Attributes
    ----------
    phonemes : str
        Of one sentence, in the alphabet of `algorithms.synthesis.tacotron.tokens`.
    notes : tuple of str
        What was left out, a sentence each.
    """

    phonemes: str
    notes: tuple[str, ...] = ()

    @cached_property
    def tokens(self) -> Tokens:
        """What the network reads."""
        return encode(self.phonemes)


@dataclass(frozen=True, eq=False)
class Spoken:
    """A sentence with all that was computed on the way.

    Attributes
    ----------
    got : Decoded
        The network's mels, weights, energies.
    true_y : np.ndarray
        float32 [n], 22,050 Hz: the packaged voice says the same phonemes.
    sounds : dict
        Made so far: "before", "after" and "true" (its mel, vocoded), float32 [n].
    """

    wish: Wish
    script: Script
    got: Decoded
    true_y: np.ndarray
    sounds: dict[str, np.ndarray] = field(default_factory=dict)
    lock: Any = field(default_factory=threading.Lock)

    @cached_property
    def true(self) -> np.ndarray:
        """The packaged voice's own mel, float32 [80, T']."""
        return synthesis_mel(self.true_y)

    @cached_property
    def order(self) -> alignment.Order:
        """Whether the attention went through the text in order."""
        return alignment.order(self.got.weights, self.got.ended or self.wish.forced)

    @property
    def names(self) -> tuple[str, ...]:
        """The tokens as they are written."""
        return self.script.tokens.names

    @property
    def step_s(self) -> float:
        """Seconds that one step of the decoder writes."""
        return FRAME_S * self.got.after.shape[1] / len(self.got.weights)

    @property
    def duration_s(self) -> float:
        """Length of what was written."""
        return self.got.after.shape[1] * FRAME_S

    def sound(self, which: str) -> np.ndarray:
        """Griffin-Lim's sound of a mel ("before", "after", "true"), made when it is first asked for."""
        with self.lock:
            if which not in self.sounds:
                self.sounds[which] = vocoded(self.true if which == "true" else getattr(self.got, which))
            return self.sounds[which]


def vocoded(mel: np.ndarray) -> np.ndarray:
    """Sound of a natural-log mel [80, T] by fast Griffin-Lim, float32 [256 (T - 1)]."""
    mel = np.maximum(mel, np.log(FLOOR))
    magnitude = magnitude_from_mel(np.exp(mel), SYNTHESIS_MEL)
    length = max(HOP * (mel.shape[1] - 1), HOP)
    return griffin_lim(magnitude, SYNTHESIS_MEL, length=length, n_iter=ITERATIONS, momentum=MOMENTUM)


def wish_of(fields: Mapping[str, Any], **changed: Any) -> Wish:
    """Return what the fields ask for, with some things otherwise."""
    wish = Wish(text=str(fields["text"]), forced=fields["told"] == "true", seed=int(fields["seed"] or 0))
    return replace(wish, **changed)


@lru_cache(maxsize=32)
def script_of(text: str) -> Script:
    """Read the text's first sentence.

    Raises
    ------
    ValueError
        Too long, nothing to say, or not in Latin letters; one sentence.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(
            f"This page takes sentences of up to {MAX_CHARACTERS} characters, so that every sound fits into its "
            f"pictures; yours has {len(text):,}. Type one of its sentences."
        )
    read = tacotron.read(text)
    notes = [f"Left out, because nobody can say it: {read.left_out}."] if read.left_out else []
    if len(read.phonemes) > 1:
        notes.append(f"This page decodes one sentence at a time: the first of {len(read.phonemes)}.")
    script = Script(read.phonemes[0], tuple(notes))
    if len(script.tokens.ids) > MAX_TOKENS:
        raise ValueError(
            f"Said in words this is {len(script.tokens.ids)} tokens, and this page shows {MAX_TOKENS}: make it shorter."
        )
    return script


def ending(phonemes: str, mark: bool) -> str:
    """Take the mark at the end away, where it is not wanted."""
    return phonemes if mark else phonemes.rstrip(ENDS + " ")


def spoken_by_voice(phonemes: str) -> np.ndarray:
    """Let the packaged voice say phonemes, with the silences of training; float32 [n], 22,050 Hz."""
    import soxr

    y = soxr.resample(models.get(VOICE).say(phonemes), models.spec(VOICE).sample_rate, RATE)
    loud = np.flatnonzero(np.abs(y) > QUIET)
    if not len(loud):
        return y.astype(np.float32)
    lead, tail = round(LEAD_S * RATE), round(TAIL_S * RATE)
    return np.pad(y[max(loud[0] - lead, 0) : loud[-1]], (max(lead - loud[0], 0), tail)).astype(np.float32)


def known(wish: Wish) -> Spoken | None:
    """Return what was computed beforehand for this wish, if anything was: no network is needed for it."""
    return _known(wish) if wish.file.is_file() else None


@lru_cache(maxsize=4)
def _known(wish: Wish) -> Spoken:
    import soundfile

    with np.load(wish.file) as kept:
        about = json.loads(str(kept["about"]))
        sounds = {
            name: soundfile.read(io.BytesIO(kept[f"flac_{name}"].tobytes()), dtype="float32")[0]
            for name in about["sounds"]
        }
        arrays = {name: kept[name].astype(np.float32) for name in ARRAYS}
    got = Decoded(**arrays, ended=about["ended"])
    return Spoken(wish, Script(about["phonemes"], tuple(about["notes"])), got, sounds.pop("voice"), sounds)


def keep(spoken: Spoken) -> None:
    """Write what `known` reads."""
    import soundfile

    arrays = {name: getattr(spoken.got, name).astype(np.float16) for name in ARRAYS}
    sounds = {"voice": spoken.true_y} | {name: spoken.sound(name) for name in ("after", "before", "true")}
    for name, y in sounds.items():
        flac = io.BytesIO()
        soundfile.write(flac, np.clip(y, -1, 1), RATE, format="FLAC", subtype="PCM_16")
        arrays[f"flac_{name}"] = np.frombuffer(flac.getvalue(), np.uint8)
    about = {"phonemes": spoken.script.phonemes, "notes": spoken.script.notes, "ended": spoken.got.ended}
    about["sounds"] = list(sounds)
    np.savez_compressed(spoken.wish.file, about=json.dumps(about, ensure_ascii=False), **arrays)


def loading() -> str:
    """Return what is said while the network is loaded; "" where it is there."""
    return "" if models.is_loaded(MODEL) and models.is_loaded(VOICE) else "Loading the network, a few seconds, once"


_speaking = threading.Lock()


def speak(wish: Wish, progress: Progress | None = None) -> Spoken:
    """Decode a wish, or take what it gave a moment ago; raises what `script_of` does."""
    if (kept := known(wish)) is not None:
        return kept
    if progress is not None and (words := loading()):
        progress(0.0, words)
    script_of(wish.text)
    models.get(MODEL)
    with _speaking:  # who asks for what another thread is at waits for it instead of doing it twice
        return _speak(wish)


@lru_cache(maxsize=8)
def _speak(wish: Wish) -> Spoken:
    read, voice = script_of(wish.text), models.get(MODEL)
    script = Script(ending(read.phonemes, wish.mark), read.notes)
    true_y = spoken_by_voice(read.phonemes)
    how = How(
        location=wish.location,
        dropout=wish.dropout,
        forward_only=wish.forward_only,
        seed=wish.seed,
        most_steps=tacotron.most_steps(script.tokens),
    )
    got = voice.decode(script.tokens, how, teacher=synthesis_mel(true_y) if wish.forced else None)
    return Spoken(wish, script, got, true_y)
