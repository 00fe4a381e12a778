"""Sound files as the world makes them: piped, joined, late, with gaps, with several tracks. By the ffmpeg tool."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np

BEEP_S = 0.5  # every second begins silent and ends with a beep
PICTURE = ("-f", "lavfi", "-i", "testsrc=d=9:s=64x64:r=5")


def ffmpeg(*arguments: object, output: Path | None = None) -> None:
    """Run ffmpeg; with `output`, what it writes to a pipe goes there, so that it cannot go back to write lengths."""
    command = ["ffmpeg", "-v", "error", "-y", *map(str, arguments)]
    if output is None:
        subprocess.run(command, check=True)
        return
    with output.open("wb") as file:
        subprocess.run([*command, "pipe:1"], check=True, stdout=file)


def beeps(path: Path, seconds: float, *, hz: int = 440, rate: int = 44_100, channels: int = 1) -> Path:
    """Write a sound that is silent in the first half of every second and beeps in the second."""
    one = rf"0.4*sin(2*PI*{hz}*t)*gte(mod(t\,1)\,{BEEP_S})"
    ffmpeg("-f", "lavfi", "-i", f"aevalsrc={'|'.join([one] * channels)}:s={rate}:d={seconds}", path)
    return path


def joined(path: Path, *files: Path) -> Path:
    """Write files one after the other, as `cat` does."""
    path.write_bytes(b"".join(file.read_bytes() for file in files))
    return path


def starts(y: np.ndarray, rate: int) -> list[float]:
    """Where beeps begin, in seconds: 20 ms that are loud after 200 ms that were not."""
    step = rate // 50
    loud = np.abs(y[: len(y) // step * step]).reshape(-1, step).max(axis=1) > 0.1
    return [i / 50 for i in np.flatnonzero(loud) if not loud[max(0, i - 10) : i].any()]
