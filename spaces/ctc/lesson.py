"""The words of the page: examples, theory, questions, sources."""

from __future__ import annotations

from .. import Example, Question, Reference
from .rubrics import RUBRICS

WRONG = "He might even have been made furious himself"
EQUAL = ";".join(["5000,5000"] * 10)  # ten frames in which blank and letter are equally likely

THEORY = r"""
## CTC in four lines

A network gives each frame $t$ a distribution $y^t$ over the letters and the **blank**. A path $\pi$ takes one symbol a
frame; the rule $\mathcal{B}$ (merge repeats, drop blanks) makes a text of it. A text's probability is the sum over all
its paths, and the loss is its negative logarithm:

$$p(\pi \mid x) = \prod_{t=1}^{T} y^t_{\pi_t}, \qquad p(l \mid x) = \sum_{\pi \in \mathcal{B}^{-1}(l)} p(\pi \mid x),
\qquad \text{loss} = -\ln p(l \mid x)$$

(Graves et al. 2006, equations 2 and 3.) There are far too many paths to list, but all of them run through the same
$T \times (2L + 1)$ cells, so two passes over the **trellis** add them up exactly.
"""

EXAMPLES = (
    Example(
        title="Frames against letters",
        look="counts",
        notice="165 frames, 44 letters and spaces: 10⁶⁰ ways to lay one over the other.",
        state={"part": "why", "clip": "sentence"},
        asset="sentence",
    ),
    Example(
        title="HELLO in seven frames",
        look="editor",
        notice="Three Ls in a row spell HELO. Choose the brush – and click the middle one.",
        state={"part": "collapse", "path": "HHELLLO", "target": "HELLO", "frames": 7},
    ),
    Example(
        title="A wrong transcript",
        look="chips",
        notice="Nobody says “furious”, but an alignment always finds a place. Click the word.",
        state={"part": "real", "clip": "sentence", "text": WRONG, "colour": "occupancy"},
        asset="sentence",
    ),
    Example(
        title="Why CTC is peaky",
        look="many",
        notice="All are equal at first. Press 25 steps: eight of the ten frames pass 0.9, six of them for the blank.",
        state={"part": "toy", "toy": "A", "tf": 10, "tp": EQUAL, "tc": "occupancy"},
    ),
    Example(
        title="Greedy is wrong",
        look="results",
        notice="Blank wins both frames (that path has 0.36), yet the three paths of “a” add up to 0.64.",
        state={"part": "decode", "case": "two"},
    ),
    Example(
        title="Two answers become four",
        look="mix",
        notice="AB or CD? Independent frames give half of the probability to AD and CB.",
        state={"part": "rivals", "pab": 0.5},
    ),
)

QUESTIONS = (
    Question(
        question="Why is CTC necessary for ASR?",
        look="counts",
        level="mid",
        answer=r"""Speech and text have **different lengths and no given alignment**. A second of sound is 50 or 100
frames and some 15 letters; how long a letter lasts changes from speaker to speaker, and no corpus says which frame is
which letter. Frame-wise cross-entropy needs exactly those labels. Before CTC they came from a chain of other models: an
HMM was trained, aligned the corpus, and the network learned its labels, again and again.

CTC removes the need for labels. It (1) adds a **blank**, so that the network may say "nothing new" in a frame, (2)
fixes a rule from paths to texts (merge repeats, drop blanks), and (3) defines the probability of a text as the **sum
over all its paths**,

$$p(l \mid x) = \sum_{\pi \in \mathcal{B}^{-1}(l)} \prod_t y^t_{\pi_t}.$$

The forward-backward recursion computes that sum and its gradient in $O(TL)$, so a network learns from (sound, text)
pairs alone, and the alignment falls out of the training.

*Necessary* is a strong word: attention models and transducers solve the same problem in other ways. But of the three
only CTC answers for all frames in one pass, in which no symbol waits for another. With the transducer (RNN-T) it shares
an order that cannot go wrong, alignment as a by-product, and streaming as far as the encoder streams. That is why it
still trains speech encoders, aligns corpora, and stands beside the decoder of hybrid models.""",
        follow_ups=(
            (
                "Why does it need a blank?",
                "For two things that letters cannot say: *nothing is said here* (silence, or the middle of a letter), "
                "and *the same letter again*. Without it HELLO could not be told from HELO, since equal neighbours "
                "merge. [Show it](?part=collapse&path=HHELLLO&target=HELLO&frames=7)",
            ),
            (
                "Why do CTC models become peaky?",
                "The loss is indifferent to where a letter stands, so nothing rewards a letter for lasting. The "
                "gradient moves each frame towards what the alignments say, weighted by how likely they are already, "
                "which makes the favoured path likelier still: most frames end near 0 or 1. With far more frames than "
                "letters, the blank is in most paths of most frames and takes all it can (Zeyer, Schlüter and Ney "
                "2021). So spikes give order and rough place, not duration. [Show "
                "it](?part=toy&toy=A&tf=10&tc=occupancy&tp=" + EQUAL.replace(";", "%3B").replace(",", "%2C") + ")",
            ),
            (
                "Why does conditional independence hurt?",
                "Given the sound, every frame chooses on its own. Where two spellings are equally good, each frame "
                "holds both, and the mixture contains spellings nobody would write. The encoder's context softens "
                "this; an external language model in the beam repairs much of it. [Show it](?part=rivals)",
            ),
            (
                "How does it stream?",
                "A frame's symbol depends on the encoder only, never on later text: greedy CTC can write as soon as "
                "its frame is there, and a prefix beam keeps a handful of prefixes. The delay is what the encoder "
                "looks ahead: nothing for a causal network, its chunk for a chunked one, everything for Whisper's "
                "encoder, so this page's model does not stream.",
            ),
            (
                "What if the target is longer than the frames?",
                "Then it has no path, $p = 0$ and the loss is infinite (PyTorch's `zero_infinity=True` drops such a "
                "pair). What counts is letters **plus one blank for each pair of equal neighbours**: HELLO needs 6 "
                "frames. The cure is finer frames (less subsampling), or longer units: word pieces instead of letters. "
                "[Show it](?part=collapse&path=HELLO&target=HELLO&frames=5)",
            ),
        ),
        state={"part": "why", "clip": "sentence"},
        rubric=RUBRICS["why-ctc"],
    ),
    Question(
        question="Derive the forward recursion. When may a path skip a state?",
        look="toy_trellis",
        level="senior",
        answer=r"""Put blanks between and around the letters: $l' = (b, l_1, b, \dots, l_L, b)$, $S = 2L + 1$
states. Let
$\alpha_t(s)$ be the probability of all path beginnings of $t$ frames that end in state $s$. The frame before was in the
same state, in the one before, or two before:

$$\alpha_t(s) = y^t_{l'_s}\big(\alpha_{t-1}(s) + \alpha_{t-1}(s-1) + [\text{skip}]\,\alpha_{t-1}(s-2)\big).$$

The **skip** passes over state $s-1$. If $l'_s$ is a blank, that would leave out a letter: forbidden. If $l'_s =
l'_{s-2}$, the two would merge without the blank: forbidden. Otherwise the blank between two different letters may be
left out. Paths begin in state 0 or 1 and end in the last two: $p(l \mid x) = \alpha_T(S-1) + \alpha_T(S-2)$.
In practice all of it is done with logarithms, because products of hundreds of probabilities underflow.""",
        follow_ups=(
            (
                "What does it cost?",
                "Time and memory $O(TL)$: each of the $T(2L+1)$ cells has at most three predecessors. Listing the "
                "paths grows exponentially.",
            ),
            (
                "What is the gradient?",
                r"With respect to the logit of symbol $k$ in frame $t$: $y_k^t - \sum_{s: l'_s = k} "
                r"\gamma_t(s)$, what the "
                "network says minus what the alignments, weighted by how likely it finds them, say it should.",
            ),
        ),
        state={"part": "toy", "toy": "BEE", "tf": 7, "tc": "forward"},
        rubric=RUBRICS["forward-recursion"],
    ),
    Question(
        question="When do greedy decoding and beam search differ, and what can only the beam do?",
        look="results",
        level="mid",
        answer="""Greedy returns the text of the single likeliest path. The likeliest **text** may be another one, whose
many paths add up to more: with p(blank) = 0.6 and p(a) = 0.4 in two frames, the path of two blanks has 0.36, but *a*,
– *a*, *a* – and *a a* together 0.64. Peaky models have little such spread, so greedy is often nearly as good there.

Prefix beam search keeps texts instead of paths, and each with two sums (ending in a blank, ending in its letter),
because the same letter after a blank is a new one. Since it holds texts, it can ask a language model about them and
favour *hot words*, a list given to it: names, products, commands. Greedy can't.""",
        follow_ups=(
            (
                "How does a language model enter the beam?",
                "When a word is complete, its log-probability times a weight is added to the prefix's score, and a "
                "bonus for each word makes up for the tendency to short texts. Both are tuned on held-out speech.",
            ),
            (
                "Does a wider beam always lower the error rate?",
                "No. It mostly finds texts to which the model gives more probability, and those may be wrong. Gains "
                "level off soon, while the work grows with the width.",
            ),
        ),
        state={"part": "decode", "case": "two"},
        rubric=RUBRICS["greedy-or-beam"],
    ),
    Question(
        question="How would you get word times from a CTC model, and when would you distrust them?",
        look="chips",
        level="senior",
        answer="""Force-align: run Viterbi over the trellis of the known text, take the frames of each letter's
state, and
join letters to words at the spaces. A network names a letter only once its sound has begun, so measure how late it is
and correct that: words here start one frame before their first letter. (For hours of sound with a loose transcript, let
the path begin and end anywhere, as Kürzinger et al. 2020 do.)

Distrust them (1) because spikes are not durations: a letter's frames may be one spike inside the sound, so ends come
out short; (2) where the text is wrong: an alignment **always** exists if there are enough frames, so look at the words'
probabilities; (3) where the encoder sees far to both sides, which lets spikes move; (4) at the resolution of the
frames, 20 ms here.""",
        follow_ups=(
            (
                "How do you find the words that were never said?",
                "Take the mean log-probability of each word's frames along the path, compare it with that of words "
                "known to be right, and listen to the lowest. Click the words on the page to compare them.",
            ),
            (
                "What if you need exact ends of words?",
                "Use a model trained for boundaries: an HMM aligner with states for each phoneme (Montreal Forced "
                "Aligner), or a CTC model with finer frames. Check it against some words aligned by hand.",
            ),
        ),
        state={"part": "real", "clip": "sentence", "text": WRONG, "colour": "occupancy"},
        rubric=RUBRICS["ctc-word-times"],
    ),
    Question(
        question="CTC, attention or RNN-T: which for dictation on a phone, and which for subtitles of an archive?",
        look="compared",
        level="principal",
        answer="""**Phone:** a transducer, or CTC with a chunked encoder. Both stream, both write only when
sound has come,
and neither is prone to loop or to invent a sentence during silence. The transducer's prediction network gives it the
context that CTC lacks, at the price of more expensive training; CTC is simpler, and with hot words in the beam knows
the phone's contacts.

**Archive:** attention (Whisper). Nobody waits for the first word, its decoder writes punctuation and corrects itself
by context, and it can translate. Its times are rough and it may hallucinate, so a CTC model aligns its text afterwards:
better word times, and a low probability marks what was never said.

What else decides:

- **Data.** CTC and transducers can only align text to sound in its order, which helps them learn from few hours.
  Attention must learn the order too and wants more, but tolerates transcripts that are loose, cleaned up or translated.
- **Names** (*biasing*: making a recogniser prefer words from a list that is known only at run time). In a CTC or
  transducer beam each step of a listed word earns a bonus, taken back if the word is not finished. An attention decoder
  is prompted with the list, which it may ignore, or repeat although nobody said it.
- **The end of speech.** A transducer can be trained to write an end token as soon as the speaker has finished, so
  recognition and *endpointing* are one decision. CTC's long run of blanks says only that nothing is being said now;
  attention writes its end token for a piece whose end someone else has already chosen.
- **Memory and time when running.** CTC keeps no state but the beam. A transducer keeps its small prediction network's.
  Attention keeps keys and values of the whole piece and of all tokens so far, and takes a step of the full decoder for
  each token.""",
        follow_ups=(
            (
                "Why does a transducer need so much memory in training?",
                "Its loss needs a softmax over the V symbols for every pair of frame and text position: T x (L + 1) x "
                "V numbers for a sentence, where CTC needs T x V. Pruned losses compute only a band around the likely "
                "alignments.",
            ),
            (
                "Can a transducer write several letters in one frame?",
                "Yes: after a letter it stays in the frame until it writes a blank. Implementations cap the number of "
                "symbols a frame, so that decoding can't hang.",
            ),
            (
                "What is two-pass recognition?",
                "A streaming model (CTC or transducer) writes at once; when the speaker stops, an attention decoder "
                "scores its best texts again with all of the sound. The text may change once, at the end.",
            ),
        ),
        state={"part": "rivals"},
        rubric=RUBRICS["ctc-attention-transducer"],
    ),
)

REFERENCES = (
    Reference(
        title="Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification (ICML 2006)",
        where="section 3.1 the rule, equations 2 and 3 the sum, 6 and 7 forward, 16 the gradient",
        url="https://www.cs.toronto.edu/~graves/icml_2006.pdf",
    ),
    Reference(
        title="Hannun, Sequence Modeling with CTC (Distill 2017)",
        where="the whole article; conditional independence and “triple A” in its section on properties",
        url="https://distill.pub/2017/ctc/",
    ),
    Reference(
        title="Hannun, Maas, Jurafsky and Ng, First-Pass Large Vocabulary Continuous Speech Recognition (2014)",
        where="algorithm 1, prefix beam search with a language model",
        url="https://arxiv.org/abs/1408.2873",
    ),
    Reference(
        title="Kürzinger et al., CTC-Segmentation of Large Corpora for German End-to-End Speech Recognition (2020)",
        where="alignment of long recordings",
        url="https://arxiv.org/abs/2007.09127",
    ),
    Reference(
        title="Zeyer, Schlüter and Ney, Why does CTC result in peaky behavior? (2021)",
        where="the role of the blank and of the first, even distributions",
        url="https://arxiv.org/abs/2105.14849",
    ),
    Reference(
        title="Graves, Sequence Transduction with Recurrent Neural Networks (2012)",
        where="section 2, the transducer and its forward-backward",
        url="https://arxiv.org/abs/1211.3711",
    ),
    Reference(
        title="Chan, Jaitly, Le and Vinyals, Listen, Attend and Spell (2015)",
        where="section 3, the attending decoder",
        url="https://arxiv.org/abs/1508.01211",
    ),
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="section 2, Whisper, whose encoder this page's model stands on",
        url="https://arxiv.org/abs/2212.04356",
    ),
)
