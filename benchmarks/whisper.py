"""Whisper here against faster-whisper called directly, its word error rate, its speed and its memory.

    python -m benchmarks.whisper [--audio FILE_OR_FOLDER ...] [--model asr/whisper-tiny.en] [--runs 7]
                                 [--long-minutes 60]

Bars: time from the page's button to its finished result at most 1.10 times that of faster-whisper called directly on
the same file with the same settings, with identical words; word error rate at most 0.06 over a folder in LJ Speech's
layout (metadata.csv with `id|text|...` beside the sound files); at most 64 MB more memory for the long file than for a
sixth of it. Exits with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import gradio as gr
import numpy as np
import soundfile

import models
from algorithms.sound import io as audio_io
from algorithms.text.wer import ErrorCounts, word_errors
from components.audio_input import OWN, OwnSound
from models.whisper.packaged import FasterWhisper, WhisperOptions
from models.whisper.stream import SAMPLE_RATE
from spaces.whisper import SPACE
from spaces.whisper.files import forget
from spaces.whisper.page import LESSON

DEFAULT_AUDIO = Path(__file__).parents[2] / "shared" / "data" / "ljspeech_sample"
SUFFIXES = {".flac", ".wav", ".mp3", ".ogg", ".m4a", ".webm"}
TIME_BAR = 1.10
WER_BAR = 0.06
with gr.Blocks():
    PAGE = LESSON.build(SPACE)
GO = next(on for on in LESSON.parts[0].on if on.halt)  # a press of Transcribe
GROWTH_BAR_MB = 64  # from a sixth of the long file to all of it


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--audio", nargs="+", type=Path, default=[DEFAULT_AUDIO], help="sound files or folders")
    parser.add_argument("--model", default=models.default("Transcriber").id, help="a registered id")
    parser.add_argument("--runs", type=int, default=7, help="interleaved runs of each side")
    parser.add_argument("--long-minutes", type=float, default=60, help="length of the made-up long file; 0 skips it")
    parser.add_argument("--memory-child", nargs=2, metavar=("HOW", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_child:
        return memory_child(*options.memory_child, options.model)
    files = [f for path in options.audio for f in sound_files(path)]
    if not files:
        print(f"No sound files in {', '.join(map(str, options.audio))}: name some with --audio.")
        return 0 if options.audio == [DEFAULT_AUDIO] else 2
    model = models.get(options.model)
    print(f"model {options.model}, {len(files)} files, {os.cpu_count()} cores")
    passed = same_words_and_time(model, options.model, files, options.runs)
    passed &= error_rate(model, options.audio)
    if options.long_minutes:
        passed &= memory(files, options.model, options.long_minutes)
    return 0 if passed else 1


def sound_files(path: Path) -> list[Path]:
    return sorted(f for f in path.iterdir() if f.suffix in SUFFIXES) if path.is_dir() else [path]


def same_words_and_time(model: FasterWhisper, model_id: str, files: list[Path], runs: int) -> bool:
    """Ours and the peer in turn on the same files, with the page's default settings."""
    with tempfile.TemporaryDirectory() as folder:
        # At 16 kHz, so that nobody resamples: with another resampler Whisper now and then hears another word.
        sounds = [audio_io.load(f, sample_rate=SAMPLE_RATE).y for f in files]
        sounds.append(np.concatenate(sounds))  # more than one 30 s window, where the clips are short
        same_files = [Path(folder) / f"{i}.wav" for i in range(len(sounds))]
        for path, y in zip(same_files, sounds, strict=True):
            soundfile.write(path, y[: 600 * SAMPLE_RATE], SAMPLE_RATE, "PCM_16")
        ours, peers, ratios, seconds, same = [], [], [], 0.0, True
        for file in same_files:
            seconds += audio_io.probe(file).duration_s
            pairs = []
            for run in range(runs + 1):
                # Which side goes first alternates, so that drift of the machine favours neither.
                steps = [run_ours, run_peer] if run % 2 else [run_peer, run_ours]
                results = {step: step(model, model_id, file) for step in steps}
                same &= results[run_ours][1] == results[run_peer][1]
                if run:  # the first pair warms up
                    pairs.append((results[run_ours][0], results[run_peer][0]))
            ours.append(median(a for a, _ in pairs))
            peers.append(median(b for _, b in pairs))
            ratios += [a / b for a, b in pairs]
    ratio = median(ratios)  # of runs side by side: what else the machine does then slows both
    print(f"\n{'':28}{'the page':>10}{'direct':>10}{'ratio':>8}")
    print(f"{'time, s':28}{sum(ours):10.3f}{sum(peers):10.3f}{ratio:8.3f}   bar {TIME_BAR:.2f}")
    print(f"  times: medians of {runs} interleaved runs, summed over files; ratio: median of {len(ratios)} pairs")
    rtf_ours, rtf_peers = sum(ours) / seconds, sum(peers) / seconds
    print(f"{'real-time factor':28}{rtf_ours:10.3f}{rtf_peers:10.3f}{'':8}   over {seconds:.1f} s of sound")
    print(f"{'same words':28}{'yes' if same else 'NO':>10}")
    return same and ratio <= TIME_BAR


def run_ours(_model: FasterWhisper, model_id: str, file: Path) -> tuple[float, list[str]]:
    """Everything the page's server does after the button: read, decode, draw the waveform, write the downloads."""
    start = time.perf_counter()
    own = OwnSound(str(file), file.name, None)
    *_, last = PAGE.happened(GO, PAGE.default_visit(own=own, clip=OWN, model=model_id, lang="en"))
    seconds = time.perf_counter() - start
    words = [w.text for segment in last["result"].transcript.segments for w in segment.words]
    forget(last["result"])
    return seconds, words


def run_peer(model: FasterWhisper, _model_id: str, file: Path) -> tuple[float, list[str]]:
    """faster-whisper with nothing of ours around it; its own defaults are the settings of `WhisperOptions`."""
    start = time.perf_counter()
    segments, _ = model.model.transcribe(str(file), language="en", word_timestamps=True)
    words = [w.word for segment in segments for w in segment.words]
    return time.perf_counter() - start, words


def error_rate(model: FasterWhisper, paths: list[Path]) -> bool:
    total = ErrorCounts(0, 0, 0, 0)
    for folder in (p for p in paths if (p / "metadata.csv").is_file()):
        found = {f.stem: f for f in sound_files(folder)}
        for line in (folder / "metadata.csv").read_text(encoding="utf-8").splitlines():
            name, text, *_ = line.split("|")
            if name in found:
                y = audio_io.load(found[name], sample_rate=SAMPLE_RATE).y
                total += word_errors(text, model.transcribe(y, language="en").text)
    if not total.n_ref:
        print("\nword error rate: not measured (no metadata.csv beside the sound)")
        return True
    print(
        f"\nword error rate = (S + D + I) / N = ({total.substitutions} + {total.deletions} + {total.insertions})"
        f" / {total.n_ref} = {total.rate:.4f}   bar {WER_BAR:.2f}"
    )
    return total.rate <= WER_BAR


def memory(files: list[Path], model_id: str, minutes: float) -> bool:
    """Peak memory above the loaded model, each case in a process of its own."""
    print(f"\n{'peak memory while decoding':40}{'MB above the loaded model':>28}")
    ours = []
    with tempfile.TemporaryDirectory() as folder:
        for length_min in (minutes / 6, minutes):
            path = Path(folder) / f"{length_min:g}min.wav"
            write_long(path, files, length_min)
            for how in ("ours", "direct"):
                command = [sys.executable, "-m", "benchmarks.whisper", "--model", model_id, "--memory-child", how, path]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                print(f"{f'{how}, {length_min:g} min of sound':40}{done.stdout.strip():>28}")
                if how == "ours":
                    ours.append(float(done.stdout.split()[0]))
    growth = ours[1] - ours[0]
    print(f"{'growth of ours with the length, MB':40}{growth:28.0f}   bar {GROWTH_BAR_MB}")
    return growth <= GROWTH_BAR_MB


def write_long(path: Path, files: list[Path], minutes: float) -> None:
    """Mostly near-silence with a sentence every half minute: length is what costs memory, speech costs time."""
    rng = np.random.default_rng(0)
    clips = [audio_io.load(f, sample_rate=SAMPLE_RATE).y[: 28 * SAMPLE_RATE] for f in files]
    with soundfile.SoundFile(path, "w", SAMPLE_RATE, 1, "PCM_16") as out:
        for i in range(round(minutes * 2)):
            y = 1e-4 * rng.standard_normal(30 * SAMPLE_RATE)
            y[: len(clips[i % len(clips)])] += clips[i % len(clips)]
            out.write(y)


def memory_child(how: str, file: str, model_id: str) -> int:
    """Print the peak resident memory of decoding `file`, above that of the loaded and warm model, and the segments."""
    model = models.get(model_id)
    list(model.stream(np.zeros(SAMPLE_RATE, np.float32), WhisperOptions(vad=True)))
    before = peak_mb()
    if how == "ours":
        n = sum(1 for _ in model.stream(file, WhisperOptions(beam_size=1, word_timestamps=False)))
    else:
        n = sum(1 for _ in direct_greedy(model, file))
    print(f"{peak_mb() - before:.0f} ({n} segments)")
    return 0


def direct_greedy(model: FasterWhisper, file: str) -> Iterator:
    segments, _ = model.model.transcribe(file, beam_size=1)
    yield from segments


def peak_mb() -> float:
    """Peak resident memory of this process so far."""
    import resource  # not on Windows; only this part of the benchmark needs it

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


if __name__ == "__main__":
    sys.exit(main())
