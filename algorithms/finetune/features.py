"""Whisper's log-mel features of what is said, without the silence that fills the window to 30 s.

Whisper always listens to 30 s; a sentence of 4 s is followed by 26 s of silence, and the encoder works as hard on them.
Here the window ends half a second after the sound. Whether that changes what a network writes is measured, not assumed:
`training.whisper_finetune` transcribes the test with both windows.
"""

from __future__ import annotations

import numpy as np

from algorithms.whisper.mel import DECADES, FLOOR, HOP, N_COLUMNS, N_SAMPLES, mel_power

TAIL_S = 0.5  # of silence after the sound: where a sentence ends can be heard
STEP = 50  # windows are a multiple of these columns (half a second), so that batches need little padding
RATE = 16_000


def log_mel(y: np.ndarray, columns: int | None = None) -> np.ndarray:
    """Return float32 [80, T]: the sound and its tail, T a multiple of `STEP`, or exactly `columns`.

    Parameters
    ----------
    y : float [n], 16 kHz, at most 30 s
    columns : of 10 ms; None for as many as are needed, 3000 for Whisper's own window

    Raises
    ------
    ValueError
        There are no samples, or more than 30 s.
    """
    y = np.asarray(y, np.float32)
    if not len(y):
        raise ValueError("There is no sound: the clip holds no samples.")
    if len(y) > N_SAMPLES:
        raise ValueError(f"A clip of {len(y) / RATE:.1f} s is longer than Whisper's window of 30 s: cut it.")
    if columns is None:
        columns = min(-(-(len(y) + round(TAIL_S * RATE)) // (STEP * HOP)) * STEP, N_COLUMNS)
    # The mirror at the end would hear the sound twice: one more column of silence is computed and dropped.
    padded = np.zeros((columns + 2) * HOP, np.float32)
    padded[: min(len(y), columns * HOP)] = y[: columns * HOP]
    log = np.log10(np.maximum(mel_power(padded)[:, :columns], FLOOR))
    return ((np.maximum(log, log.max() - DECADES) + 4) / 4).astype(np.float32)


def batch(mels: list[np.ndarray]) -> np.ndarray:
    """Stack features float32 [80, T_i] to [n, 80, max T_i]; each is followed by its own silence, its least value."""
    longest = max(mel.shape[1] for mel in mels)
    return np.stack(
        [np.pad(mel, ((0, 0), (0, longest - mel.shape[1])), constant_values=float(mel.min())) for mel in mels]
    )
