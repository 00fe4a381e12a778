"""Nothing of a visitor stays: when the process ends, however it ends, and while it runs."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import socket
import time
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

import app
from algorithms.sound.clips import clip
from benchmarks.visitor import Visit
from components import downloads, scratch
from components.sessions import Session
from spaces.keyword_spotting.tables import csv_text
from tests.helpers.app import free_port, start_app
from tests.helpers.patience import PATIENCE, post, visitor

YES = clip("word_yes").path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


def upload(url: str) -> None:
    sound = {"files": (YES.name, YES.read_bytes())}
    assert post(f"{url}/gradio_api/upload", files=sound).status_code == 200


def break_off(port: int) -> None:
    """Begin an upload of 200 kB, send half of it, and go."""
    head = f"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 200000\r\n"
    head += "Content-Type: multipart/form-data; boundary=x\r\n\r\n--x\r\nContent-Disposition: form-data; "
    head += 'name="files"; filename="a.wav"\r\n\r\n'
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(head.encode() + b"a" * 100_000)
        time.sleep(0.5)


@pytest.mark.slow
def test_sigterm_leaves_nothing_and_the_next_start_clears_what_a_killed_one_left(tmp_path):
    port, cache = free_port(), tmp_path / "cache"
    first = start_app(port, tmp_path / "first.log", GRADIO_TEMP_DIR=str(cache))
    upload(f"http://127.0.0.1:{port}")
    break_off(port)
    first.kill()
    first.wait()
    left = files(cache)
    assert YES.name in {path.name for path in left}
    assert len(left) == 2, "a part of an upload lies where it is found again"

    living = scratch.FileLock(cache / "speech-lab-other.lock")  # another process of ours beside it
    with living:
        (cache / "speech-lab-other").mkdir()
        second = start_app(port, tmp_path / "second.log", GRADIO_TEMP_DIR=str(cache))
        assert files(cache) == []
        assert (cache / "speech-lab-other").is_dir()
        upload(f"http://127.0.0.1:{port}")
        break_off(port)
        assert len(files(cache)) >= 2
        second.send_signal(signal.SIGTERM)
        assert second.wait(PATIENCE) == 0
        assert files(cache) == []
        assert [path.name for path in cache.glob(f"{scratch.NAME}*") if path.is_dir()] == ["speech-lab-other"]
        assert "Traceback" not in (tmp_path / "second.log").read_text()


def put(folder: Path, name: str, age_s: float, size: int = 10) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"a" * size)
    then = time.time() - age_s
    os.utime(path, (then, then))
    os.utime(path.parent, (then, then))
    return path


class TestJanitor:
    def test_what_no_visit_holds_goes_after_minutes_and_the_rest_stays(self, tmp_path):
        minutes, now_ = scratch.FREE_S + 10, 5
        gone = [put(tmp_path, name, minutes) for name in ("abc/upload.wav", "parts/tmp1")]
        kept = [put(tmp_path, name, minutes) for name in ("own-1/abc/a.wav", "transcript-x/a.srt", "captions-x/a.txt")]
        kept += [put(tmp_path, name, now_) for name in ("def/upload.wav", "parts/tmp2")]
        scratch.tidy(tmp_path)
        assert [path for path in gone if path.exists()] == []
        assert [path for path in kept if not path.exists()] == []

    def test_what_a_visit_holds_goes_when_its_time_is_long_over(self, tmp_path):
        path = put(tmp_path, "own-1/abc/a.wav", scratch.LONGEST_S + 10)
        scratch.tidy(tmp_path)
        assert not path.parent.exists()

    def test_while_events_wait_their_uploads_stay(self, tmp_path):
        path = put(tmp_path, "abc/upload.wav", scratch.FREE_S + 10)
        scratch.tidy(tmp_path, busy=True)
        assert path.exists()

    def test_a_moved_file_is_as_old_as_its_coming(self, tmp_path):
        path = put(tmp_path, "abc/upload.wav", 1e6)
        os.utime(path.parent)
        scratch.tidy(tmp_path)
        assert path.exists()

    def test_beyond_the_cap_the_oldest_go(self, tmp_path):
        ages = {100: "a/1.wav", 90: "own-1/b/2.wav", 80: "c/3.wav", 1: "d/4.wav"}
        paths = [put(tmp_path, name, age, 400_000) for age, name in ages.items()]
        assert scratch.tidy(tmp_path, cap_mb=1) < 1e6
        assert [path.exists() for path in paths] == [False, False, True, True]
        scratch.tidy(tmp_path, cap_mb=0.1)
        assert paths[-1].exists(), "what came just now is needed"

    def test_the_cap_is_a_number(self, monkeypatch):
        monkeypatch.setenv("SPEECH_LAB_DISK_MB", "much")
        with pytest.raises(ValueError, match="SPEECH_LAB_DISK_MB must be a number of megabytes above zero, not 'much'"):
            scratch.limit_mb()
        monkeypatch.setenv("SPEECH_LAB_DISK_MB", "12")
        assert scratch.limit_mb() == 12


def test_a_transcript_goes_when_another_takes_its_place_and_with_the_visit(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with gr.Blocks(analytics_enabled=False) as demo:
        kept = downloads.Kept(None, delete_callback=lambda result: downloads.delete(result.folder))
    visit = Session(demo)
    first, second = (SimpleNamespace(folder=downloads.write("transcript", "a", {"txt": text})) for text in "ab")
    visit[kept._id] = first
    visit[kept._id] = SimpleNamespace(folder=first.folder)
    assert Path(first.folder).is_dir(), "another result with the same files"
    visit[kept._id] = second
    assert [path.name for path in tmp_path.iterdir()] == [Path(second.folder).name]
    visit.forget()
    assert list(tmp_path.iterdir()) == []
    visit[kept._id] = SimpleNamespace(folder=downloads.write("transcript", "a", {"txt": "c"}))
    visit[kept._id] = None
    assert list(tmp_path.iterdir()) == []


def test_whispers_transcripts_are_kept_so():
    lab = app.create_app()
    lab.draw("whisper")
    assert any(isinstance(block, downloads.Kept) for block in lab.blocks.values())


@pytest.mark.slow
def test_pages_open_and_play_where_the_disk_takes_no_more(tmp_path):
    resource = pytest.importorskip("resource")  # not on Windows
    port, log = free_port(), tmp_path / "app.log"
    process = start_app(port, log, GRADIO_TEMP_DIR=str(tmp_path / "cache"))
    try:
        # What a full disk is to a program: no file can grow. The log may, a little.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (log.stat().st_size + 500,) * 2)
        with visitor(f"http://127.0.0.1:{port}") as client:
            for slug in ("whisper", "whisper_limits", "captions", "keyword_spotting", "features"):
                with Visit(client, slug) as visit:
                    shown = json.dumps(visit.open())  # an error in it is raised
                said = "The server has no room for files to save" in shown
                assert said is (slug in ("whisper", "captions")), slug
                if slug == "whisper_limits":
                    assert "data:audio/wav;base64," in shown
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("text", ["=1+1", "+1+1", "-a", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_a_csv_file_is_a_formula(text):
    shown = "'" + text.replace("\r", " ")
    assert downloads.cell(text) == shown
    assert next(csv.reader(io.StringIO(csv_text([[text, -0.5]]), newline=""))) == [shown, "-0.5"]


@pytest.mark.parametrize("value", ["-0.5", "+1e3", "a=1", "", 3, -3.5, None])
def test_numbers_and_other_texts_stay_as_they_are(value):
    assert downloads.cell(value) is value
