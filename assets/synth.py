"""The synthesised example sounds: every sample follows from the formulas here, so they can be made again exactly.

Each function returns float64 [n] with a peak of 1; `assets.make_clips` sets the level and writes the files.
"""

from __future__ import annotations

import numpy as np
from scipy.signal import lfilter

# Mean formant frequencies F1 to F3 (Hz) of men's vowels: Peterson and Barney, "Control methods used in a study of the
# vowels", JASA 24(2), 1952, table II. English vowels stand in for a, e, i, o, u: /a/ "hod", /E/ "head", /i/ "heed",
# /O/ "hawed", /u/ "who'd".
VOWEL_FORMANTS_HZ = {
    "a": (730, 1090, 2440),
    "e": (530, 1840, 2480),
    "i": (270, 2290, 3010),
    "o": (570, 840, 2410),
    "u": (300, 870, 2240),
}
HIGHER_FORMANTS_HZ = (3500, 4500)  # the same for all vowels, as in Klatt's synthesiser
BANDWIDTHS_HZ = (60, 90, 150, 250, 200)


def _peak_one(y: np.ndarray) -> np.ndarray:
    return y / np.abs(y).max()


def _fade(y: np.ndarray, sample_rate: int, fade_ms: float = 10.0) -> np.ndarray:
    """Raised-cosine edges, so that starting and stopping make no click."""
    n = round(fade_ms / 1000 * sample_rate)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)
    y = y.copy()
    y[:n] *= ramp
    y[-n:] *= ramp[::-1]
    return y


def tone(sample_rate: int = 22_050) -> np.ndarray:
    """Six seconds of music: a C major arpeggio up and down, then the chord. Each note is a sum of harmonics
    k = 1 ... 10 of amplitude 1/k, the higher the faster decaying, as on a plucked string.
    """
    notes = [(0.0, 0), (0.5, 4), (1.0, 7), (1.5, 12), (2.0, 7), (2.5, 4), (3.0, 0)]  # (start in s, semitones over C4)
    notes += [(3.5, 0), (3.5, 4), (3.5, 7), (3.5, 12)]
    y = np.zeros(6 * sample_rate)
    for start_s, semitones in notes:
        f0_hz = 440.0 * 2 ** ((semitones - 9) / 12)  # equal temperament, A4 = 440 Hz
        start = round(start_s * sample_rate)
        t = np.arange(len(y) - start) / sample_rate
        attack = 1 - np.exp(-t / 0.004)
        for k in range(1, 11):
            y[start:] += attack * np.exp(-t * (1.2 + 0.5 * k)) * np.sin(2 * np.pi * k * f0_hz * t) / k
    return _peak_one(_fade(y, sample_rate, 30))


def chirp(sample_rate: int = 22_050) -> np.ndarray:
    """Six seconds, one sine whose frequency rises linearly from 50 Hz to the Nyquist frequency.
    The phase is the integral of the frequency: 2 pi (f0 t + (f1 - f0) t^2 / (2 T)).
    """
    duration_s, f0_hz, f1_hz = 6.0, 50.0, sample_rate / 2
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    return _fade(np.sin(2 * np.pi * (f0_hz * t + (f1_hz - f0_hz) * t**2 / (2 * duration_s))), sample_rate)


def noise(sample_rate: int = 16_000) -> np.ndarray:
    """Two and a half seconds of white noise, then as much pink noise (power density ~ 1/f) of the same RMS."""
    n = round(2.5 * sample_rate)
    white = np.random.default_rng(1).standard_normal(n)
    spectrum = np.fft.rfft(np.random.default_rng(2).standard_normal(n))
    f_hz = np.fft.rfftfreq(n, 1 / sample_rate)
    # Amplitude ~ 1/sqrt(f); nothing below 20 Hz, which a loudspeaker could not play.
    pink = np.fft.irfft(np.where(f_hz >= 20, spectrum / np.sqrt(np.maximum(f_hz, 20)), 0), n)
    parts = [_fade(x / np.sqrt(np.mean(x**2)), sample_rate) for x in (white, pink)]
    return _peak_one(np.concatenate(parts))


def clicks(sample_rate: int = 16_000) -> np.ndarray:
    """Six seconds of unit impulses whose rate grows exponentially from 2 to 200 a second: single clicks fuse to a
    buzz with a pitch. Impulse k stands where the integral of the rate reaches k + 1/2.
    """
    duration_s, first_hz, last_hz = 6.0, 2.0, 200.0
    growth = np.log(last_hz / first_hz) / duration_s
    count = np.floor(first_hz * (np.exp(growth * duration_s) - 1) / growth)
    times_s = np.log1p(growth * (np.arange(count) + 0.5) / first_hz) / growth
    y = np.zeros(round(duration_s * sample_rate))
    y[np.round(times_s * sample_rate).astype(int)] = 1.0
    return y


def vowels(sample_rate: int = 16_000) -> np.ndarray:
    """The vowels a e i o u by source and filter (Fant 1960): glottal pulses falling from 130 to 100 Hz, through five
    of Klatt's digital resonators in cascade (JASA 67(3), 1980), differentiated once for the radiation at the lips.
    """
    vowel_s, gap_s = 0.75, 0.15
    n, gap = round(vowel_s * sample_rate), np.zeros(round(gap_s * sample_rate))
    parts = []
    for formants_hz in VOWEL_FORMANTS_HZ.values():
        f0_hz = np.linspace(130, 100, n)
        cycle = np.floor(np.cumsum(f0_hz) / sample_rate)
        pulses = np.diff(cycle, prepend=0.0)
        # Two poles near z = 1 give the glottal flow its slope of about -12 dB an octave.
        y = lfilter([1.0], [1.0, -1.92, 0.9216], pulses)
        for f_hz, bandwidth_hz in zip((*formants_hz, *HIGHER_FORMANTS_HZ), BANDWIDTHS_HZ, strict=True):
            c = -np.exp(-2 * np.pi * bandwidth_hz / sample_rate)
            b = 2 * np.exp(-np.pi * bandwidth_hz / sample_rate) * np.cos(2 * np.pi * f_hz / sample_rate)
            y = lfilter([1 - b - c], [1.0, -b, -c], y)
        y = _fade(np.diff(y, prepend=0.0), sample_rate, 40)
        parts += [_peak_one(y), gap]
    return np.concatenate(parts[:-1])


SYNTHESISED = {"tone": (tone, 22_050), "chirp": (chirp, 22_050), "noise": (noise, 16_000)}
SYNTHESISED |= {"clicks": (clicks, 16_000), "vowels": (vowels, 16_000)}
