"""The words of the page: examples, theory and sources; the interview questions stand in `questions`."""

from __future__ import annotations

from .. import Example, Reference
from .questions import QUESTIONS

__all__ = ["EXAMPLES", "QUESTIONS", "REFERENCES", "THEORY"]

THEORY = r"""
## The whole model in six lines

$$X = \text{log-mel}(\text{sound}) \in \mathbb{R}^{80 \times 3000}$$
$$H^0 = \text{GELU}(\text{conv}_2(\text{GELU}(\text{conv}_1(X)))) + P$$
$$U = H^{l} + \text{attention}(\text{norm}(H^{l}))$$
$$H^{l+1} = U + \text{mlp}(\text{norm}(U)) \in \mathbb{R}^{1500 \times w}$$
$$\text{head}(Q, K, V) = \text{softmax}\!\left(QK^\top / \sqrt{64}\right)V$$
$$p(y_i \mid y_{<i}, X) = \text{softmax}(E\, \text{dec}(y_{<i}, \text{norm}(H^L)))$$

(Radford et al. 2022, section 2.2; Vaswani et al. 2017, equation 1.) $w$ is 384 in tiny.en and 512 in base, each
attention has $w / 64$ heads, and $E$ is the table of token embeddings, used at both ends. This page runs the packaged
weights as **float32**; the Whisper room runs them as int8, so a word here and there may differ.
"""

EXAMPLES = (
    Example(
        title="Thirty seconds, always",
        look="log_mel",
        notice="3.3 s of speech, 26.7 s of filling, and the encoder works on all of it.",
        state={"part": "input", "clip": "sentence"},
        asset="sentence",
    ),
    Example(
        title="A word cut in two",
        look="windows",
        notice="Cut at 20 s, “respectable” turns into “respite. of all”. Let neighbours share 2 s.",
        state={"part": "input", "i_view": "long", "i_chunk": 10},
        asset="speech_long",
    ),
    Example(
        title="Near and far heads",
        look="all_heads",
        notice="In layer 1, head 5 looks 0.03 s away on average, head 3 over 2 s. Click both.",
        state={"part": "encoder", "clip": "speech", "e_view": "attention", "e_layer": 1, "e_head": 5},
        asset="speech",
    ),
    Example(
        title="One word, said twice",
        look="likeness",
        notice="Cosine of the two: −0.10 after the convolutions, 0.76 after layer 2. Hear both.",
        state={"part": "encoder", "clip": "speech", "e_view": "pairs", "e_state": "2"},
        asset="speech",
    ),
    Example(
        title="A close decision",
        look="cand",
        notice="“old” 0.45, “ill” 0.30: greedy takes the wrong one. Choose “ill” and see how the text goes on.",
        state={"part": "decoder", "clip": "speech", "d_step": 6},
        asset="speech",
    ),
    Example(
        title="Attention gives times",
        look="map",
        notice="The alignment heads climb word by word; a path over them gives each word its time.",
        state={"part": "attention", "clip": "sentence"},
        asset="sentence",
    ),
)

REFERENCES = (
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="2.1 data in 30 s pieces, 2.2 model, 2.3 tokens, 3.8 and 4.5 long sound, 4.4 normalisation, Table 1",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="openai/whisper, the reference implementation",
        where="audio.py: log-mel and padding; model.py; decoding.py: rules; transcribe.py: seek; timing.py: word times",
        url="https://github.com/openai/whisper",
    ),
    Reference(
        title="SYSTRAN/faster-whisper",
        where="feature_extractor.py and audio.py (pad_or_trim): the filling with zeros",
        url="https://github.com/SYSTRAN/faster-whisper",
    ),
    Reference(
        title="Vaswani et al., Attention Is All You Need (2017)",
        where="equation 1 attention, 3.2.2 heads, 3.5 sinusoidal positions",
        url="https://arxiv.org/abs/1706.03762",
    ),
    Reference(
        title="Gulati et al., Conformer: Convolution-augmented Transformer for Speech Recognition (2020)",
        where="section 2, equation 1: the block",
        url="https://arxiv.org/abs/2005.08100",
    ),
    Reference(
        title="Rekesh et al., Fast Conformer with Linearly Scalable Attention for Efficient Speech Recognition (2023)",
        where="subsampling by eight, 2.8 times faster, limited attention for hours of sound",
        url="https://arxiv.org/abs/2305.05084",
    ),
    Reference(
        title="Yao et al., Zipformer: A faster and better encoder for automatic speech recognition (2023)",
        where="layers at several frame rates, attention weights used again",
        url="https://arxiv.org/abs/2310.11230",
    ),
    Reference(
        title="Graves et al., Connectionist Temporal Classification (2006)",
        where="section 3: paths, blank and their sum",
        url="https://www.cs.toronto.edu/~graves/icml_2006.pdf",
    ),
    Reference(
        title="Graves, Sequence Transduction with Recurrent Neural Networks (2012)",
        where="section 2: the transducer (RNN-T)",
        url="https://arxiv.org/abs/1211.3711",
    ),
    Reference(
        title="Chan, Jaitly, Le and Vinyals, Listen, Attend and Spell (2015)",
        where="section 3: the attending decoder",
        url="https://arxiv.org/abs/1508.01211",
    ),
    Reference(
        title="Kim, Hori and Watanabe, Joint CTC-Attention based End-to-End Speech Recognition (2017)",
        where="the weighted sum of both losses",
        url="https://arxiv.org/abs/1609.06773",
    ),
    Reference(
        title="Gulcehre et al., On Using Monolingual Corpora in Neural Machine Translation (2015)",
        where="shallow and deep fusion",
        url="https://arxiv.org/abs/1503.03535",
    ),
    Reference(
        title="Meng et al., Internal Language Model Estimation for Domain-Adaptive End-to-End ASR (2021)",
        where="subtracting the internal language model",
        url="https://arxiv.org/abs/2011.01991",
    ),
    Reference(
        title="Zhang et al., Unified Streaming and Non-streaming Two-pass End-to-end Model (2020)",
        where="attention masked to chunks of changing size",
        url="https://arxiv.org/abs/2012.05481",
    ),
    Reference(
        title="Baevski et al., wav2vec 2.0 (2020)",
        where="self-supervised pre-training by a contrastive task on masked stretches",
        url="https://arxiv.org/abs/2006.11477",
    ),
    Reference(
        title="Sennrich, Haddow and Birch, Neural Machine Translation of Rare Words with Subword Units (2016)",
        where="section 3.2: byte-pair encoding",
        url="https://arxiv.org/abs/1508.07909",
    ),
    Reference(
        title="Zhang et al., NeMo Inverse Text Normalization: From Development To Production (2021)",
        where="what inverse text normalisation is",
        url="https://arxiv.org/abs/2104.05055",
    ),
)
