"""Every voice and every vocoder of the lab on the same sentences, beside eSpeak NG and Griffin-Lim, in one run.

    python -m benchmarks.synthesis [--sentences 10] [--repeats 2] [--listener asr/whisper-base]

- **RTF**: seconds that saying it took, for a second of sound; the best of the repeats of each sentence, model loaded.
  "CPU" is the same in processor time of this process, all threads added up: less disturbed where other work is done.
- **WER**: word errors of Whisper, summed over the sentences. It tells whether words can be understood, not how well a
  voice sounds.
- **mel distance**: mean absolute difference, in nats, of the log-mels of a sound and of what a vocoder makes of its
  log-mel. Only vocoders have one: two readers of one sentence differ in every frame, and neither is wrong.

Last come the thirty sentences that Tacotron 2 was not trained on (`benchmarks.tacotron`).

Voices are the registered models of the tasks Synthesizer and AcousticModel (the latter speak through the best vocoder),
vocoders those of the task Vocoder: whatever is registered later is measured, too.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

import models
from algorithms.signal.feature_config import FeatureConfig
from algorithms.signal.inversion import griffin_lim, stft_from_mel
from algorithms.signal.mel import mel_spectrogram
from algorithms.synthesis.normalise import normalise
from algorithms.text.wer import word_errors
from benchmarks import tacotron
from models.tts import espeak

SENTENCES = (  # list 1 of the Harvard sentences (IEEE Recommended Practice for Speech Quality Measurements, 1969)
    "The birch canoe slid on the smooth planks.",
    "Glue the sheet to the dark blue background.",
    "It's easy to tell the depth of a well.",
    "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.",
    "The juice of lemons makes fine punch.",
    "The box was thrown beside the parked truck.",
    "The hogs were fed chopped corn and garbage.",
    "Four hours of steady work faced us.",
    "A large size in stockings is hard to sell.",
)
SOURCE = "tts/vits-joe"  # whose sounds the vocoders have to say again
RATE, N_FFT, HOP = 22_050, 1024, 256
MEL = FeatureConfig(
    sample_rate=RATE,
    window_ms=1000 * N_FFT / RATE,
    hop_ms=1000 * HOP / RATE,
    n_fft=N_FFT,
    n_mels=80,
    f_max_hz=8000.0,
    power=1,
)  # the mel of Tacotron 2 and HiFi-GAN
Say = Callable[[str], tuple[np.ndarray, int]]  # text to sound and its rate
Vocode = Callable[[np.ndarray], np.ndarray]  # natural log-mel [80, T] to sound at RATE


class Row(NamedTuple):
    """What was measured of one voice or vocoder."""

    name: str
    rtf: float
    cpu: float
    wer: float
    mel: float | None


def log_mel(y: np.ndarray) -> np.ndarray:
    """Natural logarithm of mel amplitudes, at least 1e-5: float32 [80, T]."""
    return np.log(np.maximum(mel_spectrogram(y, MEL), 1e-5))


def espeak_says(text: str) -> tuple[np.ndarray, int]:
    """Say a sentence with eSpeak NG's own voice."""
    command = [espeak.PROGRAM, "-v", "en-us", "--stdin", "--stdout"]
    wav = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout
    return soundfile.read(
        io.BytesIO(wav[44:]), format="RAW", samplerate=RATE, channels=1, subtype="PCM_16", dtype="float32"
    )


def griffin_lim_says(mel: np.ndarray) -> np.ndarray:
    """Say a log-mel with Griffin-Lim: 60 iterations."""
    magnitude = stft_from_mel(np.exp(mel), MEL)
    return griffin_lim(magnitude, MEL, length=HOP * (mel.shape[1] - 1), n_iter=60)


def voices() -> Iterator[tuple[str, Say]]:
    """Yield every way to say a text."""
    if espeak.available():
        yield "espeak-ng (program)", espeak_says
    for spec in models.specs("Synthesizer"):
        voice = models.get(spec.id)
        yield spec.id, lambda text, v=voice, rate=spec.sample_rate: (v.synthesize(text), rate)
    vocoder = next(iter(models.specs("Vocoder")), None)  # its default
    vocode = models.get(vocoder.id).vocode if vocoder else griffin_lim_says
    through = vocoder.id if vocoder else "Griffin-Lim"
    for spec in models.specs("AcousticModel"):
        network = models.get(spec.id)
        yield f"{spec.id} + {through}", lambda text, n=network: (vocode(n.mel(text)[0]), RATE)


def vocoders() -> Iterator[tuple[str, Vocode]]:
    """Yield every way to turn a log-mel into sound."""
    yield "Griffin-Lim, 60 iterations", griffin_lim_says
    for spec in models.specs("Vocoder"):
        yield spec.id, models.get(spec.id).vocode


def heard(listener: str, y: np.ndarray, rate: int) -> str:
    """Return what Whisper writes down."""
    at_16k = soxr.resample(y.astype(np.float32), rate, 16_000)
    return models.get(listener).transcribe(at_16k, language="en", word_timestamps=False).text


def timed(compute: Callable[[], np.ndarray], repeats: int) -> tuple[float, float, np.ndarray]:
    """Return the shortest wall time of a call in s, the processor time of that call, and its result."""
    best = (np.inf, 0.0)
    for _ in range(repeats):
        wall, busy = time.perf_counter(), time.process_time()
        result = compute()
        best = min(best, (time.perf_counter() - wall, time.process_time() - busy))
    return *best, result


def measure(
    name: str, say: Callable[[int], tuple[np.ndarray, int]], texts: list[str], args: argparse.Namespace, true=None
) -> Row:
    """Time `say(i)` for every text, have it transcribed, and compare log-mels where there is something to compare."""
    say(0)  # warm
    wall = busy = sound_s = 0.0
    counts, distances = None, []
    for i, text in enumerate(texts):
        took, worked, (y, rate) = timed(lambda i=i: say(i), args.repeats)
        wall, busy, sound_s = wall + took, busy + worked, sound_s + len(y) / rate
        found = word_errors(normalise(text).text, normalise(heard(args.listener, y, rate)).text)
        counts = found if counts is None else counts + found
        if true is not None:
            mel = log_mel(y)
            n = min(mel.shape[1], true[i].shape[1])
            distances.append(float(np.abs(mel[:, :n] - true[i][:, :n]).mean()))
    return Row(name, wall / sound_s, busy / sound_s, counts.rate, float(np.mean(distances)) if distances else None)


def show(title: str, rows: list[Row]) -> None:
    print(f"\n{title:38s}  RTF     CPU     WER     mel distance")
    for row in rows:
        mel = "-" if row.mel is None else f"{row.mel:.3f}"
        print(f"{row.name:38s}  {row.rtf:.3f}   {row.cpu:.3f}   {row.wer:.3f}   {mel}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=len(SENTENCES), help="how many of the ten")
    parser.add_argument("--repeats", type=int, default=2, help="of each sentence; the best time counts")
    parser.add_argument("--listener", default="asr/whisper-base", help="which Whisper counts the words")
    args = parser.parse_args()
    texts = list(SENTENCES[: max(1, args.sentences)])
    print(f"{len(texts)} sentences, best of {args.repeats}, heard by {args.listener}")
    show("Voice", [measure(name, lambda i, s=say: s(texts[i]), texts, args) for name, say in voices()])
    spoken = [models.get(SOURCE).synthesize(text) for text in texts]
    mels = [log_mel(y) for y in spoken]
    rows = [measure(f"no vocoder: {SOURCE} itself", lambda i: (spoken[i], RATE), texts, args, mels)]
    rows += [measure(name, lambda i, v=v: (v(mels[i]), RATE), texts, args, mels) for name, v in vocoders()]
    show(f"Vocoder, on log-mels of {SOURCE}", rows)
    tacotron.show(tacotron.measure(args.listener, aloud=False), len(tacotron.TEXTS))


if __name__ == "__main__":
    main()
