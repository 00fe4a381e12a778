"""How pages say things: numbers, times, the line that tells what is going on, a list of facts."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


def count(n: int, what: str) -> str:
    """Return a number of things in words: "1 word", "20 words"."""
    return f"{n} {what}{'' if n == 1 else 's'}"


def clock_text(seconds: float) -> str:
    """Return a time as people read it: 0:08.3, 1:02:03."""
    if seconds >= 3600:
        return f"{int(seconds // 3600)}:{int(seconds // 60) % 60:02d}:{int(seconds % 60):02d}"
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths // 10 % 60:02d}.{tenths % 10}"


def status(text: str, *, done: float | None = None, problem: bool = False) -> str:
    """Write the line that says what is going on, with a bar where a share is known.

    Parameters
    ----------
    text
        One sentence; "" leaves the line empty.
    done
        0 to 1; None draws no bar.
    problem
        Whether something went wrong.
    """
    if not text:
        return ""
    bar = ""
    if done is not None:
        percent = round(100 * min(max(done, 0.0), 1.0))
        bar = (
            f'<div class="lab-bar" role="progressbar" aria-label="Progress" aria-valuemin="0" aria-valuemax="100" '
            f'aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
        )
    kind, role = ("problem", "alert") if problem else ("note", "status")
    return f'<div class="lab-note {kind} lab-run" role="{role}">{html.escape(text)}{bar}</div>'


def fact_list(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and values side by side."""
    cells = "".join(f"<div><dt>{name}</dt><dd>{html.escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="lab-facts">{cells}</dl>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, marked: Sequence[int] = ()) -> str:
    """Return a table as HTML, in a holder that scrolls where it is too wide; the rows in `marked` stand out.

    The cells are HTML already: escape what a visitor has typed.
    """
    top = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join(
        f"<tr{' class=lab-best' if i in marked else ''}>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
        for i, row in enumerate(rows)
    )
    return (
        f'<div class="lab-scroll"><table class="lab-table"><thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
