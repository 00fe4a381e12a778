"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="changer-20ms",
        points=(
            Point(
                "Say what the 20 ms cover",
                "what covers; mouth ear; mouth to ear; hardware; capture; define; measured from; bluetooth",
            ),
            Point("Small blocks", "block*; 128; packet*; small buffer*; frame size; quantum"),
            Point(
                "Algorithmic delay of the effect", "algorithmic; psola; time domain; pitch period; look ahead; window"
            ),
            Point("Computing is little", "comput*; compiled; allocation; no allocation; real time thread; cpu"),
            Point(
                "Run it locally, in an AudioWorklet", "audioworklet; worklet; local*; browser; on device; no network"
            ),
            Point(
                "Transport without retransmission", "udp; unordered; data channel; retransmi*; datagram; webrtc; pcm"
            ),
            Point("Never wait", "jitter; ring buffer; late packet*; conceal*; missing packet; never wait; drop*"),
            Point("Measure the tail and dropouts", "99; percentile; dropout*; measure*; loopback; underrun*"),
        ),
        mistakes=(
            "“A faster computer brings the latency down”: most of it is waiting.",
            "Sending Opus frames of 20 ms and calling it low latency.",
            "Quoting a latency without its dropouts.",
        ),
        source="Moulines and Charpentier (1990) for PSOLA; W3C, Web Audio API (render quantum of 128 frames); RFC "
        "8831; Sadov et al., LLVC (2023)",
        must="128 samples at 48 kHz = 2.7 ms; PSOLA 7 ms; ring buffer about 8 ms; together 18.6 ms.",
        predict=(
            "What will happen to the sum if packets of 1024 samples are sent instead of 128?",
            "21 ms are gone by waiting for one packet: over budget before anything is computed.",
        ),
    ),
    Rubric(
        name="waiting",
        points=(
            Point("Blocks must fill", "block*; fill*; buffer size; 128; n over"),
            Point("Algorithmic delay", "algorithmic; window; look ahead; lookahead; future; fft"),
            Point("Buffers against unevenness", "jitter; buffer*; slowest; uneven*; ring"),
            Point("Computing is small", "comput* small; microsecond*; comput*; 1 percent"),
        ),
        mistakes=("Confusing real-time factor and latency.",),
        source="W3C, Web Audio API; Zölzer (ed.), DAFX (2011); RFC 6716 (Opus)",
        must="n / fs: 128 samples at 48 kHz are 2.67 ms.",
        predict=(
            "What will happen to the latency if the computer becomes ten times as fast?",
            "It falls by less than 1 %.",
        ),
    ),
    Rubric(
        name="pitch-formants",
        points=(
            Point("Pitch: the vocal folds", "vocal fold*; vocal cord*; fundamental; harmonic*; glott*; f0"),
            Point("Formants: the resonances", "resonan*; vocal tract; throat; mouth; envelope; peak*"),
            Point("Faster playback moves both", "both; faster; speed*; same factor; together; resampl*"),
            Point("A child's tract is less than twice as short", "20; 30; percent; not half; less; shorter; child*"),
            Point("Move them apart", "psola; separate*; lpc; envelope; on own; independent*"),
        ),
        mistakes=("“Formants are overtones.”",),
        source="Fant, Acoustic Theory of Speech Production (1960); Moulines and Charpentier (1990), section 3",
        predict=(
            "What will happen to the vowel if only the formants move up by a quarter?",
            "The pitch stays, and the mouth sounds smaller.",
        ),
    ),
    Rubric(
        name="transport",
        points=(
            Point("Audio track: jitter buffer and codec", "audio track; opus; jitter; rtp; echo cancel*; codec"),
            Point("Data channel: unordered, unreliable", "data channel; unordered; no retrans*; sctp; udp"),
            Point("WebSocket: TCP waits", "tcp; head line; in order; wait*; retransmi*; websocket"),
            Point("What a loss sounds like", "loss; lost; conceal*; gap; pause; dropout*"),
            Point("Fallback", "fallback; turn; no udp; firewall; fall back"),
        ),
        mistakes=("“WebSocket is slow”: without loss it is as fast.",),
        source="RFC 8831: WebRTC Data Channels, section 6; RFC 6716: Opus",
        predict=(
            "What will happen to sound on a WebSocket when one packet is lost on a mobile network?",
            "All later packets wait behind it: a pause, and then a lasting delay.",
        ),
    ),
    Rubric(
        name="one-visitor",
        points=(
            Point("A process of its own", "own process; separate process; isolat*; gil; lock"),
            Point("Admission", "admission; limit*; number connection*; max*; refuse; reject*"),
            Point("Rate and size", "rate; flood; size*; packets second"),
            Point("Time limits", "time; timeout; idle; silent; expire*; ends"),
            Point("Bounded work", "bound*; allocat*; tenth; cost; budget; compil*"),
            Point("Tear-down is tested", "teardown; tear down; clean up; leak*; disconnect*; hundred"),
        ),
        mistakes=("Trusting the client to behave.",),
        source="Nygard, Release It! (2nd edition, 2018): bulkheads and limits; this room's `link`",
        predict=(
            "What will happen to the others if a model runs in the audio's own Python process?",
            "Their packets wait for the lock, up to seconds.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
