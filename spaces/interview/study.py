"""Part 1: one question at a time, its answer hidden until it is asked for, and what to learn beside it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.figure import Figure, figure, heatmap
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import status

from .. import QUESTION_LEVELS
from .bank import Entry, bank, chosen, counts
from .memory import QuestionList, Rating

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}


def controls() -> dict[str, Any]:
    """Lay out what stands beside the shared choices."""
    return {
        "find": gr.Textbox(
            "", label="Search questions and answers", placeholder="for example: phase vocoder", max_lines=1
        ),
        "list": QuestionList(),
    }


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    made: dict[str, Any] = {
        "q": gr.Textbox("", label="Question", visible="hidden", max_length=100),
        "line": gr.HTML("", **BLOCK),
        "card": gr.HTML("", **BLOCK),
    }
    with gr.Row(elem_classes="lab-row iv-row"):
        made["reveal"] = gr.Button("Show the answer", variant="primary", scale=0, min_width=180)
    with gr.Column(visible=False, elem_classes="iv-answer") as made["answer_column"]:
        made["answer"] = text("")
        made["beside"] = gr.HTML("", **BLOCK)
        made["follow_ups"] = text("")
    made["demo"] = gr.HTML("", **BLOCK)
    made["rate"] = Rating()
    made["map"] = Figure(
        "Questions by topic and level", height=380, hint="a click on a cell chooses its topic and level"
    )
    return made


def card(entry: Entry) -> str:
    """Return the question with its level and room, in HTML."""
    return (
        f'<article class="iv-card"><p class="iv-from"><span class="lab-level">{entry.question.level}</span> '
        f"{html.escape(entry.room)}</p><h2>{html.escape(entry.question.question)}</h2>"
        "<p>Answer aloud or in your head before you look.</p></article>"
    )


def demo(entry: Entry) -> str:
    """Return the link to the demonstration, behind a prediction where there is one, in HTML."""
    link = (
        f'<a class="lab-show" href="{html.escape(entry.demo, quote=True)}" target="_blank" rel="noopener">'
        f"Open the demonstration in {html.escape(entry.room)} ↗</a>"
    )
    predict = entry.question.rubric.predict
    if predict is None:
        return f'<div class="iv-demo">{link}</div>'
    return (
        f'<section class="iv-demo" aria-label="Predict first"><h3>Predict first</h3><p>{html.escape(predict[0])}</p>'
        f"<details><summary>I have a prediction: what happens?</summary><p>{html.escape(predict[1])}</p>{link}"
        "</details></section>"
    )


def beside(entry: Entry) -> str:
    """Return what must appear, the key points in order, usual mistakes and the source, in HTML."""
    rubric = entry.question.rubric
    points = "".join(f"<li>{html.escape(point.name)}</li>" for point in rubric.points)
    mistakes = "".join(f"<li>{html.escape(mistake)}</li>" for mistake in rubric.mistakes)
    must = f"<h3>Formula or number</h3><p>{html.escape(rubric.must)}</p>" if rubric.must else ""
    return (
        f'<div class="iv-beside">{must}<h3>What a great answer covers, in order</h3><ol>{points}</ol>'
        f"<h3>What people get wrong</h3><ul>{mistakes}</ul>"
        f"<p><strong>Source:</strong> {html.escape(rubric.source)}</p></div>"
    )


def elsewhere(markdown: str, slug: str) -> str:
    """Return a room's text with its links into its own page leading there."""
    return re.sub(r"\]\(\?", f"]({slug}?", markdown)


def answer(entry: Entry) -> str:
    """Return the model answer, in Markdown. Where it says "this page" it means its room's."""
    return elsewhere(entry.question.answer, entry.slug) + (
        f"\n\n*Written for the room [{entry.room}]({entry.slug}): “this page” means that one.*"
    )


def follow_ups(entry: Entry) -> str:
    """Return the follow-ups with their answers, in Markdown."""
    pairs = "\n\n".join(f"*{question}* {told}" for question, told in entry.question.follow_ups)
    return "**Follow-ups**\n\n" + elsewhere(pairs, entry.slug)


def listed(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the list shows."""
    query = {name: fields[name] for name in ("topic", "level", "find") if fields[name]}
    rows = [[e.id, e.question.question, e.question.level, e.room] for e in scene.entries]
    return {"q": scene.entry.id, "rows": rows, "total": len(bank()), "query": query}


def overview() -> dict[str, Any]:
    """Return the picture of all questions: rooms by levels."""
    import numpy as np

    slugs, table = counts()
    n = np.array(table, np.float64)
    most = max(1, int(n.max()))
    titles = {entry.slug: entry.room.partition(",")[0] for entry in bank().values()}
    return figure(
        [
            heatmap(
                np.round(255 * n / most).astype(np.uint8), 0, most, unit="questions",
                x=list(QUESTION_LEVELS), y=[titles[slug] for slug in slugs], showscale=False, xgap=2, ygap=2,
                text=n.astype(int).astype(str).tolist(), texttemplate="%{text}", textfont={"size": 12},
                hovertemplate="%{y}, %{x}: %{text} questions<extra></extra>",
            )
        ],
        alt=f"{int(n.sum())} questions in {len(slugs)} topics: "
        + ", ".join(f"{int(k)} {level}" for k, level in zip(n.sum(0), QUESTION_LEVELS, strict=True))
        + ".",
        yaxis={"automargin": True, "autorange": "reversed"},
    )  # fmt: skip


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show the question that is chosen, its answer hidden."""
    entry = scene.entry
    values = {
        "line": status(scene.problem, problem=True),
        "card": card(entry),
        "reveal": gr.update(value="Show the answer"),
        "answer_column": gr.update(visible=False),
        "answer": "",
        "beside": "",
        "follow_ups": "",
        "demo": demo(entry),
        "list": listed(scene, fields),
        "rate": {"q": entry.id, "ids": [e.id for e in scene.entries]},
    }
    return values if fields.moved else {**values, "map": overview()}


def reveal(visit: Visit) -> dict[str, Any]:
    """Show the answer of the question."""
    entry = visit.scene.entry
    return {
        "reveal": gr.update(value="The answer"),
        "answer_column": gr.update(visible=True),
        "answer": answer(entry),
        "beside": beside(entry),
        "follow_ups": follow_ups(entry),
    }


def choose(visit: Visit) -> dict[str, Any]:
    """Go to the question that the browser has chosen."""
    id = str(visit.event.q)[:100]
    return {"q": id} if id in bank() else {}


def choose_cell(visit: Visit) -> dict[str, Any]:
    """Choose a topic and a level by a click into the picture."""
    slugs, table = counts()
    row, column = int(visit.event.row), int(visit.event.col)
    if not (0 <= row < len(slugs) and 0 <= column < len(QUESTION_LEVELS)) or not table[row][column]:
        return {}
    first = chosen(slugs[row], QUESTION_LEVELS[column])[0]
    return {"topic": slugs[row], "level": QUESTION_LEVELS[column], "find": "", "q": first.id}


PART = Part(
    slug="study",
    title="1 Study",
    controls=controls,
    draw=draw,
    show=show,
    fields=("find", "q"),
    forget={"find": {"q": ""}},
    on=(
        On(component="reveal", event="click", handler=reveal),
        On(component="rate", event="choose", handler=choose, redraw="q"),
        On(component="map", event="pick", handler=choose_cell, redraw="q"),
    ),
)
