"""A sitting written down: as Markdown, and as a page that can be printed. What somebody has typed stays text."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import urljoin

from components import downloads
from components.page_state import page_url

from .marking import Answer, marked, point_list, probing, spoken

STEM = "interview-report"
FORMATS = (
    ("md", "Markdown", "The sitting as text"),
    ("html", "Page to print", "The sitting with the evidence marked; print it from your browser"),
)
NOTE = (
    "Words were compared with a list of words, nothing was understood: a point without evidence may have been made in "
    "other words, and one with evidence may be wrong. Read the answer before you judge it."
)
STYLE = """body{font:16px/1.5 system-ui,sans-serif;max-width:46em;margin:2em auto;padding:0 1em;color:#111}
mark{background:#cdeee9;color:inherit}mark.iv-denied{background:#fde2c8}sup{font-size:.7em}
.iv-marked{border-left:3px solid #11847b;padding-left:1em;white-space:pre-wrap}.iv-open strong{font-weight:400}
article{break-inside:avoid}dt{font-weight:600;float:left;clear:left;margin-right:.5em}dd{margin:0}"""


def base_of(referer: str) -> str:
    """Return the address of the app as the browser sees it, from the page's own; "" where it is not known."""
    found = re.match(r"https?://[^\s\"'<>]+?/(?=interview(?:[/?#]|$))", referer)
    return found[0] if found else ""


def plain(text: str) -> str:
    """Return a text so that Markdown takes none of it for markup."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!<>|~&$])", r"\\\1", " ".join(text.split()))


def as_markdown(answers: Sequence[Answer], base: str) -> str:
    """Return the report as Markdown."""
    out = ["# Mock interview", "", f"{len(answers)} answered. {NOTE}", ""]
    for number, answer in enumerate(answers, 1):
        entry = answer.entry
        out += [f"## {number}. {entry.question.question}", "", f"{entry.question.level}, {entry.room}", ""]
        out += [f"> {plain(answer.text) or 'no answer'}", ""]
        for point, finding in zip(entry.question.rubric.points, answer.found, strict=True):
            box, told = ("x", f": “{plain(answer.quote(finding))}”") if finding is not None else (" ", ": not found")
            if finding is not None and finding.denied:
                box, told = " ", f"{told}, after a “not”"
            out.append(f"- [{box}] {point.name}{told}")
        out += ["", *(f"- {name}: {value}" for name, value in spoken(answer)), ""]
        out += [f"Ask next: *{probing(answer)[0]}*", ""]
        out += [f"Demonstration: <{urljoin(base, entry.demo)}>", ""]
        out += [f"Model answer: <{urljoin(base, page_url('interview', {'q': entry.id}))}>", ""]
        out += [f"Source: {entry.question.rubric.source}", ""]
    return "\n".join(out)


def as_html(answers: Sequence[Answer], base: str) -> str:
    """Return the report as a page that stands alone."""
    out = []
    for number, answer in enumerate(answers, 1):
        entry = answer.entry
        facts = "".join(f"<dt>{name}</dt><dd>{html.escape(value)}</dd>" for name, value in spoken(answer))
        links = "".join(
            f'<p>{title}: <a href="{html.escape(to, quote=True)}">{html.escape(to)}</a></p>'
            for title, to in (
                ("Demonstration", urljoin(base, entry.demo)),
                ("Model answer", urljoin(base, page_url("interview", {"q": entry.id}))),
            )
        )
        out.append(
            f"<article><h2>{number}. {html.escape(entry.question.question)}</h2>"
            f"<p>{entry.question.level}, {html.escape(entry.room)}</p>{marked(answer)}{point_list(answer)}"
            f"<dl>{facts}</dl><p>Ask next: <em>{html.escape(probing(answer)[0])}</em></p>{links}"
            f"<p>Source: {html.escape(entry.question.rubric.source)}</p></article>"
        )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Mock interview</title><style>{STYLE}</style>'
        f"<h1>Mock interview</h1><p>{html.escape(NOTE)}</p>{''.join(out)}</html>\n"
    )


def write(answers: Sequence[Answer], base: str) -> str:
    """Write both files; returns their folder, as `components.downloads` does."""
    return downloads.write("interview", STEM, {"md": as_markdown(answers, base), "html": as_html(answers, base)})


def links(folder: str) -> str:
    """Return the row of links to the files."""
    return downloads.links(FORMATS, folder, STEM)
