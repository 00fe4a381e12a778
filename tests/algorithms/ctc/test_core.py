"""CTC against brute force over all paths, against torch's loss and gradient, and by properties."""

from itertools import groupby, pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import ctc
from algorithms.ctc.beam import CharNgram, beam_search
from algorithms.ctc.net import VOCAB


def emissions(frames, symbols, seed=0, scale=2.0):
    logits = np.random.default_rng(seed).normal(0, scale, (frames, symbols))
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


def plain_collapse(path):
    return [symbol for symbol, _ in groupby(path) if symbol != 0]


def all_paths(log_probs, target):
    """Every path that collapses to the target, with its log probability, found by trying all V^T."""
    frames, symbols = log_probs.shape
    for path in product(range(symbols), repeat=frames):
        if plain_collapse(path) == list(target):
            yield path, sum(log_probs[t, s] for t, s in enumerate(path))


# ---------------------------------------------------------------- collapse


def test_collapse_shows_its_steps():
    found = ctc.collapse("HHE-LL-LO", blank="-")
    assert "".join(found.labels) == "HELLO"
    assert [run.symbol for run in found.runs] == list("HE-L-LO")
    assert found.runs[3] == ("L", 4, 6)
    assert "".join(ctc.collapse("HEELLLO", blank="-").labels) == "HELO"  # no blank between the L's


def test_collapse_of_nothing_and_of_blanks():
    assert ctc.collapse("", blank="-").labels == []
    assert ctc.collapse([0, 0, 0]).labels == []
    assert ctc.collapse([0, 0, 0]).runs == [(0, 0, 3)]


@given(st.lists(st.integers(0, 3), max_size=12))
def test_runs_cover_the_path_and_collapse_is_the_plain_one(path):
    found = ctc.collapse(path)
    assert [symbol for run in found.runs for symbol in [run.symbol] * (run.end - run.start)] == path
    assert found.labels == plain_collapse(path)
    assert ctc.collapse(ctc.extend(found.labels)).labels == found.labels


def test_greedy_takes_the_likeliest_symbol_of_each_frame():
    log_probs = np.log(np.array([[0.1, 0.8, 0.1], [0.1, 0.8, 0.1], [0.6, 0.2, 0.2], [0.2, 0.5, 0.3], [0.3, 0.1, 0.6]]))
    assert ctc.greedy(log_probs) == [1, 1, 2]


# ---------------------------------------------------------------- counting and listing


@pytest.mark.parametrize("target", [(), (1,), (1, 1), (1, 2), (1, 2, 2), (2, 2, 2), (1, 2, 1, 3)])
@pytest.mark.parametrize("frames", [1, 2, 3, 4, 5, 6])
def test_count_and_list_of_alignments_are_brute_force(target, frames):
    expected = {path for path in product(range(4), repeat=frames) if plain_collapse(path) == list(target)}
    listed = list(ctc.alignments(target, frames))
    assert len(listed) == len(set(listed)) == len(expected) == ctc.count_alignments(target, frames)
    assert set(listed) == expected


def test_alignments_of_text():
    assert set(ctc.alignments("aa", 4, blank="-")) == {tuple(p) for p in ("aa-a", "a-aa", "a-a-", "-a-a", "a--a")}
    assert ctc.count_alignments("hello", 6) == 1
    assert ctc.count_alignments("hello", 5) == 0


def test_frames_needed():
    assert ctc.frames_needed("hello") == 6
    assert ctc.frames_needed("") == 0
    assert ctc.frames_needed([3, 3, 3]) == 5


# ---------------------------------------------------------------- forward, backward, gradient


@pytest.mark.parametrize("target", [(), (1,), (1, 1), (1, 2), (2, 2, 1)])
@pytest.mark.parametrize("frames", [4, 5, 6])
def test_likelihood_occupancy_and_viterbi_are_brute_force(target, frames):
    assert ctc.frames_needed(target) <= frames
    log_probs = emissions(frames, 3, seed=frames)
    paths = list(all_paths(log_probs, target))
    scores = np.array([score for _, score in paths])
    total = np.logaddexp.reduce(scores)
    assert ctc.log_likelihood(log_probs, target) == pytest.approx(total)
    occupied = np.zeros((frames, 3))
    for path, score in paths:
        occupied[np.arange(frames), path] += np.exp(score - total)
    np.testing.assert_allclose(ctc.symbol_occupancy(log_probs, target), occupied, atol=1e-10)
    states, best = ctc.viterbi(log_probs, target)
    assert best == pytest.approx(scores.max())
    symbols = np.array(ctc.extend(target))[states]
    assert tuple(symbols) == paths[int(scores.argmax())][0]


@pytest.mark.parametrize("seed", range(8))
def test_loss_and_gradient_are_torchs(seed):
    import torch

    rng = np.random.default_rng(seed)
    frames, symbols = int(rng.integers(8, 40)), int(rng.integers(2, 7))
    target = rng.integers(1, symbols, rng.integers(0, frames // 2)).tolist()  # small alphabets: many repeats
    logits = torch.tensor(rng.normal(0, 2, (frames, 1, symbols)), requires_grad=True)
    loss = torch.nn.functional.ctc_loss(
        logits.log_softmax(-1), torch.tensor([target], dtype=torch.long), [frames], [len(target)], reduction="sum"
    )
    loss.backward()
    log_probs = logits.detach().log_softmax(-1).numpy()[:, 0]
    assert -ctc.log_likelihood(log_probs, target) == pytest.approx(loss.item(), rel=1e-9)
    np.testing.assert_allclose(ctc.gradient(log_probs, target), logits.grad.numpy()[:, 0], atol=1e-8)


def test_empty_target_is_all_blanks():
    log_probs = emissions(7, 4)
    assert ctc.log_likelihood(log_probs, []) == pytest.approx(log_probs[:, 0].sum())
    found = ctc.trellis(log_probs, [])
    assert found.forward.shape == (7, 1)
    np.testing.assert_allclose(found.occupancy, 1.0)


cases = st.tuples(st.integers(1, 30), st.integers(2, 5), st.integers(0, 10_000)).flatmap(
    lambda case: st.tuples(st.just(case), st.lists(st.integers(1, case[1] - 1), max_size=12))
)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_properties_of_trellis_and_viterbi(case):
    (frames, symbols, seed), target = case
    log_probs = emissions(frames, symbols, seed)
    if ctc.frames_needed(target) > frames:
        with pytest.raises(ctc.CtcError, match=f"at least {ctc.frames_needed(target)} frames"):
            ctc.trellis(log_probs, target)
        return
    found = ctc.trellis(log_probs, target)
    np.testing.assert_allclose(found.occupancy.sum(1), 1.0, atol=1e-9)
    # alpha + beta gives the same total at every frame
    totals = np.logaddexp.reduce(found.forward + found.backward, axis=1)
    np.testing.assert_allclose(totals, found.log_likelihood, atol=1e-8)
    path, score = ctc.viterbi(log_probs, target)
    assert score <= found.log_likelihood + 1e-9
    assert set(np.diff(path)) <= {0, 1, 2}
    assert plain_collapse(np.array(ctc.extend(target))[path].tolist()) == target
    np.testing.assert_allclose(ctc.gradient(log_probs, target).sum(1), 0.0, atol=1e-9)
    if target:
        aligned = ctc.forced_align(log_probs, target)
        assert [item.token for item in aligned] == target
        assert all(item.start_frame < item.end_frame for item in aligned)
        assert all(a.end_frame <= b.start_frame for a, b in pairwise(aligned))
        assert all(0 <= item.prob <= 1 for item in aligned)


def test_zero_probabilities_leave_finite_answers():
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.array([[0.0, 1.0, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]]))
    found = ctc.trellis(log_probs, [1, 2])
    assert found.log_likelihood == pytest.approx(0.0)
    np.testing.assert_allclose(found.occupancy.sum(1), 1.0)
    assert ctc.viterbi(log_probs, [1, 2])[1] == pytest.approx(np.log(0.5))
    assert ctc.log_likelihood(log_probs, [2]) == -np.inf
    with pytest.raises(ctc.CtcError, match="probability zero"):
        ctc.viterbi(log_probs, [2])
    with pytest.raises(ctc.CtcError, match="No alignment"):
        ctc.gradient(log_probs, [2])


# ---------------------------------------------------------------- trellis cells


def test_feeders_say_why_a_skip_is_allowed():
    states = ctc.extend("ll", blank="-")  # - l - l -
    assert [f.kind for f in ctc.feeders(states, 0, "-")] == ["stay"]
    assert [f.kind for f in ctc.feeders(states, 1, "-")] == ["stay", "step"]
    assert not ctc.feeders(states, 2, "-")[2].allowed  # a blank is never skipped to
    assert "merge" in ctc.feeders(states, 3, "-")[2].why  # l after l
    assert ctc.feeders(ctc.extend("he", "-"), 3, "-")[2].allowed


def test_cell_is_fed_by_its_feeders():
    log_probs, target = emissions(9, 4), [1, 2, 2, 3]
    found = ctc.trellis(log_probs, target)
    allowed = ctc.skip_allowed(found.states)
    for s in range(len(found.states)):
        ways = ctc.feeders(found.states, s)
        assert len(ways) == min(s + 1, 3)
        assert all(way.allowed == allowed[s] for way in ways if way.kind == "skip")
        into = np.logaddexp.reduce([found.forward[3, way.state] for way in ways if way.allowed])
        assert found.forward[4, s] == pytest.approx(into + log_probs[4, found.states[s]])


# ---------------------------------------------------------------- forced alignment


def sharp(symbols, vocab=VOCAB, peak=0.9):
    """Emissions that say one symbol a frame with probability `peak`."""
    probs = np.full((len(symbols), len(vocab)), (1 - peak) / (len(vocab) - 1))
    probs[np.arange(len(symbols)), [vocab.index(s) for s in symbols]] = peak
    return np.log(probs)


def test_alignment_finds_letters_and_words_where_they_are():
    log_probs = sharp("--ttto-- -ggo--")
    aligned = ctc.forced_align(log_probs, ctc.encode("to go", VOCAB))
    assert [(VOCAB[a.token], a.start_frame, a.end_frame) for a in aligned] == [
        ("t", 2, 5),
        ("o", 5, 6),
        (" ", 8, 9),
        ("g", 10, 12),
        ("o", 12, 13),
    ]
    assert all(a.prob == pytest.approx(0.9) for a in aligned)
    words = ctc.group_words(aligned, VOCAB)
    # a frame before the first letters: they come that late
    assert [(w.text, w.start_frame, w.end_frame) for w in words] == [("to", 1, 6), ("go", 9, 13)]


def test_a_word_starts_a_frame_before_its_first_letter_but_not_before_the_sound():
    tokens = ctc.encode("a b", VOCAB)
    letters = [ctc.AlignedToken(token, at, at + 1, 1.0) for token, at in zip(tokens, (0, 1, 2), strict=True)]
    words = ctc.group_words(letters, VOCAB)
    assert [(w.start_frame, w.end_frame) for w in words] == [(0, 1), (1, 3)]


def test_double_letters_keep_their_blank():
    aligned = ctc.forced_align(sharp("hello"), ctc.encode("helo", VOCAB))
    assert [a.end_frame - a.start_frame for a in aligned] == [1, 1, 2, 1]
    aligned = ctc.forced_align(sharp("hel-lo"), ctc.encode("hello", VOCAB))
    assert [(a.start_frame, a.end_frame) for a in aligned] == [(0, 1), (1, 2), (2, 3), (4, 5), (5, 6)]


def test_a_wrong_transcript_is_aligned_with_low_probability():
    log_probs = sharp("--h-e-l-l-o--")
    right = ctc.forced_align(log_probs, ctc.encode("hello", VOCAB))
    wrong = ctc.forced_align(log_probs, ctc.encode("zebra", VOCAB))
    assert np.mean([a.prob for a in wrong]) < 0.3 < np.mean([a.prob for a in right])


def test_many_frames_and_letters():
    rng = np.random.default_rng(0)
    target = rng.integers(1, 29, 500).tolist()
    log_probs = emissions(1500, 29)
    aligned = ctc.forced_align(log_probs.astype(np.float32), target)
    assert [a.token for a in aligned] == target
    path, score = ctc.viterbi(log_probs, target)
    states = np.array(ctc.extend(target))[path]
    assert score == pytest.approx(log_probs[np.arange(1500), states].sum())


# ---------------------------------------------------------------- bad input


def test_too_long_a_target_says_how_many_frames_and_why():
    with pytest.raises(ctc.CtcError, match=r"at least 6 frames \(5 symbols .* 1 equal neighbours .*but the clip has 5"):
        ctc.forced_align(sharp("hello"), ctc.encode("hello", VOCAB))


def test_letters_outside_the_vocabulary_are_named():
    with pytest.raises(ctc.CtcError, match=r"can't write ж 5: its symbols are a to z, space, apostrophe"):
        ctc.encode("café ж 5", VOCAB)
    assert ctc.spellable("  Don’t  STOP, 5 é!", VOCAB) == ("don't stop e", ",5!")
    assert ctc.spellable("two  words", ("<pad>", "|", "T", "W", "O", "R", "D", "S")) == ("TWO|WORDS", "")


@pytest.mark.parametrize("text", ["", "   "])
def test_empty_target_has_nothing_to_align(text):
    with pytest.raises(ctc.CtcError, match="empty"):
        ctc.encode(text, VOCAB)
    with pytest.raises(ctc.CtcError, match="empty"):
        ctc.forced_align(sharp("abc"), [])


@pytest.mark.parametrize(
    ("log_probs", "target", "message"),
    [
        (np.zeros((0, 4)), [1], "longer clip"),
        (np.zeros(4), [1], "frames x symbols"),
        (np.full((5, 4), np.nan), [1], "log-softmax"),
        (np.ones((5, 4)), [1], "log-softmax"),
        (np.log(np.full((5, 4), 0.25)), [4], "Token 4"),
        (np.log(np.full((5, 4), 0.25)), [0], "Token 0"),
        (np.log(np.full((5, 4), 0.25)), [-1], "Token -1"),
    ],
)
def test_bad_emissions_and_tokens(log_probs, target, message):
    for function in (ctc.trellis, ctc.viterbi, ctc.forced_align, ctc.gradient):
        with pytest.raises(ctc.CtcError, match=message):
            function(log_probs, target)


# ---------------------------------------------------------------- prefix beam search


@pytest.mark.parametrize("seed", range(6))
def test_a_wide_beam_finds_every_labelling_with_its_exact_probability(seed):
    log_probs = emissions(5, 3, seed)
    beams = beam_search(log_probs, "-ab", width=1000, min_prob=0)[-1]
    scores = {beam.tokens: beam.log_prob for beam in beams}
    everything = {tuple(plain_collapse(path)) for path in product(range(3), repeat=5)}
    assert set(scores) == everything
    for target in everything:
        assert scores[target] == pytest.approx(ctc.log_likelihood(log_probs, target))
    assert np.logaddexp.reduce(list(scores.values())) == pytest.approx(0.0, abs=1e-9)
    assert beams[0].tokens == max(everything, key=lambda target: ctc.log_likelihood(log_probs, target))


def test_beam_is_right_where_greedy_is_wrong():
    # Graves 2006, section 3.2: the likeliest path is blank, blank (0.36), the likeliest labelling "a" (0.64).
    log_probs = np.log(np.array([[0.6, 0.4], [0.6, 0.4]]))
    assert ctc.greedy(log_probs) == []
    best = beam_search(log_probs, "-a")[-1][0]
    assert best.tokens == (1,)
    assert np.exp(best.log_prob) == pytest.approx(0.64)


def test_every_step_keeps_at_most_width_beams_best_first():
    steps = beam_search(emissions(20, 6), "-abcde", width=4)
    assert len(steps) == 20
    for beams in steps:
        assert 1 <= len(beams) <= 4
        assert [b.score for b in beams] == sorted((b.score for b in beams), reverse=True)
        assert len({b.tokens for b in beams}) == len(beams)
    for before, after in pairwise(steps):  # a tree: each prefix stays or grows by one
        assert {b.tokens for b in after} <= {p for b in before for p in (b.tokens, *[(*b.tokens, s) for s in range(6)])}


def unsure(*choices):
    """Emissions in which each frame may be any of the letters of a string, the first a little likelier."""
    probs = np.full((2 * len(choices), len(VOCAB)), 1e-6)
    probs[1::2, 0] = 1.0
    for frame, letters in enumerate(choices):
        for rank, letter in enumerate(letters):
            probs[2 * frame, VOCAB.index(letter)] = 0.5 - 0.1 * rank
    return np.log(probs / probs.sum(1, keepdims=True))


def spell(beam):
    return "".join(VOCAB[token] for token in beam.tokens)


def test_language_model_hot_words_and_bonus_change_the_winner():
    log_probs = unsure("t", "h", "ae", "t")
    assert spell(beam_search(log_probs, VOCAB)[-1][0]) == "that"
    lm = CharNgram(["then the thetis thet thet"], order=4)
    assert spell(beam_search(log_probs, VOCAB, language_model=lm, lm_weight=2.0)[-1][0]) == "thet"
    assert spell(beam_search(log_probs, VOCAB, hot_words=["thet"])[-1][0]) == "thet"
    assert spell(beam_search(log_probs, VOCAB, hot_words=["them"], hot_bonus=9.0)[-1][0]) == "that"  # only begun
    longer = beam_search(unsure("-a", "b"), VOCAB, insertion_bonus=3.0)[-1][0]
    assert spell(longer) == "ab"
    assert longer.extra == pytest.approx(6.0)


def test_ngram_is_a_distribution_and_prefers_what_it_read():
    lm = CharNgram(["the cat sat on the mat"], order=3)
    letters = sorted({*"the cat sat on the mat"})
    for history in ("", "t", "th", "zz", "the cat"):
        total = sum(lm.prob(history, letter) for letter in letters)
        assert 0.5 < total <= 1.0 + 1e-12  # the rest is left to letters never read
        assert 0 < lm.prob(history, "q") < lm.prob("th", "e") < 1
    assert lm.prob("t", "h") > lm.prob("a", "h")
    with pytest.raises(ValueError, match="at least one sentence"):
        CharNgram([])
    with pytest.raises(ValueError, match="1 letter or more"):
        CharNgram(["a"], order=0)


def test_beam_search_refuses_what_makes_no_sense():
    with pytest.raises(ctc.CtcError, match="width of 1 or more"):
        beam_search(emissions(3, 3), "-ab", width=0)
    with pytest.raises(ctc.CtcError, match="use its own"):
        beam_search(emissions(3, 3), "-abc")
    with pytest.raises(ctc.CtcError, match="log-softmax"):
        beam_search(np.ones((3, 3)), "-ab")


def test_a_trellis_that_would_fill_the_memory_is_refused():
    log_probs = np.broadcast_to(np.log(np.full((1, 3), 1 / 3)), (30_000, 3))
    with pytest.raises(ctc.CtcError, match="30000 frames x 10001 states are 300 million cells"):
        ctc.forced_align(log_probs, [1, 2] * 2500)
    with pytest.raises(ctc.CtcError, match="at most 20 million"):
        ctc.trellis(log_probs, [1, 2] * 400)
