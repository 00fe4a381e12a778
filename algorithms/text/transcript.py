"""A transcript: text, language and segments of timed words. Pure data for recognisers, pages and file formats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Word(NamedTuple):
    """One word as spoken; unpacks as `(start_s, end_s, text, prob)`."""

    start_s: float
    end_s: float
    text: str  # as decoded: carries its own leading space where the language writes one
    prob: float | None  # mean probability of its tokens, 0 to 1; None where the model gives none


class _Span(NamedTuple):
    start_s: float
    end_s: float
    text: str
    words: tuple[Word, ...] = ()


class Segment(_Span):
    """A stretch of speech; unpacks as `(start_s, end_s, text, words)`.

    What the decoder thought of it comes along as attributes, not as tuple fields, so that four names always unpack it;
    each is None where the model gives none:

    - `avg_logprob`: mean natural-log probability of its window's tokens (near 0 is sure, below -1 is suspect);
    - `no_speech_prob`: probability that its window holds no speech, 0 to 1;
    - `compression_ratio`: bytes of its window's text over bytes after zlib (above 2.4: probably a repetition loop);
    - `temperature`: the sampling temperature that finally passed the checks (0: beam search, first try).
    """

    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None
    temperature: float | None = None

    def __new__(cls, start_s: float, end_s: float, text: str, words: Iterable[Word] = (), **stats: float | None):
        """Make one; `stats` are the four attributes above."""
        unknown = set(stats) - {"avg_logprob", "no_speech_prob", "compression_ratio", "temperature"}
        if unknown:
            raise TypeError(f"Segment has no attribute {sorted(unknown)}")
        self = super().__new__(cls, start_s, end_s, text, tuple(words))
        self.__dict__.update(stats)
        return self

    def _replace(self, **changes) -> Segment:
        return Segment(**{**self._asdict(), **self.__dict__, **changes})

    def shifted(self, offset_s: float) -> Segment:
        """The same segment `offset_s` seconds later, words included, in whole milliseconds."""
        if not offset_s:
            return self

        def later(time_s: float) -> float:
            return round(time_s + offset_s, 3)

        words = (w._replace(start_s=later(w.start_s), end_s=later(w.end_s)) for w in self.words)
        return self._replace(start_s=later(self.start_s), end_s=later(self.end_s), words=tuple(words))

    def until(self, end_s: float) -> Segment:
        """The same segment with no time after `end_s`: Whisper rounds to 20 ms and may point behind the sound."""
        if self.end_s <= end_s and all(w.end_s <= end_s for w in self.words):
            return self
        words = (w._replace(start_s=min(w.start_s, end_s), end_s=min(w.end_s, end_s)) for w in self.words)
        return self._replace(start_s=min(self.start_s, end_s), end_s=min(self.end_s, end_s), words=tuple(words))


class Transcript(NamedTuple):
    """What was said; unpacks as `(text, language, segments)`."""

    text: str
    language: str  # ISO 639-1 code as Whisper uses it, "en"
    segments: tuple[Segment, ...]

    @classmethod
    def from_segments(cls, segments: Iterable[Segment], language: str) -> Transcript:
        """Join segments as decoded (each carries its own leading space) into one transcript."""
        segments = tuple(segments)
        return cls("".join(s.text for s in segments).strip(), language, segments)

    def words(self) -> Iterator[Word]:
        """Every word in order."""
        for segment in self.segments:
            yield from segment.words
