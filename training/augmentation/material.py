"""Write the noises and rooms that ship with the room `augmentation`: `assets/precomputed/augmentation-sounds.npz`.

    python -m training.augmentation.material --data ../shared/data

Four seconds each of two ambiences and three impulse responses at 16 kHz, int16; assets/CREDITS.md names their makers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
import soxr

RATE = 16_000
OUT = Path(__file__).resolve().parents[2] / "assets" / "precomputed" / "augmentation-sounds.npz"
NOISE_S = 4.0
PICKED = {  # name: (file, seconds to begin at, seconds to keep)
    "noise_cafe": ("noise_blanket/coffee-shop.opus", 6.0, NOISE_S),
    "noise_wind": ("noise_blanket/wind.opus", 4.0, NOISE_S),
    "room_studio": ("rir/surrey_roomA_az+00.flac", 0.0, 0.4),
    "room_kitchen": ("rir/webaudio_kitchen-true-stereo.flac", 0.0, 0.9),
    "room_warehouse": ("rir/webaudio_omni-35-10.flac", 0.0, 2.5),
}


def cut(data: Path, file: str, start_s: float, seconds: float) -> np.ndarray:
    """A piece of a file's first channel (several microphones averaged would cancel in part), int16, peak 0.9."""
    y, rate = soundfile.read(data / file, dtype="float64", always_2d=True)
    y = soxr.resample(y[:, 0], rate, RATE)[round(start_s * RATE) :][: round(seconds * RATE)]
    return np.rint(y / np.abs(y).max() * 0.9 * 32767).astype(np.int16)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    args = parser.parse_args()
    np.savez_compressed(OUT, **{name: cut(args.data, *what) for name, what in PICKED.items()})
    print(f"{OUT.name}: {OUT.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
