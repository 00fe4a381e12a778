"""HiFi-GAN's generator against coqui-tts's and the paper's sizes, and one transposed convolution against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import conv_transpose1d

from algorithms.synthesis import hifigan_shape as shapes
from algorithms.synthesis.hifigan import Generator
from algorithms.synthesis.upsampling import coverage, gains, transposed

SMALL = shapes.GeneratorShape(in_channels=2, channels=8)
SMALL_PAIRS = shapes.GeneratorShape(in_channels=2, channels=16, rates=(8, 4), kernels=(16, 8), **shapes.LARGE_BLOCKS)


@pytest.mark.parametrize(("shape", "millions"), [(shapes.V1, 13.92), (shapes.V2, 0.92), (shapes.V3, 1.46)])
def test_parameters_are_those_of_the_layers_and_of_the_papers_first_table(shape, millions):
    counted = sum(stage.parameters for stage in shapes.stages(shape))
    assert counted == sum(p.numel() for p in Generator(shape).parameters())
    assert counted / 1e6 == pytest.approx(millions, abs=0.01)


def test_multiply_accumulates_are_those_of_the_layers():
    for shape in (SMALL, SMALL_PAIRS):
        net, found, frames = Generator(shape), [], 3

        def count(module, inputs, output, found=found):
            steps = inputs[0].shape[-1] if isinstance(module, torch.nn.ConvTranspose1d) else output.shape[-1]
            found.append(module.weight.numel() * steps)

        for module in net.modules():
            if isinstance(module, torch.nn.Conv1d | torch.nn.ConvTranspose1d):
                module.register_forward_hook(count)
        net(torch.zeros(1, 2, frames))
        assert sum(found) == frames * sum(stage.macs for stage in shapes.stages(shape))


@pytest.mark.slow
@pytest.mark.parametrize("shape", [shapes.V2, shapes.V3])
def test_the_waveform_is_that_of_coqui_tts_with_the_same_weights(shape):
    from models import torchaudio_guard

    torchaudio_guard.install()
    from TTS.vocoder.models.hifigan_generator import HifiganGenerator

    torch.manual_seed(0)
    theirs = HifiganGenerator(
        shape.in_channels, 1, "1" if shape.pairs else "2", shape.dilations, shape.block_kernels, shape.kernels,
        shape.channels, shape.rates,
    )  # fmt: skip
    theirs.remove_weight_norm()
    names = {"conv_pre": "first", "conv_post": "last", "convs1": "dilated", "convs2": "plain", "convs": "dilated"}

    def ours(name: str) -> str:
        first, *rest = name.split(".")
        if first == "resblocks":
            stage, block = divmod(int(rest[0]), len(shape.block_kernels))
            return ".".join(["fusions", str(stage), str(block), names[rest[1]], *rest[2:]])
        return ".".join([names.get(first, first), *rest])

    net = Generator(shape)
    net.load_state_dict({ours(name): value for name, value in theirs.state_dict().items()})
    mel = torch.randn(2, shape.in_channels, 9)
    with torch.inference_mode():
        y = net(mel)
        assert y.shape == (2, 1, shapes.samples(9, shape.rates))
        torch.testing.assert_close(y, theirs(mel), atol=1e-6, rtol=1e-4)


def positive(shape) -> Generator:
    """A generator in which nothing cancels: all weights are positive."""
    net = Generator(shape).double()
    with torch.no_grad():
        for p in net.parameters():
            p.abs_()
    return net


@pytest.mark.parametrize("shape", [SMALL, SMALL_PAIRS])
def test_receptive_field_is_where_gradients_come_from(shape):
    net, frames, hop = positive(shape), 60, shapes.samples(1, shape.rates)
    for sample in (hop * 30, hop * 30 + hop // 2, hop * 30 + hop - 1):
        x = torch.ones(1, 2, frames, dtype=torch.double, requires_grad=True)
        net.before_tanh(x)[0, 0, sample].backward()
        seen = x.grad[0].abs().sum(0).nonzero()[:, 0]
        last = shapes.seen_by(sample, shape)[-1]
        assert (int(seen[0]), int(seen[-1])) == (last.first, last.last)


@pytest.mark.parametrize("shape", [SMALL, SMALL_PAIRS])
def test_one_frame_touches_the_samples_that_have_seen_it(shape):
    net = positive(shape)
    with torch.no_grad():
        x = torch.ones(1, 2, 60, dtype=torch.double)
        y = net.before_tanh(x)[0, 0]
        x[0, :, 30] += 1
        changed = (net.before_tanh(x)[0, 0] - y).abs().nonzero()[:, 0]
    assert (int(changed[0]), int(changed[-1])) == shapes.touched_by(30, shape)


@given(st.integers(1, 9), st.integers(1, 20), st.integers(1, 8), st.integers(0, 1000))
def test_a_transposed_convolution_is_pytorchs(n, kernel, stride, seed):
    rng = np.random.default_rng(seed)
    x, weights = rng.standard_normal(n), rng.standard_normal(kernel)
    theirs = conv_transpose1d(torch.tensor(x)[None, None], torch.tensor(weights)[None, None], stride=stride)
    # PyTorch's output ends with the last copy's last value, as ours does
    np.testing.assert_allclose(transposed(x, weights, stride), theirs[0, 0].numpy(), atol=1e-12)


def test_a_kernel_that_is_no_multiple_of_its_stride_covers_unevenly():
    assert coverage(16, 8) == [2] * 8
    assert coverage(5, 2) == [3, 2]
    assert coverage(3, 4) == [1, 1, 1, 0]
    for kernel, stride in ((16, 8), (5, 2), (11, 4)):
        assert sum(coverage(kernel, stride)) == kernel
        np.testing.assert_allclose(gains(np.ones(kernel), stride), coverage(kernel, stride))
    # what a constant becomes, away from the ends
    weights = np.random.default_rng(0).standard_normal(11)
    y = transposed(np.ones(20), weights, 4)
    np.testing.assert_allclose(y[12:44].reshape(-1, 4), np.tile(gains(weights, 4), (8, 1)))
