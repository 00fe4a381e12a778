"""The shared parts, called directly: page state, figures, player, links, audio input, browser files, theme."""

from __future__ import annotations

import base64
import json
import zlib

import gradio as gr
import numpy as np
import plotly.graph_objects as go
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from algorithms.sound.clips import clips
from components import audio_input, figure, home, page_state, static_files, theme
from components.player import Player, Sound
from spaces import MAP_ROWS, discover
from tests.helpers.audio_files import write_audio_files

FIELDS = {
    "hop_ms": gr.Slider(1, 50, 10, step=0.5),
    "n_mels": gr.Slider(8, 128, 80, step=8),
    "window": gr.Radio([("Hann", "hann"), ("Hamming", "hamming")], value="hann"),
    "log": gr.Checkbox(False),
    "words": gr.Textbox(""),
    "layers": gr.Dropdown(["1", "2", "3"], value=["1"], multiselect=True),
}


class TestPageState:
    state = page_state.PageState(**FIELDS)

    def test_defaults(self):
        values, notes = self.state.parse({})
        assert values == {"hop_ms": 10, "n_mels": 80, "window": "hann", "log": False, "words": "", "layers": ["1"]}
        assert notes == []

    def test_every_kind_of_field(self):
        query = {"hop_ms": "12.5", "n_mels": "40", "window": "hamming", "log": "1", "words": "a b", "layers": "2,3"}
        values, notes = self.state.parse({**query, "__theme": "dark"})
        assert values == {
            "hop_ms": 12.5,
            "n_mels": 40,
            "window": "hamming",
            "log": True,
            "words": "a b",
            "layers": ["2", "3"],
        }
        assert isinstance(values["n_mels"], int)
        assert notes == []

    @pytest.mark.parametrize(("text", "value"), [("1e9", 50), ("-3", 1)])
    def test_numbers_are_clamped(self, text, value):
        assert self.state.parse({"hop_ms": text})[0]["hop_ms"] == value

    @pytest.mark.parametrize(
        "query", [{"hop_ms": "nan"}, {"hop_ms": "ten"}, {"window": "own"}, {"log": "maybe"}, {"layers": "9"}]
    )
    def test_nonsense_is_named_and_replaced(self, query):
        values, notes = self.state.parse(query)
        assert values == self.state.defaults
        assert len(notes) == 1
        assert next(iter(query)) in notes[0]

    @given(st.dictionaries(st.sampled_from([*FIELDS, "other"]), st.text(max_size=30)))
    def test_any_address_opens_the_page(self, query):
        values, _ = self.state.parse(query)
        assert set(values) == set(FIELDS)
        assert 1 <= values["hop_ms"] <= 50

    def test_an_example_with_a_mistake_is_found(self):
        with pytest.raises(ValueError, match="no field speed"):
            self.state.from_state({"speed": 1})
        with pytest.raises(ValueError, match="window"):
            self.state.from_state({"window": "kaiser"})
        assert self.state.from_state({"log": True})["log"] is True


class TestFigure:
    def test_pixels_survive_the_wire(self):
        z = np.arange(200, dtype=np.uint8).reshape(10, 20)
        wire = figure.pixels(z, -80, 0)
        back = np.frombuffer(zlib.decompress(base64.b64decode(wire["u8"])), np.uint8).reshape(wire["shape"])
        assert np.array_equal(back, z)
        assert (wire["lo"], wire["hi"]) == (-80.0, 0.0)

    def test_arrays_become_typed_arrays(self):
        spec = figure.figure([figure.line(np.arange(5), np.linspace(0, 1, 5))], alt="Five points.", x_title="Time (s)")
        sent = json.loads(figure.Figure("Line").postprocess(spec))
        x, y = sent["data"][0]["x"], sent["data"][0]["y"]
        assert (x["dtype"], y["dtype"]) == ("i4", "f4")
        assert np.allclose(np.frombuffer(base64.b64decode(y["bdata"]), "<f4"), np.linspace(0, 1, 5))
        assert sent["layout"]["xaxis"]["title"] == "Time (s)"
        assert sent["alt"] == "Five points."

    def test_infinite_numbers_do_not_break_the_page(self):
        spec = figure.figure([{"type": "bar", "x": [1, 2], "y": [float("nan"), np.float32(2)]}], alt="Bars.")
        assert json.loads(figure.Figure("Bars").postprocess(spec))["data"][0]["y"] == [None, 2.0]

    def test_takes_plotly_figures(self):
        sent = json.loads(figure.Figure("Plotly").postprocess(go.Figure(go.Scatter(x=[1, 2], y=[3, 4]))))
        assert sent["data"][0]["y"] == [3, 4]
        assert sent["alt"] == "Plotly"

    def test_is_never_sent_back(self):
        assert figure.Figure("F").preprocess("anything") is None


class TestPlayer:
    def test_samples_are_not_normalised(self):
        import soundfile

        quiet = np.full(8000, 0.1, np.float32)
        sent = json.loads(Player("c").postprocess(Sound("Quiet noise!", y=quiet, sample_rate=8000)))
        y, rate = soundfile.read(sent["src"].removeprefix("gradio_api/file="))
        assert rate == 8000
        assert np.allclose(y, 0.1, atol=1e-4)
        assert sent["file"] == "quiet-noise.wav"
        assert sent["duration"] == 1

    @pytest.mark.parametrize("comment", ["A cloned voice.", "Une voix clonée", ""])
    def test_a_comment_stands_in_the_file_and_changes_no_sample(self, comment):
        y = np.sin(np.arange(801) / 9).astype(np.float32)
        sent = json.loads(Player("c").postprocess(Sound("Marked", y=y, sample_rate=8000, comment=comment)))
        with soundfile.SoundFile(sent["src"].removeprefix("gradio_api/file=")) as file:
            assert file.copy_metadata().get("comment", "") == comment
            np.testing.assert_array_equal(file.read(dtype="int16"), (y * 32767).astype(np.int16))

    def test_clips_come_from_the_app(self):
        clip = clips()[0]
        sent = json.loads(Player("c").postprocess(Sound(clip.title, path=str(clip.path))))
        assert sent["src"] == static_files.url(f"clips/{clip.path.name}")


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """The table of good and bad sound files."""
    return write_audio_files(tmp_path_factory.mktemp("sounds"))


class TestAudioInput:
    def test_every_kind_of_file_is_taken_or_refused_in_a_sentence(self, cases):
        with gr.Blocks():
            entry = audio_input.AudioInput()
        own = None
        for case in cases:
            kept, shelf, choice, intake, note = entry.take(str(case.path), own)
            assert intake is None, "the input is ready for the next sound"
            assert ("problem" in note) is not case.good, case.id
            if not case.good:
                assert kept is own, "what was there stays"
            else:
                own = kept
                assert shelf is own
                assert own.title == case.path.name
                assert choice["value"] == audio_input.OWN
                assert audio_input.sound_of(own, audio_input.OWN).path == own.path
        assert own is not None
        audio_input.forget(own)

    def test_a_removed_sound_is_gone_and_the_page_goes_back_to_a_clip(self, cases):
        from pathlib import Path

        path = next(str(case.path) for case in cases if case.path.suffix == ".wav" and case.good)
        with gr.Blocks():
            entry = audio_input.AudioInput(default="sentence")
        own, *_ = entry.take(path, None, recorded=True)
        assert own.title == audio_input.RECORDING
        for clip, after in ((audio_input.OWN, "sentence"), ("vowels", "vowels")):
            assert entry.drop(own, clip)[:2] == (None, None)
            choice = entry.drop(None, clip)[2]
            assert choice["value"] == after
            assert audio_input.OWN not in dict(choice["choices"]).values()
        assert not Path(own.path).exists()

    def test_two_visitors_do_not_share_a_file(self, cases):
        path = next(str(case.path) for case in cases if case.path.suffix == ".wav" and case.good)
        one, two = audio_input.keep(path), audio_input.keep(path)
        assert one.path != two.path
        audio_input.forget(one)
        with pytest.raises(ValueError, match="record or upload it again"):
            audio_input.sound_of(one, audio_input.OWN)
        assert audio_input.sound_of(two, audio_input.OWN).path == two.path
        audio_input.forget(two)

    def test_a_new_sound_replaces_the_old_one(self, cases):
        from pathlib import Path

        path = next(str(case.path) for case in cases if case.path.suffix == ".wav" and case.good)
        first = audio_input.keep(path)
        second = audio_input.keep(path, first)
        assert not Path(first.path).exists()
        audio_input.forget(second)

    def test_rooms_forget_what_they_computed_from_a_forgotten_sound(self, cases):
        from spaces.ctc import sound as ctc_sound
        from spaces.features import analysis

        path = next(str(case.path) for case in cases if case.path.suffix == ".wav" and case.good and case.tone)
        own = audio_input.keep(path)
        analysis.load(own, audio_input.OWN)
        analysis.load(None, "speech")
        ctc_sound.mel_db(ctc_sound.hear(None, "sentence"))
        ctc_sound.hear(own, audio_input.OWN)
        assert ctc_sound._kept.count(own.path) == 1
        kept = len(analysis.MEMORY._kept)
        audio_input.forget(own)
        assert not [key for key in analysis.MEMORY._kept if own.path in key]
        assert len(analysis.MEMORY._kept) == kept - 1, "clips stay"
        assert ctc_sound._kept.count(own.path) == 0
        assert ctc_sound.mel_db.cache_info().currsize == 0

    def test_hints_are_escaped(self):
        assert "<b>" not in audio_input.hint(["<b>.wav is empty."], problem=True)
        assert audio_input.hint() == ""


class TestBrowserFiles:
    @pytest.mark.parametrize("name", ["figure.js", "player.js", "clips/speech.flac", "plotly.min.js", "favicon.svg"])
    def test_known_files(self, name):
        assert static_files._file(name).is_file()

    @pytest.mark.parametrize("name", ["../page.py", "clips/../../app.py", "nothing.js", "clips/", "", "/etc/passwd"])
    def test_nothing_else_is_served(self, name):
        assert static_files._file(name) is None


def luminance(colour: str) -> float:
    """Relative luminance of an #rrggbb colour (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(a: str, b: str) -> float:
    high, low = sorted([luminance(a), luminance(b)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_series_colours_can_be_told_from_the_card_in_light_and_dark():
    sheet = theme.css()
    light, dark = sheet.split(".dark {", 1)
    for part, card in ((light, "#ffffff"), (dark.split("}")[0], "#131b23")):
        for i in range(1, 7):
            colour = part.split(f"--lab-c{i}: ")[1][:7]
            assert contrast(colour, card) >= 3, f"--lab-c{i} on {card}"
    assert contrast("#ffffff", theme.ACCENT.c600) >= 4.5, "white words on the primary button"


def test_the_style_sheet_asks_nothing_of_other_machines():
    for text in (theme.css(), theme.head(), *(p.read_text() for p in static_files.STATIC.glob("*.js"))):
        assert "http://" not in text.replace("http://www.w3.org", "")
        assert "https://" not in text


def test_the_map_leads_to_every_room_and_shows_no_empty_row():
    rooms = discover()
    html = home.field_map(rooms, MAP_ROWS)
    for slug in rooms:
        assert f'href="{slug}' in html
    assert html.count('<a class="lab-box"') == sum(len(room.on_map) for room in rooms.values())
    assert "<h3>Around them</h3>" in html
    assert home.field_map({}, MAP_ROWS) == '<div class="lab-map"></div>'
