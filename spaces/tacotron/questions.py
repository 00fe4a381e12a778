"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="What is exposure bias, and how does it show in Tacotron?",
        level="mid",
        look="matrix",
        state={"part": "attention", "told": "own"},
        rubric=RUBRICS["exposure-bias"],
        answer=r"""
In training, every step is told the **true** last frame; when the network speaks, it is told **its own**. Its own
frames are a little wrong, so it stands in places that it never saw in training. There it makes larger mistakes, which
lead it farther away. A classifier's errors stand side by side; here they feed each other.

In Tacotron it shows as attention that hangs, skips or repeats, as a tail that never ends, and as a voice that fades
into a hum. A low loss in training says nothing of it: that is measured under teacher forcing. So count errors of
**free-running** speech: whether the alignment reaches the end, and the words that a recogniser hears.
""",
        follow_ups=(
            (
                "What is done against it?",
                "Dropout in the prenet, which makes the last frame unreliable, so that the decoder leans on the text; "
                "a reduction factor, which leaves fewer steps to go wrong; scheduled sampling; or no feedback at all, "
                "as in FastSpeech.",
            ),
            (
                "Why does the prenet keep its dropout when the network speaks?",
                "Without it the decoder sees cleaner inputs than ever in training, and trusts them more than it "
                "should. The dropout also makes each run a little different, which is why the page has a seed.",
            ),
        ),
    ),
    Question(
        question="What is teacher forcing, and why is it used if it causes exposure bias?",
        level="junior",
        look="mel_facts",
        state={"part": "postnet", "told": "true"},
        rubric=RUBRICS["teacher-forcing"],
        answer=r"""
The decoder is trained with the true frames as its past. There are two reasons. It is **stable**: at the start of
training its own frames are noise, and nothing could be learned after the first one. And it gives **one clear target a
step**: the true next frame is the right answer only after the true past. If the network is half a sound late, the frame
that stands there in the recording would be the wrong thing to ask for.

It is also faster: whatever does not depend on the attention, such as the prenet and the second LSTM, can be computed
for all steps at once, because all inputs are known.
""",
        follow_ups=(
            (
                "Can one evaluate with teacher forcing?",
                "For mels, yes: their rhythm is then that of the recording, and frames can be compared. As a measure "
                "of how well the system speaks, no: it never meets its own mistakes.",
            ),
            (
                "Which models need none?",
                "Those that write all frames at once: FastSpeech and VITS predict a duration for each sound, stretch "
                "the text by it and have no last frame to be told.",
            ),
        ),
    ),
    Question(
        question="Why does Tacotron’s attention look at its own past weights?",
        level="mid",
        look="wrong",
        state={"part": "faults", "fault": "location"},
        rubric=RUBRICS["location-term"],
        answer=r"""
Attention by content asks *which token fits what I want to say?* In a text the same sound comes again and again, and
content can't tell the second from the first. Speech is monotonic: the answer is almost always *this token or the
next*. The **location term** gives it that. A convolution over the last weights sees where attention stood and can say
"one to the right of it"; over the sum of all weights it sees what has been said already.

Part 2 leaves the term out. What then happens depends on the network; look at the line and at how long it goes on.
""",
        follow_ups=(
            (
                "Why not force it to be monotonic?",
                "One can: forward attention, monotonic and stepwise monotonic attention, or a window around the last "
                "place. They remove skips and repeats; the network must still learn when to move.",
            ),
            (
                "Why do newer systems use no attention here?",
                "The alignment of speech is hard and monotonic. A duration for each sound says all of it, can't skip "
                "or repeat anything, can be edited by hand, and lets all frames be computed at once.",
            ),
        ),
    ),
    Question(
        question="Why does the network write a mel spectrogram and not the STFT or samples?",
        level="mid",
        look="mel_after",
        state={"part": "postnet"},
        rubric=RUBRICS["why-a-mel"],
        answer=r"""
**Samples**: 22,050 a second, each depending on those before it. Here a step writes 4 frames of 256 samples, so there
are about a thousand times fewer steps: attention has a short way to go. **The STFT**: 513 complex numbers a frame,
whose phases can't be foretold from a text. Under a distance as a loss, the best guess of a random phase is zero. **The
mel**: 80 real numbers that keep what ears tell apart, with a logarithm, since loudness is heard in ratios. Small,
smooth, and the same for any vocoder.

The price is the second stage: a vocoder has to invent what was left out.
""",
        follow_ups=(
            (
                "What happens if the two stages use different mels?",
                "Nonsense, or a muffled voice: sampling rate, window, hop, filters, the logarithm and its floor must "
                "be equal. In this lab one definition, `SYNTHESIS_MEL`, serves all of them.",
            ),
            (
                "Why is the result blurred?",
                "L1 and squared error reward the average of all ways to say a sentence. An adversarial loss, a flow "
                "or a diffusion model can draw one of them instead.",
            ),
        ),
    ),
    Question(
        question="Real-time factor or latency: which matters for a voice assistant, and can Tacotron stream?",
        level="senior",
        look="status",
        state={"part": "attention", "upto": 30},
        rubric=RUBRICS["factor-or-latency"],
        answer=r"""
The **real-time factor** is computing time divided by the length of the sound: below 1, one keeps up. **Latency** is how
long a listener waits for the first sound. A system with a factor of 0.1 that computes a whole sentence of ten seconds
first makes its listener wait a second. One with 0.8 that gives out its first piece after 100 ms feels quicker.

Tacotron's *decoder* could stream: it writes from left to right. What stands around it can't without a change: the BLSTM
of the encoder reads the whole text first; the postnet looks some frames ahead; Griffin-Lim goes over the whole
sentence again and again. One streams by sentence or clause, with a postnet of bounded reach and a vocoder that works
in pieces with an overlap.
""",
        follow_ups=(
            (
                "How would you measure them?",
                "Both on the target machine, with the model loaded, for short and for long texts: the time to the "
                "first sample, the factor, and whether any later piece comes too late. Means hide the bad ones: "
                "give the 95th percentile.",
            ),
            (
                "Does a model without recurrence have lower latency?",
                "Not by itself: all frames are computed at once, so the first is ready no earlier than the last. "
                "It is fast because the machine can do the steps side by side.",
            ),
        ),
    ),
    Question(
        question="Your Tacotron’s loss looks good and its speech is babble. What do you look at?",
        level="senior",
        look="matrix",
        state={"part": "attention", "told": "true"},
        rubric=RUBRICS["babble"],
        answer=r"""
**The alignment first**, of a sentence from training, under teacher forcing. No line means that the decoder copies: it
has learned to foretell the next frame from the last one and does not need the text. Make the past less useful
(prenet dropout, a larger reduction factor) and the way shorter (short sentences first, silence cut off at the ends,
guided attention). A line under teacher forcing but none when it runs freely is exposure bias: compare both on the left.

**Then the data**: texts that do not fit the sound, long silences, several speakers. **Then the stop token**: only one
step in a hundred is the last, so its loss needs a weight. **Then the vocoder**: feed it a true mel.
""",
        follow_ups=(
            (
                "Why do short sentences first help?",
                "In a short sentence any guess is near the diagonal, so attention soon gets useful gradients; the rule "
                "that it learns holds for long ones.",
            ),
            (
                "What single number would you watch?",
                "Of free-running sentences that it never saw: how many alignments reach the end in order. The mean "
                "of the largest weights shows early whether a line forms.",
            ),
        ),
    ),
)
