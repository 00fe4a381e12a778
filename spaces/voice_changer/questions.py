"""The voice changer's interview questions, the large one first."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

HOW = Question(
    question="How would you build a real-time voice changer with less than 20 ms latency?",
    level="principal",
    answer=r"""First fix **what the 20 ms cover**. From mouth to ear is mostly hardware: converters, drivers and the air
are some 5 to 70 ms that this code cannot remove, classic Bluetooth (SBC) is 150 to 250. I promise 20 ms from the
capture callback to the playout callback, measure that part, and measure the rest by loopback. Then spend the budget:

| part | spent | how it is kept there |
|---|---|---|
| packet of 128 samples | 0 beyond the audio block (2.7 ms) | no codec frame to fill |
| effect, algorithmic | 8 ms | time domain: PSOLA 7 ms, half of the longest pitch period; limiter 1 ms |
| computing | 0.1 ms | compiled, no allocation, under 10 % of real time |
| network, both ways | 0.5 ms here, 2 x one way elsewhere | UDP, no retransmission; or no network at all |
| ring buffer | about 8 ms | a block more only where it saves dropouts |
| thread hand-overs, block | 2 ms | audio thread, network in a worker, server in its own process |
| **together** | **18.6 ms** | |

**Best is not to send anything.** The effect runs in an AudioWorklet: the delay is the effect's own, and the server may
be gone. That is this page's default. A server is worth its milliseconds when the effect needs it (a large network), and
then **raw PCM in small unordered packets**: 16 bit x 48 kHz = 768 kbit/s each way, with headers
about 1.1 Mbit/s: as much as a video call, which a wired line carries easily.

**Never wait for a packet.** Sample $f$ is played at $f + D$ on one clock, present or not; a missing packet is replaced
by a fading copy of the past. Waiting, as TCP does, turns one loss into a pause and the pause into a lasting delay.

**Choose the method by its latency first.** Sound quality can be improved within a delay; a delay cannot be computed
away. And **measure in the sound**, per packet, with median, 95 %, 99 % and dropouts a minute: a latency says little
without the dropouts, since whoever accepts more of them can have a lower one.""",
    follow_ups=(
        (
            "Why not Opus?",
            "Its default frame is 20 ms and its look-ahead 6.5 ms, so 26.5 ms each way are gone before the network. "
            "The codec itself can do 2.5 ms frames with 2.5 ms of look-ahead (its restricted low-delay mode, RFC "
            "6716), but a browser's audio track takes frames of 10 ms and longer only. Opus saves bits, some 24 "
            "instead of 768 kbit/s, and on a wired line bits are not what is scarce; on a mobile network they may be.",
        ),
        (
            "What does the stock WebRTC audio track cost, and why?",
            "Some 160 ms here: Opus frames of 20 ms each way, four packets that aiortc's jitter buffer holds back "
            "(80 ms), and the browser's own adaptive buffer. It is made for calls, where 150 ms are fine and gaps are "
            "not. Measure it above: “Packets held back” shows its share.",
        ),
        (
            "Jitter buffer against latency: how is D chosen?",
            "From the distribution of the packets' travel times. D is the delay between recording and playing a "
            "sample; the usual rule makes it a quantile. With D at the 99.97 % quantile and 375 packets a second, one "
            "packet is late every 9 seconds: 1 / (375 x 0.0003) = 8.9 s. But late packets come in clumps: what is "
            "heard are gaps, so the page counts those. And D needs a bound: with an uncapped 99.9 % rule it grew "
            "without end in an earlier version of this page. This one asks of each further block of 2.7 ms how many "
            "gaps it saves, and a higher price beyond 20 ms for the whole way. D goes up at once and down slowly, "
            "because each change can be heard.",
        ),
        (
            "Why causal networks with a small lookahead?",
            "A network that looks at a second of future needs a second of delay, whatever the GPU. Causal convolutions "
            "and attention over the past need none. A few ms of lookahead buy back much of the quality, since a "
            "sound's beginning tells what it will be: LLVC takes 13 ms chunks and 2 ms of lookahead, 15 ms in all.",
        ),
        (
            "PSOLA or phase vocoder?",
            "PSOLA works on pitch periods: 5 to 10 ms, keeps formants, needs a pitch and clean marks, fails on music "
            "and chords. The phase vocoder takes anything and smears attacks, and needs a whole FFT window. "
            "512 samples at 48 kHz are 10.7 ms and would fit, but its bins lie 94 Hz apart: too coarse to separate the "
            "harmonics of a 100 Hz voice. 1024 samples are 21.3 ms, too late. So PSOLA for live voice; for a recording "
            "I would take the vocoder.",
        ),
        (
            "What do Python's GIL and garbage collector do to real time?",
            "One busy Python thread holds the lock for 5 ms at a time, so a model in the same process pushed packets "
            "to seconds; in a process of its own 99 % of the packets arrived within 5.3 ms. Kernels compiled by numba "
            "without Python objects leave nothing to collect. The audio thread itself runs no Python at all.",
        ),
        (
            "What changes on a phone?",
            "Bluetooth and 4G each cost more than the whole budget, the audio callback is often larger (10 ms and "
            "more), the processor slows down when warm, and a tab in the background may be stopped. So: effect on the "
            "device, wired or the phone's own loudspeaker, no server in the loop.",
        ),
    ),
    state={"see": "latency", "transport": "data"},
    look="#vc-late",
    rubric=RUBRICS["changer-20ms"],
)

QUESTIONS = (
    HOW,
    Question(
        question="Where does latency come from that no faster computer removes?",
        level="mid",
        answer=r"""From **having to wait for sound that has not happened yet**. Three kinds:

1. *Blocks*: the first sample of a block waits for its last, $n / f_s$. 128 samples at 48 kHz are 2.67 ms.
2. *Algorithmic delay*: a method that needs a stretch of future, a window, a lookahead, a pitch period. An FFT window of
   $N$ samples costs $N / f_s$: an output sample is ready when the last window that covers it is full.
3. *Buffers against unevenness*: the ring's $D$ is there for the slowest packet, not for the average.

Computing time comes on top, but is small: here some 50 to 150 µs for a block of 2667 µs. A computer ten times as fast
would change the total by less than 1 %. That is why the page declares the delay of each effect in samples: it is a
property of the method, and a test finds it with a click or a correlation.""",
        follow_ups=(
            (
                "The real-time factor is 0.05. Is the latency small?",
                "That says only that sound does not pile up. A system that collects 10 s and computes 0.5 s has the "
                "same factor.",
            ),
            (
                "How do you measure an algorithmic delay?",
                "For a linear effect by its impulse response. A pitch shifter has none: there the envelope of a burst "
                "in and out is correlated, since effects change the pitch of a burst but not when it is loud. The "
                "lab's probe works that way, and so it measures every transport alike.",
            ),
        ),
        state={"see": "whatif", "w_fft": 2048},
        look="#vc-whatif",
        rubric=RUBRICS["waiting"],
    ),
    Question(
        question="What are pitch and formants, and why does a chipmunk not sound like a child?",
        level="junior",
        answer=r"""The vocal folds open and close 80 to 400 times a second: that is the **pitch**, the distance between
the harmonics, the narrow peaks in the spectrum. Throat and mouth are a resonator: its **formants** are the broad hills
over the harmonics, and they say which vowel it is and how long the vocal tract is. Playing a recording faster
multiplies *both* by the same factor: raise the pitch to a child's, twice a man's, and the mouth shrinks to half as
well. Real children are different: the vocal tract of a child at school is some 20 to 30 % shorter than a man's, while
the pitch is about twice as high. Hence the chipmunk. So move the two on their own: PSOLA moves the pitch and keeps the
formants, an envelope (LPC, cepstrum) moves the formants and keeps the pitch.""",
        follow_ups=(
            (
                "Where do you see that on this page?",
                "Choose a voice and look at the spectrum: the distance between the green peaks is the new pitch, the "
                "place of the green hills the new mouth.",
            ),
            (
                "Why does a low voice show more harmonics?",
                "Harmonics lie one pitch apart, so below 4 kHz a voice of 100 Hz has 40 of them and one of 400 Hz has "
                "10. Few harmonics sample the formants coarsely, so vowels of high voices are harder to tell apart.",
            ),
        ),
        state={"see": "voice", "clip": "vowels"},
        rubric=RUBRICS["pitch-formants"],
    ),
    Question(
        question="Data channel, WebSocket or audio track: what differs for sound?",
        level="senior",
        answer=r"""| | under it | order, loss | what is heard of a lost packet |
|---|---|---|---|
| **audio track** | RTP over UDP | jitter buffer, concealment | 20 ms filled in by the decoder; 100 ms late or more |
| **data channel**, unordered, no retransmits | SCTP over DTLS over UDP | as it comes, or not | a stand-in of 2.7 ms |
| **WebSocket** | TCP | in order, always | a pause: all later packets wait behind it |

(SCTP cuts the data into messages, DTLS encrypts them, UDP carries them without asking for lost ones again.)

On a cable or on one machine the WebSocket is as fast as the data channel, since nothing is lost. On a mobile
network, TCP repairs a loss after at least one round trip, some tens of milliseconds, and everything queued behind it is
late. The audio track brings congestion
control, echo cancellation and interoperation with everything; it also brings its own idea of latency, of which a page
can change little.

The fallback is visible here: where no peer connection can be made (UDP is blocked, and there is no TURN server to pass
packets on where two computers have no direct way to each other) the same packets go over a
WebSocket, and the page says so.""",
        follow_ups=(
            (
                "What about WebTransport?",
                "Datagrams over QUIC: the data channel's properties without ICE (finding a way between two computers) "
                "and SDP (the text in which they agree on it), to a server only. The better fit, once Python servers "
                "speak it well and browsers without it are few (Safari has it since 26.4).",
            ),
            (
                "Why 128 samples and not 480?",
                "480 save header bytes and wake-ups, and cost 7.3 ms and larger gaps when one is lost. In an "
                "earlier version of this page larger packets also had more dropouts: the ring was tight for them.",
            ),
        ),
        state={"see": "latency", "transport": "data", "packet": 480},
        look="#vc-late",
        rubric=RUBRICS["transport"],
    ),
    Question(
        question="How do you stop one visitor of the server from ruining the sound of the others?",
        level="senior",
        answer=r"""Everything a visitor can make the server do has a price and a limit.

- **Process**: audio has a process of its own, so that page handlers and models do not share its event loop or lock.
- **Admission**: a number of connections, counted before anything is computed; the next one is told so in a sentence.
- **Rate**: more packets a second than real time allows are a flood: closed. Odd sizes and non-PCM too.
- **Time**: a connection that never leaves ends after a set time; one that went silent, sooner.
- **Work**: effects cost at most a tenth of real time and allocate nothing, so N connections cost N tenths.
- **Compilation** happens before the answer, in another thread: 2 s of compiling in the loop would be heard by all.

And teardown is tested by repetition: a hundred connects and disconnects leave no task behind.""",
        follow_ups=(
            (
                "How would you scale it to a thousand?",
                "Processes on cores, connections pinned, admission per process by measured load; near the users, "
                "because distance is latency. Or give each visitor the effect as code: that is the browser's way here, "
                "and it scales by itself.",
            ),
            (
                "What do you tell a visitor who is not let in?",
                "A sentence at once, and the sound goes on in the browser, whose effects need no server.",
            ),
        ),
        state={"see": "latency", "transport": "data"},
        look="#vc-late",
        rubric=RUBRICS["one-visitor"],
    ),
)
