"""What a word error rate hides: pairs of texts with the rates that three normalisers give them."""

from __future__ import annotations

import html
from typing import NamedTuple


class Hidden(NamedTuple):
    """One pair; errors over reference words at each level of `normalise.LEVELS`, as tests count them."""

    ref: str
    hyp: str
    none: tuple[int, int]
    basic: tuple[int, int]
    english: tuple[int, int]
    what: str


HIDDEN = (
    Hidden("she has four cats", "she has 4 cats", (1, 4), (1, 4), (0, 4), "Spelling, not hearing: nobody misheard."),
    Hidden(
        "I don't know", "I do not know", (2, 3), (2, 3), (0, 4), "The same meaning; even N changes with the normaliser."
    ),
    Hidden(
        "he was an ill-disposed man",
        "He was an ill disposed man.",
        (4, 5),
        (0, 6),
        (0, 6),
        "Capitals, a full stop and a hyphen make 80 %.",
    ),
    Hidden("um, I think so", "I think so", (1, 4), (1, 4), (0, 3), "Whisper leaves hesitations out; is that an error?"),
    Hidden(
        "my favourite colour",
        "my favorite color",
        (2, 3),
        (2, 3),
        (2, 3),
        "British and American spelling. Whisper’s full normaliser also has a table of these, which is not loaded here.",
    ),
    Hidden(
        "ask Catherine Nguyen",
        "ask Katherine Winn",
        (2, 3),
        (2, 3),
        (2, 3),
        "Names are what people search for. Here they make 67 %; in a text of a thousand words the same two errors "
        "make 0.2 %.",
    ),
    Hidden("do not give him the drug", "do not give him that drug", (1, 6), (1, 6), (1, 6), "Harmless."),
    Hidden("do not give him the drug", "do give him the drug", (1, 6), (1, 6), (1, 6), "Dangerous, at the same WER."),
    Hidden(
        "take fifteen milligrams daily",
        "take fifty milligrams daily",
        (1, 4),
        (1, 4),
        (1, 4),
        "Two words that sound alike: more than three times the dose.",
    ),
    Hidden(
        "",
        "Thank you for watching.",
        (4, 0),
        (4, 0),
        (4, 0),
        "Invented in silence: with no reference words WER is not even defined.",
    ),
)


def _rate(counts: tuple[int, int]) -> str:
    errors, n = counts
    return f"{100 * errors / n:.0f} % <small>{errors}/{n}</small>" if n else f"– <small>{errors}/0</small>"


def table() -> str:
    """Return the pairs as a table."""
    heads = ("Said", "Recognised", "As written", "Basic", "Whisper’s English", "What it hides")
    head = "".join(f'<th scope="col">{h}</th>' for h in heads)
    body = "".join(
        f"<tr><td>{html.escape(h.ref) or '(silence)'}</td><td>{html.escape(h.hyp)}</td><td>{_rate(h.none)}</td>"
        f"<td>{_rate(h.basic)}</td><td>{_rate(h.english)}</td><td>{html.escape(h.what)}</td></tr>"
        for h in HIDDEN
    )
    return (
        '<div class="lab-scroll" tabindex="0" role="region" aria-label="What WER hides"><table class="lab-table '
        f'limits-hides"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )
