"""What keeps the server from starting is said in one line."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

import pytest

from components.serving import address
from tests.helpers.app import ROOT, free_port


def test_what_is_asked_for():
    port = free_port()
    assert address({"PORT": str(port)}) == ("127.0.0.1", port)
    assert address({"GRADIO_SERVER_PORT": str(port), "HOST": "0.0.0.0"}) == ("0.0.0.0", port)


@pytest.mark.parametrize("port", ["abc", "-1", "0", "65536", "7860.0", "７８６０", "99999999999", " 80"])
def test_a_port_that_is_none(port):
    with pytest.raises(SystemExit, match=f"PORT must be a number from 1 to 65535, not {port!r}: for example PORT=7861"):
        address({"PORT": port})


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host", "nosuchhost.invalid", "a" * 300, "1.2.3.4.5", "::g"])
def test_a_host_that_is_not_this_machine(host):
    with pytest.raises(
        SystemExit, match=r"HOST must be a name or an address of this machine, not .*: 127\.0\.0\.1 for"
    ):
        address({"HOST": host, "PORT": str(free_port())})


def test_a_port_that_is_taken_is_told_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1"}
        done = subprocess.run(
            [sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} of 127.0.0.1 is taken by another program: choose another")
    assert done.stderr.count("\n") == 1


def test_a_folder_for_files_that_can_not_be_made_is_told_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    env = {**os.environ, "PORT": str(free_port()), "GRADIO_TEMP_DIR": str(tmp_path / "file" / "cache")}
    done = subprocess.run([sys.executable, "app.py"], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Visitors' files can't be kept" in done.stderr
    assert "Traceback" not in done.stderr
