"""Our features against librosa's: the same results, timed in one run on one core.

    python -m benchmarks.features [--seconds 10] [--rate 44100] [--repeats 15]

Each time is the best of the repeats, each representation computed from the samples on. The last column is the largest
difference between the two results, relative to the largest value. For "STFT from mel" it is not small and need not be:
many spectra have the same mel spectrogram; so its misfit (how far the mel spectrogram of the answer is off) is printed.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before NumPy loads its BLAS
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import argparse
import time
import warnings
from collections.abc import Callable

import librosa
import numpy as np

from algorithms.signal import display, features, inversion, sampling
from algorithms.signal.features import FeatureConfig


def clip(seconds: float, rate: int) -> np.ndarray:
    """Harmonic tone with vibrato and noise, as dense in time and frequency as speech."""
    t = np.arange(round(seconds * rate)) / rate
    phase = 2 * np.pi * (140 * t + 3 * np.sin(2 * np.pi * 4 * t))
    y = sum(np.sin(k * phase) / k for k in range(1, 25)) * (0.6 + 0.4 * np.sin(2 * np.pi * 2.5 * t))
    return (0.1 * y + 0.003 * np.random.default_rng(0).standard_normal(len(t))).astype(np.float32)


def best_ms(compute: Callable[[], np.ndarray], repeats: int) -> tuple[float, np.ndarray]:
    """Shortest time of a call in ms after one to warm caches, and its result."""
    result = compute()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        compute()
        times.append(time.perf_counter() - start)
    return 1000 * min(times), result


def pairs(y: np.ndarray, c: FeatureConfig) -> list[tuple[str, Callable, Callable, int]]:
    """Name, ours, librosa's and a divisor of the repeats for slow rows."""
    settings = {
        "n_fft": c.n_fft,
        "hop_length": c.hop_length,
        "win_length": c.window_length,
        "window": c.window,
    }
    mel_settings = {"sr": c.sample_rate, "n_mels": c.n_mels, "fmin": c.f_min_hz, "fmax": c.f_max_hz}
    target = features.magnitude(features.stft(y, c))
    mel = features.mel_from_stft(target, c)
    low = 16000
    return [
        ("STFT", lambda: features.stft(y, c), lambda: librosa.stft(y, **settings), 1),
        (
            "STFT magnitude, dB",
            lambda: features.amplitude_to_db(features.magnitude(features.stft(y, c)), ref=np.max),
            lambda: librosa.amplitude_to_db(np.abs(librosa.stft(y, **settings)), ref=np.max),
            1,
        ),
        (
            "Mel spectrogram",
            lambda: features.mel_spectrogram(y, c),
            lambda: librosa.feature.melspectrogram(y=y, **settings, **mel_settings),
            1,
        ),
        (
            "MFCC",
            lambda: features.mfcc(y, c),
            lambda: librosa.feature.mfcc(y=y, n_mfcc=c.n_mfcc, **settings, **mel_settings),
            1,
        ),
        (
            f"Resample to {low} Hz",
            lambda: sampling.resample(y, c.sample_rate, low),
            lambda: librosa.resample(y, orig_sr=c.sample_rate, target_sr=low),
            1,
        ),
        (
            "Griffin-Lim, 8 steps",
            lambda: inversion.griffin_lim(target, c, length=len(y), n_iter=8, seed=None),
            lambda: librosa.griffinlim(target, n_iter=8, length=len(y), init=None, **settings),
            5,
        ),
        (
            "STFT from mel",
            lambda: inversion.stft_from_mel(mel, c),
            lambda: librosa.feature.inverse.mel_to_stft(
                mel, sr=c.sample_rate, n_fft=c.n_fft, fmin=c.f_min_hz, fmax=c.f_max_hz
            ),
            15,
        ),
    ]


def main():
    parser = argparse.ArgumentParser(description="Time our features against librosa's.")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rate", type=int, default=44100)
    parser.add_argument("--repeats", type=int, default=15)
    options = parser.parse_args()
    # librosa warns of filters that are narrower than the FFT's steps; both sides have them.
    warnings.filterwarnings("ignore", message="Empty filters detected in mel frequency basis")
    c = FeatureConfig(sample_rate=options.rate, n_fft=2048)
    y = clip(options.seconds, c.sample_rate)
    print(
        f"{options.seconds:g} s at {c.sample_rate} Hz, {c.window_ms:g} ms windows every {c.hop_ms:g} ms, "
        f"FFT {c.n_fft}, {c.n_mels} mels, {c.n_mfcc} MFCCs, one core\n"
    )
    print(f"{'':24}{'ours, ms':>10}{'librosa, ms':>13}{'ratio':>8}{'difference':>13}")
    for name, ours, theirs, divisor in pairs(y, c):
        repeats = max(1, options.repeats // divisor)
        our_ms, a = best_ms(ours, repeats)
        their_ms, b = best_ms(theirs, repeats)
        difference = np.abs(a - b).max() / np.abs(b).max()
        print(f"{name:24}{our_ms:10.1f}{their_ms:13.1f}{our_ms / their_ms:8.2f}{difference:13.1e}")

        if name == "STFT from mel":
            mel = features.mel_spectrogram(y, c)
            off = [np.linalg.norm(features.mel_from_stft(x, c) - mel) / np.linalg.norm(mel) for x in (a, b)]
            print(f"{'  its misfit':24}{off[0]:10.1e}{off[1]:13.1e}")

    def redraw():
        spectrum = features.stft(y, c)
        mel = features.mel_from_stft(spectrum, c)
        db = features.amplitude_to_db(features.magnitude(spectrum), ref=np.max)
        features.mfcc_from_mel(mel, c)
        times = features.frame_times(c, db.shape[1])
        features.mel_db(mel, c)
        tile = display.image(
            db,
            frame_times=times,
            freqs=features.fft_frequencies(c),
            t_range=(0, options.seconds),
            f_range=(50, c.sample_rate / 2),
            n_columns=1000,
            n_rows=400,
            y_scale="log",
        )
        display.envelope(y, c.sample_rate, (0, options.seconds), 1000)
        return tile.z

    redraw_ms, z = best_ms(redraw, options.repeats)
    print(f"\nEverything once (STFT, mel, MFCC, dB, {z.shape[1]} x {z.shape[0]} image, envelope): {redraw_ms:.1f} ms")


if __name__ == "__main__":
    main()
