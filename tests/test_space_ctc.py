"""The CTC page's handlers called as they are: every number on it against brute force or the plain definition."""

from __future__ import annotations

import json
import re
from itertools import pairwise, product
from math import comb

import gradio as gr
import numpy as np
import pytest
import soundfile

from algorithms import ctc
from algorithms.ctc_beam import beam_search
from components.audio_input import OWN, OwnSound
from components.figure import Figure
from components.state_links import StateLinks
from spaces.ctc import (
    SPACE,
    cell,
    collapse,
    decoding,
    files,
    lesson,
    pictures,
    real,
    rivals,
    sound,
    toy,
    toy_events,
    why,
)
from spaces.ctc import view as handlers

KINDS = ("forward", "backward", "occupancy", "viterbi")


@pytest.fixture(scope="module")
def page():
    """The page's frame, which holds its state, its outputs and its draw function."""
    with gr.Blocks() as demo:
        SPACE.build()
    return next(block for block in demo.blocks.values() if isinstance(block, StateLinks)).lesson


@pytest.fixture(scope="module")
def usual(page):
    return dict(page.state.defaults)


@pytest.fixture(scope="module")
def sentence():
    return sound.hear(None, "sentence")


def random_log_probs(n_frames: int, n_symbols: int, seed: int = 0) -> np.ndarray:
    return np.log(np.random.default_rng(seed).dirichlet(np.ones(n_symbols), n_frames))


def by_name(page, values) -> dict:
    """The drawn outputs of the page by the label or title of their component."""
    assert len(values) == len(page.outputs)
    return {getattr(c, "title", None) or getattr(c, "label", "") or str(i): v
            for i, (c, v) in enumerate(zip(page.outputs, values, strict=True))}  # fmt: skip


@pytest.mark.parametrize("part", handlers.PARTS)
def test_every_part_is_drawn_and_only_it(page, usual, part):
    values = handlers.draw(None, None, None, **{**usual, "part": part})
    assert len(values) == len(page.outputs)
    first = 6
    shown = [value["visible"] for value in values[first : first + len(handlers.PARTS)]]
    assert shown == [slug == part for slug in handlers.PARTS]
    at = first + len(handlers.PARTS)
    for slug, module in handlers.MODULES.items():
        own = values[at : at + module.OUTPUTS]
        skipped = [isinstance(value, dict) and value == gr.skip() for value in own]
        assert not any(skipped) if slug == part else all(skipped)
        at += module.OUTPUTS
    assert at == len(values)


# ---------------------------------------------------------------- 1 why


def test_counts_of_the_default_clip(sentence):
    n = why.counted(sentence)
    assert n["samples"] == len(sentence.y) == 52640
    assert n["frames"] == len(sentence.log_probs) == 165
    assert n["mel"] == 329
    assert n["text"] == "he might even have been made amiable himself"
    assert n["letters"] == 44
    # 44 symbols, one pair of equal neighbours (the ee of been): binomial(165 + 44 - 1, 88).
    assert n["alignments"] == comb(208, 88)
    assert "1.9 × 10⁶⁰" in why.facts(sentence)


def test_large_numbers_are_written_as_people_read_them():
    assert why.power_of_ten(286) == "286"
    assert why.power_of_ten(1_234_567) == "1,234,567"
    assert why.power_of_ten(31 * 10**40) == "3.1 × 10⁴¹"


def test_spikes_name_the_greedy_letters(sentence):
    picture = why.spikes(sentence)
    names = "".join(picture["data"][2]["text"]).replace("␣", " ")
    assert names == sentence.greedy_text
    assert len(picture["data"][0]["y"]) == 165


# ---------------------------------------------------------------- 2 collapse


def test_the_verdict_is_right_for_every_path():
    for target in ("AB", "AA"):
        for symbols in product("AB-", repeat=4):
            path = "".join(symbols)
            solved, words = collapse.verdict(path, target, 4)
            spelt = "".join(ctc.collapse(path, "-").labels)
            assert solved == (spelt == target), (path, words)
            assert words.startswith("Solved") == solved


@pytest.mark.parametrize(
    ("path", "target", "frames", "hint"),
    [
        ("HHELLLO", "HELLO", 7, "the two Ls have merged. Put a blank between them"),
        ("HELLO", "HELLO", 5, "takes at least 6 (5 letters take a frame each, and 1 pair of equal letters"),
        ("HEL-LO", "HELLO", 8, "has 6 frames and the puzzle asks for 8: add 2"),
        ("HEL-LO-XX", "HELLO", 9, "X is not in HELLO"),
        ("HEEE-LO-L", "HELLO", 9, "after HEL comes L"),
        ("---------", "HELLO", 9, "it must begin with H"),
        ("HEL-LO-OO", "HELLO", 9, "only repeats of its last letter"),
        ("AB", "", 2, "no letters"),
    ],
)
def test_hints(path, target, frames, hint):
    solved, words = collapse.verdict(path, target, frames)
    assert not solved
    assert hint in words


def test_all_alignments_are_listed(usual):
    shown = collapse.alignments_list("HELLO", 7)
    listed = [c.replace("–", "-") for c in re.findall("<code>(.*?)</code>", shown)]
    brute = ["".join(p) for p in product("HELO-", repeat=7) if "".join(ctc.collapse("".join(p), "-").labels) == "HELLO"]
    assert sorted(listed) == sorted(brute)
    assert f"<strong>{len(brute)}</strong>" in shown
    assert len(re.findall("<code>", collapse.alignments_list("HELLO", 20))) == collapse.LISTED
    assert "No path of 3 frames" in collapse.alignments_list("HELLO", 3)


def test_the_editor_shows_both_steps(usual):
    value, words, _ = collapse.content({**usual, "path": " hhe_LL·lo "})
    assert value["path"] == "HHE-LL-LO"
    assert value["runs"] == [["H", 0, 2], ["E", 2, 3], ["-", 3, 4], ["L", 4, 6], ["-", 6, 7], ["L", 7, 8], ["O", 8, 9]]
    assert value["labels"] == list("HELLO")
    assert "-" in value["symbols"]
    assert "Solved" in words


def test_dashes_that_only_stand_between_frames(usual):
    """The way many articles write it: H-H-E-L-L--L-O means HHELL–LO, but with every dash a blank it says HHELLLO."""
    assert collapse.dashes_between("H-H-E-L-L--L-O") == "HHELL-LO"
    assert "".join(ctc.collapse("HHELL-LO", "-").labels) == "HELLO"
    _, words, _ = collapse.content({**usual, "path": "H-H-E-L-L--L-O"})
    assert "HHELLLO" in words
    assert "which collapses to HELLO" in words
    assert collapse.dashes_between("HHE-LL-LO") == ""


def test_a_clicked_path_goes_back_into_the_field(usual):
    path, value, words, _ = handlers.path_edited("HHEL-LO", {**usual, "frames": 7})
    assert (path, value["path"]) == ("HHEL-LO", "HHEL-LO")
    assert "Solved" in words


# ---------------------------------------------------------------- 3 real sound and the recursion of a cell


@pytest.mark.parametrize("tokens", [[1], [1, 1], [1, 2, 2, 3], [3, 2, 1]])
@pytest.mark.parametrize("kind", KINDS)
def test_every_cell_follows_from_the_numbers_beside_it(tokens, kind):
    log_probs = random_log_probs(7, 4, seed=len(tokens))
    found = ctc.trellis(log_probs, tokens)
    for t, s in product(range(7), range(len(found.states))):
        one = cell.explain(log_probs, found, kind, t, s)
        assert np.isclose(np.exp(one.recomputed), np.exp(one.value), rtol=1e-9)
        for way in one.ways:
            assert way.allowed or way.term == -np.inf
            if way.kind == "skip":
                entered, left = (way.state, s) if kind == "backward" else (s, way.state)
                states = found.states
                assert way.allowed == (states[entered] != 0 and states[entered] != states[left])
                assert way.why


def test_the_forward_cell_sums_all_paths_into_it():
    log_probs = random_log_probs(5, 3)
    tokens, states = [1, 2], [0, 1, 0, 2, 0]
    found = ctc.trellis(log_probs, tokens)
    for t, s in product(range(5), range(5)):
        total = best = 0.0
        for path in product(range(5), repeat=t + 1):  # states, by brute force
            steps = np.diff(path)
            legal = (
                path[0] < 2
                and path[-1] == s
                and all(
                    d in (0, 1) or (d == 2 and states[b] != 0 and states[b] != states[b - 2])
                    for d, b in zip(steps, path[1:], strict=True)
                )
            )
            if legal:
                p = np.exp(sum(log_probs[i, states[q]] for i, q in enumerate(path)))
                total, best = total + p, max(best, p)
        assert np.isclose(np.exp(cell.explain(log_probs, found, "forward", t, s).value), total)
        assert np.isclose(np.exp(cell.explain(log_probs, found, "viterbi", t, s).value), best)


def test_the_card_says_why_a_skip_is_barred():
    log_probs = random_log_probs(6, 3)
    found = ctc.trellis(log_probs, [1, 1])
    words = cell.card(cell.explain(log_probs, found, "forward", 3, 3), found, ("-", "l", "o"))
    assert "two equal tokens would merge" in words
    assert 'class="barred"' in words


def test_numbers_are_written_readably():
    assert cell.number(-np.inf) == "0"
    assert cell.number(np.log(0.25)) == "0.25"
    assert cell.number(-230.0).endswith("×10⁻¹⁰⁰")


@pytest.mark.parametrize("clip", ["sentence", "speech", "speech_long"])
@pytest.mark.parametrize("kind", KINDS)
def test_pictures_are_no_larger_than_a_screen(clip, kind):
    heard = sound.hear(None, clip)
    aligned = sound.align(heard, heard.spoken)
    at = real.chosen_cell(aligned, -1, -1)
    size = Figure("x").postprocess
    assert len(size(pictures.trellis(heard, aligned, kind, None, at))) < 300_000
    assert len(size(pictures.emissions(heard))) < 300_000
    assert len(size(pictures.waveform(heard, aligned))) < 300_000


def test_a_zoomed_trellis_is_drawn_cell_by_cell():
    heard = sound.hear(None, "speech_long")
    aligned = sound.align(heard, heard.spoken)
    view = {"key": heard.key, "t": [2.0, 4.0], "s": [99.5, 39.5]}
    trace = pictures.trellis(heard, aligned, "forward", view, (0, 0))["data"][0]
    assert trace["z"]["shape"] == [60, 100]
    assert trace["dx"] == heard.frame_s
    assert trace["x0"] == pytest.approx(2.0 + heard.frame_s / 2)
    assert trace["y0"] == 40


def test_a_click_finds_its_cell(usual, sentence):
    fields = {**usual, "part": "real", "colour": "forward"}
    t, s, picture, card = handlers.cell_at(1.0, 21.3, None, None, fields)
    assert (t, s) == (50, 21)
    assert picture["data"][2]["y"] == [21]
    assert 'data-frame="50" data-state="21"' in card
    # Outside of the trellis there is no cell: the nearest one is taken.
    assert handlers.cell_at(99.0, 5000, None, None, fields)[0] == 164


def test_chips_spell_the_text_in_order(sentence):
    aligned = sound.align(sentence, sentence.spoken)
    words = real.chips(sentence, aligned)
    assert " ".join(w["text"] for w in words) == aligned.text
    last = 0.0
    for word in words:
        assert "".join(letter["text"] for letter in word["letters"]) == word["text"]
        for letter in word["letters"]:
            assert last <= letter["start"] < letter["end"] <= word["end"] + 1e-9
            last = letter["end"]


def test_a_wrong_transcript_is_less_likely_and_says_so(sentence):
    right, wrong = (sound.align(sentence, words) for words in (sentence.spoken, lesson.WRONG))
    assert wrong.trellis.log_likelihood < right.trellis.log_likelihood - 10
    assert "“furious” gets a mean probability of only" in " ".join(real.remarks(sentence, wrong))
    assert "capitals become small" in " ".join(real.remarks(sentence, right))


def test_downloads(sentence):
    aligned = sound.align(sentence, sentence.spoken)
    grid = files.textgrid(sentence, aligned)
    assert re.findall('name = "(.*)"', grid) == ["letters", "words"]
    labels = [label for label in re.findall('text = "(.*)"', grid) if label]
    assert labels == [*aligned.text.replace(" ", ""), *aligned.text.split()]
    rows = files.csv_text(sentence, aligned).splitlines()
    assert rows[0] == "tier,text,start_s,end_s,probability"
    assert [row.split(",")[1] for row in rows if row.startswith("word,")] == aligned.text.split()
    whole = json.loads(files.json_text(sentence, aligned))
    assert whole["model"] == sound.MODEL
    assert len(whole["letters"]) == 37
    assert " --> " in files.srt(sentence, aligned)
    assert "himself" in files.srt(sentence, aligned)
    links = files.links(sentence, aligned)
    assert links.count("download=") == 4
    assert files.links(sentence, None) == ""


@pytest.mark.parametrize(
    ("clip", "typed", "says"),
    [
        ("noise", "", "the blank is likeliest in every frame"),
        ("sentence", "123 456", "numbers in letters"),
        ("sentence", "a" * 200, "The target needs at least 399 frames (200 symbols take one frame each, and 199 equal"),
        ("sentence", "日本語", "can be written"),
    ],
)
def test_bad_input_is_answered_by_a_sentence(page, usual, clip, typed, says):
    values = handlers.draw(None, None, None, **{**usual, "part": "real", "clip": clip, "text": typed})
    assert any(isinstance(value, str) and says in value and "lab-note problem" in value for value in values)
    # The model's own pictures stay.
    assert by_name(page, values)["Emissions"]["data"]


def test_ten_minutes_are_cut_to_one(tmp_path, usual):
    path = tmp_path / "long.wav"
    rng = np.random.default_rng(1)
    soundfile.write(path, (0.01 * rng.standard_normal(600 * 8000)).astype(np.float32), 8000)
    own = OwnSound(str(path), "long.wav", 600.0)
    heard = sound.hear(own, OWN)
    assert heard.duration_s == sound.MAX_S
    assert any("60" in note for note in heard.notes)
    values = handlers.draw(own, None, None, **{**usual, "part": "why", "clip": OWN})
    assert values[2].sample_rate == 16000


def test_a_sound_that_is_gone_is_named(usual):
    values = handlers.draw(None, None, None, **{**usual, "part": "real", "clip": OWN})
    assert "no longer here" in values[0]


def test_zoom_redraws_the_trellis_only(usual, sentence):
    fields = {**usual, "part": "real"}
    view, picture = handlers.zoomed("mel", [1.0, 2.0], None, None, None, fields)
    assert view == {"key": sentence.key, "t": [1.0, 2.0], "s": None}
    assert picture["data"][0]["z"]["shape"][1] == 50
    view, picture = handlers.zoomed("trellis", None, None, None, view, fields)
    assert picture["data"][0]["z"]["shape"][1] == 165


@pytest.mark.slow
def test_the_page_opens_with_a_precomputed_result(sentence):
    """Where this fails: python -m assets.make_precomputed_ctc (the weights have changed)."""
    for clip in sound.CLIPS:
        assert sound.precomputed(clip) is not None
    assert "beforehand" in sentence.how


@pytest.mark.slow
def test_the_precomputed_result_is_the_models(sentence):
    import models

    fresh = models.get(sound.MODEL).log_probs(sentence.y)
    assert np.abs(np.exp(fresh) - np.exp(sentence.log_probs)).max() < 0.01
    assert sentence.vocab == models.get(sound.MODEL).vocab


# ---------------------------------------------------------------- 4 toy


@pytest.mark.parametrize(
    ("target", "frames"), [("A", 1), ("AA", 3), ("BEE", 7), ("ABCDE", 12), ("AAAAA", 12), ("ABA", 5)]
)
def test_three_ways_to_one_probability(usual, target, frames):
    fields = {**usual, "part": "toy", "toy": target, "tf": frames}
    shown = toy.content(fields, None)
    numbers = [float(x) for x in re.findall(r"<code>(0\.\d+)</code>", shown[3])]
    assert len(numbers) == 3
    assert np.ptp(numbers) < 1e-9
    assert "All three agree" in shown[3]
    # Enumerated once more, without any of the page's code.
    _, tokens, vocab, _ = toy.setting(fields)
    p = toy.parse("", frames, len(vocab))
    if len(vocab) ** frames < 50_000:
        total = sum(
            np.prod(p[np.arange(frames), list(path)])
            for path in product(range(len(vocab)), repeat=frames)
            if ctc.collapse(path).labels == tokens
        )
        assert numbers[0] == pytest.approx(total, abs=1e-9)


def test_gradient_steps_lower_the_loss_and_sharpen(usual):
    fields = {**usual, "part": "toy", "toy": "A", "tf": 10, "tp": lesson.EQUAL}
    written, history, *_ = toy_events.trained(25, None, fields)
    loss, peak, blank = zip(*history["rows"], strict=True)
    assert len(loss) == 26
    assert all(b < a for a, b in pairwise(loss))
    assert peak[0] == pytest.approx(0.5)
    assert peak[-1] > 0.85
    assert blank[-1] > 0.6
    best = toy.parse(written, 10, 2).argmax(1)
    assert "".join("-a"[i] for i in best) == "----aa----"
    _, longer, *_ = toy_events.trained(1, history, {**fields, "tp": written})
    assert len(longer["rows"]) == 27


def test_the_gradient_is_the_slope_of_the_loss():
    log_probs = random_log_probs(5, 3)
    tokens, e = [1, 2], 1e-6
    g = ctc.gradient(log_probs, tokens)
    for t, k in product(range(5), range(3)):
        moved = log_probs.copy()
        moved[t, k] += e
        moved[t] -= np.logaddexp.reduce(moved[t])
        slope = (-ctc.log_likelihood(moved, tokens) + ctc.log_likelihood(log_probs, tokens)) / e
        assert slope == pytest.approx(g[t, k], abs=1e-5)


def test_probabilities_travel_in_the_address(usual):
    probs = toy.floor(toy.random_probs(12, 6, 3))
    again = toy.parse(toy.write(probs), 12, 6)
    assert np.abs(again - probs).max() < 3e-4
    assert len(toy.write(probs)) < 800
    for nonsense in ("", "1,2;3", "a,b", "1,2,3"):
        assert toy.parse(nonsense, 4, 3).shape == (4, 3)
        assert np.allclose(toy.parse(nonsense, 4, 3).sum(1), 1)


def test_dragged_and_preset_probabilities(usual):
    fields = {**usual, "part": "toy"}
    equal = toy_events.preset("equal", fields)
    assert np.allclose(toy.parse(equal[0], 7, 3), 1 / 3, atol=1e-3)
    probs = np.full((7, 3), 1 / 3).tolist()
    probs[2] = [0.8, 0.1, 0.1]
    written, history, *shown = toy_events.edited(probs, fields)
    assert toy.parse(written, 7, 3)[2, 0] == pytest.approx(0.8, abs=1e-3)
    assert history is None
    assert shown[0] == gr.skip()  # the bar in the hand is left alone
    assert toy_events.edited([[1, 2]], fields)[0] == gr.skip()


def test_stepping_through_a_pass(usual):
    fields = {**usual, "part": "toy", "ts": 12}
    done, t, s, *shown = toy_events.stepped(1, fields, None)
    assert (done, t, s) == (1, -1, -1)
    assert "1 frames computed" in shown[1]["alt"]
    (
        done,
        *_,
    ) = toy_events.stepped(1, {**fields, "ts": 3}, None)
    assert done == 4
    backward = toy.content({**fields, "tc": "backward", "ts": 2}, None)
    filled = [column is not None for column in backward[1]["data"][0]["z"][0]]
    assert filled == [False] * 5 + [True] * 2  # from the end
    t, s, *shown = toy_events.clicked(3.2, 2.0, fields, None)
    assert (t, s) == (2, 2)
    assert "Frame 3, state 2" in shown[2]


def test_a_toy_that_can_not_be_says_how_many_frames_it_needs(usual):
    shown = toy.content({**usual, "toy": "EEE", "tf": 4}, None)
    assert "EEE needs at least 5 frames, a blank between equal letters included" in shown[2]
    assert "empty target" in toy.content({**usual, "toy": "--", "tf": 4}, None)[2]


# ---------------------------------------------------------------- 5 decoding


def test_the_two_frames_in_which_greedy_is_wrong(usual):
    """Proved by listing all four paths."""
    case = decoding.two_frames()
    p = np.exp(case.log_probs)
    sums: dict[str, float] = {}
    for path in product(range(2), repeat=2):
        words = "".join(case.vocab[i] for i in ctc.collapse(path).labels)
        sums[words] = sums.get(words, 0) + p[0, path[0]] * p[1, path[1]]
    assert sums == {"": pytest.approx(0.36), "a": pytest.approx(0.64)}
    assert ctc.greedy(case.log_probs) == []
    assert decoding.spelt(beam_search(case.log_probs, case.vocab, 2)[-1][0].tokens, case) == "a"
    rows = decoding.results({**usual, "case": "two"}, None, case)
    assert [(row["name"], row["text"], row["errors"]) for row in rows[:2]] == [
        ("Greedy", "", 1.0),
        ("Beam of 4", "a", 0),
    ]
    assert [np.exp(row["log_prob"]) for row in rows[:2]] == pytest.approx([0.36, 0.64])


def test_a_language_model_says_cat_and_a_hot_word_kat(usual):
    case = decoding.cat()
    fields = {**usual, "case": "cat"}
    assert [row["text"] for row in decoding.results(fields, None, case)] == ["kat", "kat", "cat"]
    hot = decoding.results({**fields, "hot": "kat"}, None, case)
    assert [row["text"] for row in hot] == ["kat", "kat", "kat"]
    assert hot[2]["name"] == "Beam + LM + hot words"


def test_the_tree_joins_texts_to_where_their_paths_come_from(usual):
    fields = {**usual, "case": "two"}
    _, slider, tree, table = decoding.content(fields, None)
    assert slider["maximum"] == 2
    edges, nodes = tree["data"]
    assert nodes["text"] == ["∅", "∅", "a", "a", "∅"]
    pairs = {(x0, y0, x1, y1) for x0, x1, y0, y1 in zip(
        edges["x"][::3], edges["x"][1::3], edges["y"][::3], edges["y"][1::3], strict=True)}  # fmt: skip
    # "a" after two frames is fed by "a" and by the empty text, the empty text by itself alone.
    assert pairs == {(0, 0, 1, 0), (0, 0, 1, 1), (1, 0, 2, 0), (1, 1, 2, 0), (1, 0, 2, 1)}
    assert "0.24" in table  # ends in blank: a–
    assert "0.4" in table  # ends in its letter: –a and aa


def test_the_beam_on_the_chosen_sound(usual, sentence):
    fields = {**usual, "part": "decode", "case": "clip", "width": 8}
    rows = decoding.results(fields, sentence, decoding.case_of(fields, sentence))
    assert rows[0]["text"] == sentence.greedy_text
    assert rows[1]["log_prob"] >= rows[0]["log_prob"]  # a beam finds a text at least as likely
    assert all(0 <= row["errors"] < 0.6 for row in rows)
    frame, tree, _ = handlers.step_of(60.2, None, fields)
    assert frame == 60
    assert tree["alt"].startswith("Beams of frames 51 to 60 of 165")


# ---------------------------------------------------------------- 6 rivals


@pytest.mark.parametrize("p", [0.0, 0.3, 0.5, 1.0])
def test_the_marginals_are_the_best_that_independent_frames_can_do(usual, p):
    mixed = rivals.independent(p)
    assert sum(mixed.values()) == pytest.approx(1)

    def loss(a: float, b: float) -> float:
        """Cross-entropy of p(A) = a in the first frame and p(B) = b in the second with the truth."""
        with np.errstate(divide="ignore", invalid="ignore"):
            terms = [q * np.log(v) for q, v in ((p, a * b), (1 - p, (1 - a) * (1 - b))) if q]
        return -sum(terms)

    grid = np.linspace(0, 1, 21)
    best = min((loss(a, b), a, b) for a in grid for b in grid if np.isfinite(loss(a, b)))
    assert best[1:] == pytest.approx((p, p))
    assert mixed["AB"] == pytest.approx(p * p)
    picture, words = rivals.content({**usual, "pab": p})
    assert f"{100 * 2 * p * (1 - p):.0f} %" in words
    assert len(picture["data"]) == 2


# ---------------------------------------------------------------- the lesson


def test_examples_are_true(usual):
    """What the cards promise, computed."""
    states = {example.title: {**usual, **example.state} for example in SPACE.examples}
    hello = states["HELLO in seven frames"]
    assert "".join(ctc.collapse(hello["path"], "-").labels) == "HELO"
    assert collapse.verdict("HHEL-LO", hello["target"], hello["frames"])[0]  # the middle L made blank
    assert states["Frames against letters"]["clip"] == "sentence"  # counted above
    assert states["A wrong transcript"]["text"] == lesson.WRONG
    assert rivals.independent(states["Two answers become four"]["pab"]) == dict.fromkeys(("AB", "CD", "AD", "CB"), 0.25)


def test_links_in_the_follow_ups_open_states_of_this_page(page):
    from urllib.parse import parse_qsl

    links = [link for q in SPACE.questions for _, words in q.follow_ups for link in re.findall(r"\]\(\?(.*?)\)", words)]
    assert len(links) >= 4
    for link in links:
        query = dict(parse_qsl(link, strict_parsing=True))
        assert set(query) <= set(page.state.fields)
        assert page.state.parse(query)[1] == []
