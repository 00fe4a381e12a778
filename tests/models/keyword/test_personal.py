"""A keyword of one's own from takes to files: the frozen body, training with held-out takes, refusals, ONNX and C."""

import shutil
import subprocess

import numpy as np
import pytest

import models
from algorithms.keyword.c_export import FLAGS, write_files
from algorithms.keyword.features import mfcc
from models.keyword.ds_cnn import load_onnx
from models.keyword.own_data import Take, background, example, grid, windows
from models.keyword.own_net import FIRST, ascii_label, body, keyword_name, network, start
from models.keyword.personal import Learned, Progress, Settings, learn
from models.protocols import KeywordSpotter

QUICK = Settings(views=1, steps=40)


def strangers(n=60):
    """Some words of the shipped background, as if they were strangers'."""
    return background(words=True, speech=False, noise=False)[0][:n]


def end(takes, names, how=QUICK, n=60):
    *reports, learned = learn(takes, names, strangers(n), how)
    assert isinstance(learned, Learned)
    assert all(isinstance(report, Progress) for report in reports)
    return learned, reports


@pytest.fixture(scope="module")
def sesame():
    return end(example("sesame"), ["Sesame"], Settings(views=4, steps=80))


def test_the_body_and_the_old_layers_are_the_shipped_network():
    features = strangers(5)
    maps, logits = body(features)
    spotter = models.get("kws/ds-cnn-s-fp32")
    np.testing.assert_allclose(logits, spotter.logits(features), atol=1e-4)
    tail = start(12)
    assert maps.shape == (5, 125, 64)
    # The kept pointwise layer gives the features that the shipped linear layer was trained on.
    import onnx
    from onnx import numpy_helper

    from models.keyword.ds_cnn import weights_file

    values = {i.name: numpy_helper.to_array(i) for i in onnx.load(weights_file("s-fp32")).graph.initializer}
    np.testing.assert_allclose(tail.pooled(maps) @ values["linear.w"].T + values["linear.b"], logits, atol=1e-3)
    assert body(features[:0])[0].shape == (0, 125, 64)


def test_the_network_file_computes_what_the_tail_does():
    tail, features = start(4, seed=3), strangers(6)
    spotter = load_onnx(network(tail, ("one", "two")))
    assert spotter.labels == ("_silence_", "_unknown_", "one", "two")
    np.testing.assert_allclose(spotter.logits(features), tail.logits(body(features)[0]), atol=1e-4)


def test_sesame_is_learned_and_the_rest_left_alone(sesame):
    learned, reports = sesame
    spotter = learned.spotter
    assert isinstance(spotter, KeywordSpotter)
    assert spotter.labels == ("_silence_", "_unknown_", "sesame")
    assert spotter.keywords == ("sesame",)
    takes = example("sesame")
    assert all(spotter.predict(t.y)[FIRST] > 0.5 for t in takes if t.kind == "first")
    assert spotter.predict(np.zeros(16_000, np.float32)).argmax() < FIRST
    (held,) = learned.held
    assert held.misses(spotter.threshold) <= 0.15
    assert held.alarms(spotter.threshold)[1] <= 0.05
    assert (len(held.takes), len(held.others), len(held.strangers)) == (6 * 7, 6 * 7, 60)
    assert len(learned.take_scores) == len(takes)
    assert (reports[0].networks, reports[-1].network) == (6, 5)
    assert reports[0].held_loss is not None
    assert reports[-1].held_loss is None  # the network that is kept heard everything
    assert learned.apart is None


def test_held_out_scores_come_from_networks_that_did_not_hear_the_take():
    """A take of noise among the words can be learned by heart, but not when it is left out."""
    takes = [t for t in example("sesame") if t.kind == "first"][:5]
    rng = np.random.default_rng(0)
    odd = Take((0.2 * rng.standard_normal(16_000)).astype(np.float32), "first", "sesame")
    learned, _ = end([*takes, odd], ["sesame"], Settings(views=2, steps=60))
    assert learned.spotter.predict(odd.y)[FIRST] > learned.take_scores[-1] + 0.2
    assert learned.take_scores[-1] < 0.2 < 0.5 < min(learned.take_scores[:5])


def test_two_words_that_sound_the_same_are_told():
    learned, _ = end(example("alike"), ["flower", "flour"])
    assert learned.spotter.keywords == ("flower", "flour")
    assert learned.confused >= 0.2
    assert learned.apart < 0.75
    for held in learned.held:  # the other word's takes are what it must not react to
        assert held.alarms(learned.spotter.threshold)[0] > 0.3 or held.misses(learned.spotter.threshold) > 0.3


def test_the_last_layer_alone_leaves_the_rest_as_shipped():
    learned, _ = end(example("sesame"), ["sesame"], Settings(both=False, views=1, steps=40))
    import onnx
    from onnx import numpy_helper

    ours = {
        i.name: numpy_helper.to_array(i) for i in onnx.load_from_string(learned.spotter.onnx_fp32).graph.initializer
    }
    theirs = start(3)
    np.testing.assert_array_equal(ours["pointwise4.w"][:, :, 0, 0], theirs.weight)
    assert not np.array_equal(ours["linear.w"], theirs.head_weight)


def test_a_word_that_the_packaged_network_knows_is_named():
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clip

    y = audio_io.load(clip("word_stop").path, sample_rate=16_000).y
    takes = [Take(np.roll(y, 400 * i).astype(np.float32), "first", "halt") for i in range(4)]
    learned, _ = end(takes, ["halt"])
    assert learned.sounds_like == (("stop", 1.0),)


@pytest.mark.parametrize(
    ("kinds", "names", "message"),
    [
        (["first"], ["one"], "Record four more"),
        ([], ["one"], "no take of 'one'"),
        (["others"] * 3, ["one"], "no take of 'one'"),
        (["first"] * 3 + ["second"], ["one", "two"], "One take of 'two'"),
        (["first"] * 3, [""], "name"),
        (["first"] * 3, ["x" * 25], "25 letters"),
        (["first"] * 3, ["_silence_"], "no name"),
        (["first"] * 3, ["<b>"], "no name"),
        (["first"] * 3 + ["second"] * 3, ["One", "one "], "Both words"),
    ],
)
def test_what_cannot_be_learned_is_refused_with_a_sentence(kinds, names, message):
    y = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    with pytest.raises(ValueError, match=message):
        next(iter(learn([Take(y, kind, "x") for kind in kinds], names, strangers(), QUICK)))


def test_nothing_to_tell_the_word_from_is_refused():
    with pytest.raises(ValueError, match="other people's words, speech or noise"):
        next(learn(example("sesame"), ["sesame"], strangers(), Settings(words=False, speech=False, noise=False)))


def test_the_background_is_what_was_chosen():
    counts = [
        len(background(words=w, speech=s, noise=n)[0]) for w, s, n in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 1, 1))
    ]
    assert counts[0] == 500
    assert sum(counts[:3]) == counts[3]
    features, label = background()
    assert features.dtype == np.float32
    assert np.isfinite(features).all()
    assert set(label) == {0, 1}
    assert len(windows("speech_long", 8)) == counts[1]


def test_ready_made_takes_are_seconds_of_their_word():
    takes = example("sesame")
    assert [t.word for t in takes if t.kind == "first"] == ["sesame"] * 6
    assert sum(t.kind == "others" for t in takes) == 6
    assert all(t.y.shape == (16_000,) and 0.1 < np.abs(t.y).max() < 1 for t in takes)
    assert len({t.y.tobytes() for t in takes}) == 12
    assert len(example("single")) == 1
    with pytest.raises(ValueError, match="nosuch"):
        example("nosuch")


def test_the_grid_is_the_eight_bit_networks():
    x = mfcc(example("single")[0].y)
    once = grid()(x)
    assert np.abs(once - x).max() < 0.6 * np.ptp(x) / 255 + 0.05
    np.testing.assert_array_equal(grid()(once), once)


def test_labels_for_c():
    assert ascii_label("déjà vu") == "deja vu"
    assert ascii_label("привет", 2) == "word_2"
    assert ascii_label('a"\\b') == "ab"
    assert keyword_name("  Open   Sesame ") == "open sesame"
    assert keyword_name("привет") == "привет"


@pytest.mark.slow
def test_the_eight_bit_file_and_the_c_code_answer_alike(sesame, tmp_path):
    spotter = sesame[0].spotter
    features = np.concatenate([strangers(60), np.stack([mfcc(t.y) for t in example("sesame")])])
    int8 = load_onnx(spotter.onnx_int8())
    assert int8.labels == spotter.labels
    assert len(spotter.onnx_int8()) < 54_000
    answers = np.array([int8.logits(x[None])[0].argmax() for x in features])
    assert (answers == spotter.logits(features).argmax(1)).mean() > 0.93
    files = spotter.c_files()
    assert set(files) == {"kws_own.h", "kws_own.c", "main.c"}
    assert '"sesame"' in files["kws_own.c"]
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler named cc")
    write_files(files, tmp_path)
    subprocess.run(["cc", *FLAGS, "main.c", "kws_own.c", "-o", "own"], cwd=tmp_path, check=True)
    text = "\n".join(" ".join(map(repr, x.ravel().tolist())) for x in features)
    done = subprocess.run([tmp_path / "own"], input=text, capture_output=True, text=True, check=True)
    said = np.array([int(line.split()[0]) for line in done.stdout.splitlines()])
    assert (said == answers).mean() >= 0.98


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("नमस्ते", "नमस्ते"),
        ("o’clock", "o'clock"),
        ("Cafe\u0301", "café"),
        ("ﬁne", "fine"),
        ("வணக்கம்", "வணக்கம்"),
        ("what–ever", "what-ever"),
    ],
)
def test_names_in_any_script(typed, name):
    assert keyword_name(typed) == name
    assert keyword_name(name) == name
