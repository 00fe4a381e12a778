"""Voice effects: the share of one core that each takes, and how clean each way to shift a pitch sounds.

    python -m benchmarks.voice_effects [--seconds 4] [--cold]

Cost: every effect and every preset runs over speech in blocks of 128 samples (2.67 ms), Python's call included. Shown
are the share of real time on one core, and the slowest block in a hundred as a share of its 2.67 ms: processor time of
this thread, so that other programs count only by what they take from the caches; the best of three runs. Bar: an effect
takes at most 10 % of real time.

Sound: PSOLA, the delay line and, as the peer, librosa's phase vocoder (2048 samples a frame, for whole files) shift the
same sentences; librosa's pYIN gives the pitch of the original. Shown are the median pitch ratio against the one
asked for, the spread of the pitch from one 10 ms to the next, harmonics-to-noise ratio after less before, and by how
many semitones the formants moved. With --cold: the seconds until the first block on a machine without compiled kernels.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from algorithms.sound import io as audio_io
from algorithms.sound.clips import clip
from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS, RATE, Chain
from algorithms.voice.measures import formant_shift, harmonics_to_noise_db, local_pitch

BLOCK = 128
BAR = 0.10
LJ_SPEECH = Path(__file__).parents[2] / "shared" / "data" / "ljspeech_sample" / "LJ001-0004.flac"
COLD = """
import time; start = time.perf_counter()
import numpy as np
from algorithms.voice.effects import PRESETS, Chain, warm_up
{what}
print(time.perf_counter() - start)
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4, help="of speech for each cost")
    parser.add_argument("--cold", action="store_true", help="also time the first start, with and without a cache")
    options = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    passed = costs(sound(clip("speech").path)[: int(options.seconds * RATE)])
    quality()
    if options.cold:
        cold_start()
    return 0 if passed else 1


def sound(path: Path, rate: int = RATE) -> np.ndarray:
    """Return a sound file at a rate."""
    return audio_io.load(path, sample_rate=rate).y


def costs(x: np.ndarray) -> bool:
    """Print the cost of every effect and preset; False where an effect misses the bar."""
    print(f"\n{'':34}{'latency':>10}{'of real time':>14}{'p99 block':>12}")
    passed = True
    for name in EFFECTS:
        share = cost(f"effect {name}", [(name, {})], x)
        passed &= share <= BAR
    for slug, preset in PRESETS.items():
        cost(f"preset {slug}{' (default)' if slug == DEFAULT_PRESET else ''}", preset.chain, x)
    print(f"bar: an effect takes at most {BAR:.0%} of real time: {'passed' if passed else 'MISSED'}")
    return passed


def cost(title: str, steps, x: np.ndarray) -> float:
    """Print one row; return the share of real time."""
    chain = Chain(steps)
    blocks = [x[start : start + BLOCK] for start in range(0, len(x) - BLOCK + 1, BLOCK)]
    shares, slowest = [], []
    for _ in range(3):
        times = np.empty(len(blocks))
        for index, block in enumerate(blocks):
            start = time.thread_time()
            chain.process(block)
            times[index] = time.thread_time() - start
        shares.append(times.mean() * RATE / BLOCK)
        slowest.append(np.percentile(times, 99) * RATE / BLOCK)
    print(f"{title:34}{chain.latency / RATE * 1000:>7.1f} ms{min(shares):>13.1%}{min(slowest):>12.1%}", flush=True)
    return min(shares)


def quality() -> None:
    """Print how the three ways to shift a pitch do on a man's and a woman's sentence."""
    import librosa

    sentences = {"man": clip("speech").path, "woman": LJ_SPEECH}
    print(f"\n{'':30}{'asked':>9}{'pitch':>9}{'spread':>9}{'HNR':>10}{'formants':>11}")
    for who, path in sentences.items():
        if not path.is_file():
            print(f"{who}: needs {path}")
            continue
        x = sound(path)
        low = sound(path, 16000)
        track, _, _ = librosa.pyin(low, fmin=55, fmax=500, sr=16000, frame_length=1024, hop_length=160)
        before, likeness = local_pitch(x, track)
        clear = np.isfinite(before) & (likeness > 0.7)
        for semitones in (4, 8, -5):
            for title, y in shifted(x, semitones):
                ratio = 2 ** (semitones / 12)
                after, alike = local_pitch(y, before * ratio)
                both = clear & np.isfinite(after)
                error = after[both] / before[both] / ratio
                noise = harmonics_to_noise_db(alike[both]) - harmonics_to_noise_db(likeness[both])
                moved = formant_shift(x, y, clear)
                figures = f"{np.median(error) - 1:>+9.2%}{np.std(error):>9.1%}{noise:>+7.1f} dB{moved:>+8.2f} st"
                print(f"{who + ', ' + title:30}{semitones:>+6} st{figures}", flush=True)


def shifted(x: np.ndarray, semitones: float):
    """Yield (title, sound) of the three methods, aligned with x."""
    import librosa

    for title, name in (("PSOLA", "pitch"), ("delay line", "pitch_delay")):
        chain = Chain([(name, {"semitones": semitones})])
        yield title, chain.process(np.pad(x, (0, chain.latency)))[chain.latency :]
    yield "phase vocoder (librosa)", librosa.effects.pitch_shift(x, sr=RATE, n_steps=semitones, n_fft=2048)


def cold_start() -> None:
    """Print how long a fresh process takes to its first block, with an empty and with a filled cache of kernels."""
    tasks = {
        f"default preset ({DEFAULT_PRESET})": f"Chain(PRESETS['{DEFAULT_PRESET}'].chain).process(np.zeros(128))",
        "every effect": "warm_up()",
    }
    print(f"\n{'first start':34}{'no cache':>10}{'cached':>10}")
    for title, what in tasks.items():
        with tempfile.TemporaryDirectory() as folder:
            run = [sys.executable, "-c", COLD.format(what=what)]
            seconds = [
                float(subprocess.check_output(run, env={**os.environ, "NUMBA_CACHE_DIR": folder}, text=True))
                for _ in range(2)
            ]
        print(f"{title:34}{seconds[0]:>8.1f} s{seconds[1]:>8.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
