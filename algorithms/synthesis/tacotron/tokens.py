"""Phonemes as numbers: one for each sound, space and mark; the stress of a vowel is kept beside it.

The alphabet is that of the packaged voice's own dictionary (misaki's, American English): one letter a sound, so that a
diphthong is one token. `IPA` says what the letters that are no IPA stand for.
"""

from __future__ import annotations

from dataclasses import dataclass

MARKS = ".,!?;:—…"
SOUNDS = "ə ɹ n t ɪ d s l i æ ð m ʌ z ɛ k w h I f ɔ p v b A ɑ O u ɡ ŋ ɜ ʃ j ɐ W ᵊ ʤ ʊ T ʧ θ ᵻ Y ʒ".replace(" ", "")
SYMBOLS = "_ " + MARKS + SOUNDS  # number 0 fills up short sentences of a batch
STRESS = " ˌˈ"  # none, secondary, primary
ENDS = ".!?…"
IPA = {"A": "eɪ", "I": "aɪ", "O": "oʊ", "W": "aʊ", "Y": "ɔɪ", "T": "ɾ", "ʤ": "dʒ", "ʧ": "tʃ", "ɜ": "ɜː", "ᵊ": "ə"}


@dataclass(frozen=True)
class Tokens:
    """One sentence as the network reads it.

    Attributes
    ----------
    ids : tuple of int
        3 times the symbol's place in `SYMBOLS` plus the stress (0, 1 or 2).
    names : tuple of str
        What each token is called on a page: IPA with its stress mark, "␣" for a space.
    places : tuple of int
        Where each token's letter stands in the phoneme string.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]
    places: tuple[int, ...]


def encode(phonemes: str) -> Tokens:
    """Number the sounds of a phoneme string; what is not in `SYMBOLS` is left out.

    Examples
    --------
    >>> encode("ðə kˈæt.").names
    ('ð', 'ə', '␣', 'k', 'ˈæ', 't', '.')
    """
    ids, names, places, stress = [], [], [], 0
    for place, c in enumerate(phonemes):
        if c in STRESS[1:]:
            stress = STRESS.index(c)
        elif c in SYMBOLS[1:]:
            if c == " " and (not ids or names[-1] == "␣"):
                continue
            if c in MARKS and not ids:
                continue
            mark = STRESS[stress] if stress and c in SOUNDS else ""
            ids.append(3 * SYMBOLS.index(c) + (stress if mark else 0))
            names.append("␣" if c == " " else mark + IPA.get(c, c))
            places.append(place)
            stress = 0
    while names and names[-1] == "␣":
        ids.pop()
        names.pop()
        places.pop()
    return Tokens(tuple(ids), tuple(names), tuple(places))
