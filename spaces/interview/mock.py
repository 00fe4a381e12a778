"""Part 2: a mock interview. Asked by level and topic, answered aloud or typed, marked in the answer's own words."""

from __future__ import annotations

import html
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.text.delivery import Delivery, delivery
from algorithms.text.key_points import MOST
from components import downloads
from components.audio_input import KEEP_S
from components.lesson import Fields, On, Part, Visit
from components.live_mic import LiveMic
from components.run_row import ASR
from components.words import count, fact_list, status

from . import live, report
from .bank import Entry, bank, chosen, spread
from .lesson import SAMPLE, SAMPLE_OF
from .marking import Answer, judge, marked, point_list, probing, spoken
from .study import BLOCK

if TYPE_CHECKING:
    from .page import Scene

MINUTES_EACH = 4


@dataclass(frozen=True, kw_only=True)
class Sitting:
    """What the page remembers of a mock interview; forgotten with the session.

    Attributes
    ----------
    ids : tuple of str
        The questions, in order.
    at : int
        Which one is asked.
    answers : tuple of Answer
        Those that were given, at most one a question.
    token : str
        Of the spoken answer that goes on or has just ended.
    spoken : Delivery or None
        How it was said.
    folder : str
        Of the report's files.
    """

    ids: tuple[str, ...] = (SAMPLE_OF,)
    at: int = 0
    answers: tuple[Answer, ...] = ()
    token: str = ""
    spoken: Delivery | None = None
    folder: str = ""

    @property
    def entry(self) -> Entry:
        """The question that is asked."""
        return bank()[self.ids[self.at]]

    @property
    def answer(self) -> Answer | None:
        """The answer to it, once there is one."""
        return next((answer for answer in self.answers if answer.entry.id == self.entry.id), None)


def forget(sitting: Sitting | None) -> None:
    """Delete what a sitting holds outside the page; Gradio calls this when the session ends."""
    if sitting is not None:
        live.end(sitting.token)
        downloads.delete(sitting.folder)


def controls() -> dict[str, Any]:
    """Lay out what a sitting is made of, besides topic and level."""
    return {
        "minutes": gr.Slider(4, 40, 12, step=4, label="Minutes (four for each question)"),
        "start": gr.Button("Begin a mock interview", variant="primary"),
        "start_line": gr.HTML("", **BLOCK),
        "files": gr.HTML(report.links(""), **BLOCK),
    }


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    made: dict[str, Any] = {
        "asked": gr.HTML("", **BLOCK),
        "mic": LiveMic("interview", live.take, label="Your answer", start_text="Answer aloud", play_text=""),
        "said": gr.HTML("", **BLOCK),
        "typed": gr.Textbox(
            "", label="Your answer: speak, or type; correct what was misheard", lines=5, max_lines=14, max_length=MOST
        ),
    }
    with gr.Row(elem_classes="lab-row iv-row"):
        made["done"] = gr.Button("Mark my answer", variant="primary", scale=0, min_width=170)
        made["forward"] = gr.Button("Next question", scale=0, min_width=150, interactive=False)
    made["marks"] = gr.HTML("", elem_classes="iv-marks-place", **BLOCK)
    made["sitting"] = gr.State(None, time_to_live=KEEP_S, delete_callback=forget)
    return made


def asked(sitting: Sitting) -> str:
    """Return the question that is asked, in HTML."""
    entry = sitting.entry
    place = f"Question {sitting.at + 1} of {len(sitting.ids)}" if sitting.ids != (SAMPLE_OF,) else "For example"
    return (
        f'<article class="iv-card"><p class="iv-from">{place} · <span class="lab-level">{entry.question.level}</span> '
        f"{html.escape(entry.room)}</p><h2>{html.escape(entry.question.question)}</h2>"
        "<p>Take your time: silence does not end your answer, Stop does.</p></article>"
    )


def marks(answer: Answer) -> str:
    """Return the marked answer, the points, how it was said, and the follow-up, in HTML."""
    question, told = probing(answer)
    entry = answer.entry
    missed = [answer.entry.question.rubric.points[i].name for i in answer.open]
    why = f"It probes what was not found: {', '.join(missed)}." if missed else "All points have evidence; so further:"
    link = (
        f'<a class="lab-show" href="{html.escape(entry.demo, quote=True)}" target="_blank" rel="noopener">'
        f"Open the demonstration in {html.escape(entry.room)} ↗</a>"
    )
    return (
        f'<section class="iv-marks" aria-label="Your answer, marked"><h3>Evidence in your words</h3>{marked(answer)}'
        f"{point_list(answer)}{fact_list(spoken(answer))}"
        f'<div class="iv-demo"><h3>Asked next</h3><p class="iv-next-asked">{html.escape(question)}</p>'
        f"<p>{html.escape(why)}</p><details><summary>Show its answer</summary><p>"
        f"{html.escape(told.replace('**', '').replace('](?', f']({entry.slug}?'))}</p></details>{link}</div>"
        f'<p class="iv-note">{html.escape(report.NOTE)}</p></section>'
    )


def shown(sitting: Sitting, typed: str) -> dict[str, Any]:
    """Return what the part shows of a sitting."""
    answer = sitting.answer
    return {
        "asked": asked(sitting),
        "typed": typed,
        "marks": marks(answer) if answer is not None else "",
        "forward": gr.update(interactive=sitting.at + 1 < len(sitting.ids)),
        "files": report.links(sitting.folder),
    }


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show the sitting that goes on, else an example of an answer."""
    sitting = scene.sitting
    n = max(1, int(fields["minutes"]) // MINUTES_EACH)
    there = min(n, len(chosen(fields["topic"], fields["level"])))
    line = status(f"{count(there, 'question')} of this topic and level, drawn by chance." if there else
                  "No question is of this topic and level: choose others.", problem=not there)  # fmt: skip
    if sitting is None:
        example = Sitting(answers=(judge(bank()[SAMPLE_OF], SAMPLE),))
        return {"start_line": line, "said": "", **shown(example, SAMPLE)}
    if fields.moved and fields.moved != "part":
        return {"start_line": line}
    return {"start_line": line, **shown(sitting, sitting.answer.text if sitting.answer else "")}


def begin(visit: Visit) -> dict[str, Any]:
    """Draw the questions of a new sitting and ask the first."""
    fields = visit.fields
    entries = chosen(fields["topic"], fields["level"])
    if not entries:
        return {"start_line": status("No question is of this topic and level: choose others.", problem=True)}
    forget(visit.kept["sitting"])
    n = max(1, int(fields["minutes"]) // MINUTES_EACH)
    sitting = Sitting(ids=tuple(entry.id for entry in spread(entries, n, random.randrange(2**32))))
    return {"sitting": sitting, "said": "", **shown(sitting, "")}


def done(visit: Visit) -> dict[str, Any]:
    """Mark the answer and write the report anew."""
    sitting = visit.kept["sitting"] or Sitting()
    text = str(visit.taken["typed"] or "").strip()[:MOST]
    if not text:
        return {"said": status("There is no answer yet: speak, or type one.", problem=True)}
    answer = judge(sitting.entry, text, sitting.spoken)
    answers = (*(old for old in sitting.answers if old.entry.id != sitting.entry.id), answer)
    headers = getattr(visit.request, "headers", None) or {}
    downloads.delete(sitting.folder)
    folder = report.write(answers, report.base_of(str(headers.get("referer", ""))))
    sitting = replace(sitting, answers=answers, folder=folder)
    return {"sitting": sitting, "said": "", **shown(sitting, text)}


def forward(visit: Visit) -> dict[str, Any]:
    """Ask the next question."""
    sitting = visit.kept["sitting"]
    if sitting is None or sitting.at + 1 >= len(sitting.ids):
        return {"said": status("That was the last question: the report has all of them.")}
    live.end(sitting.token)
    sitting = replace(sitting, at=sitting.at + 1, token="", spoken=None)
    return {"sitting": sitting, "said": "", **shown(sitting, "")}


def started(visit: Visit) -> dict[str, Any]:
    """Make ready for the answer that the browser has begun to send."""
    sitting = visit.kept["sitting"] or Sitting()
    live.end(sitting.token)
    token = str(visit.event.token)[:64]
    if live.begin(token) is None:
        return {}
    line = status("Listening. What is heard is turned into text on the server and not kept.")
    return {"sitting": replace(sitting, token=token, spoken=None), "said": line, "typed": "", "marks": ""}


def tick(visit: Visit) -> dict[str, Any]:
    """Recognise what has come in and write it."""
    heard = live.find(str(visit.event.token))
    if heard is None:
        return {}
    heard.work()
    return {"typed": heard.text} if heard.text else {}


def stopped(visit: Visit) -> dict[str, Any]:
    """Recognise the rest; the text can then be corrected before it is marked."""
    token = str(visit.event.token)
    heard, sitting = live.find(token), visit.kept["sitting"]
    if heard is None or sitting is None or sitting.token != token:
        return {}
    heard.work(last=True)
    words, text = heard.words, heard.text
    live.end(token)
    if not text:
        return {"said": status(heard.problem or "No words were heard: try again, or type.", problem=True)}
    how = delivery(words) if words else None
    line = status(heard.problem or "Read it, correct what was misheard, then press “Mark my answer”.")
    return {"sitting": replace(sitting, token="", spoken=how), "typed": text, "said": line}


PART = Part(
    slug="mock",
    title="2 Mock interview",
    controls=controls,
    draw=draw,
    show=show,
    fields=("minutes",),
    on=(
        On(component="start", event="click", handler=begin),
        On(component="done", event="click", handler=done, takes=("typed",)),
        On(component="forward", event="click", handler=forward),
        On(component="mic", event="start", handler=started, how=ASR),
        On(component="mic", event="tick", handler=tick, how={"trigger_mode": "once", **ASR}),
        On(component="mic", event="stopped", handler=stopped, how=ASR),
    ),
)
