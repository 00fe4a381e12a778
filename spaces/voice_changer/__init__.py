"""The voice changer: change a voice while it sounds, in under 20 ms, and see where each millisecond goes.

Nearly all of it runs in the browser (``static/room*.js``) on the effects of ``algorithms/voice/effects.py``; `page`
reads links, `room` is the skeleton that the browser fills, `lesson` and `questions` have the words, and `link` carries
sound to the server and back for whoever picks a transport that needs it.
"""

from __future__ import annotations

from .. import Place, Space
from .lesson import EXAMPLES, REFERENCES
from .link.routes import ROUTES
from .questions import QUESTIONS
from .terms import TERMS


def build() -> None:
    """Draw the page; what it needs is imported when somebody opens it."""
    from .page import LESSON

    LESSON.build(SPACE)


SPACE = Space(
    title="Voice changer",
    summary="Change a voice while it sounds, in under 20 ms: hear it, measure it, and see where each millisecond goes.",
    group="Real time",
    level="advanced",
    order=10,
    on_map=(Place("Around them", 60, "Change a voice", "under 20 ms"),),
    build=build,
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
    routes=tuple(ROUTES),
)
