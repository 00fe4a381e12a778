"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="exposure-bias",
        points=(
            Point("Training: told the true last frame", "true last frame; true past; ground truth; teacher forc*"),
            Point("Speaking: told its own", "its own; own frame*; own output*"),
            Point(
                "Errors lead to more errors", "feed each other; accumulat*; farther away; larger mistake*; compound*"
            ),
            Point("It shows as skips, repeats, no end", "skip*; repeat*; never end*; hang*"),
            Point("Measure free-running speech", "free running; free; own output*; recogniser hear*"),
        ),
        mistakes=("“The loss is low, so it speaks well”: that loss was measured under teacher forcing.",),
        source="Bengio et al., Scheduled Sampling (2015); Shen et al., Tacotron 2 (2018)",
        predict=(
            "What will happen to the alignment when the network is told the true frames instead of its own?",
            "It stays with the recording's rhythm, whatever the network would have written itself.",
        ),
    ),
    Rubric(
        name="teacher-forcing",
        points=(
            Point("The true frames are its past", "true frame*; true past; ground truth"),
            Point("Stable at the start", "stable; noise; start training"),
            Point("One clear target a step", "clear target; right answer; one target"),
            Point("Faster: inputs known beforehand", "faster; at once; parallel; all inputs known"),
        ),
        mistakes=("Taking an error under teacher forcing for the error of a system that speaks.",),
        source="Williams and Zipser, A learning algorithm for continually running fully recurrent networks (1989)",
        predict=(
            "What will happen to the difference from the true mel when the network runs freely?",
            "It grows: the rhythm is its own, so frames that are compared no longer belong together.",
        ),
    ),
    Rubric(
        name="location-term",
        points=(
            Point("Content alone: same sound, many places", "same sound; again; content can't tell; second first"),
            Point("Speech is monotonic", "monoton*; this token next; left right; only forward"),
            Point("Convolution over the last weights", "convol*; last weights; previous weights"),
            Point("The sum of weights: what is said already", "sum weights; cumulativ*; said already"),
        ),
        mistakes=("“Attention finds the letter by its content alone.”",),
        source="Chorowski et al., Attention-based models for speech recognition (2015); Shen et al. (2018)",
        predict=(
            "What will happen without the location term?",
            "The line breaks or the end is missed: nothing tells the network where it was.",
        ),
    ),
    Rubric(
        name="why-a-mel",
        points=(
            Point("Samples: far too many steps", "sample*; thousand times fewer; 22,050; too many step*"),
            Point("STFT: phases cannot be foretold", "phase*; random phase; can't foretold"),
            Point("Mel: small and heard", "80; ear*; small; percep*"),
            Point("The vocoder invents the rest", "vocoder; invent*; second stage"),
        ),
        mistakes=("“The mel keeps everything”: phases and fine structure are gone.",),
        source="Shen et al., Tacotron 2 (2018), section 2.1",
        must="80 real numbers a frame of 256 samples, against 513 complex ones.",
        predict=(
            "What will happen to the picture when the postnet is left out?",
            "It is a little more blurred; the postnet adds a correction and changes no rhythm.",
        ),
    ),
    Rubric(
        name="factor-or-latency",
        points=(
            Point("Factor: computing time by length", "computing time; divided length; keep* up; below 1"),
            Point("Latency: wait for the first sound", "first sound; first sample; wait*; first piece"),
            Point("The decoder could stream", "decoder stream; left right"),
            Point("Encoder, postnet, vocoder need the future", "blstm; reads whole; look* ahead; whole sentence"),
            Point("Stream by sentence or clause", "by sentence; clause; piece*; chunk*"),
        ),
        mistakes=("“A factor of 0.1 means a tenth of a second”: it says nothing of when the first sound comes.",),
        source="Ellinas et al., High quality streaming speech synthesis with low, sentence-length-independent latency "
        "(2020)",
        must="Real-time factor = computing time / length of the sound.",
        predict=(
            "What will happen to the wait if a sentence of 10 s is computed whole at a factor of 0.1?",
            "The listener waits a second for the first sound.",
        ),
    ),
    Rubric(
        name="babble",
        points=(
            Point("Look at the alignment", "alignment; line; matrix"),
            Point("Teacher forcing against free running", "teacher forc*; free*; exposure bias"),
            Point("The decoder copies the last frame", "copie*; last one; need text; foretell next; copy*"),
            Point("Make the past less useful", "dropout; reduction factor; less useful; guided"),
            Point("Data, stop token, vocoder", "data; stop token; true mel; silence*"),
        ),
        mistakes=("Training on for days without looking at one alignment.",),
        source="Tachibana, Uenoyama and Aihara, Efficiently trainable text-to-speech (2017): guided attention",
        predict=(
            "What will happen to the words of this room's network when it is told the true frames?",
            "They become clearer: its own past misleads it most.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
