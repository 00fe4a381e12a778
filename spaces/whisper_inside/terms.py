"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Encoder",
        meaning="The part of a model that turns the sound into a sequence of vectors. In Whisper, each of them has "
        "seen the whole window.",
        state={"part": "encoder"},
    ),
    Term(
        name="Decoder",
        meaning="The part of a model that writes the text token by token, looking at the encoder's vectors and at "
        "what it has written.",
        state={"part": "decoder"},
    ),
    Term(
        name="Attention",
        meaning="A weighted average in which the weights are computed from what is being compared: each position "
        "decides which others to look at.",
        state={"part": "encoder", "e_view": "attention"},
    ),
    Term(
        name="Attention head",
        meaning="One of several attentions that run side by side in a layer, each with its own weights.",
        state={"part": "encoder", "e_view": "attention"},
    ),
    Term(
        name="Cross-attention",
        meaning="Attention from the decoder to the encoder: where in the sound the model looks while it writes a "
        "token.",
        state={"part": "attention"},
    ),
    Term(
        name="Position embedding",
        meaning="Numbers added to each vector that say where in the sequence it stands; attention alone would not "
        "know.",
        state={"part": "encoder"},
    ),
    Term(
        name="Logits and softmax",
        meaning="A network's raw scores are its logits; softmax turns them into probabilities that add up to one.",
        state={"part": "decoder"},
    ),
    Term(
        name="Cosine similarity",
        meaning="How alike the directions of two vectors are: 1 is the same, 0 is unrelated, −1 is opposite.",
        state={"part": "encoder", "e_view": "pairs"},
    ),
    Term(
        name="Dynamic time warping (DTW)",
        meaning="Finds the cheapest path that goes forward through a grid of costs. In Whisper it turns attention into "
        "word times.",
        state={"part": "attention", "clip": "sentence"},
    ),
)
