"""Which model runs: a list of the app's own, and a line for any other that the visitor names."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

OTHER = "other"  # the choice that stands for the model named in the text line


class ModelPicker:
    """Draws the choice of a model. It knows no model: the room hands over what can be chosen.

    Parameters
    ----------
    choices
        (what the menu shows, model id), the first one chosen at the start.
    other
        What the menu shows for "a model that I name"; "" offers no such thing.
    label
        Of the menu.
    other_label, other_info, placeholder
        Of the text line, which is shown while that choice is taken.

    Attributes
    ----------
    model : gr.Dropdown
        The chosen id, or "other": a field of the page's address.
    name : gr.Textbox or None
        What the visitor typed: a field of the page's address.
    """

    def __init__(
        self,
        choices: Sequence[tuple[str, str]],
        *,
        other: str = "",
        label: str = "Model",
        other_label: str = "Hub id or local folder",
        other_info: str = "",
        placeholder: str = "",
    ) -> None:
        self.choices = [*choices, *([(other, OTHER)] if other else [])]
        self.model = gr.Dropdown(self.choices, value=choices[0][1], label=label, filterable=False)
        self.name = None
        if not other:
            return
        self.name = gr.Textbox(
            "", label=other_label, info=other_info, placeholder=placeholder, visible=False, max_length=500, lines=1
        )
        # "change" also follows examples and links, which set the menu without a visitor's hand.
        self.model.change(
            show_name, self.model, self.name, show_progress="hidden", api_visibility="private", queue=False
        )


def show_name(model: str | None) -> dict:
    """Show the text line only where the visitor means to name a model."""
    return gr.update(visible=model == OTHER)
