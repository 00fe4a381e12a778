"""Measure the keyword spotters: accuracy on a folder of clips, false alarms, size, latency, and a peer.

    python -m benchmarks.kws                                        # the four shipped networks on `val`
    python -m benchmarks.kws --running LibriSpeech/test-clean       # false alarms in a folder of running speech
    python -m benchmarks.kws --data speech_commands --part test     # the original corpus, its official test speakers
    python -m benchmarks.kws --files a.onnx b.onnx --confusion

False alarms are counted as the page's stream decides (answers every 40 ms, averaged over `--smooth`; deaf for a second
after a detection), in recordings without a keyword: by default those of `training/recordings.py` that nothing was
chosen or trained by, else those of `--running`, of which any with a keyword in its transcript is left out; where there
is no transcript, `ctc/whisper-tiny` spells one. Misses are of the clips, each in a stream of faint noise. The table is
the curve of one against the other.

Latencies are of single inferences on one thread, median and 95th percentile of 200 runs, the networks taking turns so
that other work on the machine meets them all alike. The peer hears the same clips: `ctc/whisper-tiny`, a recogniser
400 times as large as DS-CNN S that spells what it hears; the class is the keyword its letters fit best, `_unknown_`
where more than half of that keyword's letters would have to change, `_silence_` where it spells nothing.
"""

import argparse
import time
from pathlib import Path

import numpy as np

import models
from algorithms import ctc
from algorithms.keyword import features as kws_features
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.speech_commands import Clips, speech_commands
from algorithms.keyword.stream import Rule
from algorithms.keyword.trade import alarms, alarms_at, in_noise, joined, listened, peak
from algorithms.text.wer import character_errors
from benchmarks.running import in_folder, untouched
from models.keyword.ds_cnn import load_onnx
from training.keyword.spoken import without_keywords
from training.keyword.train import confusion, show_confusion

SHARED = Path("../shared/data")
DATA = SHARED / "speech_commands"
RUNS = 200
MISSES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.5)  # of the curve


def latencies_ms(functions: list, runs: int = RUNS) -> np.ndarray:
    """Milliseconds [len(functions), runs] of each call, the functions taking turns."""
    times = np.empty((len(functions), runs))
    for function in functions:
        for _ in range(10):
            function()
    for run in range(runs):
        for row, function in zip(times, functions, strict=True):
            began = time.perf_counter()
            function()
            row[run] = (time.perf_counter() - began) * 1000
    return times


def accuracy_rows(label: np.ndarray, guess: np.ndarray) -> str:
    """Top-1 accuracy, and the mean over classes, as text."""
    mean = np.mean([(guess[label == c] == c).mean() for c in np.unique(label)])
    return f"top-1 {100 * (guess == label).mean():.1f} %, mean of classes {100 * mean:.1f} %"


def peer_guess(clips: Clips) -> tuple[np.ndarray, float]:
    """Classes [n] that `ctc/whisper-tiny` finds, and milliseconds a clip."""
    model = models.get("ctc/whisper-tiny")
    spelt = {word: ctc.encode(word, model.vocab) for word in LABELS[2:]}
    found, began = [], time.perf_counter()
    for x in clips.x:
        log_probs = model.log_probs(x.astype(np.float32) / 32768)
        text = "".join(model.vocab[token] for token in ctc.greedy(log_probs)).strip()
        scores = {word: ctc.log_likelihood(log_probs, tokens) for word, tokens in spelt.items()}
        best = max(scores, key=scores.get)
        if not text:
            found.append("_silence_")
        else:
            found.append(best if character_errors(best, text).rate <= 0.5 else "_unknown_")
    return np.array([LABELS.index(word) for word in found]), (time.perf_counter() - began) / len(clips) * 1000


def curve(spotter, clips: Clips, speech: np.ndarray, smooth_ms: float) -> str:
    """Misses against false alarms an hour as lines of text: the highest threshold for each of `MISSES`."""
    rng, hours = np.random.default_rng(1), len(speech) / 16000 / 3600
    heard = [
        peak(listened(spotter, in_noise(x.astype(np.float32) / 32768, rng)), label, smooth_ms)
        for x, label in zip(clips.x, clips.label, strict=True)
        if not LABELS[label].startswith("_")
    ]
    counts = alarms(listened(spotter, speech), smooth_ms)
    lines = ["    missed at most   threshold   missed   false alarms   an hour"]
    for miss in MISSES:
        threshold, missed, found = alarms_at(miss, np.array(heard), counts)
        lines.append(
            f"    {100 * miss:12.0f} %   {threshold:9.2f}   {100 * missed:4.1f} %   {found:12d}   {found / hours:7.1f}"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="Speech Commands, original or split layout")
    parser.add_argument("--part", default="val", help="train, val or test")
    parser.add_argument("--files", type=Path, nargs="*", help="ONNX files in place of the shipped networks")
    parser.add_argument("--confusion", action="store_true", help="print the confusion matrices")
    parser.add_argument("--running", type=Path, help="a folder of running speech to count false alarms in")
    parser.add_argument("--smooth", type=float, default=Rule().smooth_ms, help="mean over so many milliseconds")
    parser.add_argument("--no-peer", action="store_true")
    args = parser.parse_args()
    if args.files:
        spotters = {path.stem: (load_onnx(path), path) for path in args.files}
    else:
        assets = Path(models.__file__).parent.parent / "assets" / "weights"
        listed = [s for s in models.specs("KeywordSpotter") if s.id.startswith("kws/ds-cnn")]
        spotters = {s.id: (models.get(s.id), assets / s.source.removeprefix("asset:")) for s in listed}
    if not args.data.is_dir():
        print(f"{args.data} is not there, so no accuracy is measured: give Speech Commands with --data.")
        clips = None
    else:
        clips = speech_commands(args.data, args.part)
        features = np.stack([kws_features.mfcc(x.astype(np.float32) / 32768) for x in clips.x])
        print(f"{args.data}, {args.part}: {len(clips)} clips, {len(np.unique(clips.speaker))} speakers and noises")
    source = in_folder(args.running) if args.running else untouched(SHARED) if SHARED.is_dir() else ()
    speech = joined(recording.read(16000) for recording in without_keywords(source))
    print(f"{len(speech) / 16000 / 3600:.2f} h of running speech without a keyword", flush=True)
    one = np.random.default_rng(0).normal(size=(1, kws_features.N_FRAMES, kws_features.N_COEFFICIENTS))
    one = one.astype(np.float32)
    times = latencies_ms([lambda s=s: s.logits(one) for s, _ in spotters.values()])
    for (name, (spotter, path)), row in zip(spotters.items(), times, strict=True):
        speed = f"{np.median(row):.3f} ms (p95 {np.quantile(row, 0.95):.3f})"
        line = f"{name:22s} {path.name:24s} {path.stat().st_size:7d} bytes, {speed}"
        if clips is not None:
            # one at a time, as in use
            guess = np.array([spotter.logits(x[None])[0].argmax() for x in features])
            line += f", {accuracy_rows(clips.label, guess)}"
        print(line, flush=True)
        if clips is not None and args.confusion:
            print(show_confusion(confusion(clips.label, guess)))
        if clips is not None and len(speech):
            print(curve(spotter, clips, speech, args.smooth), flush=True)
    medians = {path.stem: np.median(row) for (_, path), row in zip(spotters.values(), times, strict=True)}
    for stem, median in medians.items():
        other = stem.replace("int8", "fp32")
        if other != stem and other in medians:
            print(f"{other} takes {medians[other] / median:.2f} times as long as {stem}")
    y = np.random.default_rng(1).normal(0, 0.1, 16000).astype(np.float32)
    first = next(iter(spotters.values()))[0]
    front, whole = latencies_ms([lambda: kws_features.mfcc(y), lambda: first.predict(y)])
    print(
        f"front end {np.median(front):.3f} ms a second of sound (p95 {np.quantile(front, 0.95):.3f}), "
        f"with {next(iter(spotters))} {np.median(whole):.3f} ms (p95 {np.quantile(whole, 0.95):.3f})"
    )
    if clips is not None and not args.no_peer:
        guess, ms = peer_guess(clips)
        print(f"peer ctc/whisper-tiny: {accuracy_rows(clips.label, guess)}, {ms:.1f} ms a clip")
        if args.confusion:
            print(show_confusion(confusion(clips.label, guess)))


if __name__ == "__main__":
    main()
