"""Words said by eSpeak NG, the synthetic voice of the Debian package `espeak-ng` (packages.txt): a program, no weights.

It computes formants by rules (Klatt's way), so it sounds like a machine, but it says anything in a hundred languages at
once and offline.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import unicodedata

import numpy as np

from models.registry import ModelUnavailable

PROGRAM = "espeak-ng"
LANGUAGES = {
    "English": "en-us", "Arabic": "ar", "Chinese": "cmn", "Dutch": "nl", "French": "fr", "German": "de", "Hindi": "hi",
    "Italian": "it", "Polish": "pl", "Portuguese": "pt", "Russian": "ru", "Spanish": "es", "Turkish": "tr",
}  # fmt: skip
SPEAKERS = ("m1", "f2", "m3", "f4", "m7", "f5")  # voice variants: formants and pitch of other throats
LATIN = ("en-us", "nl", "fr", "de", "it", "pl", "pt", "es", "tr")  # what is written in Latin letters
MAX_CHARACTERS = 40


def available() -> bool:
    """Whether the program is installed."""
    return shutil.which(PROGRAM) is not None


def say(
    text: str, *, language: str = "en-us", speaker: str = "m1", words_per_minute: int = 150, pitch: int = 50
) -> np.ndarray:
    """A word or two, said.

    Parameters
    ----------
    text : str
        1 to 40 characters.
    language : str
        eSpeak's name, see `LANGUAGES`.
    speaker : str
        One of `SPEAKERS`.
    words_per_minute : int
        80 to 300.
    pitch : int
        0 to 99; 50 is the voice's own.

    Returns
    -------
    np.ndarray
        float32 [n], 16 kHz, peak 0.4.

    Raises
    ------
    ModelUnavailable
        The program is not installed.
    ValueError
        It can't say this text.
    """
    text = " ".join(str(text).split())
    if not 1 <= len(text) <= MAX_CHARACTERS or not any(c.isalnum() for c in text):
        raise ValueError(f"Type a word of up to {MAX_CHARACTERS} letters: there is nothing to say otherwise.")
    if language not in LANGUAGES.values() or speaker not in SPEAKERS:
        raise ValueError(f"eSpeak has no voice {language}+{speaker} here: choose from the list.")
    if language in LATIN and any(c.isalpha() and "LATIN" not in unicodedata.name(c, "") for c in text):
        raise ValueError("This voice would spell these letters one by one: choose the language of the word.")
    if not 80 <= words_per_minute <= 300 or not 0 <= pitch <= 99:
        raise ValueError("eSpeak speaks 80 to 300 words a minute at a pitch of 0 to 99.")
    if not available():
        raise ModelUnavailable(
            "The synthetic voice eSpeak NG is not installed: record the word, or `apt-get install espeak-ng`."
        )
    # The text goes in by stdin, so that nothing in it can be taken for an option; brackets would mean phonemes.
    command = [
        PROGRAM,
        "-v",
        f"{language}+{speaker}",
        "-s",
        str(words_per_minute),
        "-p",
        str(pitch),
        "--stdin",
        "--stdout",
    ]
    spoken = subprocess.run(
        command, input=text.replace("[", " ").replace("]", " ").encode(), capture_output=True, timeout=20
    )
    if spoken.returncode or len(spoken.stdout) < 100:
        raise ValueError(f"eSpeak can't say {text!r} in this language: check the spelling, or choose another language.")
    return _samples(spoken.stdout)


def _samples(wav: bytes) -> np.ndarray:
    import soundfile
    import soxr

    # To a pipe eSpeak writes a header that claims two gigabytes, so its 44 bytes are skipped: 16 bits, 22,050 Hz, mono.
    y, rate = soundfile.read(
        io.BytesIO(wav[44:]), format="RAW", samplerate=22_050, channels=1, subtype="PCM_16", dtype="float32"
    )
    y = soxr.resample(y, rate, 16_000)
    peak = float(np.abs(y).max(initial=0.0))
    if peak < 1e-4:
        raise ValueError("eSpeak was silent: check the spelling, or choose another language.")
    return (y * (0.4 / peak)).astype(np.float32)
