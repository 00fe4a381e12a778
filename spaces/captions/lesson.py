"""The texts of the captions room: examples, theory, questions with answers, sources."""

from __future__ import annotations

from .. import Example, Question, Reference
from .rubrics import RUBRICS

EXAMPLES = (
    Example(
        title="Two must agree",
        look="captions",
        notice="Press play below the captions: a word turns green when a second hypothesis repeats it.",
        state={},
        asset="speech_long",
    ),
    Example(
        title="Believe at once",
        look="captions",
        notice="n = 1: sooner, but a first guess stays: “Had he married” is read as “How do you marry”.",
        state={"n": 1},
        asset="speech_long",
    ),
    Example(
        title="Three must agree",
        look="latency",
        notice="n = 3: each word waits for one more hypothesis. Compare the bars and the median.",
        state={"n": 3},
        asset="speech_long",
    ),
    Example(
        title="The full 30 s window",
        look="latency",
        notice="As Whisper was trained. Each hypothesis takes several times as long, so there are fewer.",
        state={"full": True},
        asset="speech_long",
    ),
    Example(
        title="Cut at every breath",
        look="timeline",
        notice="200 ms of silence end an utterance: count the dashed lines. Each lacks the sound before it.",
        state={"silence": 200},
        asset="speech_long",
    ),
    Example(
        title="French, by base",
        look="captions",
        notice="base knows 99 languages and needs about twice the time for each hypothesis.",
        state={"clip": "french", "model": "asr/whisper-base", "lang": "fr"},
        asset="french",
    ),
)

THEORY = r"""
## How a model that needs the whole sentence captions live

Whisper turns a window of sound into text in one piece; it does not say which words are final. So this page decodes the
utterance **again and again as it grows**, each time from its beginning. The end of each hypothesis is a guess: the last
word may be cut in half, and what follows may change it. **Local agreement** calls a word stable once $n$ successive
hypotheses agree on it and on all before it:

$$\text{stable}_t = \operatorname{LCP}(h_t, h_{t-1}, \ldots, h_{t-n+1})$$

LCP is the longest common prefix, word by word, without case and punctuation. In addition, the last two words of a
hypothesis are held back (half of *amiable* is heard as *am you*); with $n = 1$ only the last one is. The next
hypothesis is *forced* to begin with the stable text, so nothing stable can change; the decoder only writes what
follows.

**When is a word stable?** A word that ends somewhere between two hypotheses waits half a step on average for the first
that hears it, then for $n - 1$ more, and the last of them takes its computing time. With a step of $s$ and computing
time of $c$ seconds, as long as $c < s / 1.2$:

$$\text{latency} \approx \tfrac{s}{2} + (n - 1)\,s + c$$

The words that are held back add little: they are mostly spoken while the word waits for agreement.

**What keeps it fast for hours.** Silero VAD gives a speech probability every 32 ms. Where it falls below 0.35 and stays
below 0.5 for the silence set here, the utterance is over: its last hypothesis stands and its sound is dropped. Somebody
who never pauses is cut at the end of a stable sentence (or else word) once the buffer is longer than 12 s. A new
hypothesis always hears everything up to now, so a slow computer makes fewer of them instead of falling behind. The
encoder looks at 10 s (or what the buffer needs) instead of 30 s, so a hypothesis takes about a third of the time.

The latency shown runs from the end of the word in the sound to the moment at which it is stable on the server: the
quarter second a block takes to fill is in it, the sound card's and the network's delays are not.
"""

QUESTIONS = (
    Question(
        question="Why is Whisper not a streaming model, and how is it made to stream?",
        look="latency",
        level="mid",
        answer=r"""Three parts of it want the whole window.

1. **The encoder attends to all positions**, later ones too: each new frame changes every encoder state, so nothing
   computed for the sound so far can be kept.
2. **The decoder is trained on whole windows** of 30 s with their complete text. Given half a sentence, it
   still writes a finished one: a whole word where the sound cuts one off, and often a full stop.
3. **No output is tied to a time.** A frame-synchronous model (CTC, RNN-T) says after every frame what it has heard; an
   attention decoder only knows at the end that it is done.

It is made to stream by *re-decoding*: run it on the growing buffer, compare successive hypotheses, publish what they
agree on, force that as the beginning of the next, and cut the buffer where everything is stable. The price is
computing: an utterance of $T$ seconds with a step of $s$ is decoded $T/s$ times.""",
        follow_ups=(
            (
                "How would you change the model instead?",
                "Train or fine-tune the encoder with attention to the left (and a small chunk to the right), so that "
                "states can be cached, and add a CTC or transducer head that emits frame by frame.",
            ),
            (
                "Why not cut the sound into independent pieces of 2 s?",
                "Words at the cuts are broken, and the sound before a cut is of no help. A short silence limit on "
                "this page shows a mild form: it cuts at pauses only, but also inside sentences.",
            ),
        ),
        state={"full": True},
        rubric=RUBRICS["why-not-streaming"],
    ),
    Question(
        question="What does local agreement trade, and what is n for?",
        look="captions",
        level="mid",
        answer=r"""Latency against errors that can't be taken back. With $n = 1$ the newest hypothesis is believed at
once, and words made up from half a word's sound stay in the text. With $n = 2$ a word must survive 0.5 s more sound;
wrong guesses at the end of the buffer rarely do, because new sound changes them. Each further $n$ adds one step of
latency. `python -m benchmarks.captions` prints both sides: on 229 words read in English, tiny.en was stable after 0.5,
1.0 and 1.4 s at the median with $n = 1, 2, 3$ and made 13, 16 and 15 errors (10 on whole sentences). The latencies
differ clearly; to tell such error counts apart takes thousands of words, and another processor, which rounds
differently, changes them as well.

It is a heuristic. Two hypotheses may agree on the same mistake, since the same model made them from nearly the same
sound, and a word may be right at once and wait for nothing.""",
        follow_ups=(
            (
                "What else could decide stability?",
                "Hold back the last n words or the last n milliseconds whatever they are; a threshold on the words' "
                "probabilities; attention that points near the end of the buffer (AlignAtt); a small classifier.",
            ),
            (
                "Why are words compared without case and punctuation?",
                "A full stop at the end of the buffer is the decoder's way to finish; it turns into a comma or nothing "
                "when the sentence goes on. Comparing it would hold back every last word.",
            ),
        ),
        state={"n": 1},
        rubric=RUBRICS["local-agreement"],
    ),
    Question(
        question="Compare ways to streaming recognition: local agreement, chunked attention, CTC, RNN-T",
        look="captions",
        level="senior",
        answer=r"""| | emits | latency | computing |
|---|---|---|---|
| **re-decoding, local agreement** | the prefix hypotheses agree on | about 1 s here | each second many times |
| **chunked attention** (Emformer, U2) | after each chunk | chunk + look-ahead, 0.1 to 1 s | once, states cached |
| **CTC**, causal encoder | a label or blank a frame | frames + look-ahead | once, decoding costs next to nothing |
| **RNN-T**, transducer | labels or blank, given frame *and* text | as CTC | once, plus a small network a symbol |

In accuracy re-decoding comes close to the offline model. Chunked attention pays for a short chunk: one Conformer
transducer, trained for all chunk sizes at once, makes 2.72 % word errors on LibriSpeech's clean test set with the whole
utterance in view, 3.07 % with chunks of 960 ms (an eighth more) and 3.44 % with chunks of 320 ms (a quarter more;
SpeechBrain's model card, 32 chunks of the past in view). CTC's labels are independent given the sound, so it wants a
language model beside it. The transducer carries a small one inside and is the usual choice on phones.

Chunked attention is about the *encoder* (what it may see), the others about the *output*: a production system combines
them, a chunked or causal Conformer with a transducer loss, often with a second pass over the whole utterance by an
attention decoder that corrects the text once speech has ended.

Local agreement needs no training and no access to the model's internals, so it turns any good offline model into a
live one. It fits where quality comes first, a second of delay is allowed and there is a processor to spare.""",
        follow_ups=(
            (
                "Why does a transducer tend to emit late, and what helps?",
                "Its loss sums over all alignments, and one that writes later has heard more, so it learns to wait. A "
                "penalty on late words pulls it forward and costs accuracy. FastEmit raises the probability of writing "
                "a symbol against that of a blank; on LibriSpeech, its authors measured less delay and fewer errors.",
            ),
            (
                "Can an attention decoder be streamed without re-decoding?",
                "Yes: with attention that may only move forward and looks at a short chunk (MoChA), or with a CTC "
                "output beside it whose letters say that enough has been heard. Both need training for it.",
            ),
        ),
        state={"n": 2},
        rubric=RUBRICS["streaming-ways"],
    ),
    Question(
        question="Where does the latency of a caption come from? Make a budget",
        look="latency",
        level="senior",
        answer=r"""From the mouth to the screen:

| part | rough estimate |
|---|---|
| sound card, browser, echo canceller | 20 to 60 ms |
| filling a block | up to 250 ms here, 20 to 100 ms elsewhere |
| network, one way | 1 to 100 ms |
| waiting for the next hypothesis | half a step: 250 ms |
| computing one hypothesis | 70 to 300 ms for tiny.en with a 10 s window on two cores |
| agreement, $n - 1$ steps | 500 ms |
| the two words held back | mostly within the row above |
| answer and drawing | 20 to 100 ms |

Two rules follow. **Cut the largest first:** here the step and agreement, so a faster model helps most by allowing a
smaller step. And **look at the tail:** the 95th percentile matters more to a reader than the median, and it comes from
words on which hypotheses differ and from last words, which wait for the silence that ends the utterance.

Measure each part with one clock. This page's latency begins at the word's end by Whisper's own alignment (some 50 ms
off) and ends when the server has the stable word.""",
        follow_ups=(
            (
                "The real-time factor is 0.3. Is everything fine?",
                "It says that sound does not pile up on average, nothing about delay: a system that waits 10 s and "
                "then decodes in 1 s has 0.1. Latency is a distribution of its own, and load moves its tail first.",
            ),
            (
                "What happens when computing takes longer than the step?",
                "A queue of jobs would grow without end. Here each hypothesis takes all sound there is, and the next "
                "one waits for 1.2 times as long as the last one took. So latency grows to about (1.2 n + 0.4) c, and "
                "stays there.",
            ),
        ),
        state={"step": 1.5},
        rubric=RUBRICS["latency-budget"],
    ),
    Question(
        question="What is endpointing, and what makes it hard?",
        look="timeline",
        level="mid",
        answer=r"""Deciding that somebody has finished. Here a VAD network decides: its speech
probability must stay under a limit for a given time. How long is a compromise. Short (200 ms): the text is final
sooner, but a pause for breath cuts the sentence, and the next piece is decoded without the sound before it (here only
the last words are passed on, as text). Long (1.5 s): the last words wait and an assistant answers slowly. Hysteresis
(begin at 0.5, end below 0.35) keeps one uncertain frame from switching back and forth.

It is hard because silence does not mean the end and the end is not always silent: pauses within a turn are often longer
than those between turns, and in noise or with a second speaker the probability never falls. Better endpointers look at
the words as well ("set an alarm for" is not finished), at pitch and at drawn-out last syllables, or let the recogniser
emit an end-of-query token it was trained for.""",
        follow_ups=(
            (
                "What does a false end cost in captions, in an assistant?",
                "In captions, one full stop too many. In an assistant, it interrupts the user: there the limit "
                "adapts to what has been said so far.",
            ),
            (
                "Why keep 0.4 s before the VAD's start?",
                "Soft beginnings (f, h, a breathy vowel) stay below the limit, and the model needs a little lead-in; "
                "without it the first word goes missing.",
            ),
        ),
        state={"silence": 200},
        rubric=RUBRICS["endpointing"],
    ),
    Question(
        question="How do you measure the stability of captions, and how do you reduce flicker?",
        look="captions",
        level="senior",
        answer=r"""Flicker is text that a reader has read and that then changes. Count it: the **unstable partial word
ratio** divides words that changed in later partial results by the words of the final text; a *segment* is unstable if
any of it changed. For translation, *normalised erasure* is the number of words taken back over all updates, divided by
the final length. Report it beside latency and word error rate, since each can be bought with the others: showing
nothing until the end has no flicker, and showing everything has no delay.

Here stable words have a ratio of zero by construction, and flicker lives in the grey tail only. To reduce it there:
show the tail only up to the word held back, redraw it only where it differs, bias decoding toward the last hypothesis,
wait longer for rare words, and lay the lines out so that a changed word does not move the others.""",
        follow_ups=(
            (
                "Why show the unstable tail at all?",
                "It tells readers that they are heard, and shows most words earlier. For people who read captions "
                "because they can't hear, a calm text matters more: let them switch the tail off.",
            ),
            (
                "Is a system without flicker better?",
                "Only if its delay and word errors are no worse: waiting for the whole sentence never flickers. "
                "Compare systems at the same delay.",
            ),
        ),
        state={"n": 3},
        rubric=RUBRICS["flicker"],
    ),
    Question(
        question="A thousand speakers to caption instead of one: what changes?",
        look="facts",
        level="principal",
        answer=r"""Re-decoding is the wrong cost model then: at a step of 0.5 s every second of sound is decoded some
ten times over. In order of gain:

1. **Don't decode silence.** In a conversation each person is silent half of the time or more: VAD at the client saves
   that work and traffic.
2. **Batch across speakers.** The hypotheses of many are collected for some tens of milliseconds and run as one batch: a
   GPU encodes 32 windows in far less than 32 times the time of one.
3. **Adapt the step to load.** When the machine is full, all steps grow a little; nobody is cut off. Admission control
   comes before collapse: here the fifth speaker is told to come back later.
4. **Change the model** to one with cached states (chunked encoder, transducer): each second is computed once.
5. **State is small and sticky.** A buffer of some seconds and a few words a speaker; pin a session to a worker, and on
   its loss replay the buffer from the client, which keeps the last 30 s.

Watch the 95th percentile of each speaker's latency and the longest queue, not the mean real-time factor.""",
        follow_ups=(
            (
                "What bounds memory here over hours?",
                "The sound buffer (28 s at most), two minutes of probabilities, the last 400 hypotheses, 30,000 words "
                "of text. `python -m benchmarks.captions --hour` prints memory from start to end.",
            ),
            (
                "What about privacy?",
                "Sound is held for seconds in memory only, text until the session ends; nothing is written but the "
                "downloads, which are deleted with the session. At scale: keep it that way, and log numbers, not "
                "words.",
            ),
        ),
        state={"step": 0.2},
        rubric=RUBRICS["thousand-speakers"],
    ),
)

REFERENCES = (
    Reference(
        title="Liu, Spanakis and Niehues, Low-Latency Sequence-to-Sequence Speech Recognition and Translation by "
        "Partial Hypothesis Selection (2020)",
        where="the strategies hold-n and local agreement",
        url="https://arxiv.org/abs/2005.11185",
    ),
    Reference(
        title="Macháček, Dabre and Bojar, Turning Whisper into Real-Time Transcription System (2023)",
        where="LocalAgreement-2 with Whisper, trimming of the buffer; 3.3 s latency on long speech",
        url="https://arxiv.org/abs/2307.14743",
    ),
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="2.2 model, 2.3 multitask format, 4.5 long-form transcription",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="Graves, Sequence Transduction with Recurrent Neural Networks (2012)",
        where="section 2: the transducer",
        url="https://arxiv.org/abs/1211.3711",
    ),
    Reference(
        title="Shi et al., Emformer: Efficient Memory Transformer Based Acoustic Model for Low Latency Streaming "
        "Speech Recognition (2021)",
        where="chunked attention with cached states",
        url="https://arxiv.org/abs/2010.10759",
    ),
    Reference(
        title="Yu et al., FastEmit: Low-Latency Streaming ASR with Sequence-Level Emission Regularization (2021)",
        where="why transducers write late, and a loss against it",
        url="https://arxiv.org/abs/2010.11148",
    ),
    Reference(
        title="SpeechBrain, streaming Conformer for LibriSpeech (2024)",
        where="model card: word errors by chunk size and past",
        url="https://huggingface.co/speechbrain/asr-streaming-conformer-librispeech",
    ),
    Reference(
        title="Shangguan et al., Analyzing the Quality and Stability of a Streaming End-to-End On-Device Speech "
        "Recognizer (2020)",
        where="unstable partial word ratio",
        url="https://arxiv.org/abs/2006.01416",
    ),
    Reference(
        title="Silero VAD",
        where="the voice activity detector, as faster-whisper carries it",
        url="https://github.com/snakers4/silero-vad",
    ),
    Reference(
        title="whisper.cpp, issue 1855",
        where="a window as long as the speech needs (audio_ctx)",
        url="https://github.com/ggml-org/whisper.cpp/issues/1855",
    ),
)
