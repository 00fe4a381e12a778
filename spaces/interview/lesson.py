"""The words of the room: an answer to begin with, the text below the page, examples, sources."""

from __future__ import annotations

from .. import Example, Reference

SAMPLE_OF = "ctc.why-ctc"
SAMPLE = (
    "Speech and text have different lengths, and no corpus says which frame belongs to which letter. CTC adds a blank "
    "symbol, so the network can say that nothing new comes in a frame. Repeats are merged and blanks are dropped. I "
    "think it does not sum over all paths, it takes the best one."
)

THEORY = """
**How an answer is read.** Each question has key points, and each point a list of ways to say it. The ways are compared
with your words: endings are cut off (*merges*, *merged*), the order does not matter, and the words of one way must
stand close together in one sentence. What was found is marked in your answer with the number of its point. A *not* just
before it is pointed out and left to you: *it doesn't sum over all paths* has all the right words. Nothing is
understood, so a point may be made in words that nobody listed, and a list of words without sense would be marked as
well. That is why you see **evidence and no grade**.

**How to answer.** First the one sentence that you would keep if you had only one. Then the mechanism in the order in
which it runs, with its formula or number; then what it costs, and when you would take something else. Say aloud what
you assume. A good answer of two minutes has some 250 to 300 words.

**When a question comes again.** The browser schedules with SM-2: known once, it comes again tomorrow; twice, after
six days; then each interval is the last one times the *easiness* of the question, which begins at 2.5. A grade $q$
from 3 to 5 moves it by $0.1 - (5 - q)(0.08 + 0.02\\,(5 - q))$, never below 1.3. Not known means: again tomorrow, from
the beginning. Your progress lies in this browser alone; export it to take it elsewhere.

**Your voice** is turned into text on the server by Whisper tiny.en while you speak, and is not kept. It hears names of
methods badly (*CTC*, *HuBERT*), so correct the text before it is marked. It leaves out most of *um* and *uh*, as the
texts it was trained on do: the fillers that you see are fewer than those you said. Times of words are good to about a
tenth of a second, enough for pauses of a second.
"""

EXAMPLES = (
    Example(
        title="The first question",
        notice="What is a mel spectrogram? Answer before you look.",
        state={"q": "features.what-is-mel"},
        look="card",
    ),
    Example(
        title="Predict, then look",
        notice="HELLO without blanks: say what happens, then open the page that shows it.",
        state={"q": "ctc.why-ctc"},
        look="demo",
    ),
    Example(
        title="For principals",
        notice="Questions without one right answer: what it costs, how one knows, what is left out.",
        state={"level": "principal", "q": "whisper_inside.modern-asr"},
        look="list",
    ),
    Example(
        title="An answer, marked",
        notice="Three points have evidence, one stands after a “not”, two were not found.",
        state={"part": "mock"},
        look="marks",
    ),
)

REFERENCES = (
    Reference(
        title="Wozniak, Optimization of learning (1990)",
        where="section 3.2: the algorithm SM-2, as it stands in static/sm2.js",
        url="https://www.supermemo.com/en/blog/application-of-a-computer-to-improve-the-results-obtained-in-working-"
        "with-the-supermemo-method",
    ),
    Reference(
        title="Roediger and Karpicke, Test-enhanced learning (2006)",
        where="being asked keeps more in memory than reading again",
    ),
    Reference(
        title="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022)",
        where="the recogniser; its transcripts leave fillers out",
        url="https://arxiv.org/abs/2212.04356",
    ),
    Reference(
        title="Macháček, Dabre and Bojar, Turning Whisper into Real-Time Transcription System (2023)",
        where="how a spoken answer becomes text while it is spoken",
        url="https://arxiv.org/abs/2307.14743",
    ),
    Reference(
        title="Chapman et al., A simple algorithm for identifying negated findings and diseases (NegEx, 2001)",
        where="a negation reaches a few words forward: the rule for “not” is a smaller cousin of theirs",
    ),
)
