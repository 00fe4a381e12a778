"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="pace-pauses-fillers",
        points=(
            Point("Word times of a recogniser", "word time*; timestamp*; times recogni*"),
            Point("Pauses are gaps between words", "gap*; pause*; silence between"),
            Point("Recognisers drop fillers", "drop*; miss*; leave out; edited; filler*"),
            Point("Times are rough; VAD for silence", "rough; drift*; vad; voice activity; inaccura*"),
            Point("Words are no even unit", "syllable*; even unit; long word*"),
        ),
        mistakes=("“Whisper heard no um, so there was none.”", "Taking a pause for a fault."),
        source="De Jong and Wempe, Praat script to detect syllable nuclei and measure speech rate automatically "
        "(2009); Radford et al. (2022)",
        must="Words a minute = 60 · words / seconds; a pause: a gap of at least 1 s here.",
        predict=(
            "What will happen to the count of fillers if somebody says “um” ten times?",
            "Whisper writes few of them or none, so the count stays near 0.",
        ),
    ),
    Rubric(
        name="marking-without-a-model",
        points=(
            Point("Words and synonyms for each point", "synonym*; list words; key point*; keyword*"),
            Point("Common form of words", "stem*; ending*; common form; lemma*; normali*"),
            Point("Near each other, in any order", "any order; near; window; proximity; same sentence"),
            Point("Negation", "negat*; not before; denied"),
            Point("Misses paraphrases", "paraphras*; other words; nobody listed; misheard"),
            Point("Show evidence, not a grade", "evidence; no grade; instead grade; highlight*; marked text"),
        ),
        mistakes=("Giving a percentage.", "Testing on good answers only."),
        source="Chapman et al., A simple algorithm for identifying negated findings and diseases (NegEx, 2001); "
        "Porter, An algorithm for suffix stripping (1980)",
        predict=(
            "What will happen to “It does not sum over all paths”?",
            "All words of the point are there; only the “not” before them is noticed, and it is left to the reader.",
        ),
    ),
    Rubric(
        name="sm-2",
        points=(
            Point("When to ask again: intervals grow", "interval*; ask again; days; when ask*"),
            Point("Easiness of each card", "easiness; ease; factor"),
            Point("Not known: from the beginning", "begin* again; reset*; start over; from beginning; one day"),
            Point("Why it works", "forget*; recall*; testing effect; lost time; strengthen*"),
        ),
        mistakes=("“It shows every card once a day.”",),
        source="Wozniak, Optimization of learning (1990), section 3.2: SM-2",
        must="1 day, 6 days, then the last interval times EF; EF = 2.5 at the start, never below 1.3.",
        predict=(
            "What will happen to a question that is known at once three times?",
            "It comes after 1 day, then 6, then 6 times its easiness of about 2.7: some 17 days.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
