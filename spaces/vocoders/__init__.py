"""From mel to waveform: vocoders side by side, what phase does, why WaveNet is slow and HiFi-GAN fast.

`page` lays it out, `scene` and `sound` make what its parts show: `side`, `phase`, `wavenet` and `hifigan` (with
`upsampling`). `lesson`, `questions` and `terms` have the words. The algorithms are in ``algorithms/synthesis/`` and
``algorithms/signal/inversion.py``.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, REFERENCES
from .questions import QUESTIONS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="From mel to waveform, vocoders side by side",
    summary="Compare vocoders blind, hear what phase does, and count why WaveNet is slow and HiFi-GAN fast.",
    group="Synthesis",
    level="core",
    order=20,
    on_map=(Place("From words to sound", 40, "Mel to sound", "vocoders, phase, WaveNet"),),
    build=build,
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
