"""A result as files: written into a folder of the visitor's own, offered as a row of links, deleted with the visit."""

from __future__ import annotations

import base64
import html
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

FULL = "full"  # in place of a folder: the disk took no files


def cell(value: object) -> object:
    """Return a CSV file's cell that no spreadsheet takes for a formula: a text that begins like one gets a quote."""
    if not isinstance(value, str):
        return value
    value = value.replace("\r", " ")  # to some the end of a row
    if not value.lstrip().startswith(("=", "+", "-", "@")):
        return value
    try:
        float(value)
    except ValueError:
        return "'" + value
    return value


def write(kind: str, stem: str, texts: Mapping[str, str]) -> str:
    """Write files and return their folder, inside Gradio's cache so that the page may fetch from it.

    Where the disk takes none it returns `FULL`, of which `links` says so: the page is drawn without files.

    Parameters
    ----------
    kind
        Begins the folder's name.
    stem
        Of the files' names.
    texts
        What each holds, by its ending.
    """
    root = Path(get_upload_folder())
    folder = ""
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = tempfile.mkdtemp(prefix=f"{kind}-", dir=root)
        for ending, text in texts.items():
            (Path(folder) / f"{stem}.{ending}").write_text(text, encoding="utf-8")
    except OSError:
        delete(folder)
        return FULL
    return folder


class Kept(gr.State):
    """A result with its `folder` of files, which go when another result takes its place, and with the visit."""

    is_template = True  # to the browser it is a gr.State

    def replaced(self, before: Any, value: Any) -> None:
        """Delete the files of the result that was there before."""
        if before is not None and before.folder != getattr(value, "folder", ""):
            delete(before.folder)


def delete(folder: str) -> None:
    """Delete a visitor's files, if there are any."""
    if folder not in ("", FULL):
        shutil.rmtree(folder, ignore_errors=True)


def links(formats: Sequence[tuple[str, str, str]], folder: str, stem: str) -> str:
    """Return the row of links; without a folder they lead nowhere and say so.

    Parameters
    ----------
    formats
        (ending, what the link says, what the file is good for).
    folder, stem
        As `write` returns and takes them; "" where there is no transcript.
    """
    if folder == FULL:
        return '<div class="lab-files"><span>The server has no room for files to save: try again later.</span></div>'
    found = []
    for ending, title, what in formats:
        path = html.escape(str(Path(folder) / f"{stem}.{ending}"), quote=True)
        where = (
            f'href="gradio_api/file={path}" download="{html.escape(stem, quote=True)}.{ending}" title="{what}"'
            if folder
            else 'role="link" aria-disabled="true" title="No transcript yet"'
        )
        found.append(f'<a class="lab-file" {where}>{title}</a>')
    return f'<div class="lab-files"><span>Save as</span>{"".join(found)}</div>'


def in_page(before: str, files: Sequence[tuple[str, str, str, str, bytes]]) -> str:
    """Return a row of links that hold their files, which are small: the server keeps nothing.

    Parameters
    ----------
    before
        Stands before the links, such as "Save as".
    files
        (file name, what the link says, MIME type, what the file is good for, what it holds).
    """
    made = "".join(
        f'<a class="lab-file" download="{html.escape(name)}" title="{html.escape(what)}" '
        f'href="data:{mime};base64,{base64.b64encode(held).decode()}">{html.escape(title)}</a>'
        for name, title, mime, what, held in files
    )
    return f'<div class="lab-files"><span>{before}</span>{made}</div>'
