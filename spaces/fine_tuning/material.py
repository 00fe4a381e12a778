"""What the room has to show: the packaged Malayalam clips, and the runs that were made beforehand."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from components.player import Sound

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "assets" / "clips" / "malayalam"
FILE = ROOT / "assets" / "precomputed" / "fine-tuning.json"
LANGUAGE = "ml"


@dataclass(frozen=True)
class Clip:
    """One packaged recording."""

    name: str
    speaker: str
    seconds: float
    text: str
    split: str  # "train", "development", "test"

    @property
    def path(self) -> Path:
        """The Ogg Opus file."""
        return FOLDER / f"{self.name}.opus"


@lru_cache(maxsize=1)
def clips() -> tuple[Clip, ...]:
    """All packaged clips in the order of their list."""

    def rows(name: str) -> list[dict[str, str]]:
        with open(FOLDER / name, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))

    split = {row["file"]: row["split"] for row in rows("split.tsv")}
    return tuple(
        Clip(Path(r["file"]).stem, r["speaker"], float(r["seconds"]), r["transcript"], split[r["file"]])
        for r in rows("metadata.tsv")
    )


def test_clips() -> tuple[Clip, ...]:
    """The clips of the test: speakers and sentences that no run has learnt from."""
    return tuple(one for one in clips() if one.split == "test")


def chosen(fields: Any) -> Clip:
    """The test clip that the page's slider stands on."""
    return test_clips()[int(fields["sentence"]) - 1]


def sound(clip: Clip, number: int) -> Sound:
    """A clip to be played."""
    import soundfile

    y, rate = soundfile.read(clip.path, dtype="float32")
    return Sound(f"Test clip {number}: speaker {clip.speaker}", y=y, sample_rate=rate)


@lru_cache(maxsize=1)
def shipped() -> dict[str, Any]:
    """What `precompute` has written: runs by name, each with its report and validations."""
    return json.loads(FILE.read_text(encoding="utf-8"))["runs"]


def written_by_base() -> dict[str, str]:
    """What Whisper base writes for each test clip, by name, as measured before the demonstration run."""
    return {one["name"]: one["written"] for one in shipped()["demo"]["before"]["test"]["clips"]}
