"""The mixture that the page is about: voices put together, and what the network makes of them; kept for a while."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms import separation as sep
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip as get_clip
from components.audio_input import OWN, OwnSound, on_forget, sound_of
from components.of_sounds import OfSounds
from components.parts import Progress

MODEL = "separation/conv-tasnet"
RATE = 8000  # Hz, of the model and of everything on the page
VOICE_S, MIXTURE_S = 15.0, 60.0  # of a voice for the desk, and of a sound that is a mixture already
VOICES = ("speech", "sentence", "french", "spanish", "italian", "russian", "tone")
NOTHING = "none"
NOISES = {"none": "none", "20": "20 dB below", "10": "10 dB below", "0": "as loud as the voices"}
LOUDNESS = 0.06  # root mean square of a voice while it speaks
ASSETS = Path(__file__).parents[2] / "assets"
WEIGHTS = ASSETS / "weights" / "separation-conv-tasnet.safetensors"
PRECOMPUTED = ASSETS / "precomputed"
FEW_HOURS = 10.0  # of mixtures heard, after which a network has hardly begun to tell voices apart
KEPT = 6  # mixtures whose outputs are kept: of a minute 4 MB each


@dataclass(frozen=True)
class Recipe:
    """What is mixed. `other` or `third` may be NOTHING; without `other` the first sound is a mixture already."""

    clip: str
    path: str
    changed_ns: int
    title: str
    other: str
    third: str
    level_db: float
    overlap: float
    noise: str

    @property
    def others(self) -> tuple[str, ...]:
        """The other voices' clips."""
        if self.other == NOTHING:
            return ()
        return (self.other,) if self.third == NOTHING else (self.other, self.third)

    def stored(self) -> Path | None:
        """Return the file in which the outputs of this mixture are stored beforehand, if it is one of clips only."""
        if self.clip == OWN:
            return None
        parts = (self.clip, *self.others, f"{self.level_db:g}", f"{self.overlap:g}", self.noise)
        return PRECOMPUTED / f"separation-{'-'.join(parts)}.npz"


@dataclass(frozen=True, eq=False)
class Mixed:
    """A mixture with what it was made of.

    Attributes
    ----------
    names : tuple of str
        What each voice is called.
    sources : np.ndarray or None
        float32 [k, n] at 8 kHz, as loud as they are in the mixture; None where nobody knows them.
    mixture : np.ndarray
        float32 [n], the sum of the sources and the noise.
    notes : tuple of str
        What is worth knowing about it.
    """

    recipe: Recipe
    names: tuple[str, ...]
    sources: np.ndarray | None
    mixture: np.ndarray
    notes: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.mixture) / RATE


@dataclass(frozen=True, eq=False)
class Apart:
    """What the network gives for a mixture.

    Attributes
    ----------
    outputs : np.ndarray
        float32 [2, n], in the network's own order.
    scores : np.ndarray or None
        [2, k] SI-SDR of each output against each true voice, in dB; None where there is no truth.
    match : tuple of int
        For each output, which voice it is taken for: the best order (see `algorithms/separation/permutation.py`).
    how : str
        One sentence: which model, and whether it has just run.
    """

    mixed: Mixed
    outputs: np.ndarray
    scores: np.ndarray | None
    match: tuple[int, ...]
    how: str

    def output_of(self, voice: int) -> np.ndarray:
        """Return the output that is taken for a voice (the second one where none is)."""
        return self.outputs[self.match.index(voice) if voice in self.match else 1]


def recipe(own: OwnSound | None, fields: dict[str, Any]) -> Recipe:
    """Return what the fields ask for; `AudioError` where the visitor's own sound is gone."""
    chosen = sound_of(own, fields["clip"])
    path = str(chosen.path)
    other, third = fields["other"], fields["third"]
    return Recipe(
        clip=fields["clip"],
        path=path,
        changed_ns=Path(path).stat().st_mtime_ns,
        title=chosen.title,
        other=other,
        third=third if other != NOTHING else NOTHING,
        level_db=float(fields["level"]) if other != NOTHING else 0.0,
        overlap=float(fields["overlap"]) if other != NOTHING else 100.0,
        noise=fields["noise"] if other != NOTHING else "none",
    )


def _loud(y: np.ndarray) -> np.ndarray:
    """`y` with `LOUDNESS` while it speaks: over the frames of 32 ms less than 30 dB below the loudest one."""
    frames = np.pad(y, (0, -len(y) % 256)).reshape(-1, 256).astype(np.float64)
    level = (frames**2).mean(1)
    if not level.max():
        return y
    spoken = level[level > level.max() / 1000].mean()
    return (y * (LOUDNESS / np.sqrt(spoken))).astype(np.float32)


@lru_cache(maxsize=12)
def _voice(path: str, changed_ns: int, max_s: float) -> tuple[np.ndarray, tuple[str, ...]]:
    audio = audio_io.load(path, sample_rate=RATE, max_s=max_s)
    return audio.y, audio.notes


def _pink(n: int) -> np.ndarray:
    """The same pink noise every time, root mean square 1: [n]."""
    spectrum = np.fft.rfft(np.random.default_rng(7).normal(size=n))
    spectrum *= 1 / np.sqrt(np.maximum(np.arange(len(spectrum)), 1))
    y = np.fft.irfft(spectrum, n)
    return (y / max(np.sqrt(np.mean(y**2)), 1e-12)).astype(np.float32)


@lru_cache(maxsize=KEPT)
def mix(made: Recipe) -> Mixed:
    """Put the voices together.

    The second voice (and the third) begins when `overlap` percent of the first are still to come; every voice is as
    loud as the first while it speaks, but for `level_db`.

    Raises
    ------
    AudioError
        What is wrong with a sound and what to do.
    """
    if made.other == NOTHING:
        y, notes = _voice(made.path, made.changed_ns, MIXTURE_S)
        notes = (*notes, "No second voice is mixed in: this sound is taken for a mixture whose voices nobody knows.")
        return Mixed(made, (), None, y, notes)
    y, notes = _voice(made.path, made.changed_ns, VOICE_S)
    voices, names = [_loud(y)], [made.title]
    for name in made.others:
        chosen = get_clip(name)
        voices.append(_loud(_voice(str(chosen.path), 0, VOICE_S)[0]) * np.float32(10 ** (made.level_db / 20)))
        names.append(chosen.title if chosen.title not in names else f"{chosen.title} again")
    start = round((1 - made.overlap / 100) * len(y))
    starts = [0, *(start for _ in made.others)]
    n = max(at + len(voice) for at, voice in zip(starts, voices, strict=True))
    sources = np.stack([np.pad(v, (at, n - at - len(v))) for at, v in zip(starts, voices, strict=True)])
    mixture = sources.sum(0)
    if made.noise != "none":
        mixture = mixture + _pink(n) * np.float32(LOUDNESS * 10 ** (-float(made.noise) / 20))
    peak = float(np.abs(mixture).max())
    if peak > 0.98:
        sources, mixture = sources * np.float32(0.98 / peak), mixture * np.float32(0.98 / peak)
    return Mixed(made, tuple(names), sources, mixture.astype(np.float32), (*notes, *_warnings(made, voices)))


def _warnings(made: Recipe, voices: list[np.ndarray]) -> list[str]:
    said = []
    if len(voices) == 3:
        said.append("Three voices, and this network always gives two outputs: one of them must hold two people.")
    if made.clip in made.others or made.other == made.third:
        said.append("Two of the voices are one recording: nothing in the sound tells them apart.")
    if "tone" in (made.clip, *made.others):
        said.append("One of these is music, which the network has never heard: it only knows people.")
    if not any(np.abs(voice).max() > 1e-4 for voice in voices[:1]):
        said.append("The first sound is silent: there is nothing to separate.")
    return said


_kept: OfSounds[Apart] = OfSounds(KEPT)


def is_apart(made: Recipe) -> bool:
    """Whether `separate` would answer at once."""
    return _kept.get(made.path, made) is not None or stored(made) is not None


def separate(mixed: Mixed, progress: Progress) -> Apart:
    """Run the network on a mixture, or take what was computed beforehand.

    Raises
    ------
    ModelUnavailable
        The model can't be had.
    """
    made = mixed.recipe
    if (known := _kept.get(made.path, made)) is not None:
        return known
    outputs, how = stored(made), f"Computed beforehand with {MODEL} on exactly this mixture."
    if outputs is None:
        model = models.get(MODEL, progress)
        progress(0.0, "Separating")
        began = time.perf_counter()
        outputs = model.separate(mixed.mixture, lambda share: progress(share, "Separating"))
        how = f"{MODEL} has just separated {mixed.duration_s:.1f} s in {time.perf_counter() - began:.2f} s."
    return _kept.put(made.path, made, judged(mixed, outputs, how))


def judged(mixed: Mixed, outputs: np.ndarray, how: str) -> Apart:
    """Compare outputs [2, n] with the true voices, where there are any."""
    if mixed.sources is None:
        return Apart(mixed, outputs, None, (0, 1), how)
    scores = sep.pairwise(outputs, mixed.sources)
    if scores.shape == (2, 2):
        order = sep.best_order(scores)
        return Apart(mixed, outputs, scores, (order.index(0), order.index(1)), how)
    from scipy.optimize import linear_sum_assignment

    _, voices = linear_sum_assignment(-np.nan_to_num(scores, nan=-120.0))
    return Apart(mixed, outputs, scores, tuple(int(v) for v in voices), how)


@lru_cache(maxsize=2)
def _sha256(path: Path, changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def weights_sha256() -> str:
    """Hash of the weights that ship: a precomputed result of other weights is not shown."""
    return _sha256(WEIGHTS, WEIGHTS.stat().st_mtime_ns) if WEIGHTS.is_file() else ""


@lru_cache(maxsize=2)
def _hours(path: Path, changed_ns: int) -> float:
    from safetensors import safe_open

    with safe_open(path, "np") as file:
        return float(file.metadata()["hours_heard"])


def schooling() -> str:
    """Return one sentence: how much this network has heard in training, as its file says."""
    hours = _hours(WEIGHTS, WEIGHTS.stat().st_mtime_ns)
    still = "so both voices are still in both outputs; part 3 shows what could be reached" if hours < FEW_HOURS else ""
    return (
        f"This network has heard {hours:.1f} hours of mixtures in training, and that of the paper 30 hours about a "
        f"hundred times over{still and ', ' + still}."
    )


@lru_cache(maxsize=8)
def _read(file: Path, changed_ns: int) -> dict[str, np.ndarray] | None:
    with np.load(file, allow_pickle=False) as held:
        if str(held["weights_sha256"]) != weights_sha256():
            return None
        return {name: held[name] for name in held.files}


def stored(made: Recipe, what: str = "outputs") -> np.ndarray | None:
    """Return what `precompute.py` has stored for a mixture, None where there is nothing up to date.

    "outputs": float32 [2, n]; "masks": uint8 [2, filters, columns], 255 for 1.
    """
    file = made.stored()
    if file is None or not file.is_file():
        return None
    held = _read(file, file.stat().st_mtime_ns)
    if held is None:
        return None
    return held[what].astype(np.float32) / 32767 if what == "outputs" else held[what]


@on_forget
def drop(_path: str) -> None:
    """Forget the few voices that are kept: a visitor has gone, and the others' are soon read again."""
    for kept in (_voice, mix):
        kept.cache_clear()
