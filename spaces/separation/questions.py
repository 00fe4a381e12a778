"""Interview questions about separation."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="Discuss the challenges of the cocktail party problem.",
        level="senior",
        answer=r"""
With one microphone the problem is **underdetermined**: $x = s_1 + s_2$ has infinitely many solutions, and only a
model of what voices are like picks one. The practical difficulties follow from that:

1. **Nameless outputs.** Nothing says which speaker is output 1. A loss in fixed order punishes right answers, so one
   trains with the best order (PIT) or embeds the cells of the spectrogram and clusters them (deep clustering).
2. **Phase.** Masks on magnitudes leave the mixture's phase, which is wrong exactly where voices overlap. Time-domain
   networks (TasNet and its heirs) or complex masks avoid that bound.
3. **How many speakers?** A network with two outputs gives two. One trains with a maximum and silent outputs,
   extracts speakers one by one until nothing is left, or estimates the count first.
4. **Echo and noise.** In a room each voice is spread over hundreds of milliseconds, longer than filters and often
   longer than training showed. Scores fall by many decibels from clean to reverberant mixtures; several microphones
   add direction as a clue.
5. **Long recordings.** One order must hold for minutes. Pauses longer than the receptive field erase the memory of
   who was who; overlapping chunks, speaker embeddings or a diarisation over the outputs carry it on.
6. **Real conversations.** People overlap only some of the time. A separator must leave single
   speech alone.
7. **Data.** Training needs the truth, so mixtures are artificial; read speech of some hundred people does not cover
   languages, microphones, laughter. Unseen speakers, accents and devices cost decibels.
8. **Metrics.** SI-SDR compares waveforms: a delay ruins it and nobody hears it; leftovers 15 dB down are easily
   heard and score well. If a recogniser comes next, measure its word error rate.
""",
        follow_ups=(
            (
                "Two voices of the same sex: why is it harder?",
                "Pitch and formants lie closer together, so harmonics of both fall into the same places and there is "
                "less to "
                "tell whose they are. The example *Two women* shows the scores.",
            ),
            (
                "What if you only want one known person?",
                "Then give the network a few seconds of that voice (target speaker extraction: SpeakerBeam, "
                "VoiceFilter). "
                "The permutation problem is gone, and so is the need to know the count; mistaking the person becomes "
                "the "
                "new error.",
            ),
            (
                "How would you evaluate without any truth?",
                "Listening tests; a recogniser's word error rate on transcribed overlaps; predictors such as DNSMOS; "
                "and checks of consistency, such as mixing the outputs and separating again.",
            ),
        ),
        state={"part": "desk"},
        look="scores",
        rubric=RUBRICS["cocktail-party"],
    ),
    Question(
        question="What is permutation invariant training, and what does it cost?",
        level="mid",
        answer=r"""
For $k$ outputs and $k$ truths, compute all $k^2$ pairwise losses and take the order with the smallest sum;
backpropagate through that one only. With two or three speakers all orders are listed (2, 6). The pairwise losses
dominate the cost; for many speakers the Hungarian method finds the best order in about $k^3$ steps.
**Utterance-level** PIT chooses one order for the whole excerpt, which teaches the network to keep a voice in one
output; frame-level PIT would allow it to swap at any time.
""",
        follow_ups=(
            (
                "Is the minimum differentiable?",
                "Almost everywhere: where two orders tie it has a kink, as a ReLU does. Early in training orders "
                "flip a lot, "
                "which is noise in the gradient; some work softens the minimum (probabilistic PIT).",
            ),
            (
                "When would a fixed order be right?",
                "When a rule that can be heard in the sound decides it: speech and music, near and far, or the lower "
                "pitch first, as in the curve *lower pitch first* of part 2.",
            ),
        ),
        state={"part": "order"},
        look="learning",
        rubric=RUBRICS["pit"],
    ),
    Question(
        question="Why did time-domain networks overtake spectrogram masks?",
        level="senior",
        answer=r"""
A mask on the magnitude leaves the mixture's phase, so even the ideal ratio mask has a ceiling: compare the columns of
the table in part 3. Conv-TasNet's learned filters are real, overlap, and come in many shifts, so that scaling them
moves phase as well; its frames last milliseconds, not 32 ms, which suits low delay; and it is trained on SI-SDR
itself, from waveform to waveform. Later networks returned to complex spectrograms (TF-GridNet) and did better still:
what mattered was modelling phase, not avoiding Fourier.
""",
        follow_ups=(
            (
                "Does Conv-TasNet beat oracle masks?",
                "In the paper, the ideal ratio mask's SI-SNR improvement on WSJ0-2mix (12.2 dB) is below "
                "Conv-TasNet's 15.3 dB. "
                "On this page, read the table: it is computed for the mixture you hear and the weights that are "
                "shipped.",
            ),
            (
                "Why does the true phase help a ratio mask that was not made for it?",
                "With the true phase the waveform can only be wrong in loudness, cell by cell. With the mixture's "
                "phase both "
                "are wrong where voices overlap, and the energies of phase errors add up.",
            ),
        ),
        state={"part": "masks"},
        look="bounds",
        rubric=RUBRICS["time-or-mask"],
    ),
    Question(
        question="Compute the receptive field of Conv-TasNet. Why is it that large?",
        level="mid",
        answer=r"""
Each block with kernel $P$ and dilation $2^x$ adds $(P-1)\,2^x$ frames, so $R$ repeats of $X$ blocks see $1 +
R\,(P-1)(2^X-1)$ frames, times the stride in samples, plus one filter. The slider in part 4 fills the numbers in.
Around a second is needed to know who is talking: pitch and timbre must be tracked across pauses and consonants.
Dilation buys that distance exponentially: without it the same reach would take hundreds of layers.
""",
        follow_ups=(
            (
                "What happens in a pause longer than that?",
                "The convolutions have no memory of the voice before it, and may continue the next one in the other "
                "output. "
                "(Its norm's mean and variance over the whole sound are the only thing that goes further.) Dual-path "
                "networks "
                "(DPRNN, SepFormer) look at the whole sound for that reason.",
            ),
            (
                "What would a causal version change?",
                "All reach goes into the past; the norm must be cumulative or per frame; the delay falls to a filter's "
                "length, and the scores fall, too.",
            ),
        ),
        state={"part": "inside", "layer": 14},
        look="reach",
        rubric=RUBRICS["receptive-field"],
    ),
    Question(
        question="What does SI-SDR measure, and when does it mislead?",
        level="mid",
        answer=r"""
It splits the output into $\alpha s$, the nearest multiple of the true voice, and the rest, and gives the ratio of
their energies in dB. Turning the output up or down changes nothing. It misleads where waveforms differ and sounds do
not (a small delay, a phase-shifting filter), where a small energy is easily heard (leftovers of the other voice,
clicks, missing consonants), and it is undefined where the voice is silent. Report the *improvement*, say which
definition of SDR was used, and add PESQ, STOI or a word error rate.""",
        follow_ups=(
            (
                "Can SI-SDR be gamed?",
                "It rewards being close on average in energy: loud low frequencies decide. A network trained on it "
                "may leave "
                "consonants dull at no cost.",
            ),
            (
                "Why subtract the mean first?",
                "A constant offset is inaudible but would count as error, or, if both have one, as agreement.",
            ),
        ),
        state={"part": "measure", "odd": "late"},
        look="odd_scores",
        rubric=RUBRICS["si-sdr"],
    ),
    Question(
        question="Your separator works on WSJ0-2mix and fails on real calls. What do you check?",
        level="principal",
        answer=r"""
First that input matches training: sample rate, level, codec, one channel. Then the conditions: training mixtures
overlap fully, calls seldom do, and a network that never heard one person alone invents a second; add single speech
and partial overlap. Then rooms and noise: train on simulated rooms with the dry or early voice as the target. Then
people: dynamic mixing with hundreds of speakers, speed changes, other languages. Last, chunking: swaps at chunk
borders look like bad separation and are a different fault. Evaluate each separately, with the word error rate of
whatever comes next.
""",
        follow_ups=(
            (
                "How do you find swaps?",
                "Score in windows of a few seconds: a swap is where the best order changes. Speaker embeddings of "
                "the outputs "
                "show the same without a truth.",
            ),
            (
                "Is more data or a larger network the first thing to try?",
                "For unseen speakers, more speakers: LibriMix gained 1.7 dB from train-100 to train-360 with the "
                "same network "
                "(asteroid's recipes: 13.0 and 14.7 dB).",
            ),
        ),
        state={"part": "desk", "overlap": 40},
        look="voice1",
        rubric=RUBRICS["fails-on-calls"],
    ),
)
