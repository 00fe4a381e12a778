"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="wav2vec 2.0 is contrastive, HuBERT predictive. What changes, and why did prediction win?",
        level="senior",
        look="candidates",
        state={"part": "contrast"},
        answer=r"""
**Contrastive**: the target is made by the network itself, by a quantiser that learns along. So there is a second
thing to keep alive (the codebooks), there is the question of where distractors come from, and a trivial solution
lurks: make all targets equal. Diversity loss, Gumbel temperature and the number of distractors are settings to get
right.

**Predictive**: the targets are fixed before training, by clustering. The loss is an ordinary cross-entropy, cannot
collapse, and needs no distractors. The price is a pause between iterations, and a teacher whose faults are learned as
far as the context can foresee them.

HuBERT matched or beat wav2vec 2.0 at the same size with fewer settings, and WavLM and most later models followed it. In
both the result depends on masking far more than on the form of the loss.
""",
        follow_ups=(
            (
                "Where would you still choose a contrastive loss?",
                "Where no offline pass over the data is possible, as in streaming data (BEST-RQ manages that, too), or "
                "for whole utterances, such as speaker embeddings, where *same or different* is the question itself.",
            ),
            (
                "What do BEST-RQ and data2vec change?",
                "BEST-RQ clusters nothing: each frame is multiplied by fixed random numbers and named after the "
                "nearest of fixed random vectors. data2vec has no units: it foresees what the upper layers of a copy "
                "of itself give for the unmasked sound, and the copy's weights are a moving average of its own.",
            ),
        ),
        rubric=RUBRICS["w2v-or-hubert"],
    ),
    Question(
        question="Why mask spans, and why count the loss on hidden frames only?",
        level="mid",
        look="masked_mel",
        state={"part": "contrast", "span": 1, "start": 0.2},
        answer=r"""
Neighbouring frames overlap and sound alike. With single frames hidden, interpolating between the neighbours is enough;
spans of ten frames, 200 ms, hide about two whole phones, and only knowledge of speech bridges that.

On a frame that is *heard*, naming its cluster needs no context: the network copies what the convolutions say, and
learns to be its teacher. HuBERT's paper shows it: with the poor first teacher the word error rate after fine-tuning
is 17.9 with the loss on hidden frames only and 96.4 with the loss on the others.
""",
        follow_ups=(
            (
                "How much is hidden in all?",
                "Starts are drawn with p = 0.065 and spans of 10 may overlap: 1 − (1 − p)^10, about 49%.",
            ),
            (
                "Why a learned vector and not zeros or noise?",
                "The frame after the convolutions has no natural *nothing*, and the network has to tell hidden from "
                "quiet. Some methods do mix in other speech (WavLM), which teaches to separate.",
            ),
        ),
        rubric=RUBRICS["mask-spans"],
    ),
    Question(
        question="Why quantise the targets at all?",
        level="mid",
        look="books",
        state={"part": "contrast"},
        answer=r"""
A frame's exact vector holds what no context can foresee: the noise of a fricative, the phase, the microphone. If that
had to be told from distractors, the easiest way would be to look at the detail that is particular to the recording.
An entry of a codebook keeps what many frames share. In wav2vec 2.0's ablation the three other combinations were
worse: both continuous, both quantised, and quantised inputs with continuous targets. The best was a continuous input to
the Transformer (nothing lost on the way in) and quantised targets.

In HuBERT the clusters of k-means do the same.
""",
        follow_ups=(
            (
                "Why two codebooks of 320 and not one of 102,400?",
                "The product has as many combinations with 640 vectors to learn, each used often enough to be learned.",
            ),
            (
                "What is the Gumbel noise for?",
                "It lets entries be tried that are not the best yet, and with the softmax it gives the argmax a "
                "gradient. The temperature falls, so that the choice becomes firm.",
            ),
        ),
        rubric=RUBRICS["why-quantise"],
    ),
    Question(
        question="How can clusters of MFCC be good enough as the first teacher?",
        level="senior",
        look="agree",
        state={"part": "units", "kind": "mfcc_units"},
        answer=r"""
They need to be *consistent*, not right. The same sound in the same voice gets the same number again and again, so the
numbers of hidden frames can be foreseen from context to some degree, and that part of them which can be foreseen is
the part that has to do with speech: what comes next in a word. Noise in the numbers cannot be foreseen by anybody and
averages out.

Then a middle layer of the trained network is clustered: it holds more of what is said and less of who says it, so its
clusters are better names. HuBERT's base model is trained twice: on clusters of MFCC, then on clusters of its own layer
6. The larger models are trained once, on clusters of layer 9 of that second base model.
""",
        follow_ups=(
            (
                "How do you choose the layer to cluster?",
                "By PNMI or a probe on a little labelled speech; in HuBERT base it was layer 6 after the first "
                "iteration and layer 9 for the next.",
            ),
            (
                "Does the number of clusters matter?",
                "Less than one would think: the paper's 50, 100 and 500 differ little after fine-tuning. As a text for "
                "speech-to-speech systems it matters more: few units lose words, many keep the speaker.",
            ),
        ),
        rubric=RUBRICS["mfcc-teacher"],
    ),
    Question(
        question="What collapses in self-supervised training, and how do you see it early?",
        level="senior",
        look="book_facts",
        state={"part": "contrast"},
        answer=r"""
**The codebook**: few entries win, get all the gradient, and win more. The perplexity falls towards 1; the
contrastive loss can look fine, as equal distractors are left out or the task becomes trivial. Watch the perplexity, not
the loss alone; raise the diversity weight, begin with a hotter Gumbel temperature, lower the learning rate.

**The features**: without quantiser or negatives (data2vec, BYOL) all outputs can become the same vector. Watch the
variance of targets over time.

**The shortcut**: accuracy that rises at once and far is suspicious. Perhaps distractors come from other recordings,
padding marks the place, or spans are so short that interpolation is enough.
""",
        follow_ups=(
            (
                "Why does the loss of HuBERT not need any of this?",
                "Its targets are fixed before training, so they can't move towards each other. Poor clusters give a "
                "poor teacher, but not a collapse.",
            ),
            (
                "What does a healthy curve of wav2vec 2.0 look like?",
                "The perplexity rises first, while accuracy hardly moves; then accuracy climbs and the perplexity "
                "settles at a good part of the codebook.",
            ),
        ),
        rubric=RUBRICS["collapse"],
    ),
    Question(
        question="Which layer would you take features from?",
        level="mid",
        look="probe_picture",
        state={"part": "layers"},
        answer=r"""
That depends on what for, so measure it: a linear probe a layer, on speakers kept back. In base models, voice and
pitch are read best from the first layers, phones from the middle to the upper middle, words a little above; the last
layers serve the pre-training game. Benchmarks such as SUPERB learn a weighted sum of all layers, which is the safe
choice.

After fine-tuning with CTC the last layers are the best for letters, phones and words, and poor for what spelling does
not need: voice, pitch, room.
""",
        follow_ups=(
            (
                "Why linear?",
                "A strong probe can compute much itself, and then its accuracy says little about the layer. A weak "
                "one shows what lies ready.",
            ),
            (
                "Purity of clusters or probe: which do you trust?",
                "They answer different questions. k-means follows the directions with most variance, which may be "
                "voice or loudness; a probe looks for the directions that tell letters. Units need the first, "
                "fine-tuning the second.",
            ),
        ),
        rubric=RUBRICS["which-layer"],
    ),
    Question(
        question="When does self-supervision beat weak supervision on 680,000 hours, as in Whisper?",
        level="principal",
        look="probe_facts",
        state={"part": "layers"},
        answer=r"""
Where there is no text to be weak with. Most languages have no captioned videos, and some no writing; dialects, child or
pathological speech, radio or bird song have sound alone. There, pre-training on raw sound and an hour of labels is what
works. It also keeps what a transcript drops: voice, emotion, prosody, and units from which speech can be made again.

For a language with plenty of captioned speech, weak supervision wins on robustness at once, without fine-tuning,
and gives punctuation and translation. Costs differ, too: pre-training is repeated rarely, but fine-tuning needs
somebody who does it for each task, and a CTC model has no language model inside.
""",
        follow_ups=(
            (
                "Can one have both?",
                "Yes: pre-train the encoder on unlabelled sound, then train on weakly labelled pairs. Google's USM "
                "does so.",
            ),
            (
                "What would you check before choosing?",
                "Hours of text in the target domain, whether words or only classes are needed, latency (Whisper's "
                "window of 30 s against frames), and a test set from that domain.",
            ),
        ),
        rubric=RUBRICS["ssl-or-weak"],
    ),
)
