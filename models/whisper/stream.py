"""What every Whisper back end shares: options, checks on the audio, and a transcript that arrives piece by piece."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from algorithms.text.transcript import Segment, Transcript

SAMPLE_RATE = 16_000  # Hz, of every Whisper model
WINDOW_S = 30.0  # seconds the encoder sees at once
FRAME = 160  # samples a feature frame: 10 ms
BLOCK_S = 30.0  # seconds read from a file at a time

if TYPE_CHECKING:
    Source = np.ndarray | str | os.PathLike[str] | Iterable[np.ndarray]


@dataclass(frozen=True, kw_only=True)
class WhisperOptions:
    """How to decode; the defaults are faster-whisper's own, with word times switched on."""

    language: str | None = None  # "en", "fr", ...; None: detected from the first 30 s
    task: str = "transcribe"  # or "translate": any language into English

    beam_size: int = 5  # hypotheses kept at temperature 0; 1 is greedy
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # the next is tried when a check below fails
    compression_ratio_threshold: float | None = 2.4  # above: the text repeats itself, try the next temperature
    logprob_threshold: float | None = -1.0  # mean log probability below: unsure, try the next temperature
    no_speech_threshold: float | None = 0.6  # above, and unsure as well: the window is taken for silence

    initial_prompt: str | None = None  # text the model takes for what was said before: names, spelling, style
    condition_on_previous_text: bool = True  # each window sees the text before it: more coherent, may get stuck
    word_timestamps: bool = True  # from cross-attention and dynamic time warping
    vad: bool = False  # cut silence out with Silero VAD first, and put the times back afterwards

    def __post_init__(self):
        if self.task not in ("transcribe", "translate"):
            raise ValueError(f"Whisper can 'transcribe' or 'translate', not {self.task!r}.")
        if not (isinstance(self.beam_size, int) and 1 <= self.beam_size <= 20):
            raise ValueError(f"The beam holds 1 to 20 hypotheses, not {self.beam_size!r}.")
        if not self.temperatures or not all(0 <= t <= 1 for t in self.temperatures):
            raise ValueError("Give at least one temperature, each from 0 to 1.")


def check_audio(y: np.ndarray) -> np.ndarray:
    """`y` as contiguous float32 [n]; `ValueError` says in one sentence why it can't be used.

    The sample rate can't be seen in the numbers: it must be 16 kHz.
    """
    if not isinstance(y, np.ndarray) or not np.issubdtype(y.dtype, np.floating):
        raise ValueError("Whisper takes samples as a NumPy array of floats in [-1, 1]: convert integers first.")
    if y.ndim != 1:
        raise ValueError(f"Whisper takes mono sound, one row of samples, not an array of shape {y.shape}: mix it down.")
    if not np.isfinite(y).all():
        raise ValueError("The sound holds NaN or infinite samples: repair the file or record it again.")
    return np.ascontiguousarray(y, dtype=np.float32)


def check_request(name: str, multilingual: bool, languages: tuple[str, ...], options: WhisperOptions) -> None:
    """`ValueError`, in one sentence, where the model called `name` can't do what `options` ask."""
    if not multilingual and options.task == "translate":
        raise ValueError(f"{name} knows only English and can't translate: choose a multilingual model.")
    if options.language is not None and options.language not in languages:
        if not multilingual:
            raise ValueError(f"{name} knows only English, not {options.language!r}: choose a multilingual model.")
        raise ValueError(f"{name} does not know the language {options.language!r}: use a code such as 'en'.")


def checked_blocks(source: Source) -> Iterator[np.ndarray]:
    """`audio_blocks`, after making sure that an array holds anything at all."""
    if isinstance(source, np.ndarray) and not check_audio(source).size:
        raise ValueError("There is no sound to transcribe: the clip holds no samples.")
    return audio_blocks(source)


def audio_blocks(source: Source) -> Iterator[np.ndarray]:
    """Checked 16 kHz mono blocks of an array, a file (any format, any rate) or an iterable of blocks."""
    if isinstance(source, np.ndarray):
        y = check_audio(source)
        step = round(BLOCK_S * SAMPLE_RATE)
        return (y[i : i + step] for i in range(0, len(y), step))
    if isinstance(source, (str, os.PathLike)):
        from algorithms.sound import io as audio_io

        return audio_io.stream(source, sample_rate=SAMPLE_RATE, block_s=BLOCK_S)
    return (check_audio(block) for block in source)


class BlockBuffer:
    """The next stretch of a source: filled block by block, emptied from the front, never holding much more."""

    def __init__(self, blocks: Iterator[np.ndarray]):
        self._blocks = blocks
        self._y = np.empty(0, np.float32)
        self.start = 0  # position of the first held sample in the source
        self.ended = False

    def fill(self, n_samples: int) -> np.ndarray:
        """Hold at least `n_samples`, or all that is left, and return what is held up to `n_samples`."""
        parts, held = [self._y], len(self._y)
        while held < n_samples and not self.ended:
            block = next(self._blocks, None)
            if block is None:
                self.ended = True
            else:
                parts.append(block)
                held += len(block)
        if len(parts) > 1:
            self._y = np.concatenate(parts)
        return self._y[:n_samples]

    def is_last(self, n_samples: int) -> bool:
        """Whether nothing follows the first `n_samples` held (right after `fill(n_samples + 1)`)."""
        return self.ended and len(self._y) <= n_samples

    def drop(self, n_samples: int) -> None:
        """Let the first `n_samples` go (copied, so that their memory is free)."""
        self._y = self._y[n_samples:].copy()
        self.start += n_samples


class TranscriptStream(Iterator[Segment]):
    """Segments as they are decoded, and what is known meanwhile.

    Ends early, without an error, once `cancel` is set: between windows, so within a few seconds.

    Attributes
    ----------
    language : str or None
        ISO 639-1 code; None until it is known (before the first segment it may have to be detected).
    language_probs : list of (str, float) or None
        Every language with its probability, best first, where it was detected.
    position_s : float
        Seconds of sound worked through: for a progress bar.
    duration_s : float or None
        Seconds of sound in all; None while the end of a file has not been read.
    """

    def __init__(self, cancel: threading.Event | None):
        self.language: str | None = None
        self.language_probs: list[tuple[str, float]] | None = None
        self.position_s = 0.0
        self.duration_s: float | None = None
        self._cancel = cancel
        self._segments: Iterator[Segment] = iter(())

    @property
    def cancelled(self) -> bool:
        """Whether the caller asked to stop."""
        return self._cancel is not None and self._cancel.is_set()

    def start(self, segments: Callable[[TranscriptStream], Iterator[Segment]]) -> TranscriptStream:
        """Called once by the back end with the generator that decodes."""
        self._segments = segments(self)
        return self

    def __next__(self) -> Segment:
        segment = next(self._segments)
        self.position_s = max(self.position_s, segment.end_s)
        return segment

    def transcript(self) -> Transcript:
        """Run to the end and join everything into one `Transcript`."""
        segments = tuple(self)
        return Transcript.from_segments(segments, self.language or "und")  # ISO 639-2: undetermined
