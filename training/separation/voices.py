"""The voices that mixtures are made of: decoded once to int16 at 8 kHz, silence at their ends cut off.

    python -m training.separation.voices --data ../shared/data --work FOLDER [--librimix FOLDER/Libri2Mix/wav8k/min]

Writes `FOLDER/voices.npy` (all samples in one row, read by memory map) and `FOLDER/voices.json`: for each voice its
set, its split and where its recordings begin and end. What a voice is: a speaker where the set names its speakers; in
Picovoice's sets, which do not, each recording for itself, so now and then two "voices" of a mixture are one person.

LibriMix (Cosentino et al. 2020; https://github.com/JorisCos/LibriMix makes it from LibriSpeech) is read from the folder
that holds `train-360/s1`, `train-360/s2`, ...: its file names say who speaks.
"""

import argparse
import json
from collections import defaultdict
from pathlib import Path

import numpy as np

from training.recordings import DEVELOPMENT, TRAIN, UNTOUCHED, recordings

RATE = 8000
SPEECH = (
    "librispeech_devclean_mp3",
    "kathleen_en",
    "kerstin_de",
    "flemishguy_nl",
    "nathalie_nl",
    "msc_malayalam",
    "msc_story_malayalam",
    "picovoice_intents_en",
    "picovoice_wakewords_en",
)
NOISES = ("noise_blanket", "noise_speech_commands")
NAMELESS = ("picovoice_intents_en", "picovoice_wakewords_en")
ONE_VOICE = ("kathleen_en", "kerstin_de", "flemishguy_nl", "nathalie_nl", "msc_story_malayalam")


def trimmed(y: np.ndarray, floor_db: float = 35.0) -> np.ndarray:
    """`y` without what lies before and after its speech: frames of 20 ms more than `floor_db` below its loudest."""
    frame = RATE // 50
    frames = y[: len(y) // frame * frame].reshape(-1, frame)
    if not len(frames):
        return y[:0]
    level = (frames.astype(np.float64) ** 2).mean(1)
    loud = np.flatnonzero(level > level.max() * 10 ** (-floor_db / 10))
    return y[loud[0] * frame : (loud[-1] + 1) * frame] if level.max() > 0 else y[:0]


def every_recording(data: Path, librimix: Path | None):
    """Yield (set, voice, split, sound at 8 kHz) of all recordings of people and noises."""
    for one in recordings(data, *SPEECH, *NOISES):
        # a set of one voice is parted by sentence elsewhere; here only an unheard voice can be kept, so it trains
        split = TRAIN if one.set in ONE_VOICE else one.split
        voice = one.path.stem if one.set in NAMELESS or one.set in NOISES else one.speaker
        yield one.set, voice, split, one.read(RATE)
    yield from _speech_commands(data / "speech_commands")
    if librimix is not None:
        yield from _librimix(librimix)


def _speech_commands(folder: Path):
    import soundfile
    import soxr

    for part, split in (("train", TRAIN), ("val", DEVELOPMENT)):
        for path in sorted(folder.glob(f"{part}/*/*_nohash_*.flac")):
            y, rate = soundfile.read(path, dtype="float32")
            yield "speech_commands", path.stem.split("_nohash_")[0].split("_")[-1], split, soxr.resample(y, rate, RATE)


def _librimix(folder: Path):
    import soundfile
    import soxr

    splits = {"train": TRAIN, "dev": DEVELOPMENT, "test": UNTOUCHED}
    for path in sorted(folder.glob("*/s[12]/*.wav")):
        utterance = path.stem.split("_")[int(path.parent.name[1]) - 1]
        y, rate = soundfile.read(path, dtype="float32")
        yield "librimix", utterance.split("-")[0], splits[path.parts[-3].split("-")[0]], soxr.resample(y, rate, RATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    parser.add_argument("--librimix", type=Path, help="LibriMix's folder, see above")
    args = parser.parse_args()
    sounds, at, voices = [], 0, defaultdict(list)
    for name, voice, split, y in every_recording(args.data, args.librimix):
        y = trimmed(y) if name not in NOISES else y
        if len(y) < RATE // 4:
            continue
        y = np.round(y / max(np.abs(y).max(), 1e-6) * 30000).astype(np.int16)
        sounds.append(y)
        voices[name, voice, split].append((at, at + len(y)))
        at += len(y)
    args.work.mkdir(parents=True, exist_ok=True)
    np.save(args.work / "voices.npy", np.concatenate(sounds))
    rows = [{"set": s, "voice": v, "split": p, "spans": spans} for (s, v, p), spans in voices.items()]
    (args.work / "voices.json").write_text(json.dumps(rows), encoding="utf-8")
    print(f"{len(rows)} voices, {at / RATE / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()
