"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="why-two-stages",
        points=(
            Point("Text to mel, mel to samples", "mel; acoustic model; vocoder; two network*"),
            Point("Each trained alone", "alone; separate*; modular; independent*; reuse*; swap"),
            Point("One vocoder for many voices", "many voices; universal; several voices; many speakers"),
            Point("Mismatch at the seam", "mismatch; predicted; smooth*; fine tun*; blur*"),
            Point("VITS learns the middle", "latent; vits; end end; jointly; one stage; learned"),
        ),
        mistakes=("“One stage is always better”: a mel can be inspected, edited and shared.",),
        source="Shen et al., Tacotron 2 (2018); Kim, Kong and Son, VITS (2021)",
        predict=(
            ("What will happen to a vocoder's sound on predicted mels, which are smoother than true ones?"),
            "It gets buzzy or dull, until it is trained further on them.",
        ),
    ),
    Rubric(
        name="mel-not-stft",
        points=(
            Point("Smaller", "small*; 80; compact; fewer; dimension*; size"),
            Point("Phase cannot be predicted", "phase; unpredict*; random; pulse"),
            Point("A distance gives the mean", "mean; average; zero; blur*; mse"),
            Point("It keeps what ears tell apart", "hear*; ear; percep*; resolution"),
            Point("The vocoder invents the rest", "vocoder; invent*; generat*; reconstruct*; consistent"),
        ),
        mistakes=("“The mel keeps everything that is audible.”",),
        source="Shen et al., Tacotron 2 (2018), section 2.1; Griffin and Lim (1984)",
        must="513 complex numbers against 80 real ones a frame.",
        predict=(
            "What will happen to the sound with true magnitudes and random phases?",
            "It turns hoarse and blurred: phase is heard.",
        ),
    ),
    Rubric(
        name="artefacts",
        points=(
            Point("Griffin-Lim: hollow, blurred", "griffin; hollow; reverb*; phasy; metallic; hoarse"),
            Point("WORLD: buzzy", "world; buzz*; robotic"),
            Point("WaveNet: hiss", "hiss; noise; mu law; wavenet; click*"),
            Point("GAN: whine", "whine; tonal; tone*; checkerboard; transposed; upsampl*; gan"),
            Point("Distance only: dull", "dull; over smooth*; muffled; oversmooth*; mean"),
        ),
        mistakes=("Naming sounds without a cause.",),
        source="Griffin and Lim (1984); Morise et al., WORLD (2016); Odena, Dumoulin and Olah, Deconvolution and "
        "Checkerboard Artifacts (2016)",
        predict=(
            "What will happen to silence in a decoder whose kernel is no multiple of its stride?",
            "A bias turns into a tone at the rate of the layer.",
        ),
    ),
    Rubric(
        name="rtf-conversation",
        points=(
            Point("Throughput, not latency", "throughput; latency; first sample; wait*"),
            Point("Chunks with context", "chunk*; stream*; block*; receptive"),
            Point("Autoregressive is the other way round", "autoregress*; one sample; wavenet; sample by sample"),
            Point("Which machine", "machine; hardware; thread*; cpu; gpu; batch"),
            Point("The tail counts", "95; percentile; worst; tail; not mean"),
        ),
        mistakes=("“0.2 is below 1, so yes.”",),
        source="Paine et al., Fast Wavenet Generation Algorithm (2016); Kong et al., HiFi-GAN (2020), section on speed",
        must="5 s at 0.2: 1 s before the first sample, if the whole is made at once.",
        predict=(
            "What will happen to the first sound if the vocoder waits for the whole mel?",
            "It comes only after a fifth of the sentence's length.",
        ),
    ),
    Rubric(
        name="teacher-forcing",
        points=(
            Point("True past in training", "true past; ground truth; real past; correct previous; training target"),
            Point("Own past when it runs", "own output*; own sample*; own prediction*; free run*; inference"),
            Point("Errors grow", "accumulat*; grow*; drift*; compound*; error*"),
            Point("WaveNet draws from a distribution", "draw*; sampl*; distribution; random"),
            Point("Remedies", "scheduled; noise; dropout; parallel; conditioning; non autoregressive"),
        ),
        mistakes=("“Teacher forcing is a mistake”: without it training is slow and unstable.",),
        source="Williams and Zipser, A learning algorithm for continually running fully recurrent neural networks "
        "(1989); Bengio et al., Scheduled Sampling (2015)",
        predict=(
            "What will happen to a network that always takes the likeliest sample?",
            "Noise becomes its mean: the voice loses its breath or gets stuck in silence.",
        ),
    ),
    Rubric(
        name="hifigan",
        points=(
            Point("Generator upsamples a mel", "transposed; upsampl*; 256; generator; mel waveform"),
            Point("Multi-receptive-field fusion", "receptive; several kernel*; dilat*; mrf; residual; fusion"),
            Point(
                "All samples at once",
                "parallel; at once; feed forward; non autoregressive; not autoregressive; no feedback; nothing fed",
            ),
            Point("Multi-period discriminator", "period*; mpd"),
            Point("Multi-scale discriminator", "scale*; msd"),
            Point("Mel loss and feature matching", "feature match*; mel loss; l1; reconstruct*"),
        ),
        mistakes=(
            "Counting the discriminators in the cost of speaking: they are used in training only.",
            "“The GAN loss is enough”: the mel distance keeps the training on course.",
        ),
        source="Kong, Kim and Bae, HiFi-GAN (2020), sections 2.2 to 2.4, tables 1 and 2",
        must="V1: 13.9 million weights, upsampling 8 · 8 · 2 · 2 = 256; periods 2, 3, 5, 7, 11.",
        predict=(
            "What will happen to the sound if an L1 distance between mels is the only loss?",
            "It buzzes: phase and the grain of noise are left open.",
        ),
    ),
    Rubric(
        name="wavenet",
        points=(
            Point(
                "Each sample from those before it",
                "autoregress*; previous sample*; sample by sample; past sample*; samples before; conditional; one "
                "sample",
            ),
            Point("Causal dilated convolutions", "dilat*; causal"),
            Point("Gated units, residual and skip connections", "gate*; residual; skip; tanh; sigmoid"),
            Point("256 classes by mu-law", "mu law; 256; softmax; eight bit; 8 bit; categor*; quanti*"),
            Point("Conditioned on a mel or text", "condition*; mel; text; speaker"),
            Point(
                "Training parallel, sampling slow", "slow; parallel; sequential; one after; per second; training fast"
            ),
            Point(
                "What came after",
                "distil*; parallel wavenet; wavernn; cache*; flow; gan; hifi*; replaced; fast wavenet",
            ),
        ),
        mistakes=(
            "“It is a recurrent network”: it is convolutional, and trains in parallel.",
            "Taking the likeliest sample instead of drawing one.",
        ),
        source="van den Oord et al., WaveNet: A Generative Model for Raw Audio (2016), section 2; Paine et al., "
        "Fast Wavenet (2016)",
        must="p(x) = Π p(x_t | x_1 … x_{t−1}, h); 3 stacks of dilations 1 to 512: 1 + 3 · 1023 = 3070 samples.",
        predict=(
            "What will happen to the reach with one more layer of doubled dilation?",
            "It about doubles, for the price of one layer.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
