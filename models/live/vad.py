"""Silero VAD as sound comes in: a speech probability every 32 ms, and where utterances begin and end.

The network is the one that faster-whisper carries (Silero VAD v6, https://github.com/snakers4/silero-vad). There it
runs over whole files; here its recurrent state goes from block to block, so the probabilities are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.whisper.stream import SAMPLE_RATE

FRAME = 512  # samples a probability: 32 ms at 16 kHz
CONTEXT = 64  # samples of the frame before that the network also sees
FRAME_S = FRAME / SAMPLE_RATE

# Silero's own limits: speech begins at 0.5 and is over only below 0.35, so a value between them changes nothing.
SPEECH, SILENCE = 0.5, 0.35


class StreamingVad:
    """Speech probabilities of a sound that arrives in blocks of any size (float32 mono, 16 kHz)."""

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model

        self._session: Any = get_vad_model().session
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        self._h = np.zeros((1, 1, 128), np.float32)
        self._c = np.zeros((1, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT, np.float32)
        self._rest = np.zeros(0, np.float32)

    def push(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Take the next samples.

        Returns
        -------
        probs, levels : np.ndarray [n], float32
            For each frame of 512 samples that is now complete: the probability of speech, and its root mean square.
        """
        y = np.concatenate([self._rest, y])
        n = len(y) // FRAME
        self._rest = y[n * FRAME :].copy()
        if not n:
            return np.zeros(0, np.float32), np.zeros(0, np.float32)
        frames = y[: n * FRAME].reshape(n, FRAME)
        before = np.concatenate([self._context[None], frames[:-1, -CONTEXT:]])
        self._context = frames[-1, -CONTEXT:].copy()
        inputs = {"input": np.concatenate([before, frames], axis=1), "h": self._h, "c": self._c}
        probs, self._h, self._c = self._session.run(None, inputs)
        return probs.reshape(-1).astype(np.float32), np.sqrt(np.mean(frames**2, axis=1))


@dataclass(frozen=True)
class Edge:
    """An utterance begins or ends at `sample` (counted from the start of the sound)."""

    kind: str  # "start" or "end"
    sample: int


class Endpointer:
    """Turns speech probabilities into utterances.

    An utterance begins with the first frame at 0.5 or more. It ends where the probability fell below 0.35, once it has
    not been back at 0.5 for `silence_ms`: waiting longer cuts fewer sentences in two, but says later that one is over.

    Parameters
    ----------
    silence_ms
        Milliseconds of silence that end an utterance.
    """

    def __init__(self, silence_ms: float = 500) -> None:
        self.silence_ms = silence_ms
        self.reset()

    def reset(self) -> None:
        """Start again at sample 0, in silence."""
        self.speaking = False
        self._silent_from: int | None = None
        self._sample = 0

    def push(self, probs: np.ndarray) -> list[Edge]:
        """Take the next frames' probabilities, [n], and return the edges found in them, in order."""
        edges = []
        for prob in probs:
            start, self._sample = self._sample, self._sample + FRAME
            if prob >= SPEECH:
                self._silent_from = None
                if not self.speaking:
                    self.speaking = True
                    edges.append(Edge("start", start))
            elif self.speaking:
                if self._silent_from is None and prob < SILENCE:
                    self._silent_from = start
                silent = 0 if self._silent_from is None else self._sample - self._silent_from
                if silent >= self.silence_ms * SAMPLE_RATE / 1000:
                    edges.append(Edge("end", self._silent_from))
                    self.speaking, self._silent_from = False, None
        return edges
