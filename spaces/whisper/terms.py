"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Token",
        meaning="The unit that a decoder writes: a word, a piece of one, or a control symbol such as a timestamp.",
    ),
    Term(
        name="Log-probability",
        meaning="The natural logarithm of a probability. Its average over the tokens tells how sure the model was of "
        "a text: 0 is certain, lower is less sure.",
        state={"clip": "french", "fallback": False},
    ),
    Term(
        name="Temperature fallback",
        meaning="What Whisper does when a text looks wrong by its own checks: it decodes the window again, up to five "
        "times, each time with more randomness.",
        state={"clip": "spanish"},
    ),
    Term(
        name="Compression ratio",
        meaning="How many times shorter a text gets when it is zipped. Text that repeats itself compresses well, so a "
        "high ratio shows a loop.",
        state={"clip": "spanish", "fallback": False},
    ),
    Term(
        name="No-speech probability",
        meaning="How sure Whisper is that nobody speaks in a window.",
        state={"clip": "chirp"},
    ),
    Term(
        name="Voice activity detection (VAD)",
        meaning="Finding where somebody speaks, so that only those parts are transcribed.",
        state={"vad": True},
    ),
    Term(
        name="Word timestamps",
        meaning="When each word starts and ends. Whisper's are found from where its decoder attended while it wrote "
        "them.",
        state={"clip": "sentence"},
    ),
    Term(
        name="Initial prompt",
        meaning="Text that the model treats as said just before: it steers spelling and style, for better or worse.",
        state={"clip": "speech_long", "prompt": "Glossary: Jon Dashwould."},
    ),
    Term(
        name="Beam size",
        meaning="How many unfinished texts a beam search keeps at each step. 1 is greedy decoding.",
        state={"beam": 1},
    ),
)
