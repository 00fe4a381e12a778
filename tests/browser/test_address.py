"""The address is the state: written as the page changes, obeyed on reload, Back, links and examples; and the zoom."""

from __future__ import annotations

import re

import pytest

from tests.helpers.browser import box_of

pytestmark = pytest.mark.browser


def wait_url(page, *parts: str, without: tuple[str, ...] = ()):
    """Wait until the address has some parts and lacks others; then it is the one that a reload opens."""
    page.wait_for_function(
        """([has, lacks]) => has.every((part) => location.href.includes(part))
                              && !lacks.some((part) => location.href.includes(part))""",
        arg=[list(parts), list(without)],
    )
    return page.url


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open("features" + query)
    visitor.figure("mfcc")
    page.locator('.lab-example[aria-current="true"]').or_(page.locator("body[data-none]")).count()
    page.wait_for_function("() => window.labAddress && !Array.isArray(window.labAddress)")
    return visitor, page


def choose(page, name: str):
    page.get_by_role("radio", name=name, exact=True).check()


def test_what_is_changed_is_in_the_address_and_survives_reload(visit):
    visitor, page = opened(visit, new=True)
    assert "?" not in page.url, "a page at its usual values has a plain address"
    choose(page, "Vowels")
    visitor.wait_words("waveform", "Vowels")
    page.get_by_role("spinbutton", name=re.compile("Window")).fill("60")
    page.keyboard.press("Enter")
    visitor.wait_words("stft", "60 ms")
    wait_url(page, "clip=vowels", "win=60")
    assert page.evaluate("history.length") == 2, "about:blank and this page: nothing to go back to"
    page.reload()
    visitor.wait_words("stft", "60 ms")
    assert "Vowels" in visitor.words("waveform")
    choose(page, "Speech")
    page.get_by_role("spinbutton", name=re.compile("Window")).fill("25")
    page.keyboard.press("Enter")
    wait_url(page, "/features", without=("?",))


def test_back_undoes_an_example_and_a_part(visit):
    visitor, page = opened(visit)
    choose(page, "Vowels")
    visitor.wait_words("waveform", "Vowels")
    wait_url(page, "clip=vowels")
    choose(page, "Why mel")
    visitor.figure("how-wide-the-filters-are")
    wait_url(page, "see=mel", "clip=vowels")
    page.get_by_role("link", name=re.compile("Clicks become a tone")).click()
    visitor.wait_words("waveform", "Clicks")
    wait_url(page, "clip=clicks", "hop=5", without=("see",))
    page.go_back()
    visitor.wait_words("waveform", "Vowels")
    page.get_by_role("radio", name="Why mel", exact=True, checked=True).wait_for()
    wait_url(page, "see=mel", "clip=vowels", without=("hop",))
    page.go_back()
    page.get_by_role("radio", name="Why mel", exact=True, checked=False).wait_for()
    page.go_forward()
    page.get_by_role("radio", name="Why mel", exact=True, checked=True).wait_for()
    # Back into a room from another page opens it as it was left.
    visitor.open("ctc")
    page.go_back()
    visitor.wait_words("waveform", "Vowels")
    page.get_by_role("radio", name="Why mel", exact=True, checked=True).wait_for()


def test_the_zoom_is_in_the_address(visit):
    visitor, page = opened(visit)
    box = box_of(visitor.figure("stft").locator(".nsewdrag"))
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + 0.25 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], y, steps=8)
    page.mouse.up()
    link = wait_url(page, "zoom=")
    low, high = (float(v) for v in re.search(r"zoom=([\d.]+)_([\d.]+)", link).groups())
    assert (low, high) == (pytest.approx(2.07, abs=0.1), pytest.approx(4.14, abs=0.1))
    other = visit()
    there = other.open(link.split("/", 3)[3])
    other.figure("mfcc")
    there.wait_for_function(
        """([low, high]) => ['waveform', 'stft', 'mfcc'].every((name) => {
            const [a, b] = document.querySelector(`.lab-figure[data-name="${name}"] .lab-plot`)._fullLayout.xaxis.range;
            return Math.abs(a - low) < 0.01 && Math.abs(b - high) < 0.01; })""",
        arg=[low, high],
    )
    # Another sound shows all of itself.
    choose(page, "Vowels")
    wait_url(page, "clip=vowels", without=("zoom",))


def test_an_example_shows_and_marks_what_it_promises_until_the_state_has_left_it(visit):
    _, page = opened(visit)
    example = page.get_by_role("link", name=re.compile("A sweep that folds"))
    example.click()
    page.locator(".lab-looked .lab-figure[data-name^='without-it']").wait_for()
    page.wait_for_function(
        """() => { const box = document.querySelector('.lab-looked').getBoundingClientRect();
                   return box.top > 50 && box.bottom <= innerHeight; }"""
    )
    assert example.get_attribute("aria-current") == "true"
    choose(page, "Harmonic tone")
    page.locator(".lab-looked").wait_for(state="detached")
    page.wait_for_function("() => !document.querySelector('.lab-example[aria-current]')")


def test_an_example_opens_the_accordion_that_its_control_lies_in(visit):
    visitor = visit()
    page = visitor.open("whisper")
    visitor.figure("waveform")
    fallback = page.get_by_role("checkbox", name=re.compile("Temperature fallback"))
    assert not fallback.is_visible()
    page.get_by_role("link", name=re.compile("A loop, with the guard off")).click()
    page.locator(".lab-looked").get_by_role("checkbox", name=re.compile("Temperature fallback")).wait_for()
    assert not fallback.is_checked()


def test_examples_and_answers_are_links_to_the_right_address(visit):
    visitor, page = opened(visit)
    for link in page.locator("a[data-state]").all():
        assert link.evaluate("(a) => new URL(a.href).pathname") == "/features"
    with page.context.expect_page() as opening:
        page.get_by_role("link", name=re.compile("Clicks become a tone")).click(modifiers=["ControlOrMeta"])
    other = opening.value
    other.locator('.lab-figure[data-name="waveform"].drawn').wait_for()
    wait_url(other, "/features?", "clip=clicks")
    assert "Speech" in visitor.words("waveform"), "this page stays as it is"


def test_a_link_to_the_page_itself_goes_to_its_usual_state(visit):
    visitor, page = opened(visit, "?clip=vowels")
    page.evaluate("window.stays = true")
    page.get_by_role("button", name="Signals").click()
    page.locator('.lab-menu a[href="features"]').click()
    visitor.wait_words("waveform", "Speech")
    assert page.evaluate("window.stays") is True
    page.go_back()
    visitor.wait_words("waveform", "Vowels")


def test_hostile_addresses_are_text(visit):
    visitor = visit()
    page = visitor.open("features?clip=%3Cimg%20src%3Dx%3E&zoom=9_1&zoom=NaN_2&see=%3Cscript%3E&win=1e999")
    visitor.figure("mfcc")
    page.wait_for_function("() => window.labAddress && !Array.isArray(window.labAddress)")
    wait_url(page, "/features", without=("clip", "see", "zoom"))


def test_what_a_link_asks_for_is_shown_as_text(visit):
    visitor = visit()
    page = visitor.open("features?clip=<img src=hostile>")
    page.get_by_text("The link asks for clip='<img src=hostile>'").wait_for()
    page.wait_for_timeout(300)
    assert page.locator("img[src=hostile]").count() == 0
    assert [url for url in visitor.requests if url.endswith("/hostile")] == []


def test_who_clicks_before_the_first_answer_keeps_the_click(visit):
    visitor = visit()
    page, held, free = visitor.page, [], []
    page.route("**/gradio_api/queue/data*", lambda route: route.continue_() if free else held.append(route))
    page.goto(f"{visitor.url}/features")
    page.get_by_role("radio", name="Why mel", exact=True).check()
    free.append(True)
    for route in held:
        route.continue_()
    page.wait_for_function("() => location.search.includes('see=mel')")
    page.get_by_role("radio", name="Why mel", exact=True, checked=True).wait_for()
    page.unroute_all()
