"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Vocoder",
        meaning="What makes a waveform of a description of speech, such as a mel spectrogram or pitch and envelope.",
        state={"part": "side"},
    ),
    Term(
        name="Spectral convergence",
        meaning="The error of magnitudes as a share of the true ones: the norm of their difference divided by their "
        "norm.",
        state={"part": "side", "named": True},
    ),
    Term(
        name="Log-spectral distance",
        meaning="How far two spectra are apart in decibels: in each frame the root mean square over frequency, then "
        "the mean over frames.",
        state={"part": "side", "named": True},
    ),
    Term(
        name="Consistency of an STFT",
        meaning="A complex matrix is consistent if it is the STFT of some sound. Most are not, because overlapping "
        "frames say the same samples several times.",
        state={"part": "phase"},
    ),
    Term(
        name="WaveNet",
        meaning="A network that gives a probability to each value of the next sample, from the samples before it, by "
        "dilated causal convolutions.",
        state={"part": "wavenet"},
    ),
    Term(
        name="Autoregressive",
        meaning="Each output depends on the outputs before it, so they have to be made one after another.",
        state={"part": "wavenet"},
    ),
    Term(
        name="Causal convolution",
        meaning="A convolution that looks at the present and the past only.",
        state={"part": "wavenet"},
    ),
    Term(
        name="Teacher forcing",
        meaning="Training an autoregressive model with the true outputs as its past, instead of its own.",
    ),
    Term(
        name="Exposure bias",
        meaning="A model trained on true pasts meets its own mistakes for the first time when it runs freely.",
    ),
    Term(
        name="Multi-receptive-field fusion",
        meaning="Residual blocks with several kernel sizes and dilations side by side, whose outputs are averaged.",
        state={"part": "hifigan"},
    ),
    Term(
        name="Multi-period discriminator",
        meaning="Judges of a waveform that see it folded: every second, third, fifth, seventh or eleventh sample in a "
        "row.",
        state={"part": "hifigan"},
    ),
)
