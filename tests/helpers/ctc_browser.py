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
