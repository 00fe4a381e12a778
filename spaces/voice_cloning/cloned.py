"""What the page is about: a reference, what was said, and the same in the reference's voice; kept for a while."""

from __future__ import annotations

import hashlib
import io
import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import models
from algorithms.cloning.convert import Options, Voice
from algorithms.provenance.mark import mark
from algorithms.sound import load
from algorithms.sound.clips import clip as get_clip
from components.audio_input import OWN, OwnSound, sound_of
from components.of_sounds import OfSounds
from components.parts import Progress
from models.cloning.knn import MAX_REFERENCE_S, SAMPLE_RATE, SPEAKER

from .treatments import Outcome
from .warning import warnings_of

MODEL, LISTENER = "voice/knn", "speaker/ge2e"
DEFAULT = "speech_long"
REFERENCES = ("speech_long", "italian", "spanish", "french", "tone")
OTHER = "italian"  # whose voice a recording of the default reader is converted into
SENTENCE = "Welcome. This voice was made by a computer from twenty-five seconds of somebody reading aloud."
MAX_CHARACTERS = 600
CONTINUITIES = {"0": 0.0, "usual": Options.continuity, "high": 4 * Options.continuity}
FIELDS = ("clip", "text", "task", "continuity")
PRECOMPUTED = Path(__file__).parents[2] / "assets" / "precomputed"
KEPT = 4  # results and references that are kept, all visitors together; a reference of 90 s takes 20 MB


@dataclass(frozen=True)
class Wish:
    """All that a result depends on.

    Attributes
    ----------
    clip : str
        The chosen recording.
    path : str
        Its file, and `changed_ns` when that was written.
    task : str
        "say": the text in the recording's voice; "convert": the recording's words in an example voice.
    """

    clip: str
    path: str
    changed_ns: int
    title: str
    text: str
    task: str
    continuity: str

    @property
    def key(self) -> str:
        """Of the file in which it is kept if it was computed beforehand."""
        named = {name: value for name, value in asdict(self).items() if name not in ("path", "changed_ns", "title")}
        if self.task == "convert":
            named.pop("text")
        return hashlib.sha256(json.dumps(named, ensure_ascii=False, sort_keys=True).encode()).hexdigest()[:10]

    @property
    def file(self) -> Path:
        """Where it is kept if it was computed beforehand."""
        return PRECOMPUTED / f"cloning-{self.key}.npz"

    @property
    def is_own(self) -> bool:
        """Whether it is made of a visitor's own sound."""
        return self.clip == OWN


@dataclass(frozen=True, eq=False)
class Result:
    """A sentence in another voice.

    Attributes
    ----------
    reference_title, source_title : str
    reference, source, y : np.ndarray
        float32, 16 kHz: the voice that was wanted, what was converted, and the result, which carries the mark.
    source_rows, reference_rows : np.ndarray
        int [N], for every 10 ms of the result which 10 ms of the source and of the reference stand there.
    similarity : np.ndarray
        float32 [N], content of the two: cosine, less the penalty where one is voiced and the other not.
    embeddings : mapping
        "reference", "source", "result" to float32 [256].
    tempo, source_hz, reference_hz : float
        How many times as fast as the source, and the middle of both pitches.
    notes : tuple of str
        What is worth knowing of the reference.
    """

    wish: Wish
    reference_title: str
    source_title: str
    reference: np.ndarray
    source: np.ndarray
    y: np.ndarray
    source_rows: np.ndarray
    reference_rows: np.ndarray
    similarity: np.ndarray
    embeddings: Mapping[str, np.ndarray]
    tempo: float
    source_hz: float
    reference_hz: float
    notes: tuple[str, ...] = ()
    ran: bool = False
    curve: tuple[tuple[float, float], ...] = field(default=())  # (seconds of reference, similarity), where measured
    outcomes: tuple[Outcome, ...] = ()  # of the mark after each treatment, where tried

    def likeness(self, one: str, other: str) -> float:
        """Cosine similarity of two of the three voices."""
        return float(self.embeddings[one] @ self.embeddings[other])

    @property
    def joins(self) -> int:
        """How often the path jumps to another place of the reference; at another tempo rows are repeated or skipped."""
        step = np.diff(self.reference_rows)
        return int(((step < 0) | (step > 2)).sum())


def wish_of(own: OwnSound | None, fields: Mapping[str, Any]) -> Wish:
    """Return what the fields ask for; `AudioError` where the visitor's own sound is gone."""
    chosen = sound_of(own, fields["clip"])
    path = str(chosen.path)
    return Wish(
        clip=fields["clip"],
        path=path,
        changed_ns=Path(path).stat().st_mtime_ns if fields["clip"] == OWN else 0,
        title=chosen.title,
        text=" ".join(str(fields["text"]).split()),
        task=fields["task"],
        continuity=fields["continuity"],
    )


def tag_of(wish: Wish) -> int:
    """Return the number of 16 bits that a clone carries: of all that it depends on, a visitor's own file included."""
    about = wish.key + (wish.path if wish.is_own else "")
    return int(hashlib.sha256(about.encode()).hexdigest()[:4], 16)


def tag_words(tag: int) -> str:
    """Write a tag as people see it."""
    return f"{tag:04X}"


def provenance(wish: Wish, what: str, oath: str) -> str:
    """Return what a saved file's metadata says: a clone (`what` was done with it), its mark, what the speaker said."""
    said = f"Computer-generated: a cloned voice{what}, made by Speech Lab with {MODEL}, mark {tag_words(tag_of(wish))}"
    return said + (f"; {oath}" if oath else "")


def target_of(wish: Wish) -> Wish:
    """Return the wish whose recording is the reference: for a conversion, that of the example voice."""
    if wish.task == "say":
        return wish
    name = OTHER if wish.clip == DEFAULT else DEFAULT
    found = get_clip(name)
    return replace(wish, clip=name, path=str(found.path), changed_ns=0, title=found.title)


_results: OfSounds[Result] = OfSounds(KEPT)
_voices: OfSounds[tuple[np.ndarray, Voice, tuple[str, ...]]] = OfSounds(KEPT)
_working = threading.Lock()


def kept_of(path: str) -> int:
    """Return how many things made of a visitor's sound are in memory."""
    return _voices.count(path) + _results.count(path)


def known(wish: Wish) -> Result | None:
    """Return what is at hand already: a moment ago, or computed beforehand."""
    found = _results.get(wish.path, wish)
    if found is not None or wish.is_own or not wish.file.is_file():
        return found
    return _results.put(wish.path, wish, _read(wish))


def _read(wish: Wish) -> Result:
    import soundfile

    reference = target_of(wish)
    with np.load(wish.file) as kept:
        about = json.loads(str(kept["about"]))
        sounds = [soundfile.read(io.BytesIO(kept[name].tobytes()), dtype="float32")[0] for name in ("source", "y")]
        return Result(
            wish=wish,
            reference_title=reference.title,
            source_title=about["source_title"],
            reference=load(reference.path, sample_rate=SAMPLE_RATE, max_s=MAX_REFERENCE_S).y,
            source=sounds[0],
            y=sounds[1],
            source_rows=kept["source_rows"].astype(int),
            reference_rows=kept["reference_rows"].astype(int),
            similarity=kept["similarity"].astype(np.float32),
            embeddings={name: kept[name + "_embedding"] for name in ("reference", "source", "result")},
            tempo=about["tempo"],
            source_hz=about["source_hz"],
            reference_hz=about["reference_hz"],
            notes=tuple(about["notes"]),
            curve=tuple(map(tuple, about["curve"])),
            outcomes=tuple(Outcome(*one) for one in about["outcomes"]),
        )


def voice_of(wish: Wish, tell: Progress) -> tuple[np.ndarray, Voice, tuple[str, ...]]:
    """Return a reference's samples, its analysis and what is worth knowing of it; analysed once, then kept.

    Raises
    ------
    ValueError
        It is too short, silent, or nobody speaks in it.
    """
    if (kept := _voices.get(wish.path, wish.changed_ns)) is not None:
        return kept
    audio = load(wish.path, sample_rate=SAMPLE_RATE, max_s=MAX_REFERENCE_S)
    tell(0.15, "Taking the reference apart, once")
    found = models.get(MODEL).analyse(audio.y)
    windows = models.get(LISTENER).embed_windows(audio.y)
    notes = (*audio.notes, *warnings_of(audio.y, found, windows))
    return _voices.put(wish.path, wish.changed_ns, (audio.y, found, notes))


def make(wish: Wish, tell: Progress) -> Result:
    """Clone or convert, or take what that gave a moment ago.

    Raises
    ------
    ValueError
        Text or recording can't be used; one sentence.
    ModelUnavailable
        A package is missing.
    """
    check_text(wish)
    with _working:  # who asks for what another thread is at waits for it instead of doing it twice
        if (found := known(wish)) is not None:
            return found
        return _results.put(wish.path, wish, _make(wish, tell))


def check_text(wish: Wish) -> None:
    """Raise `ValueError` where the text is too long, or nothing that the voice can read."""
    if wish.task != "say":
        return
    if len(wish.text) > MAX_CHARACTERS:
        raise ValueError(
            f"This page says up to {MAX_CHARACTERS} characters at once; your text has {len(wish.text):,}. Shorten it."
        )
    letters = [c for c in wish.text if c.isalpha()]
    if letters and sum(c.isascii() for c in letters) < len(letters) / 2:
        raise ValueError("The voice that is converted reads English only: write the text in Latin letters.")


def _make(wish: Wish, tell: Progress) -> Result:
    tell(0.0, "Loading the models")
    cloner, listener = models.get(MODEL), models.get(LISTENER)
    target = target_of(wish)
    reference, voice, notes = voice_of(target, tell)
    tell(0.4, f"{SPEAKER} says the text" if wish.task == "say" else "Reading the recording")
    if wish.task == "say":
        source, title = cloner.say(written_out(wish.text)), f"{SPEAKER}, the voice that is converted"
    else:
        source, title = load(wish.path, sample_rate=SAMPLE_RATE, max_s=30.0).y, wish.title
    options = replace(cloner.options, continuity=CONTINUITIES[wish.continuity])
    made = cloner.speak(
        source,
        voice,
        tempo=None if wish.task == "say" else 1.0,
        options=options,
        progress=lambda share, what: tell(0.45 + 0.4 * share, what),
    )
    tell(0.9, "Comparing the voices")
    y = np.clip(mark(made.y, SAMPLE_RATE, tag_of(wish)), -1, 1)
    sounds = {"reference": reference, "source": source, "result": y}
    return Result(
        wish=wish,
        reference_title=target.title,
        source_title=title,
        reference=reference,
        source=source,
        y=y,
        source_rows=made.how.source_rows,
        reference_rows=made.how.reference_rows,
        similarity=made.how.similarity,
        embeddings={name: listener.embed(y) for name, y in sounds.items()},
        tempo=made.tempo,
        source_hz=made.source_hz,
        reference_hz=voice.pitch.middle_hz,
        notes=notes,
        ran=True,
    )


def written_out(text: str) -> str:
    """Return the text in words: numbers, dates and abbreviations as they are read."""
    from algorithms.synthesis.normalise import normalise

    found = normalise(text).text
    if not found:
        raise ValueError("There is nothing to say here: type at least one English word.")
    return found


def file_is_there(path: str) -> int:
    """Return 1 while a visitor's recording lies on the server's disk, else 0."""
    return int(Path(path).exists())
