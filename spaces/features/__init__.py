"""Feature Explorer: one sound as waveform, STFT, mel spectrogram and MFCC, all linked, every setting within reach.

`ui` draws the page, `view` holds its handlers, `pictures` and `spectra` its figures, `lesson` its words; the modules
with a ``SLUG`` are the parts below the pictures. The formulas live in ``algorithms/signal/features.py`` and its
neighbours.
"""

from __future__ import annotations

from .. import Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .ui import build as _build


def build() -> None:
    """Draw the page."""
    _build(SPACE)


SPACE = Space(
    title="Feature Explorer",
    summary="See one sound as waveform, STFT, mel spectrogram and MFCC at once, and hear what each throws away.",
    group="Signals",
    level="first steps",
    order=10,
    build=build,
    examples=EXAMPLES,
    questions=QUESTIONS,
    references=REFERENCES,
)
