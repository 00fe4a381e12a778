"""The speech that both networks learn from, in one array, with HuBERT's first teacher beside it.

    python -m training.ssl.data --data ../shared/data --work FOLDER
    python -m training.ssl.data --librispeech LibriSpeech/train-clean-100 --work FOLDER

The readers and people of `SETS`, split as `training.recordings` says; or a LibriSpeech folder (openslr.org/12), of
which every twentieth reader is kept for development. Nothing that is said is used: no transcript is read here.

Writes `sound.npy` (int16, each recording at 0.05 of full scale RMS, cut to whole frames), `mfcc.npy` (float16
[frames, 39]) and `rows.json`: for each recording its split, its speaker and where its samples and frames begin.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import soundfile

from algorithms.ssl.mfcc import mfcc_39
from algorithms.ssl.shape import SAMPLE_RATE, SslShape, frames_of
from training.recordings import DEVELOPMENT, TRAIN, recordings

RMS = 0.05  # of full scale: peaks of speech, 10 to 15 times as high, are not clipped
SETS = (
    "librispeech_devclean_mp3",
    "kathleen_en",
    "picovoice_intents_en",
    "kerstin_de",
    "flemishguy_nl",
    "nathalie_nl",
    "msc_malayalam",
)
BY_SPEAKER = ("librispeech", "librispeech_devclean_mp3", "msc_malayalam")  # no kept speaker is trained on


def normed(y: np.ndarray) -> np.ndarray:
    """Return a sound with mean 0 and variance 1, as the networks take it; silence stays silence."""
    y = y - y.mean()
    return (y / max(float(y.std()), 1e-5)).astype(np.float32)


def of_librispeech(folder: Path):
    """Yield (name of the set, speaker, split, sound) of a folder in LibriSpeech's layout, READER/CHAPTER/*.flac."""
    readers = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for number, reader in enumerate(readers):
        for path in sorted((folder / reader).glob("*/*.flac")):
            yield "librispeech", reader, DEVELOPMENT if number % 20 == 0 else TRAIN, soundfile.read(path)[0]


def of_shared(data: Path):
    """Yield the same of the sets of `training.recordings`."""
    for one in recordings(data, *SETS):
        if one.split in (TRAIN, DEVELOPMENT):
            yield one.set, one.speaker, one.split, one.read(SAMPLE_RATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the sets")
    parser.add_argument("--librispeech", type=Path, help="a LibriSpeech folder instead")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    if (args.data is None) == (args.librispeech is None):
        parser.error("give either --data or --librispeech")
    shape = SslShape()
    sounds, cepstra, rows, sample, frame = [], [], [], 0, 0
    for name, speaker, split, y in of_librispeech(args.librispeech) if args.librispeech else of_shared(args.data):
        frames = frames_of(len(y), shape)
        if frames < 10:
            continue
        y = normed(y)
        teacher = mfcc_39(y)[:frames]
        levels = np.clip(y * RMS * 32767, -32768, 32767).astype(np.int16)[: 320 * (frames - 1) + 400]
        rows.append({"set": name, "speaker": speaker, "split": split})
        rows[-1] |= {"sample": sample, "frame": frame, "frames": frames}
        sounds.append(levels)
        cepstra.append(teacher.astype(np.float16))
        sample, frame = sample + len(levels), frame + frames
    args.work.mkdir(parents=True, exist_ok=True)
    np.save(args.work / "sound.npy", np.concatenate(sounds))
    np.save(args.work / "mfcc.npy", np.concatenate(cepstra))
    (args.work / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
    print(f"{len(rows)} recordings, {sample / SAMPLE_RATE / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()
