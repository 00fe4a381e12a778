"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="Why do speech synthesisers have two stages, and what changes if there is only one, as in VITS?",
        level="senior",
        look="player_A",
        state={"part": "side"},
        answer=r"""
The **first stage** (Tacotron 2, FastSpeech 2) turns text into a mel spectrogram: what is said, how long, how high. The
**second** (Griffin-Lim, WaveNet, HiFi-GAN) turns the mel into samples. Each is trained alone, the mel can be looked at,
and one vocoder serves many voices and languages.

The price is paid at the seam. The vocoder learns on mels of recordings and has to speak from predicted ones, which are
smoother, because a distance as a loss rewards the average of all ways to say a sentence. Training the vocoder further
on the first stage's mels helps, and ties the two together again.

**VITS** learns what lies in the middle: a latent of 192 values a frame, made foreseeable from text by a KL term (a
penalty on how far what the recording gives lies from what the text foresees), and good to make sound of by the
vocoder's own losses. That is why its decoder, which is a HiFi-GAN, cannot be given a mel. """,
        follow_ups=(
            (
                "When would you still take two stages?",
                "When one vocoder has to serve many voices, when mels come from elsewhere (voice conversion, singing), "
                "or when somebody has to look at the middle to find a fault.",
            ),
            (
                "How do you tell which stage is to blame for a bad sound?",
                "Vocode the mel of a recording of the same sentence. If that is good, the mels are to blame; if it is "
                "bad, the vocoder.",
            ),
        ),
        rubric=RUBRICS["why-two-stages"],
    ),
    Question(
        question="Why a mel spectrogram and not the STFT?",
        level="mid",
        look="slice",
        state={"part": "phase", "magnitudes": "nnls", "phase": "true"},
        answer=r"""
An STFT with 513 complex numbers a frame is six to thirteen times as large as 80 real ones, and most of it can't be
predicted from text: phases turn with the exact moment at which a glottal pulse falls, and the fine structure at high
frequencies is noise. A network that is trained to predict such things by a distance gives their mean, which is close to
0 for a phase. The mel keeps what ears tell apart, finely at low and coarsely at high frequencies, and leaves the rest
to the vocoder, which can invent *some* phase that is consistent instead of guessing *the* phase.

Part 2 shows the price: above a few kilohertz the harmonics melt together.
""",
        follow_ups=(
            (
                "Why the logarithm?",
                "Loudness is heard roughly in ratios, and amplitudes span several powers of ten. On a linear scale the "
                "loss would care about the loudest vowels alone.",
            ),
            (
                "Can a mel be turned back exactly?",
                "No: 513 unknown magnitudes stand against 80 numbers, and phases are gone. NNLS finds magnitudes that "
                "fit the mel almost exactly and still differ from the true ones.",
            ),
        ),
        rubric=RUBRICS["mel-not-stft"],
    ),
    Question(
        question="What do vocoder artefacts sound like, and where do they come from?",
        level="senior",
        look="side_difference",
        state={"part": "side", "named": True},
        answer=r"""
- **Griffin-Lim**: hoarse, blurred, with a hollow ring; phases that fit in no common sound. Fewer iterations, more of
  it.
- **WORLD**: buzzy and smooth. Envelope and pulses lose breath and roughness; a wrong voiced/unvoiced decision croaks.
- **WaveNet**: hiss of the mu-law levels; now and then a sample of small probability from which it runs away into
  noise.
- **GAN vocoders**: a tonal whine at multiples of the frame rate (transposed convolutions whose copies overlap unevenly
  or whose values don't balance), unsteady pitch and metallic voices outside the training data.
- **Trained by a distance only**: over-smoothing, a dull voice without noise, since the mean of many noises is none.
  Adversarial losses exist for that: a discriminator sees that noise is missing.
""",
        follow_ups=(
            (
                "How do you find out whether a tonal artefact comes from upsampling?",
                "Vocode silence and noise and look at the spectrum averaged over a long time: lines at multiples of "
                "the frame rate or of a layer's rate belong to no sound.",
            ),
            (
                "Why can a vocoder with the better PESQ sound worse?",
                "PESQ compares with one recording. It was made for telephone codecs, so it punishes a shifted but "
                "natural pitch and forgives buzz that listeners hate.",
            ),
        ),
        rubric=RUBRICS["artefacts"],
    ),
    Question(
        question="A vocoder has a real-time factor of 0.2. Is it fit for a conversation?",
        level="mid",
        look="reach",
        state={"part": "wavenet", "layers": 10, "stacks": 3},
        answer=r"""
That says **throughput**: 0.2 s of computing for a second of sound. A conversation asks for **latency**: how long until
the first sample. A parallel vocoder that waits for the whole mel of a 5 s sentence answers after 1 s even with this
factor, plus the acoustic model. Let it work on chunks, with as much context as its receptive field needs, and it
answers after the first chunk.

An autoregressive WaveNet is the other way round: it could give its first sample at once, but with a real-time factor
above 1 it can't keep up. And a factor means nothing without the machine, the number of threads, the batch size and the
length; the 95th percentile counts, not the mean.
""",
        follow_ups=(
            (
                "Why does a GPU hardly help a WaveNet that speaks?",
                "Each sample is a chain of small products that wait for the one before; there is nothing to do in "
                "parallel but many sentences at once.",
            ),
            (
                "What does caching change?",
                "The work for a sample: every layer is computed once instead of over the receptive field. The samples "
                "still come one after another.",
            ),
        ),
        rubric=RUBRICS["rtf-conversation"],
    ),
    Question(
        question="What are teacher forcing and exposure bias, and how do they show in WaveNet?",
        level="senior",
        look="stack_picture",
        state={"part": "wavenet", "layers": 6},
        answer=r"""
**Teacher forcing**: in training, the past is the true past. All predictions of a clip can be made at once, and the loss
is a plain cross-entropy. **Exposure bias**: when the model runs freely its past holds its own samples, mistakes
included, which it never saw in training. Errors can grow: the voice turns to noise, or gets stuck in silence.

WaveNet is hit less than one might fear. It draws from a distribution instead of taking the most probable value, so its
training pasts, with their natural noise, resemble its own; and the mel pulls it back every few milliseconds. Tacotron
is hit harder: a wrong frame moves the attention.
""",
        follow_ups=(
            (
                "Name remedies.",
                "Noise on the inputs in training; scheduled sampling, which mixes in the model's own outputs; strong "
                "conditioning; dropout in Tacotron's prenet; or a model that is not autoregressive.",
            ),
            (
                "Why not always take the most probable sample?",
                "The most probable continuation of near silence is silence, and of noise its mean: the voice loses its "
                "noise and may get stuck. Drawing at a temperature a little below 1 is the usual compromise.",
            ),
        ),
        rubric=RUBRICS["teacher-forcing"],
    ),
    Question(
        question="Explain HiFi-GAN. Why is it fast, and what do its discriminators add?",
        level="senior",
        look="reaches",
        state={"part": "hifigan"},
        answer=r"""
The **generator** stretches a mel 256 times with transposed convolutions, and after each of them averages residual
blocks of several kernel sizes and dilations, so that patterns of many lengths are seen at once. Nothing is fed back:
all samples are computed together, in a few dozen convolutions one after another. WaveNet has to run its layers once for
every sample, 22,050 times a second, however many processors wait.

**Losses.** An L1 distance between mels keeps the training on course; alone it leaves phase and the
grain of noise open, since many waveforms share a mel, and the result buzzes. The **discriminators** learn to tell
recordings from what is generated: the multi-period ones see every 2nd, 3rd, 5th, 7th and 11th sample and so the fine
periodicity of a voice; the multi-scale ones see it whole and smoothed. **Feature matching** asks that the
discriminators' layers look alike for both, which gives the generator a steadier direction than a single verdict.

**Sizes.** V1 has 13.9 million weights, V2 0.9, V3 1.5: part 4 counts them. On a recording's mel it is hard to tell from
the recording; on predicted mels it wants to be trained further on those.
""",
        follow_ups=(
            (
                "Where does a constant whine at some kilohertz come from?",
                "From upsampling: copies of a kernel that overlap unevenly, or kernels whose values don't balance, "
                "turn every bias into a tone at the rate of a layer's input. Kernels that are multiples of the stride "
                "help, and training does the rest; interpolation followed by a plain convolution avoids it.",
            ),
            (
                "Why not train with a distance between waveforms?",
                "A small shift of phase is inaudible and makes the distance large. The network would give the mean "
                "over phases, which is close to nothing at high frequencies.",
            ),
            (
                "How does Vocos get faster still?",
                "It works at the rate of the frames throughout and predicts magnitudes and phases for an inverse STFT, "
                "so no layer has to run at thousands of steps a second.",
            ),
        ),
        rubric=RUBRICS["hifigan"],
    ),
    Question(
        question="Explain WaveNet. Why does it sound good, and why is it slow?",
        look="stack_picture",
        level="mid",
        answer=r"""
It models the wave sample by sample, each given **all those before it**, and, as a vocoder, a mel spectrogram $h$:

$$p(x \mid h) = \prod_t p(x_t \mid x_1, \dots, x_{t-1}, h).$$

- **Causal, dilated convolutions** of width 2: the dilation doubles with every layer (1, 2, 4 ... 512) and begins anew
  in the next stack, so the reach grows exponentially with the layers. Three stacks of ten see
  $1 + 3 \cdot 1023 = 3070$ samples, 0.19 s at 16 kHz.
- **Gated units**, $\tanh(\cdot) \odot \sigma(\cdot)$, with residual and skip connections, make so deep a network
  trainable.
- **Output**: a softmax over 256 levels, spaced by the **mu-law**, finer near zero. One *draws* from it, so noise stays
  noise.
- **Conditioning**: the mel, brought to the rate of the samples, is added inside each gate.

It sounds good because it makes no assumption about pulses or phase, and because it gives a distribution and not a mean.
Training is parallel, for the true past is known. Speaking is not: every sample waits for the one before, 16,000 or
more times a second, and no number of processors changes that. So it was made quicker (caching the layers' past),
distilled into a parallel network (Parallel WaveNet), and replaced by smaller recurrent ones (WaveRNN), flows
(WaveGlow) and GANs (HiFi-GAN).
""",
        follow_ups=(
            (
                "Why a softmax and not a regression?",
                "The next sample may be high or low but seldom in between. A squared error gives the mean of both; a "
                "softmax can have two peaks. Later versions use a mixture of logistics, for 16 bits.",
            ),
            (
                "Why dilations and not larger kernels?",
                "Weights and work grow with the kernel, so a reach of 1024 samples takes a kernel of 1024, or ten "
                "layers of two weights with doubling dilations.",
            ),
        ),
        state={"part": "wavenet", "layers": 10, "stacks": 3},
        rubric=RUBRICS["wavenet"],
    ),
)
