"""The sound that the page is about, and what vocoders make of it; kept while it is looked at."""

from __future__ import annotations

import io
import json
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from algorithms.signal.inversion import griffin_lim
from algorithms.signal.stft import stft
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL, synthesis_mel
from algorithms.sound import load
from algorithms.synthesis import phase as ph
from components.audio_input import OwnSound, sound_of
from components.of_sounds import OfSounds
from components.parts import Progress

RATE, HOP = SYNTHESIS_MEL.sample_rate, SYNTHESIS_MEL.hop_length
LONGEST_S = 8.0
QUIET = 10 ** (-60 / 20)  # a peak below this is called silence
CLIPS = ("sentence", "french", "italian", "russian", "tone")
DEFAULT, ITERATIONS = "sentence", 10
PRECOMPUTED = Path(__file__).parents[2] / "assets" / "precomputed"
KEPT_SOURCES, KEPT_RESULTS = 4, 8


@dataclass(frozen=True)
class Method:
    """A way to make a sound: "recording", "world", or "gl" with its iterations and momentum."""

    name: str
    n_iter: int = 0
    momentum: float = 0.0

    @property
    def key(self) -> str:
        """Its name in files."""
        return f"{self.name}-{self.n_iter}-{self.momentum:g}" if self.name == "gl" else self.name

    @property
    def title(self) -> str:
        """What the page calls it."""
        if self.name == "gl":
            fast = "fast Griffin-Lim" if self.momentum else "Griffin-Lim"
            return f"{fast}, {self.n_iter} iteration{'' if self.n_iter == 1 else 's'}"
        return {"recording": "The recording itself", "world": "WORLD"}[self.name]


RECORDING, WORLD, BEST = Method("recording"), Method("world"), Method("gl", 100, 0.99)


@dataclass(frozen=True, eq=False)
class Result:
    """A sound that a vocoder made.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], 22,050 Hz, as long as the recording.
    scores : dict
        "pesq" (None where it says nothing), "convergence", "lsd_db", "mel_l1", against the recording.
    seconds : float or None
        What computing took on this machine; None where it was not measured here.
    """

    y: np.ndarray
    scores: dict[str, float | None]
    seconds: float | None = None


@dataclass(eq=False)
class Source:
    """The recording, with what was made of it.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], 22,050 Hz, at most 8 s.
    notes : tuple of str
        What was changed on the way in.
    made : OrderedDict
        Results by method.
    """

    key: str
    title: str
    y: np.ndarray
    notes: tuple[str, ...]
    clip: str = ""
    made: OrderedDict[Method, Result] = field(default_factory=OrderedDict)
    lock: Any = field(default_factory=threading.Lock)

    @property
    def duration_s(self) -> float:
        """Seconds."""
        return len(self.y) / RATE

    @cached_property
    def spectrum(self) -> np.ndarray:
        """STFT, complex64 [513, T]."""
        return stft(self.y, SYNTHESIS_MEL)

    @cached_property
    def magnitude(self) -> np.ndarray:
        """Its size, float32 [513, T]."""
        return np.abs(self.spectrum)

    @cached_property
    def log_mel(self) -> np.ndarray:
        """What vocoders are given, float32 [80, T]."""
        return synthesis_mel(self.y)

    @cached_property
    def inverted(self) -> dict[str, np.ndarray]:
        """Magnitudes back from the mel, by how."""
        return {how: ph.magnitude_from_mel(np.exp(self.log_mel), SYNTHESIS_MEL, how) for how in ph.INVERSIONS}

    def known(self, method: Method) -> Result | None:
        """Return a result that needs no computing."""
        return self.made.get(method)

    def keep(self, method: Method, result: Result) -> Result:
        """Remember a result; the one that was asked for longest ago goes."""
        self.made[method] = result
        self.made.move_to_end(method)
        while len(self.made) > KEPT_RESULTS:
            self.made.popitem(last=False)
        return result

    def make(self, method: Method, *, anew: bool = False) -> Result:
        """Make a sound, or take what is known of it; `anew` computes it in any case, to time it."""
        with self.lock:  # two visitors may look at one example
            found = self.known(method)
            if found is not None and not anew:
                return self.keep(method, found)
            began = time.perf_counter()
            y = _vocode(self, method)
            seconds = time.perf_counter() - began
            if found is not None:
                return self.keep(method, replace(found, seconds=seconds))
            return self.keep(method, Result(y, scores(self, y), seconds if method != RECORDING else None))


def _vocode(source: Source, method: Method) -> np.ndarray:
    if method.name == "recording":
        return source.y
    n = len(source.y)
    if method.name == "world":
        return world(source.y)
    target = ph.magnitude_from_mel(np.exp(source.log_mel), SYNTHESIS_MEL, "nnls")
    return griffin_lim(target, SYNTHESIS_MEL, length=n, n_iter=method.n_iter, momentum=method.momentum)


def world(y: np.ndarray) -> np.ndarray:
    """Take a sound [n] apart by WORLD at 16 kHz and put it together again: float32 [n], 22,050 Hz."""
    import soxr

    from algorithms.cloning import world as w

    again = w.synthesise(w.analyse(soxr.resample(y, RATE, w.SAMPLE_RATE)))
    back = soxr.resample(again, w.SAMPLE_RATE, RATE)[: len(y)]
    return np.pad(back, (0, len(y) - len(back))).astype(np.float32)


def scores(source: Source, y: np.ndarray) -> dict[str, float | None]:
    """Compare a sound [n] with the recording."""
    found = np.abs(stft(y, SYNTHESIS_MEL))
    return {
        "pesq": pesq_of(source.y, y),
        "convergence": ph.spectral_convergence(source.magnitude, found),
        "lsd_db": ph.log_spectral_distance(source.magnitude, found),
        "mel_l1": float(np.abs(synthesis_mel(y) - source.log_mel).mean()),
    }


def pesq_of(true: np.ndarray, y: np.ndarray) -> float | None:
    """Wide-band PESQ (ITU-T P.862.2) of a sound at 22,050 Hz; None where it finds nobody speaking."""
    import soxr
    from pesq import PesqError, pesq

    a, b = (soxr.resample(np.asarray(x, np.float32), RATE, 16_000) for x in (true, y))
    if not np.ptp(a) or not np.ptp(b):
        return None
    try:
        return float(pesq(16_000, a, b, "wb"))
    except (PesqError, ValueError):  # silence, or less than a quarter of a second
        return None


_sources: OfSounds[Source] = OfSounds(KEPT_SOURCES)


def source_of(own: OwnSound | None, clip: str) -> Source:
    """Return the sound that the fields ask for.

    Raises
    ------
    ValueError
        The sound is gone, damaged, or silent: one sentence.
    """
    chosen = sound_of(own, clip)
    path, changed_ns = str(chosen.path), Path(chosen.path).stat().st_mtime_ns
    if (kept := _sources.get(path, changed_ns)) is not None:
        return kept
    audio = load(chosen.path, RATE, max_s=LONGEST_S)
    if float(np.abs(audio.y).max(initial=0)) < QUIET:
        raise ValueError(
            f"The first {len(audio.y) / RATE:.1f} s of this sound are silent, so there is nothing to rebuild: choose "
            "one with a voice in it."
        )
    notes = list(audio.notes)
    if audio.info.sample_rate < 16_000:
        notes.append(
            f"It was recorded with {audio.info.sample_rate:,} samples a second, so it holds nothing above "
            f"{audio.info.sample_rate / 2:,.0f} Hz."
        )
    source = Source(f"{path}|{changed_ns}", chosen.title, audio.y, tuple(notes), clip=clip if clip in CLIPS else "")
    _stored(source)
    return _sources.put(path, changed_ns, source)


def file_of(clip: str) -> Path:
    """Where an example's results are stored."""
    return PRECOMPUTED / f"vocoders-{clip}.npz"


def _stored(source: Source) -> None:
    import soundfile

    if not source.clip or not file_of(source.clip).is_file():
        return
    with np.load(file_of(source.clip)) as kept:
        for row in json.loads(str(kept["about"])):
            method = Method(row["name"], row["n_iter"], row["momentum"])
            if method == RECORDING:
                y = source.y
            else:
                y, _ = soundfile.read(io.BytesIO(kept[method.key].tobytes()), dtype="float32")
            source.made[method] = Result(y, row["scores"])


def store(source: Source, methods: tuple[Method, ...]) -> Path:
    """Write what `source_of` reads."""
    import soundfile

    about, arrays = [], {}
    for method in methods:
        result = source.make(method)
        rounded = {name: None if v is None else round(v, 4) for name, v in result.scores.items()}
        about.append({"name": method.name, "n_iter": method.n_iter, "momentum": method.momentum, "scores": rounded})
        if method != RECORDING:
            flac = io.BytesIO()
            soundfile.write(flac, np.clip(result.y, -1, 1), RATE, format="FLAC", subtype="PCM_16")
            arrays[method.key] = np.frombuffer(flac.getvalue(), np.uint8)
    np.savez_compressed(file_of(source.clip), about=json.dumps(about), **arrays)
    return file_of(source.clip)


def needs(source: Source, methods: tuple[Method, ...]) -> list[Method]:
    """Return the methods that have to be computed."""
    return [method for method in methods if source.known(method) is None]


def make_all(source: Source, methods: tuple[Method, ...], progress: Progress) -> list[Result]:
    """Make several sounds, saying how far it is."""
    found = []
    for i, method in enumerate(methods):
        progress(i / len(methods), f"Making: {method.title}")
        found.append(source.make(method))
    return found
