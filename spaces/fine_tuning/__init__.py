"""Fine-tune Whisper for a language: a real training before one's eyes, whether it pays, and what it costs elsewhere.

`page` lays it out, `material` has the packaged clips and the runs made beforehand. Part 1, `train`, whose processes are
in `runs`; part 2, `should`; part 3, `sheet`; part 4, `data`. `shown` draws for all of them. `precompute` packs finished
runs. The training itself is in ``algorithms/finetune`` and ``training/whisper_finetune``. `lesson`, `questions` and
`terms` have the words.
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
    title="Fine-tune Whisper",
    summary="Teach Whisper a language that it can't write, watch it learn, and find out whether it was worth it.",
    group="Recognition",
    level="advanced",
    order=45,
    on_map=(Place("Around them", 56, "Teach it a language", "fine-tuning, LoRA, forgetting"),),
    build=build,
    models=("asr/whisper-base",),
    examples=EXAMPLES,
    questions=QUESTIONS,
    terms=TERMS,
    references=REFERENCES,
)
