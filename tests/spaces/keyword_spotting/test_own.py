"""Your own keyword: takes in and out, what is shown, what is warned of, training, files."""

import base64
import io
import json
import re
import zipfile

import gradio as gr
import numpy as np
import pytest
import soundfile

from algorithms.keyword.personal import Held
from models.keyword.ds_cnn import load_onnx
from models.keyword.own_data import Take
from models.tts import espeak
from spaces.keyword_spotting import own, own_board, own_files, own_pictures, own_result, own_takes
from spaces.keyword_spotting.own_takes import MAX_TAKES, MINE, Kept

FIELDS = {
    "part": "own", "clip": "word_yes", "model": "s-int8", "mine": None, "o_set": "sesame", "o_name": "", "o_name2": "",
    "o_kind": "first", "o_lang": "en-us", "o_layers": "two", "o_views": 20, "o_words": True, "o_speech": True,
    "o_noise": True, "o_threshold": 0,
}  # fmt: skip
NAMES = own.OUTPUTS


def shown(moved="", **fields):
    """The part's outputs by name."""
    return dict(zip(NAMES, own.content(None, {**FIELDS, **fields}, moved), strict=True))


def skipped(value):
    return isinstance(value, dict) and value == gr.skip()


@pytest.fixture
def recording(tmp_path):
    """A file with the takes of "sesame" one after the other, pauses between them, at 44.1 kHz in stereo."""
    import soxr

    y = np.concatenate([e.take.y for e in own_takes.ready_made("sesame").of("first")])
    path = tmp_path / "sesame.wav"
    y = soxr.resample(y, 16_000, 44_100)
    soundfile.write(path, np.stack([y, y], 1), 44_100)
    return str(path)


@pytest.fixture(scope="module")
def trained():
    """The handlers' last word after a short training on the ready-made set."""
    fields = {**FIELDS, "o_views": 0, "o_layers": "one"}  # quick; `tests/models/keyword/test_personal.py` trains both
    kept = own_takes.ready_made("sesame")
    *curves, last = own.train(kept, fields)
    return curves, last


def test_opens_with_a_result_that_says_when_it_was_computed():
    page = shown()
    assert [len(group.cards) for group in page["o_board"]] == [6, 6]
    assert all(card.score is not None for group in page["o_board"] for card in group.cards)
    assert re.search(r"Computed beforehand \(20\d\d-\d\d-\d\d\)", page["o_facts"])
    assert "of 746" in page["o_facts"]
    assert "sesame at threshold 0." in page["o_scores"]["alt"]
    assert page["o_curve"]["data"]
    assert page["o_after"] == gr.update(visible=False)


def test_the_threshold_moves_figures_and_nothing_else():
    page = shown("o_threshold", o_threshold=0.99)
    assert "threshold 0.99" in page["o_scores"]["alt"]
    assert [name for name in NAMES if not skipped(page[name])] == ["o_scores", "o_facts"]  # nothing was trained
    low, high = (own_result.beforehand("sesame").held[0].misses(t) for t in (0.1, 0.99))
    assert low < high


@pytest.mark.parametrize("moved", [*own.TAKES, *own.TRAINING])
def test_other_fields_are_followed_by_the_parts_own_handlers(moved):
    assert all(skipped(value) for value in shown(moved).values())


def test_ones_own_takes_are_left_where_they_are():
    page = shown(o_set=MINE)
    assert skipped(page["o_board"])
    assert page["o_facts"] == ""
    assert "appear here" in page["o_scores"]["alt"]


def test_sets_that_go_wrong_say_why():
    alike = shown(o_set="alike")
    assert "sound the same to the network" in alike["o_warn"]
    single = shown(o_set="single")
    assert "Record four more" in single["o_warn"]
    assert single["o_facts"] == ""


def test_a_recording_is_cut_into_its_words(recording):
    kept, note = own.add(recording, None, {**FIELDS, "o_name": "sesame"})
    assert len(kept.of("first")) == 6
    assert "6 takes of my word added" in note
    assert "mixed" in note or "channels" in note
    for entry, made in zip(kept.entries, own_takes.ready_made("sesame").of("first"), strict=True):
        x, y = (np.abs(np.fft.rfft(e.take.y)) for e in (entry, made))
        assert np.corrcoef(x, y)[0, 1] > 0.9
    kept, note = own.add(recording, kept, {**FIELDS, "o_kind": "others"})
    assert [len(kept.of(kind)) for kind in ("first", "others")] == [6, 6]
    for _ in range(2):
        kept, note = own.add(recording, kept, FIELDS)
    assert len(kept.of("first")) == MAX_TAKES
    assert "found no room" in note
    assert len({e.id for e in kept.entries}) == len(kept.entries)


def test_bad_recordings_are_named(tmp_path):
    silent, text, phone = (str(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav"))
    soundfile.write(silent, np.zeros(32_000), 16_000)
    assert "No word was found" in own.add(silent, None, FIELDS)[1]
    (tmp_path / "b.wav").write_text("not a sound")
    kept, note = own.add(text, None, FIELDS)
    assert kept is None
    assert "problem" in note
    import soxr

    y = own_takes.ready_made("single").entries[0].take.y
    soundfile.write(phone, soxr.resample(y, 16_000, 8_000), 8_000)
    kept, note = own.add(phone, None, FIELDS)
    assert "8 kHz" in kept.entries[0].flags[0]
    assert "8000 Hz" in note
    soundfile.write(phone, np.clip(6 * y, -1, 1), 16_000)
    kept, _ = own.add(phone, None, FIELDS)
    assert "clipped" in kept.entries[0].flags[0]
    warned = own_pictures.warnings(None, kept, ("word",), "en-us")
    assert "1 take is marked" in warned
    assert own.add(None, kept, FIELDS) == (kept, "")


@pytest.mark.skipif(not espeak.available(), reason="needs espeak-ng (packages.txt)")
def test_the_synthetic_voice_says_the_word_and_other_words():
    kept, note = own.say(None, {**FIELDS, "o_name": "open lab", "o_lang": "en-us"})
    assert [e.take.word for e in kept.entries] == ["open lab"] * 5
    assert len({e.source for e in kept.entries}) == 5
    assert "eSpeak NG" in note
    kept, _ = own.say(kept, {**FIELDS, "o_kind": "others"})
    assert len({e.take.word for e in kept.of("others")}) == 5
    groups = own_takes.groups(kept, ("open lab",), {}, 0.5)
    assert [group.title for group in groups] == ["“open lab”", "Other words"]


def test_without_a_word_the_voice_asks_for_one():
    kept, note = own.say(None, FIELDS)
    assert kept is None
    assert "Type the word first" in note


def test_names_come_from_the_set_or_from_the_fields():
    kept = own_takes.ready_made("alike")
    assert own_takes.names({**FIELDS, "o_set": "alike"}, kept) == ("flower", "flour")
    typed = {**FIELDS, "o_set": MINE, "o_name": "lamp"}
    assert own_takes.names(typed, Kept()) == ("lamp",)
    assert own_takes.names(typed, kept) == ("lamp", "my second word")


def test_takes_can_be_removed_and_numbers_are_not_used_again():
    kept = own_takes.ready_made("sesame").without(3)
    assert kept.find(3) is None
    more, dropped = kept.added([(np.zeros(16_000, np.float32), 0.5, "x", "recorded")], "first")
    assert (more.entries[-1].id, dropped) == (13, 0)
    assert "silent" in more.entries[-1].flags[0]


def test_warnings_name_what_is_missing():
    entry = own_takes.ready_made("single").entries[0]
    three = Kept(tuple(own_takes.Entry(i, entry.take, (), "recorded") for i in range(3)), 4)
    warned = own_pictures.warnings(None, three, ("слово",), "ru")
    for part in ("has 3 takes", "other words", "English words"):
        assert part in warned
    assert "<b>" not in own_pictures.warnings(None, three, ("<b>",), "en-us")


def result(**changes):
    """A made-up result for two words, fine but for the changes."""
    rng = np.random.default_rng(0)
    good = Held(rng.uniform(0.8, 1, 35), rng.uniform(0, 0.2, 30), np.zeros(746))
    fine = {
        "names": ("lamp", "door"), "ids": (1, 2), "take_scores": (0.9, 0.9), "held": (good, good), "threshold": 0.5,
        "confused": 0.0, "sounds_like": (("", 0.0), ("", 0.0)), "apart": 1.0, "odd": (), "both": True, "seconds": 5.0,
        "curve": own_result.Curve(),
    }  # fmt: skip
    return own_result.Result(**{**fine, **changes})


def test_judgement_of_a_training():
    kept = own_takes.ready_made("sesame")
    assert own_pictures.judged(result(), kept) == []
    bad = Held(np.full(35, 0.3), np.zeros(0), np.full(746, 0.7))
    said = " ".join(own_pictures.judged(result(held=(bad, bad), sounds_like=(("stop", 0.8), ("", 0)), odd=(2,)), kept))
    for part in ("100 % of the held-out takes of “lamp” are missed", "takes 80 % of your takes of “lamp” for “stop”",
                 "Strangers’ words", "Take 2 of “sesame” sounds unlike"):  # fmt: skip
        assert part in said
    assert "sound the same" in " ".join(own_pictures.judged(result(confused=0.5), kept))


def test_figures_count_at_the_threshold():
    held = Held(np.array([0.2, 0.9, 0.9, 0.9]), np.array([0.6, 0.1]), np.array([0.55] + [0.0] * 745))
    made = result(names=("lamp",), held=(held,), sounds_like=(("", 0.0),))
    facts = own_pictures.facts(made, 0.5)
    assert "3 of 4" in facts
    assert "1 of 746" in facts
    assert "1 of 2" in facts
    assert "lamp at threshold 0.50: 25 % of the held-out takes missed" in own_pictures.scores(made, 0.5)["alt"]
    assert "0 of 746" in own_pictures.facts(made, 0.6)


def test_a_result_survives_its_file():
    made = result(sounds_like=(("stop", 0.5), ("", 0.0)), odd=(2,))
    made.curve.add(own_result.Progress(0, 2, 20, 40, 1.0, 0.5, 0.7, None))
    back = own_result.from_json(json.loads(json.dumps(own_result.to_json(made, "2026-01-02"))))
    assert back.made == "2026-01-02"
    assert (back.names, back.odd, back.sounds_like, back.curve) == (made.names, made.odd, made.sounds_like, made.curve)
    np.testing.assert_allclose(back.held[1].takes, made.held[1].takes, atol=5e-4)


def test_training_draws_its_curve_and_gives_a_spotter(trained):
    curves, (figure, status, spotter, after) = trained
    assert "variations" in curves[0][1]
    assert any("Training" in status for _, status, _, _ in curves[1:])
    assert "Trained in" in status
    assert figure["alt"].startswith("Step 300 of 300 of network 6 of 6")
    assert spotter.keywords == ("sesame",)
    assert spotter.about[0] == "sesame"
    assert spotter.about[1].made == ""
    assert set(after) == {"o_board", "o_warn"}
    page = shown(mine=spotter)
    assert "Computed now" in page["o_facts"]
    assert "of 6 found" in page["o_heard"]
    assert "sesame at" in page["o_stream"]["alt"]
    assert page["o_after"] == gr.update(visible=True)
    assert "Computed beforehand" in shown(mine=spotter, o_set="alike")["o_facts"]


@pytest.mark.slow
def test_the_files_hold_the_network(trained):
    _, (_, _, spotter, _) = trained
    page = own_files.links(spotter)
    names = re.findall(r'download="([^"]+)"', page)
    assert names == ["sesame-fp32.onnx", "sesame-int8.onnx", "sesame-c.zip"]
    fp32, int8, c = (base64.b64decode(data) for data in re.findall(r'base64,([^"]+)"', page))
    y = own_takes.ready_made("single").entries[0].take.y
    for data in (fp32, int8):
        loaded = load_onnx(data)
        assert loaded.labels[2:] == ("sesame",)
        assert loaded.predict(y).argmax() == 2
    assert sorted(zipfile.ZipFile(io.BytesIO(c)).namelist()) == ["kws_own.c", "kws_own.h", "main.c"]


def test_training_that_cannot_be_done_is_a_sentence():
    *_, (_, status, spotter, after) = own.train(own_takes.ready_made("single"), {**FIELDS, "o_set": "single"})
    assert "Record four more" in status
    assert (spotter, after) == (None, None)
    *_, (_, status, _, _) = own.train(Kept(), {**FIELDS, "o_set": MINE})
    assert "no take" in status


def test_the_board_plays_shows_and_escapes():
    y = own_takes.ready_made("single").entries[0].take.y
    card = own_board.Card(7, "<take>", "soft & far", y, ("clipped: louder",), 0.25, False, ("vary", "remove"))
    with gr.Blocks():
        board = own_board.TakeBoard()
    html = board.postprocess([own_board.Group("“a” <b>", "n", (card,))])
    assert "&lt;take&gt;" in html
    assert "<take>" not in html
    assert 'data-id="7"' in html
    assert "flagged" in html
    assert html.count("data-pick=") == 2
    path = re.search(r'gradio_api/file=([^"]+)"', html)[1]
    played, rate = soundfile.read(path)
    assert rate == 16_000
    np.testing.assert_allclose(played, y, atol=1e-4)
    assert board.postprocess(None) is None


def test_a_picture_is_a_png_with_low_frequencies_below():
    from PIL import Image

    t = np.arange(16_000) / 16_000
    data = own_board.picture((0.5 * np.sin(2 * np.pi * 300 * t)).astype(np.float32))
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("L"), float)
    assert image.shape == (40, 49)
    assert image.mean(1).argmax() > 30


def test_variations_say_what_was_done():
    (group,) = own_takes.varied(own_takes.ready_made("single").entries[0])
    assert len(group.cards) == 8
    assert all(card.about and not card.can for card in group.cards)


def test_takes_are_bounded_and_plain():
    kept, dropped = Kept().added([(np.zeros(16_000, np.float32), None, "x", "recorded")] * 20, "first")
    assert (len(kept.entries), dropped) == (MAX_TAKES, 8)
    assert isinstance(kept.takes()[0], Take)
