"""Feature Explorer: one sound as waveform, STFT, mel spectrogram and MFCC, all linked, every setting within reach.

`page` lays it out and says which picture follows which setting, `pictures` and `spectra` draw, `zoom` says what is
visible, `analysis` keeps what was computed, `lesson` has the words; the modules that end with ``PART`` are the parts
below the pictures. The formulas live in ``algorithms/signal/features.py`` and its neighbours.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, QUESTIONS, REFERENCES
from .programs import PROGRAMS
from .questions import BASICS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Feature Explorer",
    summary="See one sound as waveform, STFT, mel spectrogram and MFCC at once, and hear what each throws away.",
    group="Signals",
    level="first steps",
    order=10,
    on_map=(
        Place("From sound to words", 10, "Waveform", "pressure over time, sampled", {"see": "alias"}),
        Place("From sound to words", 20, "Features", "STFT, mel, MFCC"),
    ),
    build=build,
    examples=EXAMPLES,
    questions=(*BASICS, *QUESTIONS),
    terms=TERMS,
    references=REFERENCES,
    programs=PROGRAMS,
)
