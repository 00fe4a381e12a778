"""Files that an event names: its own uploads, nothing else.

Gradio refuses another path with a traceback in the log, and fetches a web address. No page of the lab names either.
"""

from __future__ import annotations

import errno
from typing import Any
from urllib.parse import unquote

import gradio as gr
from gradio.utils import abspath, get_upload_folder, is_in_or_equal
from gradio_client.utils import is_http_url_like, traverse
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NOT_UPLOADED = (
    "The server opens only uploaded files, not paths on its own disk or web addresses: upload the sound; in Python, "
    "gradio_client's handle_file(path) does that."
)
SERVED = "/gradio_api/file="  # in the address of an uploaded file, before its path


def uploaded(inputs: list[Any]) -> list[Any]:
    """Return an event's inputs, in which every file is one that was uploaded, named by path or by its address here.

    Raises
    ------
    gr.Error
        Another file is named.
    """
    return traverse(inputs, _uploaded, lambda value: isinstance(value, dict) and {"path", "meta"} <= value.keys())


def _uploaded(file: dict[str, Any]) -> dict[str, Any]:
    path = file["path"]
    if isinstance(path, str) and is_http_url_like(path):
        path = unquote(path.partition(SERVED)[2])
    well_formed = isinstance(path, str) and path and isinstance(file["meta"], dict)
    if not (well_formed and is_in_or_equal(abspath(path), get_upload_folder())):
        raise gr.Error(NOT_UPLOADED, print_exception=False)
    return {**file, "path": path}


class DiskFull:
    """Middleware: a request that finds the disk full, an upload above all, gets a sentence and the log no traceback."""

    SENTENCE = "The server's disk is full, so it takes no file now: try again in a few minutes."

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        started = False

        async def sending(message: Any) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except OSError as wrong:
            if started or scope["type"] != "http" or wrong.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            await PlainTextResponse(self.SENTENCE, status_code=507)(scope, receive, send)
