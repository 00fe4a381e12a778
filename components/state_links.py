"""Links into a page's own states: real links (copy them, open them in a tab) that act in place when clicked."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import gradio as gr

# A plain click stays on the page, so that a visitor's own recording survives; with a modifier key it is a usual link.
JS = """
/* events: 'pick' */
element.addEventListener('click', (event) => {
  const link = event.target.closest('a[data-state]');
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  element.querySelectorAll('a[data-state]').forEach((a) => a.toggleAttribute('aria-current', a === link));
  trigger('pick', { index: Number(link.dataset.state) });
  if (link.dataset.scroll) document.querySelector('.lab-stage')?.scrollIntoView({ behavior: 'smooth', block: 'start' });
});
"""


def _query(state: Mapping[str, object]) -> str:
    return urlencode({key: int(value) if isinstance(value, bool) else value for key, value in state.items()})


class StateLinks(gr.HTML):
    """Links that set the page up; each triggers ``pick`` with ``{"index": i}``.

    Parameters
    ----------
    states
        One page state a link.
    content
        HTML in which ``{0}``, ``{1}``, ... stand for the attributes of the i-th link.
    """

    def __init__(self, states: Sequence[Mapping[str, object]], content: str, **kwargs) -> None:
        self.states = tuple(states)
        attributes = [
            f'href="?{html.escape(_query(s), quote=True)}" data-state="{i}"' for i, s in enumerate(self.states)
        ]
        super().__init__(
            value="", html_template=content.format(*attributes), js_on_load=JS, apply_default_css=False, **kwargs
        )


def example_cards(titles: Sequence[str], notices: Sequence[str], states: Sequence[Mapping[str, object]]) -> StateLinks:
    """Draw the row of one-click examples, each with what to notice."""
    cards = "".join(
        f'<a class="lab-example" {{{i}}}><strong>{html.escape(title)}</strong><span>{html.escape(notice)}</span></a>'
        for i, (title, notice) in enumerate(zip(titles, notices, strict=True))
    )
    return StateLinks(states, f'<nav class="lab-examples" aria-label="Examples">{cards}</nav>')


def show_me(state: Mapping[str, object]) -> StateLinks:
    """Draw the link under an answer that sets the page up to show it."""
    return StateLinks([state], '<a class="lab-show" {0} data-scroll="1">Show it on this page ↑</a>')
