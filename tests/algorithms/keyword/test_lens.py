"""The look inside the keyword networks: maps against ONNX Runtime and PyTorch, coarse grids against brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.keyword import lens
from algorithms.keyword.ds_cnn import Layer, layers
from algorithms.keyword.quantised import integer_logits, read_int8
from models.keyword import ds_cnn as kws

SIZES = ("s", "m")
MFCC = np.random.default_rng(0).normal(0, 1, (3, 49, 10)).astype(np.float32)


@pytest.fixture(scope="module")
def nets():
    """Size to (float network, eight-bit network)."""
    return {
        size: (lens.read_fp32(kws.weights_file(f"{size}-fp32")), read_int8(kws.weights_file(f"{size}-int8")))
        for size in SIZES
    }


@pytest.mark.parametrize("size", SIZES)
def test_the_last_map_is_onnx_runtime_s_logits(nets, size):
    found = lens.activations(nets[size][0], MFCC)
    expected = kws.load_onnx(kws.weights_file(f"{size}-fp32")).logits(MFCC)
    np.testing.assert_allclose(found["linear"][:, :, 0, 0], expected, atol=1e-4)
    for layer in layers(size):
        assert found[layer.name].shape == (3, *layer.out_shape)
        assert layer.kind == "linear" or found[layer.name].min() >= 0


@pytest.mark.parametrize("kind", ["conv", "depthwise", "pointwise"])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (2, 1)])
def test_each_kind_of_layer_is_pytorch_s(kind, stride):
    import torch

    rng = np.random.default_rng(1)
    channels, kernel = 6, {"conv": (4, 3), "depthwise": (3, 3), "pointwise": (1, 1)}[kind]
    if kind == "pointwise":
        stride = (1, 1)
    layer = Layer("x", kind, kernel, stride, (1, 2, 0, 1), (channels, 9, 7), (0, 0, 0))
    if kind == "pointwise":
        layer = Layer("x", kind, kernel, stride, (0, 0, 0, 0), (channels, 9, 7), (0, 0, 0))
    x = rng.normal(size=(2, channels, 9, 7)).astype(np.float32)
    weight = rng.normal(size=(channels, 1 if kind == "depthwise" else channels, *kernel)).astype(np.float32)
    bias = rng.normal(size=channels).astype(np.float32)
    top, left, bottom, right = layer.padding
    expected = torch.nn.functional.conv2d(
        torch.nn.functional.pad(torch.tensor(x), (left, right, top, bottom)),
        torch.tensor(weight),
        torch.tensor(bias),
        stride,
        groups=channels if kind == "depthwise" else 1,
    ).relu()
    np.testing.assert_allclose(lens.run_float(layer, x, weight, bias), expected.numpy(), atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_the_integers_stand_for_what_the_c_code_computes(nets, size):
    net = nets[size][1]
    found = lens.integer_activations(net, MFCC[0])
    last = net.layers[-1]
    expected = last.out_scale * (integer_logits(net, MFCC[0]).astype(float) - last.out_zero)
    np.testing.assert_allclose(found["linear"].ravel(), expected, atol=1e-5)
    exact = lens.activations(nets[size][0], MFCC[:1])
    assert {name: x.shape for name, x in found.items()} == {name: x.shape for name, x in exact.items()}


def test_the_eight_bit_weights_are_the_float_ones_to_half_a_step(nets):
    floats, integers = nets["s"]
    weight, bias = lens.real_weights(integers)
    for step in integers.layers:
        name = step.layer.name
        if step.layer.kind == "pool":
            assert name not in weight
            continue
        half = step.weight_scale[:, None, None, None] / 2
        assert (np.abs(weight[name] - floats.weight[name]) <= half * 1.001).all()
        np.testing.assert_allclose(bias[name], floats.bias[name], atol=float((step.weight_scale * step.in_scale).max()))


def test_what_every_place_contributes_adds_up_to_the_logit(nets):
    net = nets["s"][0]
    found = lens.activations(net, MFCC[:1])
    maps = lens.class_maps(found["pointwise4"][0], net.weight["linear"][:, :, 0, 0], net.bias["linear"])
    assert maps.shape == (12, 25, 5)
    np.testing.assert_allclose(maps.sum((1, 2)), found["linear"].ravel(), atol=1e-4)


@given(st.integers(2, 8), st.booleans(), st.integers(0, 2**32 - 1))
def test_weights_go_to_the_nearest_grid_point(bits, per_channel, seed):
    rng = np.random.default_rng(seed)
    weight = rng.normal(size=(4, 2, 3, 3)) * np.array([1, 0.1, 5, 0])[:, None, None, None]
    steps, scale = lens.quantise_weights(weight, bits, per_channel)
    grid = np.arange(-(2 ** (bits - 1) - 1), 2 ** (bits - 1))
    for channel in range(4):
        distance = np.abs(weight[channel].ravel()[:, None] - grid * scale[channel])
        error = np.abs(weight[channel] - steps[channel] * scale[channel]).ravel()
        np.testing.assert_allclose(error, distance.min(1), atol=1e-12)
    assert np.abs(steps).max() == grid[-1]
    if per_channel:
        assert [np.abs(s).max() for s in steps] == [grid[-1]] * 3 + [0]
    else:
        assert len(set(scale)) == 1


@given(st.integers(2, 8), st.floats(-20, 20), st.floats(-20, 20), st.integers(0, 2**32 - 1))
def test_outputs_go_to_the_nearest_level_and_zero_stays_zero(bits, a, b, seed):
    low, high = min(a, b, 0.0), max(a, b, 0.0)
    rounded = lens.coarse_outputs({"x": (a, b) if a < b else (b, a)}, bits)
    x = np.random.default_rng(seed).uniform(low - 5, high + 5, 50)
    found = rounded("x", x)
    assert rounded("x", np.zeros(1)) == 0
    assert len(set(found.tolist())) <= 2**bits
    step = (high - low) / (2**bits - 1) or 1.0
    inside = (x >= low + step) & (x <= high - step)
    assert (np.abs(found - x)[inside] <= step / 2 + 1e-5).all()
    assert found.min() >= low - step
    assert found.max() <= high + step


def test_eight_simulated_bits_are_about_the_shipped_eight_bits(nets):
    floats, integers = nets["s"]
    exact = lens.activations(floats, MFCC[:1])
    shipped = lens.integer_activations(integers, MFCC[0])
    simulated = lens.simulate(floats, lens.output_ranges(integers), MFCC[:1], bits=8, per_channel=True)
    for name in exact:
        assert lens.sqnr_db(exact[name], simulated[name]) == pytest.approx(
            lens.sqnr_db(exact[name], shipped[name]), abs=4
        )
    coarse = lens.simulate(floats, lens.output_ranges(integers), MFCC[:1], bits=3, per_channel=True)
    assert lens.sqnr_db(exact["linear"], coarse["linear"]) < lens.sqnr_db(exact["linear"], simulated["linear"]) - 10
    weights_only = lens.simulate(
        floats, lens.output_ranges(integers), MFCC[:1], bits=3, per_channel=True, outputs=False
    )
    np.testing.assert_array_equal(weights_only["mfcc"], exact["mfcc"])


def test_signal_to_quantisation_noise():
    x = np.sin(np.arange(1000))
    assert lens.sqnr_db(x, 0.9 * x) == pytest.approx(20)
    assert lens.sqnr_db(x, x) == np.inf
    assert lens.sqnr_db(0 * x, x) == -np.inf
    # Half the step, half the error: six decibels a bit (uniform in the step).
    noise = [lens.sqnr_db(x, np.round(x * 2**n) / 2**n) for n in (7, 8)]
    assert noise[1] - noise[0] == pytest.approx(6.02, abs=0.5)


@pytest.mark.parametrize(("right", "count"), [(0, 5), (5, 5), (694, 746), (1, 2)])
def test_wilson_s_interval_is_scipy_s(right, count):
    from scipy.stats import binomtest

    expected = binomtest(right, count).proportion_ci(method="wilson")
    assert lens.wilson_interval(right, count) == pytest.approx((expected.low, expected.high), abs=1e-4)


@given(st.integers(0, 30), st.integers(0, 30))
def test_the_sign_test_is_scipy_s(a, b):
    from scipy.stats import binomtest

    expected = binomtest(a, a + b).pvalue if a + b else 1.0
    assert lens.sign_test(a, b) == pytest.approx(expected)


def test_bad_input_is_named(nets):
    floats, integers = nets["s"]
    with pytest.raises(ValueError, match=r"shape \[n, 49, 10\]"):
        lens.activations(floats, MFCC[0])
    for bits in (1, 9):
        with pytest.raises(ValueError, match="choose 2 to 8"):
            lens.quantise_weights(np.ones((2, 3)), bits, True)
        with pytest.raises(ValueError, match="choose 2 to 8"):
            lens.coarse_outputs(lens.output_ranges(integers), bits)
    with pytest.raises(ValueError, match="no share"):
        lens.wilson_interval(3, 2)
    with pytest.raises(ValueError, match="no float network"[3:]):
        lens.read_fp32(kws.weights_file("s-int8"))
