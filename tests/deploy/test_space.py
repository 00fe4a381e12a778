"""`make deploy SPACE=owner/name`: what arrives on the Hub (a stand-in here), and what is said when it can't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.visitor import Visit
from deploy.space import LEFT_OUT
from spaces import discover
from tests.helpers import hub as stand_in
from tests.helpers.app import ROOT, free_port, start_app
from tests.helpers.patience import PATIENCE, visitor

SPACE = "ada/speech-lab"
WEIGHTS = bytes(range(256)) * 40


@pytest.fixture
def hub():
    with stand_in.standing_in() as hub:
        yield hub


def git(*arguments: str, cwd: Path = ROOT) -> bytes:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "commit.gpgsign=false")
    return subprocess.run(["git", *who, *arguments], cwd=cwd, check=True, capture_output=True).stdout


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A small repository with the real script, a committed and a changed file, and what nobody meant to publish."""
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "deploy", root / "deploy", ignore=shutil.ignore_patterns("__pycache__"))
    files = {"app.py": b"print('lab')\n", "README.md": b"---\nsdk: gradio\n---\n", "notes/ton.txt": "Töne\n".encode()}
    files |= {"assets/net.onnx": WEIGHTS, "tests/test_app.py": b"", "Makefile": b"run:\n", "empty.txt": b""}
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    git("init", "-q", cwd=root)
    git("add", "-A", cwd=root)
    git("commit", "-q", "-m", "Sounds", cwd=root)
    (root / "notes/ton.txt").write_text("half a thought")
    (root / "recording-of-my-voice.wav").write_bytes(WEIGHTS)
    return root


def deploy(hub, *arguments: str, cwd: Path = ROOT, token: str | None = stand_in.WRITE, **environment: str):
    """Run the command as a user would, with no token but the given one."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    env = {**clean, "HF_HOME": str(cwd / ".git" / "hf-home"), "HF_ENDPOINT": hub.url, "NO_PROXY": "127.0.0.1"}
    if token:
        env["HF_TOKEN"] = token
    command = [sys.executable, "-m", "deploy.space", *arguments]
    return subprocess.run(command, cwd=cwd, env=env | environment, capture_output=True, text=True, check=False)


def refused(result) -> str:
    """Return the one sentence with which the command ended."""
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert "Done" not in result.stdout
    return result.stderr.strip().splitlines()[-1]


def test_what_is_committed_goes_online_and_nothing_else(hub, checkout):
    result = deploy(hub, SPACE, cwd=checkout)
    assert result.returncode == 0, result.stderr
    there = hub.spaces[SPACE]
    assert {name: content for name, (_, content) in there.items() if name != ".gitattributes"} == {
        "app.py": b"print('lab')\n",
        "README.md": b"---\nsdk: gradio\n---\n",
        "notes/ton.txt": "Töne\n".encode(),
        "assets/net.onnx": WEIGHTS,
        "empty.txt": b"",
    }
    assert {name for name, (mode, _) in there.items() if mode == "lfs"} == {"assets/net.onnx"}
    assert f"{hub.url}/spaces/{SPACE}" in result.stdout.splitlines()[-1]
    assert "not committed yet stays here" in result.stdout


def test_again_it_sends_what_is_new_and_removes_what_is_gone(hub, checkout):
    assert deploy(hub, SPACE, cwd=checkout).returncode == 0
    git("rm", "-q", "app.py", cwd=checkout)
    (checkout / "main.py").write_text("print('lab')\n")
    git("add", "main.py", cwd=checkout)
    git("commit", "-q", "-m", "Renamed", cwd=checkout)
    again = deploy(hub, SPACE, cwd=checkout)
    assert again.returncode == 0, again.stderr
    assert {".gitattributes", "main.py", "notes/ton.txt"} <= hub.spaces[SPACE].keys()
    assert "app.py" not in hub.spaces[SPACE]
    assert hub.count("PUT /lfs") == 1  # the weights were there already
    assert [header["summary"].split(" ", 3)[-1] for header in hub.commits] == ["Sounds", "Renamed"]

    assert deploy(hub, SPACE, cwd=checkout).returncode == 0
    assert len(hub.commits) == 2  # nothing new: no commit, so the Space isn't built again


def test_no_token(hub, checkout):
    said = refused(deploy(hub, SPACE, cwd=checkout, token=None))
    assert "no Hugging Face token" in said
    assert "hf auth login" in said
    assert hub.asked == []


def test_the_token_of_a_login_is_found(hub, checkout):
    home = checkout / ".git" / "hf-home"
    home.mkdir()
    (home / "token").write_text(stand_in.WRITE)
    assert deploy(hub, SPACE, cwd=checkout, token=None).returncode == 0


def test_a_token_that_the_hub_does_not_know(hub, checkout):
    said = refused(deploy(hub, SPACE, cwd=checkout, token="hf_old"))
    assert "does not know this token (Invalid username or password)" in said


@pytest.mark.parametrize("exists", [False, True])
def test_a_token_that_may_not_write(hub, checkout, exists):
    if exists:
        hub.spaces[SPACE] = {"app.py": ("regular", b"old")}
    said = refused(deploy(hub, SPACE, cwd=checkout, token=stand_in.READ))
    assert f"does not let this token write to {SPACE} (You need write access to do this)" in said
    assert hub.spaces.get(SPACE) == ({"app.py": ("regular", b"old")} if exists else None)


def test_a_plan_that_has_no_such_space(hub, checkout):
    hub.refusals["POST /api/repos/create"] = 402, "Gradio Spaces on cpu-basic need a PRO subscription."
    said = refused(deploy(hub, SPACE, cwd=checkout))
    assert "another plan" in said
    assert "(Gradio Spaces on cpu-basic need a PRO subscription)" in said


def test_no_room_left_for_large_files(hub, checkout):
    hub.lfs_error = "Storage limit reached"
    said = refused(deploy(hub, SPACE, cwd=checkout))
    assert "Storage limit reached" in said
    assert hub.commits == []


def test_the_storage_refuses_a_file(hub, checkout):
    hub.refusals["PUT /lfs"] = 403, "Quota exceeded"
    assert "(Quota exceeded)" in refused(deploy(hub, SPACE, cwd=checkout))
    assert hub.commits == []


@pytest.mark.parametrize("name", ["speech-lab", "ada/speech/lab", "ada/speech lab", "https://hf.co/spaces/ada/lab"])
def test_a_wrong_name(hub, checkout, name):
    assert f"SPACE={name} is not the name of a Space" in refused(deploy(hub, name, cwd=checkout))
    assert hub.asked == []


def test_a_line_that_breaks_once_is_tried_again(hub, checkout):
    hub.breaks["PUT /lfs"] = 1
    result = deploy(hub, SPACE, cwd=checkout)
    assert result.returncode == 0, result.stderr
    assert hub.spaces[SPACE]["assets/net.onnx"] == ("lfs", WEIGHTS)


def test_a_line_that_breaks_at_the_commit_leaves_the_space_as_it_was(hub, checkout):
    hub.spaces[SPACE] = {"app.py": ("regular", b"old")}
    hub.breaks["/commit/"] = 1
    assert "connection to the Hub failed" in refused(deploy(hub, SPACE, cwd=checkout))
    assert hub.spaces[SPACE] == {"app.py": ("regular", b"old")}
    assert deploy(hub, SPACE, cwd=checkout).returncode == 0
    assert hub.count("PUT /lfs") == 1


def test_nobody_answers(hub, checkout):
    nowhere = {"HF_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    assert "connection to the Hub failed" in refused(deploy(hub, SPACE, cwd=checkout, **nowhere))


def test_a_copy_of_the_files_is_not_enough(hub, checkout):
    shutil.move(checkout / ".git", checkout.parent / "elsewhere")
    environment = {"GIT_CEILING_DIRECTORIES": str(checkout.parent)}
    assert "run this in a clone" in refused(deploy(hub, SPACE, cwd=checkout, **environment))


@pytest.mark.skipif(not shutil.which("make"), reason="GNU make is not on this machine")
def test_make_hands_the_name_on():
    said = subprocess.run(["make", "-n", "deploy", "SPACE=ada/lab"], cwd=ROOT, capture_output=True, text=True).stdout
    assert '-m deploy.space "ada/lab"' in said


@pytest.mark.slow
def test_the_lab_runs_from_what_is_sent(hub, tmp_path):
    """Every page opens with its result, from the files of the Space alone."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    result = deploy(hub, SPACE, HF_HOME=str(tmp_path / "hf-home"))
    assert result.returncode == 0, result.stderr
    there = hub.spaces[SPACE]
    committed = git("ls-tree", "-r", "-z", "--name-only", "HEAD").decode().rstrip("\0").split("\0")
    assert there.keys() - {".gitattributes"} == {name for name in committed if name.partition("/")[0] not in LEFT_OUT}
    assert {"README.md", "app.py", "packages.txt", "requirements.txt"} <= there.keys()
    for name, (_, content) in there.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    for name in ("app.py", "assets/weights/ctc-whisper-tiny.safetensors"):
        assert there[name][1] == git("show", f"HEAD:{name}")

    port = free_port()
    process = start_app(port, tmp_path / "log", cwd=tmp_path)
    try:
        with visitor(f"http://127.0.0.1:{port}/") as client:
            for page in ["", *discover()]:
                with Visit(client, page) as visit:
                    visit.open()  # an event that fails raises
    finally:
        process.terminate()
        process.wait(PATIENCE)
    assert "Traceback" not in (tmp_path / "log").read_text()
