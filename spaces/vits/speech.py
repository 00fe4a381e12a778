"""What the page says and all that lies between text and sound: made once from the fields, shown by every part."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms.synthesis.normalise import Normalised, normalise
from algorithms.vits import FRAME_S, HOP, SAMPLE_RATE, durations, flow
from algorithms.vits.tokens import Tokens, Unit, encode, units
from components.parts import Progress
from models.registry import package_file
from models.tts import vits
from models.tts.phonemes import phonemes

MODEL = "tts/vits-joe"
SENTENCE = "The birch canoe slid on the smooth planks."  # the first of the Harvard sentences (IEEE 1969)
MAX_CHARACTERS = 200
MAX_TOKENS = 900
MAX_FRAMES = 2600  # 30 s
COUPLINGS = 4
FIELDS = ("text", "ipa", "seed", "length_scale", "noise_w", "noise_scale", "edits", "couplings")
PRECOMPUTED = Path(__file__).parents[2] / "assets" / "precomputed"


@dataclass(frozen=True)
class Wish:
    """All that a sound depends on.

    Attributes
    ----------
    text : str
        As it was typed.
    ipa : str
        Phonemes that were edited by hand; "" takes those of the text.
    seed : int
        Of all random numbers.
    length_scale, noise_w, noise_scale : float
        The voice's three settings.
    edits : tuple of (int, int)
        Units whose length was set by hand, and their frames.
    couplings : int
        How many of the flow's layers are used.
    """

    text: str = SENTENCE
    ipa: str = ""
    seed: int = 0
    length_scale: float = vits.LENGTH_SCALE
    noise_w: float = vits.NOISE_W
    noise_scale: float = vits.NOISE_SCALE
    edits: tuple[tuple[int, int], ...] = ()
    couplings: int = COUPLINGS

    @property
    def file(self) -> Path:
        """Where it is kept if it was computed beforehand."""
        key = hashlib.sha256(json.dumps(asdict(self), ensure_ascii=False).encode()).hexdigest()[:10]
        return PRECOMPUTED / f"vits-{key}.npz"


@dataclass(frozen=True, eq=False)
class Script:
    """What is read: the text in words, the phonemes, the tokens.

    Attributes
    ----------
    normalised : Normalised
        The text in words.
    ipa : str
        What is said, as phonemes.
    typed : bool
        The phonemes were edited by hand.
    words : tuple of str
        What stands under each group of sounds; "" where that is not known.
    tokens : Tokens
        What the network reads.
    units : tuple of Unit
        What a listener hears as one.
    """

    normalised: Normalised
    ipa: str
    typed: bool
    words: tuple[str, ...]
    tokens: Tokens
    units: tuple[Unit, ...]

    def word_of(self, unit: Unit) -> str:
        """Return the word that a unit belongs to; "" for none."""
        return self.words[unit.word] if 0 <= unit.word < len(self.words) else ""


@dataclass(frozen=True, eq=False)
class Spoken:
    """A sentence with all that was computed on the way.

    Attributes
    ----------
    wish : Wish
        What it was made from.
    script : Script
        What was read.
    log_w : np.ndarray
        float32 [T]: predicted log durations.
    y : np.ndarray
        float32 [256 F], 22,050 Hz.
    inside : Inside or None
        The network's tensors; None where the result was computed beforehand.
    """

    wish: Wish
    script: Script
    log_w: np.ndarray
    y: np.ndarray
    inside: Inside | None = None

    @cached_property
    def predicted(self) -> np.ndarray:
        """Frames of each token as the model wants them, int [T]."""
        return durations.frames(self.log_w, self.wish.length_scale)

    @cached_property
    def frames(self) -> np.ndarray:
        """Frames of each token after the edits, int [T]."""
        return durations.edited(self.predicted, self.script.units, dict(self.wish.edits))

    @cached_property
    def bounds(self) -> np.ndarray:
        """Where the units begin and the last one ends, in frames, int [U + 1]."""
        return np.concatenate([[0], np.cumsum(durations.of_units(self.frames, self.script.units))])

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.y) / SAMPLE_RATE


@dataclass(frozen=True, eq=False)
class Inside:
    """The network's tensors of a sentence of T tokens and F frames.

    Attributes
    ----------
    states : vits.TextStates
        Of the text encoder.
    z_p : np.ndarray
        float32 [192, F], drawn from the prior.
    stages : list of np.ndarray
        float32 [192, F] after each coupling layer.
    z : np.ndarray
        float32 [192, F]: what the decoder was given.
    """

    states: vits.TextStates
    z_p: np.ndarray
    stages: list[np.ndarray]
    z: np.ndarray


def parse_edits(text: str) -> tuple[tuple[int, int], ...]:
    """Read "5:20,9:14"; what makes no sense is left out."""
    found = {}
    for part in str(text).split(",")[:200]:
        unit, _, frames = part.partition(":")
        if unit.isascii() and unit.isdecimal() and frames.isascii() and frames.isdecimal():
            found[min(int(unit[:6]), 10_000)] = min(int(frames[:6]), durations.MAX_UNIT_FRAMES)
    return tuple(sorted(found.items()))


def written_edits(edits: Mapping[int, int]) -> str:
    """Write edits as they stand in the address."""
    return ",".join(f"{unit}:{frames}" for unit, frames in sorted(edits.items()))


def wish_of(fields: Mapping[str, Any]) -> Wish:
    """Return what the fields ask for."""
    return Wish(
        text=str(fields["text"]),
        ipa=str(fields["ipa"]),
        seed=int(fields["seed"] or 0),
        length_scale=float(fields["length_scale"]),
        noise_w=float(fields["noise_w"]),
        noise_scale=float(fields["noise_scale"]),
        edits=parse_edits(fields["edits"]),
        couplings=int(fields["couplings"]),
    )


@lru_cache(maxsize=1)
def _numbers() -> dict[str, list[int]]:
    """Return the voice's table of phonemes, which can be read without loading the network."""
    config = package_file(vits.PACKAGE, "data", f"{vits.FILE}.json")
    return json.loads(config.read_text(encoding="utf-8"))["phoneme_id_map"]


def script_of(wish: Wish) -> Script:
    """Read the text.

    Raises
    ------
    ValueError
        Too long, nothing to say, or not in Latin letters; one sentence.
    ModelUnavailable
        eSpeak NG or the voice's package is not installed.
    """
    if len(wish.text) > MAX_CHARACTERS:
        raise ValueError(
            f"This page takes sentences of up to {MAX_CHARACTERS} characters, so that every sound fits into its "
            f"pictures; yours has {len(wish.text):,}. Type one of its sentences."
        )
    normalised = normalise(wish.text)
    if wish.ipa and not normalised.text:
        ipa, words = wish.ipa, ()
    else:
        ipa, words = phonemes(normalised.text)
    return _script(wish, normalised, ipa, words)


def _script(wish: Wish, normalised: Normalised, ipa: str, words: tuple[str, ...]) -> Script:
    typed = bool(wish.ipa) and wish.ipa != ipa
    if typed:
        ipa = " ".join(wish.ipa.split())
    tokens = encode(ipa, _numbers())
    if len(tokens.ids) > MAX_TOKENS:
        raise ValueError(
            f"Said in words this is {len(tokens.ids)} tokens, and this page shows {MAX_TOKENS}: make it shorter."
        )
    found = tuple(units(tokens.symbols))
    groups = max((u.word for u in found), default=-1) + 1
    return Script(normalised, ipa, typed, tuple(words) if groups == len(words) else ("",) * groups, tokens, found)


def known(wish: Wish) -> Spoken | None:
    """Return what was computed beforehand for this wish, if anything was: no network is needed for it."""
    if not wish.file.is_file():
        return None
    import soundfile

    with np.load(wish.file) as kept:
        said = json.loads(str(kept["said"]))
        y, _ = soundfile.read(io.BytesIO(kept["flac"].tobytes()), dtype="float32")
        log_w = kept["log_w"]
    script = _script(wish, normalise(wish.text), said["ipa"], tuple(said["words"]))
    return Spoken(wish, script, log_w, y)


def keep(spoken: Spoken) -> None:
    """Write what `known` reads."""
    import soundfile

    flac = io.BytesIO()
    soundfile.write(flac, spoken.y, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    automatic = phonemes(spoken.script.normalised.text)
    said = json.dumps({"ipa": automatic.ipa, "words": automatic.words}, ensure_ascii=False)
    flac_bytes = np.frombuffer(flac.getvalue(), np.uint8)
    np.savez_compressed(spoken.wish.file, said=said, log_w=spoken.log_w.astype(np.float32), flac=flac_bytes)


def loading() -> str:
    """Return what is said while the voice is loaded; "" where it is there."""
    return "" if models.is_loaded(MODEL) else "Loading the voice and cutting it in three, a few seconds, once"


_speaking = threading.Lock()


def speak(wish: Wish, progress: Progress | None = None) -> Spoken:
    """Say a wish with all tensors, or take what it gave a moment ago; raises what `script_of` does."""
    script = script_of(wish)
    if progress is not None and (words := loading()):
        progress(0.0, words)
    models.get(MODEL)
    with _speaking:  # who asks for what another thread is at waits for it instead of doing it twice
        return _speak(replace(wish, ipa=script.ipa if script.typed else ""))


@lru_cache(maxsize=6)
def _speak(wish: Wish) -> Spoken:
    script, voice = script_of(wish), models.get(MODEL)
    states = voice.read(script.tokens, noise_w=wish.noise_w, seed=wish.seed)
    empty = Spoken(wish, script, states.log_w, np.zeros(0, np.float32))
    frames = empty.frames
    if frames.sum() > MAX_FRAMES:
        raise ValueError(
            f"This would take {frames.sum() * FRAME_S:.0f} s, and the page shows at most {MAX_FRAMES * FRAME_S:.0f} s: "
            "make the sentence shorter or faster."
        )
    z_p = durations.prior_sample(states.mean, states.log_sigma, frames, noise_scale=wish.noise_scale, seed=wish.seed)
    stages = voice.flow(z_p)
    z = shortened([z_p, *stages], wish.couplings)
    return replace(empty, y=voice.decode(z), inside=Inside(states, z_p, stages, z))


def shortened(stages: list[np.ndarray], couplings: int) -> np.ndarray:
    """Return what the decoder gets if only the first `couplings` layers of the flow move anything."""
    return flow.without_the_rest(stages[couplings], COUPLINGS - couplings)


def envelope(spoken: Spoken) -> np.ndarray:
    """Loudness of each frame for the strip: uint8 [F], 255 for the loudest (square root of the amplitude's RMS)."""
    rms = np.sqrt((spoken.y[: len(spoken.y) // HOP * HOP].reshape(-1, HOP) ** 2).mean(1))
    return np.round(255 * np.sqrt(rms / max(float(rms.max(initial=0)), 1e-9))).astype(np.uint8)


def voice_numbers() -> dict[str, int]:
    """Return the learned numbers of each part of the loaded voice."""
    return models.get(MODEL).parameters
