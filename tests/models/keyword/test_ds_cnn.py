"""The shipped keyword spotters: the protocol, bad sound, the export, accuracy on speakers never heard."""

from pathlib import Path

import numpy as np
import pytest

import models
from algorithms.keyword import features as kws_features
from algorithms.keyword.ds_cnn import LABELS, layers
from models.keyword import ds_cnn as kws
from models.protocols import KeywordSpotter
from models.registry import ModelUnavailable

IDS = [spec.id for spec in models.specs("KeywordSpotter") if spec.id.startswith("kws/ds-cnn")]


@pytest.fixture(scope="module")
def spotter():
    return models.get("kws/ds-cnn-int8")


@pytest.fixture(scope="module")
def val(data):
    """The clips of 35 speakers that training never heard: (features [n, 49, 10], labels [n])."""
    from algorithms.keyword.speech_commands import speech_commands

    clips = speech_commands(data / "speech_commands", "val")
    return np.stack([kws_features.mfcc(x.astype(np.float32) / 32768) for x in clips.x]), clips.label


def test_the_offline_default_is_eight_bit():
    spec = models.default("KeywordSpotter")
    assert (spec.id, spec.offline, spec.sample_rate) == ("kws/ds-cnn-int8", True, 16000)
    assert len(IDS) == 4


@pytest.mark.parametrize("id", IDS)
def test_each_keeps_the_protocol(id):
    spotter = models.get(id)
    assert isinstance(spotter, KeywordSpotter)
    assert spotter.labels == LABELS
    p = spotter.predict(np.random.default_rng(0).normal(0, 0.1, 16000).astype(np.float32))
    assert (p.shape, p.dtype) == ((12,), np.float32)
    assert p.sum() == pytest.approx(1, abs=1e-5)
    assert (p >= 0).all()


@pytest.mark.parametrize("id", IDS)
def test_digital_silence_is_silence(id):
    spotter = models.get(id)
    assert spotter.labels[spotter.predict(np.zeros(16000, np.float32)).argmax()] == "_silence_"


def test_a_batch_gives_what_its_clips_give_one_by_one(spotter):
    features = np.random.default_rng(0).normal(size=(5, 49, 10)).astype(np.float32)
    one_by_one = np.concatenate([spotter.logits(x[None]) for x in features])
    np.testing.assert_array_equal(spotter.logits(features), one_by_one)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.zeros((16000, 2), np.float32), "one channel"),
        (np.zeros(0, np.float32), "empty"),
        (np.full(16000, np.nan, np.float32), "NaN"),
        (np.zeros(16001, np.float32), "one second"),
        (np.zeros(16000, np.int16), "floating point"),
    ],
)
def test_bad_sound_is_refused_with_a_sentence(spotter, y, message):
    with pytest.raises(ValueError, match=message):
        spotter.predict(y)


@pytest.mark.parametrize("samples", [1, 640, 8000, 15999])
def test_a_short_clip_is_heard_in_a_second_of_silence(spotter, samples):
    assert np.isfinite(spotter.predict(np.full(samples, 0.1, np.float32))).all()


def test_mfccs_of_another_shape_or_with_nan_are_refused(spotter):
    with pytest.raises(ValueError, match="49, 10"):
        spotter.logits(np.zeros((49, 10)))
    with pytest.raises(ValueError, match="NaN"):
        spotter.logits(np.full((1, 49, 10), np.nan))


def test_a_file_that_was_changed_is_not_loaded(tmp_path, monkeypatch):
    path = tmp_path / "kws-ds-cnn-s-int8.onnx"
    path.write_bytes(kws.weights_file("s-int8").read_bytes() + b"\0")
    monkeypatch.setattr(kws, "WEIGHTS", tmp_path)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        kws.weights_file("s-int8")
    path.unlink()
    with pytest.raises(ModelUnavailable, match="check the project out again"):
        kws.weights_file("s-int8")


def test_ds_cnn_s_fits_into_54_kb():
    assert kws.weights_file("s-int8").stat().st_size <= 54_000


def test_the_files_hold_the_networks_they_name():
    import onnx
    from onnx import numpy_helper

    for variant in kws.SHA256:
        model = onnx.load(kws.weights_file(variant))
        count = sum(numpy_helper.to_array(i).size for i in model.graph.initializer if i.name[-2:] in (".w", ".b"))
        if variant.endswith("fp32"):
            assert count == sum(layer.parameters for layer in layers(variant[0]))
        else:
            weights = [i for i in model.graph.initializer if i.name.endswith(".w_quantized")]
            assert sum(numpy_helper.to_array(i).size for i in weights) == sum(
                layer.weights for layer in layers(variant[0])
            )
            assert {numpy_helper.to_array(i).dtype for i in weights} == {np.dtype(np.int8)}


@pytest.mark.slow
@pytest.mark.parametrize("size", ["s", "m"])
def test_a_fresh_network_survives_its_export(size, tmp_path):
    """PyTorch, float ONNX and eight-bit ONNX agree on the same inputs, the last within a few of its steps."""
    import onnx
    import torch

    from algorithms.keyword.ds_cnn import build
    from training.keyword.export import quantise, run, to_onnx

    torch.manual_seed(0)
    net = build(size)
    with torch.no_grad():
        for _ in range(3):
            net(torch.randn(16, 1, 49, 10))
        net.eval()
        net.linear.weight.mul_(10)
        x = torch.randn(24, 1, 49, 10)
        expected = net(x).numpy()
    fp32, int8 = tmp_path / "fp32.onnx", tmp_path / "int8.onnx"
    onnx.save(to_onnx(net), fp32)
    quantise(fp32, int8, x.numpy())
    np.testing.assert_allclose(run(fp32, x.numpy()), expected, atol=1e-4)
    assert np.abs(run(int8, x.numpy()) - expected).max() < 0.15 * np.ptp(expected)
    assert kws.load_onnx(int8.read_bytes()).labels == LABELS


@pytest.mark.slow
def test_nine_in_ten_words_of_speakers_it_never_heard(val):
    """The bar of MLPerf Tiny for the default, and eight bits cost at most one point for both sizes."""
    features, label = val
    accuracy = {}
    for spec in models.specs("KeywordSpotter"):
        spotter = models.get(spec)
        guess = np.array([spotter.logits(x[None])[0].argmax() for x in features])
        accuracy[Path(spec.source).stem[-6:]] = (guess == label).mean()
    assert accuracy[kws.DEFAULT] >= 0.90
    for size in "sm":
        assert accuracy[f"{size}-int8"] >= accuracy[f"{size}-fp32"] - 0.01
