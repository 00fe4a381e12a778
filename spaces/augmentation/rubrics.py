"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="what-augmentation",
        points=(
            Point("More examples by changes", "more example*; more training; chang*; variation*; artificial*; modif*"),
            Point("The label must stay right", "label; same answer; preserv*; meaning"),
            Point("A listener decides", "listener; human; hear; ear; would still"),
            Point("The task decides", "task; depend*; tone language; emotion; speaker"),
            Point("Drawn anew each epoch", "each epoch; random*; anew; on the fly; every time"),
        ),
        mistakes=(
            "Augmenting the test set.",
            "Making all files once and training on those few forever.",
        ),
        source="Shorten and Khoshgoftaar, A survey on image data augmentation for deep learning (2019) for the "
        "idea; Ko et al., Audio Augmentation for Speech Recognition (2015)",
        predict=(
            "What will happen to the label if pitch moves by four semitones in a tone language?",
            "It may become another word: the change is not allowed there.",
        ),
    ),
    Rubric(
        name="specaugment-or-wave",
        points=(
            Point("SpecAugment masks", "mask*; hide*; hole*; block*"),
            Point("A regulariser, cheap", "regulari*; overfit*; cheap; gpu; no noise"),
            Point("Waveform changes imitate use", "imitat*; realis*; noise; room*; codec*; reverb*; real*"),
            Point("Choose by the mismatch", "mismatch; acoustic*; differ*; domain; condition*"),
            Point("Most recipes use both", "both; combin*; together"),
        ),
        mistakes=("“SpecAugment makes a model robust to noise”: a hole is not a café.",),
        source="Park et al., SpecAugment (2019), section 2; Ko et al. (2017)",
        predict=(
            "What will happen to the cells of a spectrogram outside a mask, and in café noise?",
            "A mask leaves them as they were; noise changes every one.",
        ),
    ),
    Rubric(
        name="simulate-room",
        points=(
            Point("Convolve with an impulse response", "convol*; impulse response; rir"),
            Point("Image sources", "image*; mirror*; reflection*"),
            Point("Nearly as good as measured ones", "measured; close; good enough; comparable; real rooms"),
            Point("What a shoebox lacks", "furniture; people; frequency depend*; absorb*; direct*; shoebox"),
            Point("Cut at the direct sound", "direct sound; delay; align*; label*"),
            Point("Noise after the room", "noise after; noise own; separately; order"),
        ),
        mistakes=("Forgetting the level: reverberation makes the sound louder.",),
        source="Allen and Berkley, Image Method for Efficiently Simulating Small-Room Acoustics (1979), equations 8 "
        "to 10; Ko et al. (2017)",
        must="An image after m reflections at distance r: β^m / r, r / c later.",
        predict=(
            ("What will happen to labels in time if the direct sound is not at the response's beginning?"),
            "All of them are late by that delay.",
        ),
    ),
    Rubric(
        name="speed-tempo-pitch",
        points=(
            Point("Speed resamples", "resampl*; speed; pitch formant*; both"),
            Point("Tempo keeps pitch", "tempo; duration alone; time stretch*; keep* pitch; wsola"),
            Point("Pitch keeps duration", "pitch; keep* duration; same length"),
            Point("Speed for recognition", "0 9; 1 1; other talker*; other speaker*; speed better; kaldi"),
            Point("Times of labels change", "label*; frame*; times; divide*"),
        ),
        mistakes=("Forgetting that speed moves the formants, too.",),
        source="Ko et al., Audio Augmentation for Speech Recognition (2015), section 2; Verhelst and Roelands, "
        "WSOLA (1993)",
        must="Speed 0.9, 1.0, 1.1: duration divided by the factor, pitch and formants multiplied by it.",
        predict=(
            "What will happen to pitch and formants at speed 1.4?",
            "Both rise by 1.4, and the duration falls to 71 %.",
        ),
    ),
    Rubric(
        name="too-much",
        points=(
            Point("Labels no longer clear by ear", "ear; listen*; human; recognis*; label; understand"),
            Point("Signs in the curves", "training accuracy; clean; validation; below; underfit*; drops"),
            Point("Needs a larger model or longer training", "larger model; longer; capacity; train longer"),
            Point("Set by validation in use", "validation; condition*; tune; one time; one change"),
        ),
        mistakes=("Adding every change that the library has.",),
        source="Radford et al. (2022), appendix on hyperparameters: large-v2 added SpecAugment; Park et al. (2019)",
        must="Five changes at 0.5 each leave (1 − 0.5)⁵ = 3 % clean.",
        predict=(
            "What will happen to the share of clean examples with five changes at 0.5 each?",
            "Only 3 % stay clean.",
        ),
    ),
    Rubric(
        name="augmentation-hurts",
        points=(
            Point("No effect on these features", "nothing; polarity; magnitude; no effect; gain; invarian*"),
            Point("Breaks the label", "label; pitch task; swallow*; reversal; changes answer"),
            Point("Too strong, or never met", "too strong; never happen*; unrealistic; capacity"),
            Point("Leaks of the test", "leak*; test noise; same noise"),
            Point("Marks a class", "one class; only keyword*; marks class; correlat*; evidence"),
        ),
        mistakes=("Noise on one class only: noise then means that class.",),
        source="Ko et al. (2015); Park et al. (2019); Zhang et al., mixup (2018), equation 1",
        must="|FFT(−y)| = |FFT(y)|.",
        predict=("What will happen to a magnitude spectrogram if the wave is turned upside down?", "Nothing at all."),
    ),
    Rubric(
        name="test-time",
        points=(
            Point("Average over changed copies", "average; several copies; copies; changed cop*; mean"),
            Point("Cost for each request", "cost*; times; slow*; compute; latency"),
            Point("Shows stability", "stab*; uncertain*; confidence; sensitive"),
            Point("Transcripts cannot be averaged", "vote*; rover; align*; transcript*; length*"),
            Point("Better in training", "train*; distil*; once"),
        ),
        mistakes=("Adding noise at test time: it only takes information away.",),
        source="Fiscus, A post-processing system to yield reduced word error rates: ROVER (1997)",
        predict=(
            "What will happen to the answer if the clip moves by 10 ms?",
            "It may change: how much is a measure of stability.",
        ),
    ),
    Rubric(
        name="telephone",
        points=(
            Point("Find which part breaks it", "which part; one time; one change; isolate; diagnos*; ablat*"),
            Point("The band", "band*; 3400; 4 khz; 8 khz; narrow*; high frequenc*; sample rate"),
            Point("Codec and loss", "codec; mu law; packet*; loss; quantis*; compress*; g711"),
            Point("Simulate the chain in training", "simulat*; augment*; train*; band pass; random"),
            Point("Measure on real calls", "real call*; real; collect; test real"),
        ),
        mistakes=("Only upsampling the calls: the upper half stays empty.",),
        source="ITU-T Recommendation G.711 (1988); Ko et al. (2017)",
        must="300 to 3400 Hz, 8,000 samples a second, 8 bits mu-law.",
        predict=("What will happen to an s on the telephone?", "Most of it is gone: its energy lies above 4 kHz."),
    ),
    Rubric(
        name="did-it-help",
        points=(
            Point("Random starts", "seed*; random start*; several training*; several runs; again; initial*"),
            Point("Interval by speaker", "bootstrap; speaker*; interval; confidence; significan*"),
            Point("Paired on the same clips", "paired; same clips; difference"),
            Point("In which condition", "condition*; clean; noisy; average hides; each"),
            Point("Leaks and fairness", "leak*; test noise; tuned; same steps; steps"),
        ),
        mistakes=("Comparing one run with one run.",),
        source="Bisani and Ney (2004); Bouthillier et al., Accounting for Variance in Machine Learning Benchmarks "
        "(2021)",
        predict=(
            "What will happen to the two points with another random start?",
            "They may vanish: a small network moves by that much by itself.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
