"""The words of the page: examples, theory and sources; the interview questions stand in `questions`."""

from __future__ import annotations

from .. import Example, Reference
from .questions import QUESTIONS

__all__ = ["EXAMPLES", "QUESTIONS", "REFERENCES", "THEORY"]

THEORY = r"""
## The whole model in five lines
"""

EXAMPLES = (
    Example(
        title="Drag a sound longer",
        look="strip",
        notice="Every block is a sound; its width is its time. Pull at an edge and hear the sentence again.",
        state={"part": "durations"},
    ),
)

REFERENCES = (
    Reference(
        title="Kim, Kong and Son, Conditional Variational Autoencoder with Adversarial Learning for End-to-End "
        "Text-to-Speech (2021)",
        where="section 2: the model; 2.2.1 alignment search, 2.2.2 durations, 2.5.2 flow; section 4: listening tests",
        url="https://arxiv.org/abs/2106.06103",
    ),
)
