"""The table of voice effects: what each is called, its settings, its latency, its kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType

import numpy as np

from algorithms.voice.kernels import delay, lpc, psola, simple, tracker
from algorithms.voice.kernels import room as space


@dataclass(frozen=True)
class Param:
    """One setting of an effect: its name in chains, what a slider says, its range and step."""

    name: str
    label: str
    low: float
    high: float
    default: float
    step: float
    unit: str = ""
    choices: tuple[str, ...] = ()  # where the values 0, 1, 2, ... have names


@dataclass(frozen=True)
class Effect:
    """One effect.

    Attributes
    ----------
    name, title, what : str
        Its name in chains, on a page, and one sentence about what it does.
    params : tuple of Param
        In the order in which the kernel numbers them.
    kernel : function
        See `algorithms.voice.kernels.core`.
    state : tuple of int
        Lengths of what it remembers: single numbers first, then each row.
    latency_samples : int
        Algorithmic latency at 48 kHz, whatever the parameters are.
    """

    name: str
    title: str
    what: str
    params: tuple[Param, ...]
    kernel: FunctionType
    state: tuple[int, ...]
    latency_samples: int = 0

    def latency(self, params: Mapping[str, float] | None = None) -> int:
        """Return the algorithmic latency in samples at 48 kHz; it is the same for all parameters."""
        return self.latency_samples

    @property
    def state_size(self) -> int:
        """Numbers it remembers in all."""
        return sum(self.state)


PSOLA_STATE = (13, 10, 4, 2 * tracker.LOW, tracker.LAGS, 4096, 6 * psola.GRAINS)
LPC_STATE = (10, 128, 3 * lpc.LAGS_LPC, *[lpc.LAGS_LPC] * 6)
KEYS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
MIX = Param("mix", "Strength", 0, 100, 100, 1, "%")

EFFECTS: dict[str, Effect] = {
    effect.name: effect
    for effect in (
        Effect(
            "gain",
            "Volume",
            "Louder or softer.",
            (Param("level_db", "Level", -40, 20, 0, 0.5, "dB"),),
            simple.gain,
            (1,),
        ),
        Effect(
            "gate",
            "Noise gate",
            "Closes while nobody speaks, so that the room's noise is not changed into something louder.",
            (
                Param("threshold_db", "Opens above", -80, -20, -55, 1, "dB"),
                Param("release_ms", "Closes within", 10, 500, 120, 10, "ms"),
            ),
            simple.gate,
            (3,),
        ),
        Effect(
            "limiter",
            "Limiter",
            "Looks 1 ms ahead and turns down before a peak would be clipped.",
            (Param("ceiling_db", "Ceiling", -20, 0, -1, 0.5, "dB"),),
            simple.limiter,
            (2, 64, 64, 64),
            simple.LOOKAHEAD,
        ),
        Effect(
            "pitch_delay",
            "Pitch (delay line)",
            "Plays the last 20 ms faster or slower with two read heads; the formants move with the pitch.",
            (Param("semitones", "Pitch", -12, 12, 0, 0.1, "semitones"),),
            delay.pitch_delay,
            (2, 4096),
            482,
        ),
        Effect(
            "pitch",
            "Pitch and formants",
            "Sets the voice's pulses closer together or further apart (PSOLA); the formants stay or move on their own.",
            (
                Param("semitones", "Pitch", -12, 12, 0, 0.1, "semitones"),
                Param("formant", "Formants", -8, 8, 0, 0.1, "semitones"),
            ),
            psola.pitch,
            PSOLA_STATE,
            int(psola.DELAY),
        ),
        Effect(
            "monotone",
            "One note",
            "Sets the voice's pulses at the distance of one note, whatever was sung or said.",
            (
                Param("pitch_hz", "Note", 60, 400, 120, 1, "Hz"),
                Param("formant", "Formants", -8, 8, 0, 0.1, "semitones"),
            ),
            psola.monotone,
            PSOLA_STATE,
            int(psola.DELAY),
        ),
        Effect(
            "autotune",
            "Autotune",
            "Pulls the pitch to the nearest note of a scale.",
            (
                Param("key", "Key", 0, 11, 0, 1, "", KEYS),
                Param("scale", "Scale", 0, 3, 1, 1, "", ("all twelve notes", "major", "minor", "pentatonic")),
                Param("strength", "Strength", 0, 100, 100, 1, "%"),
                Param("retune_ms", "Reaches the note in", 0, 200, 10, 1, "ms"),
            ),
            psola.autotune,
            PSOLA_STATE,
            int(psola.DELAY),
        ),
        Effect(
            "whisper",
            "Whisper",
            "Puts noise where the vocal folds were; throat and mouth stay (linear prediction).",
            (
                Param("breath", "Breath", 0, 100, 100, 1, "%"),
                Param("bright", "Brightness", 0, 100, 60, 1, "%"),
            ),
            lpc.whisper,
            LPC_STATE,
        ),
        Effect(
            "vocoder",
            "Vocoder",
            "Puts a buzz where the vocal folds were: a talking instrument on one note or a chord.",
            (
                Param("carrier_hz", "Note", 50, 400, 110, 1, "Hz"),
                Param("chord", "Chord", 0, 2, 0, 1, "", ("one note", "major", "minor")),
                Param("natural", "Own voice", 0, 100, 0, 1, "%"),
            ),
            lpc.vocoder,
            LPC_STATE,
        ),
        Effect(
            "ring",
            "Robot (ring modulation)",
            "Multiplies the voice by a sine: each harmonic becomes two.",
            (Param("carrier_hz", "Carrier", 10, 1000, 50, 1, "Hz"), MIX),
            simple.ring,
            (1,),
        ),
        Effect(
            "shift",
            "Alien (frequency shift)",
            "Moves every harmonic by the same number of hertz, so they are no longer multiples of one pitch.",
            (Param("shift_hz", "Shift", -500, 500, 120, 5, "Hz"), MIX),
            simple.shift,
            (2, 32),
        ),
        Effect(
            "telephone",
            "Telephone",
            "Keeps 300 to 3400 Hz and rounds to the 8 bits of a telephone line.",
            (
                Param("low_hz", "From", 100, 1000, 300, 10, "Hz"),
                Param("high_hz", "To", 1500, 8000, 3400, 50, "Hz"),
                Param("grit", "8-bit steps", 0, 100, 100, 1, "%"),
            ),
            simple.telephone,
            (1, 20, 8),
        ),
        Effect(
            "chorus",
            "Chorus",
            "Adds three copies that come a little later and swing in pitch.",
            (
                Param("delay_ms", "Delay", 5, 30, 15, 0.5, "ms"),
                Param("depth_ms", "Swing", 0, 5, 1.5, 0.1, "ms"),
                Param("rate_hz", "Swings a second", 0.1, 5, 0.8, 0.1, "Hz"),
                Param("mix", "Strength", 0, 100, 60, 1, "%"),
            ),
            simple.chorus,
            (3, 4096),
        ),
        Effect(
            "room",
            "Room",
            "Adds the echoes of a room: eight delay lines that feed each other.",
            (
                Param("decay_s", "Fades in", 0.1, 4, 0.8, 0.1, "s"),
                Param("damping", "Curtains", 0, 100, 40, 1, "%"),
                Param("mix", "Strength", 0, 100, 40, 1, "%"),
            ),
            space.room,
            (2, space.LINES * space.LINE, space.LINES, space.LINES),
        ),
    )
}


def check(effect: str, name: str, value: float) -> float:
    """Return a parameter's value as float, or raise ValueError in a sentence: unknown, out of range, not a number."""
    param = next((param for param in EFFECTS[effect].params if param.name == name), None)
    if param is None:
        known = ", ".join(param.name for param in EFFECTS[effect].params) or "none"
        raise ValueError(f'The effect "{effect}" has no parameter "{name}"; it has: {known}.')
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not is_number or not param.low <= value <= param.high:
        bounds = f"{param.low:g} to {param.high:g} {param.unit}".strip()
        raise ValueError(f"{param.label} must be a number from {bounds}, not {value!r}.")
    return float(value)
