"""Training the keyword spotter, tiny: folders, disturbed views, cross-fitting, a run that is resumed, the export."""

import numpy as np
import pytest
import soundfile
import torch

from algorithms.keyword.disturb import SHIFT_S, disturb
from algorithms.keyword.ds_cnn import LABELS
from algorithms.keyword.speech_commands import dev_speakers, features_of, speech_commands
from training.keyword import data as kws_data
from training.keyword import quiet
from training.keyword import teacher as kws_teacher
from training.keyword import train as keyword_spotting
from training.keyword import views as kws_views

WORDS = ("yes", "no", "stop", "cat")


def say(word, speaker, take):
    """A "word": a chirp whose direction and height depend on it, higher or lower for each speaker. float32 [14000]."""
    rng = np.random.default_rng((WORDS.index(word), speaker, take))
    low = (300, 900, 2000, 4000)[WORDS.index(word)] * (0.9 + 0.05 * speaker)
    t = np.arange(14000) / 16000
    y = np.sin(2 * np.pi * (low * t + (WORDS.index(word) - 1.5) * 300 * t**2)) * np.hanning(14000)
    return (0.3 * y + rng.normal(0, 0.005, 14000)).astype(np.float32)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Speech Commands in its own layout: 4 words, 6 speakers, 2 takes, and a background noise."""
    folder = tmp_path_factory.mktemp("speech_commands")
    (folder / "_background_noise_").mkdir()
    noise = np.random.default_rng(0).normal(0, 0.02, 12 * 16000)
    soundfile.write(folder / "_background_noise_" / "hiss.wav", noise, 16000)
    lists = {"validation": [], "testing": []}
    for word in WORDS:
        (folder / word).mkdir()
        for speaker in range(6):
            for take in range(2):
                name = f"{word}/{speaker:08x}_nohash_{take}.wav"
                soundfile.write(folder / name, say(word, speaker, take), 16000)
                if speaker >= 4:
                    lists["validation" if speaker == 4 else "testing"].append(name)
    for part, names in lists.items():
        (folder / f"{part}_list.txt").write_text("\n".join(names) + "\n")
    return folder


@pytest.fixture(scope="module")
def work(corpus, tmp_path_factory):
    """Two passes of views without a teacher."""
    folder = tmp_path_factory.mktemp("work")
    clips, real = kws_views.pool(corpus, folder, None)
    kws_views.make_passes(clips, real, folder, None, passes=2)
    return folder


def test_the_original_layout_is_split_by_its_lists(corpus):
    parts = {part: speech_commands(corpus, part) for part in ("train", "val", "test")}
    speakers = {part: set(c.speaker[c.label != 0]) for part, c in parts.items()}
    assert [len(s) for s in speakers.values()] == [4, 1, 1]
    assert not speakers["train"] & (speakers["val"] | speakers["test"])
    train = parts["train"]
    assert train.x.shape == (len(train), 16000)
    assert [(train.label == LABELS.index(word)).sum() for word in WORDS[:3]] == [8, 8, 8]
    assert set(train.word[train.label == 1]) == {"cat"}
    assert (train.label == 1).sum() == 4  # thinned out: a fifth of the 24 keywords
    assert [(c.label == 0).sum() for c in parts.values()] == [8, 2, 2]


def test_the_split_layout_takes_speaker_and_word_from_the_names(tmp_path):
    for name in ("yes/0a0a0a0a_nohash_1", "_unknown_/bed_0b0b0b0b_nohash_0", "_silence_/1037"):
        path = tmp_path / "train" / f"{name}.flac"
        path.parent.mkdir(parents=True)
        soundfile.write(path, np.zeros(8000), 16000)
    clips = speech_commands(tmp_path, "train")
    rows = sorted(zip(clips.label.tolist(), clips.speaker.tolist(), clips.word.tolist(), strict=True))
    assert rows == [(0, "noise-1037", "_silence_"), (1, "0b0b0b0b", "bed"), (2, "0a0a0a0a", "yes")]


def test_a_folder_with_neither_layout_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"validation_list\.txt"):
        speech_commands(tmp_path, "train")


def test_no_teacher_where_its_files_are_missing(tmp_path):
    with pytest.raises(ValueError, match="openwakeword"):
        kws_teacher.Embedding(tmp_path)


def test_views_are_the_same_for_the_same_seed_and_differ_otherwise(corpus):
    clips = speech_commands(corpus, "train")
    rows, noises = np.array([0, 5, len(clips) - 1]), clips.x[clips.label == 0]
    first, again, other = (kws_data.views(clips, rows, noises, (0, number)) for number in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (np.abs(first - other).max(1) > 1e-4).all()
    assert first.dtype == np.float32
    assert np.abs(first).max() <= 1


def test_a_disturbed_tone_is_shifted_at_most_as_far_as_said():
    """With everything else switched off by luck of the draw, the middle of a click stays within the shift."""
    click = np.zeros(16000, np.float32)
    click[8000] = 1.0
    places = []
    for seed in range(200):
        y = disturb(click, np.zeros((0, 16000), np.int16), np.random.default_rng(seed))
        places.append(np.abs(y).argmax() - 8000)
    assert np.abs(places).max() <= SHIFT_S * 16000 + 5
    assert np.ptp(places) > 2000


def test_dev_speakers_are_whole_speakers(corpus):
    clips = speech_commands(corpus, "train")
    held = dev_speakers(clips)
    assert held.any()
    words = clips.label != 0
    assert not set(clips.speaker[held & words]) & set(clips.speaker[~held & words])


@pytest.mark.slow
def test_a_teacher_never_judges_a_speaker_it_was_fitted_to():
    """Labels that are pure chance can only be guessed right by whoever has heard them."""
    rng = np.random.default_rng(0)
    speakers = np.repeat(np.arange(40).astype(str), 5)
    x = rng.normal(size=(200, 5, 96)).astype(np.float32)
    y = rng.integers(2, 12, 200)
    right = (kws_teacher.cross_fitted(x, y, speakers, np.ones(200, bool), steps=200).argmax(1) == y).mean()
    head = kws_teacher.fit_head(torch.from_numpy(x), torch.from_numpy(y), 0, 200)
    heard = (head(torch.from_numpy(x)).argmax(1).numpy() == y).mean()
    assert heard > 0.8
    assert right < 0.3


def test_vary_with_strength_0_changes_nothing():
    mel = torch.randn(3, 49, 40)
    out = keyword_spotting.vary(mel, torch.Generator().manual_seed(0), strength=0.0)
    torch.testing.assert_close(out, mel, atol=1e-4, rtol=0)
    varied = keyword_spotting.vary(mel, torch.Generator().manual_seed(0))
    assert (varied - mel).abs().mean() > 0.1


def test_the_training_input_is_the_front_end_s(corpus):
    from algorithms.keyword import features as kws_features

    y = say("yes", 0, 0)[:14000]
    y = np.pad(y, (1000, 1000))
    mel = torch.from_numpy(kws_views.log_mels(y[None]).astype(np.float32))
    np.testing.assert_allclose(quiet.to_input(mel)[0, 0].numpy(), kws_features.mfcc(y), atol=0.02)


def test_passes_are_made_once(work, corpus):
    before = {path.name: path.stat().st_mtime_ns for path in work.glob("views-*.npz")}
    clips, real = kws_views.pool(corpus, work, None)
    kws_views.make_passes(clips, real, work, None, passes=2)
    assert before == {path.name: path.stat().st_mtime_ns for path in work.glob("views-*.npz")}
    assert sorted(before) == ["views-000.npz", "views-001.npz", "views-plain.npz"]


def run(work, corpus, name, **options):
    clips, real = kws_views.pool(corpus, work, None)
    views = kws_views.load_views(work, clips, real, everyone=False)
    val = speech_commands(corpus, "val")
    dev = val.x.astype(np.float32) / 32768, val.label
    settings = {"total": 2400, "report": 600, "batch": 40, "seed": 3, **options}
    return keyword_spotting.train("s", views, dev, work / f"{name}.pt", **settings), dev


@pytest.mark.slow
def test_a_tiny_run_learns_and_resumes_to_the_very_same_network(work, corpus, capsys):
    torch.set_num_threads(1)
    whole, dev = run(work, corpus, "whole")
    assert "2400 views" in (printed := capsys.readouterr().out)
    assert "silen" in printed  # the confusion matrix
    features = features_of(speech_commands(corpus, "val"))
    assert (keyword_spotting.predict(whole, features) == dev[1]).mean() >= 0.6  # chance: 0.2
    run(work, corpus, "parts", stop_after=1200)
    resumed, _ = run(work, corpus, "parts")
    assert "resumed after 1200 views" in capsys.readouterr().out
    saved = [torch.load(work / f"{name}.pt", weights_only=True) for name in ("whole", "parts")]
    for key, value in saved[0]["average"].items():
        torch.testing.assert_close(value, saved[1]["average"][key], atol=0, rtol=0, msg=key)
    for ours, theirs in zip(whole.parameters(), resumed.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=0, rtol=0)
    loaded = keyword_spotting.load_net(work / "whole.pt")
    np.testing.assert_array_equal(keyword_spotting.predict(loaded, features), keyword_spotting.predict(whole, features))


def test_confusion_counts_rows_as_truth():
    matrix = keyword_spotting.confusion(np.array([2, 2, 3]), np.array([2, 3, 3]))
    assert (matrix[2, 2], matrix[2, 3], matrix[3, 3], matrix.sum()) == (1, 1, 1, 3)


def test_the_teacher_pulls_towards_itself():
    logits = torch.zeros(1, 12, requires_grad=True)
    teacher = torch.zeros(1, 12)
    teacher[0, 5] = 6.0
    keyword_spotting.loss_of(logits, torch.tensor([5]), teacher, 1.0).backward()
    assert logits.grad.argmin() == 5
    assert keyword_spotting.loss_of(teacher, torch.tensor([5]), teacher, 1.0).item() == pytest.approx(0, abs=1e-6)
