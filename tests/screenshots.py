"""Remakes the pictures of README.md: starts the app and photographs the home page and every room.

`make screenshots` runs it. `python -m tests.screenshots --all FOLDER` also takes every page at 1280 and 390 px, light
and dark, whole pages, for looking at with a critic's eye.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from spaces import discover
from tests.helpers.app import ROOT, free_port, start_app
from tests.helpers.browser import CHROMIUM_FLAGS, Visitor
from tests.helpers.patience import PATIENCE

PICTURES = ROOT / "assets" / "screenshots"


def photograph(browser, url: str, slug: str, to: Path, *, whole: bool = False, **options) -> None:
    """Open a page, wait until it has drawn something and nothing moves, and save what is seen."""
    visitor = Visitor(browser, url, **options)
    page = visitor.open(slug)
    page.wait_for_timeout(1500)
    page.wait_for_function("() => document.querySelector('.lab-figure.drawn, .vc[data-shown]')")
    page.wait_for_timeout(2500)
    to.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=to, full_page=whole)
    visitor.context.close()
    # 256 colours are enough for a README and a third of the size.
    Image.open(to).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(to, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, help="a folder for every page in every size and theme")
    arguments = parser.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        process = start_app(port, Path(folder) / "log")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS)
        url = f"http://127.0.0.1:{port}"
        try:
            for slug in ("", *discover()):
                name = slug or "home"
                if not arguments.all:
                    photograph(browser, url, slug, PICTURES / f"{name}.png")
                    continue
                for width, height in ((1280, 900), (390, 844)):
                    for dark in (False, True):
                        to = arguments.all / f"{name}-{width}-{'dark' if dark else 'light'}.png"
                        photograph(browser, url, slug, to, whole=True, width=width, height=height, dark=dark)
        finally:
            process.terminate()
            process.wait(PATIENCE)
            browser.close()


if __name__ == "__main__":
    main()
