"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="VITS",
        meaning="A text-to-speech network in one piece: a variational autoencoder of speech whose prior is predicted "
        "from the text, trained against discriminators.",
    ),
    Term(
        name="Normalisation of text to be spoken",
        meaning="Turning what is written but not a word, such as dates, money and abbreviations, into the words that a "
        "reader says.",
        state={"text": "Dr. Smith paid $5.20 on 3 May 2024."},
    ),
    Term(
        name="Grapheme-to-phoneme conversion (G2P)",
        meaning="Finding the phonemes of a written word, by a dictionary, rules or a network.",
        state={"part": "phonemes"},
    ),
    Term(
        name="International Phonetic Alphabet (IPA)",
        meaning="One symbol for each speech sound of any language. Stress is marked before the syllable: ˈ.",
        state={"part": "phonemes"},
    ),
    Term(
        name="Homograph",
        meaning="A word spelled like another one of a different meaning. Those that also sound different (lead, tear, "
        "wound) are the hard ones for a synthesiser.",
        state={"part": "phonemes", "text": "They lead the way with a lead pipe."},
    ),
    Term(
        name="Duration predictor",
        meaning="The part of a synthesiser that says how long each phoneme lasts. A stochastic one draws durations "
        "from a distribution instead of giving their mean.",
        state={"part": "durations"},
    ),
    Term(
        name="Hard alignment",
        meaning="Each frame belongs to exactly one token, as opposed to a soft alignment by attention weights.",
        state={"part": "durations"},
    ),
    Term(
        name="Monotonic alignment search (MAS)",
        meaning="Finds, by dynamic programming, the alignment of tokens and frames with the largest likelihood that "
        "never goes back and skips nothing.",
        state={"part": "training"},
    ),
    Term(
        name="Normalizing flow",
        meaning="A network that can be run backwards exactly and whose change of volume is known, so that it turns a "
        "simple distribution into a complicated one with a likelihood.",
        state={"part": "flow"},
    ),
    Term(
        name="Coupling layer",
        meaning="A layer of a flow that leaves half of its channels alone and moves the others by a function of them, "
        "so that it can be undone whatever that function is.",
        state={"part": "flow"},
    ),
    Term(
        name="Prior",
        meaning="The distribution of the latents before the sound is seen; here a normal distribution for each token.",
        state={"part": "encoder"},
    ),
    Term(
        name="Posterior encoder",
        meaning="The part of a variational autoencoder that turns a recording into a distribution of latents. It is "
        "used in training alone.",
        state={"part": "training"},
    ),
    Term(
        name="Kullback-Leibler divergence (KL)",
        meaning="How much one distribution differs from another: the mean of the logarithm of their ratio, 0 where "
        "they are the same.",
        state={"part": "training"},
    ),
    Term(
        name="Discriminator",
        meaning="A network that learns to tell recordings from generated sound; the generator learns to deceive it.",
        state={"part": "training"},
    ),
    Term(
        name="Feature matching",
        meaning="A loss that asks the generator for the same values in the discriminator's layers as a recording "
        "gives.",
        state={"part": "training"},
    ),
    Term(
        name="Transposed convolution",
        meaning="A convolution that makes a signal longer: each input step adds a learned stretch to the output.",
        state={"part": "decoder"},
    ),
    Term(
        name="HiFi-GAN",
        meaning="A generator of waveforms from transposed convolutions and residual blocks, trained against "
        "discriminators that look at several periods and scales.",
        state={"part": "decoder"},
    ),
    Term(
        name="Mean opinion score (MOS)",
        meaning="The mean of listeners' marks from 1 (bad) to 5 (excellent). It can be compared within one test only.",
        state={"part": "flow"},
    ),
    Term(
        name="Real-time factor (RTF)",
        meaning="Seconds of computing for a second of sound: below 1 is faster than real time.",
    ),
)
