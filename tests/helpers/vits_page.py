"""The VITS page without a browser."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import gradio as gr

from components.address import Address
from spaces import discover


def wiring() -> Any:
    """Return the wiring of the page."""
    with gr.Blocks(analytics_enabled=False) as demo:
        discover()["vits"].build()
    return next(block.wiring for block in demo.blocks.values() if isinstance(block, Address))


def event(**told: Any) -> SimpleNamespace:
    """Return what a component tells with an event."""
    return SimpleNamespace(**told)
