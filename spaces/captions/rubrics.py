"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="why-not-streaming",
        points=(
            Point(
                "The encoder sees the future",
                "all position*; future; later; bidirection*; whole window; attends all; full context",
            ),
            Point("Trained on whole windows", "30 s; whole; trained; 30 second*; finished sentence; complete"),
            Point("No output tied to a time", "not tied; time; end; frame synchron*; attention decoder"),
            Point("Decode again as it grows", "again; re decod*; growing; buffer; repeated*"),
            Point("Publish what agrees", "agree*; local agreement; stable; prefix; common"),
        ),
        mistakes=(
            "Cutting the sound into independent pieces of two seconds.",
            "“It is too slow to stream”: speed is not what is missing.",
        ),
        source="Radford et al. (2022), section 2.2; Macháček, Dabre and Bojar, Turning Whisper into Real-Time "
        "Transcription System (2023)",
        must="T seconds with a step of s are decoded T / s times.",
        predict=(
            "What will happen to the computing if the step shrinks from 1 s to 0.2 s?",
            "Every second of sound is decoded five times as often.",
        ),
    ),
    Rubric(
        name="local-agreement",
        points=(
            Point("Latency against wrong words", "latency; delay; trade*; error*"),
            Point("n hypotheses must agree", "n hypothes*; agree*; successive; consecutive; same prefix"),
            Point("The end of the buffer is unsure", "end buffer; last word*; half word; new sound; tail; end audio"),
            Point("Each n costs a step", "step; each further; add*; more latency"),
            Point("A heuristic", "heuristic; same mistake; both wrong; not guarantee; no guarantee"),
        ),
        mistakes=(
            "Believing that what is stable is right.",
            "Comparing punctuation and case, which change at the end of every hypothesis.",
        ),
        source="Liu, Spanakis and Niehues, Low-Latency Sequence-to-Sequence Speech Recognition and Translation by "
        "Partial Hypothesis Selection (2020)",
        must="Latency grows by one step for each further hypothesis.",
        predict=(
            "What will happen to the median latency from n = 1 to n = 3?",
            "It grows by a step each time: 0.5, 1.0 and 1.4 s here.",
        ),
    ),
    Rubric(
        name="streaming-ways",
        points=(
            Point("Local agreement decodes again", "local agreement; again; re decod*; agree*"),
            Point("Chunked attention caches states", "chunk*; cache*; block*"),
            Point("CTC emits in each frame", "ctc; each frame; blank; frame"),
            Point("RNN-T knows its text", "rnn t; rnnt; transducer; prediction network"),
            Point("Latency against accuracy", "latency; look ahead; accuracy; trade*; shorter chunk"),
            Point("Training or not", "no training; train*; any model; off the shelf"),
        ),
        mistakes=(
            "Comparing the ways without saying which latency was measured.",
            "Mixing up what the encoder may see and how the output is emitted.",
        ),
        source="Liu et al. (2020); Shi et al., Emformer (2021); Graves, Sequence Transduction (2012)",
        predict=(
            ("What will happen to the errors if the chunk of a streaming encoder shrinks from 960 to 320 ms?"),
            "They rise: from 3.07 to 3.44 % in SpeechBrain's model card.",
        ),
    ),
    Rubric(
        name="latency-budget",
        points=(
            Point("Blocks and buffers", "block*; buffer*; capture; sound card"),
            Point("Network", "network; transport; round trip; one way"),
            Point("Waiting for the next step", "step; wait*; next hypothesis"),
            Point("Computing", "comput*; inference; model time; processing"),
            Point("Agreement and held-back words", "agree*; held back; stable; hold"),
            Point("Median and tail", "95; percentile; tail; median; worst"),
        ),
        mistakes=(
            "Giving a real-time factor for a latency.",
            "Starting the clock when the server gets the sound and not when the word was said.",
        ),
        source="This room's `python -m benchmarks.captions`; Shangguan et al. (2020) for what readers notice",
        must="Half a step + computing + (n − 1) steps + network + drawing.",
        predict=(
            "What will happen to the latency if the model becomes twice as fast at the same step?",
            "Little: the step and the agreement are most of it.",
        ),
    ),
    Rubric(
        name="endpointing",
        points=(
            Point(
                "Deciding that somebody has finished",
                "finished; end speech; end utterance; stopped speaking; done; end turn",
            ),
            Point(
                "Silence limit as a compromise",
                "silence; short limit; long limit; threshold; compromise; wait*; timeout",
            ),
            Point("Pauses within a turn", "pause*; breath; hesitat*; think*"),
            Point("Hysteresis", "hysteresis; two threshold*; flicker*; switch*"),
            Point("Better clues", "words; pitch; intonation; semantic*; complete; end token; language; syllable*"),
        ),
        mistakes=(
            "“Silence means the end.”",
            "Forgetting noise, in which the probability never falls.",
        ),
        source="Shannon, Simko, Chang and Parada, Improved End-of-Query Detection for Streaming Speech Recognition "
        "(Interspeech 2017); Silero VAD",
        must="Begin at 0.5, end below 0.35: hysteresis; 200 to 1500 ms of silence.",
        predict=(
            "What will happen to the sentences if 200 ms of silence end them?",
            "Pauses for breath cut them, and the next piece begins without its context.",
        ),
    ),
    Rubric(
        name="flicker",
        points=(
            Point("Text that changes after it was read", "change*; flicker; rewritten; revis*; taken back"),
            Point("Ratio of unstable words", "ratio; unstable; erasure; per word; count*"),
            Point("Report with latency and errors", "latency; delay; wer; error*"),
            Point("Ways to reduce it", "hold back; wait; bias*; agree*; mask; fewer update*; stable"),
        ),
        mistakes=(
            "Reporting stability alone: showing nothing never flickers.",
            "Redrawing lines so that unchanged words jump.",
        ),
        source="Shangguan et al., Analyzing the Quality and Stability of a Streaming End-to-End On-Device Speech "
        "Recognizer (2020); Arivazhagan et al., Re-translation versus streaming for simultaneous translation "
        "(2020): normalised erasure",
        predict=(
            "What will happen to the flicker if three hypotheses must agree?",
            ("Stable words never change in any setting; what changes is the grey tail, and words turn stable later."),
        ),
    ),
    Rubric(
        name="thousand-speakers",
        points=(
            Point("Don't decode silence", "silence; vad; voice activity"),
            Point("Batch across speakers", "batch*"),
            Point(
                "Adapt or refuse under load",
                "admission; refuse; adapt*; overload; limit*; longer step; backpressure; queue*",
            ),
            Point("A model with cached states", "cache*; streaming model; transducer; chunk*; rnn t"),
            Point("Sessions stay at a worker", "session*; sticky; state; replay; reconnect; pin*"),
            Point("Watch the tail", "percentile; 95; 99; p95; p99; tail; monitor*; longest queue"),
        ),
        mistakes=(
            "Scaling by the mean real-time factor.",
            "Keeping sound on the server because it is convenient.",
        ),
        source="Clipper: Crankshaw et al., A Low-Latency Online Prediction Serving System (2017), on batching under "
        "a latency bound; Shi et al., Emformer (2021)",
        predict=(
            ("What will happen to each speaker's latency if all steps are longer when the machine is full?"),
            "It grows a little for all, and nobody is cut off.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
