"""Running speech for `benchmarks.kws`, and as one file for the page's results.

python -m benchmarks.running --out ENGLISH.flac     # the untouched part without keywords, joined

The name's ending decides the format.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

from algorithms.keyword.trade import joined
from training.keyword.spoken import ENGLISH, RATE, without_keywords
from training.recordings import UNTOUCHED, Recording, recordings

SUFFIXES = (".flac", ".wav", ".mp3", ".opus", ".ogg")


def untouched(data: Path) -> Iterator[Recording]:
    """Running English of `../shared/data` that no training and no choice has met."""
    yield from recordings(data, *ENGLISH, split=UNTOUCHED)


def in_folder(folder: Path) -> Iterator[Recording]:
    """Every sound file in a folder and those below it, with its transcript where there is one.

    A transcript is looked for in the folder's `metadata.tsv` (columns file, transcript), then in LibriSpeech's
    `*.trans.txt` beside the sound (its name without the ending, a space, the words).

    Raises
    ------
    ValueError
        The folder holds no sound file.
    """
    texts = {}
    listing = folder / "metadata.tsv"
    if listing.is_file():
        with open(listing, encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
                texts[folder / row["file"]] = row["transcript"] or None
    for path in folder.rglob("*.trans.txt"):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, _, text = line.partition(" ")
            for suffix in SUFFIXES:
                texts.setdefault(path.parent / f"{name}{suffix}", text)
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{folder} holds no sound file ({', '.join(SUFFIXES)}): give a folder of running speech.")
    for path in paths:
        yield Recording(path, folder.name, "", 0.0, texts.get(path), "", "")


def main() -> None:
    import soundfile

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    y = joined(one.read(RATE) for one in without_keywords(untouched(args.data)))
    soundfile.write(args.out, y, RATE)
    print(f"{args.out.name}: {len(y) / RATE / 3600:.2f} h")


if __name__ == "__main__":
    main()
