"""Rooms are drawn when they are first asked for, and what that uses of Gradio is still as it was."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

import gradio as gr
import pytest
import uvicorn
from fastapi import FastAPI
from gradio.context import Context
from gradio.state_holder import SessionState
from starlette.middleware import Middleware
from starlette.testclient import TestClient

import app
from benchmarks.visitor import Visit
from components import sessions
from components.on_demand import IDS, Lab, OnDemand
from components.sessions import Session, Sessions
from tests.helpers.patience import until, visitor

pytestmark = pytest.mark.filterwarnings("ignore:SSR mode is not supported with multi-page apps")  # nor asked for

FORGOTTEN: list[str] = []


def small_room(word: str, *, public: bool = False):
    """A room that greets: a field, a button, a value kept for the visitor, a load event that reads the address."""

    def draw():
        with gr.Row():
            name = gr.Textbox(label="name", value=word)
            choice = gr.Radio(["a", "b"], value="a", label="choice")
        answer = gr.Textbox(label="answer")
        kept = gr.State(None, time_to_live=3600, delete_callback=FORGOTTEN.append)
        button = gr.Button("Greet")

        def opened(request: gr.Request):
            return f"{word} {dict(request.query_params)}"

        def greet(name, choice, kept):
            return f"{word}: {name} {choice}", f"{word} kept"

        def widen():
            return gr.update(choices=["a", "b", "c"], value="c"), gr.update(visible=True)

        Context.root_block.load(opened, None, answer, api_visibility="private")
        button.click(
            greet, [name, choice, kept], [answer, kept], concurrency_id="one", concurrency_limit=1,
            api_name=f"greet_{word}", api_visibility="public" if public else "private",
        )  # fmt: skip
        name.submit(widen, None, [choice, name], api_visibility="private")

    return draw


def small_lab(*words: str, public: bool = False) -> Lab:
    with Lab(analytics_enabled=False) as lab:
        gr.Markdown("home")
    lab.queue(max_size=64)
    for word in words:
        lab.room(word, word.title(), small_room(word, public=public), programs=public)
    return lab


@contextmanager
def mounted(lab: Lab, path: str = "/"):
    """Serve the lab inside another app; give a client for it."""
    options = {"app_kwargs": {"middleware": [Middleware(OnDemand)]}, "run_history": False, "ssr_mode": False}
    outer = gr.mount_gradio_app(FastAPI(), lab, path, **options)
    server = uvicorn.Server(uvicorn.Config(outer, log_level="critical", timeout_graceful_shutdown=1))
    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            with visitor(f"http://127.0.0.1:{door.getsockname()[1]}{path}") as client:
                yield client
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def lab() -> Lab:
    return small_lab("red", "green", "blue")


def event(visit: Visit, name: str) -> dict:
    (found,) = visit.events(name)
    return found


class TestDrawing:
    def test_nothing_is_drawn_at_the_start(self, lab):
        assert len(lab.blocks) == 1
        assert list(lab.config["page"]) == [""]
        assert [page for page, *_ in lab.pages] == ["", "red", "green", "blue"]

    def test_a_drawn_room_is_as_gradio_would_have_drawn_it(self, lab):
        """The same components, layout and events, except for their numbers."""
        lab.draw("red")
        with gr.Blocks(analytics_enabled=False) as plain:
            gr.Markdown("home")
        with plain.route("Red", "red"):
            small_room("red")()

        def told(demo):
            """The page with ids counted from its first."""
            page = demo.config["page"]["red"]
            place = {component: i for i, component in enumerate(page["components"])} | {demo._id: "root"}
            events = [e for e in demo.config["dependencies"] if e["id"] in page["dependencies"]]

            def layout(node):
                return place[node["id"]], [layout(child) for child in node.get("children", [])]

            return (
                [c["type"] for c in demo.config["components"] if c["id"] in place],
                layout(page["layout"]),
                [
                    ([place[i] for i in e["inputs"]], [(place.get(i), kind) for i, kind in e["targets"]], e["api_name"])
                    for e in events
                ],
            )

        assert told(lab) == told(plain)

    def test_ids_do_not_hang_on_the_order(self):
        def ids(order):
            Context.id = 40
            lab = small_lab("red", "green", "blue")
            for slug in order:
                lab.draw(slug)
            return {slug: (page["components"], page["dependencies"]) for slug, page in lab.config["page"].items()}

        before = Context.id
        try:
            assert ids(["red", "green", "blue"]) == ids(["blue", "red", "green"])
        finally:
            Context.id = max(before, Context.id)

    def test_everything_at_once_is_what_gradio_itself_writes(self, lab):
        lab.draw_all()
        mine = lab.config
        again = lab.get_config_file()
        assert mine.keys() == again.keys()
        for key in ("components", "dependencies", "page", "layout", "connect_heartbeat"):
            assert mine[key] == again[key], key

    def test_a_room_that_fails_leaves_nothing_behind(self, lab):
        def fails():
            gr.Textbox()
            with gr.Row():
                raise RuntimeError("no such model")

        lab.room("broken", "Broken", fails)
        before = dict(lab.blocks), Context.id
        with pytest.raises(RuntimeError, match="no such model"):
            lab.draw("broken")
        assert Context.root_block is Context.block is None
        assert (dict(lab.blocks), Context.id) == (before[0], before[1] + 1)  # the sheet itself has a number
        lab.draw("red")
        assert list(lab.config["page"]) == ["", "red"]

    def test_what_another_thread_constructs_is_no_part_of_the_room(self, lab):
        """A handler may return `gr.Column(visible=False)` while a room is drawn."""

        def meanwhile():
            with gr.Column():
                gr.Textbox(label="mine")
                thread = threading.Thread(target=gr.HTML, args=("a handler's",))
                thread.start()
                thread.join()

        lab.room("shared", "Shared", meanwhile)
        lab.draw("shared")
        ids = lab.config["page"]["shared"]["components"]
        assert [lab.blocks[i].get_block_name() for i in ids] == ["column", "textbox", "form"]
        assert not [block for block in lab.blocks.values() if getattr(block, "value", None) == "a handler's"]

    def test_a_page_twice_or_a_public_function_twice_is_refused(self, lab):
        with pytest.raises(ValueError, match="already a page 'red'"):
            lab.room("red", "Red again", small_room("red"))
        twins = small_lab("red", public=True)
        twins.room("twin", "Twin", small_room("red", public=True), programs=True)
        twins.draw("red")
        with pytest.raises(ValueError, match="greet_red"):
            twins.draw("twin")

    def test_functions_for_programs_must_be_announced(self, lab):
        lab.room("secret", "Secret", small_room("secret", public=True))
        with pytest.raises(ValueError, match=r"announced without.*greet_secret"):
            lab.draw("secret")

    def test_an_event_for_a_room_that_is_not_drawn_draws_it(self, lab):
        """As it comes from a page that was opened before the server was restarted."""
        green = lab.rooms["green"].ids
        assert green.start in lab.fns or lab.fns[green.start].page == "green"
        assert list(lab.config["page"]) == ["", "green"]
        assert lab.blocks[lab.rooms["blue"].ids.start].get_block_name() == "row"
        for missing in (green.stop - 1, 10 * IDS + Context.id, "name", None):
            with pytest.raises(KeyError):
                lab.fns[missing]


@pytest.mark.parametrize("path", ["/", "/lab", "/red"])
class TestServing:
    def test_a_page_draws_its_room_alone(self, lab, path):
        with mounted(lab, path) as client:
            home = Visit(client, "")
            assert len(home.config["components"]) == 1
            assert not home.config["connect_heartbeat"]
            with Visit(client, "green?a=1") as visit:
                assert visit.config["current_page"] == "green"
                assert list(visit.config["page"]) == ["green"]
                assert visit.config["connect_heartbeat"]
                assert list(lab.config["page"]) == ["", "green"]
                (answer,) = visit.open()
                assert answer["data"] == ["green {'a': '1'}"]
            assert not Visit(client, "").config["connect_heartbeat"]
            assert client.get("nowhere").status_code == 404

    def test_while_a_page_is_open_somebody_is_here(self, lab, path):
        with mounted(lab, path) as client:
            assert not lab.busy()
            with Visit(client, "green") as visit:
                visit.open()
                assert lab.busy()
            assert until(lambda: not lab.busy())  # the server hears of it a moment later

    def test_a_program_that_connects_is_told_of_all_that_is_for_it_and_waits_for_no_other_room(self, path):
        lab = small_lab("red", "green", public=True)
        lab.room("blue", "Blue", small_room("blue"))
        with mounted(lab, path) as client:
            assert list(client.get("config?page=green").json()["page"]) == ["green"]
            assert list(lab.config["page"]) == ["", "green"]
            assert client.get("gradio_api/info").json()["named_endpoints"].keys() == {"/greet_red", "/greet_green"}
            assert client.get("config").json()["page"].keys() == {"", "red", "green"}
            assert Visit(client, "blue").open()
            assert client.get("config").json()["page"].keys() == {"", "red", "green", "blue"}

    def test_a_function_is_called_by_its_name_alone(self, path):
        lab = small_lab("red", "green", public=True)
        with mounted(lab, path) as client:
            done = client.post("gradio_api/run/greet_green", json={"data": ["Ada", "b", None]})
            assert done.json()["data"][0] == "green: Ada b"


class TestVisits:
    def test_a_visit_keeps_no_settings(self, lab):
        with mounted(lab) as client, Visit(client, "red") as visit:
            visit.open()
            session = lab.state_holder[visit.session]
            assert type(session) is Session
            assert session.blocks_config.blocks.own == {}
            assert not any(session.config_values.values())
            assert client.get("gradio_api/deep_link", params={"session_hash": visit.session}).status_code == 404
            assert client.get("gradio_api/deep_link", params={"session_hash": "unknown"}).status_code == 200

    def test_what_was_changed_for_a_visitor_holds_for_this_visitor(self, lab):
        with mounted(lab) as client, Visit(client, "red") as visit, Visit(client, "red") as other:
            greet, widen = event(visit, "click"), event(visit, "submit")
            visit.answers(widen)
            seen = lab.state_holder[visit.session].blocks_config.blocks
            changed = set(seen.own)
            visit.values[greet["inputs"][1]] = other.values[greet["inputs"][1]] = "c"
            assert visit.answers(greet)[0]["data"][0] == "red: red c"
            with pytest.raises(RuntimeError):
                other.answers(greet)
            seen.fold()  # what a while without events does
            assert seen.own[greet["inputs"][1]]["choices"] == ["a", "b", "c"]
            assert all(isinstance(kept, dict) for kept in seen.own.values())
            assert visit.answers(greet)[0]["data"][0] == "red: red c"
            for _ in range(3):
                visit.answers(widen)
                visit.answers(greet)
            assert set(seen.own) == changed, "copies of copies pile up"

    def test_a_room_drawn_later_is_seen_by_visits_that_were_there_before(self, lab):
        with mounted(lab) as client:
            visit = Visit(client, "red")
            visit.open()
            green = Visit(client, "green")
            green.session = visit.session  # as gradio_client has it: one session for all rooms
            assert green.open()[0]["data"] == ["green {}"]

    def test_a_closed_visit_is_forgotten_after_minutes_and_an_open_one_is_not(self, lab, monkeypatch):
        FORGOTTEN.clear()
        with mounted(lab) as client:
            closed, left_open = Visit(client, "red"), Visit(client, "green")
            for visit in (closed, left_open):
                visit.answers(event(visit, "click"))
            holder = lab.state_holder
            lab.hearts[left_open.session] += 1
            for session in (closed.session, left_open.session):
                holder.time_last_used[session] = datetime.now() - timedelta(seconds=sessions.FORGET_S - 5)
            holder.delete_all_expired_state()
            assert {closed.session, left_open.session} <= set(holder.session_data)
            for session in (closed.session, left_open.session):
                holder.time_last_used[session] -= timedelta(seconds=10)
            holder.delete_all_expired_state()
            assert set(holder.session_data) == {left_open.session}
            assert FORGOTTEN == ["red kept"]
            assert closed.session not in lab._queue.pending_event_ids_session
            assert closed.answers(event(closed, "click"))[0]["data"][0] == "red: red a", "it may come back"

    def test_beyond_the_capacity_the_longest_unused_is_forgotten_with_all_it_had(self, lab, monkeypatch):
        monkeypatch.setattr(sessions, "CAPACITY", 3)
        FORGOTTEN.clear()
        with mounted(lab) as client:
            visits = [Visit(client, "red") for _ in range(5)]
            for visit in visits[:3]:
                visit.answers(event(visit, "click"))
            visits[0].answers(event(visits[0], "click"))
            for visit in visits[3:]:
                visit.open()
            assert list(lab.state_holder.session_data) == [visits[i].session for i in (0, 3, 4)]
            assert FORGOTTEN == ["red kept", "red kept"]


class TestGradio:
    """What on_demand.py and sessions.py take for granted. Red after an upgrade: read their first lines again."""

    def test_a_session_has_all_that_gradios_own_has(self, lab):
        assert vars(Session(lab)).keys() == vars(SessionState(lab)).keys()
        config, own = Session(lab).blocks_config, SessionState(small_lab()).blocks_config
        missing = {name for name in vars(own) if not hasattr(config, name)}
        assert missing == {"_id", "fn_id"}, "numbers for what @gr.render adds"

    def test_the_app_uses_our_session_holder(self, lab):
        lab.draw("red")
        served = gr.routes.App.create_app(lab)
        assert served.state_holder is lab.state_holder
        assert type(served.state_holder) is Sessions

    def test_numbers_and_places_of_components_come_from_the_context(self):
        before = Context.id
        with gr.Blocks(analytics_enabled=False) as demo:
            assert Context.root_block is Context.block is demo
            box = gr.Textbox()
        assert before <= demo._id < box._id < Context.id
        assert Context.root_block is Context.block is None

    def test_a_page_that_is_not_drawn_is_an_error_and_not_an_empty_page(self, lab):
        """Whoever serves the lab without the middleware finds out at once."""
        with TestClient(gr.routes.App.create_app(lab)) as client, pytest.raises(KeyError):
            client.get("/red")


def test_the_whole_app_can_be_drawn_and_its_program_interface_is_complete():
    lab = app.create_app()
    assert {block.page for block in lab.blocks.values()} == {""}
    lab.draw_all()
    assert all(page["components"] for page in lab.config["page"].values())
    assert list(lab.config["page"]) == ["", *lab.rooms]
    assert "/transcribe" in lab.get_api_info()["named_endpoints"]


@contextmanager
def launched(lab: Lab, **options):
    options |= {"server_name": "127.0.0.1", "quiet": True, "prevent_thread_lock": True}
    _, url, _ = lab.launch(**options)
    try:
        with visitor(url) as client:
            yield client
    finally:
        lab.close(verbose=False)


def test_launching_draws_nothing_and_serves_everything():
    lab = app.create_app()
    with launched(lab, **app.launch_options()) as client:
        assert list(lab.config["page"]) == [""]
        with Visit(client, "features") as visit:
            assert visit.open()
        assert list(lab.config["page"]) == ["", "features"]


def test_many_at_once_open_rooms_that_are_not_drawn_while_another_visitor_works():
    words = [f"room{i}" for i in range(8)]
    lab = small_lab(*words)
    with launched(lab, app_kwargs={"middleware": [Middleware(OnDemand)]}, run_history=False) as client:
        over = threading.Event()

        def work() -> int:
            with Visit(client, "room0") as visit:
                done = 0
                while not over.is_set():
                    (answer,) = visit.answers(event(visit, "click"))
                    assert answer["data"][0] == "room0: room0 a"
                    done += 1
                return done

        def open_(word: str) -> list:
            with Visit(client, word) as visit:
                return [answer["data"] for answer in visit.open()]

        with ThreadPoolExecutor(17) as pool:
            working = pool.submit(work)
            answers = list(pool.map(open_, words * 2))
            over.set()
            assert working.result() > 0
    assert answers == [[[f"{word} {{}}"]] for word in words * 2]
    assert lab.config["page"].keys() == {"", *words}
    assert len(lab.fns) == 3 * len(words)
