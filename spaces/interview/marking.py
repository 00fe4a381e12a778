"""What an answer says of a question's key points, marked in its own words."""

from __future__ import annotations

import html
from dataclasses import dataclass

from algorithms.text.delivery import Delivery, fillers
from algorithms.text.key_points import MOST, Finding, findings
from components.words import count

from .bank import Entry


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An answer to a question, with the evidence that was found in it.

    Attributes
    ----------
    entry : Entry
        The question.
    text : str
        What was typed, or recognised and perhaps corrected.
    found : tuple of Finding or None
        For each key point, in order.
    delivery : Delivery or None
        How it was spoken; None where it was typed.
    """

    entry: Entry
    text: str
    found: tuple[Finding | None, ...]
    delivery: Delivery | None = None

    @property
    def made(self) -> list[str]:
        """Names of the points for which there is evidence."""
        return [p.name for p, f in zip(self._points, self.found, strict=True) if f is not None and not f.denied]

    @property
    def open(self) -> list[int]:
        """Indices of the points for which there is none."""
        return [i for i, found in enumerate(self.found) if found is None or found.denied]

    @property
    def _points(self):
        return self.entry.question.rubric.points

    def quote(self, finding: Finding) -> str:
        """Return the words that were found."""
        return " … ".join(self.text[start:end] for start, end in finding.spans)


def judge(entry: Entry, text: str, delivery: Delivery | None = None) -> Answer:
    """Look for the question's key points in an answer; its first 20,000 characters are read."""
    text = text[:MOST]
    points = entry.question.rubric.points
    found = tuple(findings(text, [point.evidence for point in points]))
    return Answer(entry=entry, text=text, found=found, delivery=delivery)


def marked(answer: Answer) -> str:
    """Return the answer in HTML with the evidence marked; what a visitor has typed is escaped."""
    at: dict[tuple[int, int], list[int]] = {}
    denied: set[tuple[int, int]] = set()
    for i, finding in enumerate(answer.found):
        for span in finding.spans if finding is not None else ():
            at.setdefault(span, []).append(i)
            if finding.denied:
                denied.add(span)
    out, end = [], 0
    for span in sorted(at):
        if span[0] < end:  # spans are whole words, so this is the same word
            continue
        numbers = ", ".join(str(i + 1) for i in at[span])
        kind = ' class="iv-denied"' if span in denied else ""
        out.append(html.escape(answer.text[end : span[0]]))
        out.append(f"<mark{kind}>{html.escape(answer.text[slice(*span)])}<sup>{numbers}</sup></mark>")
        end = span[1]
    out.append(html.escape(answer.text[end:]))
    return f'<div class="iv-marked" lang="en">{"".join(out) or "<em>No words yet.</em>"}</div>'


def point_list(answer: Answer) -> str:
    """Return the key points in order, each with its evidence or without, in HTML."""
    rows = []
    for point, finding in zip(answer.entry.question.rubric.points, answer.found, strict=True):
        if finding is None:
            kind, told = "open", "not found in these words"
        else:
            quote = f"“{html.escape(answer.quote(finding))}”"
            kind = "denied" if finding.denied else "made"
            told = f"{quote}, but after a “not”: is that what you meant?" if finding.denied else f"by {quote}"
        rows.append(f'<li class="iv-{kind}"><strong>{html.escape(point.name)}</strong> <span>{told}</span></li>')
    return f'<ol class="iv-points">{"".join(rows)}</ol>'


def spoken(answer: Answer) -> list[tuple[str, str]]:
    """Return (name, value) of how the answer was given: pace, pauses, fillers."""
    if answer.delivery is None:
        return [("Words", str(len(answer.text.split()))), ("Fillers typed", str(len(fillers(answer.text))))]
    how = answer.delivery
    longest = max((length for _, length in how.pauses), default=0.0)
    pauses = f"{count(len(how.pauses), 'pause')} of a second or more"
    return [
        ("Pace", f"{how.words_a_minute:.0f} words a minute"),
        ("Pauses", pauses + (f", the longest {longest:.1f} s" if how.pauses else "")),
        ("Fillers heard", ", ".join(how.fillers) or "none (recognisers leave most “um” out)"),
        ("Length", f"{how.seconds:.0f} s, {count(how.words, 'word')}"),
    ]


def probing(answer: Answer) -> tuple[str, str]:
    """Return the follow-up, and its answer, that speaks of most of the points which were not made."""
    evidence = [answer._points[i].evidence for i in answer.open]
    pairs = answer.entry.question.follow_ups

    def missed(pair: tuple[str, str]) -> int:
        return sum(found is not None for found in findings(" ".join(pair), evidence))

    return max(pairs, key=missed)
