"""The frame that every page shares: navigation, head, examples, controls and pictures, theory, questions, sources."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import gradio as gr

from .state_links import StateLinks, example_cards, show_me

if TYPE_CHECKING:
    from .wiring import Wiring

LATEX = [{"left": "$$", "right": "$$", "display": True}, {"left": "$", "right": "$", "display": False}]

NAV_JS = """
const button = element.querySelector('.lab-theme');
button.onclick = () => {
  const dark = document.body.classList.toggle('dark');
  localStorage.setItem('lab-theme', dark ? 'dark' : 'light');
};
element.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
document.title = element.querySelector('.lab-nav').dataset.title;
document.documentElement.lang = 'en';
"""

# Leaves out what is at its default, so links stay short; a visitor's own recording can't travel in a link and is named.
COPY_JS = """
(...values) => {
  const fields = FIELDS;
  const query = new URLSearchParams();
  let own = false;
  fields.forEach(([name, preset], i) => {
    const value = typeof values[i] === 'boolean' ? Number(values[i]) : values[i];
    const usual = typeof preset === 'boolean' ? Number(preset) : preset;
    if (value === 'own') own = true;
    else if (value != null && String(value) !== String(usual ?? '')) query.set(name, String(value));
  });
  const text = query.toString();
  const url = location.origin + location.pathname + (text ? '?' + text : '');
  history.replaceState(null, '', url);
  const button = document.querySelector('.lab-copy');
  const say = (words) => {
    const before = button.dataset.words ??= button.textContent;
    button.textContent = words;
    setTimeout(() => (button.textContent = before), 2500);
  };
  const done = () => say(own ? 'Copied, without your own sound' : 'Link copied');
  if (navigator.clipboard) navigator.clipboard.writeText(url).then(done, () => window.prompt('Copy this link', url));
  else window.prompt('Copy this link', url);
  return [];
}
"""


def navigation(rooms: Sequence[tuple[str, str]], current: str) -> None:
    """Draw the bar on top of every page.

    Parameters
    ----------
    rooms
        (slug, title) of every room in order; the home page, slug ``""``, is added.
    current
        The slug of the page it is drawn on.
    """
    links = "".join(
        f'<a href="{slug or "./"}"{" aria-current=page" if slug == current else ""}>{html.escape(title)}</a>'
        for slug, title in rooms
    )
    title = dict(rooms).get(current)
    gr.HTML(
        f"""<div class="lab-nav" data-title="{html.escape(f"{title} · Speech Lab" if title else "Speech Lab")}">
        <a class="lab-brand" href="./"{"" if current else " aria-current=page"}><svg viewBox="0 0 32 32"
        aria-hidden="true"><path d="M3 16h3l3-8 4 18 4-22 4 20 3-10 2 2h3"/></svg>Speech Lab</a>
        <nav aria-label="Rooms">{links}</nav>
        <button type="button" class="lab-theme" aria-label="Switch between light and dark"><svg viewBox="0 0 24 24"
        aria-hidden="true"><path d="M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z"/></svg></button></div>""",
        js_on_load=NAV_JS,
        elem_classes="lab-nav-holder",
        apply_default_css=False,
    )


def text(markdown: str, **kwargs: Any) -> gr.Markdown:
    """Draw Markdown with formulas between dollar signs."""
    return gr.Markdown(markdown, latex_delimiters=LATEX, elem_classes=["lab-prose"], **kwargs)


class Page:
    """Draws a room's page from top to bottom, as a context manager; `lesson.Lesson.build` is what uses it."""

    def __init__(self, space: Any) -> None:
        self.space = space
        self.wiring: Wiring | None = None
        self._links: list[StateLinks] = []

    def __enter__(self) -> Page:
        space = self.space
        with gr.Row(elem_classes="lab-head", equal_height=False):
            gr.HTML(
                f"<header><h1>{html.escape(space.title)}</h1><p>{html.escape(space.summary)}"
                f' <span class="lab-level">{html.escape(space.level)}</span></p></header>',
                scale=10,
                min_width=220,
                apply_default_css=False,
            )
            self._copy = gr.Button("Copy link", size="sm", elem_classes="lab-copy", scale=0, min_width=110)
        if space.examples:
            titles, notices, states = zip(*((e.title, e.notice, e.state) for e in space.examples), strict=True)
            self._links.append(example_cards(titles, notices, states))
        self._stage = gr.Row(elem_classes="lab-stage", equal_height=False)
        self._stage.__enter__()
        self._staged = True
        return self

    @contextmanager
    def controls(self):
        """Open the left column: sound and settings (on a phone it comes first, unless the pictures ask to)."""
        with gr.Column(scale=1, min_width=300, elem_classes="lab-controls"):
            yield

    @contextmanager
    def pictures(self, *, first: bool = False):
        """Open the right column: what follows from the settings; `first` puts it above them on a phone."""
        classes = ["lab-pictures", "lab-pictures-first"] if first else ["lab-pictures"]
        with gr.Column(scale=3, min_width=320, elem_classes=classes):
            yield

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
        """Tie a room made of parts: its events, the links into its states, *Copy link*."""
        self.wiring = wiring

    def __exit__(self, kind: type | None, *_: object) -> None:
        self._leave_stage()
        if kind is not None:
            return
        questions(self.space.questions, self._links)
        references(self.space.references)
        if self.wiring is None:  # a page without parts: nothing of it is in its address
            self._copy.visible = False
            return
        self.wiring.tie(self._links)
        state = self.wiring.state
        fields = json.dumps([[name, state.defaults[name]] for name in state.fields])
        self._copy.click(None, state.components, None, js=COPY_JS.replace("FIELDS", fields), api_visibility="private")


def questions(items: Sequence[Any], links: list[StateLinks]) -> None:
    """Draw the interview questions; the links that show an answer on the page are added to ``links``."""
    if not items:
        return
    gr.HTML('<h2 class="lab-section">Interview questions</h2>', apply_default_css=False)
    for item in items:
        with gr.Accordion(f"{item.question}  ·  {item.level}", open=False, elem_classes="lab-question"):
            text(item.answer)
            if item.state:
                links.append(show_me(item.state))
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
