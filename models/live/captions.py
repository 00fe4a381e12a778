"""Captions for one listener: sound goes in block by block, stable words and a tail that may still change come out.

Whisper is no streaming model: it turns a whole window of sound into text. So the window is decoded again and again as
it grows, and what successive hypotheses agree on is called stable (algorithms/whisper/local_agreement.py). Silero VAD
says where an utterance ends; stable sound is dropped, so the buffer stays short however long somebody speaks.

One `Captioner` belongs to one listener. `feed` may be called from one thread and `work` from another.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.whisper.local_agreement import LocalAgreement, trim_time
from models.live.decode import LiveDecoder
from models.live.types import CaptionOptions, StableWord, Stats, Update
from models.live.vad import FRAME_S, Endpointer, StreamingVad
from models.whisper.stream import SAMPLE_RATE, check_audio

__all__ = ["CaptionOptions", "Captioner", "StableWord", "Stats", "Update"]

PRE_ROLL_S = 0.4  # kept before the VAD notices speech: soft beginnings
POST_ROLL_S = 0.3  # kept behind an utterance's end
MIN_SPEECH_S = 0.1  # anything shorter is a click
HOLD_WORDS = 2  # at the end of a hypothesis: a word that is cut in half is often heard as two
TRIM_S = 12.0  # a buffer longer than this is cut at a stable sentence or word end
MAX_BUFFER_S = 28.0  # Whisper sees 30 s: beyond this the oldest sound goes, heard or not
BREATHER = 1.2  # listens this many times as long as the last hypothesis took: one listener never takes a whole core
KEEP_WORDS = 30_000  # of the transcript: more than three hours of speech
KEEP_FRAMES = round(120 / FRAME_S)  # of speech probability and level: two minutes
KEEP_UPDATES = 400  # hypotheses that can be asked for again
DELAY_WINDOW_S = 10.0  # over which the shortest delay between the sound's clock and ours is sought


class Captioner:
    """See the module.

    Parameters
    ----------
    model
        A `FasterWhisper`; shared, nothing of a listener is kept in it.
    options
        See `CaptionOptions`.
    clock
        Seconds, rising; a benchmark hands in a clock of its own to simulate an hour.
    """

    def __init__(
        self, model: Any, options: CaptionOptions | None = None, *, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._clock = clock
        # Guards what `feed` and `work` both touch; not held while decoding. Hold it to read attributes together.
        self.lock = threading.RLock()
        self._vad = StreamingVad()
        self._wrap: Callable[[Any], Any] = lambda decoder: decoder
        self.set_options(model, options or CaptionOptions())
        self.reset()

    def set_options(self, model: Any, options: CaptionOptions) -> None:
        """Change how captions are made; takes full effect with the next utterance."""
        self.options = options
        self._decoder = self._wrap(LiveDecoder(model, options.language, full_window=options.full_window))
        if hasattr(self, "_endpointer"):
            self._endpointer.silence_ms = options.silence_ms

    def wrap_decoder(self, wrap: Callable[[Any], Any]) -> None:
        """Put something around the decoder: a simulation that counts its time, a test that makes it slow."""
        self._wrap = wrap
        self._decoder = wrap(self._decoder)

    def reset(self) -> None:
        """Forget everything heard, for a new start; the model stays loaded."""
        with self.lock:
            self._vad.reset()
            self._endpointer = Endpointer(self.options.silence_ms)
            self._agreement = self._new_agreement()
            self._resampler: tuple[int, Any] | None = None
            self._parts: list[np.ndarray] = []  # the buffer: what is not yet stable, and a little before it
            self._start = self._end = 0  # samples since the start that the buffer covers
            self._speaking_from: int | None = None
            self._spoken: deque[tuple[int, int]] = deque()  # utterances that have ended and are not yet written down
            self._heard = 0  # how far the last hypothesis heard, in samples
            self._last_seconds = 0.0
            self._utterance: list[StableWord] = []  # stable words of the utterance under way, as far as in the buffer
            self._said: list[Word] = []  # stable words of the utterance under way, all of them
            self._previous: deque[str] = deque(maxlen=60)  # words before the buffer
            self._delays: deque[tuple[float, float]] = deque()  # (position, clock - position), of the last seconds
            self._last_end_s = 0.0
            self.stats = Stats()
            self.segments: deque[Segment] = deque()  # one an utterance
            self._kept_words = 0
            self.updates: deque[Update] = deque(maxlen=KEEP_UPDATES)
            self.frames: deque[tuple[float, float]] = deque(maxlen=KEEP_FRAMES)  # (speech probability, level)
            self.n_frames = 0  # all of them, also those forgotten
            self.utterances: deque[tuple[float, float]] = deque(maxlen=200)  # (start_s, end_s) by the VAD
            self.finished = False

    def _new_agreement(self) -> LocalAgreement:
        n = self.options.agreement
        return LocalAgreement(n, hold=min(n, HOLD_WORDS))

    # ---- sound comes in ----

    def feed(self, samples: np.ndarray, sample_rate: int = SAMPLE_RATE) -> None:
        """Take the next samples.

        Parameters
        ----------
        samples
            Mono [n], of any length: float in [-1, 1] or int16.
        sample_rate
            Hz. Other rates than 16 kHz are converted with a filter whose state goes from block to block.

        Raises
        ------
        ValueError
            Samples that are not mono, or NaN.
        """
        if isinstance(samples, np.ndarray) and samples.dtype == np.int16:
            samples = samples.astype(np.float32) / 32768
        y = check_audio(samples)
        with self.lock:
            self._take(self._at_16k(y, sample_rate))

    def _at_16k(self, y: np.ndarray, sample_rate: int, last: bool = False) -> np.ndarray:
        if sample_rate == SAMPLE_RATE:
            return y
        if self._resampler is None or self._resampler[0] != sample_rate:
            if not 8000 <= sample_rate <= 384_000:
                raise ValueError(f"A microphone at {sample_rate} Hz can't be used: it takes 8000 Hz or more.")
            import soxr

            self._resampler = sample_rate, soxr.ResampleStream(sample_rate, SAMPLE_RATE, 1, dtype="float32")
        return self._resampler[1].resample_chunk(y, last=last)

    def _take(self, y: np.ndarray) -> None:
        if not len(y):
            return
        self._parts.append(y)
        self._end += len(y)
        position_s = self._end / SAMPLE_RATE
        self.stats.heard_s = position_s
        self._delays.append((position_s, self._clock() - position_s))
        while self._delays[0][0] < position_s - DELAY_WINDOW_S:
            self._delays.popleft()
        probs, levels = self._vad.push(y)
        self.frames.extend(zip(probs.tolist(), levels.tolist(), strict=True))
        self.n_frames += len(probs)
        for edge in self._endpointer.push(probs):
            if edge.kind == "start":
                self._speaking_from = edge.sample
            else:
                self._spoken.append((self._speaking_from, edge.sample))
                self.utterances.append((self._speaking_from / SAMPLE_RATE, edge.sample / SAMPLE_RATE))
                self._speaking_from = None
        self._bound()

    def _bound(self) -> None:
        """Keep the buffer short: silence goes at once, speech only where it has grown beyond what Whisper can see."""
        if self._spoken:
            keep_from = self._spoken[0][0] - round(PRE_ROLL_S * SAMPLE_RATE)
        elif self._speaking_from is not None:
            keep_from = self._speaking_from - round(PRE_ROLL_S * SAMPLE_RATE)
        else:
            keep_from = self._end - round(PRE_ROLL_S * SAMPLE_RATE)
        limit = self._end - round(MAX_BUFFER_S * SAMPLE_RATE)
        if limit > max(keep_from, self._start):
            self.stats.dropped_s += (limit - max(keep_from, self._start)) / SAMPLE_RATE
            while self._spoken and self._spoken[0][1] <= limit:
                self._spoken.popleft()
        self._drop_before(max(keep_from, limit))

    def _drop_before(self, sample: int) -> None:
        drop = min(sample, self._end) - self._start
        if drop <= 0:
            return
        self._start += drop
        while self._parts and drop >= len(self._parts[0]):
            drop -= len(self._parts.pop(0))
        if drop and self._parts:
            self._parts[0] = self._parts[0][drop:].copy()
        # Words before the cut are text that came before, no longer text that the decoder must begin with.
        start_s = self._start / SAMPLE_RATE
        while self._utterance and (self._utterance[0].start_s + self._utterance[0].end_s) / 2 < start_s:
            self._previous.append(self._utterance.pop(0).text.strip())

    # ---- text comes out ----

    @property
    def due(self) -> bool:
        """Whether `work` has something to do."""
        with self.lock:
            return self._due()

    def _due(self) -> bool:
        if self._spoken:
            return True
        if self._speaking_from is None:
            return False
        step_s = max(self.options.min_step_s, BREATHER * self._last_seconds)
        from_sample = max(self._heard, self._speaking_from)
        return self._end - from_sample >= step_s * SAMPLE_RATE

    def work(self) -> Update | None:
        """Make one hypothesis from all the sound there is by now, if it is time for one.

        It always hears everything up to now, so a slow machine makes fewer hypotheses instead of falling behind.
        """
        with self.lock:
            if not self._due():
                return None
            final = bool(self._spoken)
            if final:
                began, ended = self._spoken[0]
                end = min(self._end, ended + round(POST_ROLL_S * SAMPLE_RATE))
            else:
                began, ended, end = self._speaking_from, None, self._end
            heard_already = self._heard
            y = np.concatenate(self._parts)[: end - self._start]
            start_s = self._start / SAMPLE_RATE
            forced = "".join(w.text for w in self._utterance)
            previous = " ".join(self._previous)
        is_click = final and ended - began < MIN_SPEECH_S * SAMPLE_RATE
        heard_all = final and heard_already >= ended + round(0.1 * SAMPLE_RATE) and self._agreement.tail
        hypothesis = None
        if not (is_click or heard_all):
            hypothesis = self._decoder.decode(y, forced=forced, previous=previous)
        with self.lock:
            return self._learn(hypothesis, start_s, end, final)

    def _learn(self, hypothesis: Any, start_s: float, end: int, final: bool) -> Update:
        heard_s = end / SAMPLE_RATE
        stable: Sequence[Word] = ()
        n_forced = len(self._utterance)
        if hypothesis is not None:
            self._last_seconds = hypothesis.seconds
            self.stats.computed_s += hypothesis.seconds
            self.stats.hypotheses += 1
            if not hypothesis.rejected:
                stable = self._agreement.insert(_shifted(hypothesis.words, start_s, self._last_end_s, heard_s))
        self._heard = max(self._heard, end)
        if final:
            rejected = hypothesis is not None and hypothesis.rejected
            stable = [*stable, *(() if rejected else self._agreement.flush())]
            self._spoken.popleft()
        at_s = self._now_s()
        words = [StableWord(w.start_s, w.end_s, w.text, w.prob, max(0.0, at_s - w.end_s)) for w in stable]
        if words:
            self._last_end_s = words[-1].end_s
        self._utterance += words
        self._said += [Word(w.start_s, w.end_s, w.text, w.prob) for w in words]
        self.stats.stable_words += len(words)
        self.stats.latencies_s.extend(w.latency_s for w in words)
        update = Update(
            number=(self.updates[-1].number if self.updates else 0) + 1,
            utterance=self.stats.utterances + 1,
            heard_s=heard_s,
            at_s=at_s,
            seconds=hypothesis.seconds if hypothesis else 0.0,
            window_s=hypothesis.window_s if hypothesis else 0.0,
            buffer_s=heard_s - start_s,
            forced=n_forced,
            stable=tuple(words),
            tail=() if final else self._agreement.tail,
            final=final,
            rejected=hypothesis.rejected if hypothesis else "",
        )
        self.updates.append(update)
        if final:
            self._end_utterance(end)
        else:
            cut_s = trim_time(self._utterance, self._start / SAMPLE_RATE, heard_s, TRIM_S)
            if cut_s is not None:
                self._drop_before(round(cut_s * SAMPLE_RATE))
        return update

    def _end_utterance(self, end: int) -> None:
        if self._said:
            text = "".join(w.text for w in self._said)
            self.segments.append(Segment(self._said[0].start_s, self._said[-1].end_s, text, self._said))
            self._kept_words += len(self._said)
            self.stats.utterances += 1
        while self._kept_words > KEEP_WORDS:
            gone = len(self.segments.popleft().words)
            self._kept_words -= gone
            self.stats.forgotten_words += gone
        self._previous.extend(w.text.strip() for w in self._utterance)
        self._utterance, self._said = [], []
        self._agreement = self._new_agreement()
        following = self._spoken[0][0] if self._spoken else self._speaking_from
        pre_roll = round(PRE_ROLL_S * SAMPLE_RATE)
        self._drop_before(self._end - pre_roll if following is None else max(end - pre_roll, following - pre_roll))

    def _now_s(self) -> float:
        """The time on the sound's own axis: the shortest delay of the last seconds says where its zero lies."""
        if not self._delays:
            return self._end / SAMPLE_RATE
        return self._clock() - min(delay for _, delay in self._delays)

    def finish(self) -> list[Update]:
        """The sound is over: write down everything that is left, however long ago the last hypothesis was."""
        with self.lock:
            if self._resampler is not None:
                self._take(self._at_16k(np.zeros(0, np.float32), self._resampler[0], last=True))
                self._resampler = None
            if self._speaking_from is not None:
                self._spoken.append((self._speaking_from, self._end))
                self.utterances.append((self._speaking_from / SAMPLE_RATE, self._end / SAMPLE_RATE))
                self._speaking_from = None
                self._endpointer.speaking = False
            self.finished = True
        updates = []
        while self.due:
            updates.append(self.work())
        return updates

    def since(self, number: int) -> list[Update]:
        """The updates after the one with this number, as far as they are kept."""
        with self.lock:
            return [u for u in self.updates if u.number > number]

    def transcript(self) -> Transcript:
        """Everything stable so far, one segment an utterance (its last 30,000 words)."""
        with self.lock:
            segments = list(self.segments)
            if self._said:
                text = "".join(w.text for w in self._said)
                segments.append(Segment(self._said[0].start_s, self._said[-1].end_s, text, self._said))
        return Transcript.from_segments(segments, self.options.language)

    @property
    def tail(self) -> tuple[Word, ...]:
        """What may still change."""
        return self._agreement.tail

    @property
    def buffer_s(self) -> float:
        """Seconds of sound held."""
        return (self._end - self._start) / SAMPLE_RATE


def _shifted(words: Sequence[Word], start_s: float, after_s: float, heard_s: float) -> list[Word]:
    """The words on the sound's own axis, in order: none before the last stable word, none beyond what was heard."""
    out = []
    for w in words:
        start = min(max(w.start_s + start_s, after_s), heard_s)
        end = min(max(w.end_s + start_s, start), heard_s)
        out.append(w._replace(start_s=round(start, 3), end_s=round(end, 3)))
        after_s = end
    return out
