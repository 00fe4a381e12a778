"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Fine-tuning",
        meaning="Further training of a network that has learnt already, on a little data of the task at hand and with "
        "small steps, so that it keeps what it knows.",
        state={},
    ),
    Term(
        name="LoRA (low-rank adaptation)",
        meaning="Fine-tuning that leaves a matrix as it is and learns a product of two thin matrices beside it: few "
        "weights, a small file, and it can be taken out again or merged in.",
        state={"method": "lora"},
    ),
    Term(
        name="Catastrophic forgetting",
        meaning="A network that is trained further on one task alone becomes worse at the others, because nothing in "
        "that training asks for them.",
        state={"part": "sheet"},
    ),
    Term(
        name="Frozen weights",
        meaning="Weights that a training leaves as they are. No gradient and no optimiser memory are needed for them.",
        state={"method": "decoder"},
    ),
    Term(
        name="Warm-up",
        meaning="The first steps of a training, in which the learning rate rises from near zero: the optimiser's "
        "averages are not yet worth anything, and large steps would do harm.",
        state={},
    ),
    Term(
        name="Gradient accumulation",
        meaning="Adding up the gradients of several small batches before one step: the step of a large batch with the "
        "memory of a small one.",
        state={},
    ),
)
