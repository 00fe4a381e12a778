"""What the mark in cloned voices survives, and what it costs: real speech of many readers, marked and unmarked.

    python -m benchmarks.watermark [FOLDER] [--readers 11] [--seconds 10]

FOLDER is a corpus with a ``metadata.tsv`` (file, speaker, seconds, transcript; the files beside it); without one, the
readers of LibriSpeech dev-clean. Of each reader `--seconds` are marked with a number of its own, treated as the room
does, and looked through; the same sound without a mark goes the same ways, which gives the false finds.

- **found**: sounds whose score passes the threshold. **bits**: share of bits read wrong, of all marked sounds.
- **PESQ** (ITU-T P.862.2) of the marked against the unmarked sound: 4.64 is the best that it gives.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
from pathlib import Path

import numpy as np

from algorithms.provenance.find import THRESHOLD
from algorithms.provenance.mark import BITS, STRENGTH_DB, mark
from algorithms.sound import load
from models.cloning.knn import SAMPLE_RATE
from spaces.voice_cloning.treatments import TREATMENTS, try_one

DATA = Path("../shared/data/librispeech_devclean_mp3")


def readers(folder: Path, count: int, seconds: float) -> dict[str, np.ndarray]:
    """Return the beginning of what each speaker reads: float32 [n] at 16 kHz."""
    with (folder / "metadata.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {}
    for speaker in sorted({row["speaker"] for row in rows})[:count]:
        pieces, n = [], 0
        for row in rows:
            if row["speaker"] == speaker and n < seconds * SAMPLE_RATE:
                pieces.append(load(folder / row["file"], sample_rate=SAMPLE_RATE).y)
                n += len(pieces[-1])
        found[speaker] = np.concatenate(pieces)[: round(seconds * SAMPLE_RATE)]
    return found


def main() -> None:
    """Print one line a treatment."""
    from pesq import pesq

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=DATA)
    parser.add_argument("--readers", type=int, default=11)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    if not options.folder.is_dir():
        print(f"There is no folder {options.folder}: name one with a metadata.tsv.")
        return
    plain = readers(options.folder, options.readers, options.seconds)
    tags = {speaker: int(hashlib.sha256(speaker.encode()).hexdigest()[:4], 16) for speaker in plain}
    marked = {speaker: mark(y, SAMPLE_RATE, tags[speaker]) for speaker, y in plain.items()}
    quality = np.mean([pesq(SAMPLE_RATE, y, marked[speaker], "wb") for speaker, y in plain.items()])
    change = [10 * np.log10((y**2).mean() / ((marked[speaker] - y) ** 2).mean()) for speaker, y in plain.items()]
    print(f"{len(plain)} readers, {options.seconds:g} s each, mark of {STRENGTH_DB} dB, threshold {THRESHOLD:g}")
    print(f"PESQ {quality:.2f}; the change lies {np.mean(change):.1f} dB below the speech")
    print(f"{'':26} found   median score (lowest)   bits wrong   without a mark: highest score, found")
    for treatment in TREATMENTS:
        there = [try_one(y, treatment.slug, tags[speaker]) for speaker, y in marked.items()]
        nothing = [try_one(y, treatment.slug, tags[speaker]).score for speaker, y in plain.items()]
        scores = [one.score for one in there]
        print(
            f"{treatment.title:26} {sum(s >= THRESHOLD for s in scores):2}/{len(scores):<2}"
            f"   {np.median(scores):5.1f} ({min(scores):.1f}){'':12}"
            f"{100 * sum(one.wrong for one in there) / (BITS * len(there)):5.1f} %"
            f"{'':11}{max(nothing):.1f}, {sum(s >= THRESHOLD for s in nothing)}",
            flush=True,
        )


if __name__ == "__main__":
    main()
