"""How likeness grows with the seconds of the reference, measured on the reader's own voice."""

from __future__ import annotations

import models
from algorithms.cloning.convert import beginning
from components.parts import Progress
from models.cloning.knn import MIN_REFERENCE_S

from . import cloned

SECONDS = (3.0, 5.0, 8.0, 12.0, 18.0, 25.0, 35.0, 50.0, 70.0, 90.0)


def curve(wish: cloned.Wish, tell: Progress) -> tuple[tuple[float, float], ...]:
    """Clone with the first seconds of the reference only: (seconds, GE2E similarity to the whole reference)."""
    cloner, listener = models.get(cloned.MODEL), models.get(cloned.LISTENER)
    result = cloned.make(wish, tell)
    _, voice, _ = cloned.voice_of(cloned.target_of(wish), tell)
    lengths = [s for s in SECONDS if MIN_REFERENCE_S <= s < voice.duration_s - 1] + [voice.duration_s]
    found = []
    for i, seconds in enumerate(lengths):
        tell(i / len(lengths), f"Cloning from the first {seconds:.0f} s")
        part = beginning(voice, seconds)
        if part.pitch is None:  # nobody speaks so soon
            continue
        made = cloner.speak(result.source, part, tempo=result.tempo)
        found.append((seconds, float(listener.embed(made.y) @ result.embeddings["reference"])))
    return tuple(found)
