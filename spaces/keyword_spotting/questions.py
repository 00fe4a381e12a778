"""The interview questions of the room."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="What makes a depthwise separable convolution cheap, and what is lost?",
        look="in_costs",
        level="mid",
        answer=r"""
A standard convolution mixes space and channels in one step: each of the $c_\text{out}$ outputs looks at $k \times k$
positions of **all** $c_\text{in}$ inputs, so $k^2 c_\text{in} c_\text{out}$ multiplications per position. The separable
pair first filters every channel alone ($k^2 c_\text{in}$), then mixes channels at one position
($c_\text{in} c_\text{out}$):
$$\frac{k^2 c_\text{in} + c_\text{in} c_\text{out}}{k^2 c_\text{in} c_\text{out}} = \frac{1}{c_\text{out}} +
\frac{1}{k^2}$$
In a block here (25 × 5 positions, 64 channels, 3 × 3): $72\,000 + 512\,000 = 584\,000$ instead of $4\,608\,000$,
12.7 %. The weights shrink alike. What is lost: a pair can only express kernels that are a product of one spatial
filter per channel and one mixing; more channels or layers make up for it at a fraction of the price.
""",
        follow_ups=(
            (
                "Where do the remaining multiplications lie?",
                "In the pointwise convolutions: 4 × 512,000 of 2,656,768, 77 %. The depthwise ones take 11 %, the "
                "first convolution 12 %.",
            ),
            (
                "Is it eight times as fast, too?",
                "Seldom. A depthwise convolution does little arithmetic for each value it loads, so memory and the "
                "overhead of a layer bound it; a GPU hardly gains. On a microcontroller, where multiplications rule, "
                "the gain is nearly whole.",
            ),
        ),
        state={"part": "inside", "in_view": "cost"},
        rubric=RUBRICS["depthwise"],
    ),
    Question(
        question="Why MFCCs here, and log-mel spectra in speech recognition?",
        look="c_matrix",
        level="mid",
        answer="""
The DCT packs the smooth spectral envelope into its first coefficients and throws the pitch ripple away. Ten numbers
instead of 40 a frame mean a quarter of the input, of the first layer's work and of the RAM that holds it; for telling
ten words apart that is enough: rebuild a sound from them, and the small network still gives the same answer on 97 % of
the 746 validation clips (2026-11-28). They are also decorrelated, which diagonal Gaussians needed in the 1980s and 90s
and a network doesn't.

A large recogniser is big enough to learn its own projection, so a fixed one can only lose something: pitch and
fine detail help with tone languages, speakers and noise. And a convolution over log-mel relies on a pattern that is
moved along frequency being much the same pattern (another speaker's formants); along the cepstral index neighbours
have no such meaning. Whisper therefore takes 80 mel bands (large-v3: 128).
""",
        follow_ups=(
            (
                "Why is the normalisation a constant here and not the clip's own mean?",
                "Because a stream has no clip: a mean over the whole would need the future. With constants a frame "
                "depends on its own 640 samples only, and the stream gives the same numbers as the file.",
            ),
            (
                "Then why convolve along the ten coefficients at all?",
                "For weight sharing and size: Hello Edge found it to work. It is the weakest part of the analogy with "
                "images; along time the argument holds.",
            ),
        ),
        state={"part": "confusions", "c_said": 11, "c_answered": 3},
        rubric=RUBRICS["kws-mfcc"],
    ),
    Question(
        question="Post-training quantisation or quantisation-aware training: when do you use which?",
        look="b_accuracy",
        level="senior",
        answer="""
**After training** one needs a few hundred unlabelled clips to see each layer's range (600 here), minutes, and no
training code. With one scale per channel, batch normalisation folded in and eight bits, it mostly costs nothing: 91.3 %
against 90.9 % in float32 for the small network, 93.8 against 93.4 for the medium one; three clips, which is chance.

**Quantisation-aware training** rounds in the forward pass and lets the gradient pass through as if it had not
(straight-through estimator), so the weights move to where rounding hurts less. It is worth its trouble when (1) the
bits are few, four or less; (2) the scale is per tensor because the hardware wants that, and depthwise channels differ
widely; (3) activations have outliers that no range fits; (4) the model is so small that it has no slack. The order in
practice: round after training with one scale per channel, look at the error layer by layer, keep the worst layers in
16 bits, and only then train with the rounding.
""",
        follow_ups=(
            (
                "Why are depthwise layers the hard ones?",
                "Each channel has its own nine weights and, after folding the batch normalisation, its own size. One "
                "scale for all leaves the small channels two or three levels; one scale per channel costs 64 numbers "
                "and solves it.",
            ),
            (
                "What must be folded before, and why?",
                "The batch normalisation, into weights and bias: otherwise the range that is quantised is not the one "
                "that runs. The bias stays at 32 bits with scale $s_x s_w$.",
            ),
        ),
        state={"part": "bits", "b_view": "fewer"},
        rubric=RUBRICS["ptq-or-qat"],
    ),
    Question(
        question="How do you set the threshold of a wake word?",
        look="det",
        level="senior",
        answer="""
Not on a test set of clips, and not at 0.5. (1) Agree on a budget: how many false alarms will people bear? Public
benchmarks compare at one in ten hours. (2) Run the whole chain, with smoothing and dead time, over many hours
of speech **without** the word: television, talk, the languages and rooms of the users. With no alarm in $T$ hours the
rate is below $3/T$ at 95 % confidence, so a budget of one in ten hours takes 30 hours at least. (3) Take the lowest
threshold within the budget; (4) report the misses there on speakers and rooms that training never had, near and far.

The small network: at 0.7 it misses 17.5 % and fired twice in 0.64 h of English without keywords, 3 times an hour; from
so few alarms the true rate is hardly known, and one in ten hours is far away. Where 15 % are
missed, the network before it had about 190 false alarms an hour, and this one has 9. What brought it down was running
speech as *unknown* in training, its hardest seconds again and again. What helps further: many more
hours, a longer word, a second larger network that checks each find.
""",
        follow_ups=(
            (
                "Accuracy on the clips is better for the medium network. Why not take that one?",
                "On running speech it is far worse here: at 0.8 it misses 16.6 %, about as many as the small one at "
                "0.7, with 141 false alarms an hour against 3. It never heard running speech in training. The "
                "twelve-class accuracy does not measure what a stream does.",
            ),
            (
                "What does a longer smoothing window trade?",
                "Fewer alarms from flicker against later and fewer detections: at a threshold of 0.5, a mean over "
                "800 ms instead of single answers lowers the alarms from 81 to 2 an hour and raises the misses from "
                "10 to 16 %.",
            ),
        ),
        state={"part": "say", "s_view": "threshold", "s_threshold": 0.7},
        rubric=RUBRICS["wake-threshold"],
    ),
    Question(
        question="How does one run such a network on a stream without computing everything again?",
        look="s_every",
        level="senior",
        answer="""
Two windows 40 ms apart share 47 of their 49 frames. **Front end**: compute each frame once and keep 49 of them (this
page does that). **Network**: a convolution's output depends on few frames, so keep each layer's last frames in a ring
buffer and compute only the new column; the mean at the end becomes a running sum. Of DS-CNN S's 25 columns one is new
every 40 ms: about 2,656,768 / 25 = 106,000 multiply-accumulates instead of 2.66 million.

Three things break the equality with the whole window: (1) *same* padding puts zeros at the window's edges, which a
stream has only at its start: train with causal or no padding. (2) The first layer moves two frames at a time, so
columns can only be reused when the window moves by an even number of frames; the stripes in the picture "One second"
are this. (3) The mean must forget: keep the last 25 columns. Rybakov et al. (2020) convert such models automatically.
""",
        follow_ups=(
            (
                "So is it worth it here?",
                "At an answer every 40 ms the plain way costs 66 million multiply-accumulates a second: two "
                "milliseconds of each second on a server core, but a microcontroller at 120 MHz that needs 43 ms an "
                "inference (MLPerf Tiny v1.2, Cortex-M4) can't do it. There one computes every 200 ms, or streams.",
            ),
            (
                "What bounds the latency then?",
                "Where the word has to lie in the window. Training moved words by 0.1 s about the middle, yet this "
                "network mostly finds a word before it is over (in the example 0.03 s before at the median, with a "
                "mean over 200 ms); smoothing adds about half its length, the browser up to a quarter of a second.",
            ),
        ),
        state={"part": "say", "s_view": "live", "s_every": 1},
        rubric=RUBRICS["stream-kws"],
    ),
    Question(
        question="Why average the answers, and why is a spotter deaf after a detection?",
        look="s_smooth",
        level="junior",
        answer="""
Every 40 ms comes an answer, and a word lies in the window for half a second or more: a dozen answers to the same word.
Without a pause each of them would count: try 0 ms and 100 ms. And single answers flicker, most of all while a word
enters or leaves the window: "stop" passes for "up" once its s has left. A mean over 200 ms lets through what lasts.
The price is lateness, and two keywords in quick succession count as one.
""",
        follow_ups=(
            (
                "How long should the pause after a detection be?",
                "At least as long as one saying of the word stays in the window, about a second; shorter than the time "
                "after which a user would say it again.",
            ),
            (
                "What other ways are there to smooth?",
                "Ask for k answers in a row above the threshold, take the median, or filter with a first-order "
                "low-pass, which needs no buffer. All of them trade delay for fewer false alarms.",
            ),
        ),
        state={"part": "say", "s_view": "live", "s_smooth": 0, "s_refractory": 100},
        rubric=RUBRICS["smoothing"],
    ),
    Question(
        question="Why are there classes for silence and for unknown words, and why is “unknown” hard?",
        look="c_matrix",
        level="mid",
        answer="""
A softmax must give its probability to something. Without these classes a cough would have to be some keyword.
*Silence* is easy to sample: noises. *Unknown* stands for every other word of every language, but training shows a few
hundred; the network learns what tells those from the ten keywords, not what tells a keyword from everything else. So
unfamiliar words pass for keywords, and unclear keywords for unknown: its column collects 29 of the 65 mistakes.
Remedies: more and nearer words (*know*, *owe*, *bought*), one sigmoid per keyword instead of a softmax, a distance to
examples, and a measured threshold instead of always taking the likeliest class.
""",
        follow_ups=(
            (
                "Should “unknown” be as frequent in training as in life?",
                "No: nearly all of life is unknown, and the network would learn to answer just that. Train with "
                "balanced classes and set the balance afterwards by the threshold.",
            ),
            (
                "What does one sigmoid for each keyword change?",
                "Every output may be low, so an unfamiliar word need not be given to any class. It still has to be "
                "trained with many other words.",
            ),
        ),
        state={"part": "confusions", "c_said": 7, "c_answered": 1},
        rubric=RUBRICS["unknown-class"],
    ),
    Question(
        question="Eight bits are not faster than 32 here. Why, and why quantise at all?",
        look="b_latency",
        level="senior",
        answer="""
With ONNX Runtime on a server core the small network takes about as long in eight bits as in 32 (part 3 measures it
now). Its layers are so small that starting each one, and converting between the types around it, costs as much as
the arithmetic; and 32-bit multiplications of such a core are wide and fast, too.

A Cortex-M4 has no vector unit for floats but multiplies two 16-bit pairs in one instruction, which kernels for eight
bits use; many microcontrollers have no floating point at all. RAM and flash count as much: the small network's
exported C needs 28.2 kB of constants and 16.0 kB of RAM, and bytes that need not be loaded cost no energy. Speed is a
property of network, kernel and machine together: measure on the target.
""",
        follow_ups=(
            (
                "Where would eight bits be faster on a server?",
                "In large matrix products, on processors with 8-bit dot-product instructions (VNNI on x86, SDOT on "
                "Arm): there the arithmetic and the memory traffic outweigh the conversions.",
            ),
            (
                "What besides the weights takes RAM on a microcontroller?",
                "The activations: the largest pair of layer input and output must fit at the same time, and the "
                "features of the window. Weights stay in flash.",
            ),
        ),
        state={"part": "bits"},
        rubric=RUBRICS["int8-not-faster"],
    ),
    Question(
        question="It is right on 91 % of 746 clips. How sure is that number, and what does it not say?",
        look="c_matrix",
        level="principal",
        answer=r"""
As a count of independent clips the standard error is $\sqrt{0.91 \cdot 0.09 / 746} = 1.0$ points, so 89 to 93 %. But
clips of a speaker are not independent (five of 35 speakers make 38 of the 64 mistakes on speech, see the bars), so the
true interval is wider: resample speakers, not clips. A difference of three clips between two networks is chance;
compare them on the same clips, counting only those that one gets right and the other wrong: by chance these split
about in half (McNemar's test).

It says nothing about running speech (that is measured apart), distance, noise, children, accents, other
microphones, or words that nobody put into *unknown*. No choice was made by these speakers, and
training never heard them; every look at such a set while tuning would make the number a little too good.
""",
        follow_ups=(
            (
                "Which numbers would you ask for before shipping?",
                "Misses at the agreed false alarms an hour, by room, distance and group of speakers, with intervals by "
                "speaker; latency; energy. And a plan for what is recorded when it fails.",
            ),
            (
                "How would you get an interval that respects the speakers?",
                "The bootstrap over speakers: draw 35 speakers with replacement, compute the accuracy of their clips, "
                "repeat a thousand times, and take the 2.5 % and 97.5 % points.",
            ),
        ),
        state={"part": "confusions", "c_said": 11, "c_answered": 3},
        rubric=RUBRICS["how-sure-91"],
    ),
    Question(
        question="How can users teach a device a word of their own with five examples?",
        look="o_set",
        level="senior",
        answer=r"""
Keep the layers that know what speech is made of and train only the last ones: here the last pointwise convolution and
a new linear layer, 4,355 numbers for one word instead of 22,604 (Yosinski et al. 2014; few-shot: Mazumder et al.
2021). Five takes are few, so each is varied 20 times by shift, tempo, pitch, room, noise and gain (the slider sets
how often); and the network must be shown what is *not* the word: other people's words, noise, running speech, and above
all **other words in the user's own voice**.
Without those it learns the voice: the speaker's other words then pass for the keyword (`python -m
benchmarks.kws_personal` measures it on six speakers' digits).

Judge it only by takes that it has not learned from: train without each in turn. The threshold comes from those scores
too, with a false alarm by somebody else counted more than a miss. And say what it is: a word by *this* voice. Other
speakers saying the same word are found far less often.
""",
        follow_ups=(
            (
                "Why not compare the takes directly, without training?",
                "Dynamic time warping or the distance to the takes' mean embedding works with one example and no "
                "training, but can't use the negatives: it never learns what to ignore.",
            ),
            (
                "What if two keywords sound alike?",
                "Then the held-out takes of one score high for the other. Say so before shipping, and ask for a longer "
                "or a different word; no threshold separates what the features do not.",
            ),
        ),
        state={"part": "own"},
        rubric=RUBRICS["five-examples"],
    ),
    Question(
        question="How would you put keyword spotting on a microcontroller?",
        look="m_memory",
        level="senior",
        answer=r"""
Start from the **budget**: say a Cortex-M4 at 100 MHz, 256 kB of RAM, 1 MB of flash, a battery. Weights lie in flash;
features and the largest pair of layer input and output must be in RAM at the same time.

1. **Front end**: 40 ms windows every 20 ms, ten MFCCs, in fixed-point arithmetic. Each frame is computed once.
2. **Network**: depthwise separable convolutions (DS-CNN): here 22,604 weights and 2.66 million multiply-accumulates.
3. **Eight bits**: batch normalisation folded in, one scale per channel, ranges from some hundred clips. The exported C
   of this room's network needs 28.2 kB of constants and 16.0 kB of RAM.
4. **Streaming**: keep frames and layers' last columns in ring buffers instead of computing a whole second anew.
5. **Decision**: smooth the answers, a threshold, a pause after a detection. The threshold comes from hours of running
   speech without the word, by a budget of false alarms an hour.
6. **Power**: most of the time nobody speaks. A detector of loudness or voice wakes the network; a second, larger one
   (perhaps on another processor) checks what the first has found.
7. **Test on the device**: the same clips must give the same answers as in Python; measure time, energy and the deepest
   stack there.
""",
        follow_ups=(
            (
                "It does not fit into RAM. What do you change first?",
                "What is largest while it runs: usually the first layers' outputs. A larger stride at the beginning, "
                "fewer channels there, computing layers strip by strip, or sharing one arena between buffers that are "
                "never alive together. Weights are in flash and don't help.",
            ),
            (
                "The device misses the word where the laptop finds it. Where do you look?",
                "Feed both the same samples and compare stage by stage: microphone level and rate, the features, each "
                "layer. A wrong gain and features that differ from training's are more usual than a wrong network.",
            ),
        ),
        state={"part": "micro"},
        rubric=RUBRICS["microcontroller"],
    ),
)
