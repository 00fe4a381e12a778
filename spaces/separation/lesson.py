"""The room's words: theory, examples, references."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## The cocktail party

Colin Cherry asked in 1953 how we follow one voice among many. A machine with one microphone gets $x = s_1 + s_2$, and
any pair of sounds that adds up to $x$ fits: only knowledge of what voices are like picks the right one. Networks
learn that knowledge from mixtures that were made from clean recordings, because then the truth is known.

**Three ideas carry the field.** *Masks*: in a suitable picture of the sound, most cells belong mostly to one voice,
since speech is sparse; so a mask gives
each voice its share of every cell. *Permutation invariant training*: outputs have no names, so let the
best order count. *Learned bases*: Conv-TasNet replaces the spectrogram by filters that it learns together with
everything else, works on frames of a few milliseconds instead of 32 ms, and so can change the phase, too.

**What remains hard.** The number of voices must be known, or estimated. Echoes smear each voice over the others.
Networks trained on read speech of some hundred people meet a person, a language or a microphone that they never
heard, and lose decibels. In a long recording, the outputs may swap voices after a pause: here, chunks overlap, and
the order is carried over where both chunks hear the same voices. And a score does not hear as people do (part 5).

Everything on this page is computed at 8 kHz, as in most of the literature: clear enough to understand, but
duller than speech with its full band.
"""

EXAMPLES = (
    Example(
        title="A man and a woman at once",
        notice="Hear the mixture, then each output in the colour of its voice, and what is wrong with it.",
        state={"part": "desk"},
        asset="italian",
        look="voice1",
    ),
    Example(
        title="Two women",
        notice="Similar pitch and formants: here the network does harm. Its improvement is below zero.",
        state={"part": "desk", "clip": "spanish", "other": "french"},
        asset="spanish",
        look="scores",
    ),
    Example(
        title="Which output is whose?",
        notice="Both orders are scored and the better one counts. Click a cell to hear its pair.",
        state={"part": "order"},
        asset="italian",
        look="pairs",
    ),
    Example(
        title="The right loudness, the wrong phase",
        notice="The same oracle mask with the mixture's, the true and a random phase: only the phase differs.",
        state={"part": "masks", "phase": "random"},
        asset="italian",
        look="bounds",
    ),
    Example(
        title="How far the network sees",
        notice="Each block looks twice as far as the one before, until they begin again; the formula adds it all up.",
        state={"part": "inside", "layer": 7},
        asset="italian",
        look="reach",
    ),
    Example(
        title="A millisecond late",
        notice="It sounds the same, and SI-SDR calls it ruined.",
        state={"part": "measure", "odd": "late"},
        asset="italian",
        look="odd_scores",
    ),
)

REFERENCES = (
    Reference(
        title=(
            "Luo & Mesgarani, Conv-TasNet: Surpassing Ideal Time–Frequency Magnitude Masking for Speech "
            "Separation (2019)"
        ),
        where="section II the network, IV the filters and the comparison with oracle masks",
        url="https://arxiv.org/abs/1809.07454",
    ),
    Reference(
        title="Yu, Kolbæk, Tan & Jensen, Permutation Invariant Training of Deep Models (2017)",
        where="section 3",
        url="https://arxiv.org/abs/1607.00325",
    ),
    Reference(
        title="Kolbæk, Yu, Tan & Jensen, Multi-talker Speech Separation with Utterance-level PIT (2017)",
        where="section V: one order for the whole utterance",
        url="https://arxiv.org/abs/1703.06284",
    ),
    Reference(
        title="Le Roux, Wisdom, Erdogan & Hershey, SDR: half-baked or well done? (2019)",
        where="equations 1 to 5 and the cases in which BSS Eval is fooled",
        url="https://arxiv.org/abs/1811.02508",
    ),
    Reference(
        title="Erdogan, Hershey, Watanabe & Le Roux, Phase-sensitive and recognition-boosted speech separation (2015)",
        where="the phase-sensitive mask",
        url="https://doi.org/10.1109/ICASSP.2015.7178061",
    ),
    Reference(
        title="Hershey, Chen, Le Roux & Watanabe, Deep clustering (2016)",
        where="the other answer to the permutation problem",
        url="https://arxiv.org/abs/1508.04306",
    ),
    Reference(
        title="Cosentino, Pariente, Cornell, Deleforge & Vincent, LibriMix (2020)",
        where="how well networks carry over to other recordings",
        url="https://arxiv.org/abs/2005.11262",
    ),
    Reference(
        title=(
            "Dovrat, Nachmani & Wolf, Many-Speakers Single Channel Speech Separation with Optimal Permutation "
            "Training (2021)"
        ),
        where="PIT by the Hungarian method",
        url="https://arxiv.org/abs/2104.08955",
    ),
    Reference(
        title="Taal, Hendriks, Heusdens & Jensen, An Algorithm for Intelligibility Prediction (STOI, 2011)",
        where="section II",
        url="https://doi.org/10.1109/TASL.2011.2114881",
    ),
)
