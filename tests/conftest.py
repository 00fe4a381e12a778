"""What every test may use: the running app, a real browser with a fake microphone, the data folder."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlparse

import pytest

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]


def pytest_collection_modifyitems(items):
    """The browser tests, which take longest, come first."""
    items.sort(key=lambda item: "browser" not in item.keywords)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With ``-n 2`` one process drives the browser and another does everything else meanwhile.

    Two browsers at once on two cores make each other late.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if "/test_browser_" in nodeid else nodeid

    return Scheduling(config, log)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start_app(port: int, log: Path, *, command: tuple[str, ...] = ("app.py",), **environment: str) -> subprocess.Popen:
    """Start `python app.py` as a user would and return when the home page answers."""
    env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", **environment}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=out, stderr=out)
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            return process
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(f"app.py did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with the real recordings; absent outside the project's own machines."""
    if not DATA.is_dir():
        pytest.skip("needs the recordings in ../shared/data")
    return DATA


@contextmanager
def serving(log: Path, **options):
    """Run the app in a process of its own; give its address, and find no traceback in its log at the end."""
    port = free_port()
    process = start_app(port, log, **options)
    yield f"http://127.0.0.1:{port}"
    text = log.read_text()  # before the process is ended: what it prints then is about its end
    process.terminate()
    process.wait(20)
    assert "Traceback" not in text, f"the server printed a traceback:\n{text[-4000:]}"


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The address of the app, one process for all browser tests."""
    with serving(tmp_path_factory.mktemp("app") / "app.log") as url:
        yield url


@pytest.fixture(scope="session")
def chromium():
    """One headless Chromium for the whole session, with a fake microphone that beeps."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "The browser tests need Chromium: apt-get install chromium (or set CHROMIUM to its path)."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


class Visitor:
    """A browser page that remembers what went wrong and everything it asked of the network."""

    def __init__(self, browser, url: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> None:
        self.url = url
        self.context = browser.new_context(
            viewport={"width": width, "height": height},
            permissions=["microphone", "clipboard-read", "clipboard-write"],
            accept_downloads=True,
            is_mobile=width < 500,
            has_touch=width < 500,
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(f"localStorage.setItem('lab-theme', '{'dark' if dark else 'light'}')")
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}"))
        self.page.on("console", self._hear)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _hear(self, message) -> None:
        # Leaving a page breaks the connections that Gradio has open on it, and Gradio logs that. (A connection that
        # breaks on a page in use shows by what does not arrive there.)
        leaving = "AbortError" in message.text or "Connection errored out" in message.text
        if message.type == "error" and not leaving:
            self.errors.append(f"console: {message.text}")

    def open(self, path: str = ""):
        """Open a page of the app and wait until Gradio has drawn it."""
        self.page.goto(f"{self.url}/{path}")
        self.page.locator(".lab-nav").wait_for()
        return self.page

    def figure(self, name: str):
        """Wait until the figure with this title has been drawn and return its element."""
        figure = self.page.locator(f'.lab-figure[data-name="{name}"]')
        figure.locator("xpath=self::*[contains(@class, 'drawn')]").wait_for()
        return figure

    def words(self, name: str) -> str:
        """Return the text summary of a drawn figure."""
        return self.figure(name).locator(".lab-alt").text_content()

    def wait_words(self, name: str, contains: str) -> str:
        """Wait until a figure's text summary contains something."""
        self.page.wait_for_function(
            '([n, t]) => document.querySelector(`.lab-figure[data-name="${n}"] .lab-alt`)?.textContent.includes(t)',
            arg=[name, contains],
        )
        return self.words(name)

    def foreign(self) -> list[str]:
        """Return every request that was not to this machine."""
        local = {"127.0.0.1", "localhost", None}
        return [url for url in self.requests if urlparse(url).hostname not in local]


def click_at(figure, x: float, y: float):
    """Click a figure's picture at axis values."""
    figure.scroll_into_view_if_needed()
    place = figure.evaluate(
        """(f, [x, y]) => {
            const plot = f.querySelector('.lab-plot');
            const { xaxis, yaxis } = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            return [box.left + xaxis._offset + xaxis.d2p(x), box.top + yaxis._offset + yaxis.d2p(y)];
        }""",
        [x, y],
    )
    page = figure.page
    page.mouse.move(place[0] - 3, place[1] - 2)
    page.mouse.move(*place)
    page.wait_for_timeout(150)  # plotly takes a click to be where it last saw the pointer, and looks every 50 ms
    page.mouse.click(*place)


def press(page, name: str):
    """Choose one of a row of radio buttons."""
    page.get_by_role("radio", name=name, exact=True).check()


@pytest.fixture
def visit(chromium, app_url):
    """Open pages as a visitor: ``visitor = visit(width=390); page = visitor.open("features")``.

    After the test no page may have logged an error or asked anything of another machine.
    """
    visitors: list[Visitor] = []

    def make(**options) -> Visitor:
        visitors.append(Visitor(chromium, app_url, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [error for visitor in visitors for error in visitor.errors] == []
    assert [url for visitor in visitors for url in visitor.foreign()] == []
