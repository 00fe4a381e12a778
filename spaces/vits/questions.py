"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question

QUESTIONS: tuple[Question, ...] = ()
