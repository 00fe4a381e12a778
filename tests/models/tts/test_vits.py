"""The packaged VITS voice: in three parts as in one, its phonemes, what it refuses; and hibari."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

import models
from algorithms.synthesis import hifigan_shape
from algorithms.vits import durations, flow
from models import ModelUnavailable
from models.protocols import Synthesizer
from models.tts import phonemes as g2p
from models.tts import vits

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("espeak-ng"), reason="the voice's phonemes come from espeak-ng"),
]
SENTENCE = "The birch canoe slid on the smooth planks."


@pytest.fixture(scope="module")
def voice():
    return models.get("tts/vits-joe")


@pytest.fixture(scope="module")
def tokens(voice):
    return voice.tokens(g2p.phonemes(SENTENCE).ipa)


@pytest.fixture(scope="module")
def whole(tokens):
    """What the uncut graph makes of the sentence, with the tensors at which we cut."""
    import onnx
    from onnx import helper

    graph = onnx.load(vits.files()[0])
    names = [*vits.TEXT.values(), *vits.ATTENTION, vits.Z_P, *vits.FLOW, vits.Z, *vits.DECODER.values(), vits.WAVE]
    names.append("/Ceil_output_0")
    made = {o.name for o in graph.graph.output}
    graph.graph.output.extend(helper.make_empty_tensor_value_info(n) for n in names if n not in made)
    noise = next(n for n in graph.graph.node if n.name == vits.NOISE_NODE).output[0]
    graph.graph.output.append(helper.make_empty_tensor_value_info(noise))
    session = vits._session(graph)
    n = len(tokens.ids)
    feeds = {"input": np.array([tokens.ids], np.int64), "input_lengths": np.array([n], np.int64)}
    feeds["scales"] = np.array([0.667, 1.2, 0.0], np.float32)  # noise_w 0: durations that no chance decides
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, feeds), strict=True))


def test_the_three_parts_are_the_whole(voice, tokens, whole):
    states = voice.read(tokens, noise_w=0)
    for name, ours in (("mean", states.mean), ("log_sigma", states.log_sigma), ("embedding", states.embedding)):
        np.testing.assert_allclose(ours, whole[vits.TEXT[name]][0], atol=1e-5)
    np.testing.assert_allclose(states.log_w, whole[vits.TEXT["log_w"]][0, 0], atol=1e-5)
    np.testing.assert_allclose(states.attention[3], whole[vits.ATTENTION[3]][0], atol=1e-5)
    assert durations.frames(states.log_w, 1.2).tolist() == whole["/Ceil_output_0"][0, 0].astype(int).tolist()
    stages = voice.flow(whole[vits.Z_P][0])
    np.testing.assert_allclose(stages[-1], whole[vits.Z][0], atol=1e-4)
    taps = voice.decoder_taps(whole[vits.Z][0])
    np.testing.assert_allclose(taps["mrf1"], whole[vits.DECODER["mrf1"]][0], atol=1e-4)
    np.testing.assert_allclose(voice.decode(whole[vits.Z][0]), whole[vits.WAVE][0, 0], atol=1e-5)


def test_attention_is_a_share(voice, tokens):
    attention = voice.read(tokens).attention
    assert attention.shape == (vits.LAYERS, vits.HEADS, len(tokens.ids), len(tokens.ids))
    np.testing.assert_allclose(attention.sum(-1), 1, atol=1e-4)


def test_a_seed_decides_the_durations(voice, tokens):
    first, again, other = (voice.read(tokens, seed=s).log_w for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1


def test_each_layer_changes_one_half_alone(voice, tokens):
    states = voice.read(tokens)
    z_p = durations.prior_sample(
        states.mean, states.log_sigma, durations.frames(states.log_w), noise_scale=0.667, seed=0
    )
    before = z_p
    for after in voice.flow(z_p):
        seen = flow.inspect(before, after)
        assert seen.kept == 0
        assert seen.moved > 0.05
        before = after


def test_sizes_are_those_that_the_algorithms_count(voice):
    g = hifigan_shape.VITS_JOE
    assert voice.parameters["decoder"] - sum(s.parameters for s in hifigan_shape.stages(g)) in (
        0,
        1,
    )  # a slope is in the file
    z = np.random.default_rng(0).normal(size=(192, 60)).astype(np.float32)
    taps = voice.decoder_taps(z)
    for stage in hifigan_shape.stages(g):
        assert taps[stage.name].shape == (stage.channels, 60 * stage.per_frame)
    changed = z.copy()
    changed[:, 30] += 3
    moved = np.flatnonzero(voice.decode(changed) != voice.decode(z))
    first, last = hifigan_shape.touched_by(30, g)
    assert first <= moved[0] <= first + 256
    assert last - 256 <= moved[-1] <= last


def test_one_sound_longer_leaves_what_came_well_before(voice, tokens):
    from algorithms.vits.tokens import units

    states, found = voice.read(tokens), units(tokens.symbols)
    frames = durations.frames(states.log_w)
    longer = durations.edited(frames, found, {len(found) - 3: 60})

    def said(frames):
        z_p = durations.prior_sample(states.mean, states.log_sigma, frames, noise_scale=0.667, seed=0)
        return voice.decode(voice.flow(z_p)[-1])

    a, b = said(frames), said(longer)
    assert len(b) - len(a) == 256 * (longer.sum() - frames.sum())
    np.testing.assert_allclose(a[: len(a) // 4], b[: len(a) // 4], atol=1e-4)


def test_it_is_a_synthesizer(voice):
    assert isinstance(voice, Synthesizer)
    y = voice.synthesize("Well, it costs $5.20. Fine!")
    assert y.dtype == np.float32
    assert 1.5 < len(y) / voice.sample_rate < 12
    assert 0.05 < np.abs(y).max() <= 1
    np.testing.assert_array_equal(y, voice.synthesize("Well, it costs $5.20. Fine!"))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing to say"),
        ("...!?", "nothing to say"),
        ("😀🎉", "nothing to say"),
        ("日本語", "Latin letters"),
        ("x" * 5001, "at most 5000"),
    ],
)
def test_what_it_refuses(voice, text, says):
    with pytest.raises(ValueError, match=says):
        voice.synthesize(text)


def test_too_many_tokens_at_once(voice):
    with pytest.raises(ValueError, match="make it shorter"):
        voice.tokens("a" * 1000)


def test_long_texts_are_cut_where_a_reader_breathes():
    text = "One two. " + "word, " * 100 + "x" * 700
    parts = list(vits.sentences(text))
    assert max(map(len, parts)) <= 300
    assert parts[0] == "One two."
    assert "".join(text.split()) == "".join("".join(parts).split())


def test_phonemes_and_the_words_they_belong_to():
    said = g2p.phonemes(SENTENCE)
    assert len(said.ipa.split()) == len(said.words)
    assert " ".join(said.words) == SENTENCE[:-1]
    assert said.ipa.endswith(".")
    many = g2p.phonemes("It is going to be at the end of it, I have been to the house!")
    assert len(many.words) == len(many.ipa.split())
    assert " ".join(many.words) == "It is going to be at the end of it I have been to the house"
    assert g2p.phonemes("[[h@l@U]] hello -v de").words[-1] == "de", "nothing in a text is an order to eSpeak"


def test_a_machine_without_espeak_is_told(monkeypatch):
    monkeypatch.setattr(g2p, "available", lambda: False)
    with pytest.raises(ModelUnavailable, match="espeak-ng"):
        g2p.phonemes("a word that no test before has asked for")


def test_a_voice_that_is_another_is_refused(monkeypatch):
    monkeypatch.setattr(vits, "SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match="SHA-256"):
        vits._load()


def test_hibari():
    assert models.default("Synthesizer").id == "tts/hibari"
    voice = models.get("tts/hibari")
    assert isinstance(voice, Synthesizer)
    y = voice.synthesize("Good morning.")
    assert 0.5 < len(y) / voice.sample_rate < 3
    assert np.abs(y).max() <= 1
    np.testing.assert_array_equal(y, voice.synthesize("Good morning."))
    for text, says in (
        ("", "nothing to say"),
        ("?!", "nothing to say"),
        ("日本", "nothing to say"),
        ("x" * 5001, "5000"),
    ):
        with pytest.raises(ValueError, match=says):
            voice.synthesize(text)
