"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Keyword spotting (KWS)",
        meaning="Listening all the time for a few words, on a device with little memory and power.",
    ),
    Term(
        name="Depthwise separable convolution",
        meaning="A convolution split in two cheap steps: one filter for each channel, then a mix of the channels at "
        "each point.",
        state={"part": "inside", "in_view": "cost"},
    ),
    Term(
        name="Multiply-accumulate (MAC)",
        meaning="One multiplication whose result is added to a sum: the unit in which the work of a network is "
        "counted.",
        state={"part": "inside", "in_view": "cost"},
    ),
    Term(
        name="Quantisation",
        meaning="Storing weights and activations with few bits, here 8 in place of 32, to save memory and time.",
        state={"part": "bits"},
    ),
    Term(
        name="Detection threshold",
        meaning="How sure the network must be before it reports a keyword. Higher means fewer false alarms and more "
        "misses.",
        state={"part": "say", "s_view": "threshold"},
    ),
    Term(
        name="False alarm and miss",
        meaning="A false alarm reports what was not there, such as a keyword that nobody said; a miss fails to report "
        "what was there.",
        state={"part": "say", "s_view": "threshold"},
    ),
    Term(
        name="DET curve",
        meaning="Detection error trade-off: misses against false alarms for every threshold.",
        state={"part": "say", "s_view": "threshold"},
    ),
    Term(
        name="Confusion matrix",
        meaning="A table that counts what was said against what was answered.",
        state={"part": "confusions"},
    ),
    Term(
        name="Few-shot learning",
        meaning="Teaching a model something new from a handful of examples.",
        state={"part": "own"},
    ),
)
