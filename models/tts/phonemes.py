"""English words to IPA by eSpeak NG, with the word that each group of phonemes belongs to.

eSpeak NG is a program (Debian package `espeak-ng`, packages.txt) and not a network: a dictionary and letter-to-sound
rules. Piper's voices were trained on its phonemes, so they need them when they speak.
"""

from __future__ import annotations

import re
import subprocess
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from models.registry import ModelUnavailable

from .espeak import PROGRAM, available

VOICE = "en-us"
TIMEOUT_S = 20
_PAUSE = re.compile(r"([.,;:!?]+)")
_LANGUAGE = re.compile(r"\([a-z-]+\)")  # "(fr)bɔ̃ʒˈuːɹ(en-us)": eSpeak marks words that it takes for another language's


class Phonemes(NamedTuple):
    """What is said.

    Attributes
    ----------
    ipa : str
        Groups of phonemes with spaces between, and the text's punctuation.
    words : tuple of str
        For each group the word, or the words, that it says: eSpeak joins "on the" to one group.
    """

    ipa: str
    words: tuple[str, ...]


def phonemes(text: str) -> Phonemes:
    """Say in IPA how a normalised English text is pronounced.

    Parameters
    ----------
    text : str
        Words, apostrophes, hyphens and ``. , ; : ! ?``, as `algorithms.synthesis.normalise` gives them.

    Raises
    ------
    ValueError
        Nothing to say, or letters that are not Latin.
    ModelUnavailable
        eSpeak NG is not installed.
    """
    odd = dict.fromkeys(c for c in text if c.isalpha() and "LATIN" not in unicodedata.name(c, ""))
    if odd:
        raise ValueError(
            f"This voice reads English, and {' '.join(list(odd)[:8])} {'is' if len(odd) == 1 else 'are'} not written "
            "in Latin letters: type an English sentence."
        )
    if not any(c.isalpha() for c in text):
        raise ValueError("There is nothing to say here: type at least one word.")
    pieces = _PAUSE.split(text)
    clauses = [re.sub(r"\s+", " ", c.replace("-", " ")).strip() for c in pieces[::2]]
    marks = [*pieces[1::2], ""]
    said = iter(_say([c for c in clauses if any(map(str.isalpha, c))]))
    ipa, words = "", []
    for clause, mark in zip(clauses, marks, strict=True):
        if any(map(str.isalpha, clause)):
            groups = next(said).split()
            words += _words_of(groups, clause.split())
            ipa += (" " if ipa else "") + " ".join(groups)
        if ipa:
            ipa += mark[:1]
    return Phonemes(ipa, tuple(words))


def _say(clauses: Sequence[str]) -> list[str]:
    """Return the IPA of each clause."""
    lines = _espeak("\n\n".join(clauses))
    if len(lines) == len(clauses):
        return lines
    return [" ".join(_espeak(clause)) for clause in clauses]  # it has split a long clause


@lru_cache(maxsize=64)
def _espeak(text: str) -> list[str]:
    """Return eSpeak's lines of IPA: one for what it takes for a clause."""
    if not available():
        raise ModelUnavailable(
            "The phonemes of this voice come from eSpeak NG, which is not installed: `apt-get install espeak-ng`."
        )
    command = [PROGRAM, "-q", "--ipa", "-v", VOICE, "--stdin"]  # by stdin: nothing in it can be taken for an option
    spoken = subprocess.run(command, input=text.encode(), capture_output=True, timeout=TIMEOUT_S, check=False)
    if spoken.returncode:
        raise ModelUnavailable("eSpeak NG could not read this text: install it again (`apt-get install espeak-ng`).")
    lines = _LANGUAGE.sub("", spoken.stdout.decode("utf-8", "replace")).splitlines()
    return [line.strip() for line in lines if line.strip()]


def _words_of(groups: Sequence[str], words: Sequence[str]) -> list[str]:
    """Say which words each group of phonemes stands for.

    As a rule they are as many. Where eSpeak has joined or split some, words are dealt out in order so that what each
    word sounds like alone differs least from its group (edit distance).
    """
    if len(groups) == len(words):
        return list(words)
    alone = [_bare("".join(line)) for line in _say(words)]
    most = len(words) - len(groups) + 1 if len(words) > len(groups) else 1
    best: dict[tuple[int, int], tuple[int, int]] = {(0, 0): (0, 0)}  # (groups, words) dealt: cost, words of the last
    for g, group in enumerate(groups, 1):
        for w in range(len(words) + 1):
            options = [
                (best[g - 1, w - n][0] + _distance(_bare(group), "".join(alone[w - n : w])), n)
                for n in range(min(most, w) + 1)
                if (g - 1, w - n) in best
            ]
            if options:
                best[g, w] = min(options)
    labels, w = [], len(words)
    for g in range(len(groups), 0, -1):
        n = best[g, w][1]
        labels.insert(0, " ".join(words[w - n : w]))
        w -= n
    return labels


def _bare(ipa: str) -> str:
    return "".join(c for c in ipa if c not in "ˈˌː ")


def _distance(a: str, b: str) -> int:
    """Edit distance of two short texts."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]
