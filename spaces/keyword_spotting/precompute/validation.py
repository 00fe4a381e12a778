"""Measure the four keyword networks on the validation clips and on running speech: assets/precomputed/kws_val.npz.

    python -m spaces.keyword_spotting.precompute.validation --corpus CORPUS --prompts UNPACKED [--speech-commands
    FOLDER]

- FOLDER holds `val/CLASS/*.flac` of Speech Commands v0.02 (by default ../shared/data/speech_commands): 746 clips of
  speakers that training never heard. None of their samples is written; what is written is each clip's label, an
  anonymous number of its speaker, its name in the corpus, the networks' answers and the 490 MFCCs in eight bits.
- CORPUS was made by `training/ctc/corpus.py`; its parts `drascula` (a game's actors, English) and `prompts` (telephone
  announcements in English) are read, without the recordings whose text has one of the ten keywords. No keyword network
  was trained on either.
- UNPACKED holds Debian's `asterisk-core-sounds-{es,fr,it,ru}-wav`: running speech in four other languages, 8 kHz.

In a stream the network runs every 40 ms and is deaf for a second after a detection; between clips lies noise as loud as
the quietest tenth of a second of the clip.
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
from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE, mfcc
from algorithms.keyword.quantised import quantise_input, read_int8
from algorithms.keyword.speech_commands import speech_commands
from algorithms.keyword.stream import KeywordStream, detect, is_keyword, smooth, steps_of
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
THRESHOLDS = np.arange(1, 100) / 100
EVERY, REFRACTORY_MS = 2, 1000.0
PAUSE_S = 0.3  # between two recordings of running speech
KEYWORDS = set(LABELS[2:])


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


def in_noise(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The clip between two seconds of white noise as loud as its quietest tenth of a second."""
    rms = np.sqrt(np.mean(y.reshape(10, -1) ** 2, axis=1)).min()
    noise = rms * rng.standard_normal((2, CLIP_SAMPLES)).astype(np.float32)
    return np.concatenate([noise[0], y, noise[1]])


def english(corpus: Path) -> Iterator[np.ndarray]:
    """Recordings of `drascula` and `prompts` without a keyword in their text."""
    for part in ("drascula", "prompts"):
        pcm = np.memmap(corpus / f"{part}.pcm", np.int16, "r")
        for line in (corpus / f"{part}.jsonl").read_text().splitlines():
            row = json.loads(line)
            if not KEYWORDS & set(re.findall(r"[a-z']+", row["text"].lower())):
                yield pcm[row["start"] : row["start"] + row["samples"]].astype(np.float32) / 32768


def others(unpacked: Path) -> Iterator[np.ndarray]:
    """Announcements in Spanish, French, Italian and Russian; not the folders of single letters and digits."""
    for path in sorted((unpacked / "usr/share/asterisk/sounds").glob("*/**/*.wav")):
        if not set(path.parts) & {"digits", "letters", "phonetic", "silence", "en_US_f_Allison"}:
            try:
                yield audio_io.load(path, sample_rate=SAMPLE_RATE).y
            except audio_io.AudioError:  # some announcements were never recorded: their files are empty
                print(f"{path.parent.name}/{path.name} holds no sound")


def running(sounds: Iterator[np.ndarray]) -> np.ndarray:
    """All sounds one after the other, faint noise between them."""
    rng, parts = np.random.default_rng(0), []
    for y in sounds:
        parts += [y, 1e-4 * rng.standard_normal(round(PAUSE_S * SAMPLE_RATE)).astype(np.float32)]
    return np.concatenate(parts)


def false_alarms(spotter, y: np.ndarray) -> np.ndarray:
    """Detections in speech without keywords: uint16 [smoothings, thresholds]."""
    stream = KeywordStream(spotter, EVERY)
    for start in range(0, len(y), 60 * SAMPLE_RATE):
        stream.push(y[start : start + 60 * SAMPLE_RATE])
    keyword, refractory = is_keyword(spotter.labels), steps_of(REFRACTORY_MS, stream.step_s)
    counts = np.zeros((len(SMOOTH_MS), len(THRESHOLDS)), np.uint16)
    for row, ms in zip(counts, SMOOTH_MS, strict=True):
        smoothed = smooth(stream.probs, steps_of(ms, stream.step_s))
        row[:] = [len(detect(smoothed, keyword, threshold, refractory)) for threshold in THRESHOLDS]
    return counts


def peaks(spotter, sounds: list[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """Highest smoothed probability of each clip's own word while it is the likeliest keyword: uint8 [smoothings, n]."""
    found = np.zeros((len(SMOOTH_MS), len(sounds)), np.uint8)
    keyword = is_keyword(spotter.labels)
    for i, (y, label) in enumerate(zip(sounds, labels, strict=True)):
        if not keyword[label]:
            continue
        stream = KeywordStream(spotter, EVERY)
        stream.push(y)
        for row, ms in zip(found, SMOOTH_MS, strict=True):
            smoothed = smooth(stream.probs, steps_of(ms, stream.step_s))
            own = smoothed[:, label]
            row[i] = np.floor(255 * (own * (own >= smoothed[:, keyword].max(1))).max())
    return found


def main(arguments: list[str] | None = None) -> None:
    """Command line: see the module's docstring; `arguments` in place of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speech-commands", type=Path, default=Path("../shared/data/speech_commands"))
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    options = parser.parse_args(arguments)

    names, classes, speakers, sounds = zip(*clips(options.speech_commands), strict=True)
    labels = np.array([LABELS.index(name) for name in classes], np.uint8)
    numbers = {speaker: i for i, speaker in enumerate(sorted(set(speakers) - {"noise"}), 1)} | {"noise": 0}
    features = np.stack([mfcc(y) for y in sounds])
    net = read_int8(weights_file("s-int8"))
    rng = np.random.default_rng(1)
    streams = [in_noise(y, rng) for y in sounds]
    speech = {"english": running(english(options.corpus)), "other languages": running(others(options.prompts))}
    hours = {name: len(y) / SAMPLE_RATE / 3600 for name, y in speech.items()}
    print({name: round(h, 3) for name, h in hours.items()}, "hours of running speech")
    probs, all_peaks, alarms = [], [], []
    for name, model_id in NETWORKS.items():
        spotter = models.get(model_id)
        probs.append(spotter.predict_features(features))
        all_peaks.append(peaks(spotter, streams, labels))
        alarms.append([false_alarms(spotter, y) for y in speech.values()])
        right = np.mean(probs[-1].argmax(1) == labels)
        a = np.array(alarms[-1])[:, 2, 69] / list(hours.values())
        miss = np.mean(all_peaks[-1][2, labels > 1] / 255 < 0.7)
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
        peaks=np.array(all_peaks),
        alarms=np.array(alarms),
        mfcc=np.stack([quantise_input(net, m)[0] for m in features]),
    )
    print(f"{OUT.name}: {OUT.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
