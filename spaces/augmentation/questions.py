"""The interview questions of the room."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="What is data augmentation, and when is a change allowed?",
        level="junior",
        look="mosaic",
        answer="""It
makes more training examples out of those there are, by changes that leave the label right. A change is allowed when
a listener who hears the result would still give the same label: louder, further away, in a café, a bit faster. It is
forbidden when the answer changes with it. So the *task* decides, not the sound: pitch may move for an English word,
and must not for a tone language, for intonation, or for who is speaking.

Each epoch should draw anew, or the network learns the few variations by heart.""",
        follow_ups=(
            (
                "Do you augment the validation set?",
                "No. It must stay what you will meet in use. If use is noisy, record or build a *fixed* noisy test set "
                "beside the clean one, with noises and rooms that training has not heard.",
            ),
            (
                "Why keep some examples unchanged?",
                "Clean speech occurs in use, too. With a probability below one for each change, clean examples stay in "
                "the mixture, and the network isn't worse on them afterwards.",
            ),
        ),
        state={"view": "chain"},
        rubric=RUBRICS["what-augmentation"],
    ),
    Question(
        question="SpecAugment or augmentation of the waveform: which, and why?",
        level="senior",
        look="mel_after",
        answer="""They
teach different things. **SpecAugment** hides pieces, so the network can't lean on any one band or moment; it is a
regulariser, costs next to nothing on a GPU, and needs no noise or rooms. It was introduced for large end-to-end
models that overfit, and there it helps most. But a hole is not a café: it leaves all other cells as they were, and
noise or a room changes every cell.

**Waveform** changes imitate what will be met: noise, rooms, codecs, other talkers (speed). They cost processor time,
usually in the data loader, and they need the right noises. Where training and use differ in their *acoustics*, these
are what helps. Most recipes use both: speed, noise and rooms on the waveform, then SpecAugment on the features.""",
        follow_ups=(
            (
                "Why is the mask filled with the mean?",
                "After normalisation the mean is zero, so a masked cell says nothing. A constant far from the "
                "data, such as the logarithm of a tiny number, would be a loud signal: *here is a mask*.",
            ),
            (
                "What does time warping add?",
                "Little: the paper itself found it the least useful of the three and the most expensive. Most recipes "
                "leave it out, and speed perturbation covers it.",
            ),
            (
                "Can masks hurt?",
                "Yes. For a short word a mask of 0.4 s can hide it all. Limit the share of the frames that one mask "
                "may cover, and shrink both kinds for small models, which underfit before they overfit.",
            ),
        ),
        state={"change": "spec"},
        rubric=RUBRICS["specaugment-or-wave"],
    ),
    Question(
        question="How do you simulate a room, and is a simulated one good enough?",
        level="mid",
        look="mel_after",
        answer=r"""Convolve
with an impulse response. Measured ones are the most realistic, but there are few of them. The **image-source method**
makes any number: mirror images of the talker behind each wall send clicks that are later and weaker, $\beta^m / r$
after $r / c$. Draw the size of the room, both places, and the reverberation time.

Ko et al. (2017) found simulated rooms close to measured ones for training once point-source noises were added. What a
shoebox lacks: furniture, people, walls that absorb treble more than bass, a talker who faces one way.

Two traps. Cut the response at the **direct sound**: a delay moves every frame-level label. And put the noise in
**after** the room, unless the noise sounds in the same room; then it needs a response of its own.""",
        follow_ups=(
            (
                "How do you measure T60 from a response?",
                "Integrate its energy backwards (Schroeder 1965), fit a line from −5 to −25 dB, and extend it to "
                "−60 dB. Directly reading −60 dB rarely works: noise hides the end.",
            ),
            (
                "Should the level be set right afterwards?",
                "Yes, or the network learns that reverberant speech is loud. Here the result gets the level of "
                "the dry sound.",
            ),
        ),
        state={"change": "room", "room": "simulated", "decay_s": 0.8},
        rubric=RUBRICS["simulate-room"],
    ),
    Question(
        question="Speed, tempo and pitch: which changes what, and which do you use for speech recognition?",
        level="mid",
        look="mel_after",
        answer="""**Speed**
resamples: the duration shrinks by the factor, and pitch *and* formants rise by it. **Tempo** (WSOLA, phase vocoder)
changes the duration alone. **Pitch** keeps the duration and moves pitch, and, done the usual way, the formants too.

For recognition the usual choice is speed with 0.9, 1.0 and 1.1: it makes other talkers (another vocal tract, another
pace) at once, it leaves no artefacts, and Ko et al. (2015) found it better than tempo alone. It also changes the number
of frames, so features must be computed afterwards, and labels in seconds must be divided by the factor.""",
        follow_ups=(
            (
                "Why not pitch for emotion recognition?",
                "Because pitch *is* part of the label. Raising it by four semitones can make a calm sentence sound "
                "excited, while the label still says calm.",
            ),
            (
                "What artefacts does tempo leave?",
                "Bursts of p, t and k may double or vanish where windows overlap, and a strong change sounds hollow. "
                "A network can learn those artefacts instead of the pace.",
            ),
        ),
        state={"change": "speed", "speed": 1.1},
        rubric=RUBRICS["speed-tempo-pitch"],
    ),
    Question(
        question="How much augmentation is too much?",
        level="senior",
        look="drawn_list",
        answer="""When
you can no longer give the label by ear. Play fifty draws: if you would get more than one or two wrong, so will the
network, and it learns to answer from the statistics of the labels.

The signs in numbers: training accuracy stays far below validation accuracy, clean accuracy falls while that in noise
no longer rises, or a *larger* model or longer training repairs it, because stronger augmentation needs both. Set the
strength by validation in the conditions of use. Raise one change at a time: effects don't add up.

With little data, light changes of many kinds are worth more than one strong kind. With a great deal of varied data it
matters less: Whisper was first trained on 680,000 hours without any, and only large-v2 added SpecAugment.""",
        follow_ups=(
            (
                "Five changes with probability 0.5 each: how many examples stay clean?",
                "(1 − 0.5)^5 = 3 %. Few people mean that when they write 0.5. Lower each, or draw first whether "
                "anything changes at all.",
            ),
            (
                "Can it replace data?",
                "It replaces the variety that you know how to compute: rooms, noises, pace. It has no other accents, "
                "words or ways to speak. For those you need people.",
            ),
        ),
        state={"view": "chain", "prob": 0.9, "strength": 1},
        rubric=RUBRICS["too-much"],
    ),
    Question(
        question="When does augmentation hurt, or do nothing at all?",
        level="senior",
        look="change_db",
        answer="""**Nothing
at all:** polarity in front of a magnitude spectrogram, since |FFT(−y)| = |FFT(y)|; gain in front of features that
subtract their mean. They only cost time. (For a network on the raw waveform both matter.)

**It hurts** when it breaks the label (pitch for a pitch task, a gap that swallows the word, time reversal of
*anything* spoken); when it is too strong; when it never happens in use and the network is small, so that capacity
goes to waste; when it leaks, as with noise of the *test's* kind used in training; and when it marks a class: if only
the keyword clips get noise, noise means keyword.""",
        follow_ups=(
            (
                "You add noise to keywords only, and false alarms rise. Why?",
                "Noise has become evidence for a keyword. Every class needs the same augmentation, silence and "
                "*unknown* included.",
            ),
            (
                "Is mixup label-preserving?",
                "Not by itself: the sound holds two answers. It is right because the label is blended too. With a "
                "label of only the louder one it is noise augmentation with a voice.",
            ),
        ),
        state={"change": "invert"},
        rubric=RUBRICS["augmentation-hurts"],
    ),
    Question(
        question="What is test-time augmentation, and would you use it for speech?",
        level="principal",
        look="curves",
        answer="""Run
the model on several changed copies of one input and average the answers (their log-probabilities). It gains a little
where errors differ between the copies, at as many times the cost, and it shows how *stable* an answer is: a keyword
whose probability falls from 0.95 to 0.3 when the clip moves by 10 ms shouldn't open a door.

For classification it is simple: small shifts, speeds of 0.97 to 1.03, mild gain. For transcripts averaging isn't
defined, since lengths differ; one aligns the transcripts and takes the word that most of them have (ROVER), or lets
a second model choose among them. In production one would rather train with the augmentation once, or train a small
network on the averaged answers (distillation), than pay for it at every request.""",
        follow_ups=(
            (
                "Would you add noise at test time?",
                "Hardly: it only removes information. Changes that remove nothing are the useful ones: shift, gain, "
                "a slight speed.",
            ),
            (
                "How else would you use such a curve?",
                "As a test before release: error against strength for each condition of use, with a bound. It shows a "
                "regression in noise that one clean number hides.",
            ),
        ),
        state={"part": "breaks", "ladder": "speed"},
        rubric=RUBRICS["test-time"],
    ),
    Question(
        question="Your model is trained on 16 kHz studio speech and fails on telephone calls. What do you do?",
        level="mid",
        look="mel_after",
        answer="""Find
out which part of the telephone it is: band (300 to 3400 Hz), 8,000 samples a second, eight bits mu-law, packet loss,
echo, other people's pace. Change one at a time on clean test data and look where it breaks. Often it is the band,
since everything above 4 kHz is gone, and much of *s* and *f* with it; but measure it: the three recognisers of part 2
lose nothing at 4 kHz.

Then train with that chain at random: band-pass, down to 8 kHz and up again, mu-law or the codec in question, gaps.
Keep wide-band examples if you serve both. And measure on *real* calls: a simulated telephone lacks their echo, noise
and handsets.""",
        follow_ups=(
            (
                "Why not simply upsample the calls to 16 kHz?",
                "Upsampling brings the rate, not the frequencies: above 4 kHz stays empty, and that emptiness is what "
                "the network has never seen.",
            ),
            (
                "Why eight bits and not sixteen?",
                "With mu-law the steps grow with the sample, so the rounding noise stays about 38 dB below the speech "
                "over a wide range of levels: enough for a call, with half of the bits.",
            ),
        ),
        state={"change": "telephone"},
        rubric=RUBRICS["telephone"],
    ),
    Question(
        question="You trained with noise and the accuracy rose by two points. Did the augmentation help?",
        level="senior",
        look="cell",
        answer="""Not
shown yet. **Another random start** alone moves a small network by a point or two, so train several times with and
without, and compare the means. **The test clips are a sample**, and clips of one person are alike: draw people, not
clips, when you estimate the interval (a bootstrap by speaker), and take the difference *within* each draw, for both
networks find the same clips hard. **In which condition** did it rise? A mean over clean and noisy clips hides that one
rose and the other fell.

Then the leaks: were the noises and rooms of the test also in training? Was the strength chosen on the test set? Did
the augmented training get more steps, or the same?""",
        follow_ups=(
            (
                "How many trainings are enough?",
                "Until the interval of the difference is narrower than the effect you care about. With three you see "
                "effects of several points; for half a point you need ten or more, and more test speakers.",
            ),
            (
                "Everything together is mostly not the best in any one condition. Why use it?",
                "Because nobody knows the condition of the next call. It gives up a little in each to be good in most, "
                "and a larger network gives up less.",
            ),
        ),
        state={"part": "worth", "trained": "noise", "tested": "clean"},
        rubric=RUBRICS["did-it-help"],
    ),
)
