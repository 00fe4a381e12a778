"""The texts of the room: examples, theory, sources."""

from __future__ import annotations

from .. import Example, Reference

EXAMPLES = (
    Example(
        title="Three minutes of a language",
        look="curve",
        notice="The curve with dots is the error on other people. Read the texts: first comes the script.",
        state={},
    ),
    Example(
        title="LoRA: how few weights?",
        look="cost",
        notice="Under a percent of the weights move. Raise the rank and watch the count; the old matrices stay.",
        state={"method": "lora", "rank": 8},
    ),
    Example(
        title="It hears, but can't write",
        look="base_aligned",
        notice="Play the clip. Base writes similar sounds in another script: hardly a character is right.",
        state={"part": "should", "sentence": 3},
    ),
    Example(
        title="What became of English?",
        look="sheet",
        notice="Every step was on Malayalam, none on English. Compare the English rows; read the sentence below them.",
        state={"part": "sheet"},
    ),
    Example(
        title="A split that leaks",
        look="leak",
        notice="Parted at random, most test clips are by people whom the training knows. Its error rate flatters.",
        state={"part": "data", "parting": "clip"},
    ),
)

THEORY = r"""
## What is trained

Whisper's decoder gives, at each place of the text, a probability for every one of its 51,865 tokens. Training moves the
weights $\theta$ so that the tokens of the true text become likelier:

$$L(\theta) = -\frac{1}{N} \sum_{i=1}^{N} \ln p_\theta\left(w_i \mid w_{<i}, \text{sound}\right)$$

The decoder is shown the true tokens before each place, not its own (*teacher forcing*), so a step costs one pass over
the sentence. The prompt (start, language, task, no timestamps) is shown and not asked for.

**Why minutes can do something.** Whisper has 99 language tokens and has heard a little of most of these languages. Its
tokens are pieces of one or more bytes: every script of the world can be written with them, and a Malayalam letter takes
one to three. What base lacks is the habit. That is why the first steps change the script, long before the words are
right.

**What moves.** *All weights*: encoder and decoder. *Decoder only*: the encoder stays, so its output for a clip is
always the same and can be kept. *LoRA*: every matrix stays, and beside the query and value matrices of each attention
lies

$$\Delta W = \frac{\alpha}{r}\, B A, \qquad B \in \mathbb{R}^{d \times r},\ A \in \mathbb{R}^{r \times d}$$

with a rank $r$ of 4 to 64 where $d$ is 512: $2 r d$ numbers instead of $d^2$.

**A fair test** has other speakers *and* other sentences. Many people read the same proverbs in this corpus; a test
sentence that was also learnt from would be written by heart. So a sentence of the test is taken out of the training set
wherever it occurs."""

REFERENCES = (
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (Whisper), 2022",
        where="section 2.2: the model; appendix D: error rates by language and size",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="Hu et al., LoRA: Low-Rank Adaptation of Large Language Models, 2021",
        where="section 4.1: the method; section 7.1: which matrices",
        url="https://arxiv.org/abs/2106.09685",
    ),
    Reference(
        title="Hugging Face, Audio Course, unit 5",
        where="Fine-tuning the ASR model: Whisper small on Dhivehi",
        url="https://huggingface.co/learn/audio-course/chapter5/fine-tuning",
    ),
    Reference(
        title="Park et al., SpecAugment, 2019",
        where="section 2: masks of time and frequency",
        url="https://arxiv.org/abs/1904.08779",
    ),
    Reference(
        title="McCloskey and Cohen, Catastrophic Interference in Connectionist Networks, 1989",
        where="the first description of forgetting in neural networks",
        url="https://doi.org/10.1016/S0079-7421(08)60536-8",
    ),
    Reference(
        title="Swathanthra Malayalam Computing, Malayalam Speech Corpus",
        where="the packaged clips; CC BY-SA",
        url="https://gitlab.com/smc/msc",
    ),
)
