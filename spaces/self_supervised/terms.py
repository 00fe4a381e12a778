"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Self-supervised learning",
        meaning="Learning from exercises that are made of the data itself, such as guessing a part that was hidden, "
        "without labels by people.",
        state={"part": "frames"},
    ),
    Term(
        name="wav2vec 2.0",
        meaning="A network that learns speech by finding the quantised target of a hidden frame among distractors.",
        state={"part": "contrast"},
    ),
    Term(
        name="HuBERT",
        meaning="A network that learns speech by naming the cluster of a hidden frame; its own layers are clustered "
        "for the next round.",
        state={"part": "units"},
    ),
    Term(
        name="Contrastive loss",
        meaning="How surprised a network is by the true candidate among distractors: minus the logarithm of its "
        "softmax probability.",
        state={"part": "contrast"},
    ),
    Term(
        name="Distractor",
        meaning="A wrong candidate in a contrastive loss, here the target of another hidden frame of the same "
        "recording.",
        state={"part": "contrast"},
    ),
    Term(
        name="Product quantiser",
        meaning="Rounds a vector to one entry of each of several codebooks: two with 32 entries give 1,024 targets.",
        state={"part": "contrast"},
    ),
    Term(
        name="Codebook collapse",
        meaning="A quantiser that uses few of its entries, so that most frames have the same target; the perplexity of "
        "the entries falls to 1.",
        state={"part": "contrast"},
    ),
    Term(
        name="Gumbel softmax",
        meaning="Noise and a softmax that stand in for an argmax while training, so that a gradient reaches the "
        "choice.",
        state={"part": "contrast"},
    ),
    Term(
        name="k-means",
        meaning="Clustering in two steps that take turns: each point goes to the nearest centre, each centre to the "
        "mean of its points.",
        state={"part": "units"},
    ),
    Term(
        name="Discrete unit",
        meaning="The number of the cluster of a frame: a made-up letter of speech, learned without text.",
        state={"part": "units"},
    ),
    Term(
        name="Phone purity",
        meaning="Share of frames that are right when every unit is read as the label that it goes with most often.",
        state={"part": "units"},
    ),
    Term(
        name="PNMI",
        meaning="Phone-normalised mutual information: the share of what there is to know about the label of a frame "
        "that its unit tells, 0 to 1.",
        state={"part": "units"},
    ),
    Term(
        name="Linear probe",
        meaning="One matrix trained to read something from the features of a frozen network: it shows what is on offer "
        "there.",
        state={"part": "layers"},
    ),
)
