"""The VITS page in a real browser: the strip by mouse, keyboard and touch, phonemes, the flow, the search."""

from __future__ import annotations

import shutil

import pytest

from tests.helpers.browser import box_of, click_at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not shutil.which("espeak-ng"), reason="the voice's phonemes come from espeak-ng"),
]


def frames(page) -> list[int]:
    """Return the frames of every block on the strip."""
    return [int(n) for n in page.locator(".vits-strip").get_attribute("data-frames").split()]


def opened(visit, query: str, **options):
    visitor = visit(**options)
    page = visitor.open(f"vits?{query}")
    return visitor, page


def part(page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).check()


def wait_edits(page, edits: str) -> None:
    page.wait_for_function(
        "(edits) => (new URLSearchParams(location.search).get('edits') || '') === edits "
        "&& !document.querySelector('.vits-strip').hasAttribute('aria-busy')",
        arg=edits,
    )


def test_the_strip_is_dragged_typed_and_paused(visit):
    _, page = opened(visit, "part=durations")
    edges = page.locator(".vits-edge")
    edges.nth(25).wait_for()
    before = frames(page)
    assert page.locator(".vits-word", has_text="smooth").is_visible()
    # By mouse: ten frames to the right, snapped; the sound is said again and is longer by as much.
    page.locator(".vits-again").uncheck()
    edges.nth(25).scroll_into_view_if_needed()
    box = box_of(edges.nth(25))
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 42, y, steps=3)
    page.mouse.move(x + 83, y, steps=3)
    page.mouse.up()
    wait_edits(page, f"25:{before[25] + 10}")
    after = frames(page)
    assert sum(after) == sum(before) + 10
    page.get_by_text("1 durations by hand").wait_for()
    # By keyboard: up and down choose an edge, left and right move it.
    edges.nth(25).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    wait_edits(page, f"25:{before[25] + 10},26:{before[26] + 6}")
    assert page.evaluate("document.activeElement.getAttribute('aria-valuenow')") == str(before[26] + 6)
    # The neighbour pays: the whole stays as long.
    page.locator(".vits-hold").check()
    whole = sum(frames(page))
    edges.nth(5).focus()
    page.keyboard.press("ArrowLeft")
    wait_edits(page, f"5:{before[5] - 1},6:{before[6] + 1},25:{before[25] + 10},26:{before[26] + 6}")
    assert sum(frames(page)) == whole
    page.get_by_role("button", name="Reset", exact=True).click()
    wait_edits(page, "")
    assert frames(page) == before
    # A pause is a comma in the phonemes.
    page.locator(".vits-unit.gap .vits-body").nth(2).click(force=True)
    page.get_by_role("button", name="Insert a pause").click()
    page.wait_for_function("document.querySelectorAll('.vits-unit.pause').length === 2")
    assert "%2C" in page.url or "," in page.url
    with page.expect_download() as saved:
        page.get_by_role("link", name="TextGrid").click()
    assert "phonemes" in saved.value.path().read_text()


def test_every_part_by_its_own_controls(visit):
    visitor, page = opened(visit, "")
    page.get_by_role("button", name="birch").click()
    page.wait_for_function("document.querySelector('.lab-player[data-clock=vits] audio').currentTime > 0")
    # What is typed is said; what can't be said is told.
    line = page.get_by_label("English text")
    line.fill("...!")
    page.get_by_role("button", name="Say it").click()
    page.get_by_text("There is nothing to say here").wait_for()
    line.fill("It costs $5.")
    page.get_by_role("button", name="Say it").click()
    page.locator(".vits-said-text", has_text="It costs five dollars.").wait_for()
    page.get_by_label("Phonemes (IPA)").fill("ɪt kˈɔsts tˈɛn.")
    page.get_by_role("button", name="Say these phonemes").click()
    page.get_by_text("phonemes by hand").first.wait_for()
    # The encoder: a click on a small map chooses it.
    part(page, "2 Text encoder")
    maps = visitor.figure("all-six-layers--two-heads-each")
    visitor.wait_words("attention-of-one-head", "Layer 1, head 1")
    width = maps.evaluate("f => f.querySelector('.lab-plot')._fullLayout.xaxis.range[1] / 6")
    click_at(maps, 2.4 * width, 3)
    visitor.wait_words("attention-of-one-head", "Layer 3, head 2")
    # The flow: off, and the other seed with the same rhythm.
    part(page, "4 The flow")
    visitor.wait_words("what-the-decoder-makes-of-it", "4 of 4 coupling layers")
    part(page, "flow off")
    visitor.wait_words("what-the-decoder-makes-of-it", "0 of 4 coupling layers")
    page.get_by_label("with the durations of the first").check()
    page.get_by_text("The same durations to the frame").wait_for()
    # The decoder: another stage.
    part(page, "5 The decoder")
    part(page, "up ×8")
    visitor.wait_words("this-stage-over-the-whole-sentence", "up ×8: 128 channels")
    page.get_by_text("Too few values a second to be heard").wait_for()
    # The search: it runs to its end, and a cell tells its sum.
    part(page, "6 Training")
    search = page.locator(".vits-search")
    search.get_by_role("button", name="Play the search").click()
    page.get_by_text("went to the token that they were made for").wait_for()
    canvas = search.locator("canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.get_by_text("frame 2: larger of stay").wait_for()
    # The way back is in the address.
    assert "part=training" in page.url
    assert "couplings=0" in page.url


def test_a_finger_on_a_phone(visit):
    visitor, page = opened(visit, "part=durations", width=390, height=844, dark=True)
    edge = page.locator(".vits-edge").nth(5)
    edge.wait_for()
    before = frames(page)
    page.locator(".vits-again").uncheck()
    edge.scroll_into_view_if_needed()
    box = box_of(edge)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = visitor.context.new_cdp_session(page)
    for kind, dx in (("touchStart", 0), ("touchMove", 12), ("touchMove", 25), ("touchEnd", 25)):
        points = [] if kind == "touchEnd" else [{"x": x + dx, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    wait_edits(page, f"5:{before[5] + 3}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing sticks out sideways"
