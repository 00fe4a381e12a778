"""Word times from Whisper's cross-attention (`openai/whisper`, timing.py), step by step.

A few heads of the decoder were found to look at the sound that they write (the *alignment heads*). Their weights are
normalised over the tokens, smoothed, averaged, and dynamic time warping lays the tokens over the sound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.signal.dtw import dtw
from algorithms.whisper.net import POSITION_S

MEDIAN_WIDTH = 7  # encoder positions


@dataclass(frozen=True, eq=False)
class TokenTimes:
    """Where tokens lie in time."""

    matrix: np.ndarray  # float32 [tokens, positions]: what the alignment heads average to
    rows: np.ndarray  # int [k], token of each cell of the path
    columns: np.ndarray  # int [k], encoder position of each cell
    starts_s: np.ndarray  # float [tokens]
    ends_s: np.ndarray  # float [tokens]


def sound_only(weights: np.ndarray, positions: int) -> np.ndarray:
    """Leave out the attention to the padding: float32 [..., positions], each row sums to one again.

    Parameters
    ----------
    weights : float [..., tokens, 1500]
        Cross-attention after the softmax.
    positions : int
        Encoder positions that hold sound.
    """
    w = np.asarray(weights, np.float32)[..., :positions]
    return w / np.maximum(w.sum(-1, keepdims=True), 1e-30)


def standardised(weights: np.ndarray) -> np.ndarray:
    """Compare the tokens at each moment: minus the mean over the tokens, divided by their standard deviation.

    What every token attends to (a head's favourite moment) vanishes, and what one token attends to stands out.

    Parameters
    ----------
    weights : float [..., tokens, positions]
    """
    spread = weights.std(-2, keepdims=True)
    return (weights - weights.mean(-2, keepdims=True)) / np.maximum(spread, 1e-10)


def smoothed(weights: np.ndarray, median_width: int = MEDIAN_WIDTH) -> np.ndarray:
    """Replace each value by the median of the `median_width` (odd) moments around it, mirrored at the ends.

    Parameters
    ----------
    weights : float [..., positions]

    Raises
    ------
    ValueError
        The width is even or below 1.
    """
    from scipy.ndimage import median_filter

    if median_width < 1 or median_width % 2 == 0:
        raise ValueError(f"The median needs an odd width of at least 1, not {median_width}.")
    half = median_width // 2
    if not half:
        return weights
    # One long row: SciPy's filter is several times faster in one dimension.
    padded = np.pad(weights, [(0, 0)] * (weights.ndim - 1) + [(half, half)], mode="reflect")
    return median_filter(padded.ravel(), size=median_width).reshape(padded.shape)[..., half:-half]


def alignment_matrix(weights: np.ndarray, positions: int, median_width: int = MEDIAN_WIDTH) -> np.ndarray:
    """Average the alignment heads to one matrix: `sound_only`, `standardised`, `smoothed`, mean.

    Parameters
    ----------
    weights : float [heads, tokens, 1500]
        Cross-attention after the softmax, of prompt and text.
    positions : int
        Encoder positions that hold sound; attention to the padding behind is left out and the rest sums to one again.
    median_width : int
        Odd; 1 switches the smoothing off.

    Returns
    -------
    float32 [tokens, positions]
    """
    return smoothed(standardised(sound_only(weights, positions)), median_width).mean(0)


def token_times(weights: np.ndarray, positions: int, first: int, median_width: int = MEDIAN_WIDTH) -> TokenTimes:
    """Lay tokens over time.

    Parameters
    ----------
    weights : float [heads, all tokens, 1500]
        Cross-attention of the alignment heads over prompt, text and the end-of-text token. Row i is where the decoder
        listens while it reads token i and chooses token i + 1.
    positions
        Encoder positions that hold sound, at least 1.
    first
        Where the text begins: of the prompt, all but the last token take part in the normalisation only.

    Returns
    -------
    TokenTimes
        One row for each text token and one for the end of text: each token has the row from which it was chosen.
    """
    return times_on(alignment_matrix(weights, positions, median_width)[first - 1 : -1])


def times_on(matrix: np.ndarray) -> TokenTimes:
    """Lay tokens over time by the path through a matrix, however it was made.

    Parameters
    ----------
    matrix : float [tokens, positions]
        Large where a token listens.
    """
    rows, columns, _ = dtw(-matrix)
    jumps = np.flatnonzero(np.diff(rows, prepend=-1))  # where the path enters a token
    starts = columns[jumps] * POSITION_S
    ends = np.append(starts[1:], (columns[-1] + 1) * POSITION_S)
    return TokenTimes(matrix, rows, columns, starts, ends)
