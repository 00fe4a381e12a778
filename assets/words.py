"""Spoken words for the keyword spotting room, said by the voices of CMU Flite, and a stream of them in noise.

`assets.make_clips` writes them. Debian's package `flite` (2.2) has the voices: slt, rms and awb of the CMU ARCTIC
recordings, kal16 by Alan W Black; its licence lets everybody use, change and pass on the program and what it says. The
keyword networks heard these four voices in training, among others, so the clips show them at their best.
"""

from __future__ import annotations

import subprocess
import tempfile

import numpy as np
import soundfile

RATE = 16_000  # Hz
# clip id: (word, voice, what to listen for)
WORDS = {
    "word_yes": ("yes", "slt", "The s at the end is noise above 4 kHz: it lowers the first coefficients at once."),
    "word_no": ("no", "rms", "No and go differ only in their first 80 ms: the rest is the same falling o."),
    "word_up": ("up", "slt", "A short vowel, then the lips close: nearly half of the second is silence."),
    "word_down": ("down", "slt", "The vowel moves from a to u, then the nose takes over."),
    "word_left": ("left", "rms", "f and t are weak noises: telephones lose them."),
    "word_right": ("right", "rms", "r and the long ai carry this word; the final t is a tick."),
    "word_on": ("on", "awb", "One open vowel and an n: few marks to know it by."),
    "word_off": ("off", "rms", "The same vowel as on; only the f tells them apart."),
    "word_stop": ("stop", "slt", "Noise, closure, burst, vowel, closure: the word with the most landmarks."),
    "word_go": ("go", "rms", "The burst of the g lasts 20 ms; the rest is the vowel of no."),
    "word_marvin": ("Marvin", "kal16", "No keyword: the network should call it unknown."),
    "word_off2": ("off", "slt", "Another voice and a weak f: little tells it from on."),
}
TITLES = {"word_off2": "off (weak f)"}

# What the stream says: (word, voice, start in s, peak level in dBFS). Keywords, other words, the noise grows at 14 s.
STREAM = (
    ("yes", "slt", 1.2, -6.0),
    ("stop", "slt", 3.0, -6.0),
    ("Marvin", "kal16", 4.8, -6.0),
    ("go", "rms", 6.5, -6.0),
    ("left", "rms", 8.2, -6.0),
    ("house", "slt", 9.9, -6.0),
    ("no", "rms", 11.5, -9.0),
    ("down", "slt", 13.2, -9.0),
    ("on", "awb", 15.2, -9.0),
    ("seven", "rms", 16.9, -9.0),
    ("right", "rms", 18.5, -12.0),
    ("off", "slt", 20.2, -12.0),
    ("up", "slt", 22.0, -12.0),
)
STREAM_S = 24.0
NOISE_DB = ((0.0, -58.0), (13.8, -58.0), (14.2, -40.0), (24.0, -40.0))  # (time in s, level in dBFS), RMS of pink noise


def flite(word: str, voice: str) -> np.ndarray:
    """One word said by a voice of Flite, float64 [n] at 16 kHz with a peak of 1, silence around it cut off."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        subprocess.run(["flite", "-voice", voice, "-t", f"{word}.", "-o", file.name], check=True)
        y, rate = soundfile.read(file.name)
    if rate != RATE:
        raise ValueError(f"Flite's voice {voice} speaks at {rate} Hz; take one that speaks at {RATE} Hz.")
    loud = np.flatnonzero(np.abs(y) > 0.01 * np.abs(y).max())
    y = y[max(0, loud[0] - 160) : loud[-1] + 320]
    return y / np.abs(y).max()


def word(clip_id: str) -> np.ndarray:
    """The word of a clip in the middle of one second, float64 [16000]."""
    said = flite(*WORDS[clip_id][:2])
    before = (RATE - len(said)) // 2
    if before < 0:
        raise ValueError(f"{clip_id} lasts longer than a second.")
    return np.pad(said, (before, RATE - len(said) - before))


def stream() -> np.ndarray:
    """The words of `STREAM` in pink noise, float64 [n] at 16 kHz, full scale 1."""
    n = round(STREAM_S * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(n))
    f_hz = np.fft.rfftfreq(n, 1 / RATE)
    y = np.fft.irfft(np.where(f_hz >= 50, spectrum / np.sqrt(np.maximum(f_hz, 50)), 0), n)
    y /= np.sqrt(np.mean(y**2))
    y *= 10 ** (np.interp(np.arange(n) / RATE, *np.transpose(NOISE_DB)) / 20)
    for text, voice, start_s, peak_db in STREAM:
        said, start = flite(text, voice), round(start_s * RATE)
        y[start : start + len(said)] += 10 ** (peak_db / 20) * said
    return y


def stream_words() -> list[dict]:
    """When each word of the stream begins and ends: [{"word", "voice", "start_s", "end_s"}]."""
    return [
        {
            "word": text.lower(),
            "voice": voice,
            "start_s": start,
            "end_s": round(start + len(flite(text, voice)) / RATE, 3),
        }
        for text, voice, start, _ in STREAM
    ]
