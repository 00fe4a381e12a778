"""What every voice effect promises: its latency, no dependence on blocks, no clicks, finite sound, honest errors."""

import tracemalloc
from types import FunctionType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.voice.effects import DEFAULT_PRESET, EFFECTS, PRESETS, RATE, Chain
from algorithms.voice.kernels import delay, lpc, psola, simple
from algorithms.voice.measures import delay_of

# Settings under which an effect passes a sound on unchanged, so that its delay can be seen to the sample.
NEUTRAL = {
    "gain": {"level_db": 0},
    "gate": {"threshold_db": -80},
    "limiter": {"ceiling_db": 0},
    "pitch_delay": {"semitones": 0},
    "pitch": {"semitones": 0, "formant": 0},
    "autotune": {"strength": 0},
    "whisper": {"breath": 0, "bright": 0},
    "vocoder": {"natural": 100},
    "ring": {"mix": 0},
    "shift": {"mix": 0},
    "chorus": {"mix": 0},
    "room": {"mix": 0},
}


def speechlike(seconds: float = 1.0, hertz: float = 130.0, seed: int = 0) -> np.ndarray:
    """Return something with the parts of speech: a gliding buzz with two resonances, hiss, a pause."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    phase = np.cumsum(hertz * (1 + 0.1 * np.sin(5 * t))) / RATE
    buzz = np.zeros(n)
    for k in range(1, int(5000 / hertz)):
        level = 1 / (1 + ((k * hertz - 600) / 200) ** 2) + 0.5 / (1 + ((k * hertz - 1500) / 300) ** 2)
        buzz += level * np.cos(2 * np.pi * k * phase)
    hiss = np.diff(rng.standard_normal(n + 1))
    voiced = np.clip(20 * np.sin(2 * np.pi * 2.3 * t) + 10, 0, 1)
    y = voiced * buzz + 0.3 * (1 - voiced) * hiss
    return (0.5 * y / np.abs(y).max()).astype(np.float32)


def in_blocks(chain: Chain, x: np.ndarray, sizes) -> np.ndarray:
    """Send a sound through a chain in blocks of the given sizes, over and over."""
    out, start, turn = [], 0, 0
    while start < len(x):
        out.append(chain.process(x[start : start + sizes[turn % len(sizes)]]))
        start += sizes[turn % len(sizes)]
        turn += 1
    return np.concatenate(out)


CHAINS = {**{name: [(name, {})] for name in EFFECTS}, **{f"preset {slug}": PRESETS[slug].chain for slug in PRESETS}}


@pytest.mark.parametrize("name", CHAINS)
def test_the_output_does_not_depend_on_the_blocks(name):
    x = speechlike(0.6)
    whole = Chain(CHAINS[name]).process(x)
    for sizes in ([64], [960], [1, 63, 127, 500, 961, 2500]):
        np.testing.assert_array_equal(in_blocks(Chain(CHAINS[name]), x, sizes), whole)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 1100), min_size=1, max_size=12), st.integers(0, 5))
def test_a_long_chain_gives_the_same_for_any_blocks(sizes, seed):
    x = speechlike(0.25, 180, seed)
    steps = [("gate", {}), ("pitch", {"semitones": 5, "formant": -3}), ("vocoder", {"natural": 30}), ("limiter", {})]
    np.testing.assert_array_equal(in_blocks(Chain(steps), x, sizes), Chain(steps).process(x))


@pytest.mark.parametrize("name", NEUTRAL)
def test_the_declared_latency_is_the_delay_that_a_correlation_finds(name):
    x = speechlike(0.8)
    y = Chain([(name, NEUTRAL[name])]).process(x)
    assert delay_of(x, y) == EFFECTS[name].latency() == Chain([(name, {})]).latency


@pytest.mark.parametrize("name", sorted(set(EFFECTS) - {"vocoder"}))  # its pulses come when they come
def test_the_declared_latency_is_where_an_impulse_comes_out_first(name):
    x = np.zeros(3000, np.float32)
    x[777] = 0.9
    y = Chain([(name, {})]).process(x)
    assert np.flatnonzero(np.abs(y) > 1e-12)[0] == 777 + EFFECTS[name].latency()


@pytest.mark.parametrize("name", [name for name in EFFECTS if EFFECTS[name].latency() > 100])
@pytest.mark.parametrize("semitones", [-7, 7])
def test_the_latency_of_a_shifted_voice_is_the_declared_one_on_average(name, semitones):
    """A grain is up to half a period early or late; over two seconds the loudness comes as late as declared."""
    x = speechlike(2.0)
    settings = {"semitones": semitones} if name.startswith("pitch") else {}
    y = Chain([(name, settings)]).process(x)
    box = np.ones(480) / 480
    loudness = [np.convolve(sound.astype(float) ** 2, box, "same") for sound in (x, y)]
    loudness = [(level - level.mean()) / level.std() for level in loudness]
    assert abs(delay_of(*loudness) - EFFECTS[name].latency()) < 0.0025 * RATE


def test_latencies_stay_in_the_budget():
    assert all(effect.latency() <= 0.015 * RATE for effect in EFFECTS.values())
    chain = Chain(PRESETS[DEFAULT_PRESET].chain)
    assert chain.latency == sum(EFFECTS[name].latency() for name, _ in chain.steps) <= 0.008 * RATE


def parameters():
    """Return every parameter of every effect."""
    pairs = [(name, param) for name, effect in EFFECTS.items() for param in effect.params]
    return [pytest.param(name, param, id=f"{name}-{param.name}") for name, param in pairs]


@pytest.mark.parametrize(("effect", "param"), parameters())
def test_a_parameter_moves_without_a_click(effect, param):
    """No sample-to-sample step after a change is much larger than those before it and long after it."""
    t = np.arange(int(0.9 * RATE)) / RATE
    x = (0.5 * np.sin(2 * np.pi * 150 * t)).astype(np.float32)
    move = len(x) // 3
    for start, end in ((param.low, param.high), (param.high, param.low)):
        chain = Chain([(effect, {param.name: start})])
        before = chain.process(x[:move])
        chain.set(0, param.name, end)
        after = chain.process(x[move:])
        steps = np.abs(np.diff(np.concatenate([before[-1:], after])))
        steady = max(np.abs(np.diff(before[move // 2 :])).max(), steps[move:].max())
        assert steps[:move].max() <= 1.6 * steady + 0.02
        assert chain.steps == [(effect, {**chain.steps[0][1], param.name: end})]


@pytest.mark.parametrize("name", CHAINS)
def test_what_is_remembered_stays_finite_and_small(name):
    """Silence, the loudest square wave and noise, a spike: finite sound, no denormal numbers, no growing memory."""
    rng = np.random.default_rng(1)
    square = np.sign(np.sin(2 * np.pi * 110 * np.arange(6000) / RATE))
    parts = [np.zeros(500), square, rng.uniform(-1, 1, 6000), np.eye(1, 2000, 7)[0], -square, np.zeros(8000)]
    chain = Chain(CHAINS[name])
    y = chain.process(np.concatenate(parts).astype(np.float32))
    assert np.isfinite(y).all()
    assert np.abs(y).max() < 12
    for stage in chain._stages:  # after the pause of 0.15 s and 20 s more
        for _ in range(960):
            stage.process(np.zeros(1024), 1000)
        rest = np.abs(stage._state[stage._state != 0])
        assert (rest > 1e-300).all()
    block = np.zeros(128, np.float32)
    chain.process(block)
    tracemalloc.start()
    for _ in range(200):
        chain.process(block)
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2000
    assert peak < 8000


@pytest.mark.parametrize("name", CHAINS)
def test_silence_stays_silent(name):
    y = Chain(CHAINS[name]).process(np.zeros(4800, np.float32))
    assert np.abs(y).max() < 1e-6


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 400), st.floats(-30, 30)), min_size=1, max_size=20), st.floats(-20, 0))
def test_nothing_passes_the_limiter_s_ceiling(runs, ceiling_db):
    x = np.concatenate([np.full(n, level) for n, level in runs]).astype(np.float32)
    y = Chain([("limiter", {"ceiling_db": ceiling_db})]).process(np.pad(x, (0, 48)))
    assert np.abs(y).max() <= 10 ** (ceiling_db / 20) * (1 + 1e-6)
    quiet = np.abs(x).max() <= 10 ** (ceiling_db / 20)
    assert not quiet or np.allclose(y[48:], x, atol=1e-6)


def test_the_gate_closes_on_noise_and_lets_a_voice_through():
    rng = np.random.default_rng(0)
    noise = (0.0005 * rng.standard_normal(RATE)).astype(np.float32)  # -66 dB
    voice = speechlike(1.0)
    y = Chain([("gate", {"threshold_db": -50})]).process(np.concatenate([noise, voice]))
    assert np.abs(y[:RATE]).max() < 1e-4
    late = slice(RATE // 10, None)
    np.testing.assert_allclose(y[RATE:][late], voice[late], atol=0.02)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e6])
def test_what_is_no_sound_is_refused_and_leaves_no_trace(bad):
    x = speechlike(0.2)
    chain, other = Chain(PRESETS[DEFAULT_PRESET].chain), Chain(PRESETS[DEFAULT_PRESET].chain)
    chain.process(x)
    other.process(x)
    broken = x.copy()
    broken[100] = bad
    with pytest.raises(ValueError, match="not a number between -1 and 1"):
        chain.process(broken)
    np.testing.assert_array_equal(chain.process(x), other.process(x))
    with pytest.raises(ValueError, match="mono"):
        chain.process(np.zeros((2, 64), np.float32))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([("nothing", {})], r'no effect "nothing"; the effects are: gain, '),
        ([("pitch", {"hertz": 3})], 'no parameter "hertz"; it has: semitones, formant'),
        ([("pitch", {"semitones": 13})], "Pitch must be a number from -12 to 12 semitones, not 13"),
        ([("pitch", {"semitones": float("nan")})], "not nan"),
        ([("pitch", {"semitones": "3"})], "not '3'"),
        ([("pitch", {"semitones": True})], "not True"),
        ([("pitch", {"semitones": None})], "not None"),
        (["pitch"], "A step of a chain is"),
        ([("pitch", 3)], "A step of a chain is"),
    ],
)
def test_a_wrong_chain_is_explained(steps, message):
    with pytest.raises(ValueError, match=message):
        Chain(steps)


def test_a_wrong_setting_is_explained():
    chain = Chain([("gain", {})])
    for index, name, value in ((1, "level_db", 0), (-1, "level_db", 0), (0, "level", 0), (0, "level_db", 99)):
        with pytest.raises(ValueError, match=r"step|parameter|must be"):
            chain.set(index, name, value)
    with pytest.raises(ValueError, match="48000 Hz, not 44100"):
        Chain([], rate=44100)


def test_reset_forgets_everything_heard():
    x = speechlike(0.3)
    for slug in PRESETS:
        chain = Chain(PRESETS[slug].chain)
        first = chain.process(x)
        chain.reset()
        np.testing.assert_array_equal(chain.process(x), first)


def test_two_chains_share_nothing():
    x, other = speechlike(0.3), speechlike(0.3, 210, 4)
    alone = Chain(PRESETS["popstar"].chain).process(x)
    first, second = Chain(PRESETS["popstar"].chain), Chain(PRESETS["popstar"].chain)
    mixed = []
    for start in range(0, len(x), 128):
        mixed.append(first.process(x[start : start + 128]))
        second.process(other[start : start + 128])
    np.testing.assert_array_equal(np.concatenate(mixed), alone)


def test_an_empty_chain_and_an_empty_block_are_fine():
    x = speechlike(0.05)
    np.testing.assert_array_equal(Chain([]).process(x), x)
    assert Chain(PRESETS["robot"].chain).process(np.zeros(0, np.float32)).shape == (0,)
    assert Chain([]).latency == 0


class Row:
    """A float array that refuses an index outside of it: numba and JavaScript would read something else there."""

    def __init__(self, values) -> None:
        self.values = list(values)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, index: int) -> float:
        assert 0 <= index < len(self.values)
        return self.values[index]

    def __setitem__(self, index: int, value: float) -> None:
        assert 0 <= index < len(self.values)
        self.values[index] = float(value)


@pytest.mark.parametrize("name", EFFECTS)
def test_a_kernel_is_plain_python_and_stays_inside_its_rows(name):
    """The kernel run by Python itself gives what the compiled one gives."""
    effect = EFFECTS[name]
    x = speechlike(0.06)[:2400]
    defaults = [param.default for param in effect.params]
    rows = [Row(values) for values in (defaults, defaults, *([0.0] * size for size in effect.state))]
    work = Row(x.tolist())
    assert isinstance(effect.kernel, FunctionType)
    effect.kernel(work, len(x), *rows)
    np.testing.assert_allclose(work.values, Chain([(name, {})]).process(x), rtol=1e-6, atol=1e-9)


def test_presets_are_many_named_and_protected():
    assert len(PRESETS) >= 8
    for slug, preset in PRESETS.items():
        assert preset.slug == slug
        assert preset.title
        assert preset.what.endswith(".")
        assert preset.chain[0][0] == "gate"
        assert preset.chain[-1][0] == "limiter"


def test_every_constant_that_a_latency_comes_from_is_used():
    assert EFFECTS["limiter"].latency() == simple.LOOKAHEAD
    assert EFFECTS["pitch"].latency() == psola.DELAY
    assert EFFECTS["pitch_delay"].latency() == delay.WINDOW / 2 + 2
    assert lpc.LAGS_LPC == lpc.ORDER + 1
