"""Train a keyword on each ready-made set, as the page does; what was measured: assets/precomputed/kws_own.json.

    python -m spaces.keyword_spotting.precompute.training

Needs `kws_own.npz` (made by `own` in this folder) and `kws_val.npz` (made by `validation`) beside it.
"""

from __future__ import annotations

import datetime
import json

from models.keyword.personal import Settings
from spaces.keyword_spotting.own.result import FILE, Curve, run, to_json
from spaces.keyword_spotting.own.takes import SETS, ready_made

TRAINED = ("sesame", "alike")  # one take alone can't be trained


def main() -> None:
    """Write the file."""
    made, today = {}, datetime.date.today().isoformat()
    for name in TRAINED:
        for news in run(ready_made(name), SETS[name][1], Settings()):
            if not isinstance(news, Curve):
                made[name] = to_json(news[0], today)
                print(f"{name}: threshold {news[0].threshold}, {news[0].seconds:.1f} s")
    FILE.write_text(json.dumps(made, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {FILE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
