"""WaveNet: causal, its receptive field, and naive, cached and batched computing give the same scores."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from algorithms.signal.synthesis_mel import SYNTHESIS_MEL
from algorithms.synthesis.wavenet import WaveNet
from algorithms.synthesis.wavenet_sampling import Cached, generate, random_weights, scores_at_end, weights_of
from algorithms.synthesis.wavenet_shape import WaveNetShape, macs, needed

SMALL = WaveNetShape(stacks=2, layers=3, residual=6, skip=5, condition=4, levels=16)
WIDE = WaveNetShape(stacks=1, layers=3, kernel=3, residual=6, skip=5, condition=4, levels=16)


def inputs(shape: WaveNetShape, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.uniform(-1, 1, n).astype(np.float32), rng.standard_normal((n, shape.condition)).astype(np.float32)


@pytest.mark.parametrize("shape", [SMALL, WIDE])
def test_batched_naive_and_cached_give_the_same_scores(shape):
    torch.manual_seed(0)
    net = WaveNet(shape).eval()
    weights = weights_of(net)
    past, h = inputs(shape, 40)
    with torch.inference_mode():
        batched = net(torch.from_numpy(past)[None], torch.from_numpy(h.T.copy())[None])[0].numpy().T
    cached = Cached(weights)
    for n in range(len(past)):
        first = max(0, n + 1 - shape.receptive_field)  # the naive way begins anew for each sample
        naive = scores_at_end(weights, past[first : n + 1], h[first : n + 1])
        np.testing.assert_allclose(cached.step(past[n], h[n]), batched[n], atol=1e-4)
        if first == 0 or n + 1 >= shape.receptive_field:
            np.testing.assert_allclose(naive, batched[n], atol=1e-4)


def test_both_ways_draw_the_same_samples_from_the_same_chance():
    weights = random_weights(SMALL)
    _, h = inputs(SMALL, 60)
    naive, cached = (list(generate(weights, h, np.random.default_rng(3), cached=way)) for way in (False, True))
    assert naive == cached
    assert len(set(naive)) > 3


@pytest.mark.parametrize("shape", [SMALL, WIDE])
def test_a_score_depends_on_its_receptive_field_and_on_nothing_else(shape):
    weights = random_weights(shape)
    past, h = inputs(shape, 60)
    before = scores_at_end(weights, past, h)

    def moved(back: int) -> bool:
        other = past.copy()
        other[-1 - back] += 0.5
        return not np.allclose(scores_at_end(weights, other, h), before, atol=1e-7)

    reach = [back for back in range(60) if moved(back)]
    assert max(reach) + 1 == shape.receptive_field
    assert set(reach) == needed(shape)[0]


def test_the_receptive_field_of_the_paper():
    # van den Oord et al. 2016, section 2.1: dilations 1 to 512 see 1024 samples
    assert WaveNetShape(stacks=1, layers=10).receptive_field == 1024
    assert WaveNetShape(stacks=3, layers=10).receptive_field == 3070


def test_multiply_accumulates_are_those_of_the_matrix_products():
    shape = SMALL
    r, s, c, layers = shape.residual, shape.skip, shape.condition, len(shape.dilations)
    a_layer = shape.kernel * r * 2 * r + c * 2 * r + r * r
    last = layers * r * s + s * s + s * shape.levels
    found = macs(shape)
    assert found.cached == r + layers * a_layer + last
    assert found.naive == shape.receptive_field * (r + layers * a_layer) + last
    places = {0}
    total = a_layer
    for dilation in reversed(shape.dilations[1:]):
        places = {p + k for p in places for k in (0, dilation)}
        total += a_layer * len(places)
    places = {p + k for p in places for k in (0, shape.dilations[0])}
    assert found.needed == total + len(places) * r + last
    assert found.cached < found.needed < found.naive


def test_the_mel_is_laid_over_the_samples_by_time():
    net = WaveNet(SMALL).eval()
    mel = torch.randn(1, SYNTHESIS_MEL.n_mels, 6)
    frame = SYNTHESIS_MEL.hop_length / SYNTHESIS_MEL.sample_rate * SMALL.sample_rate  # 92.9 samples of 8 kHz
    with torch.inference_mode():
        at_frames = net.mel((mel + 5.0) / 2.5)[0]
        h = net.condition(mel, torch.tensor([0]), 700)[0]
    np.testing.assert_allclose(h[:, 0], at_frames[:, 0], atol=1e-6)
    k = round(2 * frame)  # a sample next to the middle of frame 2: nearly its value
    between = torch.lerp(at_frames[:, 2], at_frames[:, 3], k / frame - 2)
    if k < 2 * frame:
        between = torch.lerp(at_frames[:, 1], at_frames[:, 2], k / frame - 1)
    np.testing.assert_allclose(h[:, k], between, atol=1e-5)
    np.testing.assert_allclose(h[:, 699], at_frames[:, 5], atol=1e-6)  # beyond the last frame it stays


def test_training_lowers_the_loss_and_clips_hold_what_they_say(tmp_path):
    import json

    from training.recordings import DEVELOPMENT, TRAIN
    from training.wavenet.train import Clips, loss_of

    rows, sample, frame = [], 0, 0
    for split in (TRAIN, DEVELOPMENT):
        rows.append({"split": split, "sample": sample, "samples": 4000, "frame": frame, "frames": 44})
        sample, frame = sample + 4000, frame + 44
    levels = np.concatenate([np.arange(4000) % 200, np.full(4000, 7)]).astype(np.uint8)
    np.save(tmp_path / "voices.npy", levels)
    np.save(tmp_path / "mels.npy", np.zeros((88, 80), np.float16))
    (tmp_path / "voices.json").write_text(json.dumps(rows), encoding="utf-8")
    shape = WaveNetShape(stacks=1, layers=3, residual=8, skip=8, condition=4)
    batch = Clips(tmp_path, TRAIN, shape, 100).batch(3, np.random.default_rng(0))
    assert batch[0].shape == (3, 100 + shape.receptive_field + 1)
    steps = batch[0][:, 1:] - batch[0][:, :-1]
    assert set(steps.unique().tolist()) <= {1, -199}  # no clip of another row
    assert (Clips(tmp_path, DEVELOPMENT, shape, 100).batch(2, np.random.default_rng(0))[0] == 7).all()
    torch.manual_seed(0)
    net = WaveNet(shape)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.02)
    first = loss_of(net, batch).item()
    for _ in range(30):
        optimiser.zero_grad()
        loss = loss_of(net, batch)
        loss.backward()
        optimiser.step()
    assert loss.item() < first - 0.5
