"""Rooms that nobody has asked for yet, opened in a browser: together, by a deep link, under another app's path."""

from __future__ import annotations

import pytest

from tests.helpers.app import serving
from tests.helpers.browser import Visitor, Window

pytestmark = pytest.mark.browser

MOUNTED = """
import os, app, gradio as gr, uvicorn
from fastapi import FastAPI
outer = FastAPI()
gr.mount_gradio_app(outer, app.create_app(), "/lab", **app.launch_options())
outer.get("/{rest:path}")(lambda: "another app")
uvicorn.run(outer, port=int(os.environ["PORT"]), log_level="warning")
"""


@pytest.fixture(params=["", "lab/"], ids=["alone", "mounted"])
def visitors(request, chromium, tmp_path):
    """Two visitors of an app in which nothing has been drawn yet."""
    command = ("-c", MOUNTED) if request.param else ("app.py",)
    with serving(tmp_path / "app.log", command=command) as url:
        first = Window(chromium)
        made = [Visitor(chromium, f"{url}/{request.param}".rstrip("/"), window=w) for w in (first, first.another())]
        yield made
        first.context.close()
    assert [error for visitor in made for error in visitor.errors] == []


def test_two_rooms_at_once_and_a_third_by_a_link_into_its_middle(visitors):
    one, two = visitors
    wanted = ((one, "features", "Feature"), (two, "whisper_limits", "limits"))
    for visitor in visitors:
        visitor.open()
    for visitor, slug, _ in wanted:
        visitor.page.locator(".lab-group", has=visitor.page.locator(f'a[href="{slug}"]')).get_by_role("button").click()
        visitor.page.locator(f'.lab-nav a[href="{slug}"]').click(no_wait_after=True)
    for visitor, _, title in wanted:
        visitor.page.locator("h1", has_text=title).wait_for()
        visitor.page.locator(".lab-figure.drawn").first.wait_for()
    page = two.open("ctc?part=decode&case=two")
    page.get_by_role("radio", checked=True).first.wait_for()
    page.locator(".lab-figure.drawn:visible").first.wait_for()
    # The room that was drawn first still answers, now that others have been drawn.
    one.page.get_by_role("button", name="Copy link").click()
    one.page.get_by_role("button", name="Link copied").wait_for()
    one.page.locator(".lab-chips input:not(:checked)").first.check()
    one.page.locator(".lab-figure.drawn:visible").first.wait_for()
