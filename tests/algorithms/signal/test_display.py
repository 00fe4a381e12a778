"""What reaches the screen: no peak lost, none out of place."""

from itertools import pairwise

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, example, given, settings

from algorithms.signal import display


def picture(db, **changes):
    n_freqs, n_times = db.shape
    arguments = {
        "frame_times": np.arange(n_times) * 0.01,
        "freqs": np.arange(n_freqs) * 10.0,
        "t_range": (-1.0, n_times),
        "f_range": (-100.0, n_freqs * 10.0),
        "n_columns": 1000,
        "n_rows": 1000,
        "db_range": (-80.0, 0.0),
    }
    return display.image(db, **(arguments | changes))


def test_small_matrix_is_shown_cell_by_cell():
    db = np.linspace(-80, 0, 20).reshape(4, 5).astype(np.float32)
    tile = picture(db)
    assert tile.z.dtype == np.uint8
    assert tile.z.shape == (4, 5)
    np.testing.assert_allclose(tile.db, db, atol=80 / 255 / 2 + 1e-4)
    np.testing.assert_allclose(tile.x, np.arange(5) * 0.01, atol=1e-12)
    np.testing.assert_allclose(tile.y, np.arange(4) * 10.0, atol=1e-9)
    np.testing.assert_allclose(tile.y_edges, np.arange(5) * 10.0 - 5, atol=1e-9)
    assert (tile.z_min, tile.z_max) == (-80, 0)


def test_levels_clip_and_minus_infinity_is_black():
    db = np.array([[-np.inf, -200, -80, -40, 0, 50]], dtype=np.float32)
    np.testing.assert_array_equal(picture(db).z, [[0, 0, 0, 128, 255, 255]])


def test_crop_keeps_exactly_the_cells_in_view():
    db = np.arange(100, dtype=np.float32).reshape(10, 10)
    tile = picture(db, t_range=(0.021, 0.044), f_range=(20, 55), db_range=(0, 255))
    np.testing.assert_array_equal(tile.z, db[2:6, 2:5])  # f cells 15..25 to 45..55
    assert tile.x0 == pytest.approx(0.02)
    assert tile.y0 == pytest.approx(20)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_peak_survives_in_its_place_and_nowhere_else(data):
    """One loud cell anywhere: the picture shows it at full level, and only within one cell of where it is."""
    n_freqs, n_times = data.draw(st.integers(1, 80)), data.draw(st.integers(1, 80))
    f, t = data.draw(st.integers(0, n_freqs - 1)), data.draw(st.integers(0, n_times - 1))
    scale = data.draw(st.sampled_from(display.Y_SCALES))
    spacing = data.draw(st.sampled_from([1.0, 1.1]))  # equal steps as an FFT, or widening as mel filters
    freqs = np.arange(n_freqs) * 10.0 if spacing == 1 else 10 * (spacing ** np.arange(n_freqs) - 1)
    db = np.full((n_freqs, n_times), -80, dtype=np.float32)
    db[f, t] = 0
    if data.draw(st.booleans()):
        db = np.asfortranarray(db)
    t_low, t_high = data.draw(st.floats(-0.1, t * 0.01 - 1e-6)), data.draw(st.floats(t * 0.01 + 1e-6, 1))
    f_low, f_high = data.draw(st.floats(-50, freqs[f] - 1e-3)), data.draw(st.floats(freqs[f] + 1e-3, freqs[-1] + 60))
    assume(scale == "linear" or f > 0)  # 0 Hz has no place on a logarithmic axis
    tile = picture(
        db,
        freqs=freqs,
        t_range=(t_low, t_high),
        f_range=(f_low, f_high),
        n_columns=data.draw(st.integers(1, 100)),
        n_rows=data.draw(st.integers(1, 100)),
        y_scale=scale,
    )
    rows, columns = np.nonzero(tile.z)
    assert len(rows), "the peak is gone"
    assert tile.z.max() == 255
    if n_times > 1:
        assert np.abs(tile.x[columns] - t * 0.01).max() <= tile.dx / 2 + 0.005 + 1e-9
    if n_freqs > 1:
        # Rows that show it overlap its true cell, or lie directly beside one that does.
        edges = np.concatenate([[-np.inf], (freqs[:-1] + freqs[1:]) / 2, [np.inf]])
        touches = (tile.y_edges[1:] >= edges[f] - 1e-6) & (tile.y_edges[:-1] <= edges[f + 1] + 1e-6)
        assert touches[rows].all()


@settings(max_examples=60, deadline=None)
@given(
    n_times=st.integers(1, 300),
    n_columns=st.integers(1, 120),
    n_rows=st.integers(1, 40),
    seed=st.integers(0, 1000),
)
@example(n_times=254, n_columns=52, n_rows=1, seed=0)  # the middle of frame 63 is the border of columns 12 and 13
def test_reduction_equals_brute_force(n_times, n_columns, n_rows, seed):
    db = np.random.default_rng(seed).uniform(-80, 0, (30, n_times)).astype(np.float32)
    tile = picture(db, n_columns=n_columns, n_rows=n_rows, f_range=(-5, 295))
    assert tile.z.shape == (min(30, n_rows), min(n_times, n_columns))
    rows, columns = tile.z.shape
    sure, possible = np.full((2, rows, columns), -np.inf)
    for i in range(30):
        for j in range(n_times):
            # A cell belongs where its middle lies; on a border rounding may go either way.
            at = {
                (
                    min(int((i + 0.5) * rows / 30 + off), rows - 1),
                    min(int((j + 0.5) * columns / n_times + off), columns - 1),
                )
                for off in (-1e-9, 1e-9)
            }
            for place in at:
                possible[place] = max(possible[place], db[i, j])
            if len(at) == 1:
                sure[place] = max(sure[place], db[i, j])
    step = 80 / 255
    assert (tile.db >= sure - 0.5 * step - 1e-3).all()
    assert (tile.db <= possible + 0.5 * step + 1e-3).all()


def test_log_rows_are_equal_steps_of_log_frequency():
    db = np.zeros((513, 3), dtype=np.float32)
    tile = picture(db, f_range=(50, 5000), n_rows=100, y_scale="log")
    assert tile.z.shape == (100, 3)
    np.testing.assert_allclose(np.diff(np.log10(tile.y)), (np.log10(5000) - np.log10(50)) / 100, rtol=1e-9)
    assert tile.y_edges[[0, -1]] == pytest.approx([50, 5000])


def test_log_axis_from_zero_starts_at_the_first_bin():
    tile = picture(np.zeros((100, 3)), f_range=(0, 900), n_rows=50, y_scale="log")
    assert tile.y_edges[0] == pytest.approx(5)  # bin 1 is 10 Hz, its cell 5 to 15 Hz
    with pytest.raises(ValueError, match="above 0 Hz only"):
        picture(np.zeros((1, 3)), f_range=(-5, 0), y_scale="log")


def test_mel_rows_by_index():
    tile = picture(np.zeros((40, 3)), freqs=np.arange(40), f_range=(-0.5, 39.5))
    assert (tile.z.shape, tile.y0, tile.dy) == ((40, 3), 0.0, 1.0)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"freqs": np.arange(3)}, "one row a frequency"),
        ({"freqs": np.zeros(4)}, "must rise"),
        ({"t_range": (5, 6)}, "Nothing lies in the time range"),
        ({"f_range": (100, 200)}, "Nothing lies in the frequency range"),
        ({"t_range": (1, 1)}, "is empty"),
        ({"db_range": (0, -80)}, "is empty"),
        ({"t_range": (0, np.nan)}, "is empty"),
        ({"n_columns": 0}, "at least one column"),
        ({"y_scale": "mel"}, "linear or log"),
    ],
)
def test_bad_requests_are_refused_with_a_sentence(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        picture(np.zeros((4, 5)), **changes)


def test_nan_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        picture(np.array([[0.0, np.nan]]))


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 2000), n_columns=st.integers(1, 200), seed=st.integers(0, 100))
def test_envelope_equals_brute_force(n, n_columns, seed):
    y = np.random.default_rng(seed).uniform(-1, 1, n).astype(np.float32)
    t, low, high = display.envelope(y, 1000, (0, n / 1000), n_columns)
    if n < 2 * n_columns:
        np.testing.assert_array_equal(low, y)
        np.testing.assert_array_equal(high, y)
        np.testing.assert_allclose(t, np.arange(n) / 1000)
        return
    assert len(t) == len(low) == len(high) == n_columns
    borders = [j * n // n_columns for j in range(n_columns + 1)]
    for j, (a, b) in enumerate(pairwise(borders)):
        assert low[j] == y[a:b].min()
        assert high[j] == y[a:b].max()
        assert a / 1000 <= t[j] <= (b - 1) / 1000


def test_envelope_zoomed_in_gives_exact_samples_and_a_neighbour_on_each_side():
    y = np.arange(1000, dtype=np.float32)
    t, low, high = display.envelope(y, 1000, (0.1005, 0.1095), 100)
    np.testing.assert_array_equal(low, y[100:111])
    np.testing.assert_array_equal(high, low)
    np.testing.assert_allclose(t, np.arange(100, 111) / 1000)


def test_envelope_keeps_a_click():
    y = np.zeros(480_000, dtype=np.float32)
    y[123_456] = 1
    t, _, high = display.envelope(y, 48000, (0, 10), 800)
    assert high.max() == 1
    assert t[high.argmax()] == pytest.approx(123_456 / 48000, abs=10 / 800)


@pytest.mark.parametrize(
    ("y", "t_range", "n_columns", "sentence"),
    [
        (np.zeros(0), (0, 1), 10, "at least one sample"),
        (np.zeros(10), (1, 1), 10, "is empty"),
        (np.zeros(10), (2, 3), 10, "Nothing lies"),
        (np.zeros(10), (-3, -2), 10, "Nothing lies"),
        (np.zeros(10), (0, 1), 0, "at least one column"),
    ],
)
def test_envelope_refuses_with_a_sentence(y, t_range, n_columns, sentence):
    with pytest.raises(ValueError, match=sentence):
        display.envelope(y, 10, t_range, n_columns)
