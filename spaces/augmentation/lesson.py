"""The texts of the room: examples, theory, sources."""

from __future__ import annotations

from .. import Example, Reference

EXAMPLES = (
    Example(
        title="Café noise at 5 dB",
        look="change_db",
        notice="Red is what noise added: it fills pauses and treble, where the voice was soft. Loud vowels hold out.",
        state={"change": "noise", "noise": "cafe", "snr_db": 5},
        asset="sentence",
    ),
    Example(
        title="A warehouse",
        look="mel_after",
        notice="Every sound drags a tail of over two seconds behind it: pauses are gone, words run together.",
        state={"change": "room", "room": "warehouse"},
        asset="sentence",
    ),
    Example(
        title="A room made of mirrors",
        look="after",
        notice="Nobody measured this room: it is a sum of mirror images. Change the draw: another room, the same T60.",
        state={"change": "room", "room": "simulated", "decay_s": 0.6},
        asset="sentence",
    ),
    Example(
        title="Speed",
        look="mel_after",
        notice="Shorter, and everything stands higher: harmonics and formants. Then choose Tempo, then Pitch.",
        state={"change": "speed", "speed": 1.4},
        asset="sentence",
    ),
    Example(
        title="A change that changes nothing",
        look="change_db",
        notice="The wave is upside down and the difference is empty: a magnitude spectrogram does not show polarity.",
        state={"change": "invert"},
        asset="sentence",
    ),
    Example(
        title="Clipping cannot be filtered out",
        look="change_db",
        notice="Cut-off waves put new energy everywhere, even where the voice had none. The level is about the same.",
        state={"change": "clip", "clip_db": 30},
        asset="speech",
    ),
    Example(
        title="Holes: SpecAugment",
        look="mel_after",
        notice="The stripes hold the spectrogram's mean. Listen: you still understand it, because speech is redundant.",
        state={"change": "spec"},
        asset="speech",
    ),
    Example(
        title="Twenty draws of a chain",
        look="mosaic",
        notice="One sentence as a training might see it, twenty times. Click a few: is the text still right for each?",
        state={"view": "chain"},
        asset="sentence",
    ),
    Example(
        title="A chain that goes too far",
        look="drawn_list",
        notice="All changes are probable and strong. Where you can't make out the words, the label is wrong.",
        state={"view": "chain", "prob": 0.9, "strength": 1, "picks": "speed,pitch,room,noise,clip,drop_time,low_pass"},
        asset="sentence",
    ),
    Example(
        title="Which recogniser breaks first in noise?",
        look="curves",
        notice="The same noise, three recognisers. Click a point to hear that step and to read what each one wrote.",
        state={"part": "breaks", "ladder": "white"},
    ),
    Example(
        title="What is noise worth in training?",
        look="matrix",
        notice="In noise, the network that was trained with noise is right more often, and no less on clean words.",
        state={"part": "worth", "trained": "noise", "tested": "noise"},
    ),
    Example(
        title="Holes are no café",
        look="cell",
        notice="Trained with SpecAugment it is at home with holes, and no better in noise. Hear a word that it misses.",
        state={"part": "worth", "trained": "spec", "tested": "noise"},
    ),
)

THEORY = r"""
## What the pictures show

**A recording is one of many that could have been made.** The same person might say the same word nearer, in another
room, on another telephone: the label would stay, the samples would not. Augmentation makes such recordings from the
one there is. It teaches what the data alone does not: *this difference does not matter*.

**Noise.** With the mean powers $P_y$ and $P_n$ of speech and noise,

$$\text{SNR} = 10 \log_{10} \frac{P_y}{P_n}\ \text{dB}, \qquad x = y + g\,n, \quad g = \sqrt{P_y / P_n}\;
10^{-\text{SNR}/20}$$

The power of the speech is usually taken over the whole clip. Half of a clip may be pauses, so two clips at the same
ratio can sound unequally noisy.

**Rooms.** A room is linear and, while nothing in it moves, does not change with time. So for one place of talker and
microphone its answer $h$ to a click, the impulse response, says everything: $x[t] = \sum_k h[k]\, y[t - k]$. Measured
responses are few; the image-source method computes as many as you like: a rectangular room's walls are mirrors, and
each image of the talker, at distance $r$ and mirrored in walls $m$ times, adds a click of height $\beta^m / r$ after $r
/ c$ seconds.

**Speed, tempo, pitch.** Speed resamples: $x(t) = y(\alpha t)$ is shorter by $\alpha$, and all of its frequencies are
higher by $\alpha$. Tempo changes the duration and keeps the frequencies. Pitch keeps the duration and moves the
frequencies; the usual way, also here, moves the formants along, so the talker seems to grow or shrink.

**SpecAugment** needs no sound: rows and columns of the log-mel spectrogram, drawn anew each time, are set to its mean.
**Mixup** blends two examples, $\lambda x_1 + (1 - \lambda) x_2$, and their labels likewise.

**The rule behind all of it:** a change is fair while a listener would still give the same label. *Up* played at 0.6
times the speed is still *up*; a sentence at −10 dB in a crowd is not a sentence any more, and training on it teaches
the network to guess."""

REFERENCES = (
    Reference(
        title="Ko, Peddinti, Povey, Khudanpur, Audio Augmentation for Speech Recognition, 2015",
        where="section 2: speed and tempo perturbation, and that speed is worth more",
        url="https://www.isca-archive.org/interspeech_2015/ko15_interspeech.html",
    ),
    Reference(
        title="Ko, Peddinti, Povey, Seltzer, Khudanpur, A Study on Data Augmentation of Reverberant Speech, 2017",
        where="simulated rooms come close to measured ones once point-source noises are added",
        url="https://doi.org/10.1109/ICASSP.2017.7953152",
    ),
    Reference(
        title="Park et al., SpecAugment: A Simple Data Augmentation Method for Automatic Speech Recognition, 2019",
        where="section 2: time warp, frequency and time masks",
        url="https://arxiv.org/abs/1904.08779",
    ),
    Reference(
        title="Allen and Berkley, Image Method for Efficiently Simulating Small-Room Acoustics, 1979",
        where="equations 8 to 10: images and their delays",
        url="https://doi.org/10.1121/1.382599",
    ),
    Reference(
        title="Zhang, Cisse, Dauphin, Lopez-Paz, mixup: Beyond Empirical Risk Minimization, 2018",
        where="equation 1",
        url="https://arxiv.org/abs/1710.09412",
    ),
    Reference(
        title="Verhelst and Roelands, An Overlap-Add Technique Based on Waveform Similarity (WSOLA), 1993",
        where="the way in which tempo changes here",
        url="https://doi.org/10.1109/ICASSP.1993.319366",
    ),
    Reference(
        title="ITU-T Recommendation G.711, Pulse Code Modulation of Voice Frequencies, 1988",
        where="mu-law; the page uses its smooth curve",
        url="https://www.itu.int/rec/T-REC-G.711",
    ),
    Reference(
        title="Schroeder, New Method of Measuring Reverberation Time, 1965",
        where="the decay curve, integrated backwards",
        url="https://doi.org/10.1121/1.1909343",
    ),
    Reference(
        title="audiomentations and torch-audiomentations, by Iver Jordal and contributors",
        where="libraries with these changes and more, for NumPy on a CPU and for batches on a GPU",
        url="https://github.com/iver56/audiomentations",
    ),
)
