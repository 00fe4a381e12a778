"""Running speech for `benchmarks.kws`: recordings in which nobody says a keyword."""

import csv
from collections.abc import Iterator
from pathlib import Path

from training.keyword.spoken import ENGLISH
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
