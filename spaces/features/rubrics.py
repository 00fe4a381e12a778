"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="why-cnn",
        points=(
            Point(
                "Frequencies become visible",
                "frequenc* over time; time frequency; frequenc* axis; harmonic*; formant*; which frequenc*",
            ),
            Point(
                "Local patterns for a convolution",
                "local pattern*; local*; neighbour*; neighbor*; edge*; convolution pattern*; kernel pattern*; "
                "translation invarian*; shift invarian*; shared filter*",
            ),
            Point(
                "Less data", "compress*; dimension*; small*; fewer numbers; fewer values; reduc*; less data; compact"
            ),
            Point("Scaled like hearing", "mel; log*; percep*; hear*; loudness; ear"),
            Point("What is lost", "phase; lost; loses; resolution; trade*; fixed window"),
        ),
        mistakes=(
            (
                "A spectrogram is not a photograph: moved up it is another sound, and sounds add up instead of "
                "hiding each other."
            ),
            (
                "“CNNs can't take the waveform”: they can (wav2vec 2.0 begins with convolutions on it); they need "
                "more data."
            ),
        ),
        source="Hershey et al., CNN Architectures for Large-Scale Audio Classification (2017): log-mel patches into "
        "image networks; Palaz, Doss and Collobert (2015) for CNNs on the raw wave",
        must="One second at 16 kHz: 16,000 samples, against about 100 frames of 80 bands.",
        predict=(
            "What will happen to the mel picture if the same vowel is said at another moment?",
            ("It moves sideways and keeps its shape, which is what a convolution's shared filters can use."),
        ),
    ),
    Rubric(
        name="stft-or-mel",
        points=(
            Point(
                "STFT has equal steps in Hz", "linear; equal step*; evenly spaced; same step*; same distance; uniform*"
            ),
            Point(
                "Mel spacing follows hearing",
                "mel percep*; fine low coarse high; hear*; ear; logarithmic frequenc*; widen*; wider; coarse*; "
                "nonlinear; non linear",
            ),
            Point(
                "Mel adds neighbouring rows up",
                "triang*; filterbank; filter bank; add* up; sum* rows; average* bins; mel filter*; bands",
            ),
            Point(
                "Mel cannot be inverted exactly",
                "invert*; inverse; reconstruct*; lost phase; phase gone; lossy; phase discard*",
            ),
            Point("When to use which", "recogni*; classif*; resynth*; separat*; vocoder; text speech; input network"),
        ),
        mistakes=(
            (
                "“Mel is the log of the STFT”: the mel scale warps frequency; taking the logarithm of the energies "
                "is another step."
            ),
            "Forgetting that a magnitude STFT, too, has lost its phase.",
        ),
        source="Stevens, Volkmann and Newman (1937) for the scale; Davis and Mermelstein (1980) for triangular "
        "filters; Griffin and Lim (1984) for inverting the STFT",
        must="At 16 kHz with 512 points: 257 rows, 31.25 Hz apart; mel: about 80 rows.",
        predict=(
            "What will happen to the straight line of a chirp if the axis changes from Hz to mel?",
            "It bends: low frequencies get more room, high ones less.",
        ),
    ),
    Rubric(
        name="mfcc-or-mel",
        points=(
            Point("DCT of log-mel energies", "dct; discrete cosine; cosine transform; cepstr*"),
            Point(
                "One short vector a frame",
                "frame; each frame; per frame; thirteen coefficient*; 13 coefficient*; dozen",
            ),
            Point("Decorrelated", "decorrelat*; uncorrelat*; diagonal; correlat*"),
            Point("Envelope kept, pitch dropped", "envelope; pitch; harmonic*; smooth*; vocal tract"),
            Point(
                "MFCC for small or classical models",
                "gmm; gaussian*; hmm; small model; micro*; memory; knn; classical; little data",
            ),
            Point("Log-mel for neural networks", "neural; cnn; transformer; deep; whisper; local*; network*"),
        ),
        mistakes=(
            "“One vector a clip”: MFCCs are computed for every frame.",
            (
                "“The DCT compresses by itself”: with all coefficients kept it is an invertible rotation; the cut is "
                "what loses."
            ),
        ),
        source="Davis and Mermelstein, Comparison of parametric representations for monosyllabic word recognition "
        "(1980)",
        must="MFCC = DCT of one frame's log-mel energies, some 13 kept: one vector a frame.",
        predict=(
            "What will happen to the rebuilt spectrum if only 13 coefficients are kept?",
            "The envelope stays and the ripple of the harmonics goes, and with it the pitch.",
        ),
    ),
    Rubric(
        name="window-and-hop",
        points=(
            Point(
                "Trade-off of time and frequency",
                "told apart; trade*; time resolution; frequency resolution; uncertain*; long window; short window; "
                "heisenberg; gabor; compromise",
            ),
            Point("Two or three pitch periods", "period*; pitch; lowest pitch; harmonic*"),
            Point("20 to 30 ms for speech", "20 ms; 25 ms; 30 ms; stationar*"),
            Point("Hop of about 10 ms", "10 ms; hop overlap; overlap*; 100 frames"),
            Point("Window type and side lobes", "hann; hamming; side lobe*; sidelobe*; leak*; blackman; rectangular"),
            Point("A longer FFT only interpolates", "zero pad*; interpolat*; padding"),
        ),
        mistakes=(
            ("Taking a larger n_fft for a finer resolution: zero padding only draws more points of the same curve."),
            "Choosing the hop without a look at how the windows overlap when sound is to be rebuilt.",
        ),
        source="Harris, On the use of windows for harmonic analysis (1978), table I; Gabor, Theory of communication "
        "(1946)",
        must="Speech: 20 to 30 ms windows every 10 ms; time and frequency spread obey σt σf ≥ 1/4π.",
        predict=(
            "What will happen to the harmonics if the window shrinks from 50 to 5 ms?",
            "They melt together, and single pulses of the voice appear instead.",
        ),
    ),
    Rubric(
        name="aliasing",
        points=(
            Point("Above half the rate folds down", "fold*; half sample rate; half rate; nyquist; above half; mirror*"),
            Point(
                "Appears at a wrong, lower frequency",
                "wrong frequenc*; lower frequenc*; another frequenc*; indistinguish*; alias; same samples",
            ),
            Point(
                "Cannot be undone afterwards",
                "undo; undone; afterward*; irrevers*; no repair; too late; cannot remove; recover",
            ),
            Point("Low-pass before reducing the rate", "low pass; lowpass; anti alias*; filter before; filter first"),
        ),
        mistakes=(
            "Taking every second sample (y[::2]) without a filter.",
            "Filtering after the reduction: by then the folded tone is inside the band.",
        ),
        source="Oppenheim and Schafer, Discrete-Time Signal Processing (3rd edition, 2010), sections 4.2 and 4.6",
        must="A tone at f appears at |f − fs·round(f/fs)|: 5 kHz sampled at 8 kHz is heard at 3 kHz.",
        predict=(
            "What will happen to a rising sweep above half the sample rate?",
            "It comes down again: it is folded at half the rate.",
        ),
    ),
    Rubric(
        name="pre-emphasis",
        points=(
            Point("A first-order high-pass", "high pass; highpass; difference filter; previous sample; first order"),
            Point(
                "Levels the fall of voiced speech",
                "tilt; slope; fall* off; falls octave; balance*; level*; glottal; spectral fall",
            ),
            Point("Helps high formants count", "high formant*; high frequenc*; formant*; boost*; lift*; amplif*"),
            Point(
                "Matters little with log-mel",
                "normali*; log mel; constant; little effect; no longer need*; neural network*",
            ),
        ),
        mistakes=(
            "“It removes noise”: it lifts the high band, noise included.",
            ("“It is always needed”: with log-mel and normalisation it is only an added constant in each band."),
        ),
        source="Rabiner and Schafer, Theory and Applications of Digital Speech Processing (2011); Oppenheim and "
        "Schafer (2010) for the filter",
        must="y'[n] = y[n] − 0.97 y[n−1]: gain 0.03 (−30 dB) at 0 Hz, 1.97 (+6 dB) at half the rate.",
        predict=(
            "What will happen to the spectrum of a vowel if a goes from 0 to 0.97?",
            "It tilts: low frequencies sink, high formants rise.",
        ),
    ),
    Rubric(
        name="what-is-mel",
        points=(
            Point("Short overlapping windows, Fourier transform", "window*; stft; fourier; fft; short time; frame*"),
            Point(
                "Triangular filters add up energy", "triang*; filterbank; filter bank; mel filter*; bands; add* up; sum"
            ),
            Point("Mel spacing", "mel scale; percep*; hear*; ear; fine low; wider high; logarithmic frequenc*"),
            Point("Logarithm of the energies", "log; logarithm*; loudness; decibel*; db; compress* range"),
            Point(
                "Why it is the standard input",
                "compact; small*; dimension*; robust; local*; neighbour*; neighbor*; fewer; standard; cheap",
            ),
            Point("What is lost", "phase; lost; loses; invert*; discard*; throw*; detail"),
        ),
        mistakes=(
            ("“The mel axis is the logarithm”: warping frequency and taking the log of the energies are two steps."),
            "Forgetting to name the settings: window, hop, number of bands, top frequency.",
        ),
        source="Davis and Mermelstein (1980) for triangular mel filters; Stevens, Volkmann and Newman (1937) for "
        "the scale",
        must="mel(f) = 2595 · log₁₀(1 + f / 700), one common formula; 80 bands, 25 ms windows, 100 frames a second.",
        predict=(
            "What will happen to two tones 100 Hz apart, at 300 Hz and at 6000 Hz?",
            "Low down they fall into different bands, high up into one.",
        ),
    ),
    Rubric(
        name="nyquist",
        points=(
            Point(
                "Band-limited signal",
                "band limit*; bandwidth; highest frequenc*; no frequenc* above; limited band; maximum frequenc*",
            ),
            Point(
                "Strictly more than twice",
                "strict*; more twice; greater twice; above twice; exceed* twice; larger twice; over twice; twice "
                "bandwidth; twice highest",
            ),
            Point("Exact reconstruction", "reconstruct*; recover*; exact*; sinc; perfect*; determin*"),
            Point("Else aliasing", "alias*; fold*; wrong frequenc*"),
            Point(
                "Anti-alias filter before the sampler", "anti alias*; low pass; lowpass; before sampl*; filter before"
            ),
            Point("A real filter needs room", "transition; guard; margin; oversampl*; not ideal; steep; room"),
        ),
        mistakes=(
            "“At least twice”: exactly twice is not enough.",
            "Filtering after sampling: what has folded cannot be told from what belongs there.",
        ),
        source="Shannon, Communication in the presence of noise (1949); Oppenheim and Schafer (2010), sections 4.2 "
        "and 4.3",
        must="fs > 2B, strictly; x(t) = Σ x[n] sinc(fs·t − n).",
        predict=(
            ("What will happen to a tone at exactly half the sample rate if it is sampled at its zero crossings?"),
            "It vanishes: all samples are 0. Hence “strictly more”.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
