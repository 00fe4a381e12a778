"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="why-ctc",
        points=(
            Point(
                "Different lengths, unknown alignment",
                "no alignment; unknown alignment; align*; different length*; length differ*; which frame; unsegmented",
            ),
            Point("A blank symbol", "blank"),
            Point("Merge repeats, drop blanks", "merge*; collaps*; repeat*; remove blank*; drop blank*"),
            Point("Sum over all paths", "sum path*; all path*; all alignment*; marginal*; sum alignment*; many path*"),
            Point(
                "Forward-backward makes it cheap",
                "forward backward; dynamic program*; forward algorithm; recursion; efficient*",
            ),
            Point("Not the only way", "attention; transducer; rnn t; rnnt; alternative*; not only; not strictly"),
        ),
        mistakes=(
            "“CTC finds the best alignment while it trains”: it sums over all of them.",
            "Calling the blank silence: it also separates equal letters and fills the middle of a sound.",
            "Not saying that given the sound its outputs are independent of each other.",
        ),
        source="Graves, Fernández, Gomez and Schmidhuber, Connectionist Temporal Classification (ICML 2006), "
        "equations 2, 3 and 6",
        must="p(l | x) = Σ over paths π with B(π) = l of Π y(π_t); computed in O(T·L).",
        predict=(
            "What will happen to HELLO if there are no blanks and equal neighbours merge?",
            "HELLO and HELO become the same text: a blank has to stand between the two L.",
        ),
    ),
    Rubric(
        name="forward-recursion",
        points=(
            Point(
                "Blanks around and between letters", "blank*; extended label*; 2 l 1; 2l 1; twice plus one; interleav*"
            ),
            Point(
                "Stay, or come from the state before",
                "stay; same state; previous state; state before; one before; predecessor*",
            ),
            Point(
                "Skip only between different letters",
                "skip; different letter*; two before; jump; same letter; equal letter*",
            ),
            Point("Start and end states", "start*; first two; last two; end*; final; begin*"),
            Point("Cost and logarithms", "o t l; time times; log*; underflow; linear*"),
        ),
        mistakes=(
            "Allowing the skip when the letter two states before is the same.",
            "Adding only the last state: the final blank and the final letter both end a path.",
        ),
        source="Graves et al., Connectionist Temporal Classification (2006), section 4.1, equations 6 to 8",
        must="α_t(s) = y_t(l'_s) · (α_{t−1}(s) + α_{t−1}(s−1) + [skip] α_{t−1}(s−2)); 2L + 1 states.",
        predict=(
            "What will happen in BEE: may a path skip the blank between the two E?",
            "No: without that blank both E would merge to one.",
        ),
    ),
    Rubric(
        name="greedy-or-beam",
        points=(
            Point(
                "Greedy takes the best path",
                "best path; likeliest path; single path; argmax; most probable path; each frame; most likely",
            ),
            Point("A text has many paths that add up", "add* up; sum*; many path*; several path*; same text; merge*"),
            Point("Prefixes instead of paths", "prefix*; two sum*; two probabilit*; ending blank"),
            Point("The beam can use a language model", "language model; lm; n gram; hot word*; bias*; names; lexicon"),
        ),
        mistakes=(
            "“The beam always lowers the error rate”: it finds likelier texts, which may be wrong.",
            "Keeping paths in the beam and never adding up those of one text.",
        ),
        source="Hannun, Maas, Jurafsky and Ng, First-Pass Large Vocabulary Continuous Speech Recognition (2014), "
        "algorithm 1",
        must="p(blank) = 0.6, p(a) = 0.4 in two frames: the best path is empty with 0.36, the text “a” has 0.64.",
        predict=(
            "What will happen to two frames with 0.6 blank and 0.4 a: which text wins?",
            "Greedy writes nothing; the beam writes “a”, whose three paths add up to 0.64.",
        ),
    ),
    Rubric(
        name="ctc-word-times",
        points=(
            Point("Force-align the known text", "forced align*; force* align*; align*"),
            Point("Viterbi path through the trellis", "viterbi; best path; trellis; most likely path"),
            Point("Letters joined to words", "word*; space*; letter*; group*"),
            Point("Spikes are not durations", "spike*; peak*; duration*; end short; ends short; narrow"),
            Point(
                "Wrong text aligns, too",
                "wrong text; wrong transcript; always align*; never said; confidence; low probabilit*; exists",
            ),
        ),
        mistakes=(
            "Taking the spike's last frame for the end of the word.",
            "Trusting a path because it exists: with enough frames every text has one.",
        ),
        source="Kürzinger et al., CTC-Segmentation of Large Corpora (2020); Zeyer, Schlüter and Ney, Why does CTC "
        "result in peaky behavior? (2021)",
        predict=(
            "What will happen if a word of the transcript was never said?",
            "The alignment still puts it somewhere; its low probability is what tells.",
        ),
    ),
    Rubric(
        name="ctc-attention-transducer",
        points=(
            Point("Streaming for the phone", "stream*; transducer; rnn t; rnnt; online; real time; causal"),
            Point(
                "CTC's independence", "context lack*; ctc lack*; independen*; no language model; each frame; no context"
            ),
            Point(
                "The transducer's prediction network",
                "prediction network; predictor; text so far; previous token*; joiner; joint network",
            ),
            Point("Attention for the archive", "attention; whole; offline; punctuation; translat*; context"),
            Point("Attention may invent or loop", "hallucinat*; invent*; loop*; repeat*; silence"),
            Point("Cost of training and memory", "memory; t times; expensive; cost*; softmax every; big tensor"),
        ),
        mistakes=(
            "Choosing by error rate alone: latency, names, endpointing and memory decide as much.",
            "“CTC streams by itself”: only as far as its encoder does.",
        ),
        source="Graves, Sequence Transduction with Recurrent Neural Networks (2012); Chan et al., Listen, Attend "
        "and Spell (2015); Radford et al., Whisper (2022)",
        predict=(
            ("What will happen if AB and CD are the only right texts and CTC must answer each frame alone?"),
            "Half of the probability goes to AD and CB, which nobody said.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
