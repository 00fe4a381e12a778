"""Inside Whisper, part 3: stepping, choosing, drawing and searching, called as the page calls them."""

import html
import json
import math
import re
from functools import cache
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
import soundfile

from components.audio_input import OwnSound
from spaces.whisper_inside import SPACE, decoder, sound
from spaces.whisper_inside.decoder import beam as tree
from spaces.whisper_inside.decoder import run
from spaces.whisper_inside.decoder.pictures import opens, percent, signed
from spaces.whisper_inside.lesson import EXAMPLES
from spaces.whisper_inside.page import LESSON

COMMON = {"part": "decoder", "clip": "speech", "model": "tiny.en", "pad": "zeros", "lang": "auto", "at": 0}
PRESET = {"d_view": "steps", "d_step": 0, "d_forced": "", "d_temp": 0, "d_seed": 1, "d_task": "transcribe"} | {
    "d_times": True, "d_supp": True, "d_blank": True, "d_prev": "", "d_width": 3, "d_node": -1
}  # fmt: skip
ILL = 2801  # the token “ ill”


def fields(**changed) -> dict:
    return {**COMMON, **PRESET, **changed}


@cache
def wiring():
    with gr.Blocks():
        return LESSON.build(SPACE)


def visited(own=None, moved="", event=None, **changed):
    return wiring().default_visit(own=own, moved=moved, event=event, **fields(**changed))


def words(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def shown(own=None, moved="", **changed) -> dict:
    """What the page shows after a move, by name."""
    page = {}
    for step in LESSON.moved(visited(own, moved, **changed)):
        page |= step
    assert set(page) <= set(wiring().components)
    return page


def own_sound(folder, y, name="own.wav") -> OwnSound:
    soundfile.write(folder / name, np.asarray(y, np.float32), 16_000)
    return OwnSound(str(folder / name), "My sound", len(y) / 16_000)


# ---------------------------------------------------------------- without weights


def test_choices_in_the_address():
    assert run.parse_choices("4:1234,9:220", 51864) == ((3, 1234), (8, 220))
    assert run.write_choices(((3, 1234), (8, 220))) == "4:1234,9:220"
    assert run.parse_choices("", 10) == ()
    assert run.parse_choices("9:1,x,4:99,0:3,-1:2,2:,:3,3:5:6,2:²,4:2", 10) == ((3, 2), (8, 1))
    assert len(run.parse_choices(",".join(f"{i}:1" for i in range(1, 99)), 10)) == run.MAX_CHOICES


def test_numbers_for_people():
    assert [percent(p) for p in (0, 1e-6, 0.0003, 0.0412, 0.62, 0.9999, 1.0)] == [
        "0", "< 0.01 %", "0.03 %", "4.1 %", "62 %", "> 99 %", "100 %"
    ]  # fmt: skip
    assert [signed(-1.5), signed(2, 1), signed(-math.inf)] == ["−1.50", "2.0", "−∞"]


def test_fields_and_outputs_are_drawn():
    with gr.Blocks():
        parts = decoder.draw()
    last = decoder.stopped(visited())
    assert {*decoder.FIELDS, *last} <= set(parts)
    assert {name: parts[name].value for name in PRESET if name != "d_width"} == {
        name: value for name, value in PRESET.items() if name != "d_width"
    }
    assert {name for back in decoder.PART.forget.values() for name in back} <= set(decoder.FIELDS)
    assert not last["halt"]["visible"]


def test_first_difference():
    assert tree.first_difference([1, 2, 3], (1, 2, 3)) is None
    assert tree.first_difference([1, 2, 3], (1, 5, 3)) == 1
    assert tree.first_difference([1, 2], (1, 2, 3)) == 2


# ---------------------------------------------------------------- with tiny.en

slow = pytest.mark.slow


@slow
def test_opens_at_the_least_certain_word():
    page = shown()
    strip = page["strip"]
    assert 'data-step="8" data-last="35"' in strip
    assert strip.count('data-pick="step"') == 35 + 5  # tokens, and the buttons but play
    assert "given: A transcript begins." in html.unescape(strip)
    assert "A timestamp: a segment begins 3.20 s into this window." in strip
    assert "A timestamp: a segment ends 3.20 s into this window." in strip
    assert "mean −0.374" in words(strip)
    assert "No-speech probability 5.5 %" in words(strip)
    assert "Entropy 8.18 bits" in words(page["decision"])
    assert "suppress" in page["decision"]
    assert page["cand"].count('data-pick="choose"') == 10
    assert page["entropy"]["alt"].startswith("Entropy of 35 decisions")
    assert "listens most at 1.7" in page["hearing"]["alt"]
    assert "tree" not in page, "the closed view is left alone"
    sent = json.dumps([v for v in page.values() if isinstance(v, str)])
    assert len(sent) < 60_000


@slow
def test_the_formula_gives_the_probability():
    text = words(decoder.stepped(visited(d_temp=0.8, d_seed=4), 6)["decision"]).replace("−", "-")
    logit, temperature, norm, power, p = re.search(
        r"= e([\d.-]+) / ([\d.]+) / e([\d.-]+) = e([\d.-]+) = ([\d.]+)", text
    ).groups()
    assert float(temperature) == 0.8
    assert float(logit) / 0.8 - float(norm) == pytest.approx(float(power), abs=0.03)
    assert math.exp(float(power)) == pytest.approx(float(p), rel=0.02)


@slow
def test_stepping():
    page = decoder.stepped(visited(), 6)
    assert page["d_step"] == 6
    assert 'data-step="6"' in page["strip"]
    assert "·old" in page["cand"].replace('<i class="sp">', "").replace("</i>", "")
    assert not {"branches", "samples"} & set(page)
    page = decoder.stepped(visited(), 400)  # of a longer text, in an old link
    assert 'data-step="35"' in page["strip"]


@slow
def test_the_close_decisions_card_opens_it_and_gives_its_probabilities():
    (card,) = [example for example in EXAMPLES if example.title == "A close decision"]
    text = words(decoder.stepped(visited(), card.state["d_step"])["cand"])
    written = dict(re.findall(r"“(\w+)” (0\.\d+)", card.notice))
    assert written.keys() == {"old", "ill"}
    for word, probability in written.items():
        (shown_percent,) = re.findall(rf"·{word}\d+ %(\d+) %", text)
        assert int(shown_percent) / 100 == pytest.approx(float(probability), abs=0.03)


@slow
def test_another_choice_goes_on_from_there_and_can_be_undone():
    page = decoder.chosen(visited(d_step=6), ILL)
    forced = page["d_forced"]
    assert (page["d_step"], forced) == (6, f"6:{ILL}")
    text = words(page["branches"])
    assert "token 6: “·ill” instead of “·old”" in text
    assert "ill-disposed young man" in text
    assert "old-sposed young man" in text
    old, new = (float(x.replace("−", "-")) for x in re.findall(r"Σ ln p = (−[\d.]+)", text)[:2])
    assert math.exp(new - old) == pytest.approx(float(re.search(r"= ([\d.]+) times as likely", text)[1]), rel=0.03)

    def choices(made, value, *, step=6, before=forced):
        page = made(visited(d_step=step, d_forced=before), value)
        return page["d_step"], page["d_forced"]

    # A second choice, later; then one before it, which makes the later one meaningless.
    _, two = choices(decoder.chosen, 11, step=20)
    assert two == f"6:{ILL},20:11"
    assert choices(decoder.chosen, 257, step=4, before=two) == (4, "4:257")
    # What is chosen anyway is no choice; what comes by itself undoes one.
    assert choices(decoder.chosen, ILL) == (6, forced)
    old_token = run.written(heard(), run.Setting()).tokens[5]
    assert choices(decoder.chosen, old_token) == (6, "")
    assert choices(decoder.undone, 20, before=two) == (20, forced)
    assert choices(decoder.undone, 6, before=two) == (6, "")


def heard(**changed):
    given = fields(**changed)
    return sound.hear(sound.window(None, given["clip"], given["at"]), given)


@slow
def test_a_forbidden_choice_is_shown_as_such():
    page = decoder.chosen(visited(d_step=3), heard().model.special.no_speech)
    assert "forbidden" in page["decision"]
    assert "−∞" in page["branches"]


@slow
def test_where_it_listens_moves_on_through_the_sound():
    found = run.written(heard(), run.Setting())
    rows = run.listening(heard(), run.Setting())
    assert rows.shape == (len(found.tokens), 1500)
    np.testing.assert_allclose(rows.sum(1), 1, atol=1e-3)
    text = [i for i, token in enumerate(found.tokens) if token < heard().model.special.end]
    peaks = rows[text].argmax(1)
    assert np.corrcoef(peaks, text)[0, 1] > 0.9
    assert peaks.max() <= heard().listened.positions + 5


@slow
def test_rules_can_be_switched_off():
    page = shown(d_supp=False, d_times=False, d_blank=False)
    assert "All rules are off" in page["decision"]
    assert "notimestamps" in page["strip"]
    assert page["options"]["open"]
    page = shown(moved="d_times", d_times=False, d_step=9, d_forced="4:5")
    assert (page["d_step"], page["d_forced"]) == (0, "")
    page = shown(moved="d_supp", d_supp=False, d_step=9)
    assert 'data-step="9"' in page["strip"]


@slow
def test_samples_are_listed_and_the_same_again():
    assert shown()["samples"] == ""
    page = shown(d_temp=1.0, d_seed=3)
    assert page["samples"].count('data-pick="seed"') == 3
    assert shown(d_temp=1.0, d_seed=3)["samples"] == page["samples"]
    assert page["draw"]["interactive"]
    page = decoder.drawn(visited(d_temp=1.0, d_seed=3, d_forced="4:5"), 9)
    assert (page["d_seed"], page["d_forced"]) == (9, "")
    assert re.findall(r'data-value="(\d+)"', page["samples"]) == ["4", "5", "6", "7", "8", "9"]


@slow
def test_text_before_is_part_of_the_prompt():
    page = shown(d_prev="  Sense and Sensibility ")
    text = words(page["strip"])
    assert text.index("startofprev") < text.index("Sens") < text.index("startoftranscript")
    assert "Text that the decoder is told was said before" in page["strip"]
    too_long = shown(d_prev="word " * 400)  # Whisper keeps the last 223 tokens
    assert too_long["strip"].count('class="given"') == 223 + 2


@slow
def test_the_beam_is_searched_drawn_and_clicked():
    def nodes(node):
        return decoder.node_picked(visited(d_view="beam", d_width=2, event=SimpleNamespace(value=node)))

    page = shown(d_view="beam", d_width=2)
    assert page["wanted"] > 0, "which starts the search"
    assert page["steps"]["visible"] is False
    (on,) = (on for on in decoder.PART.on if on.component == "wanted")
    made = list(wiring().happened(on, visited(d_view="beam", d_width=2)))
    assert "Searching with a beam of 2" in made[0]["working"]
    assert made[0]["halt"]["visible"]
    last = made[-1]
    assert last["working"] == ""
    page = shown(d_view="beam", d_width=2)
    assert "wanted" not in page
    assert page["tree"] == last["tree"]
    beam = run.kept(heard(), run.beam_key(heard(), run.Setting(), 2))
    best = beam.nodes[beam.finished[0]]
    page = nodes(beam.finished[0])
    picture = page["tree"]
    assert page["d_node"] == beam.finished[0]
    assert f"{signed(best.total)} / {best.length} = {signed(best.score, 4)}" in words(page["node_card"])
    assert "double frame" in picture
    assert picture.count('class="finished') >= 1
    assert "Finished hypotheses" in page["results"]
    dropped = next(i for i, n in enumerate(beam.nodes) if n.fate == "dropped")
    assert "dropped: the beam was full" in nodes(dropped)["node_card"]
    assert len(picture) < 200_000
    assert list(decoder.search(visited())) == [], "nothing is searched while the stepper is open"


@slow
def test_a_beam_of_five_finds_what_greedy_misses():
    *_, last = decoder.search(visited(d_view="beam", d_width=5))
    results = words(last["results"])
    assert "The winner leaves the greedy path at token 6: “·ill” instead of “·old”" in results
    assert "leaves greedy" in last["tree"]


@slow
@pytest.mark.parametrize("samples", ["silence", "20 ms", "noise", "a click"])
def test_sounds_without_words(tmp_path, samples):
    y = {
        "silence": np.zeros(32_000),
        "20 ms": np.zeros(320),
        "noise": 0.3 * np.random.default_rng(1).standard_normal(48_000),
        "a click": np.eye(1, 8000)[0],
    }[samples]
    own = own_sound(tmp_path, y)
    page = shown(own, clip="own")
    assert "data-step" in page["strip"]
    assert page["hearing"]["alt"]
    *_, last = decoder.search(visited(own, clip="own", d_view="beam", d_width=2))
    assert "score = Σ ln p / length" in words(last["node_card"])


@slow
def test_an_empty_text_is_said_to_be_one():
    end = heard().model.special.end
    page = shown(d_forced=f"1:{end}")
    assert "writes no text here" in page["strip"]
    assert 'data-last="1"' in page["strip"]


@slow
def test_a_long_sound_goes_on_at_the_last_timestamp(tmp_path):
    from algorithms.sound import io as audio_io
    from algorithms.sound.clips import clip

    y = audio_io.load(clip("speech_long").path, sample_rate=16_000).y
    own = own_sound(tmp_path, np.concatenate([y, y]))
    page = shown(own, clip="own")
    assert page["next_window"]["visible"]
    assert not shown()["next_window"]["visible"]
    start = decoder.onwards(visited(own, clip="own"))["at"]
    assert 15 < start <= 30
    later = shown(own, clip="own", at=start)
    assert "data-step" in later["strip"]
    assert not later["next_window"]["visible"]


@slow
def test_half_characters_are_shown_as_bytes():
    model = heard().model
    tokens = model.encode(" 語")
    assert any("�" in model.token_name(t) for t in tokens)
    texts = [run.token_text(model, t) for t in tokens]
    raw = bytes.fromhex("".join(re.findall(r"[0-9a-f]{2}", " ".join(x for x in texts if x.startswith("⟨")))))
    assert raw in " 語".encode()
    assert "Part of a character" in run.about(model, next(t for t in tokens if "�" in model.token_name(t)))


@slow
def test_timestamps_open_and_close():
    model, found = heard().model, run.written(heard(), run.Setting())
    times = [i for i, t in enumerate(found.tokens) if model.special.time_s(t) is not None]
    assert [opens(found.tokens, i, model) for i in times] == [True, False, True, False]


# ---------------------------------------------------------------- with base


@slow
def test_other_languages_and_translation():
    page = shown(clip="french", model="base")
    assert "&lt;|fr|&gt;" in page["strip"]
    assert "&lt;|transcribe|&gt;" in page["strip"]
    assert page["d_task"]["visible"]
    translated = shown(clip="french", model="base", d_task="translate")
    assert "&lt;|translate|&gt;" in translated["strip"]
    assert "write in English what is said" in translated["strip"]
    assert words(translated["strip"]) != words(page["strip"])
    russian = shown(clip="russian", model="base")
    assert "&lt;|ru|&gt;" in russian["strip"]
    assert "данный" in words(russian["strip"]).replace("·", "") or "дан" in russian["strip"]
