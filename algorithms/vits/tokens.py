"""Phonemes as a VITS voice reads them: one number a symbol, a blank after each, and groups that one hears as a sound.

The sentence "hi" is ``ˈ h aɪ`` to a phonetician and ``^ _ h _ ˈ _ a _ ɪ _ $ `` to the network: each IPA character is a
symbol of its own, ``^`` and ``$`` mark the ends, and ``_`` is the blank (Kim et al. 2021, preprocessing, take them
from Glow-TTS). A blank is no silence: it takes a share of the time between its two neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

START, BLANK, END = "^", "_", "$"
SPACE = " "
PAUSES = ",.;:!?"
BEFORE = "ˈˌ"  # stress marks belong to what follows them
AFTER = "ːˑ˞ʲʰˤ̧̩̯̪̃"  # length and other marks belong to what stands before them
PAIRS = ("tʃ", "dʒ", "aɪ", "aʊ", "eɪ", "oʊ", "ɔɪ", "əʊ")  # two symbols that are heard as one sound


class Tokens(NamedTuple):
    """What the network reads.

    Attributes
    ----------
    ids : tuple of int
        One number a token.
    symbols : tuple of str
        The same as symbols.
    left_out : str
        Symbols that this voice has no number for, each once.
    """

    ids: tuple[int, ...]
    symbols: tuple[str, ...]
    left_out: str


class Unit(NamedTuple):
    """Neighbouring tokens that are heard as one: a sound with its stress mark and its blanks, a gap, a pause, an end.

    Attributes
    ----------
    start, end : int
        Tokens ``start`` to ``end - 1``.
    text : str
        Its symbols without blanks: "ˈɜː", " ", ".".
    kind : str
        "sound", "gap" between words, "pause" (a punctuation mark), or "edge" of the sentence.
    word : int
        Which group of sounds between gaps and pauses it belongs to; -1 for none.
    """

    start: int
    end: int
    text: str
    kind: str
    word: int


def encode(ipa: str, numbers: Mapping[str, Sequence[int]]) -> Tokens:
    """Turn IPA into the tokens that the network reads.

    Parameters
    ----------
    ipa : str
        Phonemes, with spaces between words and punctuation where the voice shall pause.
    numbers : mapping
        Symbol to number; the voice's own ``phoneme_id_map``.

    Raises
    ------
    ValueError
        No symbol of the text has a number.
    """
    known = [c for c in ipa if c in numbers and c not in (START, BLANK, END)]
    if not any(c not in SPACE + PAUSES for c in known):
        raise ValueError("There is nothing to say here: type at least one word or one phoneme.")
    symbols = [START, BLANK]
    for c in known:
        symbols += [c, BLANK]
    symbols.append(END)
    left_out = "".join(dict.fromkeys(c for c in ipa if c not in numbers and not c.isspace()))
    return Tokens(tuple(numbers[s][0] for s in symbols), tuple(symbols), left_out)


def units(symbols: Sequence[str]) -> list[Unit]:
    """Group tokens (as `encode` gives them) to what is heard; every token belongs to exactly one unit."""
    n = len(symbols)
    found = [Unit(0, 2, START, "edge", -1)]
    word, i = 0, 2
    while i < n - 1:
        start = i
        if symbols[i] == SPACE or symbols[i] in PAUSES:
            found.append(Unit(i, i + 2, symbols[i], "gap" if symbols[i] == SPACE else "pause", -1))
            word += found[-2].kind == "sound"
            i += 2
            continue
        while symbols[i] in BEFORE and i + 2 < n - 1 and symbols[i + 2] not in SPACE + PAUSES:
            i += 2
        first = symbols[i]
        i += 2
        if i < n - 1 and first + symbols[i] in PAIRS:
            i += 2
        while i < n - 1 and symbols[i] in AFTER:
            i += 2
        text = "".join(symbols[start:i:2])
        found.append(Unit(start, i, text, "sound", word))
    found.append(Unit(n - 1, n, END, "edge", -1))
    return found
