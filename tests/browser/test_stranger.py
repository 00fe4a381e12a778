"""A stranger's walk: home, search, a room, an example, the address, reload, Back, a link, one sound in two rooms."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.browser


def finder(page):
    return page.get_by_role("combobox", name="Find a room, a part, an example, a question or a term")


def walk(visit, **screen):
    visitor = visit(new=True, **screen)
    page = visitor.open()
    # Something to hear at once.
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.lab-player audio').currentTime > 0.1")
    # Search, and into the middle of a room.
    page.get_by_role("button", name="Find").click()
    finder(page).fill("greedy")
    page.locator("#lab-found a", has_text="Greedy is wrong").click()
    page.get_by_role("radio", name="5 Decoding", checked=True).wait_for()
    page.locator(".lab-looked").wait_for()
    page.get_by_text(re.compile("0.64")).first.wait_for()
    # Another example of the same room, Back, forward, reload.
    page.get_by_role("link", name=re.compile("HELLO in seven frames")).click()
    page.locator(".lab-path-frame").first.wait_for()
    page.wait_for_function("() => location.search.includes('part=collapse')")
    page.go_back()
    page.get_by_role("radio", name="5 Decoding", checked=True).wait_for()
    page.go_forward()
    page.locator(".lab-path-frame").first.wait_for()
    page.reload()
    page.locator('.lab-path[data-text="HELO"]').wait_for()
    # The link opens the same in another browser.
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(**screen)
    there = other.open(link.split("/", 3)[3])
    there.locator('.lab-path[data-text="HELO"]').wait_for()
    # One's own voice here, and then in another room.
    visitor.open("features")
    visitor.figure("waveform")
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait_words("waveform", "Your recording")
    page.locator(".lab-own-use[aria-pressed=true]").wait_for()
    if screen.get("width", 1280) < 700:
        page.get_by_role("button", name="Rooms").click()
    else:
        page.get_by_role("button", name="Recognition").click()
    page.locator('.lab-menu a[href="whisper_limits"]').click()
    page.get_by_role("heading", level=1, name=re.compile("limits")).wait_for()
    page.locator(".lab-own-use").click()
    page.locator(".lab-player-title", has_text="Recording").first.wait_for()
    page.get_by_role("button", name=re.compile("^Remove Recording")).click()
    page.locator(".lab-own-use").wait_for(state="detached")
    page.locator(".lab-player-title", has_text="Recording").wait_for(state="detached")


def test_on_a_laptop(visit):
    walk(visit)


def test_on_a_phone(visit):
    walk(visit, width=390, height=844)


def test_by_keyboard_alone(visit):
    visitor = visit()
    page = visitor.open()

    def focused(script: str):
        return page.evaluate(f"({script})(document.activeElement)")

    def tab_to(selector: str, most: int):
        for _ in range(most):
            if focused(f"(e) => e.matches({selector!r})"):
                return
            page.keyboard.press("Tab")
        raise AssertionError(f"{selector} was not reached within {most} stops")

    page.locator(".lab-play:enabled").wait_for()
    tab_to(".lab-play", 5)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.lab-player audio').currentTime > 0.1")
    page.keyboard.press("/")
    page.keyboard.type("short or long")
    page.locator("#lab-found li[aria-selected=true]", has_text="Short or long window").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('see=res')")
    page.locator(".lab-looked").wait_for()
    # Parts by arrow keys, Back undoes them.
    page.locator(".lab-head").wait_for()
    tab_to(".features-tabs input", 60)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('see=mel')")
    page.go_back()  # Alt and the left arrow: a headless Chromium has no such shortcut
    page.wait_for_function("() => location.search.includes('see=res')")
    page.locator('.features-tabs input[value="res"]:checked').wait_for()
    # To another room by the bar.
    page.evaluate("window.scrollTo(0, 0); document.querySelector('.lab-brand').focus()")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="CTC alignment").wait_for()
