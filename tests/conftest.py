"""What every test may use: the running app, a real browser with a fake microphone, the data folder."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.helpers.app import DATA, serving
from tests.helpers.browser import CHROMIUM_FLAGS, Visitor, Windows

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
OURS = {"algorithms", "components", "models", "spaces", "tests", "training"}


# Pages that no clock drives: they may be slow, so any process may test them, also while another has a browser.
ORDINARY = (
    "address",
    "augmentation",
    "axe",
    "ctc",
    "ctc_sound",
    "features",
    "home",
    "navigation",
    "whisper_inside",
    "whisper_inside_attention",
)
ORDINARY_PAGES = {f"tests/browser/test_{name}.py" for name in ORDINARY}


def browses_alone(nodeid: str) -> bool:
    """Whether a test drives a browser and hears, plays or waits: two of these at once make each other late."""
    file = nodeid.split("::")[0]
    return file.startswith("tests/browser/") and file not in ORDINARY_PAGES


def pytest_collection_modifyitems(items):
    """What keeps one process busy longest comes first, what either may do comes last."""
    items.sort(key=lambda item: 0 if browses_alone(item.nodeid) else 1 if "browser" not in item.keywords else 2)


def pytest_runtest_setup(item):
    """Let those who hear and play go first: whatever else is tested meanwhile, by this process or another, can wait."""
    with contextlib.suppress(OSError, AttributeError):  # taking it back needs rights; and not every system has this
        os.setpriority(os.PRIO_PROCESS, 0, 0 if browses_alone(item.nodeid) else 10)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With several processes one drives the browser where a clock matters; the others do everything else meanwhile."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            if browses_alone(nodeid):
                return "browser"
            return nodeid if file in ORDINARY_PAGES else file  # tests of pages are shared out one by one

    return Scheduling(config, log)


@pytest.fixture(scope="module", autouse=True)
def let_go():
    """After each file of tests, let go of what it has loaded and computed: all files together keep 4 GB.

    What stays otherwise is what the app keeps for its visitors on purpose: loaded models (``SPEECH_LAB_MODEL_MB``) and
    the last results of each room.
    """
    yield
    ours = [module for name, module in list(sys.modules.items()) if name.split(".")[0] in OURS]
    for module in ours:
        for value in list(vars(module).values()):
            if hasattr(value, "cache_clear") and getattr(value, "__module__", "") == module.__name__:
                value.cache_clear()
    if "models" in sys.modules:
        sys.modules["models"].release()
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # a C library without it
            ctypes.CDLL("libc.so.6").malloc_trim(0)  # Python's own memory goes back to the system


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder with the real recordings; absent outside the project's own machines."""
    if not DATA.is_dir():
        pytest.skip("needs the recordings in ../shared/data")
    return DATA


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


@pytest.fixture(scope="session")
def windows(chromium):
    """The browser's windows, which visitors use one after the other."""
    return Windows(chromium)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Add to the report of a test that failed what its pages showed and waited for."""
    report = yield
    if report.failed and call.when == "call":
        for number, visitor in enumerate(item.stash.get(VISITORS, []), 1):
            report.sections.append((f"page {number}", visitor.window.seen()))
    return report


VISITORS = pytest.StashKey[list[Visitor]]()


@pytest.fixture
def visit(windows, app_url, request):
    """Open pages as a visitor: ``visitor = visit(width=390); page = visitor.open("features")``.

    Nothing of an earlier visitor is stored in the window. After the test no page may have logged an error or asked
    anything of another machine.
    """
    visitors = request.node.stash[VISITORS] = []

    def make(**options) -> Visitor:
        visitors.append(windows.lend(app_url, **options))
        return visitors[-1]

    yield make
    for visitor in visitors:
        windows.take_back(visitor)
    assert [error for visitor in visitors for error in visitor.errors] == []
    assert [url for visitor in visitors for url in visitor.foreign()] == []
