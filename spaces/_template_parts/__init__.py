"""Copy this folder to ``spaces/<slug>/`` to add a room of several parts. (A leading underscore hides a folder.)

`page` lays it out and says what its parts share; `sine` and `beats` are one part each. To add a part, write one more
such file and add its name to ``PARTS`` in `page`.
"""

from __future__ import annotations

from .. import Example, Place, Question, Reference, Space


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="One tone and two",
    summary="Hear one frequency, then two that beat against each other.",
    group="Signals",
    level="first steps",
    on_map=(Place("Around them", 90, "Two tones", "how they beat"),),
    build=build,
    examples=(
        Example(title="Concert pitch", notice="The wave repeats 440 times a second.", state={"frequency_hz": 440}),
        Example(
            title="A beat",
            notice="Two tones 4 Hz apart swell four times a second.",
            state={"part": "beats", "apart_hz": 4},
        ),
    ),
    questions=(
        Question(
            question="How often do two tones of 440 and 443 Hz swell in a second?",
            level="junior",
            answer="Three times: as often as their frequencies differ.",
            state={"part": "beats", "frequency_hz": 440, "apart_hz": 3},
        ),
    ),
    references=(Reference(title="Oppenheim & Schafer, Discrete-Time Signal Processing", where="section 2.6"),),
)
