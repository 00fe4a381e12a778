"""The words of the field that this room is the place to learn."""

from __future__ import annotations

from .. import Term

TERMS = (
    Term(
        name="Data augmentation",
        meaning="Making more training examples out of those there are, by changes that leave the right answer alone.",
        state={"view": "chain"},
    ),
    Term(
        name="Impulse response",
        meaning="What a room, a loudspeaker or a filter answers to a single click. Convolving a sound with it puts the "
        "sound through that room or device.",
        state={"change": "room"},
    ),
    Term(
        name="Reverberation time (T60)",
        meaning="How long the sound of a room takes to fall by 60 dB after the source has stopped: 0.3 to 0.6 s in "
        "living rooms and kitchens, over 2 s in a large hall.",
        state={"change": "room", "room": "simulated", "decay_s": 1.5},
    ),
    Term(
        name="Image-source method",
        meaning="A way to simulate a room: every reflection is replaced by a mirror image of the source behind the "
        "wall, which sends its own click, later and weaker.",
        state={"change": "room", "room": "simulated"},
    ),
    Term(
        name="Speed perturbation",
        meaning="Playing a recording a little faster or slower by resampling, so that duration, pitch and formants "
        "change together; the usual factors are 0.9, 1.0 and 1.1.",
        state={"change": "speed", "speed": 1.1},
    ),
    Term(
        name="SpecAugment",
        meaning="Augmentation on features: random rows and columns of a log-mel spectrogram are set to its mean while "
        "a network trains.",
        state={"change": "spec"},
    ),
    Term(
        name="Mixup",
        meaning="Two training examples blended in a random proportion, and their labels in the same one.",
        state={"change": "mixup"},
    ),
    Term(
        name="Mu-law",
        meaning="Eight bits a sample for the telephone, with steps that are finer near zero, so that soft sounds are "
        "rounded as finely, in proportion, as loud ones.",
        state={"change": "telephone"},
    ),
    Term(
        name="Babble noise",
        meaning="Many people talking at once: one of the hardest noises for a recogniser, because it is speech, too.",
        state={"part": "breaks", "ladder": "babble"},
    ),
    Term(
        name="Label-preserving",
        meaning="Said of a change after which the right answer is still right: pitch preserves a word in English, but "
        "not a tone in Mandarin or the identity of a speaker.",
        state={"change": "pitch"},
    ),
)
