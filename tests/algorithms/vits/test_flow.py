"""Coupling layers that can be undone."""

from __future__ import annotations

import numpy as np

from algorithms.vits import flow


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
