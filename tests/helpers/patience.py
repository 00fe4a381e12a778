"""How long a test waits for what must come: long enough for a machine that is busy with other tests.

Nothing is claimed about speed by it: what does not come fails all the same, only later. httpx and Gradio's client give
up after 5 seconds on their own, which a process that waits for its turn on two cores can exceed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import gradio_client
import httpx

PATIENCE = 240.0  # seconds


def get(url: str, **options) -> httpx.Response:
    """Ask for a page."""
    return httpx.get(url, timeout=PATIENCE, **options)


def post(url: str, **options) -> httpx.Response:
    """Send a request with a body."""
    return httpx.post(url, timeout=PATIENCE, **options)


def visitor(url: str, **options) -> httpx.Client:
    """Return a browser's cookies and connections; a context manager."""
    return httpx.Client(base_url=url, timeout=PATIENCE, **options)


def program(url: str) -> gradio_client.Client:
    """Return Gradio's own client, connected; to be closed."""
    return gradio_client.Client(url, verbose=False, httpx_kwargs={"timeout": PATIENCE})


def until(come: Callable[[], object]) -> bool:
    """Wait until something has come; returns whether it has."""
    end = time.monotonic() + PATIENCE
    while not (here := come()) and time.monotonic() < end:
        time.sleep(0.02)
    return bool(here)
