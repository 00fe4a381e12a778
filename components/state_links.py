"""Links into a page's own states: real addresses, followed in place (``static/address.js``) unless opened elsewhere."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from .page_state import page_url


def attributes(state: Mapping[str, object], look: str = "") -> str:
    """Return the HTML attributes of a link that opens the page being drawn in a state and shows what it is about.

    Parameters
    ----------
    state
        Field to value; booleans are written 1 and 0.
    look
        Name of the picture or control that the link points at; "" for none.
    """
    address = page_url(gr.context.Context.root_block.current_page, state)
    shown = f' data-look="{html.escape(look, quote=True)}"' if look else ""
    return f'href="{html.escape(address, quote=True)}" data-state{shown}'


def example_cards(examples: Sequence[Any]) -> gr.HTML:
    """Draw the row of one-click examples, each with what to notice."""
    cards = "".join(
        f'<a class="lab-example" {attributes(example.state, example.look)}><strong>{html.escape(example.title)}'
        f"</strong><span>{html.escape(example.notice)}</span></a>"
        for example in examples
    )
    return gr.HTML(f'<nav class="lab-examples" aria-label="Examples">{cards}</nav>', apply_default_css=False)


def show_me(question: Any) -> gr.HTML:
    """Draw the link under an answer that sets the page up to show it."""
    link = attributes(question.state, question.look)
    return gr.HTML(f'<a class="lab-show" {link}>Show it on this page ↑</a>', apply_default_css=False)
