"""The words of the page: examples, theory and sources; the interview questions stand in `questions`."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## The whole chain in five lines

$$z_{t,i} = \Big(s_i \sum_{m=0}^{39} \ln\!\big(\textstyle\sum_k W_{mk}\,|X_{tk}|^2 + 10^{-6}\big)
\cos\tfrac{\pi i (2m+1)}{80} - \mu_i\Big) \big/ \sigma_i, \qquad t < 49,\; i < 10$$
$$h^{l+1} = \text{ReLU}\big(\text{pointwise}_{1\times1}(\text{ReLU}(\text{depthwise}_{3\times3}(h^l)))\big), \qquad
\frac{\text{cost}}{\text{cost of a standard convolution}} = \frac{1}{64} + \frac{1}{9} = 0.127$$
$$p = \text{softmax}\big(A\,\text{mean}_{t,f}\,h^4 + b\big) \in \mathbb{R}^{12}$$
$$q = \text{round}(r / s) + q_0, \qquad q^{l+1} = q_0^{l+1} + \text{round}\Big(\frac{s^l s_w}{s^{l+1}}
\sum (q^l - q^l_0)\, q_w\Big)$$
$$\bar p_t = \frac{1}{w}\sum_{j=0}^{w-1} p_{t-j}, \qquad \text{found when } \max_k \bar p_{t,k} \ge \theta$$

The first line is the front end (Davis and Mermelstein 1980; 40 ms frames every 20 ms, an FFT of 640 points, 40 mel
bands, ten coefficients, a constant shift and scale). The second is a block of DS-CNN (Zhang et al. 2017; MobileNets,
section 3.1; here 64 channels); four blocks follow a 10 × 4 convolution, 22,604 weights and biases in all. The fourth
is a layer in eight-bit integers (Jacob et al. 2018, equations 1 to 4), the fifth turns a stream of answers into
detections (Chen et al. 2014, equation 2).
"""

EXAMPLES = (
    Example(
        title="A weak f",
        look="answer",
        notice="This “off” ends so softly that little tells it from “on”. Where does the lower picture doubt?",
        state={"part": "say", "clip": "word_off2"},
    ),
    Example(
        title="Thirteen words in noise",
        look="s_threshold",
        notice="Nine of ten keywords are found, “house” passes for down, the last off is missed. Move the threshold.",
        state={"part": "say", "s_view": "live"},
    ),
    Example(
        title="A novel without keywords",
        look="curve",
        notice="25 s of Austen, and it reports nothing. How low must the threshold go for the first false alarm?",
        state={"part": "say", "s_view": "live", "s_stream": "speech_long", "s_threshold": 0.5},
    ),
    Example(
        title="What a threshold costs",
        look="det",
        notice="At 0.9 and 800 ms nothing fires in 0.64 h of English, but two of three keywords are missed.",
        state={"part": "say", "s_view": "threshold", "s_threshold": 0.9, "s_smooth": 800},
    ),
    Example(
        title="yes, but unknown",
        look="c_tiles",
        notice="Five times yes, by four people, was taken for some other word. Listen: what is different about them?",
        state={"part": "confusions", "c_said": 2, "c_answered": 1},
    ),
    Example(
        title="Flower or flour?",
        look="o_train",
        notice="Two keywords, five takes each, trained in seconds. What does it do with two that sound the same?",
        state={"part": "own", "o_set": "alike"},
    ),
)

REFERENCES = (
    Reference(
        title="Zhang, Suda, Lai and Chandra, Hello Edge: Keyword Spotting on Microcontrollers (2017)",
        where="section 5 front end, table 7 DS-CNN S and M",
        url="https://arxiv.org/abs/1711.07128",
    ),
    Reference(
        title="Howard et al., MobileNets (2017)",
        where="section 3.1, equations 2 to 5: the cost of depthwise separable convolutions",
        url="https://arxiv.org/abs/1704.04861",
    ),
    Reference(
        title="Warden, Speech Commands: A Dataset for Limited-Vocabulary Speech Recognition (2018)",
        where="section 7.1: the twelve classes; the validation clips (CC BY 4.0)",
        url="https://arxiv.org/abs/1804.03209",
    ),
    Reference(
        title="Chen, Parada and Heigold, Small-footprint keyword spotting using deep neural networks (ICASSP 2014)",
        where="section 2.3: smoothing posteriors",
    ),
    Reference(
        title="TensorFlow, speech_commands example, recognize_commands",
        where="averaging window and suppression time",
        url="https://github.com/tensorflow/tensorflow/tree/master/tensorflow/examples/speech_commands",
    ),
    Reference(
        title="Martin et al., The DET curve in assessment of detection task performance (Eurospeech 1997)",
        where="misses against false alarms",
    ),
    Reference(
        title="Picovoice, wake word benchmark",
        where="miss rates at one false alarm in ten hours",
        url="https://github.com/Picovoice/wake-word-benchmark",
    ),
    Reference(
        title="Rybakov et al., Streaming keyword spotting on mobile devices (2020)",
        where="section 2: layers that keep the past instead of computing it again",
        url="https://arxiv.org/abs/2005.06720",
    ),
    Reference(
        title="Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only "
        "Inference (2018)",
        where="section 2 the integer scheme, section 3 training with simulated quantisation",
        url="https://arxiv.org/abs/1712.05877",
    ),
    Reference(
        title="Krishnamoorthi, Quantizing deep convolutional networks for efficient inference (2018)",
        where="section 3: one scale per channel",
        url="https://arxiv.org/abs/1806.08342",
    ),
    Reference(
        title="Banbury et al., MLPerf Tiny Benchmark (2021)",
        where="the keyword spotting task",
        url="https://arxiv.org/abs/2106.07597",
    ),
    Reference(
        title="Davis and Mermelstein, Comparison of Parametric Representations for Monosyllabic Word Recognition in "
        "Continuously Spoken Sentences (1980)",
        where="mel-frequency cepstral coefficients",
    ),
    Reference(
        title="Zhou et al., Learning Deep Features for Discriminative Localization (2016)",
        where="equation 1: class activation mapping, where the answer comes from",
        url="https://arxiv.org/abs/1512.04150",
    ),
    Reference(
        title="Yosinski et al., How transferable are features in deep neural networks? (2014)",
        where="section 4.1: which layers can be kept for a new task",
        url="https://arxiv.org/abs/1411.1792",
    ),
    Reference(
        title="Mazumder et al., Few-Shot Keyword Spotting in Any Language (2021)",
        where="section 3: a new word from five examples on a frozen embedding",
        url="https://arxiv.org/abs/2104.01454",
    ),
    Reference(
        title="Ko et al., Audio Augmentation for Speech Recognition (2015), and A study on data augmentation of "
        "reverberant speech (2017)",
        where="tempo, pitch and rooms as variations of a take",
    ),
    Reference(
        title="CMU Flite 2.2 (Debian), voices slt, rms, awb and kal16",
        where="the example words; the networks heard these voices in training",
        url="http://cmuflite.org",
    ),
)
