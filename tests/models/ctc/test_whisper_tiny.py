"""The CTC models: shapes and edge cases on a tiny random network, words on real speech."""

from itertools import pairwise

import numpy as np
import pytest

import models
from algorithms import ctc
from algorithms.ctc.net import VOCAB
from models.ctc import whisper_tiny as models_ctc
from models.protocols import CtcModel


@pytest.fixture(scope="module")
def small():
    """A `WhisperCtc` around a small random network."""
    import torch

    from algorithms.ctc.net import CtcNet

    torch.manual_seed(0)
    return models_ctc.WhisperCtc(CtcNet(width=64, heads=2, layers=1, extra_layers=1), VOCAB)


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16000)).astype(np.float32)


def test_it_is_the_offline_default():
    spec = models.default("CtcModel")
    assert (spec.id, spec.offline, spec.sample_rate) == ("ctc/whisper-tiny", True, 16000)


@pytest.mark.parametrize("samples", [1, 319, 320, 321, 5000, 16000, 27 * 16000, 65 * 16000 + 7])
def test_one_row_each_20_ms_that_sums_to_one(small, samples):
    log_probs = small.log_probs(noise(samples / 16000)[:samples])
    assert isinstance(small, CtcModel)
    assert log_probs.shape == (-(-samples // 320), len(small.vocab))
    assert log_probs.dtype == np.float32
    np.testing.assert_allclose(np.exp(log_probs).sum(1), 1.0, atol=1e-4)


def test_silence_is_finite(small):
    assert np.isfinite(small.log_probs(np.zeros(16000, np.float32))).all()


def test_loudness_does_not_matter(small):
    y = noise(1.0)
    np.testing.assert_allclose(small.log_probs(y), small.log_probs(0.05 * y), atol=2e-3)


@pytest.mark.parametrize("sample", [20, 160, 300])
def test_a_click_shows_in_the_row_of_its_20_ms(sample):
    import torch

    class Loudness(torch.nn.Module):
        """Each frame's mean over the columns that `CtcNet` centres it on, in place of a network."""

        def forward(self, mel):
            return mel[:, :, ::2].mean(1)[..., None]

    y = np.zeros(16000, np.float32)
    y[10 * 320 + sample] = 1.0
    assert models_ctc.WhisperCtc(Loudness(), VOCAB).log_probs(y).ravel().argmax() == 10


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((16000, 2), np.float32), "one channel"),
        (np.zeros(0, np.float32), "empty"),
        (np.full(100, np.nan, np.float32), "aren't numbers"),
        (np.array([0.0, np.inf], np.float32), "aren't numbers"),
    ],
)
def test_bad_sound_is_refused_with_a_sentence(small, y, message):
    with pytest.raises(ValueError, match=message):
        small.log_probs(y)


def test_progress_may_stop_a_long_reading(small):
    def stop(share):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        small.log_probs(noise(40), stop)


# ---------------------------------------------------------------- the shipped weights


@pytest.fixture(scope="module")
def shipped():
    return models.get("ctc/whisper-tiny")


@pytest.fixture(scope="module")
def reading(data):
    """Sentences of LJ Speech with their texts: [(sound at 16 kHz, text)]; the voice was not trained on."""
    import soundfile
    import soxr

    rows = []
    for line in (data / "ljspeech_sample" / "metadata.csv").read_text(encoding="utf-8").splitlines():
        name, _, text = line.split("|")
        y, rate = soundfile.read(data / "ljspeech_sample" / f"{name}.flac", dtype="float32")
        rows.append((soxr.resample(y, rate, 16000), text))
    return rows


@pytest.mark.slow
def test_a_voice_it_never_heard_is_read(shipped, reading):
    from algorithms.text.wer import ErrorCounts, character_errors

    errors = ErrorCounts(0, 0, 0, 0)
    for y, text in reading:
        heard = "".join(shipped.vocab[token] for token in ctc.greedy(shipped.log_probs(y)))
        errors += character_errors(text, heard)
    assert errors.rate <= 0.12


@pytest.mark.slow
def test_a_long_clip_in_windows_says_what_its_parts_say(shipped, reading):
    """40 s and more of reading, heard in windows, against the same sentences one by one."""
    from algorithms.text.wer import character_errors

    clips = [y for y, _ in reading]
    whole = np.concatenate(clips)
    assert len(whole) > 40 * 16000

    def spell(y):
        return "".join(shipped.vocab[token] for token in ctc.greedy(shipped.log_probs(y)))

    apart = " ".join(spell(y) for y in clips)
    assert character_errors(apart, spell(whole)).rate < 0.08


@pytest.mark.slow
def test_words_are_aligned_in_order_and_within_the_clip(shipped, reading):
    y, text = reading[0]
    kept, _ = ctc.spellable(text, shipped.vocab)
    log_probs = shipped.log_probs(y)
    words = ctc.group_words(ctc.forced_align(log_probs, ctc.encode(kept, shipped.vocab)), shipped.vocab)
    assert " ".join(word.text for word in words) == kept
    assert all(a.end_frame <= b.start_frame for a, b in pairwise(words))
    assert words[-1].end_frame <= len(log_probs)
    assert np.mean([word.prob for word in words]) > 0.5
