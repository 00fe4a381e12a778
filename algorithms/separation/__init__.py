"""Telling apart people who talk at once: how a result is scored, in which order outputs stand, what masks can do, and
the network that does it.

- `metrics`: SDR, SI-SDR and their improvement over the mixture
- `permutation`: which output is which speaker: every order tried, or the Hungarian method
- `masks`: ideal binary, ratio and phase-sensitive masks, with whose phase one likes
- `tasnet`: Conv-TasNet; `size`: its receptive field, weights and multiplications
- `chunked`: long sound in overlapping chunks, the order of the outputs kept
- `toy`: a network small enough to train while one watches, with and without permutation invariant training
"""

from .chunked import separate_in_chunks
from .masks import PHASES, ideal_mask, istft, masked, stft
from .metrics import improvement_db, parts_of, sdr_db, si_sdr_db
from .permutation import all_orders, best_order, best_order_by_assignment, pairwise

__all__ = [
    "PHASES",
    "all_orders",
    "best_order",
    "best_order_by_assignment",
    "ideal_mask",
    "improvement_db",
    "istft",
    "masked",
    "pairwise",
    "parts_of",
    "sdr_db",
    "separate_in_chunks",
    "si_sdr_db",
    "stft",
]
