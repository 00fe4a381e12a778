"""How long each token lasts, in frames, and the hard alignment that this is.

VITS decides durations before it makes any sound: token i gets ``ceil(exp(logw_i) * length_scale)`` frames (Kim et al.
2021, section 2.2.2), and its prior is repeated that often. Changing a duration is changing one whole number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .tokens import Unit

MAX_UNIT_FRAMES = 200  # 2.3 s: as long as one sound may be drawn


def frames(logw: np.ndarray, length_scale: float = 1.0) -> np.ndarray:
    """Whole frames of each token.

    Parameters
    ----------
    logw : float [T]
        Natural logarithms of durations in frames, from the duration predictor.
    length_scale : float
        Above 1 is slower.

    Returns
    -------
    np.ndarray
        int [T], at least one each.
    """
    return np.maximum(np.ceil(np.exp(np.asarray(logw, np.float64)) * length_scale), 1).astype(int)


def share(frames: Sequence[int], total: int) -> np.ndarray:
    """Spread `total` frames over tokens in proportion to what they had, at least one each.

    What is left over after rounding down goes to the largest remainders, the earlier token first.

    Raises
    ------
    ValueError
        Fewer frames than tokens.
    """
    had = np.asarray(frames, np.float64)
    if total < len(had):
        raise ValueError(f"{len(had)} tokens need at least {len(had)} frames, one each, not {total}.")
    spare = total - len(had)  # beyond the one that each has for certain
    exact = spare * had / had.sum()
    given = np.floor(exact + 1e-9).astype(int)
    order = np.argsort(-(exact - given), kind="stable")
    given[order[: spare - int(given.sum())]] += 1
    return given + 1


def edited(frames: np.ndarray, units: Sequence[Unit], edits: Mapping[int, int]) -> np.ndarray:
    """Frames of each token after some units were drawn out or shortened by hand.

    Parameters
    ----------
    frames : int [T]
        The model's own.
    edits : mapping
        Number of a unit to the frames that it shall last; a unit that does not exist is ignored, and a wish is kept
        between one frame a token and `MAX_UNIT_FRAMES`.
    """
    out = np.array(frames, dtype=int)
    for number, wanted in edits.items():
        if 0 <= number < len(units):
            unit = units[number]
            n = unit.end - unit.start
            out[unit.start : unit.end] = share(out[unit.start : unit.end], min(max(wanted, n), MAX_UNIT_FRAMES))
    return out


def of_units(frames: np.ndarray, units: Sequence[Unit]) -> np.ndarray:
    """Frames of each unit, int [U]."""
    return np.add.reduceat(np.asarray(frames, int), [u.start for u in units])


def alignment(frames: np.ndarray) -> np.ndarray:
    """Return the hard alignment as a matrix, bool [T, F]: row i is true in the frames of token i, each column once."""
    frames = np.asarray(frames, int)
    ends = np.cumsum(frames)
    column = np.arange(int(ends[-1]) if len(ends) else 0)
    return (column >= (ends - frames)[:, None]) & (column < ends[:, None])


def expand(values: np.ndarray, frames: np.ndarray) -> np.ndarray:
    """Repeat the columns of ``values`` [C, T] as often as each token has frames: [C, F]. Equals values @ alignment."""
    return np.repeat(values, np.asarray(frames, int), axis=-1)


def noise(frames: np.ndarray, channels: int, seed: int) -> np.ndarray:
    """Noise for the prior, standard normal float32 [channels, F], drawn for each token by itself.

    So a token keeps its noise when another one gets longer, and a change stays where it was made.
    """
    parts = [np.random.default_rng([seed, i]).standard_normal((int(n), channels)) for i, n in enumerate(frames)]
    return np.concatenate(parts).T.astype(np.float32) if parts else np.zeros((channels, 0), np.float32)


def prior_sample(
    mean: np.ndarray, log_sigma: np.ndarray, frames: np.ndarray, *, noise_scale: float, seed: int
) -> np.ndarray:
    """Draw z_p from the prior: mean + noise * sigma * noise_scale, float32 [C, F] (Kim et al. 2021, section 2.1).

    Parameters
    ----------
    mean, log_sigma : float [C, T]
        A normal distribution for each token.
    noise_scale : float
        0 gives the means themselves, 1 the distribution that was trained.
    """
    m, log_s = expand(mean, frames), expand(log_sigma, frames)
    return (m + noise(frames, len(mean), seed) * np.exp(log_s) * noise_scale).astype(np.float32)
