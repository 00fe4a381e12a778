"""The texts of the room: examples, theory, questions with answers, sources."""

from __future__ import annotations

from .. import Example, Question, Reference
from .rubrics import RUBRICS

HIDES_INTRO = (
    "Every pair below is counted by the same rule as above, with three normalisers. The first five are about how the "
    "same words, or a hesitation, are written down; the others are about meaning, which no normaliser sees."
)

EXAMPLES = (
    Example(
        title="Music that says thank you",
        look="compression",
        notice="Nobody speaks, yet it writes thanks: first in a loop (see the compression ratio), then unsure. So the "
        "window counts as silence.",
        state={"part": "fail"},
    ),
    Example(
        title="Silence that passes",
        look="lp",
        notice="“You”, though no-speech is above 0.9: the text is sure enough. Set the limit “unsure below” to −0.7.",
        state={"fail": "silence"},
    ),
    Example(
        title="Fluent, wrong, unnoticed",
        look="verdict",
        notice="base is told that this French is English, so it writes English: a translation. No check objects.",
        state={"fail": "language", "clip": "french", "ear": "base-en"},
        asset="french",
    ),
    Example(
        title="A false alarm",
        look="compression",
        notice="The phrase is said eight times, so the true text repeats itself: every temperature fails the check.",
        state={"fail": "repeat", "clip": "sentence"},
        asset="sentence",
    ),
    Example(
        title="Half a word",
        look="verdict",
        notice="The sound stops inside “selfish”. Whisper makes a whole word of the half, and no check objects.",
        state={"fail": "cut"},
        asset="speech",
    ),
    Example(
        title="tiny.en against base",
        look="rows",
        notice="Noise as loud as the voice. Click the errors: what was heard for “not an ill-disposed”?",
        state={"part": "compare", "mess": "snr"},
        asset="speech",
    ),
)

THEORY = r"""## What the pictures show

**Three numbers, three limits.** For a window's text $y_1 \ldots y_n$ Whisper computes the average log-probability
$\frac{1}{n+1}\sum_{i=1}^{n+1} \ln p(y_i \mid y_{<i}, X)$, where $y_{n+1}$ is the end token, the compression ratio $|y|
/ |\text{zlib}(y)|$ in bytes, and, before the first word, $p(\langle\text{nospeech}\rangle \mid X)$. Unsure *or*
repeating: decode again at $T + 0.2$, where a token is drawn from $p_i \propto e^{z_i/T}$. Unsure *and* no speech: stop,
and write nothing. None of the three asks whether the text is true.

**Word error rate.** Align the texts at the lowest cost; with $S$ substitutions, $D$ deletions, $I$ insertions, $H$
hits, $N$ reference words and $P$ recognised words

$$\text{WER} = \frac{S + D + I}{N} \qquad \text{MER} = \frac{S + D + I}{H + S + D + I} \qquad
\text{WIL} = 1 - \frac{H}{N}\,\frac{H}{P}$$

WER has no upper bound, because insertions are not limited by $N$. MER (the match error rate) and WIL (word
information lost) stay between 0 and 1. CER is WER with characters for words."""

QUESTIONS = (
    Question(
        question="When does Whisper hallucinate and how do you detect it?",
        look="no_speech",
        level="senior",
        answer=r"""When the sound says little, the decoder's language model says the rest. The usual occasions:
**silence, noise and music** (web subtitles put *Thank you for watching* there), **long pauses** inside speech, **a
language it does not know** or was not told of, **very noisy or very fast** speech, and **its own previous text**,
which it may go on with or repeat.

Detection, from cheap to expensive:

1. **Whisper's own numbers.** Compression ratio above 2.4 finds loops. Average log-probability below −1 finds unsure
   text. No-speech probability above 0.6 counts only together with an unsure text.
2. **VAD.** A word outside detected speech is suspect; better, cut what is not speech before decoding.
3. **Rates.** More than about 25 characters a second, words of 0 s or of many seconds, stock phrases, the same
   sentence twice.
4. **Agreement.** Decode with another model or seed, or align the text to the sound with CTC: invented text seldom
   agrees with either.

Each misses something, as this page shows: *You* in silence passes the first, since its log-probability of about −0.8
is above −1; the repeated
phrase fails it though it is true; and translated French passes everything. Koenecke et al. (2024) found invented
phrases or sentences in about 1 % of Whisper's transcripts of AphasiaBank recordings, more where speakers paused
longer, and 38 % of those inventions were harmful in content.""",
        follow_ups=(
            (
                "Why is the no-speech probability not enough by itself?",
                "It is one token's probability at the first step, trained on windows whose transcripts were empty. "
                "Radford et al. (section 4.5) found that it can't tell silence by itself; together with the "
                "log-probability it is better.",
            ),
            (
                "Does a stricter log-probability limit help?",
                "It trades false alarms for misses. Move the slider on the silence example: at −0.7 the invented "
                "word goes, but so would much noisy speech that is right.",
            ),
            (
                "How would you train against it?",
                "Add non-speech with empty transcripts and filter the training text for subtitles' stock phrases. "
                "Calm-Whisper (Wang et al. 2025) found that 3 of the 20 self-attention heads in large-v3's decoder "
                "layers account for over 75 % of its inventions on noise; fine-tuning those alone on non-speech "
                "removed over 80 % of them.",
            ),
        ),
        state={"fail": "silence"},
        rubric=RUBRICS["when-hallucinate"],
    ),
    Question(
        question="What does WER hide?",
        look="norm",
        level="mid",
        answer=r"""**What kind of error.** *do give him the drug* for *do not give him the drug* counts as much as
*that* for *the*. **Which words.** Names, numbers and negations are few, so they weigh little, and they are what
people search for. **Spelling against hearing.** *4* for *four* is an error or not, depending on the normaliser; rates
of two papers are comparable only with the same one. **Everything but words.** Punctuation, capitals, who spoke, when,
how late the word came. **Inventions in silence.** Where nobody speaks there are no reference words, so WER is not
defined there. **Differences between people.** One average may hide that some accents have twice the rate. **Its own
uncertainty.** On 20 words one error is 5 percentage points.

So report the counts of S, D and I beside the rate, the normaliser by name, an interval, and the rate of each group of
speakers and of the words that matter.""",
        follow_ups=(
            (
                "Can WER exceed 100 %?",
                "Yes: a loop of a hundred words for a reference of ten has a WER near 1000 %. MER and WIL (Morris et "
                "al. 2004) can't.",
            ),
            (
                "When is CER better?",
                "For languages written without spaces, with long compound words or rich endings, and for short "
                "utterances. It still does not know what matters.",
            ),
            (
                "What would you use for meaning?",
                "Task measures: entity or keyword error rate, slot accuracy, edits that a human makes, or a model's "
                "judgement of meaning checked against humans.",
            ),
        ),
        state={"part": "compare", "mess": "snr", "norm": "none"},
        rubric=RUBRICS["wer-hides"],
    ),
    Question(
        question="How would you evaluate an ASR system for production?",
        look="rows",
        level="principal",
        answer=r"""Begin with **the decision**: which system, setting or release serves these users better, at what
cost?

1. **Data.** Recordings of one's own traffic, sampled by accent, device, noise, language, length and topic, with
   consent; some hours, held out for good, plus silence, music and cross-talk, where the right answer is nothing.
   Public sets only to compare with others: they may be in the training data.
2. **References.** A written guideline (hesitations, numbers, names), two transcribers on a part of it. Their
   disagreement is the floor below which no WER can be read.
3. **Measures.** WER with S, D, I and a named normaliser, also for each group; entity error rate; hallucinated words
   per hour of non-speech; punctuation and speakers if the product shows them; confidence calibration.
4. **Speed and cost.** Real-time factor, latency to the first and to the final word (median and 95th percentile),
   memory, throughput, price of an hour, on the machine that will run it.
5. **Significance.** Bootstrap over recordings or speakers, not over words, and paired: the same recordings for both
   systems.
6. **In use.** Shadow the old system, then a small share of traffic; watch edit rates, complaints, fallback and
   silence rates, and drift, since microphones and topics change. Keep a regression set of past failures.

Agree beforehand on what would stop the release: say, any group's WER worse by more than two points, or any invented
sentence in the silence set.""",
        follow_ups=(
            (
                "You have no transcripts yet. What can you do in a week?",
                "Transcribe two or three hours chosen by disagreement between two models; meanwhile track proxies: "
                "agreement, confidence, non-speech output, user edits.",
            ),
            (
                "System A has 8.1 % and B 7.8 % on 2,000 words. Ship B?",
                "That is 162 against 156 errors: well within chance. Draw the recordings again at random, many times, "
                "and see how often B still wins (a paired bootstrap, Bisani & Ney 2004); get more data, or decide by "
                "speed and the errors that matter.",
            ),
        ),
        state={"part": "compare", "mess": "speed"},
        rubric=RUBRICS["evaluate-asr"],
    ),
    Question(
        question="Which of Whisper's checks gives false alarms, and what do they cost?",
        look="compression",
        level="senior",
        answer=r"""**Compression ratio**: choruses, lists, counting, liturgy and *no, no, no* really do repeat
themselves. Here a phrase is said eight times, and tiny.en writes it seven times: a ratio of 5.5, far beyond the limit,
and every temperature fails. All six are decoded and the likeliest is kept, nearly right at six times the price. base
writes the phrase once, passes at once, and is wrong.

**Log-probability**: heavy accents, names and noise make right text unsure. Fallback then replaces a beam's text by a
sample, whose words change from run to run.

**No speech**: whispered or distant speech may be dropped altogether, which is worst, because nobody sees what is
missing.

The costs are latency (up to six decodings), randomness, and deletions. In a product: cap the temperatures at two or
three, log every fallback, and measure on speech that is right.""",
        follow_ups=(
            (
                "If all temperatures fail, what is written?",
                "faster-whisper keeps the attempt with the best average log-probability, preferring those that do "
                "not repeat; openai/whisper keeps the last. Either may still be dropped as silence.",
            ),
            (
                "Why does a higher temperature break loops?",
                "In a loop the model gives the next repetition a probability near 1, and beam search must follow it. "
                "Dividing the logits by a larger T flattens that, and one different token leads out.",
            ),
        ),
        state={"fail": "repeat", "clip": "sentence"},
        rubric=RUBRICS["false-alarms"],
    ),
    Question(
        question="Compute a word error rate by hand",
        look="steps",
        level="junior",
        answer=r"""Said: *he was not an ill disposed young man* ($N = 8$). Recognised: *he was hot in the old spells
young man*. Align: *he was* are hits; *hot* for *not*, *in* for *an*, *old* for *ill*, *spells* for *disposed* are
four substitutions; *the* is an insertion; *young man* are hits. So

$$\text{WER} = \frac{4 + 0 + 1}{8} = 62.5\,\%.$$

The alignment is the cheapest of all (Levenshtein distance), found by dynamic programming over a table of $N$ by $P$
cells; several alignments can be equally cheap, so the split into S, D and I may differ between programs while the sum
does not.""",
        follow_ups=(
            (
                "How do you average over files?",
                "Add up all errors and divide by all words. A mean of the files' rates gives a three-word file the "
                "weight of an hour.",
            ),
            (
                "What does it cost to compute?",
                "Time and memory of N times P; long texts are aligned in bands or segments.",
            ),
        ),
        state={"part": "compare", "mess": "snr"},
        rubric=RUBRICS["wer-by-hand"],
    ),
    Question(
        question="Where does voice activity detection belong, and what can it break?",
        look="vad",
        level="mid",
        answer=r"""**Before** the recogniser: it cuts what is not speech, so nothing can be invented there, saves
time, and gives places to split long sound. **Inside**, Whisper's no-speech token judges a whole 30 s window at once.
**After**, words outside detected speech can be dropped.

Silero VAD gives a probability every 32 ms. A stretch begins above the threshold, ends when it stays 0.15 below it for
2 s (faster-whisper's setting), and 0.4 s are kept on both sides. It can break: quiet or whispered speech and first
consonants are cut off, singing and babble pass, and times must be mapped back to the uncut sound. Move the threshold
and watch the shaded part.""",
        follow_ups=(
            (
                "Raise or lower the threshold for far-field speech?",
                "Lower it: a lost word can't be found again, while an invented one may still be caught by the other "
                "checks. Choose it on data, by the cost of each.",
            ),
            (
                "Why keep 0.4 s around speech?",
                "Onsets such as f or h are weak and start before the probability rises; and recognisers were trained "
                "on words with some air around them.",
            ),
        ),
        state={"fail": "music", "vadt": 0.1},
        rubric=RUBRICS["vad-place"],
    ),
    Question(
        question="tiny.en or base: how do you choose?",
        look="rows",
        level="mid",
        answer=r"""tiny.en has half the parameters and runs faster, knows English only, and so can't
mistake the language. base knows 99 languages and translates. On clean reading both are nearly right, and the
difference shows in noise, fast speech and accents: compare them here on the same sound, with the same reference and
normaliser.

Choose by the measure that decides: on a phone, memory and latency; for search, errors in names; for captions, what is
left out. And compare on enough speech: on one clip of 20 words a difference of two errors means nothing.""",
        follow_ups=(
            (
                "Why does an .en model help at small sizes?",
                "All its capacity goes to one language. openai/whisper's README finds the gain clear for tiny and "
                "base and less so for small and medium.",
            ),
            (
                "base's encoder does 2.4 times the arithmetic of tiny.en's. Why may it take less than twice as long?",
                "For a window of 30 s the encoders do 43.7 and 18.5 billion multiply-accumulates. But each decoder "
                "step also multiplies by the vocabulary's matrix, which is only a third larger in base (512 columns "
                "instead of 384, as many rows), and both models pay the same fixed costs: the mel spectrogram, the "
                "VAD, starting each layer.",
            ),
        ),
        state={"part": "compare", "mess": "none"},
        rubric=RUBRICS["tiny-or-base"],
    ),
)

REFERENCES = (
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="section 4.5: fallback and limits; section 4.3: multilingual models; Appendix C: normaliser",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="Koenecke et al., Careless Whisper: Speech-to-Text Hallucination Harms (FAccT 2024)",
        where="results: about 1 % of transcripts, 38 % of those harmful; longer non-vocal durations",
        url="https://arxiv.org/abs/2402.08021",
    ),
    Reference(
        title="Wang et al., Calm-Whisper: Reduce Whisper Hallucination On Non-Speech (Interspeech 2025)",
        where="which decoder heads hallucinate; fine-tuning those alone",
        url="https://arxiv.org/abs/2505.12969",
    ),
    Reference(
        title="Morris, Maier & Green, From WER and RIL to MER and WIL (Interspeech 2004)",
        where="definitions of MER and WIL",
        url="https://doi.org/10.21437/Interspeech.2004-668",
    ),
    Reference(
        title="openai/whisper and faster-whisper",
        where="transcribe.py: decode_with_fallback; generate_with_fallback and the silence rule in generate_segments",
        url="https://github.com/openai/whisper",
    ),
    Reference(
        title="Bisani & Ney, Bootstrap Estimates for Confidence Intervals in ASR Performance Evaluation (ICASSP 2004)",
        where="the paired bootstrap",
        url="https://doi.org/10.1109/ICASSP.2004.1326009",
    ),
    Reference(
        title="Verhelst & Roelands, An Overlap-Add Technique Based on Waveform Similarity (ICASSP 1993)",
        where="WSOLA, which makes the fast speech",
        url="https://doi.org/10.1109/ICASSP.1993.319366",
    ),
    Reference(
        title="Silero VAD",
        where="the voice activity detector that faster-whisper carries",
        url="https://github.com/snakers4/silero-vad",
    ),
)
