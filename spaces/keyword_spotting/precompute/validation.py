"""Measure the four keyword networks on the validation clips and on running speech: assets/precomputed/kws_val.npz.

    python -m benchmarks.running --out ENGLISH.flac
    python -m spaces.keyword_spotting.precompute.validation --english ENGLISH.flac --prompts UNPACKED [--data FOLDER]

- FOLDER (by default ../shared/data) holds `speech_commands/val/CLASS/*.flac`, Speech Commands v0.02: 746 clips of
  speakers that training never heard. None of their samples is written; what is written is each clip's label, an
  anonymous number of its speaker, its name in the corpus, the networks' answers and the 490 MFCCs in eight bits.
- ENGLISH.flac is the running English without keywords of the untouched part of `training/recordings.py`.
- UNPACKED holds Debian's `asterisk-core-sounds-{es,fr,it,ru}-wav`: running speech in four other languages, 8 kHz.

`algorithms.keyword.trade` says how misses and false alarms are counted.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import models
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.features import SAMPLE_RATE, mfcc
from algorithms.keyword.quantised import quantise_input, read_int8
from algorithms.keyword.speech_commands import speech_commands
from algorithms.keyword.stream import is_keyword
from algorithms.keyword.trade import EVERY, REFRACTORY_MS, alarms, in_noise, joined, listened, peak
from algorithms.sound import io as audio_io
from models.keyword.ds_cnn import weights_file

OUT = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_val.npz"
NETWORKS = {
    "s-int8": "kws/ds-cnn-int8",
    "s-fp32": "kws/ds-cnn-s-fp32",
    "m-int8": "kws/ds-cnn-m-int8",
    "m-fp32": "kws/ds-cnn-m-fp32",
}
SMOOTH_MS = tuple(range(0, 801, 100))


def clips(folder: Path) -> Iterator[tuple[str, str, str, np.ndarray]]:
    """Name in the corpus, class, speaker and samples of every validation clip, as `benchmarks.kws` reads them."""
    paths = sorted((folder / "val").glob("*/*.flac"))
    for path, x in zip(paths, speech_commands(folder, "val").x, strict=True):
        found = re.search(r"([0-9a-f]{8})_nohash_\d+", path.stem)
        yield (
            f"{path.parent.name}/{path.stem}",
            path.parent.name,
            found[1] if found else "noise",
            x.astype(np.float32) / 32768,
        )


def others(unpacked: Path) -> Iterator[np.ndarray]:
    """Announcements in Spanish, French, Italian and Russian; not the folders of single letters and digits."""
    for path in sorted((unpacked / "usr/share/asterisk/sounds").glob("*/**/*.wav")):
        if not set(path.parts) & {"digits", "letters", "phonetic", "silence", "en_US_f_Allison"}:
            try:
                yield audio_io.load(path, sample_rate=SAMPLE_RATE).y
            except audio_io.AudioError:  # some announcements were never recorded: their files are empty
                print(f"{path.parent.name}/{path.name} holds no sound")


def all_peaks(spotter, sounds: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """`peak` of each keyword clip in its stream, of 255: uint8 [smoothings, n]; 0 for the other clips."""
    found = np.zeros((len(SMOOTH_MS), len(sounds)), np.uint8)
    keyword = is_keyword(spotter.labels)
    for i in np.flatnonzero(keyword[labels]):
        stream = listened(spotter, sounds[i])
        found[:, i] = [np.floor(255 * peak(stream, labels[i], ms)) for ms in SMOOTH_MS]
    return found


def main(arguments: list[str] | None = None) -> None:
    """Command line: see the module's docstring; `arguments` in place of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--english", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    options = parser.parse_args(arguments)

    names, classes, speakers, sounds = zip(*clips(options.data / "speech_commands"), strict=True)
    labels = np.array([LABELS.index(name) for name in classes], np.uint8)
    numbers = {speaker: i for i, speaker in enumerate(sorted(set(speakers) - {"noise"}), 1)} | {"noise": 0}
    features = np.stack([mfcc(y) for y in sounds])
    net = read_int8(weights_file("s-int8"))
    rng = np.random.default_rng(1)
    streams = [in_noise(y, rng) for y in sounds]
    speech = {
        "english": audio_io.load(options.english, sample_rate=SAMPLE_RATE).y,
        "other languages": joined(others(options.prompts)),
    }
    hours = {name: len(y) / SAMPLE_RATE / 3600 for name, y in speech.items()}
    print({name: round(h, 3) for name, h in hours.items()}, "hours of running speech")
    probs, peaks, counts = [], [], []
    for name, model_id in NETWORKS.items():
        spotter = models.get(model_id)
        probs.append(spotter.predict_features(features))
        peaks.append(all_peaks(spotter, streams, labels))
        heard = [listened(spotter, y) for y in speech.values()]
        counts.append([[alarms(stream, ms) for ms in SMOOTH_MS] for stream in heard])
        right = np.mean(probs[-1].argmax(1) == labels)
        a = np.array(counts[-1])[:, 2, 69] / list(hours.values())
        miss = np.mean(peaks[-1][2, labels > 1] / 255 < 0.7)
        print(f"{name}: {100 * right:.1f} %; at 0.7 and 200 ms: {100 * miss:.1f} % missed, false alarms/h {a.round(1)}")
    about = {
        "date": datetime.date.today().isoformat(),
        "networks": list(NETWORKS),
        "smooth_ms": SMOOTH_MS,
        "speech": list(speech),
        "hours": [round(h, 4) for h in hours.values()],
        "every": EVERY,
        "refractory_ms": REFRACTORY_MS,
        "mfcc_scale": net.in_scale,
        "mfcc_zero": net.in_zero,
    }
    np.savez_compressed(
        OUT,
        about=np.array(json.dumps(about)),
        names=np.array("\n".join(names)),
        labels=labels,
        speakers=np.array([numbers[s] for s in speakers], np.uint8),
        probs=np.array(probs, np.float16),
        peaks=np.array(peaks),
        alarms=np.array(counts, np.uint16),
        mfcc=np.stack([quantise_input(net, m)[0] for m in features]),
    )
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
