"""What the parts below the pictures share: each is a module with SLUG, LABEL, TEXT, build() and content(scene)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from algorithms.signal.feature_config import FeatureConfig

from .analysis import Loaded
from .pictures import View

LESSON_S = 10.0  # of a sound that a section resamples, quantises or rebuilds


@dataclass(frozen=True)
class Scene:
    """Everything a section's content follows from."""

    sound: Loaded
    config: FeatureConfig
    fields: Mapping[str, Any]  # the page's state by name
    view: View | None = None  # what is zoomed into


@dataclass(frozen=True)
class Parts:
    """What a section has drawn."""

    outputs: Sequence[gr.components.Component]  # in the order of what content() returns
    fields: Mapping[str, gr.components.Component] = field(default_factory=dict)  # its own part of the page's state


def excerpt(sound: Loaded, max_s: float = LESSON_S) -> tuple[Any, str]:
    """Return the first seconds of a sound, float32 [n], and words for them where that is not all of it."""
    n = round(max_s * sound.sample_rate)
    return sound.y[:n], f" (first {max_s:g} s)" if len(sound.y) > n else ""


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table; the cells are HTML already."""
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return (
        f'<div class="lab-scroll"><table class="lab-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
