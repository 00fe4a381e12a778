"""Part B's arithmetic: what each model wrote, aligned with what was said, counted, and timed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import models
from algorithms.text.transcript import Transcript
from algorithms.text.wer import Edit, ErrorCounts, align, count
from components.audio_input import OWN, OwnSound
from models.whisper import result as run_result
from models.whisper.job import find_model
from models.whisper.result import BASE, OTHER, PRECOMPUTED, TINY_EN, Result, Settings, from_json
from models.whisper.stream import SAMPLE_RATE

from .case import MAX_S, Case, Made, make
from .normalise import normalise

BUILT_IN = (TINY_EN, BASE)
NO_THIRD = "none"
FACTS_FILE = PRECOMPUTED / "limits-facts.json"
Span = tuple[float, float]  # seconds


class Pair(NamedTuple):
    """One column of the aligned rows."""

    kind: str  # as in `algorithms.text.wer.Edit`
    ref: str | None
    hyp: str | None
    span: Span | None  # where to listen; None where nothing is known


@dataclass(frozen=True)
class Scores:
    """A text held against a reference."""

    pairs: tuple[Pair, ...]
    words: ErrorCounts
    characters: ErrorCounts

    @property
    def match_error_rate(self) -> float:
        """MER = (S + D + I) / (H + S + D + I), Morris et al. 2004: errors among all pairs, at most 1."""
        return self.words.errors / max(self.words.errors + self.words.hits, 1)

    @property
    def information_lost(self) -> float:
        """WIL = 1 - H / N * H / P with P words recognised, Morris et al. 2004: between 0 and 1."""
        recognised = self.words.hits + self.words.substitutions + self.words.insertions
        if not self.words.n_ref or not recognised:
            return 1.0
        return 1 - self.words.hits**2 / (self.words.n_ref * recognised)


@dataclass(frozen=True, kw_only=True)
class ModelSize:
    """How big a model is, and where each number is from."""

    parameters: int | None  # counted from the weights
    file_mb: float
    memory_mb: float
    memory_from: str  # how the memory was found


def timed_tokens(transcript: Transcript, level: str) -> list[tuple[str, Span | None]]:
    """Return the normalised words of a transcript, each with the stretch of sound it was heard in.

    A normaliser may join words ("twenty five" becomes "25") or split them, so the whole text is normalised and its
    words are then aligned with those of each word by itself; one without a partner gets its neighbour's stretch.
    """
    tokens = normalise(transcript.text, level).split()
    alone: list[tuple[str, Span]] = []
    for segment in transcript.segments:
        spans = [(w.text, (w.start_s, w.end_s)) for w in segment.words]
        for text, span in spans or [(segment.text, (segment.start_s, segment.end_s))]:
            alone += [(token, span) for token in normalise(text, level).split()]
    found: list[tuple[str, Span | None]] = []
    i, last = 0, None
    for edit in align(tokens, [token for token, _ in alone]):
        if edit.hyp is not None:
            last = alone[i][1]
            i += 1
        if edit.ref is not None:
            found.append((edit.ref, last))
    return found


def pairs(edits: Sequence[Edit], heard: Sequence[tuple[str, Span | None]]) -> tuple[Pair, ...]:
    """Give every step of an alignment its stretch of sound; a deletion gets the gap in which it should have been."""
    out: list[Pair] = []
    i, end_s = 0, 0.0
    for edit in edits:
        span = None
        if edit.hyp is not None:
            span = heard[i][1]
            i += 1
            end_s = span[1] if span else end_s
        else:
            following = next((s for _, s in heard[i:] if s), None)
            span = (max(0.0, end_s - 0.1), following[0] + 0.1 if following else end_s + 0.6)
        out.append(Pair(edit.kind, edit.ref, edit.hyp, span))
    return tuple(out)


def score(reference: str, transcript: Transcript, level: str) -> Scores:
    """Hold a transcript against a reference text, both normalised alike."""
    heard = timed_tokens(transcript, level)
    edits = align(normalise(reference, level).split(), [token for token, _ in heard])
    characters = count(align(normalise(reference, level), normalise(transcript.text, level)))
    return Scores(pairs(edits, heard), count(edits), characters)


def file_name(case: Case, model_id: str) -> str:
    """Return the name of the file that keeps a model's precomputed transcript of a made sound."""
    return f"limits-compare-{case.name()}-{model_id.removeprefix('asr/whisper-')}.json"


@lru_cache(maxsize=32)
def precomputed(case: Case) -> tuple[Result, ...]:
    """Return what both built-in models wrote, if that was computed before; () where it was not."""
    plain = case.plain()
    if plain.clip == OWN:
        return ()
    if plain.fail == "none":
        found = [run_result.precomputed(Settings(clip=plain.clip, model=m)) for m in BUILT_IN]
        return tuple(found) if all(found) else ()
    paths = [PRECOMPUTED / file_name(case, m) for m in BUILT_IN]
    if not all(path.is_file() for path in paths):
        return ()
    return tuple(from_json(path.read_text(encoding="utf-8")) for path in paths)


def wanted(case: Case, third: str, hub: str) -> list[Settings]:
    """Return what to run: the two built-in models and, where one is named, a third."""
    runs = [Settings(clip=case.clip, model=model) for model in BUILT_IN]
    return [*runs, Settings(clip=case.clip, model=OTHER, hub=hub)] if third == OTHER else runs


def sound_file(case: Case, own: OwnSound | None, folder: str) -> tuple[Made, str]:
    """Make the sound, at most its first minute, and write it where a job can read it."""
    import soundfile

    made = make(case, own, max_s=MAX_S)
    path = Path(folder) / "sound.wav"
    soundfile.write(path, made.y, SAMPLE_RATE, subtype="FLOAT")
    return made, str(path)


@lru_cache(maxsize=1)
def built_in_sizes() -> dict[str, dict[str, Any]]:
    """Return what ``python -m spaces.whisper_limits.precompute`` counted and measured for the built-in models."""
    return json.loads(FACTS_FILE.read_text(encoding="utf-8"))


def size_of(run: Settings) -> ModelSize:
    """Return how big a model is: the built-in ones from the file, a named one from its loaded weights.

    Raises
    ------
    models.ModelUnavailable
        The named model can't be had any more.
    """
    if run.model != OTHER:
        known = built_in_sizes()[run.model]
        return ModelSize(
            parameters=known["parameters"],
            file_mb=known["file_mb"],
            memory_mb=known["memory_mb"],
            memory_from=f"measured {known['date']}: what a fresh process grew by when it loaded them",
        )
    spec = find_model(run)
    model = models.get(spec)
    weights = getattr(model.model, "parameters", None)
    if callable(weights):  # PyTorch
        tensors = list(weights())
        n_bytes = sum(p.numel() * p.element_size() for p in tensors)
        counted = sum(p.numel() for p in tensors)
        return ModelSize(
            parameters=counted, file_mb=spec.size_mb, memory_mb=n_bytes / 1e6, memory_from="added up over its tensors"
        )
    return ModelSize(parameters=None, file_mb=spec.size_mb, memory_mb=spec.size_mb, memory_from="declared: its files")


def json_of(results: Sequence[Result], scores: Sequence[Scores | None]) -> str:
    """Return texts, counts and rates of a comparison as a JSON file."""
    rows = []
    for result, scored in zip(results, scores, strict=True):
        row: dict[str, Any] = {"model": asdict(result.model), "text": result.transcript.text, "seconds": result.seconds}
        if scored is not None:
            row |= {"words": scored.words._asdict(), "characters": scored.characters._asdict()}
            row["alignment"] = [pair._asdict() for pair in scored.pairs]
        rows.append(row)
    return json.dumps(rows, ensure_ascii=False, indent=1)
