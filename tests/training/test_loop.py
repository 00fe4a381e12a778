"""The loop of the small trainings: it goes on where it was."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from training.loop import cosine, line, train


@pytest.mark.parametrize("falls", [line, cosine])
def test_training_goes_on_where_it_was(tmp_path, falls):
    def run(minutes: float) -> list[dict]:
        torch.manual_seed(0)
        net = torch.nn.Linear(1, 1)

        def step(_done, _rng):
            loss = (net(torch.ones(1, 1)) - 3).square().mean()
            return loss, {"loss": loss.item()}

        def judge():
            return {"now": net(torch.ones(1, 1)).item()}

        optimiser = torch.optim.Adam(net.parameters(), 0.05)
        train(net, optimiser, step, judge, tmp_path / "last.pt", minutes, falls=falls, notes={"shape": 3})
        return json.loads((tmp_path / "last.json").read_text())

    first = run(0.005)
    both = run(0.01)
    assert both[: len(first)] == first
    assert both[-1]["steps"] > first[-1]["steps"]
    assert abs(both[-1]["now"] - 3) < abs(first[0]["loss"] ** 0.5)
    assert torch.load(tmp_path / "last.pt", weights_only=True)["shape"] == 3


def test_the_rate_falls_and_never_to_nothing():
    for falls in (line, cosine):
        shares = [falls(done) for done in np.linspace(0, 1.2, 25)]
        assert shares[0] == 1
        assert np.all(np.diff(shares) <= 0)
        assert 0 < shares[-1] < 0.05
