"""The room's words: theory, examples, references."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## From mel to waveform

A text-to-speech system in two stages writes a **mel spectrogram** first: here 80 numbers every 256 samples of 22,050 a
second, the natural logarithm of amplitudes, as in HiFi-GAN and NVIDIA's Tacotron 2. A **vocoder** makes a sound of it.
It has to invent what the mel left out: the fine structure between the filters, and every phase.

**Three kinds.** *Signal processing*: Griffin-Lim looks for a sound whose magnitudes fit; WORLD excites a filter with
pulses and noise. Nothing is learned from data. *Autoregressive networks*: WaveNet draws
one sample after another, each from all before it; excellent, and slow. *Parallel networks*: HiFi-GAN makes all samples
of an utterance at once with transposed convolutions, trained by discriminators that look at the waveform in several
periods and scales; Vocos gives magnitudes and phases to an inverse STFT.
"""

EXAMPLES = (
    Example(
        title="Which one is real?",
        notice="Play A to D and decide before you show the names.",
        state={"part": "side"},
        asset="sentence",
        look="player_A",
    ),
    Example(
        title="Only the phase is wrong",
        notice="The recording's own magnitudes with a random phase: all that you hear wrong is phase.",
        state={"part": "phase", "magnitudes": "true", "phase": "random"},
        asset="sentence",
        look="phase_sound",
    ),
    Example(
        title="Only the magnitudes are wrong",
        notice="Magnitudes from the mel with the true phase: far better than the other way round.",
        state={"part": "phase", "magnitudes": "nnls", "phase": "true"},
        asset="sentence",
        look="phase_facts",
    ),
    Example(
        title="Twice as far with every layer",
        notice="Ten layers see 1,024 samples. Hide layers below and bring them back, to watch the reach grow.",
        state={"part": "wavenet", "layers": 10},
        asset="sentence",
        look="stack_picture",
    ),
    Example(
        title="A whine from nothing",
        notice="A constant goes in, a tone comes out. Make the kernel 16 long: silence.",
        state={"part": "hifigan"},
        asset="sentence",
        look="up_copies",
    ),
)

REFERENCES = (
    Reference(
        title="Griffin & Lim, Signal Estimation from Modified Short-Time Fourier Transform (1984)",
        where="part 2: the iteration",
        url="https://doi.org/10.1109/TASSP.1984.1164317",
    ),
    Reference(
        title="Perraudin, Balazs & Søndergaard, A Fast Griffin-Lim Algorithm (2013)",
        where="parts 1 and 2: momentum",
        url="https://doi.org/10.1109/WASPAA.2013.6701851",
    ),
    Reference(
        title="Morise, Yokomori & Ozawa, WORLD: A Vocoder-Based High-Quality Speech Synthesis System (2016)",
        where="part 1",
        url="https://doi.org/10.1587/transinf.2015EDP7457",
    ),
    Reference(
        title="van den Oord et al., WaveNet: A Generative Model for Raw Audio (2016)",
        where="section 2: dilated causal convolutions, mu-law, gates",
        url="https://arxiv.org/abs/1609.03499",
    ),
    Reference(
        title="Paine et al., Fast Wavenet Generation Algorithm (2016)",
        where="part 3: queues",
        url="https://arxiv.org/abs/1611.09482",
    ),
    Reference(
        title="Kong, Kim & Bae, HiFi-GAN: Generative Adversarial Networks for Efficient and High Fidelity Speech "
        "Synthesis (2020)",
        where="part 4: sections 2.2 to 2.4, tables 1, 2 and 5; the mel's settings",
        url="https://arxiv.org/abs/2010.05646",
    ),
    Reference(
        title="Odena, Dumoulin & Olah, Deconvolution and Checkerboard Artifacts (2016)",
        where="part 4: kernels that are no multiple of their stride",
        url="https://doi.org/10.23915/distill.00003",
    ),
    Reference(
        title="Pons, Pascual, Cengarle & Serra, Upsampling Artifacts in Neural Audio Synthesis (2021)",
        where="part 4: tones that remain where copies overlap evenly",
        url="https://arxiv.org/abs/2010.14356",
    ),
)
