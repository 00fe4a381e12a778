"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Hallucination",
        meaning="Fluent text that nobody said. Whisper writes it mostly over silence, music and noise.",
        state={"fail": "silence"},
    ),
    Term(
        name="Word error rate (WER)",
        meaning="Substituted, inserted and missing words together, divided by the number of words that were really "
        "said. It can exceed 100 %.",
        state={"part": "compare"},
    ),
    Term(
        name="Character error rate (CER)",
        meaning="Like the word error rate, but it counts characters instead of words.",
        state={"part": "compare"},
    ),
    Term(
        name="Text normalisation",
        meaning="Making texts comparable before counting errors: capitals, punctuation, numbers, spellings.",
        state={"part": "compare", "norm": "none"},
    ),
    Term(
        name="Signal-to-noise ratio (SNR)",
        meaning="How much stronger the signal is than the noise, in decibels. At 0 dB both are equally strong.",
        state={"part": "compare", "mess": "snr"},
    ),
)
