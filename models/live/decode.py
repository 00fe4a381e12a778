"""One hypothesis of a few seconds of speech, fast: Whisper with a window as long as the speech needs.

Whisper's encoder is made for 30 s and pays for them whatever is said in them. Its positions are fixed sinusoids, so it
also runs on the first 10 s of them, in a fifth of the time (whisper.cpp calls this `audio_ctx`). Shorter windows than
that make the decoder repeat itself; `python -m benchmarks.captions --window` prints what it costs in words.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from algorithms.text.transcript import Word
from algorithms.whisper.local_agreement import word_key
from models.whisper.ct2 import FasterWhisper
from models.whisper.stream import FRAME, SAMPLE_RATE, WINDOW_S, WhisperOptions, check_request

MIN_WINDOW_S = 10.0  # the shortest window that does not harm
TAIL_S = 1.0  # of silence behind the speech, so that the decoder sees it end
TOKENS_PER_S = 12  # nobody speaks faster; a hypothesis may be no longer, or a loop would take seconds
PREVIOUS_WORDS = 40  # of the text before the buffer that the decoder is told
MAX_COMPRESSION = 2.4  # above it, the text repeats itself (Whisper's own limit)
LOOP_WORDS = 5
MAX_NO_SPEECH, MIN_LOGPROB = 0.6, -1.0  # beyond both, Whisper takes the window for silence
# As in openai/whisper's timing.py: marks that belong to the word behind or before them.
PREPENDED, APPENDED = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


def repeats(words: tuple[Word, ...]) -> bool:
    """Whether one word stands five times in a row: a loop too short for the compression ratio to show it."""
    keys = [word_key(w.text) for w in words]
    return any(len(set(keys[i : i + LOOP_WORDS])) == 1 for i in range(len(keys) - LOOP_WORDS + 1))


@dataclass(frozen=True)
class Hypothesis:
    """What the model makes of a stretch of sound.

    Attributes
    ----------
    words
        What follows the forced text; times in seconds from the start of the stretch.
    seconds
        How long it took.
    window_s
        How much the encoder looked at.
    rejected
        Why it is not to be believed, in a few words; "" where nothing speaks against it.
    """

    words: tuple[Word, ...]
    seconds: float
    window_s: float
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float
    rejected: str = ""


class LiveDecoder:
    """Decodes the same few seconds again and again as they grow, each time beginning with the text that is stable.

    Parameters
    ----------
    model
        tiny.en, base or another model in CTranslate2's format; it is shared, nothing is kept in it.
    language
        ISO 639-1 code; ignored by English-only models.
    full_window
        Always encode 30 s, as Whisper was trained: slower.
    """

    def __init__(self, model: FasterWhisper, language: str = "en", *, full_window: bool = False) -> None:
        from faster_whisper.tokenizer import Tokenizer
        from faster_whisper.transcribe import get_suppressed_tokens

        language = language if model.multilingual else "en"
        check_request(model.name, model.multilingual, model.languages, WhisperOptions(language=language))
        self.model = model.model
        self.full_window = full_window
        self._tokenizer = Tokenizer(self.model.hf_tokenizer, model.multilingual, task="transcribe", language=language)
        self._suppressed = list(get_suppressed_tokens(self._tokenizer, [-1]))

    def decode(self, y: np.ndarray, *, forced: str = "", previous: str = "") -> Hypothesis:
        """Decode up to 30 s greedily.

        Parameters
        ----------
        y
            Mono float32 [n], 16 kHz.
        forced
            The stable text that is spoken at the beginning of `y`: the decoder begins with it.
        previous
            The text before `y`, for style and spelling (its last 40 words are used).
        """
        began = time.perf_counter()
        # Whole seconds: CTranslate2 keeps memory for every length it has met, so there must be few of them.
        needed_s = float(math.ceil(len(y) / SAMPLE_RATE + TAIL_S))
        window_s = WINDOW_S if self.full_window else min(WINDOW_S, max(MIN_WINDOW_S, needed_s))
        found = self._attempt(y, forced, previous, window_s)
        if found[3] > MAX_COMPRESSION and (window_s < WINDOW_S or previous):
            window_s = WINDOW_S  # a loop: what the model was trained for, and no text to be led astray by
            found = self._attempt(y, forced, "", window_s)
        words, logprob, no_speech, compression = found
        rejected = ""
        if compression > MAX_COMPRESSION or repeats(words):
            rejected = "it repeats itself"
        elif no_speech > MAX_NO_SPEECH and logprob < MIN_LOGPROB:
            rejected = "the model hears no speech"
        return Hypothesis(
            words=() if rejected else words,
            seconds=time.perf_counter() - began,
            window_s=window_s,
            avg_logprob=logprob,
            no_speech_prob=no_speech,
            compression_ratio=compression,
            rejected=rejected,
        )

    def _attempt(self, y: np.ndarray, forced: str, previous: str, window_s: float) -> tuple:
        from faster_whisper.transcribe import get_compression_ratio

        tokenizer = self._tokenizer
        features = self.model.feature_extractor(y)[:, : math.ceil(len(y) / FRAME)]
        n_frames = 2 * math.ceil(window_s * SAMPLE_RATE / FRAME / 2)  # even: the second convolution halves it
        features = features[:, :n_frames]
        window = np.zeros((features.shape[0], n_frames), np.float32)
        window[:, : features.shape[1]] = features
        encoded = self.model.encode(window)

        prefix = tokenizer.encode(forced) if forced else []
        prompt = [*self._before(previous), *tokenizer.sot_sequence]
        if prefix:
            prompt += [tokenizer.timestamp_begin, *prefix]
        result = self.model.model.generate(
            encoded,
            [prompt],
            beam_size=1,
            max_length=min(self.model.max_length, len(prompt) + 16 + round(TOKENS_PER_S * len(y) / SAMPLE_RATE)),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=not prefix,
            suppress_tokens=self._suppressed,
            max_initial_timestamp_index=50,
        )[0]
        tokens = [t for t in result.sequences_ids[0] if t < tokenizer.eot]
        if prefix and tokens[: len(prefix)] != prefix:  # CTranslate2 gives the forced tokens back with the others
            tokens = [*prefix, *tokens]
        n = len(result.sequences_ids[0])
        logprob = float(result.scores[0]) * n / (n + 1)  # as faster-whisper: the end-of-text token counts
        text = tokenizer.decode(tokens).strip()
        new = len(tokens) > len(prefix)
        words = self._words(encoded, tokens, len(prefix), features.shape[1]) if new else ()
        return words, logprob, float(result.no_speech_prob), get_compression_ratio(text) if text else 0.0

    def _before(self, previous: str) -> list[int]:
        words = previous.split()[-PREVIOUS_WORDS:]
        if not words:
            return []
        return [self._tokenizer.sot_prev, *self._tokenizer.encode(" " + " ".join(words))]

    def _words(self, encoded, tokens: list[int], n_forced: int, n_frames: int) -> tuple[Word, ...]:
        """The words behind the forced tokens, timed by cross-attention and dynamic time warping over the whole text."""
        from faster_whisper.transcribe import merge_punctuations

        aligned = self.model.find_alignment(self._tokenizer, [tokens], encoded, n_frames)[0]
        merge_punctuations(aligned, PREPENDED, APPENDED)
        words, done = [], 0
        for item in aligned:
            before, done = done, done + len(item["tokens"])
            if done <= n_forced or not item["word"]:
                continue
            text = item["word"]
            if before < n_forced:  # it goes on where the forced text ended: only its new part counts
                text = self._tokenizer.decode(item["tokens"][n_forced - before :])
            if not any(c.isalnum() for c in text):
                continue  # a mark alone is not a word
            start, end = float(item["start"]), float(item["end"])
            words.append(Word(round(start, 3), round(max(start, end), 3), text, float(item["probability"])))
        return tuple(words)
