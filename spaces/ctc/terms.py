"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Connectionist temporal classification (CTC)",
        meaning="A way to train a network that gives letters for every frame when only the text is known, not when "
        "each letter was said: it adds up the probabilities of all alignments.",
        state={"part": "why"},
    ),
    Term(
        name="Blank",
        meaning="CTC's extra symbol for “no new letter here”. It also separates two equal letters in a row.",
        state={"part": "collapse"},
    ),
    Term(
        name="Collapse",
        meaning="How a path becomes a text: first merge repeated symbols, then remove the blanks.",
        state={"part": "collapse"},
    ),
    Term(
        name="Alignment",
        meaning="Which stretch of the sound belongs to which letter or word.",
        state={"part": "real"},
    ),
    Term(
        name="Forced alignment",
        meaning="Finding the best alignment when the text is already known. It always finds one, even for a wrong "
        "text.",
        state={"part": "real"},
    ),
    Term(
        name="Trellis",
        meaning="A grid of states against frames in which every alignment is a path from one corner to the other.",
        state={"part": "toy"},
    ),
    Term(
        name="Forward algorithm",
        meaning="Adds up the probability of all paths through a trellis column by column, so that the exponentially "
        "many paths never have to be listed.",
        state={"part": "toy", "tc": "forward"},
    ),
    Term(
        name="Occupancy",
        meaning="The probability, given the sound and the text, that the path is in a certain state at a certain "
        "frame.",
        state={"part": "toy", "tc": "occupancy"},
    ),
    Term(
        name="Viterbi path",
        meaning="The single most probable path through a trellis.",
        state={"part": "real"},
    ),
    Term(
        name="Greedy decoding",
        meaning="Taking the most probable symbol each time: in every frame, or at every step of a decoder. Fast, but "
        "the best choice each time does not always make the best text.",
        state={"part": "decode", "case": "two"},
    ),
    Term(
        name="Beam search",
        meaning="Decoding that keeps the few best beginnings alive at every step instead of one.",
        state={"part": "decode"},
    ),
    Term(
        name="Language model",
        meaning="A model of which words (or letters) follow which. Decoders add its score to prefer texts that people "
        "would say.",
        state={"part": "decode"},
    ),
    Term(
        name="Transducer (RNN-T)",
        meaning="A relative of CTC whose next symbol also depends on the symbols before it. Like CTC it goes forwards "
        "frame by frame, so it can stream.",
        state={"part": "rivals"},
    ),
)
