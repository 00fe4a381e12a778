"""Local agreement: which words of a growing sound's successive transcripts may be called stable.

LocalAgreement-n: a word is stable once n successive hypotheses agree on it and on everything before it, so the stable
text is the longest common prefix of the last n hypotheses (Liu, Spanakis and Niehues 2020, "Low-Latency
Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis Selection", their "local agreement" with
n = 2; Macháček, Dabre and Bojar 2023, "Turning Whisper into Real-Time Transcription System", do it with Whisper). The
other strategy of Liu et al., hold-n, is here too, as `hold`: the last words of a hypothesis are never stable, because
the sound may end in the middle of them.

Every hypothesis handed in is a *continuation*: what follows the text that is stable already. A decoder that is forced
to begin with the stable text gives just that, and then no later hypothesis can contradict a stable word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise

from algorithms.text.transcript import Word
from algorithms.text.wer import normalize

SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…")
ABBREVIATIONS = frozenset({"mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "etc.", "e.g.", "i.e."})


def word_key(text: str) -> str:
    """What of a word counts when two are compared: no case, no punctuation; a lone mark counts as itself.

    Examples
    --------
    >>> word_key(" Dashwood,") == word_key("dashwood")
    True
    """
    return normalize(text).replace(" ", "") or text.strip()


def common_prefix(hypotheses: Sequence[Sequence[Word]]) -> int:
    """Length, in words, of what all hypotheses begin with; 0 without any hypothesis.

    Words are compared by `word_key`, so neither a comma nor a capital keeps two hypotheses apart.
    """
    if not hypotheses:
        return 0
    length = 0
    for words in zip(*hypotheses, strict=False):
        if len({word_key(word.text) for word in words}) > 1:
            break
        length += 1
    return length


class LocalAgreement:
    """Takes the hypotheses of one utterance as they come and says which words have become stable.

    Parameters
    ----------
    n
        How many successive hypotheses must agree, 1 or more; with 1 every hypothesis is believed at once.
    hold
        How many words at the end of the newest hypothesis are held back whatever the others say.

    Attributes
    ----------
    tail : tuple of Word
        What of the newest hypothesis may still change.
    """

    def __init__(self, n: int = 2, *, hold: int = 1) -> None:
        if n != int(n) or n < 1:
            raise ValueError(f"At least one hypothesis must agree with itself: n is {n!r}, choose 1, 2 or 3.")
        if hold != int(hold) or hold < 0:
            raise ValueError(f"The number of words held back is {hold!r}, but it must be 0 or more.")
        self.n, self.hold = int(n), int(hold)
        # What of the last n hypotheses lies behind the stable text: nothing else is kept, however long it goes on.
        self._last: deque[tuple[Word, ...]] = deque(maxlen=self.n)

    @property
    def tail(self) -> tuple[Word, ...]:
        """See the class."""
        return self._last[-1] if self._last else ()

    def insert(self, hypothesis: Sequence[Word]) -> tuple[Word, ...]:
        """Take the next hypothesis, a continuation of the stable text, and return the words that are stable now.

        They are spelt and timed as in the newest hypothesis, which has heard most.
        """
        self._last.append(tuple(hypothesis))
        if len(self._last) < self.n:
            return ()
        agreed = min(common_prefix(self._last), max(0, len(hypothesis) - self.hold))
        stable = self._last[-1][:agreed]
        for i, words in enumerate(self._last):
            self._last[i] = words[agreed:]
        return stable

    def flush(self) -> tuple[Word, ...]:
        """Return the newest hypothesis's tail as stable: the utterance is over, so nothing can change it any more."""
        stable = self.tail
        self._last.clear()
        return stable


def trim_time(words: Sequence[Word], start_s: float, end_s: float, limit_s: float) -> float | None:
    """Where to cut a buffer of sound that has grown too long, so that only sound goes whose words are stable.

    Parameters
    ----------
    words
        The stable words inside the buffer, in order.
    start_s, end_s
        The stretch of time that the buffer holds, in seconds.
    limit_s
        Up to this length the buffer is left alone.

    Returns
    -------
    float or None
        The time, in seconds, before which the sound may go: halfway into the gap behind the last stable sentence end,
        else into the widest gap between stable words in the later half, else behind the last stable word. None where
        nothing has to go or no stable word lies in the buffer.

    Notes
    -----
    Word times come from attention and are some hundredths of a second off: a wide gap forgives that, and stable words
    that stay behind the cut tell the decoder how to begin.
    """
    if end_s - start_s <= limit_s:
        return None
    inside = [w for w in words if w.end_s > start_s and w.end_s <= end_s]
    if not inside:
        return None
    gaps = [((a.end_s + max(b.start_s, a.end_s)) / 2, b.start_s - a.end_s, a) for a, b in pairwise(inside)]
    ends = [cut for cut, _, word in gaps if ends_sentence(word.text)]
    if ends and ends[-1] > start_s:
        return ends[-1]
    later = [(gap, cut) for cut, gap, _ in gaps if cut > (start_s + inside[-1].end_s) / 2]
    if later:
        return max(later)[1]
    return inside[-1].end_s


def ends_sentence(text: str) -> bool:
    """Whether a sentence ends with this word, going by its punctuation ("Mr." and its like do not count)."""
    text = text.strip().rstrip("\"'”’)»")
    return text.endswith(SENTENCE_ENDS) and text.lower() not in ABBREVIATIONS
