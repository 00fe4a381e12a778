"""hibari: a small English voice, text in and sound out, with a pronouncing dictionary of its own.

Distilled from Kokoro-82M's voice af_heart (Apache-2.0). Its network says for each frame a pitch, the magnitudes of
harmonics and noise and their phases; the package adds them up (source-filter and inverse STFT).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from models.registry import ModelSpec, check_sha256, package_file, register

if TYPE_CHECKING:
    from hibari import Hibari

SAMPLE_RATE = 24_000
SHA256 = "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8"
MAX_CHARACTERS = 5000
SEED = 0  # of the noise in its breath: the same text sounds the same


class HibariVoice:
    """A `Synthesizer`."""

    sample_rate = SAMPLE_RATE

    def __init__(self, voice: Hibari):
        self._voice = voice
        self._lock = threading.Lock()  # its dictionary is read at the first call

    def synthesize(self, text: str) -> np.ndarray:
        """Say an English text of up to 5000 characters; float32 [n] in [-1, 1].

        Raises
        ------
        ValueError
            Nothing to say, or too long.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"This voice reads at most {MAX_CHARACTERS} characters at once, not {len(text)}.")
        with self._lock:
            y = self._voice(text, seed=SEED) if any(map(str.isalnum, text)) else np.zeros(0, np.float32)
        if not len(y):
            raise ValueError("There is nothing to say here: type at least one English word.")
        return np.clip(y, -1, 1).astype(np.float32)

    def phonemes(self, text: str) -> list[str]:
        """Return how an English text is pronounced, a string a sentence, in the alphabet of its dictionary (misaki)."""
        with self._lock:
            return self._voice.phonemize(text)

    def say(self, phonemes: str) -> np.ndarray:
        """Say a string of phonemes; float32 [n] in [-1, 1]."""
        with self._lock:
            return np.clip(self._voice.from_phonemes(phonemes, seed=SEED), -1, 1).astype(np.float32)


def _load() -> HibariVoice:
    path = package_file("hibari", "assets", "hibari.onnx")
    check_sha256(path, SHA256)
    from hibari import Hibari

    return HibariVoice(Hibari(model=str(path)))


register(
    ModelSpec(
        id="tts/hibari",
        task="Synthesizer",
        source="package:hibari",
        revision=SHA256,
        licence="Apache-2.0",
        size_mb=20,
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    ),
    default=True,
)
