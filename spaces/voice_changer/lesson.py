"""The words of the page: examples, theory and sources; the interview questions stand in `questions`."""

from __future__ import annotations

from .. import Example, Reference

THEORY = r"""
## Why 20 ms, and where they go

If you hear your own voice a few ms late, it sounds coloured; later still it becomes an echo, and at 0.1 to 0.3 s many
people begin to stammer (Lee 1950). A voice changer through which you hear yourself therefore has a budget, and every
part of the way takes some ms of it:

$$L = \frac{n - 128}{48} + (2w + q + c) + a + r + h \quad \text{ms}$$

with packets of $n$ samples, $w$ one way, $q$ waiting and $c$ computing in the server, $a$ the delay that the method
itself needs, $r$ the wait in the ring buffer, a short queue that makes up for late packets, and $h$ for threads and
blocks. The bars above draw exactly these. What the page measures goes from the first *worklet* (the page's code on the
browser's audio thread) to the last; **sound card, loudspeaker, air and microphone come on top** (tens of ms, hundreds
with Bluetooth): the browser estimates a part of them, and only the loopback test measures them all.

**A faster computer does not shrink $a$.** A phase vocoder may give out a sample only when the whole FFT window around
it has been heard: 1024 samples are $1024 / 48 = 21.3$ ms, the budget gone. In the time domain 7 to 10 ms are
enough: PSOLA waits for half of the longest pitch period (7 ms here), the delay line for 10 ms. A delay line read at
another speed, $y(t) = x(t - d(t))$, shifts the pitch by

$$\frac{f_\text{out}}{f_\text{in}} = 1 - \frac{\mathrm{d}d}{\mathrm{d}t}$$

so a fifth up ($\times 1.5$) eats half a second of delay each second: the read head must jump back before it meets the
write head, and a second head, cross-faded, covers the jump. **PSOLA** makes the jumps harmless: it cuts the sound at
pitch marks and lays the periods closer together or further apart. The shape within a period, and with it the formants
of the mouth, stays. The delay line moves the formants along. That is why the delay line makes a chipmunk, and PSOLA
the same mouth speaking higher.

**The jitter buffer** holds packets in a ring until their turn comes: the sample captured at frame $f$ is played at
frame $f + D$ of the same clock, so $D$ is the delay from the first worklet to the last; the effect's own delay and the
hardware's come on top. A packet that travels longer than
$D$ is missing when its turn comes, and a fading copy of what came before stands in for it. With $D$ at the median
travel time half the packets would be lost; with $D$ above the longest none would, and everything would be late. The
page measures, for each further block of 2.7 ms, how many dropouts it would save; beyond 20 ms in all it adds a block
only where that saves many more. The strip above shows $D$ and the travel times. A phone call may take far
longer (up to 150 ms one way, says ITU-T G.114), because there a word may come late but must not be lost.
"""

EXAMPLES = (
    Example(
        title="One click, another voice",
        notice="Press a voice: it plays at once. Orange before, green after: what moved, pitch or formants?",
        state={},
        asset="speech",
    ),
    Example(
        title="Only the mouth",
        notice="Helium: the harmonics (narrow peaks) stay, the formants (broad hills) move up, as in a smaller mouth.",
        state={"preset": "helium", "clip": "vowels"},
        asset="vowels",
    ),
    Example(
        title="The same by way of a server",
        notice="Now 375 packets a second go to Python and back. Play, then press Original and Changed.",
        state={"transport": "data"},
        asset="speech",
    ),
    Example(
        title="Three ways, one clock",
        look="#vc-late",
        notice="Press “Measure all three ways”: half a minute later you see how far past 20 ms the textbook's way is.",
        state={"see": "latency", "transport": "data"},
    ),
    Example(
        title="1024 samples are too many",
        look="#vc-whatif",
        notice="A phase vocoder on a perfect network: 21.3 ms before anything was sent.",
        state={"see": "whatif", "w_fft": 1024},
    ),
    Example(
        title="4G and Bluetooth",
        look="#vc-whatif",
        notice="The same effect on a phone: which part is the largest, and which could you change?",
        state={"see": "whatif", "w_net": "lte", "w_ears": "sbc", "w_km": 300},
    ),
)

REFERENCES = (
    Reference(
        title="Moulines and Charpentier, Pitch-synchronous waveform processing techniques for text-to-speech "
        "synthesis using diphones (1990)",
        where="section 3: TD-PSOLA",
        url="https://doi.org/10.1016/0167-6393(90)90021-Z",
    ),
    Reference(
        title="Laroche and Dolson, Improved phase vocoder time-scale modification of audio (1999)",
        where="section II: the phase vocoder, its windows and hops",
        url="https://doi.org/10.1109/89.759041",
    ),
    Reference(
        title="de Cheveigné and Kawahara, YIN, a fundamental frequency estimator for speech and music (2002)",
        where="equations 6 and 8: how the pitch curve on this page is found",
        url="https://doi.org/10.1121/1.1458024",
    ),
    Reference(
        title="Zölzer (ed.), DAFX: Digital Audio Effects (2nd edition, 2011)",
        where="chapters 2 (delay), 3 (modulators) and 6 (pitch shifting by delay-line modulation, PSOLA)",
    ),
    Reference(
        title="W3C, Web Audio API",
        where="render quantum of 128 frames; AudioContext.baseLatency and outputLatency; AudioWorklet",
        url="https://www.w3.org/TR/webaudio-1.1/",
    ),
    Reference(
        title="Jesup, Loreto and Tüxen, RFC 8831: WebRTC Data Channels (2021)",
        where="section 6: unordered and partially reliable channels over SCTP",
        url="https://www.rfc-editor.org/rfc/rfc8831",
    ),
    Reference(
        title="Valin, Vos and Terriberry, RFC 6716: Definition of the Opus Audio Codec (2012)",
        where="section 2: frames of 2.5 to 60 ms, usual 20 ms, and the look-ahead",
        url="https://www.rfc-editor.org/rfc/rfc6716",
    ),
    Reference(
        title="Sadov, Hutter and Near, Low-latency Real-time Voice Conversion on CPU (LLVC, 2023)",
        where="sections 3 and 4: causal network, 13 ms chunks with 2 ms of lookahead",
        url="https://arxiv.org/abs/2311.00873",
    ),
    Reference(
        title="Lee, Some Effects of Side-Tone Delay (1950)",
        where="Journal of the Acoustical Society of America 22, page 639: to hear oneself late disturbs speaking",
        url="https://doi.org/10.1121/1.1906665",
    ),
)
