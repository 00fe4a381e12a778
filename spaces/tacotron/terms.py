"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Tacotron 2",
        meaning="A network that reads letters or phonemes and writes a mel spectrogram step by step, with attention "
        "between the two.",
        state={"part": "attention"},
    ),
    Term(
        name="Location-sensitive attention",
        meaning="Attention whose energies also depend on where it looked before, so that it can move on.",
        state={"part": "attention"},
    ),
    Term(
        name="Energy (attention)",
        meaning="The score that attention gives to each place before the softmax turns scores into weights.",
        state={"part": "attention", "step": 20},
    ),
    Term(
        name="Guided attention",
        meaning="A loss in training that says where attention should look: near the diagonal, or where known "
        "durations put each sound.",
        state={"part": "faults"},
    ),
    Term(
        name="Stop token",
        meaning="A probability that the decoder gives at each step: that this one is the last.",
        state={"part": "faults", "fault": "stop"},
    ),
    Term(
        name="Prenet",
        meaning="Two small layers, with dropout even when speaking, through which Tacotron's decoder sees its last "
        "frame.",
        state={"part": "faults", "fault": "dropout"},
    ),
    Term(
        name="Postnet",
        meaning="Convolutions that correct a whole mel spectrogram after the decoder has written it.",
        state={"part": "postnet"},
    ),
    Term(
        name="Reduction factor",
        meaning="How many frames of the mel one step of the decoder writes.",
        state={"part": "attention"},
    ),
    Term(
        name="Acoustic model (synthesis)",
        meaning="The first of two stages of speech synthesis: text to mel spectrogram.",
        state={"part": "postnet"},
    ),
)
