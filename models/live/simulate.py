"""Hours of listening in minutes: a clock on which sound runs in real time and computing takes as long as it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from models.live.captions import Captioner, CaptionOptions, Update
from models.whisper.stream import SAMPLE_RATE


class VirtualClock:
    """Seconds that pass only when told."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now_s


class TimedDecoder:
    """Lets a clock advance by what each hypothesis of the decoder inside took, or by another measure of it."""

    def __init__(self, decoder: Any, clock: VirtualClock, fixed_s: float | None, cpu_time: bool) -> None:
        self._decoder, self._clock, self._fixed_s, self._cpu_time = decoder, clock, fixed_s, cpu_time

    def decode(self, y: np.ndarray, **text: str) -> Any:
        """As `LiveDecoder.decode`."""
        began = time.process_time()
        hypothesis = self._decoder.decode(y, **text)
        if self._fixed_s is not None:  # the captioner adapts its steps to it, too
            hypothesis = replace(hypothesis, seconds=self._fixed_s)
        elif self._cpu_time:
            hypothesis = replace(hypothesis, seconds=time.process_time() - began)
        self._clock.now_s += hypothesis.seconds
        return hypothesis


def simulate(
    model: Any,
    options: CaptionOptions,
    sounds: Iterable[np.ndarray],
    *,
    block_s: float = 0.25,
    fixed_s: float | None = None,
    cpu_time: bool = False,
    each: Callable[[Captioner, Update], object] | None = None,
) -> Captioner:
    """Caption sounds, one after the other, as if they were spoken now; silence is the caller's business.

    While a hypothesis is made, sound goes on coming in: after it, all blocks that have come meanwhile are fed with the
    times at which they came, so that latencies are those of a listener in real time.

    Parameters
    ----------
    model, options
        As for `Captioner`.
    sounds
        Mono float32, 16 kHz, in order; each may be of any length.
    block_s
        Seconds between blocks.
    fixed_s
        What a hypothesis takes on the clock; None: what it took here.
    cpu_time
        Count the processor time of all threads, added up, instead of the time on the wall: on a machine that is busy
        with other work this is what one free core would take, so two free cores are faster.
    each
        Called after each update.

    Returns
    -------
    Captioner
        After the last sound is written down.
    """
    clock = VirtualClock()
    captioner = Captioner(model, options, clock=clock)
    captioner.wrap_decoder(lambda decoder: TimedDecoder(decoder, clock, fixed_s, cpu_time))
    n = round(block_s * SAMPLE_RATE)
    fed = 0

    def work() -> None:
        update = captioner.work()
        if each is not None and update is not None:
            each(captioner, update)

    for sound in sounds:
        for i in range(0, len(sound), n):
            block = sound[i : i + n]
            fed += len(block)
            arrives_s = fed / SAMPLE_RATE
            while clock.now_s < arrives_s and captioner.due:
                work()  # there is time for one before this block comes
            behind_s = clock.now_s
            clock.now_s = arrives_s
            captioner.feed(block)
            clock.now_s = max(behind_s, arrives_s)
    for update in captioner.finish():
        if each is not None:
            each(captioner, update)
    return captioner
