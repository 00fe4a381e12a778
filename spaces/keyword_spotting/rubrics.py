"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="depthwise",
        points=(
            Point(
                "Filters each channel alone",
                "each channel; per channel; separately; depthwise; channel alone; one channel",
            ),
            Point("Then mixes channels pointwise", "pointwise; 1 x 1; one by one; mix*; 1x1; combine* channel*"),
            Point("The ratio", "ratio; one over; 1 k; eight times; ninth; nine times; fewer multipl*; fraction"),
            Point("Fewer weights, too", "weight*; parameter*; memory"),
            Point("What is lost", "express*; factor*; product; less general; restrict*; capacity; low rank; limited"),
        ),
        mistakes=(
            "“Eight times fewer multiplications are eight times faster.”",
            "Forgetting that most of the work is left in the pointwise part.",
        ),
        source="Howard et al., MobileNets (2017), section 3.1, equations 2 to 5",
        must="Cost ratio 1/c_out + 1/k²: with 64 channels and 3 × 3 about 12.7 %.",
        predict=(
            "What will happen to the cost if 3 × 3 grows to 5 × 5?",
            ("The depthwise part grows, yet the pair stays far cheaper: the ratio falls to 1/64 + 1/25."),
        ),
    ),
    Rubric(
        name="kws-mfcc",
        points=(
            Point("Small input", "small*; fewer; quarter; memory; compact; ram; compress*"),
            Point("Envelope kept, pitch dropped", "envelope; pitch; dct; harmonic*"),
            Point("Enough for ten words", "ten word*; few word*; small vocabulary; enough; simple task"),
            Point("Large networks learn their own", "learn*; large; own projection; enough data; big"),
            Point("Locality in frequency", "local*; neighbour*; neighbor*; shift*; moved; convolution*"),
        ),
        mistakes=(
            "“MFCCs are better features”: they are smaller ones.",
            "Normalising by a clip's own mean: a stream has no clip.",
        ),
        source="Zhang et al., Hello Edge (2017), section 5; Davis and Mermelstein (1980)",
        must="10 coefficients instead of 40 bands: a quarter of the input.",
        predict=(
            "What will happen to the answer if sound is rebuilt from ten coefficients only?",
            "It stays the same on 97 % of this room's clips.",
        ),
    ),
    Rubric(
        name="ptq-or-qat",
        points=(
            Point("PTQ: ranges from a few hundred clips", "calibrat*; range*; after training; no training; hundred*"),
            Point("QAT: rounding in the forward pass", "forward; simulat*; fake quant*; rounding; during training"),
            Point("Straight-through gradient", "straight through; gradient; pass through"),
            Point("When QAT pays", "few bits; four bits; 4 bit; per tensor; outlier*; small model; accuracy drop"),
            Point("Scale per channel", "per channel; each channel; channel scale"),
            Point("Fold the batch normalisation", "fold*; batch norm*; fuse"),
        ),
        mistakes=(
            "Beginning with QAT before looking at the error layer by layer.",
            "Calibrating on silence or on one speaker.",
        ),
        source="Jacob et al. (2018), sections 2 and 3; Krishnamoorthi, Quantizing deep convolutional networks for "
        "efficient inference (2018), section 3",
        must="w ≈ s·(q − z); 600 clips set the ranges here; 91.3 % against 90.9 %.",
        predict=(
            "What will happen to the accuracy with four bits and one scale for a whole layer?",
            "It breaks down: small channels are left with two or three values.",
        ),
    ),
    Rubric(
        name="wake-threshold",
        points=(
            Point("A budget of false alarms", "budget; false alarm*; false accept*; per hour; ten hours"),
            Point(
                "Hours of speech without the word",
                "hours; without; negative*; television; tv; running speech; background",
            ),
            Point("The whole chain", "smooth*; dead time; whole chain; end to end; refractory"),
            Point("Lowest threshold within the budget", "lowest; within; choose; operating point; det; roc; trade*"),
            Point("Misses on new speakers", "miss*; false reject*; speaker*; far; room*"),
        ),
        mistakes=(
            "Taking 0.5, or the best accuracy on clips.",
            "Ten quiet minutes without an alarm prove next to nothing.",
        ),
        source="Martin et al., The DET curve in assessment of detection task performance (1997); Picovoice, wake "
        "word benchmark",
        must="No alarm in T hours: below 3/T at 95 % confidence.",
        predict=(
            "What will happen to misses and false alarms if the threshold rises from 0.7 to 0.9?",
            "Misses rise and false alarms fall: one point further along the curve.",
        ),
    ),
    Rubric(
        name="stream-kws",
        points=(
            Point("Windows overlap", "overlap*; share*; same frame*; redundan*"),
            Point("Each frame's features once", "once; feature*; mfcc; front end"),
            Point("Ring buffers in the layers", "ring; buffer*; state*; cache*; keep last"),
            Point("Only the new column", "new column; new frame; only new; one column; increment*"),
            Point("Padding must be causal", "padding; causal; valid; edge*"),
            Point("Running mean at the end", "running; mean; average; pool*; sum"),
        ),
        mistakes=(
            "Forgetting strides: columns can be reused only when the window moves by whole strides.",
            "Saving the arithmetic where the front end costs more.",
        ),
        source="Rybakov et al., Streaming keyword spotting on mobile devices (2020), section 2",
        must="47 of 49 frames are shared; 106,000 instead of 2.66 million multiply-accumulates an answer.",
        predict=(
            "What will happen to the equality with the whole window if the padding is “same”?",
            "It breaks: zeros stand at the window's edges, which a stream has only at its start.",
        ),
    ),
    Rubric(
        name="smoothing",
        points=(
            Point("Many answers to one word", "many answers; several; dozen; same word; multiple; repeat*"),
            Point("Single answers flicker", "flicker*; noise; nois*; jump*; single answer; unstable; spurious"),
            Point("A mean lets through what lasts", "mean; average; smooth*; last*; median"),
            Point("Deaf after a detection", "refractory; dead time; deaf; ignore; suppress*; double; twice; once"),
            Point("The price is lateness", "late*; delay; latency; slow*; two keyword*"),
        ),
        mistakes=("A dead time so long that a user's second try is swallowed.",),
        source="Chen, Parada and Heigold, Small-footprint keyword spotting using deep neural networks (2014), "
        "section 2.3",
        predict=(
            "What will happen to one spoken word with no dead time?",
            "It counts several times, as every answer to it does.",
        ),
    ),
    Rubric(
        name="unknown-class",
        points=(
            Point("A softmax must choose", "softmax; must choose; sum one; adds one; some class; forced"),
            Point("Silence is easy to sample", "silence; noise"),
            Point("Unknown is every other word", "every other; all other; other word*; open set; any word"),
            Point("Training shows few of them", "few; hundred; limited; not seen; unseen; cover; training"),
            Point("Remedies", "sigmoid; threshold; nearer word*; similar word*; distance; more word*; hard negative*"),
        ),
        mistakes=(
            "Training with “unknown” as frequent as in life.",
            "“A high probability means that it is sure”: for what it never saw it may be just as high.",
        ),
        source="Warden, Speech Commands (2018), section 7.1",
        must="29 of this network's 65 mistakes are answers “unknown”.",
        predict=(
            "What will happen to a cough without these two classes?",
            "The softmax has to give its probability to some keyword.",
        ),
    ),
    Rubric(
        name="int8-not-faster",
        points=(
            Point("Layers too small", "small; overhead; start*; launch*; convert*; conversion"),
            Point("Fast floats on servers", "float*; vector; simd; wide; avx"),
            Point(
                "Microcontrollers multiply integers",
                "cortex; microcontroller*; integer*; no fpu; no floating; dsp; mcu",
            ),
            Point("Memory and energy", "memory; ram; flash; energy; bandwidth; size; battery"),
            Point("Measure on the target", "measure*; target; device; profil*; benchmark*"),
        ),
        mistakes=("Promising four times the speed from four times fewer bits.",),
        source="Lai, Suda and Chandra, CMSIS-NN: Efficient Neural Network Kernels for Arm Cortex-M CPUs (2018)",
        must="28.2 kB of constants and 16.0 kB of RAM for the small network's C.",
        predict=(
            "What will happen to the time of this small network in eight bits on a server core?",
            ("It takes about as long as in 32: starting layers and converting types cost as much as the arithmetic."),
        ),
    ),
    Rubric(
        name="how-sure-91",
        points=(
            Point("Standard error", "standard error; one point; 1 percent; confidence; interval; binomial; plus minus"),
            Point("Clips of a speaker are not independent", "independen*; same speaker; correlat*; speaker*; cluster*"),
            Point("Bootstrap over speakers", "bootstrap; resampl*; draw speaker*"),
            Point("Paired comparison", "paired; mcnemar; same clips; differ"),
            Point(
                "What it leaves out",
                "running speech; false alarm*; noise; distance; accent*; children; microphone*; unknown word*",
            ),
        ),
        mistakes=(
            "Reporting 91.3 % with a decimal that the data do not carry.",
            "Choosing a network by three clips.",
        ),
        source="Bisani and Ney (2004) for the bootstrap over recordings; McNemar, Note on the sampling error of the "
        "difference between correlated proportions (1947)",
        must="√(0.91 · 0.09 / 746) = 1.0 points.",
        predict=(
            "What will happen to the interval if speakers are resampled and not clips?",
            "It widens: five of 35 speakers make more than half of the mistakes on speech.",
        ),
    ),
    Rubric(
        name="five-examples",
        points=(
            Point(
                "Keep the first layers",
                "freeze; frozen; keep; pre trained; pretrained; transfer; embedding; last layer*; fine tun*",
            ),
            Point("Vary the takes", "augment*; vary; shift; noise; tempo; speed"),
            Point("Negatives", "negative*; other word*; not word; own voice"),
            Point(
                "Judge by held-out takes", "held out; leave one out; not learned; without each; unseen; cross valid*"
            ),
            Point("A threshold from the scores", "threshold; score*; false alarm*"),
            Point("It is this voice's word", "this voice; speaker dependent; one voice; other speaker*"),
        ),
        mistakes=(
            "Testing with the takes that were trained on.",
            "Using no negatives at all.",
        ),
        source="Mazumder et al., Few-Shot Keyword Spotting in Any Language (2021), section 3; Yosinski et al., How "
        "transferable are features in deep neural networks? (2014), section 4.1",
        must="4,355 of 22,604 numbers are trained.",
        predict=(
            "What will happen without other words in the user's own voice among the negatives?",
            "The network learns the voice: all the user's words pass for the keyword.",
        ),
    ),
    Rubric(
        name="microcontroller",
        points=(
            Point("A budget first", "budget; ram; flash; memory; kilobyte*; kb; power; battery; latency"),
            Point("Cheap front end", "mfcc; mel; front end; fixed point; feature*"),
            Point("A small network", "depthwise; ds cnn; small network; convolution*; separable; small model; tiny"),
            Point("Eight bits", "quanti*; int8; eight bit; 8 bit; integer*"),
            Point("Streaming without computing again", "stream*; ring buffer; buffer*; reuse; cache*; state"),
            Point("Threshold on running speech", "threshold; false alarm*; per hour; false accept*; smooth*"),
            Point("Two stages save power", "two stage; vad; wake*; cascade; always on; second stage; energy; sleep"),
            Point("Measure on the device", "on device; measure*; target; profil*; same answer; reference; test"),
        ),
        mistakes=(
            "Choosing the network before knowing RAM and flash.",
            "Testing on clips only: running speech decides.",
            "Forgetting that the front end, too, takes time and memory.",
        ),
        source="Zhang, Suda, Lai and Chandra, Hello Edge (2017); Banbury et al., MLPerf Tiny Benchmark (2021); "
        "Rybakov et al. (2020)",
        must="This room's small network: 22,604 weights, 2.66 million multiply-accumulates, 28.2 kB of constants, "
        "16.0 kB of RAM.",
        predict=(
            "What will happen to the RAM if the features are kept as floats instead of bytes?",
            "They take four times as much; weights in flash don't matter for it.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
