"""The endpoints of programs.py as tools of the Model Context Protocol (MCP), where ``SPEECH_LAB_MCP=1`` asks for them.

Gradio makes a tool of each public endpoint and answers at ``gradio_api/mcp/``. Two things it does are done otherwise
here, in place of two methods of its ``GradioMCPServer`` (6.31; tests/test_programs.py says when they are no longer
called): what it writes to its cache for a call that holds a file (a ``data:`` URL) it would never delete, and an answer
it would write as Python shows a dictionary, not as JSON.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio_client.utils import is_file_obj_with_meta, is_http_url_like, traverse

if TYPE_CHECKING:
    from .on_demand import Lab

SWITCH = "SPEECH_LAB_MCP"


def wanted(lab: Lab) -> bool:
    """Return whether MCP is switched on; then all rooms are drawn, for the tools are listed once, at the start.

    Raises
    ------
    SystemExit
        One sentence: the switch has another value than 0 and 1, or the package `mcp` is missing.
    """
    switch = os.environ.get(SWITCH, "") or "0"
    if switch not in ("0", "1"):
        raise SystemExit(f"{SWITCH} must be 1 (on) or 0 (off), not {switch!r}.")
    if switch == "0":
        return False
    if importlib.util.find_spec("mcp") is None:
        command = f'{sys.executable} -m pip install "gradio[mcp]=={gr.__version__}"'
        raise SystemExit(f"{SWITCH}=1 needs the package mcp, which is not installed: run {command}")
    lab.draw_all()
    return True


def started(lab: Lab) -> None:
    """Finish what ``lab.launch(mcp_server=...)`` has begun.

    Raises
    ------
    SystemExit
        MCP can't be had; Gradio itself would go on without it.
    """
    if lab.mcp_error:
        raise SystemExit(f"{SWITCH}=1 can't be: {lab.mcp_error}")
    server = lab.mcp_server_obj
    if server is None:
        return
    files_of = server.convert_strings_to_filedata

    def kept(file: dict[str, Any]) -> dict[str, Any]:
        if not is_http_url_like(file["path"]):
            lab.upload_file_set.add(file["path"])  # what Gradio deletes when it is an hour old
        return file

    def arguments(value: Any, positions: list[list[str | int]]) -> Any:
        return traverse(files_of(value, positions), kept, is_file_obj_with_meta)

    def content(answers: list[Any], _root_url: str) -> list[Any]:
        texts = [json.dumps(answer, ensure_ascii=False) for answer in answers]
        return [server.types.TextContent(type="text", text=text) for text in texts]

    server.convert_strings_to_filedata, server.postprocess_output_data = arguments, content
