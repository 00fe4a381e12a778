"""Several processes behind Debian's nginx with the shipped configuration: who stays where, what passes, who dies."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import Counter
from pathlib import Path

import httpx
import pytest
from gradio_client import handle_file
from gradio_client.exceptions import AppError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from algorithms.sound.io import MAX_BYTES
from benchmarks.behind_nginx import SHIPPED, Behind, behind_nginx
from benchmarks.visitor import Visit
from components import static_files
from tests.helpers import patience
from tests.helpers.patience import PATIENCE, get, program

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lab():
    with behind_nginx(2, SPEECH_LAB_HOSTS="lab.example.org") as lab:
        yield lab
        assert_no_traceback(lab)


def assert_no_traceback(lab: Behind) -> None:
    for log in lab.folder.glob("*.log"):
        text = log.read_text()
        refused = text.count("\ngradio.exceptions.Error: ")  # what a handler said to its visitor
        assert text.count("Traceback") == refused, text[-3000:]


@contextlib.contextmanager
def visitor(lab: Behind, **options):
    """A browser's cookies and connections."""
    with patience.visitor(f"{lab.url}/", **options) as client:
        yield client


def process_of(client: httpx.Client) -> str:
    """Return which process answers this visitor: each names itself at random when it starts."""
    return client.get("gradio_api/app_id").raise_for_status().json()["app_id"]


def names(lab: Behind) -> list[str]:
    return [get(f"{url}/gradio_api/app_id").json()["app_id"] for url in lab.app_urls]


@contextlib.contextmanager
def visitors_of_each(lab: Behind):
    """Give a visitor of each process, in the order of the processes."""
    with contextlib.ExitStack() as stack:
        found: dict[str, httpx.Client] = {}
        for _ in range(64):
            client = stack.enter_context(visitor(lab))
            client.get("/").raise_for_status()
            found.setdefault(process_of(client), client)
            if len(found) == 2:
                break
        yield [found[name] for name in names(lab)]


def button(visit: Visit, label: str) -> dict:
    """Return the event of a button of a page."""
    (number,) = [c["id"] for c in visit.config["components"] if c["props"].get("value") == label]
    (event,) = [e for e in visit.events("click") if [number, "click"] in [list(target) for target in e["targets"]]]
    return event


# --- who goes where -------------------------------------------------------------------------------------------------


def test_new_visitors_are_spread_over_all_processes(lab):
    reached = Counter()
    for _ in range(40):
        with visitor(lab) as client:
            client.get("/").raise_for_status()
            reached[process_of(client)] += 1
    assert reached.keys() == set(names(lab))
    assert min(reached.values()) >= 2  # of 40: less would be no chance any more


def test_a_visitor_stays_and_is_given_one_cookie(lab):
    with visitor(lab) as client:
        first = client.get("/")
        cookie = first.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert len({process_of(client) for _ in range(12)}) == 1
        assert "set-cookie" not in client.get("features").headers


def test_what_a_visitor_does_is_done_where_the_visitor_is(lab):
    """The page, its events and the stream of their answers: the queue of another process would not know them."""
    for _ in range(6):
        with visitor(lab) as client, Visit(client, "features") as visit:
            assert visit.open()
            assert visit.answers(*visit.events("load"))


def test_an_uploaded_file_is_there_for_its_visitor(lab):
    content = bytes(range(256)) * 12_000  # 3 MB: nginx alone would refuse more than 1
    with visitors_of_each(lab) as (one, other):
        answer = one.post("gradio_api/upload", files={"files": ("sound.wav", content, "audio/wav")})
        (path,) = answer.raise_for_status().json()
        assert Path(path).is_relative_to(lab.folder / "app0")
        assert one.get(f"gradio_api/file={path}").raise_for_status().content == content
        assert other.get(f"gradio_api/file={path}").status_code in (403, 404)


def test_a_program_without_cookies_stays_too(lab):
    """Such a program calls /gradio_api/ only; each of these answers goes to a connection without any cookie."""
    assert len({get(f"{lab.url}/gradio_api/app_id").json()["app_id"] for _ in range(12)}) == 1
    assert "set-cookie" not in get(f"{lab.url}/gradio_api/app_id").headers


def test_gradios_own_client_stays(lab, tmp_path):
    """It uploads, calls and listens; only the process that has the file gets as far as refusing the model."""
    (tmp_path / "sound.wav").write_bytes(b"sound")
    for _ in range(3):
        client = program(lab.url)
        with pytest.raises(AppError, match="model"):
            client.predict(handle_file(tmp_path / "sound.wav"), "other", "auto", api_name="/transcribe")
        client.close()


# --- what passes ----------------------------------------------------------------------------------------------------


def test_server_sent_events_arrive_at_once(lab):
    """A heartbeat says a few bytes and then nothing for 15 s: a proxy that collects would keep them."""
    with visitor(lab) as client, client.stream("GET", "gradio_api/heartbeat/abc", timeout=PATIENCE) as stream:
        assert next(stream.iter_lines()) == "data: ALIVE"


def test_a_websocket_is_shaken_hands_with(lab):
    """The voice changer's server answers: to a page of the lab with what it misses, to another page with no."""
    address = lab.url.replace("http", "ws", 1) + "/voice/ws"
    with connect(address, origin=lab.url) as socket:
        socket.send("this is no JSON")
        with pytest.raises(Exception, match="JSON"):
            socket.recv(timeout=PATIENCE)
    with pytest.raises(InvalidStatus, match="403"):
        connect(address, origin="https://elsewhere.example")


@pytest.mark.parametrize(
    ("headers", "root"),
    [
        ({"Host": "lab.example.org"}, "http://lab.example.org"),
        ({"Host": "lab.example.org:8443", "X-Forwarded-Proto": "https"}, "https://lab.example.org:8443"),
    ],
)
def test_the_app_knows_its_address_outside(lab, headers, root):
    with visitor(lab, headers=headers) as client:
        assert Visit(client, "").config["root"] == root


def test_what_is_compressed_stays_so(lab):
    name = static_files.url("plotly.min.js")
    assert get(f"{lab.url}/{name}", headers={"Accept-Encoding": "gzip"}).headers["content-encoding"] == "gzip"
    assert "content-encoding" not in get(f"{lab.url}/{name}", headers={"Accept-Encoding": "identity"}).headers


def test_the_largest_upload_of_the_app_passes():
    (line,) = [line for line in SHIPPED.read_text().splitlines() if "client_max_body_size" in line]
    assert int(line.split()[1].rstrip("m;")) * 2**20 >= MAX_BYTES + 2**20


# --- who dies -------------------------------------------------------------------------------------------------------


class Run(threading.Thread):
    """A visitor's slow event: rebuilding a sound three times over, with news in between."""

    def __init__(self, client: httpx.Client) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.visit = Visit(client, "features?clip=speech_long&part=mel")
        self.visit.open()
        self.begun, self.messages, self.error = threading.Event(), [], None

    def run(self) -> None:
        self.visit.send(button(self.visit, "Make it audible"))
        try:
            params = {"session_hash": self.visit.session}
            with self.client.stream("GET", "gradio_api/queue/data", params=params, timeout=PATIENCE) as stream:
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        message = json.loads(line[5:])
                        self.messages.append(message["msg"])
                        if message["msg"] == "process_generating":
                            self.begun.set()
        except httpx.TransportError as error:
            self.error = error
        finally:
            self.begun.set()


def test_a_process_that_dies_takes_only_its_own_visitors_along():
    with behind_nginx(2, SPEECH_LAB_HOSTS="lab.example.org") as lab, visitors_of_each(lab) as (lost, safe):
        runs = [Run(lost), Run(safe)]
        for run in runs:
            run.start()
        for run in runs:
            assert run.begun.wait(PATIENCE)
        assert "process_completed" not in runs[0].messages + runs[1].messages  # both are under way
        left = names(lab)[1]
        lab.apps[0].kill()
        lab.apps[0].wait()
        for run in runs:
            run.join(PATIENCE)
        assert runs[0].error is not None
        assert "process_completed" not in runs[0].messages
        assert runs[1].error is None
        assert "process_completed" in runs[1].messages

        assert process_of(safe) == left
        with Visit(lost, "features") as again:  # who reloads is served by the other process
            assert again.open()
        assert process_of(lost) == left
        with visitor(lab) as new:
            assert new.get("/").status_code == 200
            assert process_of(new) == left
        assert_no_traceback(lab)
