"""What programs may ask of the room: which keyword is said, second by second."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

import models
from algorithms.keyword.features import CLIP_SAMPLES, SAMPLE_RATE, one_second
from algorithms.keyword.stream import WINDOW_S, KeywordStream
from algorithms.sound import AudioError
from components.programs import Audio, read

from .. import Endpoint
from .networks import DEFAULT_MODEL, MODELS

MAX_S = 600.0
EVERY = 5  # frames of 20 ms from one answer to the next
BLOCK = 10 * SAMPLE_RATE  # samples at a time: what the network holds meanwhile does not grow with the sound

Model = Annotated[
    Literal[tuple(MODELS.values())],
    Field(description="The network: small (int8, s-fp32) or medium (m-int8, m-fp32), in 8 bits or in 32."),
]


def keywords(audio: Audio, model: Model = MODELS[DEFAULT_MODEL]) -> dict[str, Any]:
    """Say which of ten English words (yes, no, up, down, left, right, on, off, stop, go) is said in up to 600 s.

    A window of one second moves over the sound in steps of 0.1 s; a sound shorter than that gets silence around it.
    "windows" has, for each, "start_s" and "end_s" in seconds, "answer", the likeliest class, its "probability" (0 to
    1), and "probabilities", one for each of "labels". Besides the words the classes are "_silence_" and "_unknown_".
    """
    sound = read(audio, max_s=MAX_S, sample_rate=SAMPLE_RATE)
    start_s = min(0.0, (len(sound.y) - CLIP_SAMPLES) / 2 / SAMPLE_RATE)
    y = sound.y if len(sound.y) > CLIP_SAMPLES else one_second(sound.y)
    stream = KeywordStream(models.get(model), every=EVERY)
    for first in range(0, len(y), BLOCK):
        stream.push(y[first : first + BLOCK])
    labels = list(stream.spotter.labels)
    windows = []
    for step, row in enumerate(np.round(stream.probs.astype(np.float64), 5).tolist()):
        end_s = start_s + stream.time_s(step)
        best = int(np.argmax(row))
        times = {"start_s": round(end_s - WINDOW_S, 3), "end_s": round(end_s, 3)}
        windows.append({**times, "answer": labels[best], "probability": row[best], "probabilities": row})
    return {
        "model": model,
        "duration_s": round(sound.duration_s, 3),
        "labels": labels,
        "windows": windows,
        "notes": list(sound.notes),
    }


PROGRAMS = (Endpoint(function=keywords, refusals=(AudioError, models.ModelUnavailable), concurrency_id="keywords"),)
