"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="one-stage",
        points=(
            Point("Two stages: acoustic model, then vocoder", "two stage; acoustic model; vocoder; mel; tacotron"),
            Point("Mismatch at the seam", "mismatch; predicted mel*; fine tun*; blur*; smooth*; seam; error*"),
            Point("VITS is a conditional VAE", "vae; variational; latent; posterior; prior"),
            Point(
                "The decoder is HiFi-GAN, trained against discriminators",
                "gan; adversarial; discriminator*; hifi; hifigan",
            ),
            Point("Normalizing flow", "flow; invertible; coupling"),
            Point("Alignment search and durations", "monotonic; align*; duration*; mas"),
            Point("What one stage costs", "memory; slices; no mel; hard train*; gan training; edit; cost*"),
        ),
        mistakes=(
            "“VITS has no durations”: it predicts them explicitly.",
            "“The posterior encoder runs when it speaks”: it is used in training alone.",
        ),
        source="Kim, Kong and Son, VITS (2021), section 2 and table 2 (ablation); Shen et al., Tacotron 2 (2018)",
        must="Latent of 192 values a frame; MOS 4.50, without the flow 2.98.",
        predict=(
            "What will happen to the sound if the flow is left out when speaking?",
            "The prior no longer fits what the decoder knows, and the speech is audibly worse.",
        ),
    ),
    Rubric(
        name="flow",
        points=(
            Point(
                "A simple prior made flexible",
                "simple prior; richer; flexib*; complex; expressive; normal distribution; gaussian",
            ),
            Point("Invertible", "invert*; inverse; both directions; reversib*"),
            Point("Half moves the other half", "half; split; coupling"),
            Point("Determinant for free", "determinant; jacobian; triangular; volume"),
            Point("Training one way, speaking the other", "training; inference; speak*; sampl*; backward; direction"),
        ),
        mistakes=("“The network inside must be invertible”: only the coupling is.",),
        source="Dinh, Sohl-Dickstein and Bengio, Density Estimation Using Real NVP (2017); Kim et al. (2021), "
        "sections 2.1.3 and 2.5.2",
        must="log p(z | c) = log N(f(z); μ, σ) + log |det ∂f/∂z|.",
        predict=(
            "What will happen to the half that a coupling layer keeps?",
            "It changes by exactly 0; that is what makes the layer invertible.",
        ),
    ),
    Rubric(
        name="alignment-search",
        points=(
            Point("Monotonic alignment search", "monoton*; alignment search; mas"),
            Point("Likelihood of a frame under a token", "likelihood; log prob*; probab*; each pair; gaussian"),
            Point("Dynamic programming, as Viterbi", "dynamic program*; viterbi; best path; trace*"),
            Point("Gives the durations", "duration*; count frame*; frames token"),
            Point("Align and improve in turn", "em; expectation; iterat*; alternat*; improve*; jointly"),
        ),
        mistakes=(
            "“It needs aligned data.”",
            "Mixing it up with CTC, which sums over all alignments.",
        ),
        source="Kim, Kim, Kong and Yoon, Glow-TTS (2020), section on monotonic alignment search; Kim et al. (2021), "
        "section 2.2.1",
        must="Q(i, j) = max(Q(i, j−1), Q(i−1, j−1)) + log N(f(z)_j; μ_i, σ_i).",
        predict=(
            "What will happen to the order of the text in this alignment?",
            "It is kept: no token can be skipped, repeated or left out.",
        ),
    ),
    Rubric(
        name="stochastic-durations",
        points=(
            Point("Speech has many rhythms", "many rhythm*; differ*; each time; vary*; variation; one to many"),
            Point("Squared error gives the mean", "mean; average; squared error; mse; monoton*"),
            Point("A flow draws durations", "flow; draw*; sampl*; distribution; noise"),
            Point("noise_w", "noise w; noise; scales noise; variab*"),
            Point("length_scale", "length scale; speed; slower; multipl*; stretch*"),
        ),
        mistakes=("“length_scale changes the pitch.”",),
        source="Kim et al. (2021), section 2.2.2",
        must="noise_w scales the noise; length_scale multiplies durations; a frame is 11.6 ms.",
        predict=("What will happen with noise_w = 0?", "Always the same, even rhythm."),
    ),
    Rubric(
        name="front-end",
        points=(
            Point("Normalisation", "normali*; number*; abbreviat*; date*; expand*; written out"),
            Point("Grapheme to phoneme", "phoneme*; g2p; dictionary; lexicon; pronunciation"),
            Point("Tokens", "token*; symbol*; id*"),
            Point("Ambiguity", "homograph*; ambigu*; read; lead; context; names; saint"),
            Point("Errors pass through", "override; network says; cannot repair; propagat*; garbage; correct phoneme*"),
        ),
        mistakes=("“A neural voice needs no front end.”",),
        source="Sproat et al., Normalization of Non-Standard Words (2001)",
        predict=(
            "What will happen to both “lead” in “They lead the way with a lead pipe”?",
            "eSpeak NG gives them one vowel, and the network says what it is told.",
        ),
    ),
    Rubric(
        name="decoder-reach",
        points=(
            Point("Transposed convolutions upsample", "transposed; upsampl*; 8 8 4; deconvol*; stride"),
            Point("Residual blocks with dilations", "residual; dilat*; kernel*; resblock*; multi receptive"),
            Point("Receptive field of some 21 frames", "receptive; 21; quarter second; ten frames; local"),
            Point("Prosody must be in the latent", "prosody; latent; too short; rhythm; intonation"),
            Point("All samples at once", "parallel; all once; nothing fed back; not autoregressive; no feedback"),
        ),
        mistakes=("“It reads the whole sentence.”",),
        source="Kong, Kim and Bae, HiFi-GAN (2020), section 2.2",
        must="8 · 8 · 4 = 256; about 21 frames, a quarter of a second.",
        predict=(
            "What will happen to samples far away if one frame is changed?",
            "Nothing: the change stays within about ten frames to each side.",
        ),
    ),
    Rubric(
        name="rtf-slow",
        points=(
            Point("Latency is not throughput", "latency; first sample; time first; throughput; wait*"),
            Point("Cut by sentence", "sentence; clause; split; cut text"),
            Point(
                "Stretches that overlap by the receptive field",
                "receptive; overlap*; chunk*; stretch*; stream*; window",
            ),
            Point("Overlap costs", "twice; overlap cost*; double; overhead; redundan*"),
            Point("Load and the tail", "queue; 95; percentile; load; tail; users"),
        ),
        mistakes=("Answering with the factor when asked about waiting.",),
        source="Kim et al. (2021) for the network's parts; Dean and Barroso, The Tail at Scale (2013)",
        must="8 s at a factor of 0.1: 0.8 s before the first sample.",
        predict=(
            "What will happen to the time before the first sound if the text is twice as long?",
            "It doubles, if the sentence is made as a whole.",
        ),
    ),
    Rubric(
        name="tacotron2",
        points=(
            Point("Encoder: letters to states", "encoder; character*; letter*; embedding*; bidirectional; lstm"),
            Point("Location-sensitive attention", "location; attention"),
            Point(
                "Autoregressive decoder with a pre-net",
                "autoregress*; pre net; prenet; decoder; previous frame; frame by frame",
            ),
            Point("Stop token", "stop"),
            Point("Post-net and mean squared error", "post net; postnet; squared error; mse; residual"),
            Point("Then a vocoder", "vocoder; wavenet; waveform; hifi*; second network"),
            Point(
                "How attention fails", "skip*; repeat*; never end*; babbl*; attention fail*; unstable; long sentence*"
            ),
            Point("What followed", "fastspeech; duration*; monotonic; parallel; vits; guided"),
        ),
        mistakes=(
            "“Tacotron makes sound”: it makes a mel spectrogram.",
            "Mixing up the pre-net's dropout, which stays on when it speaks, with ordinary dropout.",
        ),
        source="Shen et al., Natural TTS Synthesis by Conditioning WaveNet on Mel Spectrogram Predictions (2018), "
        "section 2",
        must="80 mel bands; 50 ms frames every 12.5 ms in the paper; MOS 4.53 against 4.58 for recordings.",
        predict=(
            "What will happen if attention stays on one letter?",
            (
                "The sound is repeated or drawn out, and the stop token may never come; a monotonic search cannot do "
                "that."
            ),
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
