"""Inside Whisper, part 3 in a real browser: play, step, choose, undo, draw, search; on a phone, too."""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

QUERY = "whisper_inside?part=decoder&clip=sentence"


def opened(visit, query: str = "", **options):
    visitor = visit(**options)
    page = visitor.open(QUERY + query)
    page.locator(".wi-d-strip").wait_for()
    return visitor, page


def at_step(page, step: int):
    page.locator(f'.wi-d-strip[data-step="{step}"]').wait_for()


def test_stepping_playing_choosing_and_drawing(visit):
    visitor, page = opened(visit, "&d_step=2")
    at_step(page, 2)
    assert page.locator(".wi-d-strip").bounding_box()["y"] < 800  # in view without scrolling
    page.get_by_role("button", name="One token on").click()
    at_step(page, 3)
    page.keyboard.press("ArrowRight")
    at_step(page, 4)
    page.keyboard.press("ArrowLeft")
    at_step(page, 3)
    page.locator('[data-key="t5"]').click()
    at_step(page, 6)
    assert page.locator('.wi-d-tokens [aria-current="step"]').count() == 1
    page.get_by_role("button", name="Last token").click()
    page.wait_for_function(
        "() => { const s = document.querySelector('.wi-d-strip'); return s.dataset.step === s.dataset.last; }"
    )
    page.get_by_role("button", name="First token").click()
    at_step(page, 1)
    # The line of entropies: a click on a point goes there.
    figure = visitor.figure("entropy-along-the-text")
    figure.scroll_into_view_if_needed()
    x, y = figure.evaluate(
        """(f) => {
            const plot = f.querySelector('.lab-plot'), { xaxis, yaxis } = plot._fullLayout;
            const box = plot.getBoundingClientRect();
            const { y } = plot.calcdata[0][3];
            return [box.left + xaxis._offset + xaxis.d2p(4), box.top + yaxis._offset + yaxis.d2p(y)];
        }"""
    )
    page.mouse.move(x - 3, y - 2)
    page.mouse.move(x, y)
    page.wait_for_timeout(150)
    page.mouse.click(x, y)
    at_step(page, 4)
    # What a special token of the prompt is for.
    page.locator(".wi-d-tokens .given").first.hover()
    page.get_by_text("given: A transcript begins.").wait_for()

    # Playing and pausing.
    visitor.follow(QUERY + "&d_step=1")
    at_step(page, 1)
    page.get_by_role("button", name="Play", exact=True).and_(page.locator("[data-play]")).click()
    at_step(page, 3)
    page.get_by_role("button", name="Pause", exact=True).and_(page.locator("[data-play]")).click()
    page.wait_for_timeout(2500)  # an answer that was under way
    step = page.locator(".wi-d-strip").get_attribute("data-step")
    page.wait_for_timeout(1500)
    assert page.locator(".wi-d-strip").get_attribute("data-step") == step

    # Another choice is in the link, and undone.
    visitor.follow(QUERY + "&d_step=3")
    at_step(page, 3)
    before = page.locator(".wi-d-tokens").inner_text()
    page.locator(".wi-d-cand button").nth(1).click()
    page.locator(".wi-d-branches li").nth(1).wait_for()
    assert page.locator(".wi-d-tokens .forced").count() == 1
    assert "Before the last choice" in page.locator(".wi-d-versus").inner_text()
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_url(re.compile(r"d_forced=3%3A\d+"))
    link = page.url
    page.get_by_role("button", name="Undo all").click()
    page.locator(".wi-d-branches").wait_for(state="detached")
    assert page.locator(".wi-d-tokens").inner_text() == before
    page.goto(link)
    page.locator(".wi-d-tokens .forced").wait_for()
    assert not page.get_by_label("Textbox").is_visible()  # what the link carries stays hidden

    # Rules off and on.
    visitor.follow(QUERY)
    page.get_by_role("button", name="Temperature, rules, task and text before").click()
    page.get_by_label("Timestamps", exact=True).uncheck()
    page.locator(".wi-d-tokens .given", has_text="<|notimestamps|>").wait_for()
    page.get_by_label("Timestamps", exact=True).check()
    page.locator(".wi-d-tokens .given", has_text="<|notimestamps|>").wait_for(state="detached")

    # Drawing again.
    visitor.follow(QUERY + "&d_temp=1&d_seed=1")
    page.locator(".wi-d-samples tr.now").wait_for()
    page.get_by_role("button", name="Draw again").click()
    page.locator('.wi-d-samples [data-key="s2"]').wait_for()
    page.locator('.wi-d-samples [data-key="s1"]').click()
    page.locator('.wi-d-samples [data-key="s2"]').wait_for(state="detached")

    # The beam.
    visitor.follow(QUERY + "&d_view=beam&d_width=2")
    page.locator(".wi-d-scroll svg").wait_for()
    page.get_by_text("Cost:").wait_for()
    page.wait_for_timeout(2000)  # the search draws once more at its end
    page.locator(".wi-d-scroll g.dropped").first.click()
    page.get_by_text("dropped: the beam was full of likelier ones").wait_for()
    page.locator(".wi-d-scroll g.best").first.press("Enter")
    page.locator(".wi-d-card h4", has_text=re.compile(r"Token \d+: .*(kept|finished)")).wait_for()
    page.get_by_role("radio", name="Token by token", exact=True).check()
    page.locator(".wi-d-strip").wait_for()


def test_on_a_phone_in_the_dark(visit):
    _, page = opened(visit, width=390, height=844, dark=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="One token back").tap()
    page.locator(".wi-d-cand button").first.wait_for()
