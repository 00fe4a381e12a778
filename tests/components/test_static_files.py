"""The lab's own files, wherever the lab is mounted."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from components import find, static_files
from spaces import lesson_of


@pytest.mark.parametrize("path", ["", "/lab", "/app"])
@pytest.mark.parametrize("stripped", [False, True], ids=["whole path", "a proxy has taken the mount off"])
def test_they_are_found_under_any_mount(path, stripped):
    lab = Starlette(routes=[find.route({}, lesson_of), *static_files.routes()])
    with TestClient(lab, root_path=path) as client:
        for name in (static_files.url("clock.js"), static_files.url("clips/sentence.flac"), "lab-files/find.json"):
            assert client.get(f"{'' if stripped else path}/{name}").status_code == 200, name


@pytest.mark.parametrize("name", ["a%00b", "a" * 5000, "rooms/a%00/b", "~nosuchuser", "..%2f..%2fapp.py", "%ff"])
def test_a_name_of_nothing_is_told_so(name):
    lab = Starlette(routes=static_files.routes())
    with TestClient(lab) as client:
        answer = client.get(f"/{static_files.PREFIX}/0/{name}")
    assert (answer.status_code, answer.text) == (404, "There is no such file.")
