"""One transcription under way: a thread that decodes, what it has found so far, and a way to stop it.

The sound is read once, block by block: the model gets the blocks, and the picture of the waveform is collected from the
same ones on their way. So an hour of sound costs no more memory than a minute.
"""

from __future__ import annotations

import contextvars
import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import models
from algorithms.sound import io as audio_io
from algorithms.text.transcript import Segment, Transcript
from models.whisper.packaged import FasterWhisper
from models.whisper.result import OTHER, Envelope, ModelFacts, Result, Settings
from models.whisper.stream import SAMPLE_RATE, WhisperOptions

if TYPE_CHECKING:
    import numpy as np

PICTURE_COLUMNS = 1200  # of the waveform: about what a screen shows
MIN_S = 0.02  # the shortest sound that is taken, as everywhere in the app
TOGETHER_S = 0.1  # news that come within this time reach the page together
QUIET_S = 0.25  # without news for so long: a chance to notice that the visitor has gone or pressed Stop
SPECS_KEPT = 32  # models named by visitors whose look-up is remembered

_named: dict[str, models.ModelSpec] = {}  # id -> spec of models that visitors named


def find_model(settings: Settings) -> models.ModelSpec:
    """Return the spec of the chosen model; a named one is looked up (`models.ModelUnavailable` says what is wrong)."""
    if settings.model != OTHER:
        return models.spec(settings.model)
    if not settings.hub.strip():
        raise models.ModelUnavailable(
            "Name a Whisper model first: owner/name on the Hugging Face hub, for example openai/whisper-small."
        )
    spec = models.resolve(settings.hub)
    while len(_named) >= SPECS_KEPT:
        _named.pop(next(iter(_named)), None)
    _named[spec.id] = spec
    return spec


def precision(model: Any) -> str:
    """Return the number format of the loaded weights: "int8_float32" (CTranslate2), "float32" (PyTorch)."""
    if isinstance(model, FasterWhisper):
        return str(model.model.model.compute_type)
    return str(model.model.dtype).removeprefix("torch.")


class EnvelopeTap:
    """Collects the envelope of a sound while its blocks pass through to somebody else.

    A sound that proves longer than it was taken for gets wider columns, two of them becoming one, so that there are
    never more than twice `PICTURE_COLUMNS`.

    Parameters
    ----------
    duration_s
        About how long the sound is, for the width of a column; 0 where that is not known.
    """

    def __init__(self, duration_s: float) -> None:
        self.step = max(16, 2 * round(duration_s * SAMPLE_RATE / PICTURE_COLUMNS / 2))  # even, see _widened
        self.n_samples = 0
        self._low: list[np.ndarray] = []
        self._high: list[np.ndarray] = []
        self._columns = 0
        self._rest: np.ndarray | None = None
        self._lock = threading.Lock()  # the page looks while the decoder's thread adds

    def add(self, block: np.ndarray) -> None:
        """Take in the next samples (float32 [n], 16 kHz)."""
        import numpy as np

        with self._lock:
            self.n_samples += len(block)
            held = block if self._rest is None else np.concatenate([self._rest, block])
            whole = len(held) - len(held) % self.step
            rows = held[:whole].reshape(-1, self.step)
            low, high, self._rest = rows.min(axis=1), rows.max(axis=1), held[whole:]
            self._columns += len(low)
            if self._columns > 2 * PICTURE_COLUMNS:
                low, high = self._widened(np.concatenate([*self._low, low]), np.concatenate([*self._high, high]))
                self._low, self._high, self._columns = [], [], len(low)
            self._low.append(low)
            self._high.append(high)
            self._rest = self._rest.copy()

    def _widened(self, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Join columns to wider ones; those left over go back to the samples that wait for a column."""
        import numpy as np

        while len(low) > 2 * PICTURE_COLUMNS:
            pairs = len(low) // 2 * 2
            # The odd one is kept as samples that have its extremes: half a column of each.
            left = [np.repeat(x[pairs:], self.step // 2) for x in (low, high)]
            self._rest = np.concatenate([*left, np.zeros(0, np.float32), self._rest])
            low, high = low[:pairs].reshape(-1, 2).min(axis=1), high[:pairs].reshape(-1, 2).max(axis=1)
            self.step *= 2
        return low, high

    def envelope(self) -> Envelope:
        """Return what has been collected so far."""
        import numpy as np

        with self._lock:
            low, high = list(self._low), list(self._high)
            if self._rest is not None and len(self._rest):
                low.append(self._rest.min(keepdims=True))
                high.append(self._rest.max(keepdims=True))
            return Envelope(
                step_s=self.step / SAMPLE_RATE,
                low=np.concatenate(low) if low else np.zeros(0, np.float32),
                high=np.concatenate(high) if high else np.zeros(0, np.float32),
                duration_s=self.n_samples / SAMPLE_RATE,
            )


def read_envelope(path: str, max_s: float = math.inf) -> Envelope | None:
    """Read a sound file for its picture alone; None where it is longer than `max_s`.

    Raises `algorithms.sound.io.AudioError` where it can't be used.
    """
    tap = EnvelopeTap(audio_io.probe(path).duration_s or 0.0)
    for block in audio_io.stream(path, sample_rate=SAMPLE_RATE):
        tap.add(block)
        if tap.n_samples > max_s * SAMPLE_RATE:
            return None
    check_length(tap.n_samples)
    return tap.envelope()


def check_length(n_samples: int) -> None:
    """Raise `AudioError` for a sound too short to hold anything."""
    if n_samples < MIN_S * SAMPLE_RATE:
        raise audio_io.AudioError(
            f"The sound lasts {1000 * n_samples / SAMPLE_RATE:.0f} ms, and at least {1000 * MIN_S:.0f} ms are needed: "
            "record or choose a longer one."
        )


def decode_with_torch(model_id: str, path: str, options: WhisperOptions) -> Iterator[tuple]:
    """Decode with a PyTorch model.

    A host that lends GPUs runs it in another process, so everything that goes in and out can be pickled: yields
    (segment, language, language probabilities, position in s, duration in s or None), the last time with None for a
    segment.
    """
    stream = models.get(_named.get(model_id) or model_id).stream(path, options)
    for segment in stream:
        yield segment, stream.language, stream.language_probs, stream.position_s, stream.duration_s
    yield None, stream.language, stream.language_probs, stream.position_s, stream.duration_s


class Job:
    """Transcribes one sound in a thread of its own.

    Read `wait` in a loop until it returns False, and between times whatever is set so far; `cancel` stops it.

    Parameters
    ----------
    settings, path, title
        What to run, on which file, and what the sound is called.
    with_torch
        Decodes with PyTorch: `decode_with_torch` as the host's GPUs want it marked.

    Attributes
    ----------
    loading : tuple of (float, str) or None
        How far the weights' loading is and what is being done.
    segments : list of Segment
        So far.
    problem : str
        One sentence, where it could not be done.
    done_s, duration_s : float
        Seconds of the sound worked through, and in all (from the file's header until its end has been read).
    """

    def __init__(
        self, settings: Settings, path: str, title: str, with_torch: Callable[..., Iterator[tuple]] = decode_with_torch
    ) -> None:
        self.settings, self.path, self.title = settings, path, title
        self._with_torch = with_torch
        self.cancel = threading.Event()
        self.loading: tuple[float, str] | None = None
        self.model: ModelFacts | None = None
        self.segments: list[Segment] = []
        self.language: str | None = None
        self.language_probs: list[tuple[str, float]] = []
        self.notes: list[str] = []
        self.problem = ""
        self.done_s = self.seconds = self.duration_s = 0.0
        self.tap = EnvelopeTap(0.0)
        self.finished = False
        self._news: queue.SimpleQueue[BaseException | None] = queue.SimpleQueue()
        # The context carries who asked: a host that lends GPUs books their time by it.
        run = contextvars.copy_context().run
        self._thread = threading.Thread(target=run, args=(self._run,), name="whisper", daemon=True)

    def start(self) -> Job:
        """Begin."""
        self._thread.start()
        return self

    def wait(self) -> bool:
        """Wait for news, and a moment more for what comes with it; False once all is done.

        A fault that nobody foresaw is raised here, in the handler's own thread.
        """
        if self.finished:
            return False
        timeout_s, together_until = QUIET_S, 0.0
        while not self.finished and not self.cancel.is_set():
            try:
                fault = self._news.get(timeout=timeout_s)
            except queue.Empty:
                break
            if fault is not None:
                self.finished = True
                raise fault
            together_until = together_until or time.monotonic() + TOGETHER_S
            timeout_s = max(0.0, together_until - time.monotonic())
        return True

    def stop(self) -> None:
        """Ask it to end; what has been found stays."""
        self.cancel.set()
        self._tell()

    def loading_sentence(self) -> str:
        """Return what is being loaded and how far that is; "" where nothing is."""
        fraction, what = self.loading or (0.0, "")  # read once: the other thread sets it
        return f"{what} (only the first time; {100 * fraction:.0f} %)" if what else ""

    def result(self) -> Result:
        """Return what there is as a `Result`; complete when `finished`, partial before."""
        return Result(
            settings=self.settings,
            title=self.title,
            model=self.model,
            transcript=Transcript.from_segments(self.segments, self.language or "und"),
            language_probs=tuple(self.language_probs),
            duration_s=self.duration_s,
            done_s=self.done_s,
            seconds=self.seconds,
            notes=tuple(self.notes),
            envelope=self.tap.envelope(),
            path=self.path,
        )

    def _tell(self) -> None:
        self._news.put(None)

    def _run(self) -> None:
        try:
            self._decode()
        except (ValueError, models.ModelUnavailable) as problem:
            self.problem = str(problem)
        except BaseException as fault:  # goes on in the handler, whose caller reports it
            self._news.put(fault)
            return
        self.finished = True
        self._tell()

    def _loaded(self, spec: models.ModelSpec) -> Any:
        def progress(fraction: float, what: str) -> None:
            self.loading = (fraction, what)
            self._tell()

        if not models.is_loaded(spec.id):
            progress(0.0, f"Loading {spec.id}")
        model = models.get(spec, progress)
        self.loading = None
        self.model = ModelFacts(
            id=spec.id,
            source=spec.source,
            licence=spec.licence,
            precision=precision(model),
            multilingual=model.multilingual,
        )
        self._tell()
        return model

    def _decode(self) -> None:
        self.duration_s = audio_io.probe(self.path).duration_s or 0.0  # first: a bad file should not load weights
        self.tap = EnvelopeTap(self.duration_s)
        options = self.settings.options()
        spec = find_model(self.settings)
        model = self._loaded(spec)
        began = time.perf_counter()
        pieces = self._pieces(model, options) if isinstance(model, FasterWhisper) else self._torch_pieces(spec, options)
        for segment, language, probs, position_s, duration_s in pieces:
            self.language, self.language_probs = language, probs or []
            self.done_s = max(self.done_s, position_s)
            self.duration_s = max(duration_s or self.duration_s, self.done_s)
            self.seconds = time.perf_counter() - began
            if segment is not None:
                self.segments.append(segment)
            self._tell()
            if self.cancel.is_set():
                break

    def _pieces(self, model: FasterWhisper, options: WhisperOptions) -> Iterator[tuple]:
        stream = model.stream(self._blocks(), options, cancel=self.cancel)
        for segment in stream:
            yield segment, stream.language, stream.language_probs, stream.position_s, stream.duration_s
        yield None, stream.language, stream.language_probs, stream.position_s, stream.duration_s

    def _torch_pieces(self, spec: models.ModelSpec, options: WhisperOptions) -> Iterator[tuple]:
        """The sound is decoded in a process that may be another, so its picture takes a reading of its own."""
        for _ in self._blocks():
            pass
        yield from self._with_torch(spec.id, self.path, options)

    def _blocks(self) -> Iterator[np.ndarray]:
        """The sound's blocks; they leave their mark on the picture as they pass."""
        for block in audio_io.stream(self.path, sample_rate=SAMPLE_RATE, notes=self.notes):
            self.tap.add(block)
            yield block
        check_length(self.tap.n_samples)
