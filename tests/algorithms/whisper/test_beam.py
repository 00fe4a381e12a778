"""The beam search: width 1 is greedy, a wide one finds the best of all texts, others do as OpenAI's decoder does."""

import itertools
import math

import numpy as np
import pytest
import torch

from algorithms.whisper.beam import DROPPED, FINISHED, KEPT, Beam, Node, beam_search, beam_steps
from algorithms.whisper.decode import Rules, SpecialTokens, any_of, decode
from tests.helpers.small_whisper import END, SPECIAL, START, VOCAB

RULES = Rules(special=SPECIAL)
PLAIN = Rules(special=SPECIAL, timestamps=False)


def scored(tiny, rules, text) -> list[float]:
    """Log-probability of each token of a text, each computed from nothing."""
    net, sound = tiny
    found = []
    for i, token in enumerate(text):
        logits = net.decode(torch.tensor([[START, *text[:i]]]), sound).logits[0, -1]
        gone = any_of(rules.removed(list(text[:i]), logits.numpy()), VOCAB)
        found.append(float(logits.masked_fill(torch.from_numpy(gone), -math.inf).log_softmax(-1)[token]))
    return found


@pytest.mark.parametrize("rules", [RULES, PLAIN], ids=["timestamps", "plain"])
def test_width_one_is_greedy(tiny, rules):
    greedy = decode(*tiny, rules, [START], max_tokens=20)
    beam = beam_search(*tiny, rules, [START], width=1, max_tokens=20)
    assert tuple(beam.tokens(beam.finished[0])) == greedy.tokens
    assert beam.nodes[beam.finished[0]].total == pytest.approx(greedy.total_logprob, abs=1e-4)


def test_a_wide_beam_finds_the_best_of_all_texts(tiny):
    """Two words and the end, at most three tokens: 7 texts that end and 8 that are cut."""
    special = SpecialTokens(**{**vars(SPECIAL), "suppressed": tuple(i for i in range(VOCAB) if i not in (0, 1, END))})
    rules = Rules(special=special, timestamps=False, blank=False)
    beam = beam_search(*tiny, rules, [START], width=10, max_tokens=3)
    texts = {(*words, END) for n in range(3) for words in itertools.product((0, 1), repeat=n)}
    texts |= set(itertools.product((0, 1), repeat=3))
    best = max(texts, key=lambda text: sum(scored(tiny, rules, text)) / max(1, len([x for x in text if x != END])))
    assert tuple(beam.tokens(beam.finished[0])) == best
    # Everything that was tried is there once, with the right numbers.
    tried = {tuple(beam.tokens(i)): node for i, node in enumerate(beam.nodes)}
    assert len(tried) == len(beam.nodes)
    assert texts <= set(tried)
    for text, node in tried.items():
        assert node.total == pytest.approx(sum(scored(tiny, rules, text)), abs=1e-4)
        assert node.logprob == pytest.approx(scored(tiny, rules, text)[-1], abs=1e-4)


def openai_beam(tiny, rules, width, limit):
    """`BeamSearchDecoder` and `MaximumLikelihoodRanker` of openai/whisper, written over whole texts."""
    net, sound = tiny
    rows, finished = {(): 0.0}, {}
    for _ in range(limit):
        scores = {}
        for text, total in rows.items():
            logits = net.decode(torch.tensor([[START, *text]]), sound).logits[0, -1]
            gone = any_of(rules.removed(list(text), logits.numpy()), VOCAB)
            log_probs = logits.masked_fill(torch.from_numpy(gone), -math.inf).log_softmax(-1)
            for logprob, token in zip(*(v.tolist() for v in log_probs.topk(width + 1)), strict=True):
                scores[(*text, token)] = total + logprob
        rows, newly = {}, {}
        for text in sorted(scores, key=scores.get, reverse=True):
            if text[-1] == END:
                newly[text] = scores[text]
            else:
                rows[text] = scores[text]
                if len(rows) == width:
                    break
        for text in sorted(newly, key=newly.get, reverse=True):
            if len(finished) < width:
                finished[text] = newly[text]
        if len(finished) >= width:
            break
    for text in sorted(rows, key=rows.get, reverse=True):
        if len(finished) < width:
            finished[text] = rows[text]

    def length(text):
        return max(1, len([x for x in text if x != END]))

    return sorted(finished, key=lambda text: -finished[text] / length(text)), finished


@pytest.mark.parametrize("width", [2, 3, 5, 8])
@pytest.mark.parametrize("limit", [6, 14])
@pytest.mark.parametrize("rules", [RULES, PLAIN], ids=["timestamps", "plain"])
def test_the_beam_is_openais(tiny, rules, width, limit):
    expected, totals = openai_beam(tiny, rules, width, limit)
    beam = beam_search(*tiny, rules, [START], width=width, max_tokens=limit)
    assert [tuple(beam.tokens(i)) for i in beam.finished] == expected
    np.testing.assert_allclose([beam.nodes[i].total for i in beam.finished], [totals[x] for x in expected], atol=1e-4)


def test_the_tree_holds_together(tiny):
    beam = beam_search(*tiny, RULES, [START], width=4, max_tokens=10)
    for i, node in enumerate(beam.nodes):
        before = beam.nodes[node.parent] if node.parent >= 0 else None
        assert node.parent < i
        assert node.depth == (before.depth + 1 if before else 1)
        assert before is None or before.fate == KEPT
        assert node.total == pytest.approx((before.total if before else 0) + node.logprob)
        assert (node.fate == FINISHED) <= (node.token == END)
    for depth in range(1, max(n.depth for n in beam.nodes) + 1):
        layer = [n for n in beam.nodes if n.depth == depth]
        kept = [n.total for n in layer if n.fate == KEPT]
        assert len(kept) <= 4
        dropped = [n.total for n in layer if n.fate == DROPPED and n.token != END]
        assert not dropped or len(kept) == 4 >= 1
        assert not dropped or min(kept) >= max(dropped)


def test_step_by_step_ends_in_the_same(tiny):
    steps = list(beam_steps(*tiny, RULES, [START], width=3, max_tokens=8))
    assert [max(n.depth for n in beam.nodes) for beam in steps] == list(range(1, len(steps) + 1))
    assert all(beam.finished for beam in steps)
    last = beam_search(*tiny, RULES, [START], width=3, max_tokens=8)
    assert steps[-1].nodes == last.nodes
    assert steps[-1].finished == last.finished


def test_score_does_not_count_the_end():
    assert Node(-1, 5, END, -0.5, -6.0, FINISHED).score == -1.5
    assert Node(-1, 5, 1, -0.5, -6.0, KEPT).score == -1.2
    assert Node(-1, 1, END, -0.5, -0.5, FINISHED).score == -0.5  # an empty text
    beam = Beam((Node(-1, 1, 1, -1.0, -1.0, KEPT), Node(0, 2, END, -1.0, -2.0, FINISHED)), (1,), 1)
    assert beam.path(1) == [0, 1]
    assert beam.tokens(1) == [1, END]


@pytest.mark.parametrize("width", [0, 11, -1])
def test_width_out_of_range(tiny, width):
    with pytest.raises(ValueError, match="1 to 10"):
        beam_search(*tiny, RULES, [START], width=width)
