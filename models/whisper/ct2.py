"""Whisper by faster-whisper (CTranslate2): the transcriber that every install carries.

Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision", https://arxiv.org/abs/2212.04356.
Sound of up to ten minutes goes to faster-whisper in one piece and gives exactly its words. Longer sound goes in
overlapping chunks of five minutes, so that memory does not grow with the length: computing the log-mel features of an
hour at once takes more than 2 GB.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.text.transcript import Segment, Transcript, Word
from models.whisper.plain_text import takes_text
from models.whisper.stream import (
    FRAME,
    SAMPLE_RATE,
    WINDOW_S,
    BlockBuffer,
    TranscriptStream,
    WhisperOptions,
    check_audio,
    check_request,
    checked_blocks,
)

if TYPE_CHECKING:
    from models.whisper.stream import Source

WHOLE_S = 600  # seconds up to which the sound is decoded in one piece
CHUNK_S = 300  # seconds a piece of longer sound; about 200 MB while its features are computed
WINDOW_FRAMES = round(WINDOW_S * SAMPLE_RATE / FRAME)  # 3000 frames in what the encoder sees
PROMPT_TOKENS = 223  # what faster-whisper passes on of the text before: 448 // 2 - 1
PROMPT_RESET_TEMPERATURE = 0.5  # text sampled hotter than this is not passed on (faster-whisper's default)


class FasterWhisper:
    """A Whisper model in CTranslate2's format; a `Transcriber`. Safe to share between threads.

    Attributes
    ----------
    multilingual : bool
        False for English-only weights (tiny.en), which neither detect languages nor translate.
    languages : tuple of str
        ISO 639-1 codes it knows.
    """

    def __init__(self, model: Any, name: str):
        """Wrap a `faster_whisper.WhisperModel`; `name` is how messages call it."""
        model.hf_tokenizer = takes_text(model.hf_tokenizer)
        self.model = model
        self.name = name
        self.multilingual = bool(model.model.is_multilingual)
        self.languages = tuple(model.supported_languages)

    def transcribe(
        self, y: np.ndarray, *, language: str | None = None, task: str = "transcribe", word_timestamps: bool = True
    ) -> Transcript:
        """Transcribe, or translate into English, one clip with the default options.

        Parameters
        ----------
        y
            Mono float samples in [-1, 1], shape [n], 16 kHz.
        language
            ISO 639-1 code; None detects it.
        task
            "transcribe" or "translate".
        word_timestamps
            Give each word its start, end and probability.

        Raises
        ------
        ValueError
            Unusable samples, or a language or task that the model does not know.
        """
        options = WhisperOptions(language=language, task=task, word_timestamps=word_timestamps)
        return self.stream(y, options).transcript()

    def stream(
        self, source: Source, options: WhisperOptions | None = None, *, cancel: threading.Event | None = None
    ) -> TranscriptStream:
        """Decode and yield segments as they come.

        Parameters
        ----------
        source
            Samples (float [n], 16 kHz), the path of a sound file, or an iterable of blocks of such samples.
        options
            How to decode; None takes the defaults.
        cancel
            Set it, from any thread, to stop before the next window.

        Returns
        -------
        TranscriptStream
            An iterator of `Segment`, with language, position and duration as attributes.

        Raises
        ------
        ValueError
            As for `transcribe`; for files and iterables, while iterating where the fault is found later.
        """
        options = options or WhisperOptions()
        check_request(self.name, self.multilingual, self.languages, options)
        blocks = checked_blocks(source)
        return TranscriptStream(cancel).start(lambda stream: self._decode(stream, blocks, options))

    def detect_language(self, y: np.ndarray) -> list[tuple[str, float]]:
        """Every language with its probability, best first, from the first 30 s of `y` (float [n], 16 kHz).

        Raises
        ------
        ValueError
            The model is English-only: it has no language tokens to weigh.
        """
        if not self.multilingual:
            raise ValueError(
                f"{self.name} knows only English, so it can't tell languages apart: use a multilingual one."
            )
        y = check_audio(y)
        if not len(y):
            raise ValueError("There is no sound to tell a language from: the clip holds no samples.")
        _, _, probs = self.model.detect_language(audio=y[: round(WINDOW_S * SAMPLE_RATE)])
        return _sorted_probs(probs)

    def _decode(self, stream: TranscriptStream, blocks: Iterator[np.ndarray], options: WhisperOptions):
        stream.language = options.language if self.multilingual else "en"
        buffer = BlockBuffer(blocks)
        whole = WHOLE_S * SAMPLE_RATE
        y = buffer.fill(whole + 1)
        if not len(y):
            raise ValueError("There is no sound to transcribe: the file holds no samples.")
        if not buffer.is_last(whole):
            yield from self._decode_long(stream, buffer, options)
            return
        stream.duration_s = len(y) / SAMPLE_RATE
        if stream.cancelled:
            return
        decoded, info = self.model.transcribe(y, vad_filter=options.vad, **_arguments(options))
        _tell_language(stream, info)
        for segment in decoded:
            yield _segment(segment).until(stream.duration_s)
            if stream.cancelled:
                return
        stream.position_s = stream.duration_s

    def _decode_long(self, stream: TranscriptStream, buffer: BlockBuffer, options: WhisperOptions) -> Iterator[Segment]:
        """Chunk by chunk, each starting at the first window that the chunk before could not show in full."""
        arguments = _arguments(options)
        prompt = _Prompt(self.model, options)
        chunk_samples = CHUNK_S * SAMPLE_RATE
        last = False
        while not last and not stream.cancelled:
            chunk = buffer.fill(chunk_samples + 1)[:chunk_samples]
            last = buffer.is_last(chunk_samples)
            start_s = buffer.start / SAMPLE_RATE
            chunk_s = len(chunk) / SAMPLE_RATE
            if last:
                stream.duration_s = (buffer.start + len(chunk)) / SAMPLE_RATE
            arguments["initial_prompt"] = prompt.tokens()
            decoding = self._decode_chunk(stream, chunk, last, options.vad, arguments)
            done = 0
            while True:
                try:
                    segment = next(decoding)
                except StopIteration as stop:
                    done = stop.value
                    break
                prompt.add(segment)
                yield _segment(segment).until(chunk_s).shifted(start_s)
                if stream.cancelled:
                    return
            arguments["language"] = stream.language  # detected once, in the first chunk that holds speech
            del chunk
            buffer.drop(done)
            stream.position_s = max(stream.position_s, buffer.start / SAMPLE_RATE)

    def _decode_chunk(
        self, stream: TranscriptStream, chunk: np.ndarray, last: bool, vad: bool, arguments: dict[str, Any]
    ) -> Generator[Any, None, int]:
        """Yield faster-whisper's segments of `chunk` that it could see whole; return how many samples are done with.

        Windows are 30 s from wherever the last one ended its last segment, so the last window of a chunk is cut short.
        Its segments are not used (unless nothing follows): the next chunk starts there, with that window in full.
        """
        from faster_whisper.transcribe import restore_speech_timestamps

        resume = len(chunk) if last else None  # where to go on, if that is known before decoding
        audio, regions = chunk, None
        if vad:
            regions, resume = _speech(chunk, last)
            if not regions:
                return resume
            audio = np.concatenate([chunk[r["start"] : r["end"]] for r in regions])
        decoded, info = self.model.transcribe(audio, vad_filter=False, **arguments)
        if stream.language is None:
            _tell_language(stream, info)
        if regions:
            decoded = restore_speech_timestamps(decoded, regions, SAMPLE_RATE)
        n_frames = len(audio) // FRAME
        end = 0
        for segment in decoded:
            if resume is None and segment.seek + WINDOW_FRAMES > n_frames:
                return (regions[0]["start"] if regions else 0) + segment.seek * FRAME
            end = round(segment.end * SAMPLE_RATE)
            yield segment
        if resume is not None:
            return resume
        # The windows after the last segment were silent; the last of them was cut short, so look at it again.
        return max(min(end, len(chunk)), len(chunk) - round(WINDOW_S * SAMPLE_RATE))


class _Prompt:
    """The text so far, as faster-whisper would carry it from window to window."""

    def __init__(self, model: Any, options: WhisperOptions):
        self._keep = options.condition_on_previous_text
        text = (options.initial_prompt or "").strip()
        self._tokens = list(model.hf_tokenizer.encode(f" {text}", add_special_tokens=False).ids) if text else []

    def tokens(self) -> list[int] | None:
        """What to give the next chunk."""
        tokens = self._tokens[-PROMPT_TOKENS:] or None
        if not self._keep:
            self._tokens = []  # an initial prompt is for the first window only
        return tokens

    def add(self, segment: Any) -> None:
        if self._keep:
            hot = segment.temperature is not None and segment.temperature > PROMPT_RESET_TEMPERATURE
            self._tokens = [] if hot else [*self._tokens[-PROMPT_TOKENS:], *segment.tokens]


def _speech(chunk: np.ndarray, last: bool) -> tuple[list[dict[str, int]], int | None]:
    """Speech regions (samples) by Silero VAD, up to a silence where the chunk can be cut, and that cut.

    The cut is None where the whole chunk is one stretch of speech that goes on after it.
    """
    from faster_whisper.vad import get_speech_timestamps

    regions = get_speech_timestamps(chunk)
    if last:
        return regions, len(chunk)
    if not regions:
        return [], len(chunk) - SAMPLE_RATE  # a word may just be starting in the last second
    if regions[-1]["end"] < len(chunk):
        return regions, (regions[-1]["end"] + len(chunk)) // 2
    if len(regions) > 1:
        return regions[:-1], (regions[-2]["end"] + regions[-1]["start"]) // 2
    if regions[0]["start"] > SAMPLE_RATE:
        return [], regions[0]["start"]
    return regions, None


def _arguments(options: WhisperOptions) -> dict[str, Any]:
    """`options` under the names that `faster_whisper.WhisperModel.transcribe` uses, without the VAD."""
    return {
        "language": options.language,
        "task": options.task,
        "beam_size": options.beam_size,
        "temperature": list(options.temperatures),
        "compression_ratio_threshold": options.compression_ratio_threshold,
        "log_prob_threshold": options.logprob_threshold,
        "no_speech_threshold": options.no_speech_threshold,
        "initial_prompt": options.initial_prompt,
        "condition_on_previous_text": options.condition_on_previous_text,
        "word_timestamps": options.word_timestamps,
    }


def _segment(s: Any) -> Segment:
    words = (
        Word(round(float(w.start), 3), round(float(w.end), 3), w.word, float(w.probability)) for w in s.words or ()
    )
    return Segment(
        round(float(s.start), 3),
        round(float(s.end), 3),
        s.text,
        words,
        avg_logprob=float(s.avg_logprob),
        no_speech_prob=float(s.no_speech_prob),
        compression_ratio=float(s.compression_ratio),
        temperature=None if s.temperature is None else float(s.temperature),
    )


def _sorted_probs(probs) -> list[tuple[str, float]]:
    return sorted(((code, float(p)) for code, p in probs), key=lambda item: -item[1])


def _tell_language(stream: TranscriptStream, info: Any) -> None:
    stream.language = info.language
    if info.all_language_probs:
        stream.language_probs = _sorted_probs(info.all_language_probs)
