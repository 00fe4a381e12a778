"""Text normalisation: what is no word, such as "Dr.", "$5.20" or "3 May 2024", becomes the words that a reader says.

A chain of rules, each a pattern and what it becomes, applied in order: dates before times before money before plain
numbers, because a rule that comes earlier takes the figures away from the later ones. Real systems (Sproat et al. 2001,
"Normalization of non-standard words") add a classifier for what no pattern decides: is "St." a saint or a street?
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from . import numbers

MONTHS = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
]  # fmt: skip
_MONTH = {name[:3].lower(): name for name in MONTHS}
_MONTH_NAMES = r"(Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?"
_MONTH_NAMES += r"|Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)"
ABBREVIATIONS = {
    "Dr.": "Doctor", "Mr.": "Mister", "Mrs.": "Missus", "Ms.": "Miz", "Prof.": "Professor", "Sr.": "Senior",
    "Jr.": "Junior", "vs.": "versus", "etc.": "et cetera", "e.g.": "for example", "i.e.": "that is",
    "approx.": "approximately", "Ave.": "Avenue", "Rd.": "Road",
}  # fmt: skip
UNITS = {
    "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "mg": "milligram", "ms": "millisecond",
    "kHz": "kilohertz", "Hz": "hertz", "MB": "megabyte", "GB": "gigabyte", "km/h": "kilometer per hour",
}  # fmt: skip
CURRENCIES = {"$": ("dollar", "cent"), "£": ("pound", "penny"), "€": ("euro", "cent")}
SIGNS = {
    "&": "and", "@": "at", "%": "percent", "+": "plus", "=": "equals", "#": "number", "°": "degrees", "§": "section",
    "×": "times", "÷": "divided by", "½": "one half", "¼": "one quarter", "¾": "three quarters", "²": "squared",
}  # fmt: skip
QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": ", ", "…": ".", "\u00a0": " "})


class Step(NamedTuple):
    """One thing that a rule has changed: which rule, what stood there, what is said."""

    rule: str
    before: str
    after: str


class Normalised(NamedTuple):
    """A text that can be spoken, how it came to be, and what was left out."""

    text: str
    steps: tuple[Step, ...]
    left_out: str  # characters that no voice can say, such as emoji, each once


def _plural(count: int, unit: str) -> str:
    return f"{unit[:-1]}ies" if unit.endswith("y") and count != 1 else unit + ("" if count == 1 else "s")


def _date(month: str, day: str, year: str | None, *, day_first: bool) -> str:
    name, nth = _MONTH[month[:3].lower()], numbers.ordinal(int(day))
    said = f"the {nth} of {name}" if day_first else f"{name} {nth}"
    return said + (f", {numbers.year(int(year))}" if year else "")


def _iso(m: re.Match) -> str:
    year, month, day = (int(g) for g in m.groups())
    return f"{MONTHS[month - 1]} {numbers.ordinal(day)}, {numbers.year(year)}"


def _slashes(m: re.Match) -> str:
    """Say month, day and year, as Americans write them: 3/5/2024 is the fifth of March (in Europe the third of May)."""
    month, day, year = (int(g) for g in m.groups())
    return f"{MONTHS[month - 1]} {numbers.ordinal(day)}, {numbers.year(year if year > 99 else 2000 + year)}"


def _time(m: re.Match) -> str:
    hour, minute, half = int(m[1]), int(m[2]), (m[3] or "").replace(".", "").lower()
    words = numbers.cardinal(hour)
    if minute:
        words += f" {'oh ' if minute < 10 else ''}{numbers.cardinal(minute)}"
    elif not half:
        words += " o'clock" if 0 < hour <= 12 else " hundred hours"
    return words + (f" {half[0]} {half[1]}" if half else "")


def _money(m: re.Match) -> str:
    unit, small = CURRENCIES[m[1]]
    if m[4]:  # $3 million, $2.5 billion
        amount = numbers.number(m[2]) if not m[3] else numbers.decimal(m[2], m[3])
        return f"{amount} {m[4]} {unit}s"
    whole, cents = int(m[2].replace(",", "")), int((m[3] or "0").ljust(2, "0"))
    parts = [f"{numbers.number(m[2])} {_plural(whole, unit)}"] if whole or not cents else []
    if cents:
        plural = "pence" if small == "penny" and cents != 1 else _plural(cents, small)
        parts.append(f"{numbers.cardinal(cents)} {plural}")
    return " and ".join(parts)


def _unit(m: re.Match) -> str:
    said = numbers.number(m[1]) if not m[2] else numbers.decimal(m[1], m[2])
    head, per, rest = UNITS[m[3]].partition(" per ")
    one = not m[2] and int(m[1].replace(",", "")) == 1
    return f"{said} {head if one or head.endswith('hertz') else head + 's'}{per}{rest}"


def _decade(m: re.Match) -> str:
    said = numbers.year(int(m[1]))
    return said[:-1] + "ies" if said.endswith("y") else said + "s"


_INT = r"(\d{1,3}(?:,\d{3})+|\d+)"
_UNIT_NAMES = "|".join(sorted((re.escape(u) for u in UNITS), key=len, reverse=True))
_MONEY = rf"([$£€])\s?{_INT}(?:\.(\d\d?))?(?:\s(million|billion|trillion)\b)?(?!\d|\.\d)"
_DAY, _YEAR = r"(0?[1-9]|[12]\d|3[01])", r"(1\d{3}|20\d\d)"
_RULES: tuple[tuple[str, str, Callable[[re.Match], str]], ...] = (
    (
        "abbreviation",
        r"(?<!\w)(" + "|".join(re.escape(a) for a in ABBREVIATIONS) + r")(?!\w)",
        lambda m: ABBREVIATIONS[m[1]],
    ),
    ("abbreviation", r"\bNo\.(?=\s?\d)", lambda m: "Number"),
    ("date", r"(?<![\d-])(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(?![\d-])", _iso),
    ("date", rf"(?<![\d/])(0?[1-9]|1[0-2])/{_DAY}/(\d{{4}}|\d\d)(?![\d/])", _slashes),
    (
        "date",
        rf"\b{_DAY}(?:st|nd|rd|th)?(?: of)? {_MONTH_NAMES}(?:,? {_YEAR})?(?!\w)",
        lambda m: _date(m[2], m[1], m[3], day_first=True),
    ),
    (
        "date",
        rf"\b{_MONTH_NAMES} {_DAY}(?:st|nd|rd|th)?(?:,? {_YEAR})?(?!\w)",
        lambda m: _date(m[1], m[2], m[3], day_first=False),
    ),
    ("time", r"(?<![\d:])([01]?\d|2[0-3]):([0-5]\d)(?![\d:])(?:\s?([ap]\.m\.|[ap]m\b))?", _time),
    ("money", _MONEY, _money),
    ("unit", rf"(?<![\d.]){_INT}(?:\.(\d+))?\s?({_UNIT_NAMES})(?!\w)", _unit),
    ("ordinal", rf"(?<![\d.]){_INT}(?:st|nd|rd|th)\b", lambda m: numbers.ordinal(int(m[1].replace(",", "")))),
    ("decade", r"(?<![\d.,])((?:1[1-9]|20)\d0)s\b", _decade),
    ("year", r"(?<![\d.,])(1[1-9]\d\d|20[0-4]\d)(?![\d,]*\d|\.\d|\s?%)", lambda m: numbers.year(int(m[1]))),
    ("version", r"\d+(?:\.\d+){2,}", lambda m: " point ".join(map(numbers.number, m[0].split(".")))),
    ("decimal", rf"(?<![\d.]){_INT}\.(\d+)(?![\d.])", lambda m: numbers.decimal(m[1], m[2])),
    ("number", _INT, lambda m: numbers.number(m[1])),
    ("sign", "[" + re.escape("".join(SIGNS)) + "]", lambda m: SIGNS[m[0]]),
)
RULES = tuple((name, re.compile(pattern), say) for name, pattern, say in _RULES)


def normalise(text: str) -> Normalised:
    """Say a text in words.

    Parameters
    ----------
    text : str
        Whatever was typed.

    Returns
    -------
    Normalised
        Words, spaces, apostrophes, hyphens and the marks ``. , ; : ! ?`` alone, with what was changed on the way.
    """
    text = unicodedata.normalize("NFC", text).translate(QUOTES)
    steps: list[Step] = []
    for rule, pattern, say in RULES:

        def said(m: re.Match, rule: str = rule, say: Callable = say) -> str:
            try:
                after = say(m)
            except ValueError:  # the thirty-first of nothing, a number beyond all words: read it figure by figure
                after = numbers.digits(m[0]) or m[0]
            steps.append(Step(rule, m[0], after))
            return f" {after} "

        text = pattern.sub(said, text)
    kept = "".join(c if _speakable(c) else " " for c in text)
    left_out = "".join(dict.fromkeys(c for c in text if not _speakable(c) and not _silent(c)))
    kept = re.sub(r"\s+", " ", kept)
    kept = re.sub(r"\s+([.,;:!?])", r"\1", kept)
    return Normalised(kept.strip(), tuple(steps), left_out)


def _speakable(c: str) -> bool:
    return c.isalpha() or unicodedata.combining(c) > 0 or c in " .,;:!?'-"


def _silent(c: str) -> bool:
    """Whether a character is left out without a word: brackets, quotes, line breaks, what can't be seen."""
    return c.isspace() or c in '"()[]{}<>_*/\\|~^`«»' or unicodedata.category(c)[0] in "CMZ"
