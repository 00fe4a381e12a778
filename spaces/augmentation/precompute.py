"""Make what parts 2 and 3 open with: `python -m spaces.augmentation.precompute` (some minutes of one core).

What is in part 2's file already stays: delete it to measure anew. `python -m spaces.augmentation.precompute kws`
measures the quick recogniser alone. Part 3's is made anew, on top of what `training.augmentation.export` has written.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date

from algorithms.augmentation import spotter
from algorithms.augmentation.recipes import KINDS

from . import live, measure, nets, worth

TRIES = 30  # draws of each word in search of one that two networks hear differently
SURE = 0.6  # probability that both their answers must have: far from a tie on any machine


def main(listeners: list[str]) -> None:
    """Measure with seed 0 what is missing, and write the file after every ladder."""
    held = measure.precomputed()
    points = {key: list(found) for key, found in held["points"].items()}
    for key in measure.LADDERS:
        for listener in listeners or measure.LISTENERS:
            if any(one["listener"] == listener for one in points.get(key, ())):
                continue
            found = [point for _, _, point in measure.climb(key, 0, (listener,)) if point is not None]
            points.setdefault(key, []).extend(asdict(point) for point in found)
            made = {"date": str(date.today()), "seed": 0, "points": points}
            measure.FILE.write_text(json.dumps(made, ensure_ascii=False) + "\n", encoding="utf-8")
            print(listener, key, [point.error for point in found], flush=True)


def find_pairs() -> tuple[dict, dict]:
    """For each cell a word and a draw that its network gets right and its rival wrong, both surely; and the tries."""
    heard: dict = {}
    for tested in KINDS:
        for word in nets.WORDS:
            for draw in range(1 if tested == "clean" else TRIES):
                _, mel = nets.word_in(word, tested, draw)
                heard[tested, word, draw] = {kind: nets.answers(kind, mel) for kind in KINDS}
    pairs: dict = {trained: {} for trained in KINDS}
    for trained in KINDS:
        for tested in KINDS:
            best = None
            for (condition, word, draw), p in heard.items():
                mine, other, at = p[trained], p[worth.rival(trained)], spotter.LABELS.index(word)
                if condition == tested and mine.argmax() == at != other.argmax():
                    sure = float(min(mine.max(), other.max()))
                    if sure >= SURE and (best is None or sure > best[0]):
                        heard_as = {kind: nets.answer(p[kind]) for kind in (trained, worth.rival(trained))}
                        best = (sure, {"word": word, "draw": draw, "heard": heard_as})
            pairs[trained][tested] = None if best is None else best[1]
    return pairs, {tested: sum(condition == tested for condition, _, _ in heard) for tested in KINDS}


def synthetic() -> dict:
    """The live training's rows, each trained once with seed 0."""
    rows = {}
    for kind in KINDS:
        *_, (_, _, _, right) = live.train(kind, 0)
        rows[kind] = {condition: round(share, 4) for condition, share in right.items()}
        print("synthetic", kind, rows[kind], flush=True)
    return {"date": str(date.today()), "seed": 0, "words": len(live.held_out()[1]), "rows": rows}


def part_three() -> None:
    """Write the pairs and the synthetic rows into the matrix's file."""
    pairs, tries = find_pairs()
    made = json.loads(nets.FILE.read_text(encoding="utf-8")) | {"pairs": pairs, "tries": tries}
    nets.FILE.write_text(json.dumps(made | {"synthetic": synthetic()}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
    if not sys.argv[1:]:
        part_three()
