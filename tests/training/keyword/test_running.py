"""Running speech in the spotter's training: keywords left out, hard windows found, shipped weights gone on from."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

import benchmarks.running as bench_running
from algorithms.keyword.ds_cnn import LABELS, build, fold_batchnorm
from algorithms.keyword.features import N_FRAMES
from training.keyword import quiet, running, spoken
from training.recordings import Recording


def recording(transcript, set_="kathleen_en"):
    return Recording(Path("a.opus"), set_, "kathleen", 3.0, transcript, "CC0", "train")


def test_what_sounds_like_a_keyword_may_be_one():
    assert spoken.may_hold_keywords(recording("Turn it OFF, please."))
    assert spoken.may_hold_keywords(recording("I know."))
    assert not spoken.may_hold_keywords(recording("Offer the northern lights."))
    assert spoken.may_hold_keywords(recording("{}", "picovoice_intents_en"))  # the intent, not the words
    assert spoken.may_hold_keywords(recording(None))


def test_recordings_with_a_keyword_are_left_out(monkeypatch):
    monkeypatch.setattr(spoken, "listen", lambda one, model: [(0.0, 1.0, one.speaker, 0.9)])
    told = [recording("go on"), recording("a dog")]
    heard = [Recording(Path("b"), "x", word, 1.0, None, "", "") for word in ("stop", "coffee")]
    assert list(spoken.without_keywords([*told, *heard])) == [told[1], heard[1]]


def test_a_folder_s_transcripts_are_found_in_either_layout(tmp_path):
    (tmp_path / "1").mkdir()
    for name in ("a.wav", "1/1-2-0003.flac", "1/other.wav"):
        soundfile.write(tmp_path / name, np.zeros(1600), 16000)
    (tmp_path / "metadata.tsv").write_text("file\ttranscript\na.wav\tA dog.\n")
    (tmp_path / "1" / "1-2.trans.txt").write_text("1-2-0003 GO ON\n")
    found = {one.path.name: one.transcript for one in bench_running.in_folder(tmp_path)}
    assert found == {"a.wav": "A dog.", "1-2-0003.flac": "GO ON", "other.wav": None}
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="no sound file"):
        list(bench_running.in_folder(tmp_path / "empty"))


def test_no_window_overlaps_a_keyword(tmp_path, monkeypatch):
    """A recording of 4 s with "go" from 2.0 to 2.4 s leaves the windows that end before it or begin after it."""
    soundfile.write(tmp_path / "a.wav", np.random.default_rng(0).normal(0, 0.1, 4 * 16000), 16000)
    one = Recording(tmp_path / "a.wav", "kathleen_en", "kathleen", 4.0, "go", "CC0", "train")
    monkeypatch.setattr(running, "recordings", lambda *a, **k: [one])
    monkeypatch.setattr(running, "ambiences", lambda data: np.zeros((1, 16000), np.int16))
    monkeypatch.setattr(running, "rooms", lambda data: [np.ones(1, np.float32)])
    (tmp_path / "spoken.jsonl").write_text(json.dumps({"file": "a.wav", "words": [[2.0, 2.4, "go", 0.9]]}) + "\n")
    made = running.make_pass(tmp_path, tmp_path, 0)
    pause_s = len(made.mel) * 0.02 - 4.0  # before the recording, to a frame
    starts_s = made.starts * 0.02 - pause_s
    before, after = starts_s[starts_s < 2], starts_s[starts_s > 2]
    assert before.max() + 1 == pytest.approx(2.0 - running.MARGIN_S, abs=0.05)
    assert after.min() == pytest.approx(2.4 + running.MARGIN_S, abs=0.05)
    assert after.max() == pytest.approx(3.0, abs=0.05)
    assert made.windows(np.array([0, 1])).shape == (2, N_FRAMES, 40)


def test_a_changed_recording_keeps_its_length_but_for_its_speed():
    y = np.random.default_rng(1).normal(0, 0.1, 32000).astype(np.float32)
    noise, room = np.ones((2, 16000), np.int16), [np.eye(1, 400, dtype=np.float32)[0]]
    for seed in range(5):
        out, speed = running.elsewhere(y, noise, room, np.random.default_rng(seed))
        assert len(out) == pytest.approx(len(y) / speed, abs=2)
        assert np.abs(out).max() <= 1
        assert np.isfinite(out).all()


class Alarmed(torch.nn.Module):
    """Calls loud windows "yes"."""

    def forward(self, x):
        logits = torch.zeros(len(x), len(LABELS))
        logits[:, 2] = 10 * x.mean((1, 2, 3))
        return logits


def test_the_hardest_windows_are_found_and_kept():
    mel = np.full((2000, 40), -5, np.float16)
    mel[1000:1050] = 5
    miner = quiet.Miner(running.Running(mel, np.arange(1900, dtype=np.int32)), seed=0, candidates=1500, keep=40)
    first = miner.search(Alarmed(), 0)
    miner.search(Alarmed(), 1)
    assert (np.abs(miner.hard - 1000) < 45).all()
    assert 0 < first < 1
    drawn = miner(np.random.default_rng(0), 40)
    assert drawn.shape == (40, N_FRAMES, 40)
    assert (drawn.mean((1, 2)) > -4.5).sum() >= 20  # the hard half


def test_quiet_loss_does_not_mind_which_class_is_quiet():
    logits = torch.tensor([[5.0, 0, *[0.0] * 10], [0, 5.0, *[0.0] * 10]])
    assert quiet.quiet_loss(logits[:1]).item() == pytest.approx(quiet.quiet_loss(logits[1:]).item())
    p = logits[:1].softmax(1)[0, :2].sum().item()
    assert quiet.quiet_loss(logits[:1]).item() == pytest.approx(-np.log(p), abs=1e-6)


def test_a_folded_network_goes_on_as_it_was():
    torch.manual_seed(0)
    net = build("s", dropout=0.0)
    x = torch.randn(64, 1, 49, 10)
    for _ in range(3):
        net(x)
    net.eval()
    again = build("s", dropout=0.0)
    quiet.load_folded(again, fold_batchnorm(net), x)
    expected = net(x).detach()
    torch.testing.assert_close(again(x).detach(), expected, atol=1e-4, rtol=1e-4)
    again.train()  # the statistics of the batch are those that were measured on it
    torch.testing.assert_close(again(x).detach(), expected, atol=0.02, rtol=0.02)
