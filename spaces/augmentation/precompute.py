"""Make what part 2 opens with: `python -m spaces.augmentation.precompute` (some minutes of one core)."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import date

from . import measure


def main() -> None:
    """Measure every ladder with seed 0; a ladder that is in the file already stays, unless it is deleted from it."""
    held = measure.precomputed()
    points = dict(held["points"])
    for key in measure.LADDERS:
        if key in points:
            continue
        found = [point for _, _, point in measure.climb(key, seed=0) if point is not None]
        points[key] = [asdict(point) for point in found]
        text = json.dumps({"date": held.get("date", str(date.today())), "seed": 0, "points": points},
                          ensure_ascii=False, indent=1)  # fmt: skip
        measure.FILE.write_text(text + "\n", encoding="utf-8")
        print(key, {name: [p.error for p in found if p.listener == name] for name in measure.LISTENERS}, flush=True)


if __name__ == "__main__":
    main()
