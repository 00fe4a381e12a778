"""Chromium as a visitor: a page that remembers what went wrong, and how to click and choose on it."""

from __future__ import annotations

from urllib.parse import urlparse

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
        self.page.on("pageerror", lambda error: self.errors.append(f"page error: {error}\n{error.stack}"))
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
        self.page.locator(".lab-nav[data-ready]").wait_for()
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
