"""The whole state of a page in its address: declared once by a room, read on load, written by *Copy link*."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import gradio as gr

MAX_TEXT = 2000  # characters of a text field that a link may carry


def page_url(slug: str, state: Mapping[str, object] | None = None) -> str:
    """Return the link, relative to any page of the app, that opens a room in a given state.

    Parameters
    ----------
    slug
        The room's name; ``""`` is the home page.
    state
        Field to value. Booleans are written 1 and 0.
    """
    plain = {name: int(value) if isinstance(value, bool) else value for name, value in (state or {}).items()}
    return (slug or "./") + ("?" + urlencode(plain) if plain else "")


def told_by(component: gr.components.Component) -> list[Any]:
    """Return the events by which a component tells that the visitor has changed it.

    A text line tells of typing, but not of pasting, by ``input``: leaving it or Enter tells of both. One that is left
    unchanged since it was entered, or since Enter, says nothing (static/text_lines.js).
    """
    if not isinstance(component, gr.Textbox):
        return [component.input]
    component.elem_classes = [*dict.fromkeys([*(component.elem_classes or []), "lab-typed"])]
    return [component.input, component.blur, component.submit]


def _number(text: str, component: gr.Slider | gr.Number) -> float | int:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    low, high = component.minimum, component.maximum
    value = max(value, low) if low is not None else value
    value = min(value, high) if high is not None else value
    if isinstance(component, gr.Number):
        return round(value) if component.precision == 0 else value
    whole = float(component.step).is_integer() and float(low).is_integer()  # a slider of whole numbers
    return round(value) if whole else value


def _choice(text: str, component: gr.Radio | gr.Dropdown) -> Any:
    by_text = {str(value): value for _, value in component.choices}
    if getattr(component, "multiselect", False):
        return [by_text[part] for part in text.split(",") if part]
    if text not in by_text:
        raise ValueError(text)
    return by_text[text]


def well_formed(text: str) -> str:
    """Return a text that every encoder takes: a half of a surrogate pair, which JSON can carry, becomes "?"."""
    return text.encode("utf-8", "replace").decode()


def parse_field(text: str, component: gr.components.Component) -> Any:
    """Turn one query-string value into a value that the component accepts.

    Numbers are clamped to the component's range, choices must be among its choices, text is cut at 2000 characters.

    Raises
    ------
    ValueError, KeyError
        When the text can't be a value of this component.
    """
    if isinstance(component, gr.Slider | gr.Number):
        return _number(text, component)
    if isinstance(component, gr.Radio | gr.Dropdown):
        return _choice(text, component)
    if isinstance(component, gr.Checkbox):
        return {"1": True, "0": False, "true": True, "false": False}[text.lower()]
    if isinstance(component, gr.Textbox):
        return well_formed(text[:MAX_TEXT])
    raise TypeError(f"A {type(component).__name__} can't be part of a page's address.")


class PageState:
    """The named fields of a page that make up its address.

    Parameters
    ----------
    **fields
        Query-string name to the component that holds the value. Its initial value is the default, which a link leaves
        out.
    """

    def __init__(self, **fields: gr.components.Component) -> None:
        self.fields = fields
        self.defaults = {name: component.value for name, component in fields.items()}

    @property
    def components(self) -> list[gr.components.Component]:
        """The components in the order of the fields."""
        return list(self.fields.values())

    def parse(self, query: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
        """Return every field's value for a query string, and a sentence for each part that made no sense.

        Unknown names are ignored (Gradio and Hugging Face add their own).
        """
        values, notes = dict(self.defaults), []
        for name, component in self.fields.items():
            if name not in query:
                continue
            try:
                values[name] = parse_field(str(query[name]), component)
            except (ValueError, KeyError):
                asked = f"The link asks for {name}={str(query[name])[:40]!r}, which this page does not have."
                notes.append(asked + " The usual value is used instead.")
                continue
            if isinstance(component, gr.Textbox) and len(str(query[name])) > MAX_TEXT:
                notes.append(f"The link's text ({name}) is longer than {MAX_TEXT} characters: the rest was left out.")
        return values, notes

    def from_state(self, state: Mapping[str, object]) -> dict[str, Any]:
        """Return every field's value for an example's or a question's state; a mistake in it raises `ValueError`."""
        unknown = set(state) - set(self.fields)
        if unknown:
            raise ValueError(f"This page has no field {', '.join(sorted(unknown))}.")
        query = {key: str(int(value)) if isinstance(value, bool) else str(value) for key, value in state.items()}
        values, notes = self.parse(query)
        if notes:
            raise ValueError(" ".join(notes))
        return values
