"""axe-core finds nothing serious on any page or part, light or dark: for screen readers, keyboards and weak eyes."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from spaces import discover, lesson_of

pytestmark = pytest.mark.browser
ROOMS = discover()
AXE = (Path(find_spec("axe_playwright_python").origin).parent / "axe.min.js").read_text(encoding="utf-8")
EVERY = {"rules": {"label-content-name-mismatch": {"enabled": True}}}  # off by default; people who speak need it
COLOURS = {"runOnly": ["color-contrast"]}  # all that another theme changes
PLOTS = [".main-svg"]  # hidden from readers, and thousands of elements
FRAME = [".lab-nav-holder", ".lab-examples", ".lab-question", ".lab-sources"]  # the same around every part of a room
RUN = """async ([rules, left_out]) => {
    const page = { include: document, exclude: left_out.map((selector) => [selector]) };
    const { violations } = await axe.run(page, { resultTypes: ['violations'], ...rules });
    return violations.filter((v) => ['serious', 'critical'].includes(v.impact))
        .flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 200)} ${n.any[0]?.message ?? ''}`));
}"""


@pytest.mark.parametrize("slug", ["", *ROOMS])
def test_nothing_serious(visit, slug):
    visitor = visit()
    page = visitor.open(slug)
    page.emulate_media(reduced_motion="reduce")  # else colours are still on their way
    page.locator(".lab-figure.drawn, .vc[data-shown]").first.wait_for()
    page.evaluate(AXE)
    parts = lesson_of(ROOMS[slug]).parts if slug else ()
    found: dict[str, list[str]] = {}
    for part in parts or [None]:
        if part is not None and len(parts) > 1 and part is not parts[0]:
            page.get_by_role("radio", name=part.title, exact=True).check()
            page.locator(f".lab-part-{part.slug}").last.wait_for()
        name = part.title if part is not None else "home"
        for dark, rules in ((False, EVERY), (True, COLOURS)):
            page.evaluate("(dark) => document.body.classList.toggle('dark', dark)", dark)
            left_out = PLOTS + FRAME if part in parts[1:] else PLOTS
            wrong = page.evaluate(RUN, [rules, left_out])
            found |= {f"{name}, {'dark' if dark else 'light'}": wrong} if wrong else {}
    assert found == {}
