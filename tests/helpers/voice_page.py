"""What the browser tests of the voice changer do on its page."""

from __future__ import annotations

import numpy as np
import soundfile

MODULE = """async ([name, body, given]) => {
  const m = await window.voiceLab.module(name);
  return new Function('m', 'given', body)(m, given);
}"""

WIDTH = "() => document.documentElement.scrollWidth"


class Room:
    """What the tests do on the page."""

    def __init__(self, visitor, query: str = "") -> None:
        self.visitor = visitor
        self.page = visitor.open("voice_changer" + query)
        self.wait("() => document.querySelector('.vc')?.dataset.shown && window.voiceLab?.state.loaded")

    def wait(self, expression: str, **options) -> None:
        self.page.wait_for_function(expression, **options)

    def click(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def text(self, selector: str) -> str:
        return self.page.locator(selector).inner_text()

    def wait_text(self, selector: str, contains: str) -> str:
        self.wait("([s, t]) => document.querySelector(s)?.textContent.includes(t)", arg=[selector, contains])
        return self.text(selector)

    def wait_running(self) -> None:
        self.wait("() => window.voiceLab.player.running && window.voiceLab.pictures.drawn > 5")

    def module(self, name: str, body: str, given=None):
        return self.page.evaluate(MODULE, [name, body, given])

    def saved(self) -> tuple[np.ndarray, int]:
        with self.page.expect_download() as download:
            self.click("Save the changed example (WAV)")
        return soundfile.read(download.value.path(), dtype="float32")
