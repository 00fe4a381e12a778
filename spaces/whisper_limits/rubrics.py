"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="when-hallucinate",
        points=(
            Point("Silence, noise, music", "silence; noise; music; pause*; no speech"),
            Point(
                "The language model goes on", "language model; decoder; text probab*; prior; training subtitle*; thank*"
            ),
            Point("Its own numbers", "compression; log prob*; no speech prob*; confidence; logprob"),
            Point("VAD", "vad; voice activity; outside speech; speech detect*"),
            Point("Rates and phrases", "character* second; rate*; stock phrase*; same sentence; repeat*; too fast"),
            Point("A second opinion", "another model; agree*; two models; ctc; align*; second model; seed*"),
        ),
        mistakes=(
            "Believing that one limit finds all: a fluent invention has a good log-probability.",
            "Testing on speech only: without recordings of nothing nobody sees it.",
        ),
        source="Radford et al. (2022), section 4.5; Koenecke et al., Careless Whisper: Speech-to-Text Hallucination "
        "Harms (2024)",
        must="Compression ratio > 2.4; average log-probability < −1; about 1 % of AphasiaBank segments (Koenecke "
        "et al.).",
        predict=(
            "What will happen on silence with the usual limits: does one of them stop it?",
            "tiny.en writes “You”, whose log-probability of about −0.8 passes.",
        ),
    ),
    Rubric(
        name="wer-hides",
        points=(
            Point("All words count alike", "all words; equal*; alike; same weight; not important; meaning; negation"),
            Point("Names and numbers", "name*; number*; entit*; keyword*"),
            Point("The normaliser", "normali*; spelling; punctuation; capital*; case"),
            Point("Groups of speakers", "group*; accent*; speaker*; average hides; fair*"),
            Point("Inventions in silence", "silence; invent*; insertion*; hallucinat*; undefined"),
            Point("How sure the number is", "interval; few words; significan*; uncertain*; confidence; bootstrap"),
        ),
        mistakes=(
            "Comparing rates of two papers that normalise differently.",
            "Averaging the rates of files instead of adding up errors and words.",
        ),
        source="Morris, Maier and Green, From WER and RIL to MER and WIL (2004); Radford et al. (2022), section 4.4 "
        "and appendix C on normalisers",
        must="WER = (S + D + I) / N, which can exceed 100 %.",
        predict=(
            "What will happen to the WER if “not” is left out of a sentence of ten words?",
            "It rises by 10 %, as for any unimportant word.",
        ),
    ),
    Rubric(
        name="evaluate-asr",
        points=(
            Point("Data of one's own use", "own data; own traffic; real data; users; representative; domain; sampled"),
            Point("Careful references", "reference*; guideline*; two transcrib*; annotat*; agreement; ground truth"),
            Point("More than WER", "entit*; hallucinat*; punctuation; names; calibrat*; per group; each group"),
            Point("Speed and cost", "latency; real time factor; cost*; memory; throughput; price"),
            Point("Is the difference real", "significan*; bootstrap; confidence interval; paired; chance"),
            Point("In use", "shadow; a b; monitor*; drift; online; roll out; production; regression"),
        ),
        mistakes=(
            "Taking a public set that may be in the training data.",
            "Not agreeing beforehand on what would stop a release.",
        ),
        source="Bisani and Ney, Bootstrap estimates for confidence intervals in ASR performance evaluation (2004); "
        "Koenecke et al., Racial disparities in automated speech recognition (2020)",
        must="162 against 156 errors in 2,000 words is chance.",
        predict=(
            "What will happen to the ranking of two models if the test has only 20 words?",
            "One error is five points: the ranking may turn with any other clip.",
        ),
    ),
    Rubric(
        name="false-alarms",
        points=(
            Point("True repetitions fail compression", "repeat*; chorus; compression; list*; counting; no no"),
            Point("Accents and noise fail log-probability", "accent*; noise; log prob*; unsure; names; logprob"),
            Point("Whispered speech fails no-speech", "whisper*; quiet; distant; no speech; dropped; delet*"),
            Point("The price", "six; latency; slow*; random*; cost*; time*; deletion*"),
            Point("Measure and bound it", "cap; limit*; log every; measure*; fewer temperature*; monitor*"),
        ),
        mistakes=(
            "Counting misses only, never what a check destroys.",
            "Turning all checks off because of one false alarm.",
        ),
        source="Radford et al. (2022), section 4.5; openai/whisper, transcribe.py",
        predict=(
            "What will happen to a phrase that is truly said eight times?",
            "Its compression ratio fails at every temperature, and six attempts are paid for.",
        ),
    ),
    Rubric(
        name="wer-by-hand",
        points=(
            Point("Align both texts", "align*; levenshtein; edit distance; match*"),
            Point("Substitutions, deletions, insertions", "substitut*; delet*; insert*"),
            Point("Divide by the reference's words", "divide*; reference; number words; n; over"),
            Point("Found by dynamic programming", "dynamic program*; table; cheapest; minim*"),
        ),
        mistakes=(
            "Dividing by the length of the recognised text.",
            "Taking the mean of the files' rates.",
        ),
        source="Levenshtein, Binary codes capable of correcting deletions, insertions and reversals (1966); Morris "
        "et al. (2004)",
        must="WER = (S + D + I) / N; here (4 + 0 + 1) / 8 = 62.5 %.",
        predict=(
            "What will happen to the rate if the recogniser adds eight words to a sentence of four?",
            "It is at least 200 %: what is added counts, too.",
        ),
    ),
    Rubric(
        name="vad-place",
        points=(
            Point("Before the recogniser", "before; first; cut*; remove*; in front"),
            Point("It saves work and inventions", "save*; hallucinat*; invent*; faster; compute"),
            Point("Inside: the no-speech token", "no speech; token; window"),
            Point("What it breaks", "quiet; whisper*; consonant*; onset*; soft; cut off; singing; lost"),
            Point("Times must be mapped back", "time*; offset*; map*; timestamp*"),
            Point("A margin around speech", "margin; pad*; hangover; 0 4; keep*; around"),
        ),
        mistakes=(
            "Judging it by its own accuracy instead of by the words that are lost.",
            "Forgetting that a lost word cannot be found again later.",
        ),
        source="Silero VAD; faster-whisper, vad.py (threshold 0.5, 2 s of silence, 400 ms kept)",
        must="A probability every 32 ms; 0.4 s are kept on both sides.",
        predict=(
            "What will happen to a whispered word if the threshold is raised to 0.9?",
            "It is cut out before the recogniser could hear it.",
        ),
    ),
    Rubric(
        name="tiny-or-base",
        points=(
            Point("Size and speed", "parameter*; half; faster; speed; small*; size"),
            Point("Languages", "english; language*; multilingual; translat*; 99"),
            Point("Compare in the hard conditions", "noise; accent*; fast; hard*; condition*"),
            Point("Decide by the need", "need*; memory; latency; names; phone; use case; measure*; application"),
            Point("Enough speech to tell", "enough; twenty words; chance; significan*; sample; clip"),
        ),
        mistakes=(
            "Choosing by an average over clean reading.",
            "Two errors more on one clip prove nothing.",
        ),
        source="Radford et al. (2022), table 1 and appendix D; openai/whisper, README (English-only models)",
        must="tiny: 39 million parameters, base: 74 million, by openai/whisper's README.",
        predict=(
            "What will happen to both on clean reading?",
            "They are nearly alike; noise, speed and accents part them.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
