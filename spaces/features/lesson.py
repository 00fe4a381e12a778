"""The words of the page: examples, theory, interview questions and sources."""

from __future__ import annotations

from .. import Example, Question, Reference
from .rubrics import RUBRICS

CLIPS = ("speech", "vowels", "french", "tone", "chirp", "noise", "clicks")

EXAMPLES = (
    Example(
        title="Harmonics and formants",
        look="stft",
        notice="Thin stripes are harmonics and sink with the pitch. Broad bands are formants: those of ee (2.2 s) lie "
        "near 270 and 2300 Hz.",
        state={"clip": "vowels", "win": 40, "hop": 5, "t": 2.2},
        asset="vowels",
    ),
    Example(
        title="An s is noise",
        look="stft",
        notice="At 1.58 s, the s of “ill-disposed”: no stripes, most energy above 4 kHz.",
        state={"clip": "speech", "t": 1.58},
        asset="speech",
    ),
    Example(
        title="Short or long window",
        look="stft_a",
        notice="Zoom into a vowel: 5 ms show each pulse of the voice, 50 ms its harmonics.",
        state={"clip": "vowels", "hop": 2, "see": "res", "wa": 5, "wb": 50},
        asset="vowels",
    ),
    Example(
        title="Clicks become a tone",
        look="stft",
        notice="Once several clicks fall into one window, the upright lines become level ones: harmonics.",
        state={"clip": "clicks", "hop": 5},
        asset="clicks",
    ),
    Example(
        title="A sweep that folds",
        look="without_picture",
        notice="At 8 kHz without a filter a rising sine turns round at 4 kHz, comes down and rises again.",
        state={"clip": "chirp", "see": "alias", "src": "sweep", "fs": 8000},
        asset="chirp",
    ),
    Example(
        title="What MFCCs forget",
        look="start",
        notice="Press “Make it audible”: all three rebuilt sounds keep the words; the MFCCs' one loses the pitch.",
        state={"clip": "speech", "mels": 40, "mfcc": 13, "see": "mel"},
        asset="speech",
    ),
)

THEORY = """
## What is on the page

**Waveform.** The air pressure at the microphone, measured $f_s$ times a second. It shows *when* something
sounds and how loud, but hardly *what*.

**STFT.** Cut out a frame every *hop*, multiply it by a *window* $w$, take its spectrum:
$$X[k, t] = \\sum_n w[n] \\, y[n + tH] \\, e^{-2\\pi i k n / N}$$
The picture is $20 \\log_{10} |X|$, each column one frame; its phase is not drawn. Row $k$ stands for $k f_s / N$ Hz.

**Mel spectrogram.** Add up each column's energy under overlapping triangles, narrow at low and wide at high
frequencies:
$S_m = \\sum_k M_{mk} |X_k|^p$, with $p = 2$ for energy. A few hundred rows become 40 to 128.

**MFCC.** The logarithm of each column of that, then a DCT, of which the first coefficients are kept: a dozen numbers
for *every frame* that describe the broad shape of its spectrum.

Pictures are drawn in dB below their loudest point. Where several values share a pixel of the screen, the loudest shows;
zoom in and it is drawn afresh. All numbers agree with librosa's (float32); the code in *Sizes, downloads,
code* reproduces them.
"""

QUESTIONS = (
    Question(
        question="Why convert audio to spectrograms before feeding a CNN?",
        look="sizes",
        level="mid",
        answer="""
A CNN looks for small local patterns that may appear anywhere. In a waveform at 16 kHz a vowel is spread over thousands
of samples, and its samples change completely when the phases of its harmonics move, although it sounds the same. In a
spectrogram the same vowel is a compact pattern: stripes, bands, onsets, which a small kernel can see, and a shift in
time moves it without changing it.

- **Shorter**: 10 s at 16 kHz are 160000 samples, or 1001 frames of 80 mel values: half the numbers, and a sequence 160
  times shorter.
- **Invariant where it should be**: the magnitude hardly changes when the frame moves by a few samples.
- **Scaled like hearing**: mel bands and the logarithm space pitch and loudness about as listeners hear them.

What it costs: the phase, and a window fixed in advance. And the picture is not a photograph: a pattern moved *up* means
something else, and sounds overlap transparently instead of hiding one another. With enough data networks learn from
the waveform (wav2vec 2.0 does); their first layers then learn something like a filterbank.
""",
        follow_ups=(
            (
                "Why take the logarithm?",
                "Energies span many powers of ten, and listeners hear ratios, about 1 dB as the smallest step, rather "
                "than differences. The logarithm also turns a change of gain or of microphone, a factor at each "
                "frequency, into an added constant that normalisation removes.",
            ),
            (
                "When is the phase needed?",
                "To rebuild sound (synthesis, separation, enhancement) and to locate it with several microphones. "
                "Most recognisers do without.",
            ),
        ),
        state={"clip": "speech", "mels": 80, "see": "out"},
        rubric=RUBRICS["why-cnn"],
    ),
    Question(
        question="STFT against mel spectrogram: what does each keep?",
        look="axis",
        level="junior",
        answer="""
The STFT has equal steps in Hz: with 512 points at 16 kHz, 257 rows, 31.25 Hz apart, low and high alike. With its
phase it can be inverted exactly. The mel spectrogram adds up neighbouring rows under triangles that widen with
frequency: about 80 rows, fine below 1 kHz, coarse above. It cannot be inverted exactly: the phase and the detail
inside each filter are gone.

Use the **STFT** to analyse, filter, separate and resynthesise; use **mel** as the input of a recogniser or classifier,
and as what a text-to-speech model predicts for a vocoder. The link shows a chirp, whose straight line in Hz is bent on
the mel axis.
""",
        follow_ups=(
            (
                "Some mel rows are black, whatever the sound. Why?",
                "Low down the triangles are narrower than the FFT's step, so some of them fall between two FFT "
                "frequencies and add up nothing. Use fewer filters or a larger FFT.",
            ),
            (
                "When can an STFT be inverted exactly?",
                "When the frames overlap so that every sample is seen by a window that is not zero there: the windows' "
                "squares must add up to more than zero everywhere. A constant sum is convenient but not needed.",
            ),
        ),
        state={"clip": "chirp", "see": "mel", "hz": 4000},
        rubric=RUBRICS["stft-or-mel"],
    ),
    Question(
        question="MFCC or mel: when do you use which?",
        look="cepstrum",
        level="mid",
        answer="""
An MFCC vector is the DCT of one frame's log-mel energies, cut after the first dozen or so coefficients. It is *one
vector a frame*, not one a clip.

- **MFCC** when the model is small or assumes uncorrelated inputs (a mixture of normal distributions
  that treats each number on its own, nearest neighbours), or
  memory is short. The DCT roughly decorrelates neighbouring bands, and the cut drops the harmonics, hence the pitch,
  and keeps the envelope, hence the vowel.
- **Log-mel** for neural networks: a CNN or transformer copes with correlated inputs and uses the locality in
  frequency that the DCT destroys (every coefficient sums over all bands). Whisper takes 80 log-mel bands (large-v3:
  128).

If all coefficients are kept the DCT loses nothing: it is an orthonormal rotation of the log-mel vector.
""",
        follow_ups=(
            (
                "What is c0?",
                "The sum of the log energies over the square root of their number: a measure of level. It is often "
                "dropped or replaced by the frame's energy.",
            ),
            (
                "Why subtract the mean of each coefficient?",
                "A fixed microphone or room multiplies the spectrum, which adds a constant to the log spectrum and "
                "so to each coefficient; the mean over the clip removes it. Try the check box among the MFCC settings.",
            ),
        ),
        state={"clip": "speech", "see": "steps", "mfcc": 13, "t": 4.52},
        rubric=RUBRICS["mfcc-or-mel"],
    ),
    Question(
        question="How do you choose the window and the hop?",
        look="stft_a",
        level="mid",
        answer="""
**Window length** by what must be told apart. It must hold two or three periods of the lowest pitch to show harmonics
(for 100 Hz, 25 ms or more), and be short enough that the sound hardly changes inside. For speech 20 to 30 ms; for
music, whose notes are steadier and closer in frequency, 50 to 100 ms; for clicks and stops 5 ms.

**Hop** by how fast things change and by the overlap: 10 ms (100 frames a second) for speech. At a hop of half the
window (a third, a quarter ...) Hann windows add up to a constant, so that every sample counts the same; a quarter is
usual where sound is to be rebuilt.

**Window type**: Hann unless there is a reason. A rectangular window has the narrowest main lobe, but its first side
lobe is only 13 dB down and hides weak neighbours; Hann's is 31 dB down, Blackman's 58 dB.

**FFT size** only has to hold the window. A larger one interpolates the spectrum without resolving more.
""",
        follow_ups=(
            (
                "You doubled n_fft and the harmonics still merge. Why?",
                "The window's length sets the resolution. If only n_fft grows the frame is padded with zeros: more "
                "points on the same curve.",
            ),
            (
                "Why a hop of a quarter where sound is rebuilt?",
                "Changed frames are multiplied by the Hann window again before they are added up, so what should add "
                "up to a constant is Hann squared: at a hop of a third or a quarter it does, at half it does not.",
            ),
        ),
        state={"clip": "vowels", "see": "res", "wa": 5, "wb": 50},
        rubric=RUBRICS["window-and-hop"],
    ),
    Question(
        question="What is aliasing, and how do you prevent it when resampling?",
        look="without_picture",
        level="junior",
        answer="""
After sampling at $f_s$ a tone at $f$ has the same samples as one at $|f - f_s \\operatorname{round}(f/f_s)|$. What
lies above $f_s/2$ therefore appears at a wrong, lower frequency, and nothing can undo it afterwards. Keeping every
second sample of a 16 kHz recording moves 5 kHz to 3 kHz.

Prevention: low-pass **before** reducing the rate, with a stop band that begins at the new $f_s/2$. Libraries do both
(`librosa.resample`, `soxr`, `scipy.signal.resample_poly`); `y[::2]` does not. In hardware an analogue filter stands
before the converter, or the converter oversamples and decimates digitally.
""",
        follow_ups=(
            (
                "Is a tone at exactly half the rate safe?",
                "No: its amplitude then depends on its phase. Sampled at its zero crossings it vanishes. The "
                "sampling theorem asks for frequencies strictly below $f_s/2$.",
            ),
            (
                "A network decimates with strided convolution. Does it alias?",
                "It may: a strided layer is a filter followed by dropping samples, and nothing makes the learnt "
                "filter a low-pass.",
            ),
        ),
        state={"see": "alias", "src": "tone", "fs": 8000},
        rubric=RUBRICS["aliasing"],
    ),
    Question(
        question="What does pre-emphasis do?",
        look="spectrum",
        level="junior",
        answer="""
It is the filter $y'[n] = y[n] - a\\,y[n-1]$, most often with $a = 0.97$: a gentle high-pass. At 0 Hz its gain is
$1 - a = 0.03$ (−30 dB), at half the sample rate $1 + a = 1.97$ (+6 dB). The pulses of the voice fall off by about 12 dB
an octave and the radiation from the lips adds 6, so voiced speech falls off by very roughly 6 dB an octave;
pre-emphasis levels it, so that the high formants count as much as the low ones, in linear prediction and where numbers
have few bits.

With log-mel energies it changes little: a fixed filter only adds a constant to each band's logarithm, which
normalisation removes. It helps where the features are *not* normalised, and it damps DC offset and rumble.
""",
        follow_ups=(
            (
                "Where is its gain 1?",
                "Where $\\cos\\omega = a/2$: for $a = 0.97$ at 16 kHz, near 2.7 kHz. Below it damps, above it lifts.",
            ),
            (
                "Can it be undone?",
                "Yes: the recursive filter $y[n] = y'[n] + a\\,y[n-1]$ is its inverse, and stable for $a < 1$.",
            ),
        ),
        state={"clip": "speech", "pre": 0.97, "t": 4.52},
        rubric=RUBRICS["pre-emphasis"],
    ),
)

REFERENCES = (
    Reference(
        title="Oppenheim & Schafer, Discrete-Time Signal Processing, 3rd edition, 2010",
        where="sections 4.2 and 4.6 (sampling, aliasing, changing the rate), 4.8 (quantisation), 10.3 (time-dependent "
        "Fourier transform)",
    ),
    Reference(
        title="Davis & Mermelstein, Comparison of parametric representations for monosyllabic word recognition, IEEE "
        "Trans. ASSP 28(4), 1980",
        where="the definition of the mel-frequency cepstrum coefficients",
        url="https://doi.org/10.1109/TASSP.1980.1163420",
    ),
    Reference(
        title="Stevens, Volkmann & Newman, A scale for the measurement of the psychological magnitude pitch, JASA "
        "8(3), 1937",
        where="the mel scale, pp. 185-190",
        url="https://doi.org/10.1121/1.1915893",
    ),
    Reference(
        title="Griffin & Lim, Signal estimation from modified short-time Fourier transform, IEEE Trans. ASSP 32(2), "
        "1984",
        where="equation 6 and the iteration from magnitudes",
        url="https://doi.org/10.1109/TASSP.1984.1164317",
    ),
    Reference(
        title="Perraudin, Balazs & Søndergaard, A fast Griffin-Lim algorithm, WASPAA 2013",
        where="the accelerated iteration, with their momentum of 0.99",
        url="https://doi.org/10.1109/WASPAA.2013.6701851",
    ),
    Reference(
        title="Gabor, Theory of communication, Journal of the IEE 93(III), 1946",
        where="part 1, the uncertainty relation: his Δt Δf ≥ 1/2 reads σt σf ≥ 1/4π in standard deviations",
    ),
    Reference(
        title="Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, Proc. IEEE "
        "66(1), 1978",
        where="table I: side lobes and main lobes",
        url="https://doi.org/10.1109/PROC.1978.10837",
    ),
    Reference(
        title="Slaney, Auditory Toolbox, version 2, Interval Research Technical Report 1998-010",
        where="function mfcc: the filterbank and the scale called Slaney's",
    ),
    Reference(
        title="McFee et al., librosa: audio and music signal analysis in Python, SciPy 2015; version 0.11",
        where="librosa.stft, filters.mel, feature.melspectrogram, feature.mfcc, griffinlim",
        url="https://librosa.org/doc/0.11.0/",
    ),
)
