"""The same letters written in different ways: composed or not, curly or straight, with marks of their own."""

from __future__ import annotations

import re
import unicodedata

# What keyboards, word processors and web pages put for an apostrophe inside a word: curly quotes, modifier letters
# (also the Hawaiian okina), fullwidth, prime, and the accents of typewriters.
_APOSTROPHES = re.compile("[\u2019\u2018\u201b\u02bc\u02bb\u02b9\uff07\u2032\u00b4`]")


def folded(text: str, form: str = "NFC") -> str:
    """Return a text with one spelling of each letter.

    Apostrophes become "'", characters without width go (soft hyphens, joiners; a zero-width space becomes a space), and
    letters and their marks are composed.

    Parameters
    ----------
    text
        Anything.
    form
        "NFC", or "NFKC", which also takes ligatures apart and writes ﬁ as fi (Unicode Standard Annex 15).
    """
    text = _APOSTROPHES.sub("'", text).replace("\u200b", " ")  # before NFKC, which makes a space of an acute accent
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return unicodedata.normalize(form, text)


def is_mark(character: str) -> bool:
    """Whether it belongs to the letter before it: an accent, or a vowel sign as Hindi, Tamil or Arabic write them."""
    return unicodedata.category(character)[0] == "M"


def without_marks(text: str) -> str:
    """Return the bare letters: "é" is "e", "ﬁ" is "fi"."""
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not is_mark(c))
