"""The words of the page: examples, theory and sources."""

from __future__ import annotations

from .. import Example, Reference

__all__ = ["EXAMPLES", "REFERENCES", "THEORY"]

THEORY = r"""
## From text to mel, in four lines

$$h_1, \ldots, h_N = \text{encoder}(c_1, \ldots, c_N)$$
$$s_i = \text{LSTM}_1(\text{prenet}(y_{i-1}),\ g_{i-1}), \qquad g_i = \textstyle\sum_j \alpha_{ij} h_j$$
$$y_i, p_i = \text{linear}(\text{LSTM}_2(s_i, g_i),\ g_i)$$
$$\hat y = y + \text{postnet}(y)$$

Here $c$ are the tokens (phonemes, spaces, marks), $\alpha_{ij}$ the attention weights, $g_i$ the context, $y_i$ the
frames of step $i$ and $p_i$ the probability that it is the last.

**What is smaller than in the paper, and what was added.** The parts are those of Shen et al. (2018): embedding, three
convolutions and a BLSTM; location-sensitive attention; a prenet with dropout; two LSTMs; the stop token; a postnet of
five convolutions. Their sizes are a fifth to three quarters of the paper’s. It reads phonemes, not letters; a step
writes four frames (a reduction factor, as in the first Tacotron); and guided attention was added to the loss, which
tells it the durations of its teacher. It was trained for half an hour on one processor core, on the speech of another,
packaged synthesiser, so at best it sounds like that one.

**How good it is.** Of 30 sentences that it never saw, its attention goes through all 30 in order, and **most words
can’t be understood**: Whisper base has a word error rate of 0.90 on them, and of 0.03 on the true mels through the same
Griffin-Lim, so the vocoder is not to blame. Half an hour of training is enough for rhythm and melody, not for
consonants. The model card, `assets/weights/tts-tacotron2.md`, has the figures and the command that measures them.

**Common mistakes.** *Tacotron predicts how long a sound lasts*: no, no number in it says so when it speaks; a sound
lasts for as many steps as attention stays. *The mel is the sound*: no, phases are missing, and a vocoder
has to invent them. *Teacher forcing is a way to speak*: no, it needs the true mel, so it is for training and for
looking.
"""

EXAMPLES = (
    Example(
        title="A walk through a sentence",
        look="matrix",
        notice="Play it: the cursor follows the bright line. Click a cell to ask why it is bright.",
        state={"part": "attention"},
    ),
    Example(
        title="Told the truth",
        look="matrix",
        notice="Every step is told the true frame before it. The rhythm is now that of the packaged voice.",
        state={"part": "attention", "told": "true"},
    ),
    Example(
        title="No sense of where it was",
        look="wrong",
        notice="The location term is left out. Look at the line, then listen.",
        state={"part": "faults", "fault": "location"},
    ),
    Example(
        title="No, nine times",
        look="wrong",
        notice="Equal sounds can’t be told apart by what they are. Does the line still pass every one of them?",
        state={"part": "faults", "fault": "repeat"},
    ),
    Example(
        title="Before and after the postnet",
        look="mel_facts",
        notice="Under teacher forcing all mels have one rhythm, so they can be compared frame by frame.",
        state={"part": "postnet", "told": "true"},
    ),
)

REFERENCES = (
    Reference(
        title="Shen et al., Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions (2018)",
        where="Tacotron 2: sections 2.2 and 2.3; postnet: section 3.3.2",
        url="https://arxiv.org/abs/1712.05884",
    ),
    Reference(
        title="Wang et al., Tacotron: Towards End-to-End Speech Synthesis (2017)",
        where="section 3.3: several frames a step",
        url="https://arxiv.org/abs/1703.10135",
    ),
    Reference(
        title="Chorowski et al., Attention-Based Models for Speech Recognition (2015)",
        where="section 2.1, equations 5 to 9: location-sensitive attention",
        url="https://arxiv.org/abs/1506.07503",
    ),
    Reference(
        title="Bahdanau, Cho & Bengio, Neural Machine Translation by Jointly Learning to Align and Translate (2015)",
        where="section 3.1: energies of query and memory",
        url="https://arxiv.org/abs/1409.0473",
    ),
    Reference(
        title="Zhu, Zhang, Yang, Xue & Xie, Pre-Alignment Guided Attention for Improving Training Efficiency and Model "
        "Stability in End-to-End Speech Synthesis (2019)",
        where="IEEE Access 7, pages 65955 to 65964: attention guided by known durations",
    ),
    Reference(
        title="Tachibana, Uenoyama & Aihara, Efficiently Trainable Text-to-Speech System Based on Deep Convolutional "
        "Networks with Guided Attention (2018)",
        where="section 4.1: guided attention; 4.2: forcing it forward when speaking",
        url="https://arxiv.org/abs/1710.08969",
    ),
    Reference(
        title="Ren et al., FastSpeech: Fast, Robust and Controllable Text to Speech (2019)",
        where="durations in place of attention; its table of skipped and repeated words",
        url="https://arxiv.org/abs/1905.09263",
    ),
    Reference(
        title="Bengio et al., Scheduled Sampling for Sequence Prediction with Recurrent Neural Networks (2015)",
        where="teacher forcing and what it hides",
        url="https://arxiv.org/abs/1506.03099",
    ),
)
