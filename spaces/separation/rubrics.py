"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="cocktail-party",
        points=(
            Point(
                "Underdetermined",
                "underdetermin*; one microphone; infinitely many; one equation; single channel; more unknown*",
            ),
            Point("Which output is whose", "permutation*; pit; which output; label*; order"),
            Point("Phase and time domain", "phase; time domain; mask*; complex; conv tasnet"),
            Point("Unknown number of speakers", "number speaker*; how many; unknown number; count"),
            Point("Rooms and noise", "reverb*; echo; noise; room*"),
            Point("Long recordings and partial overlap", "overlap*; long; minutes; pause*; swap*; diari*"),
            Point("Data and mismatch", "artificial; wsj0; unseen; mismatch; generali*; synthetic; data"),
            Point("Metrics", "si sdr; sdr; metric*; wer; listen*; evaluat*"),
        ),
        mistakes=(
            "Naming only the permutation.",
            "Forgetting that people mostly speak one after another.",
        ),
        source="Luo and Mesgarani, Conv-TasNet (2019); Yu et al., PIT (2017); Hershey et al., Deep clustering (2016)",
        must="x = s₁ + s₂: one equation, two unknowns a sample.",
        predict=(
            "What will happen to two outputs when only one person speaks?",
            "A network that never heard single speech invents a second voice.",
        ),
    ),
    Rubric(
        name="pit",
        points=(
            Point(
                "Outputs have no names", "fixed order; no name*; arbitrary; any order; unknown order; ambigu*; label*"
            ),
            Point("All pairwise losses", "pairwise; all pair*; each output; every output; every pair"),
            Point("Take the best order", "best order; minimum; smallest; lowest; permutation*; best assign*"),
            Point("Per utterance keeps a voice in one output", "utterance; whole; frame level; swap*"),
            Point("Cost", "factorial; k squared; hungarian; two order*; six; cost*; grows"),
        ),
        mistakes=("“PIT orders the speakers”: it ignores order.",),
        source="Yu, Kolbæk, Tan and Jensen, Permutation Invariant Training (2017), section 3; Kolbæk et al. (2017)",
        must="min over orders π of Σ L(ŝ_π(i), s_i); k! orders, k² pairwise losses.",
        predict=(
            "What will happen to the loss if both outputs are right but swapped, without PIT?",
            "It is large: a right answer is punished.",
        ),
    ),
    Rubric(
        name="time-or-mask",
        points=(
            Point("Masks keep the mixture's phase", "phase; mixture phase; noisy phase"),
            Point("Even ideal masks have a ceiling", "ceiling; bound; limit; ideal; oracle"),
            Point("Learned filters", "learned filter*; learnt; encoder; basis; filterbank"),
            Point("Short frames", "short frame*; ms; latency; milliseconds; low delay"),
            Point("Trained on SI-SDR itself", "si sdr; sisdr; si snr; waveform loss; directly"),
            Point("Complex spectrograms came back", "complex; gridnet; returned; again; not fourier"),
        ),
        mistakes=("“Spectrograms were the mistake”: it was the phase.",),
        source="Luo and Mesgarani, Conv-TasNet (2019), section IV; Wang et al., TF-GridNet (2023)",
        must="WSJ0-2mix, SI-SNRi: ideal ratio mask 12.2 dB, Conv-TasNet 15.3 dB.",
        predict=(
            ("What will happen to an ideal ratio mask's score with the true phase instead of the mixture's?"),
            "It rises: the mixture's phase was the ceiling.",
        ),
    ),
    Rubric(
        name="receptive-field",
        points=(
            Point("Kernel and dilation", "kernel; dilat*; p minus; 2 x; power two"),
            Point("Doubling, repeated R times", "repeat*; doubl*; exponential*; stack*"),
            Point("Frames times stride", "stride; frames; samples; filter"),
            Point("Why about a second", "second; pitch; timbre; who talking; context; pause*; speaker"),
            Point("Few layers", "hundred* layer*; without dilation; few layers; cheap"),
        ),
        mistakes=("Forgetting (P − 1): a kernel of 3 adds 2 frames times the dilation.",),
        source="Luo and Mesgarani (2019), section II",
        must="1 + R·(P − 1)·(2^X − 1) frames.",
        predict=("What will happen to the reach if each repeat gets one more block?", "It about doubles."),
    ),
    Rubric(
        name="si-sdr",
        points=(
            Point("Projection on the true voice", "project*; multiple; scaled; alpha; closest; target"),
            Point("Ratio of energies in dB", "ratio; energ*; db; decibel*; log*"),
            Point("Loudness does not matter", "scale; gain; loud*; volume; invarian*"),
            Point("Misleads with delay and filters", "delay; late; phase; filter; shift"),
            Point("Energy is not audibility", "hear*; audible; percep*; leftover*; click*; consonant*"),
            Point("Report more", "pesq; stoi; wer; improvement; word error*; listen*"),
        ),
        mistakes=("Comparing SI-SDR with an SDR of another definition.",),
        source="Le Roux, Wisdom, Erdogan and Hershey, SDR: half-baked or well done? (2019), equations 1 to 5",
        must="10 log₁₀ (‖α s‖² / ‖α s − ŝ‖²) with α = ⟨ŝ, s⟩ / ‖s‖².",
        predict=(
            "What will happen to SI-SDR if the output is one millisecond late?",
            "It breaks down, though nobody hears it.",
        ),
    ),
    Rubric(
        name="fails-on-calls",
        points=(
            Point("Input first", "sample rate; level; codec; format; input; channel"),
            Point("Partial overlap and single speech", "overlap*; single speech; one person; alone; silence"),
            Point("Rooms and noise", "reverb*; noise; room*; echo"),
            Point("More people", "more speaker*; people; language*; dynamic mix*; accent*; variety"),
            Point("Chunk borders", "chunk*; swap*; border*; stitch*; permut*"),
            Point("Measure each alone", "separately; each; wer; word error*; isolate; one time"),
        ),
        mistakes=("Training longer on the same set.",),
        source="Cosentino et al., LibriMix (2020); Maciejewski et al., WHAMR! (2020)",
        predict=("What will happen if training never had one person alone?", "Single speech is split in two."),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
