"""The recordings of `../shared/data` that trainings share, with the splits, which are here and nowhere else.

    from training.recordings import recordings
    for one in recordings(Path("../shared/data"), "librispeech_devclean_mp3", split="train"):
        y = one.read(16000)

Three splits: train; development, by which checkpoints and settings are chosen; untouched, looked at once, for a model
card. They part speakers wherever a set names its speakers. Where it does not, they part recordings:

- a set of one voice (Kathleen, Kerstin, the Dutch pair, the Malayalam story) is parted by sentence, so its kept
  sentences measure new words by a known voice;
- Picovoice's clips carry no speaker's name and are parted by file, so one person may be on both sides;
- music is parted by file as well, noises and rooms by what they are: a kind of noise or room is on one side only.

The data's own README says where each set came from. Speech Commands and FSDD have readers of their own
(`algorithms/keyword/speech_commands.py`, `training/ctc/corpus.py`); LJ Speech and LibriVox are for `benchmarks` only.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRAIN, DEVELOPMENT, UNTOUCHED = SPLITS = ("train", "development", "untouched")
LICENCES = {
    "librispeech_devclean_mp3": "CC BY 4.0",
    "kathleen_en": "CC0",
    "kerstin_de": "CC0",
    "flemishguy_nl": "CC0",
    "nathalie_nl": "CC0",
    "msc_malayalam": "CC BY-SA 4.0",
    "msc_story_malayalam": "CC BY-SA 4.0",
    "picovoice_intents_en": "Apache-2.0",
    "picovoice_wakewords_en": "Apache-2.0",
    "ami_excerpts": "CC BY 4.0",
    "noise_blanket": "",  # each file has its own, in the listing
    "noise_speech_commands": "CC BY 4.0",
    "music_sonicpi_cc0": "CC0",
    "rir": "",  # as noise_blanket
}
# Of the eleven readers of LibriSpeech's dev-clean the first woman and man by number are untouched, the second ones
# development. AMI's meetings are kept apart as their names say: dev00.flac, tst01.flac; no speaker is in two of the
# three.
KEPT = {
    "librispeech_devclean_mp3": {"84": UNTOUCHED, "251": UNTOUCHED, "1462": DEVELOPMENT, "422": DEVELOPMENT},
    "ami_excerpts": {"dev": DEVELOPMENT, "tst": UNTOUCHED},
    "noise_blanket": {"city": DEVELOPMENT, "waves": DEVELOPMENT, "coffee-shop": UNTOUCHED, "rain": UNTOUCHED},
    "noise_speech_commands": {},
    "rir": {"webaudio_echo-chamber": DEVELOPMENT, "webaudio_kitchen": UNTOUCHED},
}
TEXT_IS_A_REMARK = ("noise_blanket", "noise_speech_commands", "music_sonicpi_cc0", "rir")  # nothing is said there
BY_SENTENCE = ("kathleen_en", "kerstin_de", "flemishguy_nl", "nathalie_nl", "msc_story_malayalam")


@dataclass(frozen=True)
class Recording:
    """One file of one set."""

    path: Path
    set: str  # the folder's name
    speaker: str  # as the set calls them; "unknown" where it does not say
    seconds: float
    transcript: str | None  # what is said, as the set writes it (the Picovoice intents: as JSON); None without words
    licence: str
    split: str  # one of SPLITS

    def read(self, rate: int) -> np.ndarray:
        """Its sound as mono float32 in about [-1, 1], `rate` samples a second; channels are averaged."""
        import soundfile
        import soxr

        y, own_rate = soundfile.read(self.path, dtype="float32", always_2d=True)
        return soxr.resample(y.mean(1), own_rate, rate).astype(np.float32, copy=False)


def recordings(data: Path, *sets: str, split: str | None = None) -> Iterator[Recording]:
    """Yield the recordings of some sets, or of all, in the order of their listings.

    Parameters
    ----------
    data : the folder with one folder a set, each with `metadata.tsv`: file, speaker, seconds, transcript
    sets : names of folders; none for all in LICENCES
    split : one of SPLITS, or None for all

    Raises
    ------
    ValueError
        For a set or split that is not known.
    FileNotFoundError
        Where a set is not in the folder.
    """
    if split not in (None, *SPLITS):
        raise ValueError(f"There is no split {split!r}: take one of {', '.join(SPLITS)}.")
    for name in sets or LICENCES:
        if name not in LICENCES:
            raise ValueError(f"There is no set {name!r}: take some of {', '.join(LICENCES)}.")
        given = _listed(data / name / "split.tsv") if name == "msc_malayalam" else []
        tests = {row["file"] for row in given if row["split"] != TRAIN}
        for row in _listed(data / name / "metadata.tsv"):
            remark = name in TEXT_IS_A_REMARK
            one = Recording(
                path=data / name / row["file"],
                set=name,
                speaker=row["speaker"],
                seconds=float(row["seconds"]),
                transcript=None if remark else row["transcript"] or None,
                licence=LICENCES[name] or row["transcript"],
                split=UNTOUCHED if row["file"] in tests else _split(name, row),
            )
            if split in (None, one.split):
                yield one


def _listed(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def _split(name: str, row: dict[str, str]) -> str:
    """The split of one row of a listing."""
    if name == "msc_malayalam":
        # its own split keeps people back for a test; of those it trains on, a tenth are for development
        return _by_chance(row["speaker"], untouched=0, development=10)
    if name in KEPT:
        named = KEPT[name]
        if row["speaker"] in named:
            return named[row["speaker"]]
        return next((kept for start, kept in named.items() if row["file"].startswith(start)), TRAIN)
    if name in BY_SENTENCE:
        return _by_chance(row["transcript"], untouched=5, development=5)
    return _by_chance(row["file"], untouched=20, development=10)


def _by_chance(key: str, untouched: int, development: int) -> str:
    """A split by a checksum of `key`, the same on every machine; the shares are in percent."""
    number = crc32(key.encode()) % 100
    return UNTOUCHED if number < untouched else DEVELOPMENT if number < untouched + development else TRAIN
