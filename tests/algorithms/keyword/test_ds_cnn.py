"""DS-CNN: sizes and costs against the literature, shapes against PyTorch, folding against the unfolded network."""

import numpy as np
import pytest
import torch

from algorithms.keyword.ds_cnn import LABELS, SIZES, build, fold_batchnorm, layers, same_padding, standard_conv_macs


def trained(size, seed=0):
    """A network whose batch normalisation has seen data, in evaluation mode."""
    torch.manual_seed(seed)
    net = build(size)
    with torch.no_grad():
        for _ in range(3):
            net(2 * torch.randn(16, 1, 49, 10) + 1)
        for module in net.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.weight.uniform_(0.5, 2)
                module.bias.uniform_(-1, 1)
    return net.eval()


def test_costs_are_those_of_hello_edge_and_mlperf_tiny():
    small, medium = layers("s"), layers("m")
    assert sum(layer.parameters for layer in small) == 22604  # "about 23 k" with batch normalisation
    assert sum(layer.macs for layer in small) == 2_656_768  # MLPerf Tiny's reference: 2.7 M
    assert sum(layer.parameters for layer in medium) == 135_032  # "135 k"
    assert small[0].out_shape == (64, 25, 5)
    assert medium[0].out_shape == (172, 25, 10)
    assert medium[1].out_shape == (172, 13, 5)


@pytest.mark.parametrize("size", SIZES)
def test_every_layer_has_the_shape_and_weights_that_pytorch_gives_it(size):
    net, seen = build(size).eval(), {}
    for layer in net.plan:
        module = getattr(net, layer.name, None)
        if isinstance(module, torch.nn.Conv2d):
            module.register_forward_hook(lambda _m, _i, out, name=layer.name: seen.update({name: tuple(out.shape[1:])}))
            assert module.weight.numel() == layer.weights
    logits = net(torch.zeros(2, 1, 49, 10))
    assert logits.shape == (2, len(LABELS))
    assert seen == {layer.name: layer.out_shape for layer in net.plan if layer.kind not in ("pool", "linear")}
    assert net.linear.weight.numel() + net.linear.bias.numel() == net.plan[-1].parameters


def test_macs_by_brute_force():
    """Count the products of a depthwise layer one by one, padding included."""
    layer = layers("m")[1]
    channels, frames, bands = layer.out_shape
    count = sum(1 for _ in range(channels) for _ in range(frames) for _ in range(bands) for _ in range(9))
    assert layer.macs == count


def test_a_separable_pair_costs_an_eighth_of_a_standard_convolution():
    """MobileNets, equation 5: 1 / channels + 1 / 9."""
    depthwise, pointwise = layers("s")[1:3]
    ratio = (depthwise.macs + pointwise.macs) / standard_conv_macs(depthwise, 64)
    assert ratio == pytest.approx(1 / 64 + 1 / 9)


@pytest.mark.parametrize(
    ("length", "kernel", "stride", "expected"),
    [(49, 10, 2, (4, 5)), (10, 4, 2, (1, 1)), (10, 4, 1, (1, 2)), (5, 1, 1, (0, 0))],
)
def test_padding_is_tensorflow_s_same(length, kernel, stride, expected):
    assert same_padding(length, kernel, stride) == expected


@pytest.mark.parametrize("size", SIZES)
def test_folding_batch_normalisation_changes_nothing(size):
    net = trained(size)
    folded = fold_batchnorm(net)
    x = torch.randn(4, 1, 49, 10)
    y = x
    for layer in net.plan[:-2]:
        weight, bias = (torch.from_numpy(v) for v in folded[layer.name])
        top, left, bottom, right = layer.padding
        groups = layer.in_shape[0] if layer.kind == "depthwise" else 1
        y = torch.nn.functional.pad(y, (left, right, top, bottom))
        y = torch.nn.functional.conv2d(y, weight, bias, layer.stride, groups=groups).relu()
    weight, bias = (torch.from_numpy(v) for v in folded["linear"])
    y = y.mean((2, 3)) @ weight.T + bias
    with torch.inference_mode():
        np.testing.assert_allclose(y.numpy(), net(x).numpy(), atol=2e-4)


def test_an_unknown_size_is_named():
    with pytest.raises(ValueError, match="choose s or m"):
        layers("xl")
