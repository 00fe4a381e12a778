"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Voice cloning",
        meaning="Making speech that a person never spoke sound like that person, from recordings of them.",
        state={"part": "clone"},
    ),
    Term(
        name="Voice conversion",
        meaning="Changing who seems to speak in a recording while its words and timing stay.",
        state={"part": "clone", "clip": "french", "task": "convert"},
    ),
    Term(
        name="Reference recording",
        meaning="The sound of the voice that is wanted: what a cloner copies, room and noise included.",
        state={"part": "clone"},
    ),
    Term(
        name="k nearest neighbours (kNN)",
        meaning="The k stored examples that are most similar to a given one; used directly, without training.",
        state={"part": "inside"},
    ),
    Term(
        name="Unit selection",
        meaning="Synthesis from stretches of real recordings, chosen so that each fits its place and the next stretch.",
        state={"part": "inside"},
    ),
    Term(
        name="WORLD vocoder",
        meaning="Takes speech apart into pitch, spectral envelope and aperiodicity every 5 ms, and puts it together "
        "again; nothing in it is trained.",
        state={"part": "inside"},
    ),
    Term(
        name="Aperiodicity",
        meaning="How much of a sound is noise rather than repetition, band by band.",
        state={"part": "inside"},
    ),
    Term(
        name="Speaker embedding",
        meaning="A vector that stands for who speaks: those of one person's recordings point in similar directions.",
        state={"part": "close"},
    ),
    Term(
        name="Watermark",
        meaning="Changes of a sound that nobody hears and a detector finds: here, that a computer made the voice.",
        state={"part": "marked"},
    ),
)
