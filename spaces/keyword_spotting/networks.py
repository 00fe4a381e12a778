"""The four networks of the room, and what the page calls them."""

from __future__ import annotations

DEFAULT_MODEL = "s-int8"
MODELS = {
    "s-int8": "kws/ds-cnn-int8",
    "s-fp32": "kws/ds-cnn-s-fp32",
    "m-int8": "kws/ds-cnn-m-int8",
    "m-fp32": "kws/ds-cnn-m-fp32",
}
TITLES = {
    "s-int8": "Small, 8 bits: 45 kB",
    "s-fp32": "Small, 32 bits: 93 kB",
    "m-int8": "Medium, 8 bits: 173 kB",
    "m-fp32": "Medium, 32 bits: 543 kB",
}
