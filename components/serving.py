"""Starts the server that `python app.py` runs: where it listens, and one line for whatever keeps it from starting."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Mapping
from typing import Any

from . import mcp_tools, scratch
from .on_demand import Lab


def address(environment: Mapping[str, str] = os.environ) -> tuple[str, int]:
    """Return the host and the port to listen on, which are free at this moment.

    Raises
    ------
    SystemExit
        One sentence: what is wrong with HOST or PORT and what to do.
    """
    host = environment.get("HOST") or environment.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    text = environment.get("PORT") or environment.get("GRADIO_SERVER_PORT") or "7860"
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= 65535):
        raise SystemExit(f"PORT must be a number from 1 to 65535, not {text!r}: for example PORT=7861.")
    port = int(text)
    try:
        family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise SystemExit(_no_host(host)) from None
    with socket.socket(family, kind, protocol) as probe:
        if os.name == "posix":  # as the server does: connections of an earlier one that are closing don't count
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(where)
        except OSError as wrong:
            if wrong.errno == errno.EADDRNOTAVAIL:
                raise SystemExit(_no_host(host)) from None
            why = "needs rights of an administrator" if wrong.errno == errno.EACCES else "is taken by another program"
            raise SystemExit(
                f"Port {port} of {host} {why}: choose another, for example PORT={port % 60000 + 1024}."
            ) from None
    return host, port


def _no_host(host: str) -> str:
    return (
        f"HOST must be a name or an address of this machine, not {host!r}: 127.0.0.1 for this machine alone, 0.0.0.0 "
        "for others too."
    )


def serve(make: Callable[[], Lab], options: Callable[[], dict[str, Any]]) -> None:
    """Start the server, print its address, and return when it ends.

    Parameters
    ----------
    make
        Builds the app.
    options
        Returns what its ``launch`` needs besides the address.

    Raises
    ------
    SystemExit
        One sentence: why it can't start and what to do.
    """
    host, port = address()
    try:
        scratch.limit_mb()
        scratch.claim()
    except (OSError, ValueError) as wrong:
        raise SystemExit(f"Visitors' files can't be kept: {wrong} GRADIO_TEMP_DIR names another folder.") from None
    lab = make()
    how = options() | {"quiet": True, "prevent_thread_lock": True, "mcp_server": mcp_tools.wanted(lab)}
    _, url, _ = lab.launch(server_name=host, server_port=port, **how)
    mcp_tools.started(lab)
    scratch.start_janitor(lab.busy)
    print(f"Speech Lab runs at {url} (Ctrl+C stops it)", flush=True)
    lab.block_thread()
