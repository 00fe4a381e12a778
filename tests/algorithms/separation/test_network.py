"""Conv-TasNet against asteroid's, its size against its own weights, and the small network of the page."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.separation import toy
from algorithms.separation.shape import Shape
from algorithms.separation.size import costs, receptive_field

SMALL = Shape(n_filters=24, kernel_size=16, stride=8, bn_chan=12, hid_chan=20, n_blocks=3, n_repeats=2)


def test_it_is_asteroids_weight_for_weight():
    import torch

    from algorithms.separation.tasnet import ConvTasNet
    from training.separation.net import new_net, quicken

    theirs, ours = new_net(**SMALL.names()).eval(), ConvTasNet(SMALL).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    y = torch.randn(2, 803, generator=torch.Generator().manual_seed(0))  # the last samples fill no frame
    with torch.inference_mode():
        wanted, found = theirs(y), ours(y)
        quick = quicken(theirs)(y)
    assert found.shape == (2, 2, 803)
    torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(quick, wanted, atol=1e-5, rtol=1e-4)


def test_the_counted_weights_are_the_networks():
    from algorithms.separation.tasnet import ConvTasNet

    for shape in (SMALL, Shape(n_src=3, n_filters=10, bn_chan=4, hid_chan=6, n_blocks=2, n_repeats=1)):
        assert sum(c.weights for c in costs(shape)) == sum(p.numel() for p in ConvTasNet(shape).parameters())


def test_the_receptive_field_is_what_a_frame_depends_on():
    import torch

    from algorithms.separation.tasnet import ConvTasNet

    net = ConvTasNet(SMALL).masker.TCN
    for block in net:
        for part in (2, 5):  # gLN sees the whole sound: without it the convolutions' reach is left
            block.shared_block[part] = torch.nn.Identity()
    x = torch.randn(1, SMALL.bn_chan, 101, requires_grad=True)
    y, reach = x, receptive_field(SMALL)
    for block, one in zip(net, reach, strict=True):
        y = block(y)
        (slope,) = torch.autograd.grad(y[0, :, 50].sum(), x, retain_graph=True)
        seen = slope[0].abs().sum(0).nonzero().flatten()
        assert seen.max() - seen.min() + 1 == one.frames
    assert reach[-1].frames == 1 + SMALL.n_repeats * 2 * (2**SMALL.n_blocks - 1)
    assert reach[-1].samples == (reach[-1].frames - 1) * SMALL.stride + SMALL.kernel_size


def test_the_paper_sees_a_second_and_a_half():
    paper = Shape(n_filters=512, kernel_size=16, stride=8, bn_chan=128, hid_chan=512, n_blocks=8, n_repeats=3)
    assert receptive_field(paper)[-1].frames == 1531
    assert receptive_field(paper)[-1].samples / 8000 == pytest.approx(1.53, abs=0.01)


def test_pit_learns_and_arbitrary_order_does_not():
    left = {way: [left for _, left, _ in toy.train(way, 240, every=60)] for way in toy.WAYS}
    assert left["fixed"][0] == left["pit"][0], "all begin with the same weights"
    assert left["pit"][-1] < 0.15
    assert left["pitch"][-1] < 0.15
    assert left["fixed"][-1] > 0.25


def test_the_slope_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    net = toy.Net.new(rng)
    truths, _ = toy.examples(8, rng)
    mix = truths.sum(1)

    def loss(masks):
        return ((masks * mix[:, None] - truths) ** 2).sum()

    masks, kept = net.forward(mix)
    before = [w.copy() for w in net.weights]
    net.learn(2 * (masks * mix[:, None] - truths) * mix[:, None], kept)
    assert loss(net.forward(mix)[0]) < loss(masks)
    # Adam's first step moves every weight by the learning rate against the sign of its slope
    for w, old in zip(net.weights, before, strict=True):
        assert np.abs(w - old).max() == pytest.approx(toy.RATE, rel=0.01)
    picked = (4, np.s_[3, 7])
    step = 1e-5
    net.weights = [w.copy() for w in before]
    base = loss(net.forward(mix)[0])
    net.weights[picked[0]][picked[1]] += step
    measured = (loss(net.forward(mix)[0]) - base) / step
    assert net.moments[picked[0]][picked[1]] / 0.1 == pytest.approx(measured, rel=1e-2, abs=1e-3)


def test_an_unknown_way_is_refused():
    with pytest.raises(ValueError, match="no way 'none'"):
        toy.arranged("none", np.zeros((1, 2, 4)), np.zeros((1, 2, 4)), np.zeros((1, 2)))
