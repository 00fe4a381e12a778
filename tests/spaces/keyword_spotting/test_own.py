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
from spaces.keyword_spotting import SPACE, own
from spaces.keyword_spotting.own import board as own_board
from spaces.keyword_spotting.own import files as own_files
from spaces.keyword_spotting.own import pictures as own_pictures
from spaces.keyword_spotting.own import result as own_result
from spaces.keyword_spotting.own import takes as own_takes
from spaces.keyword_spotting.own.takes import MAX_TAKES, MINE, Kept
from tests.helpers.keyword_page import drawn, event, fields_of, happened, moved, page, visit
from tests.helpers.keyword_page import shown as part_shown


def shown(moved="", **fields):
    """What the part shows by name; what stays as it is is absent."""
    return part_shown(moved, part="own", **fields)


def answered(name, **given):
    """What follows from the move of a field for the part's own components."""
    return {k: v for k, v in moved(name, part="own", **given).items() if k not in ("note", "second", "player")}


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
    """What a short training on the ready-made set shows step by step."""
    # Quick; `tests/models/keyword/test_personal.py` trains both layers.
    return list(own.trained(visit(part="own", o_views=0, o_layers="one")))


def test_the_card_of_two_words_counts_their_takes():
    (card,) = [example for example in SPACE.examples if example.state.get("o_set") == "alike"]
    counts = {len(own_takes.ready_made("alike").of(word)) for word in ("first", "second")}
    assert counts == {5}
    assert "five takes each" in card.notice


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
    assert list(page) == ["o_scores", "o_facts"]  # nothing was trained
    low, high = (own_result.beforehand("sesame").held[0].misses(t) for t in (0.1, 0.99))
    assert low < high


@pytest.mark.parametrize("name", [*own.TAKES[1:], *own.TRAINING])
def test_other_fields_change_no_picture(name):
    assert answered(name) == {}


def test_another_set_is_shown_whole():
    page = answered("o_set", o_set="alike")
    assert [group.title for group in page["o_board"]] == ["“flower”", "“flour”"]
    assert "flower" in page["o_scores"]["alt"]
    assert "sound the same to the network" in page["o_warn"]
    assert page["o_varied"] is None
    kept, _ = Kept().added([(np.zeros(16_000, np.float32), 0.5, "x", "recorded")], "first")
    page = answered("o_set", o_set=MINE, o_name="lamp", takes=kept)
    assert [(group.title, len(group.cards)) for group in page["o_board"]] == [("“lamp”", 1)]
    assert page["o_facts"] == ""


def test_ones_own_takes_are_left_where_they_are():
    page = shown(o_set=MINE)
    assert "o_board" not in page
    assert page["o_facts"] == ""
    assert "appear here" in page["o_scores"]["alt"]


def test_sets_that_go_wrong_say_why():
    alike = shown(o_set="alike")
    assert "sound the same to the network" in alike["o_warn"]
    single = shown(o_set="single")
    assert "Record four more" in single["o_warn"]
    assert single["o_facts"] == ""


def test_a_recording_is_cut_into_its_words(recording):
    kept, note = own_takes.add(recording, None, fields_of(o_name="sesame"))
    assert len(kept.of("first")) == 6
    assert "6 takes of my word added" in note
    assert "mixed" in note or "channels" in note
    for entry, made in zip(kept.entries, own_takes.ready_made("sesame").of("first"), strict=True):
        x, y = (np.abs(np.fft.rfft(e.take.y)) for e in (entry, made))
        assert np.corrcoef(x, y)[0, 1] > 0.9
    kept, note = own_takes.add(recording, kept, fields_of(o_kind="others"))
    assert [len(kept.of(kind)) for kind in ("first", "others")] == [6, 6]
    for _ in range(2):
        kept, note = own_takes.add(recording, kept, fields_of())
    assert len(kept.of("first")) == MAX_TAKES
    assert "found no room" in note
    assert len({e.id for e in kept.entries}) == len(kept.entries)


def test_bad_recordings_are_named(tmp_path):
    silent, text, phone = (str(tmp_path / name) for name in ("a.wav", "b.wav", "c.wav"))
    soundfile.write(silent, np.zeros(32_000), 16_000)
    assert "No word was found" in own_takes.add(silent, None, fields_of())[1]
    (tmp_path / "b.wav").write_text("not a sound")
    kept, note = own_takes.add(text, None, fields_of())
    assert kept is None
    assert "problem" in note
    import soxr

    y = own_takes.ready_made("single").entries[0].take.y
    soundfile.write(phone, soxr.resample(y, 16_000, 8_000), 8_000)
    kept, note = own_takes.add(phone, None, fields_of())
    assert "8 kHz" in kept.entries[0].flags[0]
    assert "8000 Hz" in note
    soundfile.write(phone, np.clip(6 * y, -1, 1), 16_000)
    kept, _ = own_takes.add(phone, None, fields_of())
    assert "clipped" in kept.entries[0].flags[0]
    warned = own_pictures.warnings(None, kept, ("word",), "en-us")
    assert "1 take is marked" in warned
    assert own_takes.add(None, kept, fields_of()) == (kept, "")


@pytest.mark.skipif(not espeak.available(), reason="needs espeak-ng (packages.txt)")
def test_the_synthetic_voice_says_the_word_and_other_words():
    kept, note = own_takes.say(None, fields_of(o_name="open lab", o_lang="en-us"))
    assert [e.take.word for e in kept.entries] == ["open lab"] * 5
    assert len({e.source for e in kept.entries}) == 5
    assert "eSpeak NG" in note
    kept, _ = own_takes.say(kept, fields_of(o_kind="others"))
    assert len({e.take.word for e in kept.of("others")}) == 5
    groups = own_takes.groups(kept, ("open lab",), {}, 0.5)
    assert [group.title for group in groups] == ["“open lab”", "Other words"]


def test_without_a_word_the_voice_asks_for_one():
    kept, note = own_takes.say(None, fields_of())
    assert kept is None
    assert "Type the word first" in note


def test_names_come_from_the_set_or_from_the_fields():
    kept = own_takes.ready_made("alike")
    assert own_takes.names(fields_of(o_set="alike"), kept) == ("flower", "flour")
    typed = fields_of(o_set=MINE, o_name="lamp")
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
                 "Other people’s words", "Take 2 of “sesame” sounds unlike"):  # fmt: skip
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
    *curves, last = trained
    assert "variations" in curves[0]["o_status"]
    assert "o_curve" not in curves[0]
    assert any("Training" in step["o_status"] for step in curves[1:])
    assert not any("mine" in step for step in curves)
    assert "Trained in" in last["o_status"]
    assert last["o_curve"]["alt"].startswith("Step 300 of 300 of network 6 of 6")
    spotter = last["mine"]
    assert spotter.keywords == ("sesame",)
    assert spotter.about[0] == "sesame"
    assert spotter.about[1].made == ""
    assert {"o_board", "o_warn"} < set(last)
    assert last["o_files"] == "", "those of the network before are gone"
    page = shown(mine=spotter)
    assert "Computed now" in page["o_facts"]
    assert "of 6 found" in page["o_heard"]
    assert "sesame at" in page["o_stream"]["alt"]
    assert page["o_after"] == gr.update(visible=True)
    others = shown(mine=spotter, o_set="alike")
    assert "Computed beforehand" in others["o_facts"]
    assert others["o_after"] == gr.update(visible=False), "the stream is of the takes that were trained"


def test_the_new_network_is_shown_in_whichever_part_is_open(trained):
    spotter = trained[-1]["mine"]
    page = happened("mine", "change", mine=spotter, part="own")
    assert "Computed now" in page["o_facts"]
    assert page["o_after"] == gr.update(visible=True)
    page = happened("mine", "change", mine=spotter, part="say")
    assert page["s_use"]["visible"]
    assert "o_facts" not in page
    assert not drawn()["s_use"]["visible"]


@pytest.mark.slow
def test_the_files_hold_the_network(trained):
    spotter = trained[-1]["mine"]
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
    *_, last = own.trained(visit(part="own", o_set="single"))
    assert "Record four more" in last["o_status"]
    assert set(last) == {"o_status", "o_curve", "o_stop"}
    assert last["o_stop"]["interactive"] is False, "nothing runs that could be stopped"
    *_, last = own.trained(visit(part="own", o_set=MINE))
    assert "no take" in last["o_status"]


def test_a_training_that_is_stopped_leaves_what_was_there():
    (on,) = (on for on in own.PART.on if on.halt is not None)
    steps = page().happened(on, visit(part="own", o_views=0, o_layers="one"))
    next(steps)
    own.TRAININGS.runs[""].stopped = True
    *_, last = steps
    assert last["o_status"] == "Stopped; nothing was changed."
    assert last["o_curve"]["alt"] == own_pictures.learning(own_result.beforehand("sesame").curve)["alt"]
    assert set(last) == {"o_status", "o_curve", "o_stop"}
    assert last["o_stop"]["interactive"] is False, "nothing runs that could be stopped"


def test_a_recording_becomes_takes_of_ones_own(recording):
    told = visit(part="own", o_name="sesame")
    told.taken = {"o_mic": None, "o_upload": recording}
    given = own.recorded(told)
    page().named(given)
    assert given["o_set"] == MINE
    assert len(given["o_takes"].of("first")) == len(given["o_board"][0].cards) == 6
    assert "6 takes of my word added" in given["o_note"]
    assert given["o_mic"] is given["o_upload"] is None
    told.taken = {"o_mic": __file__, "o_upload": None}
    given = own.recorded(told)
    assert set(given) == {"o_note", "o_mic", "o_upload"}, "what can't be read changes no takes"


def test_clicks_on_the_board():
    given = happened("o_board", told=event(what="vary", value=2), part="own")
    assert len(given["o_varied"][0].cards) == 8
    assert set(given) == {"o_varied"}
    given = happened("o_board", told=event(what="remove", value=2), part="own")
    assert given["o_set"] == MINE
    assert given["o_varied"] is None
    assert given["o_takes"].find(2) is None
    assert [len(group.cards) for group in given["o_board"]] == [5, 6]


def test_a_new_name_is_shown_over_ones_own_takes():
    kept, _ = Kept().added([(np.zeros(16_000, np.float32), 0.5, "x", "recorded")], "first")
    given = happened("o_name", "blur", part="own", o_set=MINE, o_name="lamp", takes=kept)
    assert given["o_board"][0].title == "“lamp”"
    assert happened("o_name", "blur", part="own", o_name="lamp", takes=kept) == {}, "a ready-made set has its own names"


def test_files_need_a_network():
    assert "Train first" in happened("o_prepare", "click", part="own")["o_files"]


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
