"""Part 4 of Inside Whisper by its handlers: stages, heads, typed words, clicks, padding, files, silence."""

import csv
import io
import json
import re
from functools import cache
from types import SimpleNamespace
from urllib.parse import unquote

import gradio as gr
import numpy as np
import pytest

from components.lesson import Fields
from spaces.whisper_inside import SPACE, attention, sound
from spaces.whisper_inside.attention import reading as reading_of
from spaces.whisper_inside.attention import rivals
from spaces.whisper_inside.page import LESSON, Scene

pytestmark = pytest.mark.slow

FIELDS = {
    **{"part": "attention", "clip": "sentence", "model": "tiny.en", "pad": "zeros", "lang": "auto", "at": 0.0},
    **{"a_stage": "median", "a_heads": "aligned", "a_width": 7, "a_pad": False, "a_text": ""},
    **{"a_layer": -1, "a_head": -1, "a_t": -1, "a_s": -1},
}
WORDS = ["He", "might", "even", "have", "been", "made", "amiable", "himself."]


def heard_as(**fields):
    fields = {**FIELDS, **fields}
    return sound.hear(sound.window(None, fields["clip"], fields["at"]), fields)


def shown(moved="", **fields):
    """The outputs by name."""
    return shown_of(heard_as(**fields), moved, **fields)


def shown_of(heard, moved="", **fields):
    return attention.show(Scene(heard.window, heard), Fields({**FIELDS, **fields}, moved))


@cache
def wiring():
    with gr.Blocks():
        return LESSON.build(SPACE)


def clicked(what, x, y):
    """What a click on a picture changes on the page, by name."""
    (on,) = (on for on in attention.PART.on if on.component == what)
    visit = wiring().default_visit(event=SimpleNamespace(x=x, y=y), **FIELDS)
    return {name: value for step in wiring().happened(on, visit) for name, value in step.items()}


def compared(**fields):
    return attention.compare(wiring().default_visit(**{**FIELDS, **fields}))


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def path_of(figure):
    """Columns and rows of the drawn path."""
    line = next(t for t in figure["data"] if t.get("name") == "path")
    return np.asarray(line["x"]), np.asarray(line["y"])


def test_opens_with_the_words_timed():
    out = shown()
    assert [c["text"] for c in out["chips"]] == WORDS
    starts = [c["start"] for c in out["chips"]]
    assert starts == sorted(starts)
    assert all(c["start"] < c["end"] <= 3.3 for c in out["chips"])
    assert [c["prob"] > 0.3 for c in out["chips"]] == [True] * 8
    x, y = path_of(out["map"])
    assert (y[0], y[-1]) == (0, 10)  # ten tokens and the end
    assert (np.diff(x) >= 0).all()
    assert (np.diff(y) >= 0).all()
    assert len(out["map"]["layout"]["yaxis"]["ticktext"]) == 11
    assert "8 alignment heads (of 24)" in plain(out["facts"])


def test_the_default_is_whispers_own_recipe():
    from algorithms.whisper.word_times import token_times

    heard = heard_as()
    reading = reading_of.read(heard, "")
    laid = reading_of.lay(reading, reading_of.recipe(reading, FIELDS))
    layers, heads = zip(*heard.model.alignment_heads, strict=True)
    own = token_times(reading.cross[list(layers), list(heads)], heard.listened.positions, len(reading.prompt))
    np.testing.assert_allclose(laid.matrix, own.matrix, atol=1e-6)
    np.testing.assert_array_equal(laid.starts_s, own.starts_s)
    assert laid.cost[-1, -1] == pytest.approx(-laid.matrix[laid.rows, laid.columns].sum(), rel=1e-4)


def test_each_stage_and_width_changes_the_map():
    maps = [shown("a_stage", a_stage=stage)["map"]["data"][0]["z"]["u8"] for stage in reading_of.STAGES]
    maps += [shown("a_width", a_width=width)["map"]["data"][0]["z"]["u8"] for width in (3, 15)]
    assert len(set(maps)) == 5
    # A median over one position is no median.
    assert shown("a_width", a_width=1)["map"]["data"][0]["z"]["u8"] == maps[1]
    assert shown("a_width", a_width=6)["map"]["data"][0]["z"]["u8"] == shown("a_width")["map"]["data"][0]["z"]["u8"]
    out = shown("a_stage", a_stage="softmax")
    assert "mel" not in out
    assert "heads" not in out
    assert "away from where Whisper's own recipe" in out["facts"].replace("&#x27;", "'")


def test_a_clicked_head_makes_the_times_alone():
    # In the picture layers run upwards: y = 3 is layer 0.
    out = clicked("heads", 2.2, 2.8)
    assert (out["a_layer"], out["a_head"], out["a_heads"]) == (0, 2, "one")
    assert "layer 1, head 3 listens" in plain(out["facts"])
    white = [s for s in out["heads"]["layout"]["shapes"] if s["line"]["color"] == "#fff"]
    assert [(round(s["x0"] + 0.48), round(s["y0"] + 0.46)) for s in white] == [(2, 3)]
    apart = re.search(r"begin ([\d.]+) (ms|s) at the median", plain(out["facts"]))
    assert float(apart[1]) > 100 or apart[2] == "s"
    framed = shown()["heads"]["layout"]["shapes"]
    assert len(framed) == 8  # the alignment heads


def test_a_head_that_the_model_has_not_becomes_its_last():
    reading = reading_of.read(heard_as(), "")
    made = reading_of.recipe(reading, {**FIELDS, "a_heads": "one", "a_layer": 99, "a_head": 99})
    assert made.heads == ((3, 5),)


def test_a_clicked_cell_is_explained_with_its_recursion():
    heard = heard_as()
    out = clicked("map", 1.23, 3.4)
    assert (out["a_t"], out["a_s"]) == (61, 3)
    card, marker = out["card"], out["map"]["data"][2]
    assert (marker["x"][0], marker["y"][0]) == (pytest.approx(1.23), 3)
    assert 'data-row="3" data-position="61"' in card
    reading = reading_of.read(heard, "")
    cost = reading_of.lay(reading, reading_of.whispers_own(reading)).cost
    numbers = [float(n.replace("−", "-")) for n in re.findall(r"−?\d+\.\d{3}", plain(card).split("min(")[-1])]
    np.testing.assert_allclose(numbers, [cost[2, 60], cost[2, 61], cost[3, 60], cost[3, 61]], atol=6e-4)
    minus_m = float(re.search(r"= (−?\d+\.\d{3}) \+ min\(", plain(card))[1].replace("−", "-"))
    assert minus_m + min(numbers[:3]) == pytest.approx(numbers[3], abs=2e-3)
    assert "“␣have” at 1.22 s" in plain(card)


def test_corners_of_the_map():
    assert "every path begins here" in plain(clicked("map", 0.0, 0.0)["card"])
    out = clicked("map", 9.9, 10.0)
    assert out["a_t"] == heard_as().listened.positions - 1
    assert "on the path yes" in plain(out["card"])
    assert "min(D(i, j−1))" in plain(clicked("map", 1.0, 0.0)["card"])


def test_wrong_words_are_laid_all_the_same():
    out = shown("a_text", a_text="He might even have been made furious himself")
    assert [c["text"] for c in out["chips"]][6] == "furious"
    assert out["chips"][6]["prob"] < 0.3
    assert "least likely is “furious”" in plain(out["facts"])
    assert "hardly said" in plain(out["facts"])
    right = shown("a_text", a_text="He might even have been made amiable himself.")
    assert "hardly said" not in plain(right["facts"])


@pytest.mark.parametrize("typed", ["Привет, мир", "こんにちは世界", "ça va 👋🏽"])
def test_other_scripts_are_shown_whole(typed):
    out = shown("a_text", a_text=typed)
    assert "".join(c["text"] for c in out["chips"]).replace(" ", "") == typed.replace(" ", "")


def test_too_much_text_is_said():
    out = shown("a_text", a_text="word " * 460)
    assert "448 tokens" in plain(out["facts"])
    assert out["chips"] is None
    assert out["card"] == out["table"] == out["files"] == ""


def test_the_padding_can_be_seen():
    out = shown("a_pad", a_pad=True)
    z = out["map"]["data"][0]
    assert z["z"]["shape"][1] * z["dx"] == pytest.approx(30.0)
    share = re.search(r"it gets (\d+)% of the attention", plain(out["facts"]))
    reading = reading_of.read(heard_as(), "")
    mine = np.mean([reading_of.padding_share(reading)[one] for one in reading.heard.model.alignment_heads])
    assert int(share[1]) == round(100 * mine)
    assert out["mel"]["layout"]["xaxis"]["range"] == [0.0, 30.0]


def test_the_others_time_the_same_words():
    out = compared()
    text = plain(out["table"])
    assert "faster-whisper: start" in text
    assert "CTC: start" in text
    assert all(word in text for word in WORDS)
    reading = reading_of.read(heard_as(), "")
    found = rivals.known(reading)
    own = rivals.own_spans(reading)
    assert rivals.median_ms(own, found.faster) <= 40  # the bar
    assert rivals.median_ms(own, found.ctc) < 200
    # Words of the CTC model never overlap, and lie inside the sound.
    assert all(a[1] <= b[0] for a, b in zip(found.ctc, found.ctc[1:], strict=False))
    assert rivals.median_ms(own, found.recipes["all", "softmax"], 0) > rivals.median_ms(
        own, found.recipes["aligned", "softmax"], 0
    )
    assert "all heads" in plain(out["recipes"])
    assert len(found.alone_ms) == 24
    best = sorted(found.alone_ms, key=found.alone_ms.get)[:4]
    assert set(best) & set(reading.heard.model.alignment_heads)
    # What is known is shown at once the next time, and nobody is asked again.
    again = shown()
    assert "asked" not in again
    assert again["table"] == out["table"]
    assert len(again["words"]["data"]) == 2 + 2 * 3  # the sound, and three lanes of boxes and names


def test_a_language_without_letters_has_no_ctc():
    out = compared(model="base", clip="french")
    assert "knows English letters only" in plain(out["table"])
    assert "CTC: start" not in plain(out["table"])


def test_words_without_letters_have_no_ctc_time():
    heard = heard_as()
    found = rivals.find(reading_of.read(heard, "He might 17 even"))
    assert [span is None for span in found.ctc] == [False, False, True, False]
    out = shown("a_text", a_text="He might 17 even")
    assert "<td>–</td><td>–</td>" in out["table"]
    assert rivals.find(reading_of.read(heard, "17 18")).why_no_ctc.startswith("The CTC model has no letters")


def test_files_hold_the_words():
    links = dict(re.findall(r'download="[^"]+\.(\w+)"[^>]+href="data:[^,]+,([^"]+)"', shown()["files"]))
    assert set(links) == {"TextGrid", "csv", "json", "srt"}
    rows = list(csv.DictReader(io.StringIO(unquote(links["csv"]))))
    assert [r["word"] for r in rows] == WORDS
    made = json.loads(unquote(links["json"]))
    assert [w["word"] for w in made["words"]] == WORDS
    assert made["tokens"][-1]["token"] == "<|endoftext|>"
    assert made["median_width"] == 7
    assert float(rows[3]["start_s"]) == made["words"][3]["start_s"]
    assert 'text = "amiable"' in unquote(links["TextGrid"])
    assert "He might even have been made amiable" in unquote(links["srt"])


def test_times_in_files_count_from_the_start_of_the_sound():
    fields = {"clip": "speech_long", "at": 10.0}
    out = shown(**fields)
    made = json.loads(unquote(re.search(r'\.json"[^>]+href="data:[^,]+,([^"]+)"', out["files"])[1]))
    assert made["words"][0]["start_s"] == pytest.approx(10.0 + out["chips"][0]["start"])


@pytest.fixture
def sounds(monkeypatch):
    """Windows of samples of one's own."""

    def make(y):
        y = np.asarray(y, np.float32)
        return sound.Window(("made", len(y), float(y.sum())), "own", "Made", "", y, 0.0, len(y) / 16000, ())

    return make


@pytest.mark.parametrize("n", [1, 1600, 480_000])
def test_silence_is_answered_with_a_sentence_or_words(sounds, n):
    window = sounds(np.zeros(n))
    heard = sound.hear(window, FIELDS)
    out = shown_of(heard)
    written = heard.model.text(sound.greedy(heard).tokens).strip()
    if written:
        assert [c["text"] for c in out["chips"]] == written.split()
    else:
        assert "Whisper writes nothing" in plain(out["facts"])
        assert out["chips"] is None
        assert out["map"]["data"] == []


def test_nothing_written_is_said_and_typing_helps(monkeypatch):
    heard = heard_as(clip="noise")
    monkeypatch.setattr(reading_of, "greedy", lambda heard: type("Silent", (), {"tokens": (heard.model.special.end,)}))
    out = shown_of(heard, clip="noise")
    assert "Whisper writes nothing for this sound" in plain(out["facts"])
    assert out["map"]["data"] == []
    assert [c["text"] for c in shown("a_text", clip="noise", a_text="anything")["chips"]] == ["anything"]
    assert compared(clip="noise") == {}
    assert compared(part="input") == {}, "nobody is asked while the part is hidden"


def test_one_word(sounds):
    whole = heard_as().window.y
    window = sounds(whole[: int(0.55 * 16000)])
    heard = sound.hear(window, FIELDS)
    out = shown_of(heard, a_text="He")
    assert [c["text"] for c in out["chips"]] == ["He"]
    assert "1 word its times" in plain(out["facts"])


def test_a_view_is_small():
    from components.figure import Figure

    for fields in ({"clip": "speech_long"}, {"clip": "speech_long", "a_pad": True}):
        out = shown(**fields)
        figures = {name: Figure(name) for name in ("words", "mel", "map", "heads")}
        sent = sum(len(figures[name].postprocess(out[name])) for name in figures)
        sent += len(json.dumps(out["chips"])) + sum(len(out[n]) for n in ("facts", "card", "table", "recipes", "files"))
        assert sent < 300_000
