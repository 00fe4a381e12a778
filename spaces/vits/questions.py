"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="Explain the two-stage text-to-speech pipeline, and why VITS is one stage",
        level="senior",
        look="fits",
        answer=r"""**Two stages.** An *acoustic model* (Tacotron 2, FastSpeech 2) turns text into a mel spectrogram,
some 80 numbers every 11.6 ms. A *vocoder* (WaveNet, HiFi-GAN) turns that into samples. The cut is convenient: a mel is
small and smooth, each half trains alone, and one vocoder serves many voices.

**What it costs.**

- The vocoder is trained on true mels and has to speak from predicted ones, which are blurred. So it is tuned again on
  the acoustic model's output: two trainings in a row, the second again whenever the first changes.
- A mel has no phase and little detail above some kilohertz. Someone decided once what the halves may tell each other.
- An acoustic model trained by a distance gives the mean of all ways to say a sentence.

**VITS in one stage.** The thing in the middle is learned: a latent $z$ of 192 values a frame. It is a conditional
variational autoencoder. The *posterior encoder* reads the linear spectrogram of the recording and gives $q(z \mid x)$;
the *decoder*, HiFi-GAN's generator, makes the sound from $z$; the *prior* $p(z \mid \text{text})$ comes from the text
encoder, an alignment, and a normalizing flow. The loss adds mel reconstruction, KL between posterior and prior,
durations, and the discriminators' two losses. So how it sounds decides what $z$ is, and the KL term makes $z$
foreseeable from text. When it speaks, the posterior encoder is gone: text, durations, prior sample, flow, decoder.

**Why it works although the text side never hears the sound it makes.** In training the decoder gets posterior samples;
when speaking it gets prior samples. The KL term is what makes the two alike, and the flow is what makes a prior from
text rich enough for that: without it the paper's MOS falls from 4.50 to 2.98.

What it costs: GAN training of one large model, slices of the waveform because of memory, and no mel that one could
look at or edit in between. Durations are still explicit, as [the strip](?part=durations) shows.""",
        follow_ups=(
            (
                "Is it really end to end?",
                "From phonemes to samples, yes. Text normalisation and phonemes come from another program "
                "([see it](?part=phonemes)), and the durations that train the predictor come from a search inside the "
                "training, not from a gradient.",
            ),
            (
                "Why does the posterior encoder read a linear spectrogram and not the mel?",
                "It is used in training alone, so it may see as much as there is: the finer its input, the better $z$ "
                "can describe the sound.",
            ),
            (
                "When would you still choose two stages?",
                "When one vocoder has to serve many languages and voices, when mels from elsewhere have to be spoken "
                "(singing, voice conversion), or when pitch and energy are to be edited in a representation that "
                "people can read.",
            ),
        ),
        state={"part": "training"},
        rubric=RUBRICS["one-stage"],
    ),
    Question(
        question="What is the normalizing flow in VITS for, and why is it made of coupling layers?",
        level="senior",
        look="layers",
        answer=r"""The text gives one normal distribution a token, and all frames of the token share it. Latents of
real speech do not look like that: they move on within a sound, and their channels depend on each other. The flow $f$
is an invertible network between the two. In training it maps $z$ of the recording to $f(z)$, where the simple prior
fits:

$$\log p(z \mid c) = \log \mathcal{N}(f(z); \mu_c, \sigma_c) + \log\left|\det \frac{\partial f}{\partial z}\right|$$

When speaking one draws from the normal distribution and applies $f^{-1}$.

Coupling layers give the three things that this asks for. *Invertible for certain*: one half of the channels passes
unchanged and moves the other half, so the same half undoes it, however complicated the moving network is. *Cheap in
both directions*: one pass each. *A determinant for free*: the matrix of all derivatives (the Jacobian) has only zeros
above its diagonal, so its determinant is the product of the diagonal. VITS's layers shift only, so it is 1 and its
logarithm vanishes. Four layers, with the channels reversed before each, so that both halves are moved.

The table of this part measures it on your sentence: the kept half changes by exactly 0, and neighbouring frames become
more alike from stage to stage.""",
        follow_ups=(
            (
                "Why not give the prior a frame-wise network instead?",
                "A feed-forward prior can predict a mean for each frame, but its distribution stays a normal one with "
                "independent channels. The flow lets the distribution itself take any shape, and still gives an exact "
                "likelihood for the KL term.",
            ),
            (
                "What does MOS 2.98 instead of 4.50 say, and what not?",
                "In the same test, with the same listeners and sentences, a model trained without the flow was heard "
                "as clearly worse. It says nothing about another test: marks move with listeners, headphones and what "
                "else is played. Here the layers are left out of a model trained with them: "
                "[listen](?part=flow&couplings=0).",
            ),
            (
                "Why 0.667 and not 1 for noise_scale?",
                "A narrower distribution takes more probable latents: cleaner, less varied, like a lower temperature "
                "in text generation. [Set it to 0](?part=flow&noise_scale=0) and to 1.2 and compare.",
            ),
        ),
        state={"part": "flow"},
        rubric=RUBRICS["flow"],
    ),
    Question(
        question="How does VITS learn when each phoneme is spoken, with no times in its training data?",
        level="mid",
        look="search",
        answer=r"""By **monotonic alignment search**. Given the priors of the tokens and $f(z)$ of the recording, every
pair of token $i$ and frame $j$ has a log likelihood. Speech goes through its text in order, so of all alignments only
those count that start at the first token, end at the last, and with each frame stay or move on by one. Their best sum
is found column by column:

$$Q_{i,j} = \max(Q_{i,j-1},\; Q_{i-1,j-1}) + \log \mathcal{N}(f(z)_j; \mu_i, \sigma_i)$$

and traced back from the last cell. That is Viterbi for a left-to-right hidden Markov model without transition
probabilities, and it costs tokens × frames. Counting frames a token gives the durations that the duration predictor
learns.

It is expectation maximisation with one best alignment in place of a mean over all: align with the present priors,
improve the priors with that alignment, again. At the beginning the alignment is little better than chance, and it
straightens itself out because neighbouring frames of a sound are alike.""",
        follow_ups=(
            (
                "How does that differ from Tacotron's attention?",
                "Attention is soft, is learned by the decoder, and nothing forces it to be in order: it can skip, "
                "repeat or never end. The search can't, and it is gone when the model speaks: a predictor gives the "
                "durations.",
            ),
            (
                "And from CTC?",
                "CTC sums over all alignments and trains by that sum; the search takes the best one. CTC needs a "
                "symbol for frames without a label, its blank. The blanks here are tokens like others, with a prior of "
                "their own.",
            ),
            (
                "Does a gradient go through the search?",
                "No. It is computed without gradients; its result is taken as given, for the KL term and as the target "
                "of the durations.",
            ),
        ),
        state={"part": "training", "m_noise": 1.5},
        rubric=RUBRICS["alignment-search"],
    ),
    Question(
        question="Why is VITS's duration predictor stochastic, and what do length_scale and noise_w do?",
        level="mid",
        look="strip",
        answer=r"""People say the same sentence with another rhythm each time. A predictor trained by squared error
gives the mean of them, and the mean of many rhythms is an even one that nobody speaks. VITS's predictor is a small
flow of its own: it turns noise into log durations, given the text, so it has a *distribution* of rhythms and draws
one.

- **noise_w** scales that noise. 0 always gives the same, average-like rhythm; the voice's own 0.8 is livelier; far
  above 1 it stumbles.
- **length_scale** multiplies every duration before it is rounded up to whole frames. So it also stretches consonants
  that a slow speaker would leave short.
- Neither changes the durations that you have set by hand.

Durations are whole frames of 11.6 ms, and each token has at least one. They come before any sound, which is why they
can be edited at all.""",
        follow_ups=(
            (
                "Why is the gradient stopped at the predictor's input?",
                "Its likelihood must not bend the text encoder towards what is good for durations and bad for sound.",
            ),
            (
                "A phoneme with one frame: is it heard?",
                "Often, yes: the frames around it belong to its blanks, and the decoder sees about ten frames to each "
                "side. [Shorten one](?part=durations) to its minimum and listen.",
            ),
            (
                "How would you set a total length, for dubbing?",
                "Find the length_scale whose rounded durations add up to the wanted frames (the sum is a step "
                "function, so search it), then give the few frames that are left over to vowels and pauses.",
            ),
        ),
        state={"part": "durations", "noise_w": 0},
        rubric=RUBRICS["stochastic-durations"],
    ),
    Question(
        question="What does the front end of a synthesiser do, and how does it fail?",
        level="junior",
        look="front",
        answer=r"""**Normalisation** writes out what is not a word: *£5.20*, *3 May*, *Dr.* It is a chain of rules, and
order matters: dates must be found before plain numbers are read. **Grapheme to phoneme**: a dictionary
first, rules or a small network for unknown words. **Tokens**: a number for each symbol, here with blanks between them.

It fails where form does not decide meaning: *St.* (saint or street), *1984* (year or amount), *3/5* (a date with two
readings, or a fraction), homographs such as *lead* and *read*, names, words of other languages. The network can't
repair that: it says what it is told. Hence ways to override: a lexicon of one's own, or phonemes in the input.

In the example eSpeak NG gives both *lead* the same vowel. Correct the phonemes: nothing else was wrong.""",
        follow_ups=(
            (
                "Why not train on letters, and be done with it?",
                "With much data that works, and spares the front end. It needs to have seen a word, or one like it; "
                "mistakes are then spread through the weights, where no lexicon mends them.",
            ),
            (
                "Where would you put a language model?",
                "At the choices: which reading of a number, which homograph, where a pause belongs. It reads the "
                "sentence; rules see a few characters.",
            ),
        ),
        state={"part": "phonemes", "text": "They lead the way with a lead pipe."},
        rubric=RUBRICS["front-end"],
    ),
    Question(
        question="How does the decoder make 256 samples from one frame, and how much of the sentence does it see?",
        level="mid",
        look="field",
        answer=r"""Three transposed convolutions make time longer by 8, 8 and 4; after each, residual blocks with
several kernel sizes and dilations work at the new rate. A last convolution and a tanh give samples in $[-1, 1]$.

Follow one sample back: a convolution with kernel $k$ and dilation $d$ adds $d(k-1)/2$ steps to each side, and an
upsampling by $r$ divides the reach by $r$. Together it is about 21 frames, a quarter of a second: enough for some
periods of the voice, far too little for prosody, which must be in $z$. The experiment on this page changes one frame
and finds the change inside these limits.

Nothing is fed back, so all samples are made at once: that is the difference to WaveNet, which makes each from those
before it.""",
        follow_ups=(
            (
                "Where do the artefacts of such decoders come from?",
                "From uneven overlap of transposed convolutions (tones at the rates of the steps), from aliasing of "
                "the non-linear layers at low rates, and from phase that is guessed anew in each place: it buzzes in "
                "long vowels.",
            ),
            (
                "Why discriminators, and why several?",
                "A distance between spectrograms leaves phase open and rewards the mean. Discriminators learn what "
                "recordings have and this sound lacks; those with periods 2, 3, 5, 7, 11 look at every second, third, "
                "… sample, where a wrong period shows.",
            ),
            (
                "How would you shrink it?",
                "Fewer channels at the high rates first: the table shows that most multiply-adds are there. Or let "
                "the network give an STFT's magnitude and phase and leave the last upsampling (iSTFTNet) or all of it "
                "(Vocos) to an inverse FFT.",
            ),
        ),
        state={"part": "decoder"},
        rubric=RUBRICS["decoder-reach"],
    ),
    Question(
        question="Your synthesiser has a real-time factor of 0.1. Why may it still feel slow, and how do you stream "
        "it?",
        level="principal",
        look="stages",
        answer=r"""The **real-time factor** is computing time for a second of sound. What people feel is **latency**:
the time to the first sample. At RTF 0.1 a sentence of 8 s takes 0.8 s before anything is heard, if it is made as a
whole, and a paragraph takes as long as all its sentences.

- **By sentence.** Cut the text, say the first piece, and make the next one while it plays. Prosody across the cut is
  lost.
- **Within a sentence.** The text encoder needs the whole sentence, and it is cheap. Flow and decoder are convolutions:
  they can run over stretches of frames that overlap by their receptive field, about ten frames to each side for the
  decoder, without any difference in the result. The first sound is then heard after the text encoder and one stretch.
- **Overlap costs**: with 20 frames of context around a stretch of 20 half the work is done twice. Longer stretches
  later, when the buffer is full.
- **Under load** latency grows with the queue long before throughput ends: watch the 95th percentile of the time to the
  first sample, not the mean RTF.""",
        follow_ups=(
            (
                "The text itself arrives word by word, from a language model. What now?",
                "Wait for a clause: punctuation, or enough words. Less context means worse rhythm at its end, for "
                "example a full stop's melody in the middle of a sentence. Hold the last word back if it may still "
                "change.",
            ),
            (
                "What do you measure?",
                "Time to first sample and gaps in the playback at a given number of users, word error rate of a "
                "recogniser, listening tests against the unstreamed version; RTF a core for the cost. `python -m "
                "benchmarks.synthesis` measures the first voices.",
            ),
        ),
        state={"part": "decoder", "tap": "mrf2"},
        rubric=RUBRICS["rtf-slow"],
    ),
    Question(
        question="Explain Tacotron 2. How does it fail, and what came after it?",
        look="search",
        level="mid",
        answer=r"""
A sequence-to-sequence network with attention, from letters to a mel spectrogram; a vocoder makes the sound.

1. **Encoder**: letters as vectors, three convolutions, a bidirectional LSTM: one state a letter.
2. **Attention**, *location-sensitive*: it sees, besides the states, where it has looked so far, which pulls it forward.
3. **Decoder**: two LSTMs, frame by frame. The frame before goes through a small *pre-net* with dropout, which stays on
   when it speaks; from the LSTM and what attention read come the next frame of 80 mel bands and the probability of a
   **stop token**.
4. **Post-net**: five convolutions add a correction. The loss is the mean squared error before and after it.
5. **Vocoder**: in the paper a WaveNet, trained on mels predicted with the true past. Listeners gave 4.53 of 5,
   recordings 4.58.

**It fails** where attention does: letters skipped or repeated, babbling at the end when no stop token comes, most of
all in long or odd sentences. Each frame waits for the one before, so mistakes feed themselves. And a squared error
gives the average of all ways to say it, hence smooth mels.

**What came after**: attention that can only move forward; explicit **durations**, which make all frames at once and
cannot skip (FastSpeech); the alignment found by a monotonic search while training (Glow-TTS, VITS), which the link
shows: there every letter gets its frames in order, with no attention at all.
""",
        follow_ups=(
            (
                "Why does the pre-net need dropout?",
                "The frame before is so like the next one that copying it is nearly right, and the text would not be "
                "needed. A narrow layer with dropout spoils the copy, so that the decoder has to read.",
            ),
            (
                "How do you see in training that attention has been learned?",
                "Draw it: a diagonal appears, at first blurred, after some thousand steps. Without it the teacher's "
                "frames still give a small loss, but speaking freely gives babble.",
            ),
        ),
        state={"part": "training"},
        rubric=RUBRICS["tacotron2"],
    ),
)
