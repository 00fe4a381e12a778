"""Tacotron 2: attention against coqui-tts's and by hand, decoding against the training pass, tokens, alignment."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from algorithms.synthesis.tacotron import alignment
from algorithms.synthesis.tacotron.decoding import decode, keep_masks
from algorithms.synthesis.tacotron.net import MEL_MEAN, MEL_SPREAD, Attention, Tacotron2, Terms
from algorithms.synthesis.tacotron.shape import TacotronShape
from algorithms.synthesis.tacotron.steps import AHEAD, BACK, How
from algorithms.synthesis.tacotron.tokens import SYMBOLS, encode

SMALL = TacotronShape(encoder=16, attention=8, location_filters=4, location_kernel=5, prenet=8, decoder=12, postnet=8)
IDS = (9, 30, 33, 62, 3, 45, 6)


@pytest.fixture(scope="module")
def net() -> Tacotron2:
    torch.manual_seed(0)
    return Tacotron2(SMALL).eval()


def test_stress_belongs_to_its_vowel_and_odd_signs_are_left_out():
    tokens = encode(" ðə  kˈæt✓, A.")
    assert tokens.names == ("ð", "ə", "␣", "k", "ˈæ", "t", ",", "␣", "eɪ", ".")
    assert [i % 3 for i in tokens.ids] == [0, 0, 0, 0, 2, 0, 0, 0, 0, 0]
    assert all(" ðə  kˈæt✓, A."[place] in SYMBOLS for place in tokens.places)
    assert encode("ˈ ,").ids == ()
    assert len(set(SYMBOLS)) == len(SYMBOLS)


def test_attention_weights_are_those_of_coqui_tts():
    layers = pytest.importorskip("TTS.tts.layers.tacotron.attentions")
    theirs = layers.OriginalAttention(
        query_dim=12,
        embedding_dim=16,
        attention_dim=8,
        location_attention=True,
        attention_location_n_filters=4,
        attention_location_kernel_size=5,
        windowing=False,
        norm="softmax",
        forward_attn=False,
        trans_agent=False,
        forward_attn_mask=False,
    ).eval()
    ours = Attention(SMALL).eval()
    with torch.no_grad():
        ours.query.weight.copy_(theirs.query_layer.linear_layer.weight)
        ours.memory.weight.copy_(theirs.inputs_layer.linear_layer.weight)
        ours.memory.bias.zero_()
        ours.filters.weight.copy_(theirs.location_layer.location_conv1d.weight)
        ours.location.weight.copy_(theirs.location_layer.location_dense.linear_layer.weight)
        ours.v.weight.copy_(theirs.v.linear_layer.weight)
        memory, past = torch.randn(1, 9, 16), torch.zeros(1, 2, 9)
        theirs.init_states(memory)
        processed = theirs.preprocess_inputs(memory)
        for _ in range(4):
            query = torch.randn(1, 12)
            context = theirs(query, memory, processed, None)
            weights = torch.softmax(ours.energies(ours.terms(query, ours.memory(memory), past)), 1)
            past = torch.stack((weights, past[:, 1] + weights), 1)
            shift = (theirs.attention_weights - weights).abs().max()
            assert shift < 1e-5  # their bias on v moves all energies alike
            torch.testing.assert_close(context, torch.bmm(weights[:, None], memory)[:, 0], atol=1e-5, rtol=1e-4)


def test_energies_by_hand(net):
    attention = net.attention
    query, memory, past = torch.randn(1, 12), torch.randn(1, 6, 16), torch.rand(1, 2, 6)
    with torch.no_grad():
        found = attention.energies(attention.terms(query, attention.memory(memory), past))[0]
        padded = np.pad(past[0].numpy(), ((0, 0), (2, 2)))
        kernel = attention.filters.weight.numpy()  # [filters, 2, 5]
        for j in range(6):
            f = (kernel * padded[None, :, j : j + 5]).sum((1, 2))
            inside = (
                attention.query.weight.numpy() @ query[0].numpy()
                + attention.memory.weight.numpy() @ memory[0, j].numpy()
                + attention.memory.bias.numpy()
                + attention.location.weight.numpy() @ f
            )
            assert float(found[j]) == pytest.approx(float(attention.v.weight.numpy()[0] @ np.tanh(inside)), abs=1e-5)


def test_decoding_under_teacher_forcing_is_the_training_pass(net, monkeypatch):
    steps, r = 5, SMALL.reduction
    mel = torch.randn(1, steps * r, SMALL.mels)
    masks = keep_masks((steps, 2, 1, SMALL.prenet), SMALL.dropout, 7)
    plain = net.prenet.forward
    monkeypatch.setattr(net.prenet, "forward", lambda x, keep=None: plain(x, masks[:, :, 0].transpose(0, 1)[:, None]))
    with torch.no_grad():
        want = net(torch.tensor([IDS]), torch.tensor([len(IDS)]), mel)
    monkeypatch.undo()
    got = decode(net, IDS, How(seed=7), teacher=(mel[0].T * MEL_SPREAD + MEL_MEAN).numpy())
    np.testing.assert_allclose(got.weights, want.weights[0], atol=1e-5)
    np.testing.assert_allclose((got.after.T - MEL_MEAN) / MEL_SPREAD, want.after[0], atol=1e-4)
    np.testing.assert_allclose(got.stop, torch.sigmoid(want.stop[0]), atol=1e-5)


def test_a_padded_batch_gives_what_each_sentence_gives_alone(net, monkeypatch):
    monkeypatch.setattr(net.prenet, "p", 0.0)
    ids = torch.tensor([[*IDS], [12, 15, 18, 0, 0, 0, 0]])
    mel = torch.randn(2, 3 * SMALL.reduction, SMALL.mels)
    with torch.no_grad():
        both = net(ids, torch.tensor([7, 3]), mel)
        alone = net(ids[1:, :3], torch.tensor([3]), mel[1:])
    torch.testing.assert_close(both.weights[1:, :, :3], alone.weights, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(both.after[1:], alone.after, atol=1e-4, rtol=1e-3)
    assert float(both.weights[1, :, 3:].max()) == 0


def test_what_is_switched_off_is_off(net):
    how = How(most_steps=6)
    usual = decode(net, IDS, how)
    np.testing.assert_allclose(usual.weights.sum(1), 1, atol=1e-5)
    without = decode(net, IDS, How(most_steps=6, location=False))
    np.testing.assert_array_equal(without.energies[0], without.energies[3])
    dry = [decode(net, IDS, How(most_steps=6, dropout=False, seed=seed)).after for seed in (0, 1)]
    np.testing.assert_array_equal(*dry)
    ahead = decode(net, IDS, How(most_steps=6, forward_only=True)).weights
    at = 0
    for row in ahead:
        outside = np.ones(len(IDS), bool)
        outside[max(at - BACK, 0) : at + AHEAD + 1] = False
        assert row[outside].max(initial=0) == 0
        at = int(row.argmax())


def test_energies_without_a_term_are_those_of_the_other_two(net):
    attention = net.attention
    terms = attention.terms(torch.randn(1, 12), attention.memory(torch.randn(1, 4, 16)), torch.rand(1, 2, 4))
    with torch.no_grad():
        by_hand = attention.v(torch.tanh(terms.query + terms.location))[..., 0]  # broadcast over the tokens
        left_out = attention.energies(Terms(terms.query, terms.memory * 0, terms.location))
    torch.testing.assert_close(left_out, by_hand)


def test_nothing_to_say_and_limits(net):
    with pytest.raises(ValueError, match="nothing to say"):
        decode(net, ())
    told = []
    got = decode(net, IDS, How(most_steps=3), told=told.append)
    assert len(told) == len(got.weights) <= 3
    assert decode(net, (9,), How(most_steps=2)).weights.shape[1] == 1


def path(*at: int, n: int = 12) -> np.ndarray:
    return np.eye(n)[list(at)]


def test_the_order_of_an_alignment():
    assert alignment.order(path(0, 2, 4, 3, 6, 9, 11), True).right
    assert not alignment.order(path(0, 2, 4), True).reached
    assert alignment.order(path(0, 5, 1, 5, 9, 11), True).repeats == 1
    assert alignment.order(path(0, 7, 11), True).skips == 1
    assert not alignment.order(path(0, 4, 8, 11), False).right
