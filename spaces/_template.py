"""Copy this file to ``spaces/<slug>.py`` to add a room: the slug is its address. (A leading underscore hides a file.)

It shows the whole pattern on the smallest lesson: a tone, its frequency and its spectrum. Handlers are module-level
functions, so tests call them without a browser; a longer formula belongs into ``algorithms/``. A room of several parts
is a folder: see ``spaces/_template_parts/``.
"""

from __future__ import annotations

from typing import Any

import gradio as gr

from components.figure import Figure, figure, line
from components.lesson import Fields, Frame, Lesson, Part
from components.player import Player, Sound

from . import Example, Place, Question, Reference, Space

SAMPLE_RATE = 16_000  # Hz
THEORY = "A pure tone is $x(t) = a \\sin(2 \\pi f t)$: all its energy lies at one frequency."


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    return {"player": Player("tone"), "spectrum": Figure("Spectrum")}


def show(_scene: None, fields: Fields) -> dict[str, Any]:
    """Make one second of a tone of ``frequency_hz``, 20 to 8000: returns what each named component shows."""
    import numpy as np

    frequency_hz = fields["frequency_hz"]
    t = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    y = 0.5 * np.sin(2 * np.pi * frequency_hz * t)
    level_db = 20 * np.log10(np.abs(np.fft.rfft(y * np.hanning(len(y)))) / (len(y) / 4) + 1e-6)
    spectrum = figure(
        [line(np.fft.rfftfreq(len(y), 1 / SAMPLE_RATE), level_db)],
        alt=f"The spectrum has one peak, at {frequency_hz:.0f} Hz.",
        x_title="Frequency (Hz)",
        y_title="Level (dB)",
        x_range=(0, SAMPLE_RATE / 2),
    )
    return {"player": Sound(f"A tone of {frequency_hz:.0f} Hz", y=y, sample_rate=SAMPLE_RATE), "spectrum": spectrum}


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out: controls on the left, the part on the right; returns the controls by name."""
    with frame.page.controls():
        frequency = gr.Slider(20, 8000, 440, step=1, label="Frequency (Hz)")
    with frame.page.pictures():
        frame.parts()
    return {"frequency_hz": frequency}


LESSON = Lesson(
    draw=page,
    fields=("frequency_hz",),
    parts=(Part(slug="tone", title="A tone", draw=draw, show=show),),
    theory=THEORY,
)

SPACE = Space(
    title="A tone",
    summary="Hear one frequency and see where it lies.",
    group="Signals",
    level="first steps",
    on_map=(Place("Around them", 90, "A tone", "one frequency"),),
    build=lambda: LESSON.build(SPACE),
    examples=(Example(title="Concert pitch", notice="One peak, at 440 Hz.", state={"frequency_hz": 440}),),
    questions=(
        Question(
            question="Why is the peak not a single line?",
            level="junior",
            answer="The tone is cut to one second, and the window's own spectrum is drawn around its frequency.",
            state={"frequency_hz": 1000},
        ),
    ),
    references=(Reference(title="Oppenheim & Schafer, Discrete-Time Signal Processing", where="section 10.2"),),
)
