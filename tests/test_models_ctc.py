"""The CTC models: shapes and edge cases on a tiny random network, words on real speech, hub models made by the test."""

import json
from itertools import pairwise

import numpy as np
import pytest

import models
from algorithms import ctc
from algorithms.ctc_net import VOCAB
from models import ctc as models_ctc
from models import ctc_hub
from models.protocols import CtcModel
from models.registry import ModelUnavailable


@pytest.fixture(scope="module")
def small():
    """A `WhisperCtc` around a small random network."""
    import torch

    from algorithms.ctc_net import CtcNet

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


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((16000, 2), np.float32), "one channel"),
        (np.zeros(0, np.float32), "empty"),
        (np.full(100, np.nan, np.float32), "no numbers"),
        (np.array([0.0, np.inf], np.float32), "no numbers"),
    ],
)
def test_bad_sound_is_refused_with_a_sentence(small, y, message):
    with pytest.raises(ValueError, match=message):
        small.log_probs(y)


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
    from algorithms.wer import ErrorCounts, character_errors

    errors = ErrorCounts(0, 0, 0, 0)
    for y, text in reading:
        heard = "".join(shipped.vocab[token] for token in ctc.greedy(shipped.log_probs(y)))
        errors += character_errors(text, heard)
    assert errors.rate <= 0.12


@pytest.mark.slow
def test_a_long_clip_in_windows_says_what_its_parts_say(shipped, reading):
    """40 s and more of reading, heard in windows, against the same sentences one by one."""
    from algorithms.wer import character_errors

    clips = [y for y, _ in reading]
    whole = np.concatenate(clips)
    assert len(whole) > 40 * 16000
    spell = lambda y: "".join(shipped.vocab[token] for token in ctc.greedy(shipped.log_probs(y)))  # noqa: E731
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


# ---------------------------------------------------------------- models of the hub and of folders


SYMBOLS = {"A": 3, "B": 1, "<unk>": 0, "|": 4, "<pad>": 2}


@pytest.fixture
def checkpoint(tmp_path):
    """A folder as `save_pretrained` leaves it, of a tiny random wav2vec 2.0 whose blank is symbol 2."""
    from models import torchaudio_guard

    torchaudio_guard.install()
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        vocab_size=5,
        pad_token_id=2,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_stride=(5, 4),
        conv_kernel=(10, 8),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    model = Wav2Vec2ForCTC(config).eval()
    model.save_pretrained(tmp_path)
    (tmp_path / "vocab.json").write_text(json.dumps(SYMBOLS))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": 8000, "do_normalize": True}))
    return tmp_path, model


def test_a_folder_becomes_a_ctc_model_with_its_blank_first(checkpoint):
    import torch

    folder, original = checkpoint
    model = ctc_hub.load_folder(folder)
    assert isinstance(model, CtcModel)
    assert model.vocab == ("<pad>", "<unk>", "B", "A", "|")
    assert model.frame_s == pytest.approx(20 / 8000)
    assert model.sample_rate == 8000
    y = noise(0.1) * 3
    found = model.log_probs(y)
    with torch.inference_mode():
        wanted = original(torch.from_numpy((y - y.mean()) / y.std())[None]).logits[0].log_softmax(-1)
    np.testing.assert_allclose(found, wanted[:, [2, 0, 1, 3, 4]], atol=1e-3)
    assert ctc.encode("ab a", model.vocab) == [3, 2, 4, 3]


@pytest.mark.parametrize("samples", [1, 44, 45])
def test_a_clip_shorter_than_a_frame_has_one(checkpoint, samples):
    assert ctc_hub.load_folder(checkpoint[0]).log_probs(noise(1)[:samples]).shape == (1, 5)


def test_too_long_a_clip_for_attention_is_refused(checkpoint):
    with pytest.raises(ValueError, match="at most 60 s"):
        ctc_hub.load_folder(checkpoint[0]).log_probs(np.zeros(61 * 8000, np.float32))


@pytest.mark.parametrize("name", ["vocab.json", "config.json", "model.safetensors"])
def test_a_missing_file_is_named(checkpoint, name):
    (checkpoint[0] / name).unlink()
    with pytest.raises(ModelUnavailable, match=f"no {name}"):
        ctc_hub.load_folder(checkpoint[0])


@pytest.mark.parametrize("name", ["vocab.json", "config.json", "model.safetensors"])
def test_a_damaged_file_is_said(checkpoint, name):
    (checkpoint[0] / name).write_text("{")
    with pytest.raises(ModelUnavailable, match="can't be read as a CTC model"):
        ctc_hub.load_folder(checkpoint[0])


def test_a_model_without_ctc_head_is_refused(checkpoint):
    folder, model = checkpoint
    model.wav2vec2.save_pretrained(folder)
    with pytest.raises(ModelUnavailable, match="never trained for CTC"):
        ctc_hub.load_folder(folder)


def test_spec_of_a_folder_and_of_the_hub(checkpoint):
    local = ctc_hub.spec(str(checkpoint[0]))
    assert local.offline
    assert local.task == "CtcModel"
    assert models.get(local).vocab[0] == "<pad>"
    hub = ctc_hub.spec("facebook/wav2vec2-base-960h")
    assert (hub.id, hub.source, hub.offline) == (
        "hub:facebook/wav2vec2-base-960h@main",
        "hub:facebook/wav2vec2-base-960h",
        False,
    )
