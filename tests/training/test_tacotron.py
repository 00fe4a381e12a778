"""What Tacotron's training asks for: where each step should look, and that the loss can be lowered."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from algorithms.synthesis.tacotron.net import Tacotron2
from algorithms.synthesis.tacotron.shape import TacotronShape
from algorithms.synthesis.tacotron.tokens import encode
from benchmarks.tacotron import TEXTS
from training.recordings import DEVELOPMENT, TRAIN, UNTOUCHED
from training.tacotron.train import Sentences, losses, shares, total
from training.tacotron.voice import LEAD_S, texts, trimmed

SMALL = TacotronShape(encoder=16, attention=8, location_filters=4, location_kernel=5, prenet=8, decoder=12, postnet=8)


def test_shares_by_counting_tenths_of_a_frame():
    ends = np.array([2.5, 6.0, 7.5, 11.0])
    found = shares(ends, 4, 4)
    owner = np.searchsorted([2.5, 6.0, 7.5], np.arange(0.05, 16, 0.1), side="right")
    by_hand = np.stack([np.bincount(owner[k * 40 : (k + 1) * 40], minlength=4) / 40 for k in range(4)])
    np.testing.assert_allclose(found, by_hand, atol=1e-6)


def test_silence_is_cut_to_one_length():
    rate = 22_050
    y = np.concatenate([np.zeros(5000), 0.3 * np.ones(4000), np.zeros(9000)])
    found, cut = trimmed(y)
    lead = round(LEAD_S * rate)
    assert cut == 5000 - lead
    assert np.flatnonzero(found)[0] == lead
    short, added = trimmed(y[5000 - 10 :])
    assert added == 10 - lead
    assert np.flatnonzero(short)[0] == lead
    assert len(trimmed(np.zeros(9))[0]) == 9


@pytest.fixture
def work(tmp_path):
    rng, rows, frame = np.random.default_rng(0), [], 0
    for i, phonemes in enumerate(["hˈI.", "nˈO nˈO.", "ðə kˈæt.", "wˈʌn tˈu θɹˈi."]):
        n, frames = len(encode(phonemes).ids), 11 + 5 * i
        ends = np.linspace(0, frames, n + 1)[1:].tolist()
        rows.append({"text": "", "phonemes": phonemes, "split": TRAIN, "frame": frame, "frames": frames, "ends": ends})
        frame += frames
    np.save(tmp_path / "mels.npy", rng.normal(-5, 2, (frame, 80)).astype(np.float16))
    (tmp_path / "sentences.json").write_text(json.dumps(rows), encoding="utf-8")
    return tmp_path


def test_a_few_steps_lower_the_loss(work):
    torch.manual_seed(0)
    sentences = Sentences(work, TRAIN, SMALL.reduction)
    batch = sentences.batch(sentences.rows)
    assert torch.allclose(batch[4].sum(2)[torch.arange(batch[4].shape[1]) < batch[3][:, None]], torch.tensor(1.0))
    net = Tacotron2(SMALL)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    found = []
    for _ in range(25):
        loss = total(losses(net(*batch[:3]), batch))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found.append(loss.item())
    assert found[-1] < found[0]


def test_batches_are_neighbours_in_length_and_no_longer_than_allowed(work):
    sentences = Sentences(work, TRAIN, SMALL.reduction)
    rng = np.random.default_rng(0)
    for _ in range(5):
        assert int(sentences.draw(60, 17, rng)[3].max()) <= -(-17 // SMALL.reduction)


def test_kept_sentences_are_not_trained_on(data):
    found = texts(data)
    assert len(found[DEVELOPMENT]) == len(found[UNTOUCHED]) == 30
    assert tuple(found[UNTOUCHED]) == TEXTS, "the benchmark measures what was kept"
    trained = {text.lower() for text in found[TRAIN]}
    assert not trained & {text.lower() for split in (DEVELOPMENT, UNTOUCHED) for text in found[split]}
