"""Which key points an answer makes: words and synonyms found in any order, each finding kept as evidence.

No language model and no meaning: a point counts as made where the words of one of its ways to say it stand close
together in one sentence, whatever their order and endings. That is easily understood and easily checked, because what
was found can be marked in the text; and easily wrong, because somebody may say it in words that nobody listed. So the
findings are evidence for a reader, not a grade.

    >>> evidence = ("no alignment; which frame", "blank", "sum path*")
    >>> answer = "Nobody tells which frame is which letter, so CTC sums over every path."
    >>> [answer[f.spans[0][0]:f.spans[-1][1]] if f else None for f in findings(answer, evidence)]
    ['which frame', None, 'sums over every path']
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

WITHIN = 12  # words: what is further apart does not belong together
BEFORE = 3  # words in front of a finding in which a "not" is taken to deny it
MOST = 20_000  # characters of an answer that are read
NOT = "not"  # what every negation is read as
NEGATIONS = {"no", "not", "never", "without", "cannot", "neither", "nor", "none", "nothing", "nobody"}
BREAKS = {"but", "because", "so", "instead", "whereas", "therefore"}  # what is denied ends here
SMALL = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
SAME = {word: str(n) for n, word in enumerate(SMALL)} | {word: str(20 + 10 * n) for n, word in enumerate(TENS)}
SAME |= {
    "milliseconds": "ms",
    "millisecond": "ms",
    "kilohertz": "khz",
    "hertz": "hz",
    "decibels": "db",
    "decibel": "db",
}
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?|\d+|[.!?;:\n,]")
SPELT = re.compile(r"(?<![A-Za-z])[A-Z](?:[ .-]{1,2}[A-Z])+(?![A-Za-z])")  # an abbreviation letter by letter: C T C


@dataclass(frozen=True)
class Token:
    """A word of the answer: where it stands, [start, end) in characters, and how it is compared."""

    start: int
    end: int
    word: str  # without capitals and accents, in one spelling
    stem: str  # without its ending
    sentence: int
    clause: int


@dataclass(frozen=True)
class Finding:
    """The evidence for a point.

    Attributes
    ----------
    spans : tuple of (int, int)
        The words that were found, in order: [start, end) in characters of the answer.
    denied : bool
        Whether a "not" stands just before them: then a reader has to decide what was meant.
    """

    spans: tuple[tuple[int, int], ...]
    denied: bool


def plain(word: str) -> str:
    """Return a word without capitals and accents, numbers as digits, British and American spelling alike."""
    word = "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))
    word = word.replace("’", "'")
    if word in NEGATIONS or word.endswith("n't"):
        return NOT
    word = SAME.get(word, word.partition("'")[0])
    return re.sub(r"(?<=..)our", "or", re.sub(r"(?<=..)is(?=[aei]|$)", "iz", word))


def stem(word: str) -> str:
    """Return what a plain word has in common with its plural and its forms in -ed and -ing: rough, but alike for all.

    >>> {stem(word) for word in ("merge", "merges", "merged", "merging")}
    {'merg'}
    """
    if word == NOT:
        return word
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x")):
        if len(word) > len(ending) + 1 and word.endswith(ending):
            word = word.removesuffix(ending) + instead
            break
    else:
        if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "iz")):
            word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 2 and word.endswith(ending):
            word = word.removesuffix(ending)
            if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lsz":  # dropped, dropping
                word = word[:-1]
            break
    return word[:-1] if len(word) > 3 and word.endswith("e") else word


def tokens(text: str) -> list[Token]:
    """Cut an answer into words with their sentence and clause; an abbreviation that is spelt out becomes one word."""
    text = text[:MOST]
    for spelt in SPELT.finditer(text):  # as long as before, so that places stay right
        letters = re.sub(r"[ .-]", "", spelt[0])
        text = text[: spelt.start()] + letters.ljust(len(spelt[0]), "\0") + text[spelt.end() :]
    found, sentence, clause = [], 0, 0
    for match in WORD.finditer(text):
        if match[0] in ".!?;:\n":
            sentence, clause = sentence + 1, clause + 1
        elif match[0] == ",":
            clause += 1
        else:
            word = plain(match[0])
            clause += word in BREAKS
            end = match.end()
            while end < len(text) and text[end] == "\0":
                end += 1
            found.append(Token(match.start(), end, word, stem(word), sentence, clause))
    return found


@lru_cache(maxsize=4096)
def ways(evidence: str) -> tuple[tuple[str, ...], ...]:
    """Return the ways to say something that a rubric lists: each a tuple of stems, or of beginnings with "*"."""
    found = []
    for way in evidence.split(";"):
        words = re.findall(r"[^\W_]+\*?", re.sub(r"(?<=\d)(?=[A-Za-z])|(?<=[A-Za-z])(?=\d)", " ", way))
        if words:
            found.append(tuple(plain(w[:-1]) + "*" if w.endswith("*") else stem(plain(w)) for w in words))
    return tuple(found)


def _fits(token: Token, wanted: str) -> bool:
    return token.word.startswith(wanted[:-1]) if wanted.endswith("*") else token.stem == wanted


def _closest(said: Sequence[Token], way: tuple[str, ...]) -> Iterator[list[Token]]:
    """Yield the places where all words of a way stand in one sentence, each as close together as it gets."""
    for first in range(len(said)):
        if not any(_fits(said[first], wanted) for wanted in way):
            continue
        left, taken = list(way), []
        for token in said[first : first + WITHIN]:
            if token.sentence != said[first].sentence or not left:
                break
            hit = next((wanted for wanted in left if _fits(token, wanted)), None)
            if hit is not None:
                left.remove(hit)
                taken.append(token)
        if not left:
            yield taken


def _denied(said: Sequence[Token], taken: Sequence[Token], way: tuple[str, ...]) -> bool:
    """Whether a "not" stands just before what was found, in its clause; a way with a "not" of its own is no denial."""
    if NOT in way:
        return False
    at = said.index(taken[0])
    return any(t.word == NOT and t.clause == taken[0].clause for t in said[max(0, at - BEFORE) : at])


def find(said: Sequence[Token], evidence: str) -> Finding | None:
    """Return the evidence for one point, one that is not denied where there is one; None where nothing was found."""
    denied: Finding | None = None
    for way in ways(evidence):
        for taken in _closest(said, way):
            spans = tuple((token.start, token.end) for token in taken)
            if not _denied(said, taken, way):
                return Finding(spans, denied=False)
            denied = denied or Finding(spans, denied=True)
    return denied


def findings(text: str, evidence: Sequence[str]) -> list[Finding | None]:
    """Return for each point the words of the answer that make it.

    Parameters
    ----------
    text
        What was said or typed; its first 20,000 characters are read.
    evidence
        For each point its ways to be said, between semicolons: ``"gradient; straight through; simulat*"``. The words
        of a way must stand in one sentence, at most 12 words apart, in any order; a star stands for any ending.

    Returns
    -------
    list of Finding or None
        In the order of the points.
    """
    said = tokens(text)
    return [find(said, one) for one in evidence]
