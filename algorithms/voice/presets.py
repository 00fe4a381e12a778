"""Voices with names people know: each is a chain of effects with their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

Steps: TypeAlias = tuple[tuple[str, Mapping[str, float]], ...]


@dataclass(frozen=True)
class Preset:
    """One voice.

    Attributes
    ----------
    slug : str
        Its name in URLs and code.
    title : str
        What the button says.
    what : str
        One sentence: what was done to the voice.
    chain : tuple of (effect, {parameter: value})
        What `Chain` takes.
    """

    slug: str
    title: str
    what: str
    chain: Steps


GATE = ("gate", {})
LIMITER = ("limiter", {})
DEFAULT_PRESET = "chipmunk"


def _preset(slug: str, title: str, what: str, *steps: tuple[str, Mapping[str, float]]) -> Preset:
    return Preset(slug, title, what, (GATE, *steps, LIMITER))


PRESETS: dict[str, Preset] = {
    preset.slug: preset
    for preset in (
        _preset(
            "chipmunk",
            "Chipmunk",
            "Pitch up by 10 semitones (x 1.78), formants by 6 (x 1.41): a much smaller mouth.",
            ("pitch", {"semitones": 10, "formant": 6}),
        ),
        _preset(
            "man_to_woman",
            "Man to woman",
            "Pitch up by 8 semitones, formants by 2.5: a vocal tract 13 % shorter.",
            ("pitch", {"semitones": 8, "formant": 2.5}),
        ),
        _preset(
            "woman_to_man",
            "Woman to man",
            "Pitch down by 8 semitones, formants by 2.5.",
            ("pitch", {"semitones": -8, "formant": -2.5}),
        ),
        _preset(
            "child",
            "Child",
            "Pitch up by 8 semitones, formants by 4: a child's throat is a fifth shorter than a grown-up's.",
            ("pitch", {"semitones": 8, "formant": 4}),
        ),
        _preset(
            "giant",
            "Giant",
            "Pitch down by 7 semitones, formants by 6: a throat 1.4 times as long.",
            ("pitch", {"semitones": -7, "formant": -6}),
        ),
        _preset(
            "helium",
            "Helium",
            "Only the formants up, by 7 semitones: sound is faster in helium, the vocal folds are not.",
            ("pitch", {"semitones": 0, "formant": 7}),
        ),
        _preset(
            "robot",
            "Robot",
            "A buzz on one note where the vocal folds were, and a little rattle.",
            ("vocoder", {"carrier_hz": 90}),
            ("ring", {"carrier_hz": 35, "mix": 30}),
            ("gain", {"level_db": 4}),
        ),
        _preset(
            "android",
            "Android",
            "Your own voice on one note: the melody of speech is gone.",
            ("monotone", {"pitch_hz": 140}),
        ),
        _preset("whisper", "Whisper", "Noise where the vocal folds were.", ("whisper", {})),
        _preset(
            "alien",
            "Alien",
            "Formants up by 4 semitones, then every harmonic moved by 150 Hz: no longer multiples of one pitch.",
            ("pitch", {"formant": 4}),
            ("shift", {"shift_hz": 150}),
            ("chorus", {"mix": 40}),
        ),
        _preset("telephone", "Telephone", "300 to 3400 Hz, 8 bits: a landline.", ("telephone", {})),
        _preset("twins", "Double", "Three copies, each a little late and swinging in pitch.", ("chorus", {})),
        _preset(
            "popstar",
            "Pop star",
            "Pulled to the nearest note of C major, doubled, in a room.",
            ("autotune", {}),
            ("chorus", {"mix": 30}),
            ("room", {"mix": 25}),
        ),
        _preset(
            "choir_machine",
            "Singing machine",
            "The vocoder on a major chord, in a large room.",
            ("vocoder", {"carrier_hz": 131, "chord": 1}),
            ("room", {"decay_s": 1.8, "mix": 30}),
        ),
        _preset(
            "bathroom",
            "Bathroom",
            "Hard walls: echoes for a second and a half.",
            ("room", {"decay_s": 1.5, "damping": 15, "mix": 40}),
        ),
    )
}
