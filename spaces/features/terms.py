"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Sampling rate",
        meaning="How many times a second the air pressure is measured, in hertz. Speech models mostly use 16,000.",
        state={"see": "alias"},
    ),
    Term(
        name="Nyquist frequency",
        meaning="Half the sampling rate. A sampled signal can only hold frequencies below it.",
        state={"see": "alias", "src": "tone"},
    ),
    Term(
        name="Aliasing",
        meaning="What happens to a frequency above the Nyquist frequency when nothing filters it out before sampling: "
        "it reappears as a lower one, and afterwards nobody can tell the two apart.",
        state={"see": "alias", "src": "sweep", "fs": 8000},
    ),
    Term(
        name="Bit depth",
        meaning="How many bits store each sample. Every bit more halves the rounding step, which lowers the noise by "
        "about 6 dB.",
        state={"see": "bits"},
    ),
    Term(
        name="Dither",
        meaning="A little random noise added before rounding, so that the rounding error becomes a steady hiss "
        "instead of a distortion that follows the signal.",
        state={"see": "bits", "dither": True},
    ),
    Term(
        name="Frame",
        meaning="A short piece of the signal, in speech mostly 20 to 40 ms, that is analysed as if nothing changed "
        "within it.",
        state={"see": "steps"},
    ),
    Term(
        name="Window",
        meaning="A curve that fades a frame in and out, so that cutting it out of the signal adds fewer false "
        "frequencies.",
        state={"see": "res"},
    ),
    Term(
        name="Hop",
        meaning="The distance from the start of one frame to the start of the next.",
        state={"see": "res"},
    ),
    Term(
        name="Short-time Fourier transform (STFT)",
        meaning="The spectrum of each frame in turn: which frequencies are there, and when.",
        state={"see": "steps"},
    ),
    Term(
        name="Spectrogram",
        meaning="A picture of the STFT: time to the right, frequency upwards, brightness for energy.",
    ),
    Term(
        name="Mel scale",
        meaning="A frequency scale on which equal steps sound about equally large to listeners: fine at low "
        "frequencies, coarse at high ones.",
        state={"see": "mel"},
    ),
    Term(
        name="Mel spectrogram",
        meaning="A spectrogram whose frequencies are gathered by overlapping filters that are evenly spaced on the "
        "mel scale. The usual input of speech models.",
        state={"see": "mel"},
    ),
    Term(
        name="Mel-frequency cepstral coefficients (MFCC)",
        meaning="A short vector for each frame: the first values of a cosine transform of the log mel energies. It "
        "keeps the broad shape of the spectrum and drops the fine structure, and with it most of the pitch.",
        state={"see": "steps"},
    ),
    Term(
        name="Pre-emphasis",
        meaning="A simple filter that lifts high frequencies before the analysis, because speech has much less energy "
        "there.",
        state={"pre": 0.97},
    ),
    Term(
        name="Fundamental frequency (F0)",
        meaning="How many times a second the vocal folds open. It is heard as the pitch of a voice.",
        state={"clip": "vowels"},
    ),
    Term(
        name="Harmonics",
        meaning="Whole multiples of the fundamental frequency. In a spectrogram they are thin parallel stripes.",
        state={"clip": "vowels", "win": 40},
    ),
    Term(
        name="Formant",
        meaning="A resonance of the mouth and throat: a broad band of frequencies that comes out louder. The first "
        "two mostly decide which vowel is heard.",
        state={"clip": "vowels"},
    ),
    Term(
        name="Griffin-Lim",
        meaning="An algorithm that guesses the phases that a magnitude spectrogram has lost, by going back and forth "
        "between signal and spectrogram.",
        state={"see": "mel"},
    ),
)
