"""Makes the results that the page opens with: `python -m spaces.voice_cloning.precompute [--ranges FOLDER]`.

`--ranges` names a folder in the layout of ``metadata.tsv`` (file, speaker, seconds, transcript): it measures once more
how alike recordings of one and of two people are, which takes some minutes; without it the stored figures stay.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from pathlib import Path

import numpy as np
import soundfile

import models
from algorithms.sound import load
from algorithms.sound.clips import clip

from . import cloned, lengths
from .close import VOICES
from .lesson import EXAMPLES
from .treatments import TREATMENTS, try_one

BUILT_IN = ("speech_long", "sentence", "italian", "spanish", "french", "russian")
EACH, PIECE_S = 6, 15.0  # pieces of each speaker, and their length


def wishes() -> list[cloned.Wish]:
    """Return what the page opens with, and what the examples show."""
    usual = {"clip": cloned.DEFAULT, "text": cloned.SENTENCE, "task": "say", "continuity": "usual"}
    shown = [{name: value for name, value in e.state.items() if name in cloned.FIELDS} for e in EXAMPLES]
    return list(dict.fromkeys(cloned.wish_of(None, {**usual, **state}) for state in ({}, *shown)))


def voices() -> list[dict]:
    """Return the embeddings of the voices that ship with the lab."""
    listener, found = models.get(cloned.LISTENER), []
    for name in BUILT_IN:
        y = load(clip(name).path, sample_rate=16_000).y
        found.append({"title": f"clip: {clip(name).title}", "embedding": _rounded(listener.embed(y))})
    import soxr

    for name in ("tts/hibari", "tts/vits-joe"):
        voice = models.get(name)
        y = soxr.resample(voice.synthesize(cloned.SENTENCE), voice.sample_rate, 16_000)
        found.append({"title": name, "embedding": _rounded(listener.embed(y))})
    return found


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(v), 4) for v in values]


def ranges(folder: Path) -> dict:
    """Embed pieces of every speaker of a corpus, and compare all pairs."""
    with (folder / "metadata.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    listener, embeddings, who = models.get(cloned.LISTENER), [], []
    for speaker in sorted({row["speaker"] for row in rows}):
        files = [row["file"] for row in rows if row["speaker"] == speaker]
        y = np.concatenate([load(folder / name, sample_rate=16_000).y for name in files])
        size = round(PIECE_S * 16_000)
        starts = np.linspace(0, len(y) - size, EACH).astype(int)
        embeddings += [listener.embed(y[start : start + size]) for start in starts]
        who += [speaker] * EACH
        print(speaker, flush=True)
    cosines = np.array(embeddings) @ np.array(embeddings).T
    upper = np.triu_indices(len(who), 1)
    same = np.array([who[i] == who[j] for i, j in zip(*upper, strict=True)])
    edges = np.arange(0.2, 1.0001, 0.02)
    found: dict = {
        "origin": f"{len(set(who))} readers of {folder.name}, {EACH} pieces of {PIECE_S:.0f} s each.",
        "edges": [round(float(e), 2) for e in edges],
    }
    for name, chosen in (("same", same), ("different", ~same)):
        values = cosines[upper][chosen]
        share = 100 * np.histogram(values, edges)[0] / len(values)
        low, median, high = np.percentile(values, (5, 50, 95))
        found[name] = {
            "share": [round(float(v), 2) for v in share],
            "low": round(float(low), 3),
            "median": round(float(median), 3),
            "high": round(float(high), 3),
            "pairs": len(values),
        }
    return found


def store(result: cloned.Result) -> None:
    """Write what `cloned.known` reads."""
    arrays: dict[str, np.ndarray] = {}
    for name, y in (("source", result.source), ("y", result.y)):
        flac = io.BytesIO()
        soundfile.write(flac, y, 16_000, format="FLAC", subtype="PCM_16")
        arrays[name] = np.frombuffer(flac.getvalue(), np.uint8)
    about = {name: getattr(result, name) for name in ("source_title", "tempo", "source_hz", "reference_hz", "notes")}
    about["curve"] = [[round(s, 2), round(v, 4)] for s, v in result.curve]
    about["outcomes"] = result.outcomes
    np.savez_compressed(
        result.wish.file,
        about=json.dumps(about, ensure_ascii=False),
        source_rows=result.source_rows.astype(np.int32),
        reference_rows=result.reference_rows.astype(np.int32),
        similarity=result.similarity.astype(np.float16),
        **{f"{name}_embedding": value.astype(np.float32) for name, value in result.embeddings.items()},
        **arrays,
    )


def main() -> None:
    """Make them all; what is kept of earlier ones goes."""
    from dataclasses import replace

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranges", type=Path, default=None)
    folder = parser.parse_args().ranges
    kept = json.loads(VOICES.read_text(encoding="utf-8"))["ranges"] if folder is None else ranges(folder)
    VOICES.write_text(json.dumps({"voices": voices(), "ranges": kept}), encoding="utf-8")
    for old in cloned.PRECOMPUTED.glob("cloning-*.npz"):
        old.unlink()
    for wish in wishes():
        result = cloned.make(wish, lambda share, what: None)
        if wish.clip == cloned.DEFAULT and wish.continuity == "usual":
            result = replace(result, curve=lengths.curve(wish, lambda share, what: None))
        outcomes = tuple(try_one(result.y, one.slug, cloned.tag_of(wish)) for one in TREATMENTS)
        store(replace(result, outcomes=outcomes))
        print(f"{wish.file.name}  {wish.file.stat().st_size / 1000:.0f} kB  {wish.clip} {wish.task} {wish.continuity}")


if __name__ == "__main__":
    main()
