"""The address is the state: what ties a page's fields to the browser's address bar. See ``static/address.js``.

The browser writes the address as the page changes, and asks for what an address says when a link into the page is
followed or Back is pressed: then `Address` triggers ``go`` with ``{"query": "?..."}``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from . import static_files
from .page_state import PageState


def tell(what: str) -> str:
    """Return JavaScript for an event without a handler: hands the values of its inputs to the browser's part."""
    return f"(...values) => {{ (window.labAddress ??= []).push(['{what}', values]); return []; }}"


class Address(gr.HTML):
    """Has nothing to be seen.

    Parameters
    ----------
    state
        The fields and their usual values, which an address leaves out.
    chips
        Name of the field that chooses the part: another part is a new entry in the browser's history.
    passing
        Fields that playing moves: an example stays what the page shows while they change.
    looks
        Name of what an example points at to the ids on the way there: closed accordions, then itself.

    Attributes
    ----------
    wiring : Wiring
        The page's, for tests.
    """

    wiring: Any

    def __init__(
        self,
        state: PageState,
        *,
        chips: str,
        passing: Iterable[str] = (),
        looks: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        page = {
            "fields": [[name, state.defaults[name]] for name in state.fields],
            "chips": chips,
            "passing": list(passing),
            "looks": dict(looks or {}),
        }
        super().__init__(
            value="",
            html_template=f'<div hidden data-page="{html.escape(json.dumps(page), quote=True)}"></div>',
            js_on_load="/* events: 'go' */" + static_files.module_loader("address.js", "lab.mount({element, trigger})"),
            apply_default_css=False,
            elem_classes="lab-unseen",
        )


def query_of(event: gr.EventData) -> dict[str, str]:
    """Return what a ``go`` event asks for, as names and values."""
    query = str(getattr(event, "query", ""))[:20_000]  # a forged event may have none, or anything
    return dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True))
