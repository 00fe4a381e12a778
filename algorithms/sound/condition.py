"""From decoded blocks to the app's sound: repair, mix down, scale, resample, one block at a time.

`algorithms.sound.io` calls this; nothing here knows about files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np

from algorithms.sound.source import AudioError, Source

NONFINITE_LIMIT = 0.1  # share of NaN and Inf samples above which a sound is refused instead of repaired
CANCEL_RATIO = 1e-4  # -40 dB: a mean of channels with less of their energy than this has cancelled out
MIX_SURVEY_S = 60.0  # seconds of audible sound that decide how the channels are mixed


@dataclass(frozen=True)
class _Plan:
    """How decoded channels become one signal: the decisions that need a look at the whole sound."""

    channel: int | None  # None: the mean of all channels
    gain: float


def conditioned(source: Source, sample_rate: int, max_s: float | None, notes: list[str]) -> Iterator[np.ndarray]:
    """Mono float32 blocks in [-1, 1] at `sample_rate`, of any length; raises where there is not one sample."""
    info = source.info
    max_frames = None if max_s is None else max(1, round(max_s * info.sample_rate))
    notes.extend(source.notes)
    plan = _plan(source, max_frames, notes)
    blocks = _mono(source, plan, max_frames, notes)
    first = next(blocks, None)
    if first is None:
        raise AudioError(
            "The file holds no sound that can be decoded: it is empty or damaged, save or record it again."
        )
    yield from _resampled(chain([first], blocks), info.sample_rate, sample_rate, notes)


def _plan(source: Source, max_frames: int | None, notes: list[str]) -> _Plan:
    """Read ahead where the sound's beginning depends on its end: floating-point peaks, channels that cancel."""
    channels, rate = source.info.channels, source.info.sample_rate
    if channels == 1 and not source.is_float:
        return _Plan(None, 1.0)
    energy, mean_energy = np.zeros(channels), 0.0
    peak, mean_peak = np.zeros(channels), 0.0
    seen = bad = audible = 0
    for block in _limited(source.blocks([]), max_frames):
        finite = np.isfinite(block)
        seen, bad = seen + block.size, bad + block.size - int(finite.sum())
        block = np.where(finite, block, 0).astype(np.float64)  # the square of a large float32 overflows float32
        mean = _mean(block)
        peak = np.maximum(peak, np.abs(block).max(axis=0))
        mean_peak = max(mean_peak, np.abs(mean).max())
        if audible < MIX_SURVEY_S * rate:
            block_energy = (block**2).sum(axis=0)
            energy += block_energy
            mean_energy += (mean**2).sum()
            audible += len(block) if block_energy.any() else 0
        elif not source.is_float:
            break
    if bad > NONFINITE_LIMIT * seen:
        raise AudioError(
            f"{bad} of the {seen} samples are NaN or infinite, too many to repair: export the sound again, "
            "as 16-bit WAV if you can."
        )
    if bad:
        notes.append(f"{bad} of the {seen} samples were NaN or infinite and were set to zero.")
    channel = None
    if channels > 1 and mean_energy < CANCEL_RATIO * energy.mean():
        channel = int(np.argmax(energy >= 0.5 * energy.max()))  # the first one that carries sound
        notes.append(
            f"The {channels} channels cancel each other out when mixed (opposite phase), so channel {channel + 1} "
            "was used alone."
        )
    elif channels > 1:
        notes.append(f"Mixed down from {channels} channels to one (their mean).")
    top = mean_peak if channel is None else peak[channel]
    if not source.is_float or top <= 1:
        return _Plan(channel, 1.0)
    notes.append(
        f"Samples reached {top:.4g}, beyond full scale (1.0): the whole sound was scaled down by "
        f"{20 * math.log10(top):.1f} dB."
    )
    return _Plan(channel, 1.0 / top)


def _mean(block: np.ndarray) -> np.ndarray:
    """Mean of the channels, [n, channels] to [n]; adding whole columns is several times faster than mean(axis=1)."""
    return sum(block.T) / block.shape[1]


def _limited(blocks: Iterator[np.ndarray], max_frames: int | None) -> Iterator[np.ndarray]:
    """The first `max_frames` frames of the blocks."""
    left = math.inf if max_frames is None else max_frames
    for block in blocks:
        yield block if len(block) <= left else block[: int(left)]
        left -= len(block)
        if left <= 0:
            return


def _mono(source: Source, plan: _Plan, max_frames: int | None, notes: list[str]) -> Iterator[np.ndarray]:
    """Decode, repair, mix down and scale: float32 [n] in [-1, 1] at the source's own rate."""
    info = source.info
    done = clipped = 0
    top = 1.0
    for block in _limited(source.blocks(notes), max_frames):
        done += len(block)
        block = np.where(np.isfinite(block), block, 0).astype(np.float64)
        y = plan.gain * (_mean(block) if plan.channel is None else block[:, plan.channel])
        if not source.is_float:
            # Lossy decoders overshoot a little where the original was near full scale; every player limits that.
            over = np.abs(y) > 1
            clipped, top = clipped + int(over.sum()), max(top, float(np.abs(y).max()))
        yield np.clip(y, -1, 1).astype(np.float32)
    if clipped:
        notes.append(f"{clipped} samples lay beyond full scale (up to {top:.3g}) and were limited to 1.")
    if max_frames is not None and done >= max_frames and not (info.frames is not None and info.frames <= max_frames):
        of = f" of {info.duration_s:.1f} s" if info.duration_s > max_frames / info.sample_rate else ""
        notes.append(f"Only the first {max_frames / info.sample_rate:g} s{of} were used.")
    elif info.frames is not None and done < info.frames - 0.1 * info.sample_rate:
        notes.append(
            f"The file states {info.duration_s:.2f} s but only {done / info.sample_rate:.2f} s could be read: "
            "it is cut short or damaged."
        )


def _resampled(blocks: Iterator[np.ndarray], from_hz: int, to_hz: int, notes: list[str]) -> Iterator[np.ndarray]:
    """Change the sample rate block by block with soxr's streaming resampler (its result does not depend on blocks)."""
    if from_hz == to_hz:
        yield from blocks
        return
    import soxr

    resampler = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32", quality="HQ")
    clipped = 0
    for block in chain(blocks, [None]):
        last = block is None
        y = resampler.resample_chunk(np.zeros(0, np.float32) if last else block, last=last)
        clipped += int((np.abs(y) > 1).sum())
        if len(y):
            yield np.clip(y, -1, 1)
    notes.append(f"Resampled from {from_hz} Hz to {to_hz} Hz.")
    if clipped:
        # A band-limited signal may pass between its samples above full scale; resampling makes those peaks visible.
        notes.append(f"{clipped} peaks that rose above full scale in resampling were limited to 1.")


def rebuffer(blocks: Iterator[np.ndarray], size: int) -> Iterator[np.ndarray]:
    """The same samples in blocks of `size`, the last one shorter."""
    held: list[np.ndarray] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += len(block)
        while count >= size:
            joined = np.concatenate(held)
            yield joined[:size]
            held, count = [joined[size:]], count - size
    if count:
        yield np.concatenate(held)
