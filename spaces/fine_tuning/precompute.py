"""Make what the page opens with: `python -m spaces.fine_tuning.precompute demo=FOLDER all=FOLDER ...`.

Each FOLDER is the `--work` of a finished `python -m training.whisper_finetune`; "demo" must be a run on the packaged
excerpt (`assets/clips/malayalam`). A run that is in the file already and not named stays.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .material import FILE

LEFT_OUT = ("curve",)


def packed(folder: Path) -> dict[str, Any]:
    """A run's report with its validations, without what the page does not show."""
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    lines = [json.loads(one) for one in (folder / "progress.jsonl").read_text(encoding="utf-8").splitlines()]
    validations = {one["step"]: one for one in lines if one["event"] == "validation"}
    found = {name: value for name, value in report.items() if name not in LEFT_OUT}
    wanted = ("step", "cer", "wer", "sentences")
    return found | {"validations": [{name: one[name] for name in wanted} for one in validations.values()]}


def main(pairs: list[str]) -> None:
    """Write the file."""
    held = json.loads(FILE.read_text(encoding="utf-8"))["runs"] if FILE.exists() else {}
    for pair in pairs:
        name, _, folder = pair.partition("=")
        held[name] = packed(Path(folder))
    FILE.write_text(json.dumps({"runs": held}, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
