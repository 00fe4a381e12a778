"""The speaker encoder's sound side against librosa and Resemblyzer's own rules."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch

from algorithms.cloning import ge2e

NOISE = np.random.default_rng(0).normal(size=40_000).astype(np.float32) * 0.1


def test_mel_power_is_librosas():
    theirs = librosa.feature.melspectrogram(
        y=NOISE, sr=16_000, n_fft=400, hop_length=160, n_mels=40, pad_mode="constant"
    ).T
    assert np.allclose(ge2e.mel_power(NOISE), theirs, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    ("n", "starts"),
    [
        (1, [0]),
        (16_000, [0]),
        (25_600, [0]),
        (40_000, [0, 77]),  # the second window holds 1.73 s of 1.6 s: all of it
        (28_000, [0]),  # a second one would hold 61 % sound: less than three quarters
        (80_000, [0, 77, 154, 231, 308]),
    ],
)
def test_windows_cover_the_sound(n, starts):
    assert ge2e.window_starts(n) == starts


def test_pauses_go_and_speech_stays():
    loud, quiet = NOISE[:16_000], NOISE[:16_000] * 1e-3
    left = ge2e.without_pauses(np.concatenate([loud, quiet, quiet, loud]))
    assert 2.0 <= len(left) / 16_000 < 2.6
    assert len(ge2e.without_pauses(NOISE)) == len(NOISE)


def test_an_embedding_has_unit_length_whatever_the_level():
    torch.manual_seed(0)
    net = ge2e.SpeakerNet().eval()
    for y in (NOISE, NOISE[:100], np.full(20_000, 1e-3, np.float32)):
        assert np.linalg.norm(ge2e.embed(net, y)) == pytest.approx(1, abs=1e-4)
    assert ge2e.embed(net, NOISE * 1e-3) @ ge2e.embed(net, NOISE * 1e-4) == pytest.approx(1, abs=1e-4)
