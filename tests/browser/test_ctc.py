"""The CTC page in a real browser: its five interactive parts by real clicks, links, bad files, a phone."""

from __future__ import annotations

import io
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.helpers.browser import box_of, click_at
from tests.helpers.ctc_browser import fill, opened, part

pytestmark = pytest.mark.browser


def test_opens_with_the_sound_counted_and_every_part_follows_clicks_and_keys(visit):
    visitor, page = opened(visit)
    assert "165 frames of 20 ms" in visitor.words("what-the-model-says-in-each-frame")
    page.locator(".ctc-counts strong", has_text="52,640").wait_for()
    page.get_by_text("1.9 × 10⁶⁰").wait_for()
    assert visitor.figure("waveform").bounding_box()["y"] < 700  # in view without scrolling
    # Another clip, another count.
    page.get_by_role("radio", name="Speech", exact=True).check()
    page.locator(".ctc-counts strong", has_text="132,640").wait_for()
    assert "415 frames of 20 ms" in visitor.wait_words("what-the-model-says-in-each-frame", "415")

    # Collapse, by clicking and typing.
    part(page, "2 Collapse a path")
    path = page.locator(".lab-path")
    path.locator(".lab-path-frame").nth(8).wait_for()
    assert path.get_attribute("data-text") == "HELLO"
    page.get_by_text("Solved: HHE–LL–LO").wait_for()
    # The blank between the two Ls becomes an L: they merge.
    path.get_by_role("button", name="Brush L").click()
    path.get_by_role("button", name="Frame 7: blank").click()
    page.get_by_text("the two Ls have merged. Put a blank between them").wait_for()
    assert path.get_attribute("data-text") == "HELO"
    assert page.get_by_label("Path: one symbol a frame").input_value() == "HHE-LLLLO"
    # And back, with the blank's brush.
    path.get_by_role("button", name="Brush blank").click()
    path.get_by_role("button", name="Frame 7: L").click()
    page.get_by_text("Solved: HHE–LL–LO").wait_for()
    path.get_by_role("button", name="Play the two steps").click()
    # A puzzle of one's own.
    fill(page, "Puzzle: spell", "ABBA")
    fill(page, "Path: one symbol a frame", "AAB-BBA--")
    page.get_by_text("Solved: AAB–BBA––").wait_for()
    page.wait_for_timeout(800)  # until the answer to the last change has come, which may set this field, too
    page.get_by_role("spinbutton", name=re.compile("in so many frames")).fill("4")
    page.get_by_role("spinbutton", name=re.compile("in so many frames")).press("Enter")
    page.get_by_text("No path of 4 frames can spell ABBA: it takes at least 5").wait_for()

    # A frame takes letters from the keyboard.
    visitor.follow("ctc?part=collapse&path=HE-O&frames=4&target=HERO")
    frame = page.get_by_role("button", name="Frame 3: blank")
    frame.focus()
    page.keyboard.press("r")
    page.get_by_text("Solved: HERO collapses").wait_for()

    # The toy trellis.
    part(page, "4 Toy trellis")
    visitor.figure("toy-trellis")
    page.get_by_text("All three agree.").wait_for()
    part(page, "2 Collapse a path")
    page.locator(".lab-path-frame").first.wait_for()  # else what follows is found in the part that is about to close
    part(page, "4 Toy trellis")
    page.get_by_text("All three agree.").wait_for()
    for role, name in (("textbox", "Probabilities"), ("spinbutton", "Number")):  # what only travels in the address
        assert page.get_by_role(role, name=name, exact=True).count() == 0
    before = page.locator("text=/Loss −ln p = /").inner_text()
    # A bar is dragged up.
    cell = page.get_by_role("slider", name="Probability of B in frame 2")
    cell.scroll_into_view_if_needed()
    box = box_of(cell)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 60, steps=5)
    page.mouse.up()
    page.wait_for_function(
        "(t) => ![...document.querySelectorAll('.ctc-sentence')].some((p) => p.innerText === t)", arg=before
    )
    assert int(cell.get_attribute("aria-valuenow")) > 80
    page.get_by_text("All three agree.").wait_for()
    # The keyboard does it too.
    cell.press("Home")
    page.wait_for_function("(e) => e.getAttribute('aria-valuenow') === '0'", arg=cell.element_handle())
    # Through the forward pass, frame by frame.
    page.get_by_role("button", name="Step ▶").click()
    visitor.wait_words("toy-trellis", "1 frames computed")
    page.get_by_role("button", name="Step ▶").click()
    visitor.wait_words("toy-trellis", "2 frames computed")
    click_at(visitor.figure("toy-trellis"), 2, 1)
    page.locator('.ctc-cell[data-frame="1"][data-state="1"]').wait_for()

    # Gradient steps make it peaky.
    page.get_by_role("link", name=re.compile("Why CTC is peaky")).click()
    visitor.wait_words("training", "0 steps")
    visitor.wait_words("toy-trellis", "Occupancy")
    page.get_by_role("button", name="25 steps").click()
    words = visitor.wait_words("training", "25 steps")
    assert float(re.search(r"largest probability ([\d.]+),", words)[1]) > 0.85
    page.get_by_role("button", name="One gradient step").click()
    visitor.wait_words("training", "26 steps")
    page.get_by_role("button", name="All equal").click()
    visitor.wait_words("training", "0 steps")

    # Decoding, where greedy is wrong.
    part(page, "5 Decoding")
    visitor.wait_words("the-beam-step-by-step", "best so far: “a”")
    rows = page.locator("table", has=page.get_by_text("Decoder")).locator("tbody tr")
    assert rows.nth(0).inner_text().split("\t")[:3] == ["Greedy", "(nothing)", "0.36"]
    assert rows.nth(1).inner_text().split("\t")[:3] == ["Beam of 4", "a", "0.64"]
    click_at(visitor.figure("the-beam-step-by-step"), 1, 0)
    page.get_by_role("columnheader", name="Frame 1").wait_for()
    page.get_by_role("radio", name="c or k? Ask a language model").check()
    page.locator("tr", has_text="Beam + LM").get_by_text("cat").wait_for()
    fill(page, "Hot words", "kat")
    page.locator("tr", has_text="hot words").get_by_text("kat").wait_for()
    page.get_by_role("radio", name="The chosen sound").check()
    visitor.wait_words("the-beam-step-by-step", "of 165")
    visitor.figure("waveform")

    # Rivals mix.
    page.get_by_role("link", name=re.compile("Two answers become four")).click()
    visitor.wait_words("what-each-model-believes", "AD 0.250, CB 0.250")
    box = page.get_by_role("spinbutton", name=re.compile("How often"))
    box.fill("1")
    box.press("Enter")
    visitor.wait_words("what-each-model-believes", "AD 0.000, CB 0.000")


def test_the_trellis_of_a_sound_can_be_touched_typed_at_played_and_linked(visit):
    visitor, page = opened(visit, "?part=real")
    trellis = visitor.figure("trellis")
    card = page.locator(".ctc-cell")
    card.wait_for()
    trellis.scroll_into_view_if_needed()
    click_at(trellis, 1.01, 20)
    page.locator('.ctc-cell[data-frame="50"][data-state="20"]').wait_for()
    assert "α51(20) = (α50(20) + α50(19)) · y51(“–”)" in card.inner_text()
    assert "it would leave out the token before this blank" in card.inner_text()
    page.get_by_role("radio", name="Backward β").check()
    page.get_by_text("y52(20) · β52(20) + y52(21) · β52(21)").wait_for()
    assert "Backward β" in visitor.wait_words("trellis", "Backward")
    page.get_by_role("radio", name="Occupancy γ").check()
    visitor.wait_words("trellis", "Occupancy")
    page.get_by_text("/ p(text | sound)").first.wait_for()

    # A typed transcript is aligned and played.
    box = page.get_by_label("Transcript to align")
    fill(page, "Transcript to align", "He might even have been made furious himself!")
    chip = page.get_by_role("button", name=re.compile("Play Word “furious”"))
    chip.wait_for()
    page.get_by_text("“furious” gets a mean probability of only").wait_for()
    page.get_by_text("Left out, because the model has no symbol for it: !").wait_for()
    chip.click()
    span = [float(x) for x in re.search(r"([\d.]+) to ([\d.]+) s", chip.get_attribute("title")).groups()]
    audio = page.locator(".lab-player audio")
    page.wait_for_function("([from]) => document.querySelector('.lab-player audio').currentTime > from", arg=[span[0]])
    page.wait_for_function("() => document.querySelector('.lab-player audio').paused")
    stopped = audio.evaluate("(a) => a.currentTime")
    assert span[1] - 0.05 <= stopped < span[1] + 0.4
    with page.expect_download() as download:
        page.get_by_role("link", name="TextGrid").click()
    written = Path(download.value.path()).read_text(encoding="utf-8")
    assert download.value.suggested_filename == "short-sentence.TextGrid"
    assert 'text = "furious"' in written
    # Another clip forgets the typed words: they belonged to the old one.
    page.get_by_role("radio", name="Speech", exact=True).check()
    visitor.wait_words("trellis", "415 frames")
    assert box.input_value() == ""

    # A target that does not fit teaches.
    visitor.follow("ctc?part=real")
    visitor.wait_words("trellis", "165 frames")
    page.locator(".ctc-cell").wait_for()
    fill(page, "Transcript to align", "na" * 100)
    page.get_by_role("alert").get_by_text("The target needs at least 200 frames").wait_for()
    fill(page, "Transcript to align", "")
    page.locator(".ctc-cell").wait_for()

    # A copied link opens the same state.
    visitor.follow("ctc?part=real&clip=speech&colour=viterbi")
    visitor.wait_words("trellis", "Viterbi δ")
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("() => location.search.includes('colour=viterbi')")
    page.reload()
    assert "415 frames" in visitor.wait_words("trellis", "Viterbi δ")

    # Zooming crops the trellis.
    trellis = visitor.figure("trellis")
    trellis.scroll_into_view_if_needed()
    box = box_of(trellis.locator(".nsewdrag").first)
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.7 * box["height"], steps=6)
    page.mouse.up()
    page.wait_for_function(
        """() => { const plot = document.querySelector('.lab-figure[data-name="trellis"] .lab-plot');
        const z = plot._fullData[0].z; return z[0].length < 120 && z.length < 110; }"""
    )
    page.wait_for_function(  # the waveform shows the same stretch
        """() => { const r = document.querySelector('.lab-figure[data-name="waveform"] .lab-plot')
        ._fullLayout.xaxis.range; return r[1] - r[0] < 2; }"""
    )


def test_own_sound_and_bad_files(visit):
    visitor, page = opened(visit)
    visitor.figure("what-the-model-says-in-each-frame")
    choose = page.locator("input[type=file]").last
    choose.set_input_files({"name": "broken.wav", "mimeType": "audio/wav", "buffer": b"RIFFnothing"})
    page.get_by_role("alert").first.wait_for()
    sound = io.BytesIO()
    soundfile.write(sound, np.zeros(32000, np.float32), 16000, format="WAV")
    choose.set_input_files({"name": "silence.wav", "mimeType": "audio/wav", "buffer": sound.getvalue()})
    assert "100 frames" in visitor.wait_words("what-the-model-says-in-each-frame", "100 frames")
    part(page, "3 On real sound")
    page.get_by_text("there is nothing to align").first.wait_for()


def test_on_a_phone(visit):
    visitor, page = opened(visit, "?part=collapse", width=390, height=844)

    def fits():
        for _ in ("dark", "light"):
            page.get_by_role("button", name="Switch between light and dark").tap()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390

    page.locator(".lab-path-frame").first.wait_for()
    fits()
    page.get_by_role("button", name="Frame 1: H").tap()
    page.get_by_text("Your path spells").or_(page.get_by_text("Solved")).first.wait_for()
    visitor.follow("ctc?part=real&clip=speech_long")
    visitor.figure("waveform")
    names = page.locator('.lab-figure[data-name="waveform"] .scatterlayer text')
    page.wait_for_function(
        """() => document.querySelectorAll('.lab-figure[data-name="waveform"] .scatterlayer text').length > 2"""
    )
    boxes = sorted((b["x"], b["x"] + b["width"]) for b in (n.bounding_box() for n in names.all()) if b and b["width"])
    assert all(end <= start + 1 for (_, end), (start, _) in pairwise(boxes)), boxes  # no name over another
    for slug, name in (("real", "trellis"), ("toy", "toy-trellis"), ("decode", "the-beam-step-by-step")):
        visitor.follow(f"ctc?part={slug}")
        visitor.figure(name)
        fits()
    chip = page.locator(".ctc-parts label.selected")
    in_view = (
        "(chip) => { const { left, right } = chip.getBoundingClientRect(); return left >= 0 && right <= innerWidth; }"
    )
    page.wait_for_function(in_view, arg=chip.element_handle())  # the part that is open, 5 of 6
