"""What the browser tests of the CTC page share."""

from __future__ import annotations


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("ctc" + query)
    if "part=" not in query:  # what is clicked before the page has drawn itself is undone by that
        visitor.figure("what-the-model-says-in-each-frame")
    return visitor, page


def part(page, name: str):
    page.get_by_role("radio", name=name).check()


def fill(page, label: str, words: str):
    box = page.get_by_role("textbox", name=label)
    box.fill(words)
    box.press("Tab")


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
    page.wait_for_timeout(120)  # plotly takes a click to be where it last saw the pointer, and looks every 50 ms
    page.mouse.click(*place)
