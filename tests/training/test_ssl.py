"""The training of the self-supervised networks: crops with their frames, and the clusters' names."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from algorithms.ssl.shape import SslShape, frames_of
from training.recordings import TRAIN
from training.ssl.crops import Crops
from training.ssl.hubert import clusters, names


@pytest.fixture
def work(tmp_path):
    """Two recordings whose samples say where they are: sample i of the array has the level i // 320."""
    rows, sample, frame = [], 0, 0
    for frames in (60, 80):
        rows.append({"set": "kathleen_en", "speaker": "k", "split": TRAIN})
        rows[-1] |= {"sample": sample, "frame": frame, "frames": frames}
        sample, frame = sample + 320 * (frames - 1) + 400, frame + frames
    np.save(tmp_path / "sound.npy", (np.arange(sample) // 320).astype(np.int16))
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    return tmp_path


def test_crops_come_with_the_units_of_their_frames(work):
    units = np.arange(140)
    y, mask, labels = Crops(work, TRAIN, 1.0).batch(5, np.random.default_rng(0), units)
    assert y.shape[1] == 400 + 48 * 320
    assert mask.shape == labels.shape == (5, frames_of(y.shape[1], SslShape()))
    first = torch.round(y[:, 160] * 32767 * 0.05)  # half a frame on, where rounding is not at an edge
    second = (
        labels[:, 0] >= 60
    )  # the second recording begins 80 samples late, as the first has a whole field at its end
    torch.testing.assert_close(first[~second].long(), labels[~second][:, 0])
    torch.testing.assert_close(first[second].long(), labels[second][:, 0])


def test_clusters_are_named():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(at, 0.1, (50, 2)) for at in (0, 5)]).astype(np.float16)
    table = clusters(features, 2)
    assert table["centres"].shape == (2, 2)
    found = names(features, table)
    assert len(set(found[:50])) == len(set(found[50:])) == 1
    assert found[0] != found[99]
