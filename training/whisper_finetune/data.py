"""A folder of recordings with texts, in one of three layouts, parted by speaker and by sentence.

- Common Voice: `train.tsv`, `dev.tsv`, `test.tsv` with the columns client_id, path, sentence, and `clips/`;
- LJ Speech: `metadata.csv` with id|text|normalised text, and `wavs/`;
- a plain list: `metadata.tsv` with the columns file, transcript (or text, or sentence), perhaps speaker, and perhaps
  beside it `split.tsv` with file, split (train, development, test).
"""

from __future__ import annotations

import csv
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from zlib import crc32

import numpy as np

from algorithms.finetune.features import RATE, log_mel
from algorithms.finetune.run import Example
from algorithms.text.wer import normalize

TRAIN, DEVELOPMENT, TEST = "train", "development", "test"
NAMES = {"dev": DEVELOPMENT, "validation": DEVELOPMENT, "valid": DEVELOPMENT, "untouched": TEST}
LONGEST_S, LEAST_S = 30.0, 30.0  # of a clip; of all clips to learn from
MOST_TOKENS = 440  # of Whisper's 448; the rest are control tokens
SHARE = 10  # percent of the speakers (or sentences) for development, and as many for the test
# Languages whose letters nobody else uses: a text in others is a mistake, whatever it says.
SCRIPTS = {
    "am": "ETHIOPIC", "bn": "BENGALI", "el": "GREEK", "gu": "GUJARATI", "he": "HEBREW", "hi": "DEVANAGARI",
    "hy": "ARMENIAN", "ka": "GEORGIAN", "kn": "KANNADA", "ko": "HANGUL", "ml": "MALAYALAM", "my": "MYANMAR",
    "si": "SINHALA", "ta": "TAMIL", "te": "TELUGU", "th": "THAI",
    "de": "LATIN", "en": "LATIN", "es": "LATIN", "fr": "LATIN", "it": "LATIN", "nl": "LATIN", "pt": "LATIN",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """One recording of the folder."""

    path: Path
    text: str
    speaker: str  # "" where the folder does not say
    split: str  # "" where it does not say


@dataclass(frozen=True)
class Found:
    """What `read` makes of a folder: examples by split, and what was left out and why."""

    examples: dict[str, list[Example]]
    notes: tuple[str, ...]

    def seconds(self, split: str) -> float:
        """How long the clips of a split are together."""
        return sum(one.seconds for one in self.examples[split])


def listed(folder: Path) -> list[Row]:
    """Read the list of a folder, whichever layout it has.

    Raises
    ------
    ValueError
        There is no list, or it names no files or texts.
    """
    if (folder / "train.tsv").is_file():
        rows = []
        for name, split in (("train", TRAIN), ("dev", DEVELOPMENT), ("test", TEST)):
            if (folder / f"{name}.tsv").is_file():
                table = _table(folder / f"{name}.tsv", ("path", "sentence"))
                rows += [
                    Row(folder / "clips" / r["path"], r["sentence"] or "", r.get("client_id") or "", split)
                    for r in table
                ]
    elif (folder / "metadata.tsv").is_file():
        table = _table(folder / "metadata.tsv", ("file", ("transcript", "text", "sentence")))
        named = {}
        if (folder / "split.tsv").is_file():
            named = {r["file"]: r["split"] for r in _table(folder / "split.tsv", ("file", "split"))}
        text = next(name for name in ("transcript", "text", "sentence") if name in table[0])
        rows = [
            Row(folder / r["file"], r[text] or "", r.get("speaker") or "", NAMES.get(s := named.get(r["file"], ""), s))
            for r in table
        ]
    elif (folder / "metadata.csv").is_file():
        lines = (folder / "metadata.csv").read_text(encoding="utf-8").splitlines()
        cells = [line.split("|") for line in lines if "|" in line]
        rows = [Row(folder / "wavs" / f"{c[0]}.wav", c[-1], "", "") for c in cells]
    else:
        raise ValueError(
            f"{folder.name} holds no list of texts: give it metadata.tsv (file, transcript), or the layout of Common "
            "Voice (train.tsv and clips/) or of LJ Speech (metadata.csv and wavs/)."
        )
    if not rows:
        raise ValueError(f"The list of {folder.name} is empty.")
    outside = [r for r in rows if not r.path.resolve().is_relative_to(folder.resolve())]
    if outside:
        raise ValueError(f"The list names a file outside its folder: {outside[0].path.name}.")
    return rows


def _table(path: Path, needed: Sequence[str | tuple[str, ...]]) -> list[dict[str, str]]:
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for column in needed:
        names = (column,) if isinstance(column, str) else column
        if not rows or not any(name in rows[0] for name in names):
            raise ValueError(f"{path.name} needs a first line with the column names and the column {names[0]}.")
    return rows


def parted(rows: Sequence[Row]) -> list[Row]:
    """Give a split to every row that has none: whole speakers go to one side, and so do equal sentences.

    With fewer than ten speakers, sentences are parted. A checksum decides, so every machine parts alike. Rows to learn
    from whose sentence is also in the development part or the test are taken out: who has learnt a sentence by heart
    writes it without hearing it.
    """
    speakers = {r.speaker for r in rows if r.speaker}
    by_speaker = len(speakers) >= 10
    given = any(r.split for r in rows)
    found = []
    for row in rows:
        number = crc32((row.speaker if by_speaker and row.speaker else normalize(row.text)).encode()) % 100
        if row.split in ("", TRAIN) and not any(r.split == DEVELOPMENT for r in rows) and number < SHARE:
            row = replace(row, split=DEVELOPMENT)
        elif not row.split:
            row = replace(row, split=TEST if not given and number < 2 * SHARE else TRAIN)
        found.append(row)
    held = {normalize(r.text) for r in found if r.split == TEST}
    held_too = held | {normalize(r.text) for r in found if r.split == DEVELOPMENT}
    known = {TRAIN: held_too, DEVELOPMENT: held, TEST: set()}
    return [r for r in found if normalize(r.text) not in known.get(r.split, set())]


def script_problem(texts: Sequence[str], language: str) -> str:
    """A sentence where most letters are not those of the language, else ""."""
    wanted = SCRIPTS.get(language)
    letters = [unicodedata.name(c, "?").split()[0] for text in texts for c in text if c.isalpha()]
    if wanted is None or not letters:
        return ""
    most, count = Counter(letters).most_common(1)[0]
    if most == wanted or count < len(letters) / 2:
        return ""
    return (
        f"The texts are written in {most.title()} letters, and “{language}” is written in {wanted.title()} ones: is "
        "this the right language?"
    )


def read(
    rows: Sequence[Row], encode: Callable[[str], list[int]], *, most_s: float | None = None, least_s: float = LEAST_S
) -> Found:
    """Read the sounds of parted rows and make features.

    Parameters
    ----------
    most_s : seconds to learn from at most; the first ones of the list
    least_s : below this many seconds to learn from it is refused

    Raises
    ------
    ValueError
        Too little is left to learn from.
    """
    import soundfile
    import soxr

    examples: dict[str, list[Example]] = {TRAIN: [], DEVELOPMENT: [], TEST: []}
    out: Counter[str] = Counter()
    learnt_s = 0.0
    for row in rows:
        text = " ".join(row.text.split())
        if not text:
            out["have no text"] += 1
            continue
        if row.split == TRAIN and most_s is not None and learnt_s >= most_s:
            continue
        try:
            y, rate = soundfile.read(row.path, dtype="float32", always_2d=True)
        except (soundfile.LibsndfileError, OSError):
            out["have no sound that can be read"] += 1
            continue
        y = soxr.resample(y.mean(1), rate, RATE).astype(np.float32)
        if len(y) > LONGEST_S * RATE:
            out[f"are longer than {LONGEST_S:.0f} s"] += 1
            continue
        tokens = encode(text)
        if not len(y) or len(tokens) > MOST_TOKENS:
            out["are empty or have too long a text"] += 1
            continue
        seconds = len(y) / RATE
        learnt_s += seconds if row.split == TRAIN else 0
        examples.setdefault(row.split, []).append(
            Example(log_mel(y), tokens, text, seconds, row.path.stem, row.speaker)
        )
    notes = tuple(f"{n} of {len(rows)} clips {why} and are left out." for why, n in out.items())
    if learnt_s < least_s:
        why = " ".join(notes)
        raise ValueError(
            f"Only {learnt_s:.0f} s are left to learn from; at least {least_s:.0f} s are needed. {why}".strip()
        )
    return Found(examples, notes)
