"""The app on Hugging Face Spaces: its environment variables, with and without the PyPI package `spaces` (ZeroGPU)."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.helpers.app import ROOT, free_port, start_app
from tests.helpers.patience import PATIENCE

SPACE = {
    "SYSTEM": "spaces",
    "SPACE_ID": "someone/speech-lab",
    "SPACE_HOST": "someone-speech-lab.hf.space",
    "SPACE_AUTHOR_NAME": "someone",
    "SPACE_REPO_NAME": "speech-lab",
}
BUILD = """
import sys, app, spaces, gradio
demo = app.create_app()
demo.draw_all()
assert [name for name, *_ in demo.pages][1:] == list(spaces.discover()), demo.pages
@spaces.GPU
def double(x): return 2 * x
@spaces.GPU(duration=5)
def triple(x): return 3 * x
assert (double(2), triple(2)) == (4, 6)
assert spaces.gradio_auto_wrap(None) is None
assert spaces.__file__.startswith(sys.argv[1])
print(spaces.GPU.__module__)
"""


def build(site: Path, **environment: str) -> str:
    """Build the app in a new interpreter that finds packages in `site` only; return where GPU came from."""
    env = {**os.environ, **SPACE, **environment, "PYTHONPATH": f"{ROOT}{os.pathsep}{site}"}
    command = [sys.executable, "-S", "-c", BUILD, str(ROOT)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture(scope="module")
def site() -> Path:
    return Path(sysconfig.get_paths()["purelib"])


def test_without_the_pypi_package(site, tmp_path):
    for entry in site.iterdir():
        if entry.name != "spaces":
            (tmp_path / entry.name).symlink_to(entry)
    assert build(tmp_path) == "spaces"


def test_with_the_pypi_package(site):
    assert (site / "spaces" / "zero").is_dir(), "requirements-dev.txt installs the PyPI package spaces"
    assert build(site) == "spaces.zero.decorator"


def test_some_function_asks_for_a_gpu():
    """A ZeroGPU Space without any @GPU function is refused at start-up.

    (ZeroGPU itself patches CUDA's functions inside torch, so it can't be imitated beside a CPU build of torch.)
    """
    code = """
import spaces
marked = []
spaces.GPU = lambda task=None, **_: (marked.append(task) or task) if task else (lambda t: marked.append(t) or t)
spaces.discover()
assert marked
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.browser
def test_serves_as_a_space_does(tmp_path):
    """On Spaces the port comes in GRADIO_SERVER_PORT and the server must listen on all interfaces."""
    port = free_port()
    env = {**SPACE, "PORT": "", "HOST": "", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": str(port)}
    process = start_app(port, tmp_path / "log", **env)
    try:
        assert process.poll() is None
    finally:
        process.terminate()
        process.wait(PATIENCE)
