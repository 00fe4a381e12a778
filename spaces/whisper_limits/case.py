"""What Whisper is given to hear: a sound that is known to be hard, or one that is left as it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from algorithms.sound import failures
from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip as get_clip
from components.audio_input import OWN, OwnSound, sound_of
from components.player import Sound
from models.whisper.job import check_length
from models.whisper.stream import SAMPLE_RATE, WINDOW_S

if TYPE_CHECKING:
    import numpy as np

MAX_S = 60.0  # of a sound that the two models are compared on
FAINT_DBFS, NOISE_DBFS = -60.0, -26.0
MADE_S = 10.0  # seconds of silence and noise
MUSIC_S = 12.0


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One button of the row that makes sounds."""

    title: str
    what: str  # one sentence: how the sound is made and why it is hard
    field: str = ""  # the setting that says how much
    speech: bool = True  # made from the chosen clip; False: from nothing
    clip: str = ""  # the clip that the button chooses


KINDS = {
    "none": Kind(title="As it is", what="The chosen sound, unchanged."),
    "silence": Kind(
        title="Silence", what="Ten seconds of zeros: whatever is written comes from the decoder alone.", speech=False
    ),
    "faint": Kind(
        title="Faint noise",
        what=f"White noise at {FAINT_DBFS:.0f} dBFS, as in a quiet room: the logarithm in log-mel keeps it visible.",
        speech=False,
    ),
    "white": Kind(
        title="White noise", what=f"White noise at {NOISE_DBFS:.0f} dBFS: energy in all bands, no voice.", speech=False
    ),
    "music": Kind(
        title="Music", what="Four plucked chords under a melody, made here: harmonics as in vowels.", speech=False
    ),
    "language": Kind(
        title="A wrong language",
        what="French to a model that knows English only. Try Spanish, Italian, Russian, and the other models.",
        clip="french",
    ),
    "repeat": Kind(
        title="A repeated phrase",
        what="One phrase over and over: here a text that repeats itself is the true one.",
        field="times",
        clip="sentence",
    ),
    "snr": Kind(
        title="Under noise", what="The chosen sound under white noise, at a ratio of your choice.", field="snr"
    ),
    "cut": Kind(
        title="Cut in a word",
        what="The chosen sound breaks off: does Whisper finish the word?",
        field="cut",
        clip="speech",
    ),
    "speed": Kind(title="Too fast", what="The chosen sound faster, its pitch kept (WSOLA).", field="speed"),
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A sound by the settings it is made from: fields of the page's address."""

    fail: str = "music"  # a key of KINDS
    clip: str = "speech"  # id of an example, or "own"
    snr: float = 0.0  # dB
    speed: float = 2.0  # times as fast
    times: int = 8
    cut: float = 6.2  # seconds
    own: str = ""  # the file of the visitor's own sound, where that is the clip: what a sound is known by

    def plain(self) -> Case:
        """Return the same sound with what does not matter to it at its default, so that equal sounds are equal."""
        kind = KINDS[self.fail]
        fail = "none" if self.fail == "language" else self.fail
        given = {kind.field: getattr(self, kind.field)} if kind.field else {}
        return Case(fail=fail, **({"clip": self.clip, "own": self.own} if kind.speech else {}), **given)

    def name(self) -> str:
        """Return a name for files: what the sound is made from and how."""
        plain, kind = self.plain(), KINDS[self.fail]
        parts = [plain.fail, *([plain.clip] if kind.speech else [])]
        return "-".join([*parts, *([f"{getattr(plain, kind.field):g}"] if kind.field else [])])


@dataclass(frozen=True)
class Made:
    """A sound to listen to and to decode."""

    title: str
    y: np.ndarray  # float32 [n], 16 kHz
    text: str  # what is said, "" where nobody speaks or nobody knows
    language: str  # of that text
    notes: tuple[str, ...] = ()  # what was changed or left out on the way in
    path: str = ""  # of the file it is, where it is one unchanged: then the player needs no copy of it

    def sound(self) -> Sound:
        """Return it as the player takes it."""
        if self.path:
            return Sound(self.title, path=self.path, duration_s=len(self.y) / SAMPLE_RATE)
        return Sound(self.title, y=self.y, sample_rate=SAMPLE_RATE)


@lru_cache(maxsize=12)
def _clip_samples(clip: str) -> np.ndarray:
    return audio_io.load(get_clip(clip).path, sample_rate=SAMPLE_RATE).y


def _source(own: OwnSound | None, clip: str, max_s: float) -> Made:
    if clip != OWN:
        chosen = get_clip(clip)
        return Made(chosen.title, _clip_samples(clip), chosen.text, chosen.language, path=str(chosen.path))
    sound = sound_of(own, clip)
    heard = audio_io.load(sound.path, sample_rate=SAMPLE_RATE, max_s=max_s)
    check_length(len(heard.y))
    return Made(sound.title, heard.y, "", "", tuple(heard.notes), sound.path)


def make(case: Case, own: OwnSound | None = None, *, max_s: float = WINDOW_S) -> Made:
    """Make the sound.

    Parameters
    ----------
    case
        Which.
    own
        The visitor's own sound, where the case is about it.
    max_s
        What goes beyond is left off, and a note says so.

    Raises
    ------
    ValueError
        The visitor's own sound is gone or can't be read, or is silent where a ratio to noise is asked for.
    """
    if case.fail == "silence":
        return Made("Silence, 10 s", failures.silence(MADE_S), "", "")
    if case.fail in ("faint", "white"):
        level_dbfs = FAINT_DBFS if case.fail == "faint" else NOISE_DBFS
        return Made(
            f"White noise at {level_dbfs:.0f} dBFS", failures.white_noise(MADE_S, level_dbfs=level_dbfs), "", ""
        )
    if case.fail == "music":
        return Made("A chord progression with a melody", failures.music(MUSIC_S), "", "")
    made = _source(own, case.clip, max_s)
    if case.fail in ("none", "language") and len(made.y) <= max_s * SAMPLE_RATE:
        return made
    title, y, text = made.title, made.y, made.text
    if case.fail == "snr":
        title, y = f"{title} under noise, {case.snr:g} dB", failures.in_noise(y, case.snr)
    elif case.fail == "speed":
        title, y = f"{title}, {case.speed:g} times as fast", failures.faster(y, case.speed)
    elif case.fail == "cut":
        title, y = f"{title}, cut at {case.cut:g} s", failures.cut(y, case.cut)
        text = ""  # nobody has written down where the words lie
    elif case.fail == "repeat":
        title, y = f"{title}, {case.times} times", failures.repeated(y, int(case.times))
        text = " ".join([text] * int(case.times))
    notes = made.notes
    if len(y) > max_s * SAMPLE_RATE:
        notes = (*notes, f"Only the first {max_s:.0f} s of {len(y) / SAMPLE_RATE:.0f} s are decoded.")
        y, text = y[: round(max_s * SAMPLE_RATE)], text if case.fail != "repeat" else ""
    return Made(title, y, text, made.language, notes)
