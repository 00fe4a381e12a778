"""What a model's symbols can spell: letters (of either case, with " " or "|" between words) or phonemes.

A letter model has one character a symbol. A phoneme model has symbols of several ("dʒ", "ɑː") and mostly nothing
between words; its texts are written with spaces between the symbols, and each symbol stands where a word would.
"""

from __future__ import annotations

from collections.abc import Sequence

from algorithms import ctc

SEPARATORS = (" ", "|")


def is_special(symbol: str) -> bool:
    """Whether a symbol is no part of any text: "<s>", "<unk>", "[PAD]", "<7>"."""
    return len(symbol) > 2 and (symbol[0], symbol[-1]) in (("<", ">"), ("[", "]"))


def separator(vocab: Sequence[str]) -> str:
    """Return what stands between words, "" where the model has no such symbol."""
    return next((s for s in SEPARATORS if s in vocab[1:]), "")


def by_letter(vocab: Sequence[str]) -> bool:
    """Whether every symbol of a text is one character."""
    return all(len(s) == 1 or is_special(s) for s in vocab[1:])


def written(tokens: Sequence[int], vocab: Sequence[str]) -> str:
    """Return tokens as people write them: letters side by side, symbols of several characters with spaces between."""
    shown = [" " if vocab[t] in SEPARATORS else vocab[t] for t in tokens]
    return ("" if by_letter(vocab) else " ").join(shown)


def tokens_of(text: str, vocab: Sequence[str]) -> tuple[list[int], str]:
    """Split a text into the model's symbols.

    Returns
    -------
    tokens : list of int
        Without separators at the ends; empty where nothing can be written.
    dropped : str
        Each character that has no symbol, once, in order of appearance.
    """
    if by_letter(vocab):
        kept, dropped = ctc.spellable(text, vocab)
        return (ctc.encode(kept, vocab) if kept else []), dropped
    numbers = {symbol: i for i, symbol in enumerate(vocab) if i and not is_special(symbol)}
    longest = max(map(len, numbers))
    tokens, dropped, i = [], [], 0
    while i < len(text):
        found = next((text[i : i + n] for n in range(longest, 0, -1) if text[i : i + n] in numbers), "")
        if found:
            tokens.append(numbers[found])
        elif not text[i].isspace():
            dropped.append(text[i])
        i += len(found) or 1
    return tokens, "".join(dict.fromkeys(dropped))


def stripped(tokens: Sequence[int], vocab: Sequence[str]) -> list[int]:
    """Leave out what is no text: special symbols, and separators at the ends."""
    out = [t for t in tokens if not is_special(vocab[t])]
    while out and vocab[out[0]] in SEPARATORS:
        out = out[1:]
    while out and vocab[out[-1]] in SEPARATORS:
        out = out[:-1]
    return out


def alphabet(vocab: Sequence[str]) -> str:
    """Say in a few words what can be written: "a to z, space and apostrophe", "392 phonemes such as n, s, ə"."""
    symbols = [s for s in vocab[1:] if not is_special(s)]
    if not by_letter(vocab):
        return f"{len(symbols)} symbols such as {', '.join(symbols[:5])}"
    letters = sorted(s for s in symbols if s.isalpha())
    whole = len(letters) > 2 and len(letters) == ord(letters[-1]) - ord(letters[0]) + 1
    said = [f"{letters[0]} to {letters[-1]}"] if whole else letters[:40]
    names = {" ": "space", "|": "space (written | by the model)", "'": "apostrophe"}
    said += [names.get(s, s) for s in symbols if not s.isalpha()][:8]
    return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said)


def words(letters: Sequence[ctc.AlignedToken], vocab: Sequence[str]) -> list[ctc.AlignedWord]:
    """Join aligned letters to words at the separator; a model without one has each symbol stand alone."""
    between = separator(vocab)
    if between:
        return ctc.group_words(letters, vocab, between)
    return [ctc.AlignedWord(vocab[a.token], a.start_frame, a.end_frame, a.prob) for a in letters]
