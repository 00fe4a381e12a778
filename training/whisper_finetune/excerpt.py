"""Cut the excerpt that ships with the room: `python -m training.whisper_finetune.excerpt ../shared/data/msc_malayalam`.

About three minutes to learn from, eight clips to watch the training by, twenty to test it: other speakers, other
sentences. The files are copied as they are; `assets/CREDITS.md` names the source and the licence (CC BY-SA).
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections import defaultdict
from pathlib import Path

from training.whisper_finetune import data

TARGET = Path(__file__).resolve().parents[2] / "assets" / "clips" / "malayalam"
LEARN_S, DEVELOPMENT, TEST = 180.0, 8, 20
SHORTEST_S, LONGEST_S = 1.8, 5.0


def chosen(folder: Path) -> list[tuple[data.Row, float]]:
    """The clips of the excerpt and their seconds: as many speakers as there are, in turns."""
    with open(folder / "metadata.tsv", encoding="utf-8", newline="") as file:
        table = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        seconds = {folder / row["file"]: float(row["seconds"]) for row in table}
    rows = [r for r in data.parted(data.listed(folder)) if SHORTEST_S <= seconds[r.path] <= LONGEST_S]
    found: list[tuple[data.Row, float]] = []
    for split, most_s, most in (
        (data.TRAIN, LEARN_S, 1000),
        (data.DEVELOPMENT, 1e9, DEVELOPMENT),
        (data.TEST, 1e9, TEST),
    ):
        turns: dict[str, list[data.Row]] = defaultdict(list)
        for row in rows:
            if row.split == split:
                turns[row.speaker].append(row)
        part: list[tuple[data.Row, float]] = []
        said: set[str] = set()
        while any(turns.values()) and len(part) < most and sum(s for _, s in part) < most_s:
            for waiting in turns.values():
                if waiting and len(part) < most and sum(s for _, s in part) < most_s:
                    row = waiting.pop(0)
                    if row.text not in said:
                        said.add(row.text)
                        part.append((row, seconds[row.path]))
        found += part
    return found


def main(folder: Path) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    listing = [("file", "speaker", "seconds", "transcript")]
    split = [("file", "split")]
    for row, seconds in chosen(folder):
        name = f"{row.speaker}-{row.path.name}"
        shutil.copyfile(row.path, TARGET / name)
        listing.append((name, row.speaker, f"{seconds:g}", row.text))
        split.append((name, row.split))
    for name, lines in (("metadata.tsv", listing), ("split.tsv", split)):
        (TARGET / name).write_text("".join("\t".join(line) + "\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
