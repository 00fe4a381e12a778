"""Whisper by transformers (PyTorch): for hub models and folders that hold safetensors.

The same methods as `models.whisper.ct2.FasterWhisper`, several times slower on a CPU. What it can't do it says:
words carry no probability (`prob` is None), segments carry no decoder statistics, and `IGNORED_OPTIONS` name what has
no effect.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from algorithms.text.transcript import Segment, Transcript, Word
from models.registry import ModelUnavailable
from models.sizes import check_counts
from models.whisper.plain_text import takes_text
from models.whisper.stream import (
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

IGNORED_OPTIONS = ("condition_on_previous_text",)  # each 30 s window is decoded on its own

PUNCTUATION = "\"'.。,，!！?？:：”)]}、"  # belongs to the word before it (openai/whisper, timing.py)


class HfWhisper:
    """A Whisper model in transformers' format; a `Transcriber`. One decoding at a time.

    Attributes
    ----------
    multilingual : bool
        False for English-only weights.
    languages : tuple of str
        ISO 639-1 codes it knows.
    """

    def __init__(self, model: Any, feature_extractor: Any, tokenizer: Any, name: str):
        """Wrap transformers' model and feature extractor and a `tokenizers.Tokenizer`."""
        self.model = model
        self.feature_extractor = feature_extractor
        self.tokenizer = takes_text(tokenizer)
        self.name = name
        config = model.generation_config
        self.multilingual = bool(getattr(config, "is_multilingual", False))
        self._language_ids = {t[2:-2]: i for t, i in (getattr(config, "lang_to_id", None) or {}).items()}
        self.languages = tuple(self._language_ids) if self.multilingual else ("en",)
        self._lock = threading.Lock()  # generate() keeps state on the model while it runs

    def transcribe(
        self, y: np.ndarray, *, language: str | None = None, task: str = "transcribe", word_timestamps: bool = True
    ) -> Transcript:
        """See `FasterWhisper.transcribe`."""
        options = WhisperOptions(language=language, task=task, word_timestamps=word_timestamps)
        return self.stream(y, options).transcript()

    def stream(
        self, source: Source, options: WhisperOptions | None = None, *, cancel: threading.Event | None = None
    ) -> TranscriptStream:
        """See `FasterWhisper.stream`; segments come window by window, memory is that of one window."""
        options = options or WhisperOptions()
        check_request(self.name, self.multilingual, self.languages, options)
        blocks = checked_blocks(source)
        return TranscriptStream(cancel).start(lambda stream: self._decode(stream, blocks, options))

    def detect_language(self, y: np.ndarray) -> list[tuple[str, float]]:
        """See `FasterWhisper.detect_language`."""
        if not self.multilingual:
            raise ValueError(
                f"{self.name} knows only English, so it can't tell languages apart: use a multilingual one."
            )
        y = check_audio(y)
        if not len(y):
            raise ValueError("There is no sound to tell a language from: the clip holds no samples.")
        import torch

        ids = list(self._language_ids.values())
        with self._lock, torch.inference_mode():
            inputs = self._features(y[: round(WINDOW_S * SAMPLE_RATE)])
            start = torch.tensor([[self.model.generation_config.decoder_start_token_id]], device=self.model.device)
            logits = self.model(input_features=inputs.input_features, decoder_input_ids=start).logits[0, -1, ids]
            probs = torch.softmax(logits.float(), dim=-1).tolist()
        return sorted(zip(self._language_ids, probs, strict=True), key=lambda item: -item[1])

    def _features(self, y: np.ndarray) -> Any:
        """Features on the device that decodes. The model moves there now, not when it is loaded: a host that lends GPUs
        has one only while it decodes.
        """
        import torch

        self.model.to("cuda" if torch.cuda.is_available() else "cpu")
        features = self.feature_extractor(
            y, sampling_rate=SAMPLE_RATE, return_tensors="pt", return_attention_mask=True, padding="max_length"
        )
        return features.to(self.model.device)

    def _decode(
        self, stream: TranscriptStream, blocks: Iterator[np.ndarray], options: WhisperOptions
    ) -> Iterator[Segment]:
        stream.language = options.language if self.multilingual else "en"
        buffer, n_window, last = BlockBuffer(blocks), round(WINDOW_S * SAMPLE_RATE), False
        while not last and not stream.cancelled:
            window = buffer.fill(n_window + 1)[:n_window]
            last = buffer.is_last(n_window)
            start_s = buffer.start / SAMPLE_RATE
            if last:
                stream.duration_s = (buffer.start + len(window)) / SAMPLE_RATE
            segments = self._decode_window(stream, window, options, first=not buffer.start) if len(window) else []
            done = len(window)
            if not last and segments:
                # The last of several segments may be cut off by the end of the window: it is decoded again.
                segments = segments[:-1] or segments
                end = round(segments[-1].end_s * SAMPLE_RATE)
                done = min(done, end) if end > 0 else done
            for segment in segments:
                yield segment.shifted(start_s)
                if stream.cancelled:
                    return
            buffer.drop(done)
            stream.position_s = buffer.start / SAMPLE_RATE

    def _decode_window(
        self, stream: TranscriptStream, y: np.ndarray, options: WhisperOptions, *, first: bool
    ) -> list[Segment]:
        import torch

        if options.vad and not _has_speech(y):
            return []
        if stream.language is None:
            stream.language_probs = self.detect_language(y)
            stream.language = stream.language_probs[0][0]
        arguments: dict[str, Any] = {
            "num_beams": options.beam_size,
            "temperature": tuple(options.temperatures),
            "compression_ratio_threshold": options.compression_ratio_threshold,
            "logprob_threshold": options.logprob_threshold,
        }
        if self.multilingual:
            arguments |= {"language": stream.language, "task": options.task}
        if options.logprob_threshold is not None:  # transformers weighs silence against it, and refuses one alone
            arguments["no_speech_threshold"] = options.no_speech_threshold
        if first and options.initial_prompt:
            prompt = self.tokenizer.encode(f" {options.initial_prompt.strip()}", add_special_tokens=False).ids
            prompt = [self.tokenizer.token_to_id("<|startofprev|>"), *prompt[-223:]]
            arguments["prompt_ids"] = torch.tensor(prompt)
        with self._lock, torch.inference_mode():
            inputs = self._features(y)
            if "prompt_ids" in arguments:
                arguments["prompt_ids"] = arguments["prompt_ids"].to(self.model.device)
            output = self.model.generate(
                inputs.input_features,
                attention_mask=inputs.attention_mask,
                return_timestamps=True,
                return_segments=True,
                return_token_timestamps=options.word_timestamps,
                **arguments,
            )
        duration_s = len(y) / SAMPLE_RATE
        segments = (self._segment(s, stream, options, duration_s) for s in output["segments"][0])
        return [s for s in segments if s.text.strip() and s.end_s > s.start_s]

    def _segment(
        self, found: dict[str, Any], stream: TranscriptStream, options: WhisperOptions, duration_s: float
    ) -> Segment:
        end_of_text = self.tokenizer.token_to_id("<|endoftext|>")
        tokens = found["tokens"].tolist()
        text_tokens = [t for t in tokens if t < end_of_text]
        start_s, end_s = (min(float(found[k]), duration_s) for k in ("start", "end"))
        words: list[Word] = []
        if options.word_timestamps:
            # transformers gives the time at which each token ends; it begins where the one before it ended.
            ends = [min(float(t), duration_s) for t in found["token_timestamps"]]
            timed = [(ends[max(i - 1, 0)], ends[i]) for i, t in enumerate(tokens) if t < end_of_text]
            words = self._words(text_tokens, timed, stream.language or "en", options.task)
            if words:
                start_s, end_s = words[0].start_s, max(words[-1].end_s, words[0].start_s)
        return Segment(round(start_s, 3), round(end_s, 3), self.tokenizer.decode(text_tokens), words)

    def _words(self, tokens: list[int], timed: list[tuple[float, float]], language: str, task: str) -> list[Word]:
        from faster_whisper.tokenizer import Tokenizer

        splitter = Tokenizer(self.tokenizer, self.multilingual, task=task, language=language)
        words: list[Word] = []
        position = 0
        for text, word_tokens in zip(*splitter.split_to_word_tokens(tokens), strict=True):
            span = timed[position : position + len(word_tokens)]
            position += len(word_tokens)
            if words and text.strip() and all(c in PUNCTUATION for c in text):
                words[-1] = words[-1]._replace(text=words[-1].text + text)
            elif span:
                words.append(Word(round(span[0][0], 3), round(span[-1][1], 3), text, None))
        return words


def _has_speech(y: np.ndarray) -> bool:
    from faster_whisper.vad import get_speech_timestamps

    return bool(get_speech_timestamps(y))


def load_folder(folder: Path, name: str) -> HfWhisper:
    """Load config.json, *.safetensors and tokenizer.json of a transformers folder; nothing pickled is ever read."""
    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers' audio code imports torchaudio where it is installed
    if not (folder / "tokenizer.json").is_file():
        raise ModelUnavailable(f"{name} has no tokenizer.json: choose a complete Whisper model.")
    import tokenizers
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    try:
        config = WhisperConfig.from_pretrained(folder, local_files_only=True)
        check_counts(folder, lambda: WhisperForConditionalGeneration(config), name)
        model = WhisperForConditionalGeneration.from_pretrained(folder, use_safetensors=True, local_files_only=True)
        extractor = WhisperFeatureExtractor.from_pretrained(folder, local_files_only=True)
    except ModelUnavailable:
        raise
    except (
        OSError,
        ValueError,
        TypeError,
        ArithmeticError,
        RuntimeError,
        SafetensorError,
        StrictDataclassError,
    ) as error:
        raise ModelUnavailable(f"{name} can't be loaded as a transformers Whisper model ({error}).") from error
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    return HfWhisper(model.float().eval(), extractor, tokenizer, name)  # features are float32; files may hold float16
