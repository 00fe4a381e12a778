"""Connectionist temporal classification (CTC): from one probability row a frame to letters, and letters to frames.

- `core`, re-exported here: `greedy`, `trellis`, `gradient`, `viterbi`, `forced_align`, ...
- `paths`: the collapse rule and the states of a target, without probabilities; re-exported too
- `beam`: prefix beam search with a language model
- `long`: the likeliest alignment of a long target in little memory
- `net`: a character network on Whisper's encoder, in PyTorch
"""

from algorithms.ctc.core import (
    AlignedToken,
    AlignedWord,
    Trellis,
    check_log_probs,
    forced_align,
    gradient,
    greedy,
    group_words,
    log_likelihood,
    symbol_occupancy,
    trellis,
    viterbi,
)
from algorithms.ctc.paths import (
    BLANK,
    Collapse,
    CtcError,
    Feeder,
    Run,
    alignments,
    collapse,
    count_alignments,
    encode,
    extend,
    feeders,
    frames_needed,
    skip_allowed,
    spellable,
)

__all__ = [
    "BLANK",
    "AlignedToken",
    "AlignedWord",
    "Collapse",
    "CtcError",
    "Feeder",
    "Run",
    "Trellis",
    "alignments",
    "check_log_probs",
    "collapse",
    "count_alignments",
    "encode",
    "extend",
    "feeders",
    "forced_align",
    "frames_needed",
    "gradient",
    "greedy",
    "group_words",
    "log_likelihood",
    "skip_allowed",
    "spellable",
    "symbol_occupancy",
    "trellis",
    "viterbi",
]
