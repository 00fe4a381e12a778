"""The texts of the Whisper room: examples, theory, questions with answers, sources."""

from __future__ import annotations

from .. import Example, Question, Reference
from .rubrics import RUBRICS

EXAMPLES = (
    Example(
        title="A clear reader",
        look="transcript",
        notice="Every word is right. Deeper orange means less sure: one “is” gets only about 0.2. Click it.",
        state={"clip": "speech"},
        asset="speech",
    ),
    Example(
        title="French into English",
        look="transcript",
        notice="base is over 0.99 sure of French and translates. Set the task to Transcribe to read what was said.",
        state={"clip": "french", "model": "asr/whisper-base", "task": "translate"},
        asset="french",
    ),
    Example(
        title="French for English-only ears",
        look="table",
        notice="tiny.en knows no French: it thanks you in English, which nobody said. Not one word is right.",
        state={"clip": "french", "fallback": False},
        asset="french",
    ),
    Example(
        title="A loop, with the guard off",
        look="fallback",
        notice="Given Spanish, tiny.en says thank you over and over: see the compression ratio. Switch fallback on.",
        state={"clip": "spanish", "fallback": False},
        asset="spanish",
    ),
    Example(
        title="A prompt that misspells",
        look="prompt",
        notice="The prompt says “Jon Dashwould”, so it writes that, though it gives “Jon” only 0.02. Empty the prompt.",
        state={"clip": "speech_long", "prompt": "Glossary: Jon Dashwould."},
        asset="speech_long",
    ),
)

THEORY = r"""
## What happens between sound and text

Whisper sees sound as **30-second windows** of a log-mel spectrogram (80 bands, one column every 10 ms: $80 \times
3000$ numbers; large-v3 takes 128 bands). The encoder turns a window into 1500 vectors, one every 20 ms. The decoder
then writes the text one token at a time, choosing each by what it has written so far and what it hears:

$$p(y_1 \ldots y_n \mid X) = \prod_{i=1}^{n} p(y_i \mid y_1 \ldots y_{i-1}, X)$$

The colour of a word shows the mean probability of its tokens. For a whole window Whisper looks at three numbers, those
of the table above, and each has a limit ($y_{n+1}$ is the token that ends the text):

| number | how it is made | beyond the limit |
|---|---|---|
| average log-probability | $\frac{1}{n+1}\sum_{i=1}^{n+1} \ln p(y_i \mid y_{<i}, X)$ | below $-1$: decode again |
| compression ratio | bytes of text divided by bytes after zlib | above $2.4$: it repeats itself, decode again |
| no-speech probability | $p(\langle\text{nospeech}\rangle)$ after the start token | above $0.6$ *and* unsure: silence |

The **real-time factor** is computing time over sound time: at 0.1 an hour of sound takes six minutes.
"""

QUESTIONS = (
    Question(
        question="Explain the architecture of Whisper",
        look="transcript",
        level="mid",
        answer=r"""A sequence-to-sequence **Transformer** (Vaswani et al. 2017) from log-mel frames to text tokens.

1. **Input.** 16 kHz sound, cut or padded to 30 s; log-mel spectrogram of 80 bands (128 in large-v3), 25 ms windows
   every 10 ms.
2. **Encoder.** Two convolutions of width 3 with GELU, the second with stride 2, so 3000 columns become 1500
   positions; sinusoidal positions are added; then Transformer blocks (4 of width 384 in tiny, 6 of width 512 in
   base).
3. **Decoder.** As many blocks, with learned positions, masked self-attention over the text so far and
   cross-attention to the encoder's 1500 vectors. Its vocabulary holds byte-pair subwords and special tokens.
4. **One format for all tasks.** Decoding starts from tokens that say what is wanted: start of transcript,
   language, *transcribe* or *translate*, with or without timestamps. So one network detects languages, transcribes,
   translates and segments, because each is a matter of which token comes next.

It was trained on 680,000 hours of sound from the web with the transcripts found beside it: weak supervision, no
self-supervised pre-training.""",
        follow_ups=(
            (
                "Why has it no CTC output?",
                "It doesn't need one: the decoder's cross-attention finds where to listen, in any order, so it can "
                "also translate. The price is that it may go on writing where nothing is said, which a CTC model "
                "can't do as easily.",
            ),
            (
                "Which part costs most time?",
                "The encoder runs once for a window, the decoder once for every token (times the beam), reusing the "
                "keys and values of earlier steps. With much text, the decoder takes most of the time.",
            ),
        ),
        state={"clip": "speech", "model": "asr/whisper-base"},
        rubric=RUBRICS["whisper-architecture"],
    ),
    Question(
        question="What does Whisper do with 30 s windows and long audio?",
        look="waveform",
        level="mid",
        answer=r"""Every window is 30 s; the spectrogram of a shorter sound is padded with zeros. For longer sound the
windows follow one another: the decoder writes **timestamp tokens** (steps of 20 ms) around its segments, and
the next window begins where the last complete segment ended, not 30 s later. So a sentence that the edge cuts is heard
whole by the next window, but an error in one timestamp moves that window.

Each window may see the text of the windows before it as a prompt (up to 223 tokens). That keeps names and punctuation
consistent; it also lets a repetition loop feed itself, so after a window that was sampled at a temperature above
0.5 the prompt is emptied: the text before it, and your own prompt, are no longer passed on.

On this page the file is read and decoded piece by piece, so an hour takes no more memory than ten minutes.""",
        follow_ups=(
            (
                "Could the windows be decoded in parallel?",
                "Yes, cut at fixed places or at pauses found by a voice activity detector, and batched. It is several "
                "times faster on a GPU and loses the prompt; cuts at fixed places split words, which overlapping "
                "pieces have to repair.",
            ),
            (
                "Does a 3 s clip cost less than a 30 s one?",
                "Hardly for the encoder, which always sees 30 s; the decoder writes fewer tokens. That is why the "
                "real-time factor of short clips looks bad.",
            ),
        ),
        state={"clip": "speech_long"},
        rubric=RUBRICS["whisper-long-audio"],
    ),
    Question(
        question="How are word timestamps obtained?",
        look="transcript",
        level="senior",
        answer=r"""Not from the timestamp tokens, which mark segments only. After decoding, the text is run through
the decoder once more and the **cross-attention** weights of a few heads are kept: those found to follow the sound in
time (the *alignment heads*, listed for each model). Over tokens $i$ and encoder positions $t$ they are normalised,
smoothed with a median filter (width 7) and averaged to a matrix $A_{it}$. **Dynamic time warping** finds the
monotonic path

$$\arg\max_{\text{path}} \sum_{(i,t) \in \text{path}} A_{it},$$

and where it steps from one token to the next, a word begins or ends; a position is 20 ms. Tokens are then joined to
words, and punctuation to its neighbours. A word's probability is the mean of its tokens' probabilities.""",
        follow_ups=(
            (
                "How exact are they?",
                "Attention was never trained to point at boundaries. Starts are often right within some tens of "
                "milliseconds, ends drift into pauses. Forced alignment with a CTC or HMM model is sharper.",
            ),
            (
                "Why are they less useful for translations?",
                "The order of words changes, and the path may only go forward.",
            ),
        ),
        state={"clip": "sentence"},
        rubric=RUBRICS["whisper-word-times"],
    ),
    Question(
        question="Why does Whisper hallucinate in silence and what are the guards?",
        look="vad",
        level="senior",
        answer=r"""The decoder is a language model that listens. Where the sound says nothing, the text's own
probabilities decide, and in the training data silence often came with some text all the same (thanks for watching,
subtitle credits). A loop has the same root: after *thank you very much* the likeliest next words are the same again.

The guards, in the order they act:

- **Voice activity detection** (Silero VAD here) removes what does not sound like speech before Whisper hears it.
- **Compression ratio** above 2.4 or average log-probability below −1: decode again at temperature 0.2, 0.4 ... 1.0.
- **No-speech probability** above 0.6 *and* average log-probability below −1: no further attempt, and the window is
  left out.
- After text that was sampled above 0.5, the next window begins without any prompt.

None of them is foolproof. The link below opens a whistle with the VAD on: the VAD lets a part of it pass and tiny.en
writes *You*, with p = 0.02, because its average log-probability of about −0.9 stays above −1. Without VAD the no-speech
check rejects it. Where nothing is said, many texts are nearly equally likely, so a processor that rounds differently
may give another invention, or none.""",
        follow_ups=(
            (
                "How would you find hallucinations in production?",
                "Flag segments beyond the limits, words outside detected speech, far too many characters a second, "
                "stock phrases; compare two models or two temperatures, which rarely invent the same text.",
            ),
            (
                "In which order are the checks applied?",
                "The no-speech probability is read once, after the start token. Each attempt is then checked for loops "
                "and doubt, and another follows where it fails. But an attempt that is unsure while the no-speech "
                "probability is above its limit ends the fallback. Last, the attempt that is kept is dropped as "
                "silence if both are true of it.",
            ),
        ),
        state={"clip": "chirp", "vad": True},
        rubric=RUBRICS["whisper-guards"],
    ),
    Question(
        question="What do beam size and temperature fallback do?",
        look="beam",
        level="mid",
        answer=r"""**Beam search** keeps the $k$ likeliest unfinished texts at every step instead of one. It usually
finds a likelier text than greedy decoding ($k = 1$), for about $k$ times the decoder's work. After *not an* in
this clip *old* and *ill* are close (about 0.4 and 0.3). Greedy decoding must decide there and then, and took
*old-sposed* in the result that the link opens; on another processor, which rounds differently, such a close
decision may go the other way. A beam of 5 follows both, and the right word, *ill-disposed*, is ahead in the
end.

**Temperature** $T$ divides the logits before the softmax, $p_i \propto e^{z_i / T}$: at 0 the best token is always
taken, at 1 one is drawn from the model's own distribution. Fallback starts at 0 and, where a check fails, decodes the
window again at 0.2, 0.4 and so on up to 1: sampling escapes loops that beam search can't leave. If all fail,
faster-whisper keeps the attempt with the best average log-probability (of those that don't loop, if there are any),
openai/whisper the last. Fallback makes bad windows slow (up to six attempts) and their text random.""",
        follow_ups=(
            (
                "Is the likelier text the truer one?",
                "Not always: the endless *thank you very much* of the example *A loop, with the guard off* has an "
                "average log-probability of about −0.34, as good as that of the clear reader's right sentence.",
            ),
            (
                "Why not a beam of 50?",
                "The first few alternatives bring most of the gain (Whisper's authors use 5), and the work grows with "
                "every one. Wide beams also favour short texts, because each token lowers the sum of "
                "log-probabilities; dividing by the length, as Whisper's decoders do, makes up for only part of that.",
            ),
            (
                "What is best of five?",
                "Above temperature 0 a text is drawn by chance, so five are drawn side by side and the one with the "
                "highest average log-probability is kept. Both openai/whisper and faster-whisper use a beam only at "
                "temperature 0; above it, this takes the beam's place.",
            ),
            (
                "And patience?",
                "The beam search stops once as many texts are finished as the beam is wide, times the patience (1 "
                "unless set). With 2 it waits for twice as many before it chooses, so that a good, longer text is not "
                "beaten by those that ended first.",
            ),
        ),
        state={"clip": "speech", "beam": 1},
        rubric=RUBRICS["beam-and-temperature"],
    ),
    Question(
        question="int8 quantisation: what is lost?",
        look="facts",
        level="senior",
        answer=r"""CTranslate2 stores each row of a weight matrix as 8-bit integers with one scale, $w \approx s\,q$
with $s = \max|w| / 127$, so a weight is off by at most $s/2$. Activations are scaled the same way as they come,
products are summed as 32-bit integers and turned back to floats; layer norms, softmax and biases stay in floating
point. That quarters the matrices against float32. What this app takes is more, since it also holds buffers and, for
base, the file itself: see *Speed, memory, parameters* in the room Whisper's limits.

What is lost is small and uneven: rows with one large weight get a coarse step for all their others. Measure it in
words: on the eight LJ Speech sentences this project is tested with, 131 words, tiny.en made 10 errors with int8 and 9
with float32 (another processor, which rounds differently, may make one more or less). Probabilities move a little
everywhere, so a window near a limit may end up on the other side of it.""",
        follow_ups=(
            (
                "Why a scale for each row?",
                "Some rows hold much larger weights than others; one scale for a whole matrix would leave few levels "
                "for the small ones.",
            ),
            (
                "Is int8 always faster?",
                "Only where the processor multiplies 8-bit integers faster than floats (VNNI, dot-product "
                "instructions) and the matrices are large enough to pay for converting the activations.",
            ),
        ),
        state={"clip": "speech"},
        rubric=RUBRICS["int8"],
    ),
)

REFERENCES = (
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="2.1 data, 2.2 model, 2.3 multitask format, 3.8 and 4.5 long-form transcription, Table 1 sizes",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="Vaswani et al., Attention Is All You Need (2017)",
        where="section 3: encoder, decoder, attention",
        url="https://arxiv.org/abs/1706.03762",
    ),
    Reference(
        title="openai/whisper, the reference implementation",
        where="timing.py: word times by cross-attention and dynamic time warping; transcribe.py: fallback and limits",
        url="https://github.com/openai/whisper",
    ),
    Reference(
        title="faster-whisper and CTranslate2",
        where="the engine that runs here; CTranslate2's documentation, Quantization",
        url="https://github.com/SYSTRAN/faster-whisper",
    ),
    Reference(
        title="Silero VAD",
        where="the voice activity detector that faster-whisper carries",
        url="https://github.com/snakers4/silero-vad",
    ),
    Reference(
        title="Holtzman et al., The Curious Case of Neural Text Degeneration (2020)",
        where="why the likeliest text repeats itself",
        url="https://arxiv.org/abs/1904.09751",
    ),
)
