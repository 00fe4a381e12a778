"""Coupling layers that can be undone, and the decoder's sizes against PyTorch's own layers."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from algorithms.vits import decoder, flow


def test_a_coupling_layer_is_undone_exactly_whatever_its_shift_is():
    x = np.random.default_rng(0).normal(size=(8, 5))

    def shift(kept):
        return np.sin(3 * kept) + kept**2  # nothing that has an inverse

    y = flow.couple(x, shift)
    np.testing.assert_array_equal(y[:4], x[:4])
    assert np.abs(y[4:] - x[4:]).max() > 0.1
    np.testing.assert_allclose(flow.couple(y, shift, inverse=True), x, atol=1e-12)
    jacobian = np.array([(flow.couple(x + e, shift) - y).ravel() / 1e-6 for e in 1e-6 * np.eye(40).reshape(40, 8, 5)])
    assert abs(np.linalg.det(jacobian) - 1) < 1e-4, "it neither stretches nor squeezes"


def test_what_a_layer_did_is_seen():
    x = np.random.default_rng(1).normal(size=(6, 4))
    seen = flow.inspect(x, flow.couple(flow.reverse(x), lambda kept: np.full_like(kept, 2.0)))
    assert seen.kept == 0
    assert np.isclose(seen.moved, 2)


def test_skipping_layers_keeps_the_channels_where_the_decoder_expects_them():
    x = np.arange(8.0).reshape(4, 2)
    np.testing.assert_array_equal(flow.without_the_rest(x, 4), x)
    turned = x
    for _ in range(3):
        turned = flow.reverse(turned)
    np.testing.assert_array_equal(flow.without_the_rest(x, 3), turned)


class Generator(nn.Module):
    """HiFi-GAN's generator in PyTorch: the same sizes, and a way to see what depends on what."""

    def __init__(self, g: decoder.Generator):
        super().__init__()
        self.pre = nn.Conv1d(g.in_channels, g.channels, g.edge_kernel, padding="same")
        self.ups, self.blocks = nn.ModuleList(), nn.ModuleList()
        channels = g.channels
        for rate, kernel in zip(g.rates, g.kernels, strict=True):
            self.ups.append(nn.ConvTranspose1d(channels, channels // 2, kernel, rate, padding=(kernel - rate) // 2))
            channels //= 2
            self.blocks.append(
                nn.ModuleList(
                    nn.Sequential(*(nn.Conv1d(channels, channels, k, dilation=d, padding="same") for d in ds))
                    for k, ds in zip(g.block_kernels, g.dilations, strict=True)
                )
            )
        self.post = nn.Conv1d(channels, 1, g.edge_kernel, padding="same", bias=False)

    def forward(self, x):
        x = self.pre(x)
        for up, blocks in zip(self.ups, self.blocks, strict=True):
            x = up(x)
            total = 0
            for block in blocks:
                y = x
                for conv in block:
                    y = y + conv(y)
                total = total + y
            x = total
        return self.post(x)


SMALL = decoder.Generator(in_channels=2, channels=8)


def test_parameters_are_those_of_the_layers():
    theirs = sum(p.numel() for p in Generator(decoder.Generator()).parameters())
    assert sum(s.parameters for s in decoder.stages()) == theirs


def test_receptive_field_is_where_gradients_come_from():
    torch.manual_seed(0)
    net, frames = Generator(SMALL).double(), 40
    with torch.no_grad():
        for p in net.parameters():
            p.abs_()  # nothing cancels
    for sample in (256 * 20, 256 * 20 + 128, 256 * 20 + 255):
        x = torch.ones(1, 2, frames, dtype=torch.double, requires_grad=True)
        net(x)[0, 0, sample].backward()
        seen = x.grad[0].abs().sum(0).nonzero()[:, 0]
        last = decoder.seen_by(sample, SMALL)[-1]
        assert (int(seen[0]), int(seen[-1])) == (last.first, last.last)


def test_one_frame_touches_the_samples_that_have_seen_it():
    torch.manual_seed(0)
    net = Generator(SMALL).double()
    with torch.no_grad():
        for p in net.parameters():
            p.abs_()
        x = torch.ones(1, 2, 40, dtype=torch.double)
        y = net(x)[0, 0]
        assert len(y) == decoder.samples(40)
        x[0, :, 20] += 1
        changed = (net(x)[0, 0] - y).abs().nonzero()[:, 0]
    assert (int(changed[0]), int(changed[-1])) == decoder.touched_by(20, SMALL)
