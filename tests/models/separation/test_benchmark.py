"""What `benchmarks/separation.py` counts, and that it reads a checkpoint of asteroid's."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from benchmarks import separation as bench
from training.separation.net import new_net


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.1, shape)


def test_the_gain_is_that_of_the_better_order():
    sources = noise(2, 8000)
    swapped = bench.gain_db(sources[::-1], sources)
    assert swapped == pytest.approx(bench.gain_db(sources, sources))
    assert swapped > 100
    assert bench.gain_db(np.stack([sources.sum(0)] * 2), sources) == pytest.approx(0, abs=1e-6)


def test_a_swap_in_the_middle_is_counted():
    sources = noise(2, 5 * 24_000)
    assert bench.swapped_windows(sources[::-1], sources) == (0, 5)
    swapped = sources.copy()
    swapped[:, 96_000:] = swapped[::-1, 96_000:]
    assert bench.swapped_windows(swapped, sources) == (1, 5)


def test_speakers_are_folders_and_pairs_are_equally_loud(tmp_path):
    for name, level in (("anna/1.wav", 0.01), ("anna/2.wav", 0.3), ("bert/a/1.wav", 0.1)):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, level * noise(8000, seed=len(name)), 8000)
    (tmp_path / "speakers.tsv").write_text("anna\tF\nbert\tM\n")
    found = bench.speakers([tmp_path])
    assert {name.split("/")[-1]: len(y) for name, y in found.items()} == {"anna": 16_000, "bert": 8000}
    assert bench.sexes([tmp_path])["bert"] == "M"
    pair = bench.pair_of(*found.values(), 3.0, np.random.default_rng(0))
    assert pair.shape == (2, 8000)
    np.testing.assert_allclose((pair**2).mean(1), 0.01, rtol=1e-3)


@pytest.mark.filterwarnings("ignore:pkg_resources is deprecated")
def test_a_checkpoint_of_asteroids_is_read(tmp_path):
    import torch

    net = new_net(n_filters=8, bn_chan=4, hid_chan=6, n_blocks=2, n_repeats=1).eval()
    torch.save(net.serialize(), tmp_path / "pytorch_model.bin")
    separate = bench.from_asteroid(str(tmp_path / "pytorch_model.bin"))
    y = noise(1000).astype(np.float32)
    with torch.inference_mode():
        wanted = net(torch.from_numpy(y)[None])[0].numpy()
    np.testing.assert_allclose(separate(y), wanted, atol=1e-6)
