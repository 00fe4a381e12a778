"""The speech that the WaveNet learns from: sounds at 8 kHz and their mels at 22,050 Hz, in two arrays.

    python -m training.wavenet.voices --data ../shared/data --work FOLDER

Readers of LibriSpeech's dev-clean (CC BY 4.0) and Kathleen (CC0), split as `training.recordings` says: readers kept for
development measure voices that were never heard. Every recording is brought to a peak of 0.5 to 0.95, by chance, so
that the network hears loud and quiet ones.

Writes `voices.npy` (mu-law levels, uint8, in one row), `mels.npy` (float16 [frames, 80]) and `voices.json`: for each
recording its split, where its samples and its frames begin and how many there are.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import soxr

from algorithms.signal import mu_law
from algorithms.signal.synthesis_mel import SYNTHESIS_MEL, synthesis_mel
from training.recordings import DEVELOPMENT, TRAIN, recordings

RATE = 8000
SETS = ("librispeech_devclean_mp3", "kathleen_en")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    sounds, mels, rows, sample, frame = [], [], [], 0, 0
    for one in recordings(args.data, *SETS):
        if one.split not in (TRAIN, DEVELOPMENT):
            continue
        y = one.read(SYNTHESIS_MEL.sample_rate)
        y *= rng.uniform(0.5, 0.95) / max(np.abs(y).max(), 1e-6)
        mel = synthesis_mel(y).T.astype(np.float16)
        levels = mu_law.encode(soxr.resample(y, SYNTHESIS_MEL.sample_rate, RATE)).astype(np.uint8)
        rows.append({"set": one.set, "speaker": one.speaker, "split": one.split})
        rows[-1] |= {"sample": sample, "samples": len(levels), "frame": frame, "frames": len(mel)}
        sounds.append(levels)
        mels.append(mel)
        sample, frame = sample + len(levels), frame + len(mel)
    args.work.mkdir(parents=True, exist_ok=True)
    np.save(args.work / "voices.npy", np.concatenate(sounds))
    np.save(args.work / "mels.npy", np.concatenate(mels))
    (args.work / "voices.json").write_text(json.dumps(rows), encoding="utf-8")
    print(f"{len(rows)} recordings, {sample / RATE / 3600:.2f} h", flush=True)


if __name__ == "__main__":
    main()
