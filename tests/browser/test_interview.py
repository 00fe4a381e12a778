"""A student's path in a real browser: filter, reveal, mark as known, reload, export, import; be interviewed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.helpers.browser import press

pytestmark = pytest.mark.browser
SM2 = """async () => {
    const source = performance.getEntriesByType('resource').map((e) => e.name).find((name) => name.includes('sm2.js'));
    const { NEW, review } = await import(source);
    let card = NEW;
    const days = [5, 5, 5, 4, 2, 3].map((quality) => (card = review(card, quality, 100)).days);
    return [days, card.ef, review({ ...NEW, ef: 1.3 }, 3, 0).ef];
}"""


def test_study_is_kept_and_goes_with_the_student(visit, tmp_path):
    visitor = visit()
    page = visitor.open("interview")
    card = page.locator(".lab-part-study .iv-card h2")
    card.filter(has_text="What is a mel spectrogram").wait_for()
    assert page.locator(".iv-beside").count() == 0, "the answer is hidden until it is asked for"
    # Filter and search.
    press(page, "Principal")
    page.locator(".iv-list li", has_text="modern end-to-end ASR").wait_for()
    page.locator(".iv-list li", has_text="What is a mel spectrogram").wait_for(state="detached")
    press(page, "Any")
    page.get_by_label("Search questions and answers").fill("forward-backward blank")
    page.keyboard.press("Enter")
    page.locator(".iv-list a", has_text="Why is CTC necessary").click()
    card.filter(has_text="Why is CTC necessary").wait_for()
    page.wait_for_function("() => location.search.includes('q=ctc.why-ctc')")
    # A prediction before the demonstration; the answer by keyboard.
    demo = page.locator(".lab-part-study .iv-demo .lab-show")
    assert demo.is_hidden()
    page.locator(".lab-part-study .iv-demo summary").press("Enter")
    demo.wait_for()
    assert demo.get_attribute("href").startswith("ctc?part=why")
    page.get_by_role("button", name="Show the answer").press("Enter")
    page.locator(".iv-beside", has_text="A blank symbol").wait_for()
    # Rate, mark as known.
    page.get_by_role("button", name="At once").press("Enter")
    page.locator(".iv-when", has_text="asked again tomorrow").wait_for()
    page.get_by_role("button", name="Mark as known").press("Enter")
    page.locator(".iv-counts", has_text="1 known").wait_for()
    # A reload keeps it, and the address the question.
    page.reload()
    card.filter(has_text="Why is CTC necessary").wait_for()
    page.locator(".iv-counts", has_text="1 known").wait_for()
    page.locator(".iv-known[aria-pressed=true]").wait_for()
    assert page.locator(".iv-beside").count() == 0, "hidden again"
    # Export it, lose it, import it.
    with page.expect_download() as download:
        page.get_by_role("button", name="Export progress").click()
    path = tmp_path / "progress.json"
    download.value.save_as(path)
    kept = json.loads(path.read_text())
    assert kept["cards"]["ctc.why-ctc"]["known"] is True
    page.evaluate("localStorage.removeItem('lab-interview')")
    page.reload()
    page.locator(".iv-counts", has_text="0 known").wait_for()
    bad = tmp_path / "bad.json"
    bad.write_text('{"version": 1, "cards": [1, {"n": "<b>"}]')
    page.locator(".iv-import input").set_input_files(bad)
    page.locator(".iv-said", has_text="no file of progress").wait_for()
    page.locator(".iv-import input").set_input_files(path)
    page.locator(".iv-counts", has_text="1 known").wait_for()
    # Known questions are not asked again: the next one is another.
    page.get_by_label("Search questions and answers").fill("")
    page.keyboard.press("Enter")
    page.locator(".iv-list li", has_text="What is a mel spectrogram").wait_for()
    page.locator(".lab-part-study").get_by_role("button", name="Next question").click()
    card.filter(has_not_text="Why is CTC necessary").wait_for()
    # The scheduler is SM-2: 1, 6, then times the easiness; failed: 1; known again: 1.
    days, easiness, least = page.evaluate(SM2)
    assert days == [1, 6, 17, 48, 1, 1]
    assert easiness == pytest.approx(2.8 - 0.14)
    assert least == 1.3
    assert not visitor.foreign()


def test_a_mock_interview_marks_the_words(visit):
    visitor = visit()
    page = visitor.open("interview?part=mock&topic=ctc&minutes=4")
    part = page.locator(".lab-pictures .lab-part-mock")
    part.locator(".iv-marked mark", has_text="blank").wait_for()  # the example
    page.get_by_role("button", name="Begin a mock interview").click()
    part.locator(".iv-from", has_text="Question 1 of 1").wait_for()
    part.locator(".iv-marked").wait_for(state="detached")
    answer = page.get_by_label("Your answer: speak, or type")
    answer.fill("<b>blank</b>, alignments, language model, beam, prefix, forward, viterbi, stay, skip")
    page.get_by_role("button", name="Mark my answer").click()
    part.locator(".iv-points").wait_for()
    assert part.locator(".iv-marked").inner_text().startswith("<b>")
    part.locator(".iv-next-asked").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Markdown").click()
    written = Path(download.value.path()).read_text(encoding="utf-8")
    assert visitor.url in written
    assert "<b>" not in written.replace("\\<b", "")
    # Aloud: the fake microphone beeps, so no words are heard, and the page says so.
    page.get_by_role("button", name="Answer aloud").click()
    part.get_by_text("Listening.").wait_for()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("then press “Mark my answer”").or_(page.get_by_text("No words were heard")).first.wait_for()
