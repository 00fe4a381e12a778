"""The interview questions of the room."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="LoRA or all weights?",
        level="mid",
        look="cost",
        answer="""Start
from what has to change. **All weights** can learn most: a script, a sound system, a language that the base does not
have. The price is memory (four numbers a weight with Adam: weight, gradient, two averages), a file as large as the
model for each language, and more forgetting. **LoRA** moves few of the weights: 0.4 percent here at rank 8,
3 percent at rank 64. It suits what the base
nearly knows: an accent, a vocabulary, a style. Its files are small, many can share one base, and leaving them out gives
the old model back. On languages that the base can't write at all, people have reported it well behind full training.

LoRA saves more memory than time: the forward pass and the gradient through the layers stay, only the gradients of the
frozen matrices fall away.""",
        follow_ups=(
            (
                "Why does B start at zero, and A not?",
                "With B = 0 the product is zero, so training begins exactly at the base. If both were zero, the "
                "gradient of each, which has the other as a factor, would be zero as well, and nothing would move.",
            ),
            (
                "What does alpha do?",
                "It scales the addition by alpha / r, so that the learning rate need not be found anew for each rank. "
                "It is no second rank: double alpha and you roughly double the steps that the product takes.",
            ),
        ),
        state={"method": "lora", "rank": 8},
        rubric=RUBRICS["lora-or-all"],
    ),
    Question(
        question="What is catastrophic forgetting, and how do you notice it?",
        level="mid",
        look="sheet",
        answer="""Gradients
know only the current data. Weights that English needs are moved wherever Malayalam wants them, and nothing pulls them
back. You **can't** notice it in the training loss or in the target language's error rate, both of which look splendid.
Keep a small test of everything that the model is to go on doing (other languages, other domains, silence, timestamps),
and measure it before and after. That is the table in part 3.

Against it: fewer steps and a lower learning rate, a frozen encoder, LoRA, an average of old and new weights, or some of
the old data in each batch (*rehearsal*).""",
        follow_ups=(
            (
                "Is forgetting always bad?",
                "No. A model that will only ever write Malayalam may forget English. But it may also forget its own "
                "language in other domains or the end-of-text token after silence, so test what it will meet.",
            ),
            (
                "How does averaging weights help?",
                "Base and fine-tuned model lie close to each other, and between them the loss is usually low "
                "for both tasks. A point half-way often keeps most of the gain and loses little of the old ability.",
            ),
        ),
        state={"part": "sheet"},
        rubric=RUBRICS["forgetting"],
    ),
    Question(
        question="Why report CER rather than WER for some languages?",
        level="junior",
        look="base_rates",
        answer="""A
word error rate needs words, and it counts a word as wrong however little of it is wrong. In Malayalam, Finnish or
Turkish a word carries endings that English would write as words of their own, so words are long, and one letter in
fifteen makes nearly every word wrong. In Chinese, Japanese or Thai there are no spaces to count words by. The character
error rate works for all of them and moves earlier in training. Its weakness: it does not tell an unimportant letter
from one that turns the meaning round, so a reader's judgement or the WER still belongs beside it.""",
        follow_ups=(
            (
                "How can an error rate exceed 100 %?",
                "Insertions count as errors, and the length of the reference is the denominator. A model that repeats "
                "itself or writes a sentence over silence adds as many errors as it likes.",
            ),
            (
                "Characters, code points or what a reader sees as one letter?",
                "They differ: a Malayalam syllable may be three code points. This room counts code points after NFKC, "
                "as Whisper's normaliser does; most tools count the text as it is. Whatever you choose, choose it for "
                "both systems that you compare.",
            ),
        ),
        state={"part": "should"},
        rubric=RUBRICS["cer-or-wer"],
    ),
    Question(
        question="Which traps lie in text normalisation?",
        level="senior",
        look="base_aligned",
        answer="""Normalising
decides what counts as an error, so it can make or hide gains. Four traps. **Marks:** Whisper's basic normaliser
replaces combining marks by spaces; in Malayalam, Hindi or Tamil the vowel signs are such marks, and the words fall
apart. **Two spellings of one letter:** composed or not (NFC, NFD), and in Malayalam the chillu letters, which have a
code point of their own or are written with an invisible joiner. **Numbers:** 20 or *twenty*. **The training text:**
whoever normalises the targets before training gets a model without commas and capitals, which then looks bad *as
written* and good normalised. Report both.""",
        follow_ups=(
            (
                "The base was scored without normalisation, the tuned model with. What is wrong?",
                "Part of the gain is the normaliser's. Score both with the same one, and show the raw rates as well: "
                "the table in part 2 has all four.",
            ),
            (
                "Should the targets be normalised for training?",
                "Only in what is arbitrary, such as two codings of one letter. Keep punctuation and capitals if the "
                "users want them: the model learns to write what it is shown.",
            ),
        ),
        state={"part": "should", "sentence": 3},
        rubric=RUBRICS["normalise-traps"],
    ),
    Question(
        question="Which learning rate do you take for fine-tuning, and why a warm-up?",
        level="mid",
        look="curve",
        answer="""Far
smaller than for training from nothing: the weights are good already, and large steps destroy more than the little data
can rebuild. For all weights of a small Whisper about 1e-5 is usual with hours of data; with minutes of data and few
steps up to 1e-4. LoRA starts at zero and bears about ten times as much. Adam divides by a running average of the
gradient's size, which in the first steps rests on almost nothing; the **warm-up** keeps these steps short. Afterwards
the rate falls, so that the end of the run averages the noise out.

Too low: the error falls in a straight line and is still falling at the end. Too high: the loss jumps in the first steps
and does not come down again. (Repeated syllables alone prove nothing: with minutes of data a good rate writes them,
too.)""",
        follow_ups=(
            (
                "Why may a larger batch take a higher rate?",
                "Its gradient is less noisy, so each step can be trusted further. With Adam the rule of thumb is "
                "the square root of the batch's growth.",
            ),
            (
                "How does accumulation differ from a larger batch?",
                "For a network without batch normalisation, not at all, if the loss is divided by the number of tokens "
                "of the whole step. Dividing within each small batch weighs short sentences too much.",
            ),
        ),
        state={"rate": "1e-3"},
        rubric=RUBRICS["learning-rate"],
    ),
    Question(
        question="Does SpecAugment help when Whisper is fine-tuned on little data?",
        level="senior",
        look="spec",
        answer="""It
hides bands and stretches of the spectrogram, so the same clip never looks the same twice. That is worth most where the
network would else learn the few clips by heart, that is after several rounds. In a run of a round or two it can only
slow the start. And it needs an encoder that is run at every step: with *encoder output kept* the network sees the same
numbers each time, which is why the page offers no SpecAugment there. Compare by the error on other speakers; the
training loss is *higher* with SpecAugment, and should be.""",
        follow_ups=(
            (
                "Does it help if the encoder is frozen but run?",
                "A little: the decoder then sees encoder outputs of damaged input and relies less on single frames. "
                "The encoder itself can't learn to fill the holes.",
            ),
            (
                "What else makes more of little data?",
                "Speed changes by ten percent, noise and rooms, and above all more speakers: ten minutes by twenty "
                "people teach more than an hour by one.",
            ),
        ),
        state={"method": "decoder", "spec": True},
        rubric=RUBRICS["specaugment-little"],
    ),
    Question(
        question="How much data do you need?",
        level="principal",
        look="all_curves",
        answer="""It
depends on what is missing. For the *script* minutes are enough: that is a mapping from sounds that the encoder hears
already. For *usable* text in a new language think of some ten hours for a start, and expect each doubling to buy a
similar relative gain. For a domain of a known language, an hour with its special words can do. Do not guess: train on a
quarter, a half and all of what you have, draw the error against the logarithm of the minutes, and see whether the line
is still falling. If it is, record more; if not, look at the model, the labels or the test.

Count speakers and sentences as well as minutes. In the corpus that the packaged clips come from, two of 49 people
speak more than half of the 1,007 clips.""",
        follow_ups=(
            (
                "The error on the development set is far below that of the test. What do you check?",
                "Whether the split leaks: the same speaker, or the same sentence, on both sides. In collections where "
                "many people read one list, a split by clip alone lets the network learn the list by heart.",
            ),
            (
                "Where do you get cheap data from?",
                "Let the model transcribe unlabelled speech, keep what it is sure of and train on that (pseudo-labels);"
                " correct a part by hand first, chosen where it is least sure.",
            ),
        ),
        state={"part": "sheet"},
        rubric=RUBRICS["how-much-data"],
    ),
    Question(
        question="How would you fine-tune Whisper for a language?",
        look="curve",
        level="senior",
        answer=r"""
1. **Measure the base**, with CER and WER, raw and normalised, and read twenty of its texts. Fine-tuning pays where the
   script or the words are missing, less where commas differ. Name the normaliser.
2. **Data**: pairs of at most 30 s with their text, split by **speaker** and sentence. Hours for usable text, minutes
   for the script. Text in the form that users want, in one Unicode form.
3. **Input and target**: log-mel of 30 s as in training; before the text stand the tokens for start, language, task
   and *no timestamps*. The loss is the cross-entropy on the text's tokens. A language without a token of its own
   borrows a relative's. The byte-level tokeniser can write any script, but may need several tokens a letter: watch the
   limit of 448.
4. **What moves**: all weights for a new language; LoRA or the decoder alone for accents and words, or where memory is
   short.
5. **Training**: AdamW, a rate of about 1e-5, a warm-up of some hundred steps, then falling; SpecAugment and speed
   changes once it runs several rounds.
6. **Choose the checkpoint by texts it writes itself** on other speakers: the training loss knows the true past and
   looks better than it is.
7. **Afterwards**: the same measure on English, other domains, silence and timestamps, which are forgotten if they were
   not trained. Rehearse them, average with the base, or accept it knowingly. Then convert it for the runtime, measure
   again.
""",
        follow_ups=(
            (
                "After training it writes well and never stops. Why?",
                "The end-of-text token was probably cut off or masked in the targets, so that stopping was never "
                "learned; padding that is counted in the loss as a token does similar harm.",
            ),
            (
                "The language is among the 99, but its error is 60 %. Is the token useful?",
                "Yes: use its own token. The model has seen the language, so the token already turns sounds and script "
                "in its direction, and training starts ahead.",
            ),
        ),
        state={"part": "train"},
        rubric=RUBRICS["whisper-for-a-language"],
    ),
)
