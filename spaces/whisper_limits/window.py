"""One window of sound decoded once for every temperature, and what Silero VAD makes of it.

The attempts are faster-whisper's own (`WhisperModel.generate_with_fallback` with one temperature and no limits), from
one encoding of the window. Asking for whole transcripts instead would cost six encodings and lose the numbers of every
attempt that faster-whisper leaves out as silence or that holds no text.
"""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from algorithms.whisper.fallback import Attempt
from models.whisper.stream import SAMPLE_RATE, WINDOW_S

if TYPE_CHECKING:
    import numpy as np

    from models.whisper.packaged import FasterWhisper

WINDOW = round(WINDOW_S * SAMPLE_RATE)  # samples that one decoding sees
VAD_STEP_S = 512 / SAMPLE_RATE  # of Silero's probabilities


class Window:
    """The first 30 s of a sound, heard by one model.

    Parameters
    ----------
    model
        One of the app's CTranslate2 models.
    y
        float32 [n], 16 kHz; what follows the first 30 s is not heard.
    language
        Whisper's code; None detects it.

    Attributes
    ----------
    language : str
        Given or detected.
    language_prob : float or None
        Of the detected language.
    """

    def __init__(self, model: FasterWhisper, y: np.ndarray, language: str | None = None) -> None:
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens, pad_or_trim

        whisper = model.model
        features = whisper.feature_extractor(y[:WINDOW])
        self._whisper = whisper
        self._encoded = whisper.encode(pad_or_trim(features[:, :-1]))
        self.language_prob: float | None = None
        if not model.multilingual:
            language = "en"
        elif language is None:
            token, self.language_prob = whisper.model.detect_language(self._encoded)[0][0]
            language = token[2:-2]
        self.language = language
        self._tokenizer = Tokenizer(
            whisper.hf_tokenizer, whisper.model.is_multilingual, task="transcribe", language=language
        )
        self._suppressed = get_suppressed_tokens(self._tokenizer, [-1])

    def attempt(self, temperature: float) -> Attempt:
        """Decode at one temperature: beam search of 5 at 0, the best of five samples above."""
        # The options that faster-whisper's `transcribe` passes by default, but for the limits.
        options: Any = SimpleNamespace(
            temperatures=[temperature],
            beam_size=5,
            best_of=5,
            patience=1,
            length_penalty=1,
            repetition_penalty=1,
            no_repeat_ngram_size=0,
            max_initial_timestamp=1.0,
            max_new_tokens=None,
            suppress_blank=True,
            suppress_tokens=self._suppressed,
            compression_ratio_threshold=None,
            log_prob_threshold=None,
            no_speech_threshold=None,
        )
        prompt = self._whisper.get_prompt(self._tokenizer, [])
        began = time.perf_counter()
        result, avg_logprob, _, ratio = self._whisper.generate_with_fallback(
            self._encoded, prompt, self._tokenizer, options
        )
        return Attempt(
            temperature=temperature,
            text=self._tokenizer.decode(result.sequences_ids[0]).strip(),
            avg_logprob=float(avg_logprob),
            no_speech_prob=float(result.no_speech_prob),
            compression_ratio=float(ratio),
            seconds=time.perf_counter() - began,
        )


def speech_probs(y: np.ndarray) -> np.ndarray:
    """Silero's probability of speech for every 32 ms of the first 30 s, float32 [ceil(n / 512)]."""
    import numpy as np
    from faster_whisper.vad import get_vad_model

    y = np.asarray(y[:WINDOW], np.float32)
    padded = np.pad(y, (0, -len(y) % 512))
    return np.asarray(get_vad_model()(padded), np.float32).reshape(-1)


def speech_regions(y: np.ndarray, threshold: float) -> list[tuple[float, float]]:
    """Return the stretches that the VAD keeps, in seconds, with faster-whisper's other settings.

    Pauses shorter than 2 s stay, and 0.4 s are kept around speech.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    found = get_speech_timestamps(y[:WINDOW], VadOptions(threshold=threshold))
    return [(r["start"] / SAMPLE_RATE, r["end"] / SAMPLE_RATE) for r in found]


def kept_sound(y: np.ndarray, regions: list[tuple[float, float]]) -> np.ndarray:
    """Return what is left of the sound: the regions joined, float32 [m]; empty where there is no speech."""
    import numpy as np

    parts = [y[round(a * SAMPLE_RATE) : round(b * SAMPLE_RATE)] for a, b in regions]
    return np.concatenate([*parts, np.zeros(0, np.float32)]).astype(np.float32)
