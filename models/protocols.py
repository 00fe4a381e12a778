"""What a model of each task can do. A loader returns an object of one of these shapes; spaces call nothing else.

Audio is mono float32 in [-1, 1], shape [n], at the sample rate that the model's `ModelSpec` declares.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np

    from algorithms.text.transcript import Transcript


@runtime_checkable
class Transcriber(Protocol):
    """Speech to text with times."""

    def transcribe(
        self, y: np.ndarray, *, language: str | None = None, task: str = "transcribe", word_timestamps: bool = True
    ) -> Transcript:
        """Transcribe (or, with `task="translate"`, translate into English) the clip `y`, shape [n], 16 kHz."""
        ...


@runtime_checkable
class WhisperInside(Protocol):
    """A Whisper whose every step can be looked at; see models/whisper/inside.py for the rest."""

    net: Any
    """`algorithms.whisper.net.WhisperNet`."""

    alignment_heads: tuple[tuple[int, int], ...]
    """(layer, head) of the decoder's heads that follow the sound."""

    def listen(self, y: np.ndarray) -> Any:
        """Encoder states and keys and values for the decoder of the first 30 s of `y`, shape [n], 16 kHz."""
        ...


@runtime_checkable
class CtcModel(Protocol):
    """Frame-wise label probabilities for connectionist temporal classification (Graves et al. 2006)."""

    vocab: tuple[str, ...]
    """Labels; `vocab[0]` is the blank."""

    frame_s: float
    """Seconds a frame."""

    def log_probs(self, y: np.ndarray) -> np.ndarray:
        """Natural-log probabilities, float32 [T, V]; each row sums to one after `exp`."""
        ...


@runtime_checkable
class KeywordSpotter(Protocol):
    """One word out of a closed list."""

    labels: tuple[str, ...]

    def predict(self, y: np.ndarray) -> np.ndarray:
        """Probabilities, float32 [len(labels)], for one second of sound at 16 kHz (`y`: [16000])."""
        ...


@runtime_checkable
class Separator(Protocol):
    """One mixture into its sources."""

    sample_rate: int
    """Of what it takes and gives, in Hz."""

    n_sources: int
    """How many sources it gives, however many there are."""

    def separate(self, y: np.ndarray) -> np.ndarray:
        """Estimated sources, float32 [n_sources, n], for the mixture `y`, shape [n]."""
        ...


@runtime_checkable
class Synthesizer(Protocol):
    """Text to speech."""

    def synthesize(self, text: str) -> np.ndarray:
        """Speech, float32 [n], in [-1, 1]."""
        ...


@runtime_checkable
class AcousticModel(Protocol):
    """Text to mel spectrogram: the first of two stages."""

    def mel(self, text: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Mel, float32 [n_mels, T] (`SYNTHESIS_MEL`); alignment, float32 [T, n_tokens]; the tokens' names."""
        ...


@runtime_checkable
class VoiceCloner(Protocol):
    """Speech in the voice of a reference recording."""

    def clone(self, text: str, reference: np.ndarray) -> np.ndarray:
        """`text` spoken in the voice of `reference` (shape [m]); float32 [n]."""
        ...

    def convert(self, speech: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """`speech` (shape [k]) with the voice of `reference` (shape [m]); float32 [n]."""
        ...


@runtime_checkable
class SpeakerEncoder(Protocol):
    """Who speaks, as a direction in space."""

    def embed(self, y: np.ndarray) -> np.ndarray:
        """Embedding, float32 [256], unit norm: the dot product of two is their cosine similarity."""
        ...


@runtime_checkable
class SpeechUnits(Protocol):
    """Self-supervised speech: layers of features, and one of a closed list of units for each frame."""

    frame_s: float
    """Seconds a frame."""

    n_layers: int
    """Layers of the Transformer; layer 0 is what enters it."""

    def features(self, y: np.ndarray, layer: int) -> np.ndarray:
        """Features of the frames, float32 [T, D], of a clip at 16 kHz, shape [n]."""
        ...

    def units(self, y: np.ndarray) -> np.ndarray:
        """The unit of each frame, int [T]."""
        ...
