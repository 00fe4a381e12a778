"""Matrices and waveforms reduced to what a screen can show, keeping every peak and its place.

A figure 1000 pixels wide cannot show 60000 frames. Leaving frames out would lose clicks; averaging would fade them. So
whatever shares a pixel is reduced by its maximum (images) or its extremes (waveforms).
"""

from dataclasses import dataclass

import numpy as np

Y_SCALES = ("linear", "log")


@dataclass(frozen=True, kw_only=True, eq=False)
class ImageTile:
    """A picture of a part of a time-frequency matrix: dB in 256 levels on a regular grid.

    Cell [i, j] is centred on time x0 + j dx and on y0 + i dy, y in Hz on a linear axis and log10(Hz) on a log axis.
    """

    z: np.ndarray  # [rows, columns] uint8, row 0 lowest; 0 is z_min or less, 255 is z_max or more
    x0: float  # seconds
    dx: float
    y0: float  # Hz, or log10(Hz)
    dy: float
    y_scale: str
    z_min: float  # dB
    z_max: float

    @property
    def x(self) -> np.ndarray:
        """Middle of each column in seconds, [columns]."""
        return self.x0 + self.dx * np.arange(self.z.shape[1])

    @property
    def y(self) -> np.ndarray:
        """Middle of each row in Hz, [rows]."""
        return self._hz(self.y0 + self.dy * np.arange(self.z.shape[0]))

    @property
    def y_edges(self) -> np.ndarray:
        """Borders of the rows in Hz, [rows + 1]."""
        return self._hz(self.y0 + self.dy * (np.arange(self.z.shape[0] + 1) - 0.5))

    @property
    def db(self) -> np.ndarray:
        """The levels back in dB, float32 [rows, columns], within half a level of the truth inside the range."""
        return self.z * np.float32((self.z_max - self.z_min) / 255) + np.float32(self.z_min)

    def _hz(self, y: np.ndarray) -> np.ndarray:
        return np.power(10.0, y) if self.y_scale == "log" else y


def image(
    db: np.ndarray,
    *,
    frame_times: np.ndarray,
    freqs: np.ndarray,
    t_range: tuple[float, float],
    f_range: tuple[float, float],
    n_columns: int,
    n_rows: int,
    y_scale: str = "linear",
    db_range: tuple[float, float] = (-80.0, 0.0),
) -> ImageTile:
    """Crop a matrix to the visible range and reduce it to at most n_rows x n_columns cells.

    Parameters
    ----------
    db : np.ndarray [F, T], dB (-inf allowed, NaN not)
    frame_times : np.ndarray [T], seconds, equally spaced, ascending: middle of each frame
    freqs : np.ndarray [F], Hz, ascending. For a picture with one row per mel filter or MFCC give `np.arange(F)`.
    t_range, f_range : (low, high), what the axes show
    n_columns, n_rows : int, pixels there are
    y_scale : {"linear", "log"}
        On a log axis a range that starts at 0 Hz or below starts at the lower border of the first bin above 0 Hz.
    db_range : (low, high), dB that become levels 0 and 255

    Returns
    -------
    ImageTile
        Frames: one column each when they fit, else n_columns equal columns, each with the maximum of the frames whose
        middle it holds. Bins: one row each when they are equally spaced, fit and the axis is linear; else n_rows equal
        rows on the axis, each with the maximum of the bins whose middle it holds, or the nearest bin if it holds none.
        So every frame and bin whose middle is in the range shows, less than one cell from its place. A lone frame or
        bin has no known width and fills the range.

    Raises
    ------
    ValueError
        Shapes that do not fit, an empty or wholly outside range, NaN.
    """
    db, frame_times, freqs = np.asarray(db), np.asarray(frame_times, float), np.asarray(freqs, float)
    if db.ndim != 2 or db.shape != (len(freqs), len(frame_times)) or not db.size:
        raise ValueError(f"The matrix has shape {db.shape}, not {(len(freqs), len(frame_times))}: one row a frequency.")
    if n_columns < 1 or n_rows < 1:
        raise ValueError("A picture needs at least one column and one row.")
    if y_scale not in Y_SCALES:
        raise ValueError(f"There is no frequency axis called {y_scale!r}: choose linear or log.")
    for low, high in (t_range, f_range, db_range):
        if not (np.isfinite([low, high]).all() and low < high):
            raise ValueError(f"The range {low} to {high} is empty: its end must lie above its start.")

    time_edges = _cell_edges(frame_times, t_range)
    first, last = _visible(time_edges, t_range, "time")
    x0, dx, columns = _columns(time_edges[first : last + 1], n_columns)

    bin_edges = _cell_edges(freqs, f_range)
    low_bin, high_bin = _visible(bin_edges, f_range, "frequency")
    y0, dy, rows = _rows(freqs, bin_edges, (low_bin, high_bin), f_range, n_rows, y_scale)

    visible = db.T[first:last, low_bin:high_bin]  # [T', F'], as the STFT lies in memory
    pooled = visible if columns is None else _pool(visible, *columns)
    # 256 levels keep their order, so the rest can be pooled in bytes.
    levels = _levels(pooled, db_range).T
    z = np.ascontiguousarray(levels) if rows is None else _pool(np.ascontiguousarray(levels), *rows)
    z_min, z_max = map(float, db_range)
    return ImageTile(z=z, x0=x0, dx=dx, y0=y0, dy=dy, y_scale=y_scale, z_min=z_min, z_max=z_max)


def _cell_edges(centres: np.ndarray, shown: tuple[float, float]) -> np.ndarray:
    """Borders half-way between neighbours, [n + 1]; the outer cells are symmetric."""
    if len(centres) == 1:
        return np.array([min(shown[0], centres[0]), max(shown[1], centres[0])], dtype=float)
    if not (np.diff(centres) > 0).all():
        raise ValueError("Times and frequencies must rise from each row or column to the next.")
    middles = (centres[:-1] + centres[1:]) / 2
    return np.concatenate([[2 * centres[0] - middles[0]], middles, [2 * centres[-1] - middles[-1]]])


def _visible(edges: np.ndarray, shown: tuple[float, float], axis: str) -> tuple[int, int]:
    """First and one past the last cell that overlaps the range."""
    first = max(int(np.searchsorted(edges, shown[0], side="right")) - 1, 0)
    last = min(int(np.searchsorted(edges, shown[1], side="left")), len(edges) - 1)
    if first >= last:
        raise ValueError(
            f"Nothing lies in the {axis} range {shown[0]:g} to {shown[1]:g}: "
            f"choose one that meets {edges[0]:g} to {edges[-1]:g}."
        )
    return first, last


def _columns(edges: np.ndarray, n_columns: int):
    """Start, step and groups (starts, ends) of the columns; groups None for one column a frame."""
    n = len(edges) - 1
    if n <= n_columns:
        dx = (edges[-1] - edges[0]) / n
        return float(edges[0] + dx / 2), float(dx), None
    dx = (edges[-1] - edges[0]) / n_columns
    # Column j holds frame i if its middle i + 0.5 lies in [j, j + 1) * n / n_columns.
    borders = np.ceil(np.arange(n_columns + 1) * (n / n_columns) - 0.5).astype(int)
    borders[-1] = n
    return float(edges[0] + dx / 2), float(dx), (borders[:-1], borders[1:])


def _rows(freqs, edges, visible, f_range, n_rows, y_scale):
    """Start, step and groups of the rows, counted from the first visible bin; groups None for one row a bin."""
    low_bin, high_bin = visible
    n = high_bin - low_bin
    steps = np.diff(edges)
    if y_scale == "linear" and n <= n_rows and np.allclose(steps, steps[0], rtol=1e-6):
        dy = (edges[high_bin] - edges[low_bin]) / n
        return float(edges[low_bin] + dy / 2), float(dy), None
    low, high = max(f_range[0], edges[low_bin]), min(f_range[1], edges[high_bin])
    if y_scale == "log" and low <= 0:
        above = int(np.searchsorted(freqs, 0, side="right"))
        if above == len(freqs) or high <= 0:
            raise ValueError("A logarithmic axis shows frequencies above 0 Hz only: choose a higher range.")
        low = edges[above] if edges[above] > 0 else freqs[above]
        if low >= high:
            low = high / 2  # all of the range lies in the bin at 0 Hz
    with np.errstate(divide="ignore", invalid="ignore"):  # a bin at 0 Hz is at -inf on a log axis
        at = np.log10(np.maximum(freqs[low_bin:high_bin], 0)) if y_scale == "log" else freqs[low_bin:high_bin]
    bottom, top = (np.log10(low), np.log10(high)) if y_scale == "log" else (low, high)
    borders = np.linspace(bottom, top, n_rows + 1)
    dy = (top - bottom) / n_rows
    starts = np.searchsorted(at, borders[:-1], side="left")
    ends = np.searchsorted(at, borders[1:], side="left")
    ends[-1] = np.searchsorted(at, borders[-1], side="right")
    middles = (borders[:-1] + borders[1:]) / 2
    nearest = np.searchsorted(edges[low_bin + 1 : high_bin], np.power(10.0, middles) if y_scale == "log" else middles)
    empty = starts == ends
    starts, ends = np.where(empty, nearest, starts), np.where(empty, nearest + 1, ends)
    return float(middles[0]), float(dy), (starts, ends)


def _pool(values: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Maximum of rows starts[i] to ends[i] - 1 for every i. (`np.maximum.reduceat` along rows is not vectorised.)"""
    out = values[starts]
    sizes = ends - starts
    for k in range(1, int(sizes.max())):
        more = np.flatnonzero(sizes > k)
        if len(more) == len(starts):
            np.maximum(out, values[starts + k], out=out)
        else:
            out[more] = np.maximum(out[more], values[starts[more] + k])
    return out


def _levels(db: np.ndarray, db_range: tuple[float, float]) -> np.ndarray:
    low, high = db_range
    scaled = (db - np.float32(low)) * np.float32(255 / (high - low))
    if np.isnan(scaled).any():
        raise ValueError("The matrix holds NaN: compute it from a repaired clip.")
    np.clip(scaled, 0, 255, out=scaled)
    scaled += np.float32(0.5)
    return scaled.astype(np.uint8)


def envelope(
    y: np.ndarray, sample_rate: float, t_range: tuple[float, float], n_columns: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Waveform reduced to its lowest and highest sample in each of n_columns columns.

    Parameters
    ----------
    y : np.ndarray [n]
    sample_rate : float, Hz
    t_range : (low, high), seconds shown
    n_columns : int, pixels there are

    Returns
    -------
    t : np.ndarray [k], float64, seconds: middle of each column
    low, high : np.ndarray [k], y's dtype
        Where fewer than 2 n_columns samples show, all of them exactly instead (low and high equal, t the sample's
        time), with one more on each side so that a drawn line reaches the edges.

    Raises
    ------
    ValueError
        An empty signal, or a range that is empty or holds none of it.
    """
    y = np.asarray(y)
    if y.ndim != 1 or not y.size:
        raise ValueError(f"The signal has shape {y.shape}, but a waveform needs one channel with at least one sample.")
    if n_columns < 1 or not sample_rate > 0:
        raise ValueError("A waveform needs at least one column and a sample rate above 0 Hz.")
    if not (np.isfinite(t_range).all() and t_range[0] < t_range[1]):
        raise ValueError(f"The range {t_range[0]} to {t_range[1]} is empty: its end must lie above its start.")
    if t_range[1] < 0 or t_range[0] > (len(y) - 1) / sample_rate:
        raise ValueError(f"Nothing lies in the time range {t_range[0]:g} to {t_range[1]:g} s of this clip.")
    first = max(int(np.floor(t_range[0] * sample_rate)), 0)
    last = min(int(np.ceil(t_range[1] * sample_rate)) + 1, len(y))
    shown = y[first:last]
    n = len(shown)
    if n < 2 * n_columns:
        return np.arange(first, last) / sample_rate, shown, shown
    borders = np.arange(n_columns + 1) * n // n_columns
    t = (first + (borders[:-1] + borders[1:] - 1) / 2) / sample_rate
    return t, np.minimum.reduceat(shown, borders[:-1]), np.maximum.reduceat(shown, borders[:-1])
