"""From several channels to one, without losing a voice whose channels would cancel each other out.

A cable with swapped poles, or an editor's "invert", makes two channels of opposite phase: their mean is silence. It may
concern a part of a recording only, and codecs and noise make it inexact. So each quarter of a second is looked at by
itself: where the mean keeps less than half of the power that it would have of unrelated channels, one channel is used.
Nothing is lost by that, since such channels carry the same sound.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

WINDOW_S = 0.25  # about a syllable
CANCEL_RATIO = 0.5  # power of the mean over that of the mean of unrelated channels: for two, a correlation of -0.5
AUDIBLE = 1e-3  # RMS, -60 dB: quieter windows are not counted in the note
FADE_S = 0.005  # from the mean to a channel and back


def mixed_down(blocks: Iterator[np.ndarray], sample_rate: int, notes: list[str]) -> Iterator[np.ndarray]:
    """Mix blocks of float64 [n, channels] down to [n]; `notes` receives a sentence about how, at the end."""
    first = next(blocks, None)
    if first is None:
        return
    channels = first.shape[1]
    if channels == 1:
        yield first[:, 0]
        yield from (block[:, 0] for block in blocks)
        return
    window = round(WINDOW_S * sample_rate)
    fade = np.linspace(0, 1, max(2, round(FADE_S * sample_rate)))
    audible = cancelling = 0
    used, channel = None, 0  # None: the mean
    picked: set[int] = set()
    for number, block in enumerate(rebuffer(_chained(first, blocks), window)):
        energy = (block**2).sum(axis=0)
        mean = sum(block.T) / channels  # adding whole columns is several times faster than mean(axis=1)
        before = used
        cancels = (mean**2).sum() < CANCEL_RATIO * energy.mean() / channels
        if cancels and energy[channel] < 0.25 * energy.max():
            channel = int(np.argmax(energy >= 0.5 * energy.max()))  # the first one that carries sound
        used = channel if cancels else None
        y = mean if used is None else block[:, used]
        if number and used != before:
            n = min(len(fade), len(block))
            y = y.copy()
            y[:n] = fade[:n] * y[:n] + (1 - fade[:n]) * (mean if before is None else block[:, before])[:n]
        if energy.max() > len(block) * AUDIBLE**2:
            audible += len(block)
            if cancels:
                cancelling += len(block)
                picked.add(channel)
        yield y
    alone = " and ".join(f"channel {n + 1}" for n in sorted(picked))
    if not cancelling:
        notes.append(f"Mixed down from {channels} channels to one (their mean).")
    elif cancelling == audible:
        notes.append(
            f"The {channels} channels cancel each other out when mixed (opposite phase), so {alone} was used alone."
        )
    else:
        notes.append(
            f"Mixed down from {channels} channels to one: their mean, and {alone} alone for the "
            f"{cancelling / sample_rate:.1f} s in which they cancel each other out (opposite phase)."
        )


def _chained(first: np.ndarray, rest: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    yield first
    yield from rest


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
