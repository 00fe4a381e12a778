"""Make what part 2 opens with: `python -m spaces.augmentation.precompute` (some minutes of one core).

What is in the file already stays: delete it to measure anew. `python -m spaces.augmentation.precompute kws` measures
the quick recogniser alone.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import date

from . import measure


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


if __name__ == "__main__":
    main(sys.argv[1:])
