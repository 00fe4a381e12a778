"""The questions that everybody is asked first; the others are beside the theory, in `lesson`."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

BASICS = (
    Question(
        question="What is a mel spectrogram, and why is it the standard input?",
        look="start",
        level="junior",
        answer=r"""
It shows how much energy a sound has, over time and in bands that are spaced as ears hear. It is made in four steps:

1. Cut the wave into overlapping windows, for speech about 25 ms every 10 ms, each smoothed by a Hann window.
2. Take the Fourier transform of each and square its magnitude.
3. Add up the energies under some 80 **triangular filters**, narrow and close together at low frequencies, wide at high
   ones. Their centres are evenly spaced on the mel scale, one common formula of which is
   $$m = 2595 \log_{10}(1 + f / 700).$$
4. Take the **logarithm**, because loudness goes with ratios and energies span many powers of ten.

Why it is the standard:

- **Small and regular**: 100 frames of 80 numbers a second, in which a steady vowel stands still, while its samples
  swing hundreds of times a second.
- **It keeps what tells words apart**, the energy in the formants and its movement, and drops what hardly does: phase,
  and fine detail at high frequencies.
- **It suits networks**: neighbours in time and in frequency belong together, so a convolution finds local patterns.
- **It is fixed**: nothing to learn, the same for every data set, cheap to compute.

What it costs: no way back to the exact sound, a window chosen in advance, and pitch that is hard to read in wide bands.
With very much data networks do as well from the wave itself (wav2vec 2.0 reads it).
""",
        follow_ups=(
            (
                "Is the mel scale the logarithm of frequency?",
                "Nearly, above 1 kHz; below, it is close to linear. And it is not the only logarithm here: the "
                "energies get one as well, in another step and for another reason.",
            ),
            (
                "How many bands would you take?",
                "80 is usual for recognition and synthesis, 40 where memory is short; Whisper large-v3 takes 128. With "
                "many bands and a short FFT the lowest triangles lie between two FFT frequencies and stay empty.",
            ),
        ),
        state={"clip": "speech", "see": "mel"},
        rubric=RUBRICS["what-is-mel"],
    ),
    Question(
        question="What is the Nyquist-Shannon theorem, and what does an anti-alias filter do?",
        look="without_picture",
        level="junior",
        answer=r"""
A signal without any content at or above $B$ Hz is determined **completely** by its samples, if they are taken at a rate
**strictly greater than** $2B$. It is rebuilt by putting a sinc on every sample and adding them up:

$$x(t) = \sum_n x[n] \, \operatorname{sinc}(f_s t - n), \qquad f_s > 2B.$$

*Strictly*: a tone at exactly $f_s / 2$ may be sampled at all its zero crossings, and then nothing is left of it.

If the condition is broken, content above $f_s/2$ is **folded** to below it: 5 kHz sampled at 8 kHz has the same samples
as 3 kHz. Afterwards nobody can tell the two apart. So an **anti-alias filter**, a low-pass, takes away everything above
$f_s/2$ **before** the sound is sampled or its rate reduced. No real filter is infinitely steep, so one leaves room: CDs
take 44.1 kHz for 20 kHz of hearing, and the filter falls between 20 and 22.05 kHz. Converters sample far faster, with a
gentle analogue filter, and filter again digitally before they keep every n-th sample.

The theorem speaks of sampling in time only. Rounding to 16 bits is another loss, heard as noise.
""",
        follow_ups=(
            (
                "Is it the highest frequency or the bandwidth that counts?",
                "For sound, whose band begins near 0 Hz, they are the same. A signal that lies between two high "
                "frequencies, as in radio, can be sampled at little more than twice its bandwidth, if the rate is "
                "chosen so that the folded copies don't overlap.",
            ),
            (
                "What does speech lose at 16 kHz and at 8 kHz?",
                "At 16 kHz what lies above 8 kHz: some of the sharpness of s and f, no words. At 8 kHz everything "
                "above 4 kHz, where most of the energy of s and f is, so they are easily taken for each other.",
            ),
        ),
        state={"see": "alias", "src": "sweep", "fs": 8000},
        rubric=RUBRICS["nyquist"],
    ),
)
