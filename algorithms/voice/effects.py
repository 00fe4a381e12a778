"""The voice changer's engine: a registry of effects and the chain that runs them on a stream.

    chain = Chain([("pitch", {"semitones": 5}), ("limiter", {})])
    chain.latency                 # samples at 48 kHz by which the sound comes out later
    y = chain.process(x)          # float32 [n] -> float32 [n], any n; the result doesn't depend on the block size
    chain.set(0, "semitones", 7)  # glides there

The kernels behind it stand in `algorithms/voice/kernels/*.py`, once: numba compiles them here, and
`algorithms.voice.kernel_js` rewrites them in JavaScript for the browser, where `VoiceChain` does what `Chain` does
here.

A neural model later. `Chain` only asks a step for what `Stage` says, so a model that hears 16 kHz in chunks (LLVC:
13 ms chunks, 2 ms lookahead) becomes one more class with these methods. Its `process(work, n)` filters and decimates
48 kHz by 3 into a queue; whenever 208 samples (13 ms) are there it runs the model on them with the 32 samples (2 ms)
that follow, interpolates the result by 3 into an output queue, and takes n samples from that queue, which was filled
with one chunk of silence at the start, so it never runs dry and the block size never matters. Its `latency` is then
constant: 3 * (208 + 32) samples plus the delays of the two filters, 15 ms and a little.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np

from algorithms.voice.compile import compiled
from algorithms.voice.kernels.core import RATE
from algorithms.voice.presets import DEFAULT_PRESET, PRESETS, Preset
from algorithms.voice.table import EFFECTS, Effect, Param, check

__all__ = ["DEFAULT_PRESET", "EFFECTS", "PRESETS", "RATE", "Chain", "Effect", "Param", "Preset", "as_json", "warm_up"]
WORK = 1024  # samples a kernel sees at most; longer blocks go through in pieces
LOUDEST = 1e4  # beyond this (and NaN) a sample is refused


class Stage(Protocol):
    """What a chain asks of one of its steps: an effect today, a neural model later (see the top of this file)."""

    latency: int  # samples at 48 kHz, constant

    def process(self, work: np.ndarray, n: int) -> None:
        """Change work[0 .. n-1], float64, in place."""

    def set(self, name: str, value: float) -> None:
        """Move a parameter without a click; ValueError in a sentence where that is impossible."""

    def reset(self) -> None:
        """Forget the sound heard so far."""

    def values(self) -> dict[str, float]:
        """Return the parameters as they are set."""


class EffectStage:
    """One effect of `EFFECTS` with its settings and memory."""

    def __init__(self, name: str, values: Mapping[str, float]) -> None:
        if name not in EFFECTS:
            raise ValueError(f'There is no effect "{name}"; the effects are: {", ".join(EFFECTS)}.')
        self.effect = EFFECTS[name]
        given = {key: check(name, key, value) for key, value in values.items()}
        self._target = np.array([given.get(param.name, param.default) for param in self.effect.params], np.float64)
        self._now = self._target.copy()
        self._state = np.zeros(self.effect.state_size)
        parts = np.split(self._state, np.cumsum(self.effect.state)[:-1])
        self._memory = (self._target, self._now, *parts)
        self._kernel = compiled(self.effect.kernel, len(self._memory))
        self.latency = self.effect.latency(given)

    def process(self, work: np.ndarray, n: int) -> None:
        """See `Stage`."""
        self._kernel(work, n, *self._memory)

    def set(self, name: str, value: float) -> None:
        """See `Stage`."""
        value = check(self.effect.name, name, value)
        self._target[[param.name for param in self.effect.params].index(name)] = value

    def reset(self) -> None:
        """See `Stage`."""
        self._state[:] = 0
        self._now[:] = self._target

    def values(self) -> dict[str, float]:
        """See `Stage`."""
        return {param.name: float(value) for param, value in zip(self.effect.params, self._target, strict=True)}


class Chain:
    """A row of effects over a stream of 48 kHz sound.

    Making one compiles the kernels that no chain has used yet (seconds on the very first run on a machine, see
    `warm_up`); after that `process` allocates only its result, takes no lock and never gives up the interpreter's.
    One chain serves one stream: use it from one thread at a time.

    Parameters
    ----------
    steps : sequence of (effect, {parameter: value})
        What is left out takes the default. An empty row changes nothing.
    rate : int
        48000, the only rate the kernels are made for.

    Raises
    ------
    ValueError
        Unknown effect or parameter, a value out of range or not a number, another rate.
    """

    def __init__(self, steps: Sequence[tuple[str, Mapping[str, float]]], rate: int = RATE) -> None:
        if rate != RATE:
            raise ValueError(f"The voice effects run at {RATE} Hz, not {rate}: resample the sound first.")
        self._stages: list[Stage] = []
        self._names: list[str] = []
        for step in steps:
            if not (isinstance(step, (list, tuple)) and len(step) == 2 and isinstance(step[1], Mapping)):
                raise ValueError(f'A step of a chain is ["effect", {{"parameter": value}}], not {step!r}.')
            self._stages.append(EffectStage(*step))
            self._names.append(step[0])
        self._work = np.zeros(WORK)

    @property
    def latency(self) -> int:
        """Samples at 48 kHz by which the sound comes out later: the sum over the steps."""
        return sum(stage.latency for stage in self._stages)

    @property
    def steps(self) -> list[tuple[str, dict[str, float]]]:
        """The chain as it is set now, every parameter named."""
        return [(name, stage.values()) for name, stage in zip(self._names, self._stages, strict=True)]

    def process(self, block: np.ndarray) -> np.ndarray:
        """Change the next block of the stream.

        Parameters
        ----------
        block : float32 [n]
            Sound at 48 kHz in [-1, 1], any n.

        Returns
        -------
        float32 [n]
            The changed sound, `latency` samples late.

        Raises
        ------
        ValueError
            Where the block is not one row of finite numbers; the chain's memory is then as before.
        """
        block = np.asarray(block)
        if block.ndim != 1:
            raise ValueError(f"The voice effects take mono sound, one row of samples, not shape {block.shape}.")
        if len(block) and not (block.min() >= -LOUDEST and block.max() <= LOUDEST):  # NaN fails both
            raise ValueError("The sound holds a value that is not a number between -1 and 1: look where it comes from.")
        out = np.empty(len(block), np.float32)
        work = self._work
        for start in range(0, len(block), WORK):
            n = min(WORK, len(block) - start)
            work[:n] = block[start : start + n]
            for stage in self._stages:
                stage.process(work, n)
            out[start : start + n] = work[:n]
        return out

    def set(self, index: int, name: str, value: float) -> None:
        """Set a parameter of step `index`; it glides there within some 30 ms, so nothing clicks."""
        if not 0 <= index < len(self._stages):
            raise ValueError(f"The chain has {len(self._stages)} steps, so there is no step {index}.")
        self._stages[index].set(name, value)

    def reset(self) -> None:
        """Forget everything heard so far and stand at the set parameters."""
        for stage in self._stages:
            stage.reset()


def warm_up(effects: Sequence[str] = tuple(EFFECTS)) -> None:
    """Compile effects ahead of the first chain that uses them: from the disk's cache, else for some seconds."""
    for name in effects:
        EffectStage(name, {})


def as_json() -> dict[str, Any]:
    """Return the two tables as plain lists, dicts, strings and numbers, for the browser."""
    effects = {}
    for name, effect in EFFECTS.items():
        params = [asdict(param) for param in effect.params]
        plain = {"title": effect.title, "what": effect.what, "params": params, "state": effect.state}
        effects[name] = {**plain, "latency": effect.latency(), "kernel": effect.kernel.__name__}
    presets = {}
    for slug, preset in PRESETS.items():
        chain = [[name, dict(values)] for name, values in preset.chain]
        presets[slug] = {"title": preset.title, "what": preset.what, "chain": chain}
    return {"effects": effects, "presets": presets}
