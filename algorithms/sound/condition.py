"""From decoded blocks to the app's sound: repair, mix down, scale, resample, one block at a time.

`algorithms.sound.io` calls this; nothing here knows about files.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

import numpy as np

from algorithms.sound.mix import mixed_down
from algorithms.sound.source import AudioError, Source

NONFINITE_LIMIT = 0.1  # share of NaN and Inf samples above which a sound is refused instead of repaired


def conditioned(source: Source, sample_rate: int, max_s: float | None, notes: list[str]) -> Iterator[np.ndarray]:
    """Mono float32 blocks in [-1, 1] at `sample_rate`, of any length; raises where there is not one sample."""
    info = source.info
    max_frames = None if max_s is None else max(1, round(max_s * info.sample_rate))
    notes.extend(source.notes)
    gain = _gain(source, max_frames, notes)
    blocks = _scaled(source, gain, max_frames, notes)
    first = next(blocks, None)
    if first is None:
        raise AudioError(
            "The file holds no sound that can be decoded: it is empty or damaged, save or record it again."
        )
    yield from _resampled(chain([first], blocks), info.sample_rate, sample_rate, notes)


def _gain(source: Source, max_frames: int | None, notes: list[str]) -> float:
    """Read ahead where the sound's beginning depends on its end: the peak of floating-point samples scales all."""
    if not source.is_float:
        return 1.0
    seen = bad = 0

    def counted(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal seen, bad
        for block in blocks:
            finite = np.isfinite(block)
            seen, bad = seen + block.size, bad + block.size - int(finite.sum())
            yield np.where(finite, block, 0).astype(np.float64)

    mono = mixed_down(counted(_limited(source.blocks([]), max_frames)), source.info.sample_rate, [])
    top = max((float(np.abs(block).max(initial=0.0)) for block in mono), default=0.0)
    if bad > NONFINITE_LIMIT * seen:
        raise AudioError(
            f"{bad} of the {seen} samples are NaN or infinite, too many to repair: export the sound again, "
            "as 16-bit WAV if you can."
        )
    if bad:
        notes.append(f"{bad} of the {seen} samples were NaN or infinite and were set to zero.")
    if top <= 1:
        return 1.0
    notes.append(
        f"Samples reached {top:.4g}, beyond full scale (1.0): the whole sound was scaled down by "
        f"{20 * math.log10(top):.1f} dB."
    )
    return 1.0 / top


def _limited(blocks: Iterator[np.ndarray], max_frames: int | None) -> Iterator[np.ndarray]:
    """The first `max_frames` frames of the blocks."""
    left = math.inf if max_frames is None else max_frames
    for block in blocks:
        yield block if len(block) <= left else block[: int(left)]
        left -= len(block)
        if left <= 0:
            return


def _scaled(source: Source, gain: float, max_frames: int | None, notes: list[str]) -> Iterator[np.ndarray]:
    """Decode, repair, mix down and scale: float32 [n] in [-1, 1] at the source's own rate."""
    info = source.info
    done = clipped = 0
    top = 1.0

    def repaired(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
        nonlocal done
        for block in blocks:
            done += len(block)
            yield np.where(np.isfinite(block), block, 0).astype(np.float64)

    for block in mixed_down(repaired(_limited(source.blocks(notes), max_frames)), info.sample_rate, notes):
        y = gain * block
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
