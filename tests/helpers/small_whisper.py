"""A small vocabulary for tests of the decoder."""

from __future__ import annotations

from algorithms.whisper.decode import SpecialTokens

# A small vocabulary: 8 text tokens (7 is a lone space), special ones, timestamps from 0.00 to 1.18 s.
END, START, NO_TIMES, FIRST = 8, 9, 14, 15
VOCAB = FIRST + 60
SPECIAL = SpecialTokens(
    end=END,
    start=START,
    transcribe=10,
    translate=11,
    previous=12,
    no_speech=13,
    no_timestamps=NO_TIMES,
    first_time=FIRST,
    suppressed=(3, START, 10, 11, 12, 13),
    blank=(7, END),
)
