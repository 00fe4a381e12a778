"""Where decoded samples belong in time, and in which format: gaps, late starts, files whose format changes midway."""

from __future__ import annotations

import numpy as np

from algorithms.sound.source import AudioInfo

JITTER_S = 0.1  # what timestamps may be off before silence is put in: FFmpeg's aresample=async draws the same line
MAX_GAP_S = 4 * 3600.0  # a jump beyond it is no pause: the times themselves start anew


class Timeline:
    """Follows the timestamps of one track and says how much silence is due before each of its packets or frames.

    Parameters
    ----------
    origin_s
        Time at which the file begins (of whichever track is first); None: that of the first packet.
    timed
        Whether the container gives times at all.
    begins_s
        Seconds handed on before the first packet, of files joined before this one.

    Attributes
    ----------
    done_s : float
        Seconds handed on so far, silence included; the caller keeps it.
    """

    def __init__(self, origin_s: float | None, *, timed: bool, begins_s: float = 0.0) -> None:
        self._origin_s = None if origin_s is None else origin_s - begins_s
        self._timed = timed
        self.done_s = self._begins_s = begins_s
        self._gaps: list[tuple[float, float]] = []  # where and how long
        self._late_s = 0.0

    def gap_s(self, time_s: float | None) -> float:
        """Seconds of silence due before what is timed `time_s`."""
        if not self._timed or time_s is None:
            return 0.0
        if self._origin_s is None:
            self._origin_s = time_s - self.done_s
        ahead_s = time_s - self._origin_s - self.done_s
        if ahead_s < -JITTER_S or ahead_s > MAX_GAP_S:  # a joined file: its second part counts from zero again
            self._origin_s += ahead_s
            return 0.0
        if ahead_s <= JITTER_S:
            return 0.0
        if self.done_s > self._begins_s:
            self._gaps.append((self.done_s, ahead_s))
        else:
            self._late_s = ahead_s
        return ahead_s

    def at_s(self, time_s: float | None) -> float:
        """Where `time_s` lies on the file's time axis, after `gap_s` has seen it; 0 where there are no times."""
        return time_s - self._origin_s if self._timed and time_s is not None else 0.0

    def notes(self) -> list[str]:
        """Sentences about the silence that was put in."""
        said = []
        if self._late_s:
            said.append(
                f"The sound starts {self._late_s:.2f} s after the beginning of the file; silence was put before it, so "
                "that times agree with the picture."
            )
        if len(self._gaps) == 1:
            at_s, length_s = self._gaps[0]
            said.append(f"The sound has a gap of {length_s:.2f} s at {at_s:.2f} s; silence was put there.")
        elif self._gaps:
            total_s = sum(length_s for _, length_s in self._gaps)
            said.append(
                f"The sound has {len(self._gaps)} gaps of {total_s:.2f} s in all, the first at "
                f"{self._gaps[0][0]:.2f} s; silence was put there."
            )
        return said


class ToFirstFormat:
    """Brings a sound whose sample rate or channels change midway (joined files) to the format that it began with.

    Parameters
    ----------
    info
        What the file began with.

    Attributes
    ----------
    notes : list of str
        A sentence, where anything had to be changed.
    """

    def __init__(self, info: AudioInfo) -> None:
        self._rate, self._channels = info.sample_rate, info.channels
        self._resampler = None
        self._from_hz = info.sample_rate
        self.notes: list[str] = []

    def __call__(self, y: np.ndarray, rate: int, at_s: float) -> np.ndarray:
        """Return float32 [n, channels] of the first format for `y` [n, its channels] at `rate` Hz."""
        if (rate != self._rate or y.shape[1] != self._channels) and not self.notes:
            self.notes.append(
                f"The file changes its format after {at_s:.2f} s (to {rate} Hz and {y.shape[1]} "
                f"channel{'s' * (y.shape[1] > 1)}); the rest was brought to the format that it began with."
            )
        if y.shape[1] != self._channels:
            y = np.repeat(y.mean(axis=1, keepdims=True), self._channels, axis=1)
        parts = []
        if rate != self._from_hz:
            parts.append(self.rest())
            self._from_hz = rate
        if rate != self._rate:
            if self._resampler is None:
                import soxr

                self._resampler = soxr.ResampleStream(rate, self._rate, self._channels, dtype="float32")
            y = self._shaped(self._resampler.resample_chunk(np.ascontiguousarray(y)))
        return np.concatenate([*parts, y]) if parts else y

    def rest(self) -> np.ndarray:
        """Return what the resampler still holds."""
        if self._resampler is None:
            return np.zeros((0, self._channels), np.float32)
        last = self._resampler.resample_chunk(np.zeros((0, self._channels), np.float32), last=True)
        self._resampler = None
        return self._shaped(last)

    def _shaped(self, y: np.ndarray) -> np.ndarray:
        return y.reshape(-1, self._channels)
