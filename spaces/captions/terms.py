"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Streaming recognition",
        meaning="Writing text while somebody is still speaking, without hearing the rest first.",
    ),
    Term(
        name="Local agreement",
        meaning="A rule for streaming: a word counts as final once several successive hypotheses agree on it.",
        state={"n": 2},
    ),
    Term(
        name="Endpointing",
        meaning="Deciding that an utterance is over, usually after a certain length of silence.",
        state={"silence": 200},
    ),
    Term(
        name="Latency of a caption",
        meaning="The time from when a word was spoken to when its text no longer changes.",
        state={"n": 3},
    ),
)
