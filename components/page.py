"""The frame that every page shares: head, examples, controls and pictures, theory, questions, sources."""

from __future__ import annotations

import html
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gradio as gr

from .state_links import example_cards, show_me

if TYPE_CHECKING:
    from .wiring import Wiring

LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]


def text(markdown: str, **kwargs: Any) -> gr.Markdown:
    """Draw Markdown with formulas between dollar signs."""
    return gr.Markdown(markdown, latex_delimiters=LATEX, elem_classes=["lab-prose"], **kwargs)


class Page:
    """Draws a room's page from top to bottom, as a context manager; `lesson.Lesson.build` is what uses it."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.wiring: Wiring | None = None

    def __enter__(self) -> Page:
        space = self.space
        gr.HTML(
            f'<header class="lab-head"><h1>{html.escape(space.title)}</h1><p>{html.escape(space.summary)}'
            f' <span class="lab-level">{html.escape(space.level)}</span></p></header>',
            apply_default_css=False,
        )
        if space.examples:
            example_cards(space.examples)
        self._stage = gr.Row(elem_classes="lab-stage", equal_height=False)
        self._stage.__enter__()
        self._staged = True
        return self

    @contextmanager
    def controls(self):
        """Open the left column: sound and settings. On a phone it comes after the pictures."""
        with gr.Column(scale=1, min_width=300, elem_classes="lab-controls") as column:
            yield column

    @contextmanager
    def pictures(self):
        """Open the right column: what follows from the settings.

        It comes first for the keyboard, for screen readers and on a phone; the style sheet puts the controls left.
        """
        with gr.Column(scale=3, min_width=320, elem_classes="lab-pictures") as column:
            yield column
        row = column.parent.children
        row.insert(0, row.pop(row.index(column)))

    def _leave_stage(self) -> None:
        if self._staged:
            self._stage.__exit__(None, None, None)
            self._staged = False

    def theory(self, markdown: str) -> None:
        """Write the short theory below the pictures; formulas stand between dollar signs."""
        self._leave_stage()
        text(markdown)

    def below(self) -> None:
        """End the two columns: what follows is drawn over the whole width."""
        self._leave_stage()

    def connect(self, wiring: Wiring) -> None:
        """Tie a room made of parts: its events, and the links into its states."""
        self.wiring = wiring

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._leave_stage()
        if kind is not None:
            return
        questions(self.space.questions)
        references(self.space.references)
        if self.wiring is not None:  # else nothing of the page is in its address
            self.wiring.tie({item.look for item in (*self.space.examples, *self.space.questions) if item.look})


def questions(items: Sequence[Any]) -> None:
    """Draw the interview questions, each with the link that shows its answer on the page."""
    if not items:
        return
    gr.HTML('<h2 class="lab-section">Interview questions</h2>', apply_default_css=False)
    for item in items:
        with gr.Accordion(f"{item.question}  ·  {item.level}", open=False, elem_classes="lab-question"):
            text(item.answer)
            if item.state:
                show_me(item)
            if item.follow_ups:
                text(
                    "**Follow-ups**\n\n" + "\n\n".join(f"*{question}* {answer}" for question, answer in item.follow_ups)
                )


def references(items: Sequence[Any]) -> None:
    """Draw the list of sources with the place in each."""
    if not items:
        return

    def entry(item: Any) -> str:
        title = html.escape(item.title)
        title = (
            f'<a href="{html.escape(item.url, quote=True)}" rel="noopener" target="_blank">{title}</a>'
            if item.url
            else title
        )
        return f"<li>{title} <span>{html.escape(item.where)}</span></li>"

    gr.HTML(
        f'<h2 class="lab-section">Sources</h2><ul class="lab-sources">{"".join(map(entry, items))}</ul>',
        apply_default_css=False,
    )
