"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Cocktail party problem",
        meaning="Following one voice while others talk: easy for most people, hard for machines, with one microphone "
        "above all.",
        state={"part": "desk"},
    ),
    Term(
        name="Source separation",
        meaning="Taking the sounds that add up to a mixture apart again.",
        state={"part": "desk"},
    ),
    Term(
        name="Permutation invariant training (PIT)",
        meaning="Training a network with several nameless outputs: the loss is that of whichever order of the outputs "
        "fits the truths best.",
        state={"part": "order"},
    ),
    Term(
        name="Hungarian method",
        meaning="Finds the best one-to-one assignment in about k³ steps, without trying all k! orders.",
        state={"part": "order", "many": 8},
    ),
    Term(
        name="Oracle mask",
        meaning=(
            "A mask computed from the true sources. It can't be used in practice; it shows what masking could reach."
        ),
        state={"part": "masks"},
    ),
    Term(
        name="Phase-sensitive mask",
        meaning="A mask that turns a cell down by how far the source's phase is from the mixture's.",
        state={"part": "masks", "mask": "phase-sensitive"},
    ),
    Term(
        name="Conv-TasNet",
        meaning="A separation network on the waveform: learned filters, masks from a stack of dilated convolutions, "
        "learned filters back.",
        state={"part": "inside"},
    ),
    Term(
        name="Receptive field",
        meaning="How much of the input one value of the output depends on.",
        state={"part": "inside", "layer": 7},
    ),
    Term(
        name="Dilated convolution",
        meaning="A convolution that skips frames between those it looks at, so that a few layers see far.",
        state={"part": "inside", "layer": 7},
    ),
    Term(
        name="SI-SDR",
        meaning="Scale-invariant signal-to-distortion ratio in dB: the energy of the nearest multiple of the true "
        "source over the energy of the rest.",
        state={"part": "measure"},
    ),
    Term(
        name="PESQ",
        meaning="A standard (ITU-T P.862) that predicts how people would rate transmitted speech, from about 1 to 4.5.",
        state={"part": "measure", "metric": "pesq"},
    ),
    Term(
        name="STOI",
        meaning="Short-time objective intelligibility, 0 to 1: how well the envelopes of two sounds agree, band "
        "by band.",
        state={"part": "measure", "metric": "stoi"},
    ),
)
