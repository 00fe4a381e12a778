"""The home page and what holds for every page: sound at once, the map, only its own parts, small, nothing foreign."""

from __future__ import annotations

import json
import re
import urllib.request

import pytest

from algorithms.sound.clips import clip
from components.said import words_of
from spaces import discover
from tests.helpers.browser import box_of

pytestmark = pytest.mark.browser
ROOMS = discover()


def config(url: str) -> dict:
    """Return what the server sends with a page."""
    html = urllib.request.urlopen(url).read().decode()
    return json.loads(re.search(r"window\.gradio_config = (\{.*?\});?</script>", html, re.S)[1])


def test_home_plays_a_sentence_and_shows_it(visit):
    visitor = visit()
    page = visitor.open()
    assert "amiable" in visitor.words("what-a-speech-model-sees-of-it")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("() => document.querySelector('.lab-player audio').currentTime > 0.3")
    moved = page.locator(".lab-cursor").evaluate("(line) => new DOMMatrix(getComputedStyle(line).transform).m41")
    assert moved > 60, "the cursor follows the sound over the picture"
    page.get_by_role("button", name="Pause").click()


def test_a_click_on_the_picture_moves_the_sound(visit):
    visitor = visit()
    page = visitor.open()
    visitor.figure("what-a-speech-model-sees-of-it")
    page.wait_for_function("() => document.querySelector('.lab-player audio').duration > 3")
    box = box_of(page.locator(".lab-figure .nsewdrag"))
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_function("() => Math.abs(document.querySelector('.lab-player audio').currentTime - 1.645) < 0.1")
    # The rows of the picture are mel bands: what the mouse points at is said in Hz all the same.
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    hover = page.locator(".lab-figure .hoverlayer").filter(has_text=re.compile(r"\d\.\d\d s, \d+ Hz, -?\d+ dB"))
    hover.wait_for(state="attached")
    # The words stand under their places, and a click on one plays it.
    words = page.get_by_role("group", name="Words: click one to hear it").get_by_role("button")
    assert " ".join(words.all_inner_texts()) == clip("sentence").text
    for name, start_s, end_s in words_of("sentence"):
        at = box_of(words.get_by_text(name, exact=True))
        middle = (at["x"] + at["width"] / 2 - box["x"]) / box["width"] * clip("sentence").duration_s
        assert start_s < middle < end_s, name
    words.get_by_text("amiable").click()
    rests = f"(sound) => sound.paused && sound.currentTime > {words_of('sentence')[-2].start_s} && !sound.ended"
    page.wait_for_function(f"() => ({rests})(document.querySelector('.lab-player audio'))")


def test_every_box_and_card_opens_its_room(visit):
    visitor = visit()
    page = visitor.open()
    targets = page.locator("a.lab-box, a.lab-card").evaluate_all("(links) => links.map((a) => a.getAttribute('href'))")
    assert {target.split("?")[0] for target in targets} == set(ROOMS)
    for slug in ROOMS:
        page = visitor.open()
        page.locator(f'a.lab-card[href="{slug}"]').click()
        page.get_by_role("heading", level=1, name=ROOMS[slug].title).wait_for()
        assert page.locator('.lab-nav a[aria-current="page"]').get_attribute("href") == slug


def test_a_page_is_sent_only_its_own_components(app_url):
    home_ids = {component["id"] for component in config(app_url)["components"]}
    for slug in ROOMS:
        ids = {component["id"] for component in config(f"{app_url}/{slug}")["components"]}
        assert ids
        assert not ids & home_ids
        others = [config(f"{app_url}/{other}")["components"] for other in ROOMS if other != slug]
        assert not ids & {component["id"] for page in others for component in page}


def test_bar_and_player_stay_in_view(visit):
    visitor = visit()
    page = visitor.open("features")
    visitor.figure("mfcc")
    page.evaluate("window.scrollTo(0, 700)")
    for part in (".lab-nav", ".lab-player"):
        box = box_of(page.locator(part).first)
        assert 0 <= box["y"] < 130, f"{part} has scrolled away"
    # Nothing of the page shows through them or at their edges (the player's shadow covers the 4 px between).
    through = page.evaluate("""() => {
      const player = document.querySelector('.lab-player-holder').getBoundingClientRect();
      const bar = document.querySelector('.lab-nav-holder').getBoundingClientRect();
      const seen = [];
      for (const x of [player.left + 1, (player.left + player.right) / 2, player.right - 1])
        for (let y = 1; y < player.bottom; y += 2) {
          const other = document.elementFromPoint(x, y).closest('.lab-nav-holder, .lab-player-holder') === null;
          if (other && !(y >= bar.bottom && y <= player.top)) seen.push([x, y]);
        }
      return [seen, player.top - bar.bottom];
    }""")
    assert through[0] == []
    assert through[1] <= 4


def test_an_unknown_address_does_not_break_the_server(app_url):
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{app_url}/lab-files/0/../../app.py")
    assert urllib.request.urlopen(app_url).status == 200


@pytest.mark.parametrize("slug", ["", *ROOMS])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_is_wider_than_its_screen_and_every_control_has_a_name(visit, slug, width):
    visitor = visit(width=width, height=900)
    page = visitor.open(slug)
    page.locator(".lab-figure.drawn, .vc[data-shown]").first.wait_for()
    page.wait_for_timeout(1000)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, textarea, a[href]')]
        .filter((e) => e.offsetParent !== null && e.type !== 'file')
        .filter((e) => !(e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.title ||
                         e.textContent.trim() || e.closest('label')?.textContent.trim() || e.labels?.length))
        .map((e) => e.outerHTML.slice(0, 200))"""
    )
    assert nameless == []
    assert page.locator("h1").count() == 1
