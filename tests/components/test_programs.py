"""How endpoints are declared, what they are told of, and what is refused on the way to them."""

from __future__ import annotations

import subprocess
from typing import Annotated, Any, Literal
from urllib.parse import quote

import gradio as gr
import pytest
import soundfile
from gradio import FileData
from gradio.utils import get_upload_folder
from pydantic import AfterValidator, Field

from algorithms.sound import AudioError, probe
from components import mcp_tools
from components.on_demand import Lab
from components.programs import NO_FILE, Audio, answering, described, read, register
from components.uploads import NOT_UPLOADED, uploaded
from spaces import Endpoint, discover

META = {"_type": "gradio.FileData"}
FILE = {"path": f"{get_upload_folder()}/1/a.wav", "meta": META}


class Never(ValueError):
    pass


def _even(n: int) -> int:
    if n % 2:
        raise ValueError(f"{n} is odd: give an even number.")
    return n


Count = Annotated[int | None, Field(ge=1, le=40, description="How many.")]
Even = Annotated[int, AfterValidator(_even), Field(description="An even number.")]


def probed(
    audio: Audio,
    kind: Annotated[Literal["a", "b"], Field(description="Which.")] = "a",
    width_ms: Annotated[float, Field(ge=2, le=200, description="Width, ms.")] = 25.0,
    count: Count = None,
    even: Even = 2,
) -> dict[str, Any]:
    """Say what came.

    In two paragraphs.
    """
    if kind == "b":
        raise Never("Never b: take a.")
    return {"path": audio.path, "width_ms": width_ms, "count": count, "even": even}


ENDPOINT = Endpoint(function=probed, refusals=(Never,))


def refusal(*values: Any) -> str:
    with pytest.raises(gr.Error) as refused:
        answering(ENDPOINT)(*values)
    assert not refused.value.print_exception, "a refusal is no fault of the server's: no traceback in its log"
    return refused.value.message


class TestAnswering:
    def test_the_function_gets_what_its_annotations_say(self):
        assert answering(ENDPOINT)(FILE, "a", 30, 3.0, 4) == {
            "path": FILE["path"],
            "width_ms": 30.0,
            "count": 3,
            "even": 4,
        }

    @pytest.mark.parametrize("none", [None, "a.wav", "/etc/passwd", {"path": "/etc/passwd"}, [FILE], 3])
    def test_only_a_file_that_gradio_has_seen_is_a_file(self, none):
        assert refusal(none, "a", 25, None, 2) == NO_FILE

    @pytest.mark.parametrize(
        ("values", "sentence"),
        [
            (("c", 25, None, 2), "kind can't be 'c': it should be 'a' or 'b'."),
            (("a", 1, None, 2), "width_ms can't be 1: it should be greater than or equal to 2."),
            (("a", float("nan"), None, 2), "width_ms can't be nan: it should be less than or equal to 200."),
            (("a", None, None, 2), "width_ms can't be None: it should be a valid number."),
            (("a", 25, 41, 2), "count can't be 41: it should be less than or equal to 40."),
            (
                ("a", 25, 1.5, 2),
                "count can't be 1.5: it should be a valid integer, got a number with a fractional part.",
            ),
            (("a", 25, None, 3), "3 is odd: give an even number."),
            (("b", 25, None, 2), "Never b: take a."),
        ],
    )
    def test_what_can_not_be_is_said_in_a_sentence(self, values, sentence):
        assert refusal(FILE, *values) == sentence

    def test_a_huge_argument_is_not_sent_back(self):
        assert len(refusal(FILE, "c" * 10**6, 25, None, 2)) < 200

    def test_a_fault_stays_a_fault(self):
        def faulty(audio: Audio) -> dict:
            """Divide by zero."""
            return {"never": 1 / 0}

        with pytest.raises(ZeroDivisionError):
            answering(Endpoint(function=faulty, refusals=(Never,)))(FILE)

    def test_programs_are_told_what_each_argument_takes(self):
        description, arguments, _ = gr.utils.get_function_description(answering(ENDPOINT))
        assert description == "Say what came. In two paragraphs."
        assert arguments["width_ms"] == "Width, ms. From 2 to 200."
        assert arguments["count"] == "How many. From 1 to 40."
        assert arguments["kind"] == "Which."
        assert described(probed) == answering(ENDPOINT).__doc__

    def test_an_argument_without_a_description_is_found_out(self):
        def silent(audio: Audio, n: int) -> dict:
            """Say nothing of n."""

        with pytest.raises(KeyError, match="description"):
            answering(Endpoint(function=silent, refusals=()))


class TestRooms:
    def test_every_room_declares_what_can_be_made_an_endpoint(self):
        for room in discover().values():
            for endpoint in room.programs:
                answer = answering(endpoint)
                description, arguments, _ = gr.utils.get_function_description(answer)
                assert description
                assert all(text.endswith(".") for text in arguments.values())

    def test_models_of_an_endpoint_are_those_of_its_room(self):
        """A program may not name any other: no hub, no folder of the server."""
        named = {}
        for slug, room in discover().items():
            for endpoint in room.programs:
                for name, _, _, hint in gr.utils.get_function_params(endpoint.function):
                    if name == "model":
                        assert hint.__args__ == room.models
                        named[slug] = endpoint.function.__name__
        assert named == {"ctc": "align", "whisper": "transcribe", "keyword_spotting": "keywords"}

    @pytest.mark.parametrize("first", ["private", "public"])
    def test_no_other_function_may_have_a_public_name(self, first):
        """Gradio takes the first one of a name, whoever it is for."""

        def private():
            gr.Button().click(lambda: None, None, None, api_name="probed", api_visibility="private")

        draws = {"private": private, "public": lambda: register([ENDPOINT])}
        with Lab(analytics_enabled=False) as lab:
            gr.Markdown("home")
        for slug, draw in draws.items():
            lab.room(slug, slug, draw, programs=slug == "public")
        lab.draw(first)
        with pytest.raises(ValueError, match=r"another room has.*probed"):
            lab.draw_all()


class TestUploads:
    def test_uploaded_files_pass_and_nothing_else_is_touched(self):
        inputs = [FILE, "text", 3, None, {"a": [FILE]}, {"path": "a", "no": "file"}]
        assert uploaded(inputs) == inputs

    def test_the_address_of_an_uploaded_file_stands_for_it(self):
        path = f"{get_upload_folder()}/1/a b.wav"
        address = f"http://127.0.0.1:7860/lab/gradio_api/file={quote(path)}"
        assert uploaded([{"path": address, "url": address, "meta": META}])[0]["path"] == path

    @pytest.mark.parametrize(
        "path",
        [
            "/etc/passwd",
            "app.py",
            "",
            None,
            f"{get_upload_folder()}/../a.wav",
            "http://example.com/a.wav",
            "https://example.com/gradio_api/file=/etc/passwd",
            "http://example.com/gradio_api/file=" + quote(f"{get_upload_folder()}/../a.wav"),
        ],
    )
    @pytest.mark.parametrize("inside", [False, True])
    def test_other_files_are_refused(self, path, inside):
        file = {"path": path, "meta": META}
        with pytest.raises(gr.Error) as refused:
            uploaded([{"deep": [file]}] if inside else [file])
        assert refused.value.message == NOT_UPLOADED
        assert not refused.value.print_exception

    def test_what_gradio_would_stumble_over_is_refused(self):
        with pytest.raises(gr.Error):
            uploaded([{**FILE, "meta": 3}])


class TestReading:
    def test_a_sound_that_is_too_long_is_refused_and_not_cut(self, tmp_path):
        soundfile.write(tmp_path / "a.wav", [0.1] * 16000, 8000)
        assert read(FileData(path=str(tmp_path / "a.wav")), max_s=2.0).duration_s == 2.0
        with pytest.raises(AudioError, match=r"longer than 1\.9 s"):
            read(FileData(path=str(tmp_path / "a.wav")), max_s=1.9)

    def test_also_where_the_file_does_not_know_its_length(self, tmp_path):
        path = tmp_path / "a.flac"
        tone = ["-f", "lavfi", "-i", "sine=duration=2"]
        done = subprocess.run(["ffmpeg", "-v", "error", *tone, "-f", "flac", "-"], capture_output=True, check=True)
        path.write_bytes(done.stdout)  # written to a pipe: no length in its head
        assert probe(path).duration_s == pytest.approx(2), "counted, where the header does not say"
        assert read(FileData(path=str(path)), max_s=3.0).duration_s == pytest.approx(2, abs=0.1)
        with pytest.raises(AudioError, match="longer than 1 s"):
            read(FileData(path=str(path)), max_s=1.0)


class TestSwitch:
    @pytest.fixture
    def lab(self) -> Lab:
        with Lab(analytics_enabled=False) as lab:
            gr.Markdown("home")
        lab.room("one", "One", lambda: register([ENDPOINT]), programs=True)
        return lab

    @pytest.mark.parametrize("off", [None, "", "0"])
    def test_mcp_is_off_by_default(self, lab, off, monkeypatch):
        monkeypatch.delenv(mcp_tools.SWITCH, raising=False)
        if off is not None:
            monkeypatch.setenv(mcp_tools.SWITCH, off)
        assert mcp_tools.wanted(lab) is False
        assert not lab.rooms["one"].drawn

    def test_switched_on_all_rooms_are_drawn(self, lab, monkeypatch):
        monkeypatch.setenv(mcp_tools.SWITCH, "1")
        assert mcp_tools.wanted(lab) is True
        assert lab.rooms["one"].drawn

    def test_another_value_is_refused(self, lab, monkeypatch):
        monkeypatch.setenv(mcp_tools.SWITCH, "yes")
        with pytest.raises(SystemExit, match="SPEECH_LAB_MCP must be 1"):
            mcp_tools.wanted(lab)

    def test_gradio_goes_on_without_mcp_and_the_lab_does_not(self, lab):
        lab.mcp_error = "Error launching MCP server: no Server"
        with pytest.raises(SystemExit, match="no Server"):
            mcp_tools.started(lab)
