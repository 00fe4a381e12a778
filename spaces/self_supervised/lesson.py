"""The room's words: theory, examples, references."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## Learning from sound alone

Transcripts are dear, sound is cheap. **Self-supervised learning** takes its exercises from the sound itself: hide
a part, and let the network work out what was there. To be good at that, it has to know how speech goes on, and that
knowledge serves recognition afterwards, with a little text or none.

**Both** models of this room have the same body: convolutions turn the waveform into a frame every 20 ms, and a
Transformer looks at all frames, some of which are hidden. They differ in the question. **wav2vec 2.0** is
*contrastive*: which of these 101 is the hidden one? **HuBERT** is *predictive*: what is the hidden one called?
Neither is asked to *paint* the hidden sound, as that would spend the network on noise and phase that nobody can
foresee.

**What is small here.** The networks of this page have 2 million weights and learned for a quarter of an hour on one
processor core from 4.1 hours of speech; wav2vec 2.0's and HuBERT's base models have 95 million and learned for days on
dozens of GPUs from 960 hours. So that minutes are enough for anything, the convolutions were first taught to give
log-mel energies; the papers do without that. The mechanics are theirs and every number is computed; the quality is not:
part 4 and the model cards in `assets/weights/` say what was reached.
"""

EXAMPLES = (
    Example(
        title="25 ms, every 20 ms",
        notice="Pull the layer from 1 to 7: what one output sees grows from ten samples to 400.",
        state={"part": "frames", "depth": 7},
        asset="sentence",
        look="field_picture",
    ),
    Example(
        title="Find the hidden one",
        notice="Orange is the true target. Is it the most similar of all? Click other hidden frames.",
        state={"part": "contrast"},
        asset="sentence",
        look="candidates",
    ),
    Example(
        title="A sentence as units",
        notice="Play the second player: the sentence put together from pieces of other clips with the same units.",
        state={"part": "units"},
        asset="sentence",
        look="string_sound",
    ),
    Example(
        title="Another language",
        notice="The units go on in French. They name what it sounds like among what the network knows.",
        state={"part": "units", "clip": "french"},
        asset="french",
        look="strip",
    ),
    Example(
        title="Which layer knows letters?",
        notice="One matrix reads a letter from each layer, on two readers who were never heard.",
        state={"part": "layers"},
        asset="sentence",
        look="probe_picture",
    ),
)

REFERENCES = (
    Reference(
        title="Baevski, Zhou, Mohamed & Auli, wav2vec 2.0: A Framework for Self-Supervised Learning of Speech "
        "Representations (2020)",
        where="sections 2 and 3: body, masking, equations 1 to 4",
        url="https://arxiv.org/abs/2006.11477",
    ),
    Reference(
        title="Hsu, Bolte, Tsai, Lakhotia, Salakhutdinov & Mohamed, HuBERT: Self-Supervised Speech Representation "
        "Learning by Masked Prediction of Hidden Units (2021)",
        where="sections III and IV-C: the loss, two iterations, purity and PNMI",
        url="https://arxiv.org/abs/2106.07447",
    ),
    Reference(
        title="Pasad, Chou & Livescu, Layer-wise Analysis of a Self-supervised Speech Representation Model (2021)",
        where="part 4: what each layer of wav2vec 2.0 holds",
        url="https://arxiv.org/abs/2107.04734",
    ),
    Reference(
        title="Jang, Gu & Poole, Categorical Reparameterization with Gumbel-Softmax (2017)",
        where="part 2: how a choice is learned",
        url="https://arxiv.org/abs/1611.01144",
    ),
    Reference(
        title="van den Oord, Li & Vinyals, Representation Learning with Contrastive Predictive Coding (2018)",
        where="part 2: the contrastive loss",
        url="https://arxiv.org/abs/1807.03748",
    ),
)
