"""Receptive fields, masks, quantiser, contrastive loss, k-means and PNMI against hand computation and scikit-learn."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from algorithms.ssl import letters, mfcc, probe, units
from algorithms.ssl.body import Body, FrontEnd
from algorithms.ssl.contrast import contrastive_loss, contrastive_scores, distractors
from algorithms.ssl.hubert import Hubert, masked_loss
from algorithms.ssl.kmeans import kmeans, nearest
from algorithms.ssl.masking import hidden_share, span_mask
from algorithms.ssl.quantiser import Quantiser, diversity_loss, perplexities
from algorithms.ssl.shape import Reach, SslShape, frames_of, reaches

SHAPE = SslShape(channels=(4, 4, 4, 4, 4, 4, 8), width=16, layers=2, heads=2, positions=5, position_groups=4)


def test_receptive_fields_are_what_changes_the_output():
    found = reaches(SHAPE.kernels, SHAPE.strides)
    assert found[0] == Reach(10, 5)
    assert found[-1] == Reach(400, 320)
    torch.manual_seed(0)
    front = FrontEnd(SHAPE).eval()
    y = torch.randn(1, 400 + 320 * 3)
    y.requires_grad_(True)
    front(y)[0, 2].sum().backward()
    touched = np.flatnonzero(y.grad[0].numpy())
    assert (touched.min(), touched.max() + 1) == (640, 1040)


@pytest.mark.parametrize("n", [0, 399, 400, 719, 720, 16_000])
def test_as_many_frames_as_are_said(n):
    if n >= 400:
        assert FrontEnd(SHAPE)(torch.zeros(1, n)).shape[1] == frames_of(n, SHAPE)
        assert len(mfcc.mfcc_39(np.random.default_rng(0).normal(0, 0.1, n).astype(np.float32))) >= frames_of(n, SHAPE)
    else:
        assert frames_of(n, SHAPE) == 0


def test_a_hidden_frame_is_hidden_from_the_transformer():
    torch.manual_seed(0)
    body = Body(SHAPE).eval()
    frames = torch.randn(1, 12, 8)
    mask = torch.zeros(1, 12, dtype=torch.bool)
    mask[0, 4:7] = True
    other = frames.clone()
    other[0, 4:7] = torch.randn(3, 8)
    assert torch.equal(body.layers(frames, mask)[-1], body.layers(other, mask)[-1])
    assert not torch.equal(body.layers(frames)[-1], body.layers(other)[-1])


def test_masks_are_spans_of_the_right_share():
    rng = np.random.default_rng(0)
    mask = span_mask(100_000, rng)
    assert mask.mean() == pytest.approx(hidden_share(), abs=0.01)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask, [0]])))
    assert (edges[1::2] - edges[::2])[:-1].min() >= 10
    assert span_mask(3, rng, start=0.01, span=1).sum() == 1
    assert not len(span_mask(0, rng))
    with pytest.raises(ValueError, match="at least one frame"):
        span_mask(10, rng, span=0)


def test_the_quantiser_takes_the_largest_entry_and_learns_through_noise():
    torch.manual_seed(0)
    quantiser = Quantiser(6, 4, groups=2, entries=3)
    frames = torch.randn(2, 5, 6)
    quantiser.eval()
    targets, shares = quantiser(frames)
    chosen = quantiser.scores(frames).argmax(-1)
    by_hand = torch.cat([quantiser.books[g][chosen[..., g]] for g in (0, 1)], -1)
    torch.testing.assert_close(targets, quantiser.out(by_hand))
    assert len({tuple(row) for row in chosen.flatten(0, 1).tolist()}) == len(targets.flatten(0, 1).unique(dim=0))
    torch.testing.assert_close(shares.sum(-1), torch.ones(2))
    quantiser.train()
    quantiser(frames)[0].sum().backward()
    assert quantiser.score.weight.grad.abs().sum() > 0


def test_diversity_is_least_when_all_entries_are_used_alike():
    even, one = torch.full((2, 4), 0.25), torch.eye(4)[:2]
    assert diversity_loss(even).item() == pytest.approx(-math.log(4) / 4)
    assert diversity_loss(one).item() == pytest.approx(0, abs=1e-5)
    torch.testing.assert_close(perplexities(even), torch.tensor([4.0, 4.0]))
    torch.testing.assert_close(perplexities(one), torch.ones(2), atol=1e-4, rtol=0)
    assert units.perplexity(np.array([0.5, 0.5, 0.0])) == pytest.approx(2)


def test_the_contrastive_loss_is_that_of_a_hand_computation():
    context = torch.tensor([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    targets = torch.tensor([[2.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    others = torch.tensor([[1, 2], [0, 2], [0, 0]])
    scores = contrastive_scores(context, targets, others, temperature=0.5)
    half = math.sqrt(0.5)
    # row 1: frame 2 has the very code of frame 1, so it does not count
    expected = [[1, 0, 0], [1, 0, -math.inf], [half, half, half]]
    torch.testing.assert_close(scores, torch.tensor(expected) / 0.5)
    by_hand = [math.log(1 + 2 * math.exp(-2)), math.log(1 + math.exp(-2)), math.log(3)]
    assert contrastive_loss(scores).item() == pytest.approx(sum(by_hand) / 3, rel=1e-5)


def test_distractors_are_the_others_all_alike():
    drawn = distractors(torch.arange(5), 4000, torch.Generator().manual_seed(0))
    for at, row in enumerate(drawn.numpy()):
        counts = np.bincount(row, minlength=5)
        assert counts[at] == 0
        assert counts[np.arange(5) != at].min() > 850
    with pytest.raises(ValueError, match="two hidden frames"):
        distractors(torch.arange(1), 3)


def test_hubert_counts_the_frames_that_alpha_says():
    scores = torch.log(torch.tensor([[[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]]))
    named, mask = torch.tensor([[0, 0, -1]]), torch.tensor([[True, False, True]])
    assert masked_loss(scores, named, mask).item() == pytest.approx(-math.log(0.7))
    assert masked_loss(scores, named, mask, 0.0).item() == pytest.approx(-math.log(0.2))
    mixed = masked_loss(scores, named, mask, 0.5).item()
    assert mixed == pytest.approx(-(math.log(0.7) + math.log(0.2)) / 2)


def test_a_few_steps_learn_something():
    """Two tones that take turns: their order is all there is to learn."""
    torch.manual_seed(0)
    t = torch.arange(400 + 320 * 19) / 16_000
    slow = (t * 12.5).long() % 2 == 0
    y = torch.where(slow, torch.sin(2 * math.pi * 400 * t), torch.sin(2 * math.pi * 2500 * t))[None]
    net, named = Hubert(SHAPE, 2).train(), slow[200::320][:20].long()[None]
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    losses, rng = [], np.random.default_rng(0)
    for _ in range(60):
        loss = masked_loss(net(y, torch.from_numpy(span_mask(20, rng, 0.1, 4))[None]), named, torch.ones(1, 20).bool())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_kmeans_is_as_good_as_scikit_learns():
    from sklearn.cluster import KMeans

    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(at, 0.3, (60, 3)) for at in rng.normal(0, 3, (6, 3))]).astype(np.float32)

    def cost(centres):
        return np.square(x - centres[nearest(x, centres)]).sum()

    ours = min((kmeans(x, 6, np.random.default_rng(seed)) for seed in range(4)), key=cost)
    theirs = KMeans(6, n_init=4, random_state=0).fit(x)
    assert cost(ours) == pytest.approx(theirs.inertia_, rel=1e-3)
    np.testing.assert_array_equal(nearest(x, theirs.cluster_centers_), theirs.labels_)
    with pytest.raises(ValueError, match="can't be parted"):
        kmeans(x[:3], 4, rng)


def test_kmeans_of_equal_rows_does_not_fail():
    assert np.array_equal(kmeans(np.ones((5, 2), np.float32), 3, np.random.default_rng(0)), np.ones((3, 2)))


def test_purity_and_pnmi_of_a_hand_case():
    """Two labels and three units: unit 0 is always a, unit 1 always b, unit 2 either."""
    table = units.together(np.array([0, 0, 1, 1, 0, 1]), np.array([0, 0, 1, 1, 2, 2]), 2, 3)
    assert table.tolist() == [[2, 0, 1], [0, 2, 1]]
    found = units.agreement(table)
    assert found.phone_purity == pytest.approx(5 / 6)
    assert found.cluster_purity == pytest.approx(4 / 6)
    assert found.label_entropy == pytest.approx(math.log(2))
    assert found.mutual_information == pytest.approx(4 / 6 * math.log(2))
    assert found.pnmi == pytest.approx(2 / 3)
    from sklearn.metrics import mutual_info_score

    assert found.mutual_information == pytest.approx(mutual_info_score([0, 0, 1, 1, 0, 1], [0, 0, 1, 1, 2, 2]))
    assert units.agreement(np.array([[3, 2]])).pnmi == 0
    with pytest.raises(ValueError, match="not one frame"):
        units.agreement(np.zeros((2, 2), int))


def test_repeats_are_merged():
    assert units.merged(np.array([7, 7, 7, 2, 7])) == [units.Run(7, 0, 3), units.Run(2, 3, 4), units.Run(7, 4, 5)]
    assert units.merged(np.array([])) == []


def test_letters_go_to_the_nearest_frames_and_no_further():
    found = letters.on_frames([("a", 10, 12), (" ", 13, 14), ("b", 16, 17)], 40)
    a, b = letters.LABELS.index("a"), letters.LABELS.index("b")
    assert found[10:12].tolist() == [a, a]
    assert found[13] == a
    assert found[14] == b
    assert found[3] == letters.PAUSE
    assert found[4] == a
    assert found[22] == b
    assert found[23] == letters.PAUSE


def test_differences_are_the_slope():
    x = np.arange(10, dtype=np.float32)[:, None] * 3
    np.testing.assert_allclose(mfcc.differences(x)[2:-2], 3)


def test_mfcc_are_librosas():
    import librosa

    y = np.random.default_rng(0).normal(0, 0.1, 8000).astype(np.float32)
    mel = librosa.feature.melspectrogram(
        y=y, sr=16_000, n_fft=400, hop_length=160, n_mels=40, center=False, fmax=8000, power=2
    )
    theirs = librosa.feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=13)
    np.testing.assert_allclose(mfcc.mfcc_39(y)[:, :13], theirs.T[::2], atol=0.05)


def test_a_probe_reads_what_is_linear_as_scikit_learn_does():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    x = rng.normal(size=(600, 5)).astype(np.float32)
    labels = (x[:, :3] + 0.3 * rng.normal(size=(600, 3))).argmax(1)
    ours = probe.fit(x[:400], labels[:400], 3)
    scaled = (x - x[:400].mean(0)) / x[:400].std(0)
    theirs = LogisticRegression(C=1 / (400 * 1e-3)).fit(scaled[:400], labels[:400])
    same = (ours.scores(x).argmax(1) == theirs.predict(scaled)).mean()
    assert same > 0.98
    assert ours.accuracy(x[400:], labels[400:]) > 0.75


def test_shapes_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="one number for each layer"):
        SslShape(kernels=(10,))
    with pytest.raises(ValueError, match="multiple"):
        SslShape(width=190)
    with pytest.raises(ValueError, match="multiple"):
        Quantiser(4, 5)
