"""The words of the page: examples, theory and sources; the interview questions stand in `questions`."""

from __future__ import annotations

from .. import Example, Reference
from .questions import QUESTIONS

__all__ = ["EXAMPLES", "QUESTIONS", "REFERENCES", "THEORY"]

THEORY = r"""
## The whole model in five lines

$$(\mu_i, \sigma_i) = \text{encoder}(c_1, \ldots, c_T)_i$$
$$d_i = \lceil w_i \cdot \text{length\_scale} \rceil, \quad \log w = \text{predictor}(c, \epsilon'\, \text{noise\_w})$$
$$z_{p,j} = \mu_{a(j)} + \epsilon_j\, \sigma_{a(j)} \cdot \text{noise\_scale}, \quad j = 1, \ldots, \textstyle\sum d_i$$
$$z = f^{-1}(z_p)$$
$$x = \text{decoder}(z) \in [-1, 1]^{256 \sum d_i}$$

Here $c$ are the tokens, $\epsilon$ is standard normal noise, $a(j)$ is the token that owns frame $j$, and $f$ is the
flow as it runs in training (Kim et al. 2021, section 2). Training maximises a lower bound of $\log p(x \mid c)$, the
sum of *how well the decoder gives the recording back* and *how well the text foretells the latents*:

$$\log p(x \mid c) \ge \mathbb{E}_{q(z \mid x)}\left[\log p(x \mid z) - \log \frac{q(z \mid x)}{p(z \mid c, a)}\right]$$

**Common mistakes.** *VITS attends from sound to text like Tacotron*: no, its alignment is hard and monotonic, found by
search in training and predicted when speaking, so it can neither skip nor repeat a word. *The flow adds detail to a
mel spectrogram*: no mel lies between text and sound, only one of the losses compares mels; the 192 channels are
learned and mean nothing by themselves. *End to end means from letters*: this voice, like the paper's, reads phonemes
that another program has made.
"""

EXAMPLES = (
    Example(
        title="Pull a sound longer",
        look="strip",
        notice="The vowel of “smooth” was drawn to 60 frames by hand. Pull at any edge and hear the sentence again.",
        state={"part": "durations", "edits": "25:60"},
    ),
    Example(
        title="A gap is no pause",
        look="strip",
        notice="The gap after “canoe” was stretched, and the voice holds on to its sound. Insert a pause there "
        "instead.",
        state={"part": "durations", "edits": "12:40"},
    ),
    Example(
        title="Figures into words",
        look="front",
        notice="Money, a date, a time, an abbreviation: each becomes the words that a reader says.",
        state={"part": "phonemes", "text": "Dr. Smith paid $5.20 on 3 May 2024 at 7:30 pm."},
    ),
    Example(
        title="A wrong pronunciation",
        look="front",
        notice="eSpeak says both “lead” alike. Change the second to lˈɛd and listen.",
        state={"part": "phonemes", "text": "They lead the way with a lead pipe."},
    ),
    Example(
        title="The flow switched off",
        look="use",
        notice="The decoder gets the bare sample of the prior. Bring the layers back one by one.",
        state={"part": "flow", "couplings": 0},
    ),
    Example(
        title="No chance at all",
        look="sounds",
        notice="noise_scale and noise_w 0: every seed says the sentence in the same way, and it sounds dull.",
        state={"part": "flow", "noise_scale": 0, "noise_w": 0},
    ),
    Example(
        title="One frame, 256 samples",
        look="close",
        notice="Seven frames grow by 8, 8 and 4. Choose the stages one after the other.",
        state={"part": "decoder", "tap": "up0"},
    ),
    Example(
        title="Who says which frame?",
        look="search",
        notice="Play the search: the table fills from the left, then the best path is traced back.",
        state={"part": "training", "word": 2},
    ),
)

REFERENCES = (
    Reference(
        title="Kim, Kong and Son, Conditional Variational Autoencoder with Adversarial Learning for End-to-End "
        "Text-to-Speech (2021)",
        where="section 2: the model; 2.2.1 alignment search, 2.2.2 durations, 2.5.2 flow; the listening tests",
        url="https://arxiv.org/abs/2106.06103",
    ),
    Reference(
        title="Kim, Kim, Kong and Yoon, Glow-TTS (2020)",
        where="monotonic alignment search, blanks between the phonemes",
        url="https://arxiv.org/abs/2005.11129",
    ),
    Reference(
        title="Kong, Kim and Bae, HiFi-GAN (2020)",
        where="the generator (V3), the discriminators, feature matching",
        url="https://arxiv.org/abs/2010.05646",
    ),
    Reference(
        title="Dinh, Sohl-Dickstein and Bengio, Density Estimation Using Real NVP (2017)",
        where="coupling layers",
        url="https://arxiv.org/abs/1605.08803",
    ),
    Reference(
        title="Kingma and Welling, Auto-Encoding Variational Bayes (2014)",
        where="the lower bound, and sampling through which gradients pass",
        url="https://arxiv.org/abs/1312.6114",
    ),
    Reference(
        title="Shaw, Uszkoreit and Vaswani, Self-Attention with Relative Position Representations (2018)",
        where="learned vectors for distances between tokens",
        url="https://arxiv.org/abs/1803.02155",
    ),
    Reference(
        title="Shen et al., Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions (2018)",
        where="Tacotron 2: the pipeline of two networks",
        url="https://arxiv.org/abs/1712.05884",
    ),
    Reference(
        title="Ren et al., FastSpeech 2 (2021)",
        where="a duration predictor that gives one number a phoneme",
        url="https://arxiv.org/abs/2006.04558",
    ),
    Reference(
        title="Sproat et al., Normalization of Non-Standard Words (2001)",
        where="what text normalisation has to decide",
        url="https://doi.org/10.1006/csla.2001.0169",
    ),
    Reference(
        title="Piper, the project whose voice this is, and eSpeak NG, whose phonemes it reads",
        where="the voice en_US-joe-medium; phoneme table with blanks",
        url="https://github.com/rhasspy/piper",
    ),
)
