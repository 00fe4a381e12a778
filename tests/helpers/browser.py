"""Chromium as a visitor: a page that remembers what went wrong, and how to click and choose on it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlparse

if TYPE_CHECKING:
    from playwright.sync_api import Locator

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


PHONE = 500  # pixels: what is narrower has fingers

# How long a page may take for what a test waits for. On two busy cores a page that others go before opens in half a
# minute, and a first answer imports PyTorch and loads models. Only a test that fails waits this long.
PATIENCE_MS = 240_000


class Window:
    """A browser window of its own: no cookies, nothing stored, nothing in its cache when it is new."""

    def __init__(self, browser, phone: bool = False, context=None) -> None:
        self.kind: tuple = ()
        self.context = context or browser.new_context(
            permissions=["microphone", "clipboard-read", "clipboard-write"],
            accept_downloads=True,
            is_mobile=phone,
            has_touch=phone,
        )
        self.page = self.context.new_page()
        self.visitor: Visitor | None = None
        self.page.on("pageerror", lambda error: self._report(f"page error: {error}\n{error.stack}"))
        self.page.on("console", self._hear)
        self.asked: dict = {}  # requests without an answer yet
        self.page.on("request", self._ask)
        for end in ("requestfinished", "requestfailed"):
            self.page.on(end, lambda request: self.asked.pop(request, None))

    def another(self) -> Window:
        """Return a second tab: a session of its own for the server, with this window's storage and cache."""
        return Window(None, context=self.context)

    def _ask(self, request) -> None:
        self.asked[request] = request.url
        if self.visitor:
            self.visitor.requests.append(request.url)

    def seen(self) -> str:
        """Return what its page shows and waits for, for the report of a test that failed."""
        if self.page.is_closed():
            return "the page is closed"
        waits = "\n".join(f"waits for {url}" for url in self.asked.values())
        try:
            words = " ".join(self.page.locator("body").inner_text(timeout=5000).split())
        except Exception as error:  # a page that doesn't answer: the test's own failure matters more
            words = f"({error})"
        return f"{self.page.url}\n{waits}\n{words[:600]}"

    def _report(self, error: str) -> None:
        if self.visitor:
            self.visitor.errors.append(error)

    def _hear(self, message) -> None:
        # Leaving a page breaks the connections that Gradio has open on it, and Gradio logs that. (A connection that
        # breaks on a page in use shows by what does not arrive there.)
        leaving = "AbortError" in message.text or "Connection errored out" in message.text
        if message.type == "error" and not leaving:
            self._report(f"console: {message.text}")

    def tidy(self, url: str) -> None:
        """Leave the app's page and forget all that it has stored, as if nobody had been here."""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.context.set_offline(False)
        self.page.unroute_all()
        self.page.emulate_media(media="null", color_scheme="null", reduced_motion="null", forced_colors="null")
        self.page.goto(f"{url}/favicon.ico")  # of the same server: storage can be emptied, the process stays
        self.page.evaluate(EMPTY_STORAGE)
        self.context.clear_cookies()


EMPTY_STORAGE = """async () => {
    localStorage.clear();
    sessionStorage.clear();
    for (const { name } of await indexedDB.databases())
        await new Promise((done) => {
            const asked = indexedDB.deleteDatabase(name);
            asked.onsuccess = asked.onerror = done;
        });
}"""


class Windows:
    """Windows that visitors use one after the other: in a new one a page costs three times the computing.

    What a test does to a window beyond `Window.tidy` stays, such as ``add_init_script``: don't.
    """

    SPARE = 4  # windows that wait for the next visitor

    def __init__(self, browser) -> None:
        self.browser, self.spare = browser, []

    def lend(self, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, new: bool = False) -> Visitor:
        """Return a visitor in a window of this kind; a new one knows no page to go back to and has an empty cache."""
        kind = (url, width < PHONE)
        fitting = [] if new else [window for window in self.spare if window.kind == kind]
        window = fitting[-1] if fitting else None
        if window:
            self.spare.remove(window)
        visitor = Visitor(self.browser, url, width=width, height=height, dark=dark, window=window)
        visitor.window.kind = kind
        return visitor

    def take_back(self, visitor: Visitor) -> None:
        """Tidy a visitor's window for the next one; one that something went wrong in is closed."""
        window = visitor.window
        window.visitor = None
        if visitor.errors or window.page.is_closed():
            window.context.close()
            return
        window.tidy(visitor.url)
        self.spare.append(window)
        for old in self.spare[: -self.SPARE]:
            old.context.close()
        del self.spare[: -self.SPARE]


class Visitor:
    """A browser page that remembers what went wrong and everything it asked of the network."""

    def __init__(
        self, browser, url: str, *, width: int = 1280, height: int = 900, dark: bool = False, window=None
    ) -> None:
        self.url, self.look = url, "dark" if dark else "light"
        self.window = window or Window(browser, phone=width < PHONE)
        self.window.visitor = self
        self.context, self.page = self.window.context, self.window.page
        self.context.set_default_timeout(PATIENCE_MS)
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme=self.look)
        self.errors: list[str] = []
        self.requests: list[str] = []

    def open(self, path: str = ""):
        """Open a page of the app and wait until Gradio has drawn it."""
        self.page.goto(f"{self.url}/{path}")
        self.page.locator(".lab-nav[data-ready]").wait_for()
        return self.page

    def follow(self, path: str):
        """Follow a link to another state of the room that is open: it acts in place, at a tenth of what opening costs.

        What opening it shows at once may come a moment later here: wait for it.
        """
        self.page.evaluate(
            """(path) => {
                const link = Object.assign(document.createElement('a'), { href: path });
                document.body.append(link);
                link.click();
                link.remove();
            }""",
            path,
        )
        self.page.locator("body:not(.lab-going)").wait_for()
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


def box_of(place: Locator) -> dict[str, float]:
    """Return where an element stands, once it does: a picture that is being drawn anew has no place for a moment."""
    found: list[dict[str, float]] = []
    for _ in range(PATIENCE_MS // 50):
        if box := place.bounding_box():
            found.append(box)
            break
        place.page.wait_for_timeout(50)
    return found[0]
