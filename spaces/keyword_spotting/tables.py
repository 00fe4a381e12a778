"""Tables of parts 1 and 4 as files: CSV inside the page, so that nothing has to be kept on the server."""

from __future__ import annotations

import base64
import csv
import html
import io
from collections.abc import Iterable, Sequence

from components.downloads import cell


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV; numbers as they are."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def csv_link(what: str, file_name: str, rows: Iterable[Sequence[object]]) -> str:
    """A line with a link that saves the rows as a CSV file, as HTML."""
    data = base64.b64encode(csv_text(rows).encode()).decode()
    name = html.escape(file_name, quote=True)
    return (
        f'<div class="lab-files"><span>{html.escape(what)}</span>'
        f'<a class="lab-file" download="{name}" href="data:text/csv;base64,{data}">CSV</a></div>'
    )
