"""Find your way: the bar by click, hover and keyboard, a phone's menu, the search, and the keyboard alone on a page."""

from __future__ import annotations

import pytest

from spaces import GROUPS, discover

pytestmark = pytest.mark.browser
ROOMS = discover()
PICTURES = ".lab-figure, .lab-captions, .vc canvas, .limits-gauge, .kws-answer"  # what answers, in each room
SOUNDS = ".lab-play, .lab-live-play, .vc-play"
ASKED = {"interview": [".iv-card", ".lab-part-study .iv-row button"]}  # its first thing is a question, with its answer
USED = [group for group in GROUPS if any(room.group == group for room in ROOMS.values())]


def focused(page, script: str = "(e) => e.getAttribute('aria-label') || e.textContent.trim()"):
    return page.evaluate(f"({script})(document.activeElement)")


def test_the_bar_has_the_groups_and_each_opens_its_rooms(visit):
    visitor = visit()
    page = visitor.open()
    buttons = page.locator(".lab-group > button")
    assert [button.inner_text() for button in buttons.all()] == USED
    recognition = page.get_by_role("button", name="Recognition")
    link = page.locator('.lab-menu a[href="ctc"]')
    recognition.click()
    assert recognition.get_attribute("aria-expanded") == "true"
    link.wait_for()
    recognition.click()
    link.wait_for(state="hidden")
    page.mouse.move(5, 500)
    recognition.hover()
    link.wait_for()
    page.get_by_role("button", name="Signals").hover()
    link.wait_for(state="hidden")
    page.mouse.move(5, 500)
    page.locator('.lab-menu a[href="features"]').wait_for(state="hidden")
    recognition.click()
    link.click()
    page.get_by_role("heading", level=1, name=ROOMS["ctc"].title).wait_for()
    assert page.locator(".lab-group .here").inner_text() == "Recognition"


def test_the_bar_by_keyboard(visit):
    visitor = visit()
    page = visitor.open("features")
    visitor.figure("waveform")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the sound"
    page.keyboard.press("Tab")
    assert focused(page) == "Speech Lab"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Recognition"
    page.keyboard.press("ArrowDown")
    assert focused(page, "(e) => e.getAttribute('href')") == "ctc"
    page.keyboard.press("Escape")
    assert focused(page) == "Recognition"
    assert page.locator('.lab-menu a[href="ctc"]').is_hidden()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=ROOMS["whisper"].title).wait_for()


def finder(page):
    return page.get_by_role("combobox", name="Find a room, a part, an example, a question or a term")


@pytest.mark.parametrize("slug", ["features", "ctc", "whisper_limits", "whisper_inside", "whisper"])
def test_play_is_among_the_first_five_stops(visit, slug):
    visitor = visit()
    page = visitor.open(slug)
    visitor.page.locator(".lab-figure.drawn:visible").first.wait_for()
    page.locator(".lab-play:not([disabled]):visible").first.wait_for()
    stops = []
    for _ in range(5):
        page.keyboard.press("Tab")
        stops.append(focused(page))
        outline = page.evaluate(
            """() => { const shown = document.activeElement.closest('.lab-chips label') ?? document.activeElement;
                       return getComputedStyle(shown).outlineStyle; }"""
        )
        assert outline != "none", f"{stops[-1]} does not show that it has the focus"
    assert "Play" in stops, stops
    page.evaluate("document.activeElement.blur(); document.querySelector('.lab-skip').focus()")
    page.keyboard.press("Enter")
    assert focused(page) == "Play"


def test_chips_are_one_group_with_arrow_keys(visit):
    visitor = visit()
    page = visitor.open("ctc")
    visitor.figure("waveform")
    chips = page.locator(".ctc-parts input")
    assert len({chip.get_attribute("name") for chip in chips.all()}) == 1
    chips.first.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".lab-path-frame").first.wait_for()  # the second part is open
    assert chips.nth(1).evaluate("(e) => e === document.activeElement && e.checked")
    page.keyboard.press("Tab")
    assert page.evaluate("!document.activeElement.closest('.ctc-parts')"), "one tab stop"


def test_search_finds_rooms_parts_examples_and_questions(visit):
    visitor = visit()
    page = visitor.open()
    page.keyboard.press("/")
    box = finder(page)
    box.wait_for()
    page.locator("#lab-found li").first.wait_for()
    assert page.locator("#lab-found li").count() == len(ROOMS), "with nothing typed, the rooms"

    def found(text: str) -> list[str]:
        box.fill(text)
        return page.locator("#lab-found a").evaluate_all("(all) => all.map((a) => a.innerText.replace(/\\s+/g, ' '))")

    assert any(entry.startswith("Part Toy trellis") for entry in found("trellis"))
    assert any("A sweep that folds" in entry for entry in found("SWEEP fold"))
    assert any(entry.startswith("Question What is aliasing") for entry in found("aliasing"))
    assert found("zzzz") == []
    page.get_by_text("Nothing is called “zzzz” here").wait_for()
    box.fill("toy trellis")
    page.locator("#lab-found li[aria-selected=true]", has_text="Toy trellis").wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="4 Toy trellis", checked=True).wait_for()
    # On the page itself it goes there in place.
    visitor.figure("toy-trellis")
    page.evaluate("window.stays = true")
    page.keyboard.press("Control+k")
    finder(page).fill("two answers become four")
    page.locator("#lab-found li[aria-selected=true]", has_text="Two answers become four").wait_for()
    page.keyboard.press("Enter")
    page.locator(".lab-looked").wait_for()
    assert page.evaluate("window.stays") is True
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    finder(page).wait_for(state="hidden")
    text = page.get_by_role("textbox").first
    if text.count() and text.is_visible():
        text.fill("")
        text.press("/")
        assert finder(page).is_hidden(), "a slash that is typed is a slash"


def test_a_phone_has_one_menu(visit):
    visitor = visit(width=390, height=844)
    page = visitor.open()
    link = page.locator('.lab-menu a[href="whisper"]')
    assert link.is_hidden()
    page.get_by_role("button", name="Rooms").click()
    for slug in ROOMS:
        page.locator(f'.lab-menu a[href="{slug}"]').wait_for()
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    page.get_by_role("button", name="Rooms").click()
    link.click()
    page.get_by_role("heading", level=1, name=ROOMS["whisper"].title).wait_for()
    page.get_by_role("button", name="Find").click()
    finder(page).fill("captions")
    page.locator('#lab-found a[href$="captions"]').first.click()
    page.get_by_role("heading", level=1, name=ROOMS["captions"].title).wait_for()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("slug", ["", *ROOMS])
def test_the_first_screen_has_something_to_hear_and_its_picture(visit, slug, width, height):
    visitor = visit(width=width, height=height)
    page = visitor.open(slug)
    page.locator(".lab-figure.drawn, .vc[data-shown]").first.wait_for()
    page.wait_for_timeout(800)  # what is drawn later moves what is below it
    tops = page.evaluate(
        """([sounds, pictures]) => {
            const top = (selector) => Math.min(...[...document.querySelectorAll(selector)].filter((e) => e.offsetParent)
              .map((e) => e.getBoundingClientRect().top));
            return [top(sounds), top(pictures)];
        }""",
        ASKED.get(slug, [SOUNDS, PICTURES]),
    )
    assert all(top is not None and top < height - 60 for top in tops), tops
