"""Write assets/precomputed/kws_own.npz: words that a keyword must not be taken for, and ready-made takes to begin with.

    python -m spaces.keyword_spotting.precompute.own [--speech-commands FOLDER]

- FOLDER holds `train/CLASS/*.flac` of Speech Commands v0.02 (CC BY 4.0; by default ../shared/data/speech_commands): 500
  clips of its 127 speakers, half of them through random microphones, rooms and noise (`algorithms.keyword.disturb`).
  None of their samples is written: only the 490 MFCCs of each in eight bits, and whether it is silence.
- The ready-made takes are said by voices of CMU Flite (Debian's package `flite`), each a little different in pitch and
  tempo, as a person is. They are written as FLAC, a second each.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from algorithms.keyword.disturb import disturb
from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE, mfcc
from algorithms.keyword.quantised import quantise_input, read_int8
from algorithms.keyword.speech_commands import SILENCE, speech_commands
from models.keyword.ds_cnn import weights_file

OUT = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_own.npz"
CLIPS = 500
MANNERS = ((1.0, 105), (0.9, 118), (1.12, 98), (0.95, 128), (1.05, 92), (0.85, 110))  # duration, pitch (Hz)
# set: (voice, kind of take: words)
SETS = {
    "sesame": ("rms", {"first": ["sesame"] * 6, "others": ["salami", "message", "system", "open", "season", "hello"]}),
    "alike": ("rms", {"first": ["flower"] * 5, "second": ["flour"] * 5}),
    "single": ("rms", {"first": ["sesame"]}),
}


def flite(word: str, voice: str, stretch: float, pitch_hz: float) -> np.ndarray:
    """A word in the middle of one second of silence, float32 [16000], peak -8 dBFS."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        manner = ["--setf", f"duration_stretch={stretch}", "--setf", f"int_f0_target_mean={pitch_hz}"]
        subprocess.run(["flite", "-voice", voice, *manner, "-t", f"{word}.", "-o", file.name], check=True)
        y, rate = soundfile.read(file.name)
    if rate != SAMPLE_RATE:
        raise ValueError(f"Flite's voice {voice} speaks at {rate} Hz; take one that speaks at {SAMPLE_RATE} Hz.")
    loud = np.flatnonzero(np.abs(y) > 0.01 * np.abs(y).max())
    y = y[max(0, loud[0] - 160) : loud[-1] + 320]
    before = (CLIP_SAMPLES - len(y)) // 2
    if before < 0:
        raise ValueError(f"{word!r} lasts longer than a second at {stretch}.")
    y = np.pad(y, (before, CLIP_SAMPLES - len(y) - before)) * (10 ** (-8 / 20) / np.abs(y).max())
    return y.astype(np.float32)


def takes() -> tuple[np.ndarray, list[dict]]:
    """All ready-made takes one after the other, int16 [n * 16000], and what each is."""
    sounds, about = [], []
    for name, (voice, kinds) in SETS.items():
        for kind, words in kinds.items():
            for number, word in enumerate(words):  # the second word begins elsewhere: no two takes are the same sound
                stretch, pitch_hz = MANNERS[number % len(MANNERS)]
                drift = 1.03 if kind == "second" else 1.0
                sounds.append(flite(word, voice, stretch * drift, pitch_hz / drift))
                about.append({"set": name, "kind": kind, "word": word, "voice": f"Flite's {voice}"})
    return np.round(np.concatenate(sounds) * 32767).astype(np.int16), about


def negatives(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """MFCCs int8 [500, 49, 10] on the input grid of DS-CNN S, and bool [500]: silence."""
    clips = speech_commands(folder, "train")
    rng = np.random.default_rng(5)
    silent = np.flatnonzero(clips.label == SILENCE)
    words = rng.permutation(np.flatnonzero(clips.label != SILENCE))
    rows = np.concatenate([rng.permutation(silent)[:40], words[: CLIPS - 40]])
    noises = clips.x[silent]
    net = read_int8(weights_file("s-int8"))
    found = []
    for number, row in enumerate(rows):
        y = clips.x[row].astype(np.float32) / 32768
        if number % 2:
            y = disturb(y, noises, np.random.default_rng((5, int(row))), silence=clips.label[row] == SILENCE)
        found.append(quantise_input(net, mfcc(y))[0])
    return np.stack(found), clips.label[rows] == SILENCE


def main(arguments: list[str] | None = None) -> None:
    """Command line: see the module's docstring; `arguments` in place of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech-commands", type=Path, default=Path("../shared/data/speech_commands"))
    args = parser.parse_args(arguments)
    sound, about = takes()
    flac = io.BytesIO()
    soundfile.write(flac, sound, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    mfccs, silent = negatives(args.speech_commands)
    net = read_int8(weights_file("s-int8"))
    words = {"scale": float(net.in_scale), "zero": int(net.in_zero), "takes": about}
    np.savez_compressed(
        OUT, about=json.dumps(words), mfcc=mfccs, silent=silent, flac=np.frombuffer(flac.getvalue(), np.uint8)
    )
    print(f"{OUT.name}: {len(mfccs)} negatives, {len(about)} takes, {OUT.stat().st_size} bytes")


if __name__ == "__main__":
    main()
