"""The questions of this room itself: reading answers by machine."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="How would you measure pace, pauses and fillers of a speaker, and what is wrong with the numbers?",
        look="marks",
        level="mid",
        answer="""
Take a recogniser with **word times**. Pace is words over the time from the first to the last (say whether pauses
count); a pause is a gap between the end of one word and the beginning of the next above a limit, here one second;
fillers are counted in the text.

What is wrong with it:

- **Fillers are missing.** Whisper was trained on texts that were edited for readers, so it drops most of *um* and
  *uh*, and repeated beginnings with them. A model trained on verbatim transcripts, or one that looks for fillers in the
  sound, finds more.
- **Times are rough.** Words' ends drift into pauses, so short pauses vanish. Voice activity detection, from the sound
  itself, is the better judge of silence.
- **Words are no even unit.** Long ones take longer; syllables a second compare better across texts and languages.
- **A pause is not a fault.** It may be thought. Report it, don't punish it.
""",
        follow_ups=(
            (
                "How would you find an “um” that the recogniser drops?",
                "Look for speech (by voice activity detection) in which no word lies, longer than some tenths of a "
                "second, voiced and with a steady pitch and formants. Or train a small classifier on such stretches.",
            ),
            (
                "Is a faster speaker a better one?",
                "No. Listeners follow a wide range of rates; changes of pace and pauses at the right places help "
                "more. A rate says something only beside the same person's other answers.",
            ),
        ),
        state={"part": "mock"},
        rubric=RUBRICS["pace-pauses-fillers"],
    ),
    Question(
        question="How would you mark what an answer covers, without a language model, and where does that fail?",
        look="marks",
        level="senior",
        answer="""
Write down for each **key point** the words and synonyms that show it. Cut the answer into sentences and words, bring
words to a common form (endings, spelling, numbers), and look for the words of one way to say it **near each other**,
in any order. Keep *where* they were found: marked in the text, the evidence can be checked in a second, and a false
find is seen at once.

It fails in both directions. **Missed**: paraphrases that nobody listed, words that the recogniser misheard. **Found
wrongly**: the right words in a wrong sentence. Negation is the usual case; a *not* a few words before can be noticed,
but *I doubt that* or irony cannot. And a list of bare words passes.

So show evidence instead of a grade, let a person decide, and test it: on good and bad answers, spoken ones too, with
both kinds of error counted. A sentence embedding finds paraphrases and gives up the explanation; a large language model
understands more, may invent agreement, and has to be checked in the same way.
""",
        follow_ups=(
            (
                "How do you get the lists of words?",
                "From answers: collect some, have people mark where each point is made, and take what they marked. "
                "Model answers must find all of their own points; a test of this app checks that.",
            ),
            (
                "How would you measure how good it is?",
                "Two people mark a hundred answers; count points found and missed against them, and compare with how "
                "often the two people differ. Report it for spoken and typed answers apart.",
            ),
        ),
        state={"part": "mock"},
        rubric=RUBRICS["marking-without-a-model"],
    ),
    Question(
        question="What does a spaced-repetition scheduler such as SM-2 compute?",
        look="rate",
        level="junior",
        answer=r"""
When to ask again. SM-2 keeps for each card how often it was known in a row and an **easiness** $EF$, 2.5 at the start.
Intervals are 1 day, then 6 days, then the last one times $EF$. After an answer of quality $q$ (0 to 5),

$$EF \leftarrow \max\big(1.3,\; EF + 0.1 - (5 - q)(0.08 + 0.02\,(5 - q))\big),$$

and with $q < 3$ the card begins again at one day, its easiness unchanged. So easy cards move quickly out of the way and
hard ones come often. It rests on two findings: recall is lost over time, and recalling something shortly before it is
lost strengthens it more than reading it again.
""",
        follow_ups=(
            (
                "What do newer schedulers do differently?",
                "They fit a model of forgetting to the data (Duolingo's half-life regression, FSRS in Anki): each card "
                "has a stability and a difficulty, and it is asked when the chance of recall falls to a set value.",
            ),
            (
                "Does it work for understanding, or only for vocabulary?",
                "For what can be asked and judged. Here a question wants an explanation, so the grade is your own; "
                "demonstrations and follow-ups keep it from becoming a text learned by heart.",
            ),
        ),
        state={"q": "features.what-is-mel"},
        rubric=RUBRICS["sm-2"],
    ),
)
