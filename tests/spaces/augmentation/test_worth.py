"""Part 3: the matrix, the words that two of its networks hear differently, and the training while one watches."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.augmentation import spotter
from algorithms.augmentation.recipes import KINDS
from components.stopping import Stop
from models.tts import espeak
from spaces.augmentation import live, nets, worth
from tests.helpers.augmentation import shown, visit
from training.augmentation import export

OFF_DIAGONAL = [(a, b) for a in KINDS for b in KINDS if a != b and "all" not in (a, b) and a != "clean"]


def test_each_cell_says_its_share_its_interval_and_what_it_gains():
    found = nets.measured()
    for trained in KINDS:
        for tested in KINDS:
            cell = found["cells"][trained][tested]
            (low, high), (least, most) = cell["interval"], cell["gain_interval"]
            assert 0 <= low <= cell["right"] <= high <= 1
            assert least <= cell["gain"] <= most
            said = worth.card(trained, tested)
            assert worth.share(cell["right"]) in said
            assert ("no effect is shown" in said) == (trained != "clean" and least <= 0 <= most)
    assert [worth.points(-0.0123), worth.points(0.1), worth.points(-0.0004, 0)] == ["−1.2", "+10.0", "0"]


def test_what_the_words_beside_the_matrix_claim_is_what_was_measured():
    cells = nets.measured()["cells"]
    best = {tested: max(KINDS, key=lambda trained: cells[trained][tested]["right"]) for tested in KINDS}
    assert [tested for tested in KINDS if best[tested] == "all"] == ["room", "all"], "the best in two columns only"
    gain = {(a, b): cells[a][b]["gain"] for a in KINDS for b in KINDS}
    for kind in ("noise", "speed", "spec"):
        assert cells[kind][kind]["gain_interval"][0] > 0, f"{kind} pays where it is met"
    assert cells["room"]["room"]["gain_interval"][0] < 0.03 < 0.06 < min(gain[k, k] for k in ("noise", "speed", "spec"))
    assert all(abs(gain[kind, "clean"]) < 0.03 for kind in KINDS), "it costs next to nothing on clean speech"
    assert max(abs(gain[pair]) for pair in OFF_DIAGONAL) < 0.06
    assert min(gain[pair] for pair in OFF_DIAGONAL) < 0
    means = {a: np.mean([cells[a][b]["right"] for b in KINDS]) for a in KINDS}
    assert max(means, key=means.get) == "all"
    # The examples.
    assert gain["noise", "noise"] > 0.05
    assert cells["spec"]["noise"]["gain_interval"][0] < 0
    assert cells["spec"]["noise"]["gain"] < 0.03


def test_a_pair_is_heard_as_it_is_claimed_and_far_from_a_tie():
    pairs = nets.measured()["pairs"]
    found = [(a, b) for a in KINDS for b in KINDS if pairs[a][b]]
    assert len(found) > len(KINDS)
    for trained, tested in found:
        pair = pairs[trained][tested]
        _, mel = nets.word_in(pair["word"], tested, pair["draw"])
        mine, other = (nets.answers(kind, mel) for kind in (trained, worth.rival(trained)))
        assert list(pair["heard"]) == [trained, worth.rival(trained)]
        for p, (label, kept) in zip((mine, other), pair["heard"].values(), strict=True):
            assert nets.answer(p)[0] == label
            assert p.max() == pytest.approx(kept, abs=0.05)
            assert kept >= 0.6
        assert pair["heard"][trained][0] == pair["word"] != pair["heard"][worth.rival(trained)][0]
        assert f"“{pair['word']}”" in worth.heard(trained, tested)


def test_a_cell_without_such_a_word_says_so_and_plays_one_all_the_same():
    trained, tested = next((a, b) for a in KINDS for b in KINDS if worth.pair(a, b) is None)
    opened = shown(part="worth", trained=trained, tested=tested)
    assert "there was none" in opened["cell"]
    assert len(opened["pair_player"].y) == 16_000


def test_a_click_on_a_cell_chooses_its_row_and_its_column():
    assert worth.picked(visit(event={"x": 2.2, "y": 0.9})) == {"trained": KINDS[1], "tested": KINDS[2]}
    assert worth.picked(visit(event={"x": 99, "y": -7})) == {"trained": KINDS[0], "tested": KINDS[-1]}


def test_the_bootstrap_draws_people_and_trainings():
    """Brute force on a case with one answer: two people, one always right, one always wrong."""
    right = np.zeros((1, 2, 1, 6), bool)
    right[..., :3] = True
    shares = export.drawn_shares(right, np.array(list("aaabbb")), 400, np.random.default_rng(0))[:, 0, 0]
    assert set(np.round(shares, 6)) == {0.0, 0.5, 1.0}
    assert 0.4 < (shares == 0.5).mean() < 0.6, "half of the draws of two have both people"
    made = export.table(np.repeat(right, len(KINDS), 0).repeat(len(KINDS), 2), np.array(list("aaabbb")))
    assert made["noise"]["room"]["right"] == 0.5
    assert made["noise"]["room"]["gain_interval"] == [0.0, 0.0]


def test_what_a_network_is_comes_back_from_its_file():
    net = spotter.build().eval()
    mels = np.random.default_rng(0).normal(-8, 3, (3, 49, 40)).astype(np.float32)
    again = spotter.restored(spotter.state(net))
    np.testing.assert_allclose(spotter.probabilities(again, mels), spotter.probabilities(net, mels), atol=2e-3)


@pytest.mark.slow
def test_a_row_is_trained_now_on_real_words():
    """Noise training beats clean training in noise by far, on voices that neither has heard."""
    right = {}
    for kind in ("clean", "noise"):
        *steps, last = live.started(visit(part="worth", trained=kind))
        assert last["trained_now"]["kind"] == kind
        assert steps[-1]["losses"]["alt"].startswith("Trained with")
        right[kind] = last["trained_now"]["right"]
        assert f"{kind.title()}, trained now" in last["synthetic"]
    assert right["noise"]["noise"] > right["clean"]["noise"] + 0.1
    assert min(right[kind]["clean"] for kind in right) > 0.6
    held = nets.measured()["synthetic"]
    assert held["words"] == len(live.held_out()[1])
    again = shown(part="worth", trained="noise", trained_now=last["trained_now"])
    assert "trained now" in again["synthetic"]
    assert again["loss_box"]["visible"]


def test_without_the_synthesiser_the_page_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(espeak, "available", lambda: False)
    live.said.cache_clear()
    live.held_out.cache_clear()
    *_, last = live.started(visit(part="worth"))
    assert "eSpeak NG is not installed" in last["train_line"]
    assert last["train"]["interactive"]


def test_stopped_nothing_is_claimed():
    assert "nothing was tested" in live.stopped(visit())["train_line"]
    assert isinstance(live.STOP, Stop)
