"""The room's words: theory, examples, references."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## A voice without training

A recording holds two things at once: *what* is said, and *who* says it. Networks that were trained to recognise words
keep the first and drop much of the second, so in their inner rows the same sound of two people lies close together.
kNN-VC (Baas et al. 2023) needs nothing more: look up, for each row of one speaker's sentence, the nearest rows of
another's recording, and let a vocoder speak those. Here the rows are those of Whisper tiny.en's second encoder layer,
after the mean of each recording was taken off; the paper uses WavLM's sixth layer and a HiFi-GAN, which sound better.

**What is taken from whom.** *Words, pauses and melody* come from the sentence as the ready voice says it. *Timbre*, the
spectral envelope every 5 ms, is the reference's own, and so is its microphone, room and noise. *Pitch* is moved in the
logarithm, $\log f' = \mu_r + \frac{\sigma_r}{\sigma_s} (\log f - \mu_s)$, so that it has the middle and the spread of
the reference speaker. *Speed* follows the syllables a second of both. *Whether a frame is voiced* is decided by the
sentence; neighbours that differ in it cost extra, because a hiss with a pitch buzzes. *Unvoiced* frames are half the
ready voice's own, moved to the reference's mean: an s says much of the word and little of the speaker.

**Where it fails.** A sound that the reference does not contain is replaced by the nearest one: an English "th" from
Italian speech comes out as a "t" or an "s". Accent and rhythm stay those of the ready voice. A vocoder's envelope is
smooth, so breath and roughness are thinner than in life.

**Consent.** A voice is personal data, in many places by law, and a clone can be used to deceive. Take only voices whose
owners agree, say that it is a clone, and remember that ticking a box proves nothing: it makes you say what you do. A
saved file says in its metadata that it is a clone, and the sound carries an inaudible mark that says so, too (part 4).
Both help the honest; whoever wants to can take both out.
"""

EXAMPLES = (
    Example(
        title="A reader of Jane Austen",
        notice="Play the clone, then the voice before cloning, then the reference: words of one, voice of the other.",
        state={"part": "clone"},
        asset="speech_long",
        look="source_player",
    ),
    Example(
        title="An Italian speaks English",
        notice="Six seconds of telephone Italian: what that language lacks, another sound replaces.",
        state={"part": "clone", "clip": "italian"},
        asset="italian",
        look="facts",
    ),
    Example(
        title="Every moment for itself",
        notice="With continuity off the path jumps all the time. Listen for the roughness.",
        state={"part": "inside", "continuity": "0"},
        asset="speech_long",
        look="path",
    ),
    Example(
        title="Conversion, no text at all",
        notice="A French announcement in the English reader's voice: timing and language stay, the voice changes.",
        state={"part": "clone", "clip": "french", "task": "convert"},
        asset="french",
        look="source_player",
    ),
    Example(
        title="Is this a clone?",
        notice="A tape that runs 10 % fast, and the mark is still found. Then try the room, and the stretch.",
        state={"part": "marked", "treat": "fast"},
        asset="speech_long",
        look="searched",
    ),
    Example(
        title="Between two people",
        notice="Where do the lines for before and after stand against pairs of real recordings?",
        state={"part": "close"},
        asset="speech_long",
        look="scale",
    ),
)

REFERENCES = (
    Reference(
        title="Baas, van Niekerk & Kamper, Voice Conversion With Just Nearest Neighbors (2023)",
        where="the method, and how much reference it needs",
        url="https://arxiv.org/abs/2305.18975",
    ),
    Reference(
        title="Hunt & Black, Unit selection in a concatenative speech synthesis system (1996)",
        where="target costs, join costs and the Viterbi search",
        url="https://doi.org/10.1109/ICASSP.1996.541110",
    ),
    Reference(
        title="Morise, Yokomori & Ozawa, WORLD: A Vocoder-Based High-Quality Speech Synthesis System (2016)",
        where="pitch, spectral envelope, aperiodicity",
        url="https://doi.org/10.1587/transinf.2015EDP7457",
    ),
    Reference(
        title="Wan, Wang, Papir & Lopez Moreno, Generalized End-to-End Loss for Speaker Verification (2018)",
        where="the speaker encoder; its weights here are Resemblyzer's",
        url="https://arxiv.org/abs/1710.10467",
    ),
    Reference(
        title="Casanova et al., XTTS: a Massively Multilingual Zero-Shot Text-to-Speech Model (2024)",
        where="speaker-conditioned synthesis from a short reference",
        url="https://arxiv.org/abs/2406.04904",
    ),
    Reference(
        title="Bender, Gruhl, Morimoto & Lu, Techniques for data hiding (1996)",
        where="patchwork: many small changes whose sum is known",
        url="https://doi.org/10.1147/sj.353.0313",
    ),
    Reference(
        title="de Jong & Wempe, Praat script to detect syllable nuclei and measure speech rate automatically (2009)",
        where="peaks of intensity in voiced sound",
        url="https://doi.org/10.3758/BRM.41.2.385",
    ),
)
