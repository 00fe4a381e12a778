"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Pitch shifting",
        meaning="Making a voice higher or lower without changing how fast it speaks.",
    ),
    Term(
        name="Formant shifting",
        meaning="Moving the resonances of a voice, as if the mouth and throat were smaller or larger, without "
        "changing its pitch.",
        state={"preset": "helium"},
    ),
    Term(
        name="Phase vocoder",
        meaning="Changes time or pitch in the spectrum: it stretches the frames and then mends their phases. Its "
        "frames cost latency.",
        state={"see": "whatif", "w_fft": 1024},
    ),
    Term(
        name="Latency",
        meaning="The time from a sound going in to its changed copy coming out.",
        state={"see": "latency"},
    ),
    Term(
        name="Jitter",
        meaning="How much the delay varies from packet to packet. A buffer hides it at the price of more delay.",
        state={"see": "latency"},
    ),
    Term(
        name="Jitter buffer",
        meaning="Keeps a little sound in reserve so that a late packet is not heard as a gap.",
        state={"see": "whatif"},
    ),
    Term(
        name="WebRTC",
        meaning="The browser's machinery for live sound and data between two computers.",
        state={"see": "latency", "transport": "data"},
    ),
)
