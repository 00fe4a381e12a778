"""Tacotron 2 on thirty sentences that it was never trained on: alignments, words, speed.

    python -m benchmarks.tacotron [--listener asr/whisper-base]

- **in order**: sentences whose attention reaches the end of the text with no step back by more than two tokens and none
  ahead by more than five, and which the stop token ends (`algorithms.synthesis.tacotron.alignment`).
- **WER**: word errors of Whisper on the sound that Griffin-Lim makes of the mel; beside it on what the packaged voice
  says itself (the network can't be better than its teacher), and on its true mel through the same Griffin-Lim.
- **RTF**: seconds of computing a second of sound, network alone and with Griffin-Lim, one thread, model loaded.

`python -m benchmarks.synthesis` prints them as well.
"""

from __future__ import annotations

import argparse
import time
from typing import NamedTuple

import numpy as np
import soxr

import models
from algorithms.signal.inversion import griffin_lim
from algorithms.signal.synthesis_mel import FLOOR, SYNTHESIS_MEL, synthesis_mel
from algorithms.synthesis.normalise import normalise
from algorithms.synthesis.phase import magnitude_from_mel
from algorithms.synthesis.tacotron.alignment import order
from algorithms.synthesis.tacotron.tokens import encode
from algorithms.text.wer import word_errors
from models.tts import tacotron

TEXTS = (  # CMU ARCTIC prompts that `training.tacotron.voice` keeps for the test
    "Ah, it was sweet in my ears.",
    "All eyes, however, were staring at him in certitude of expectancy.",
    "Also, there was awe in their faces.",
    "And I hope you've got plenty of chain out, Captain Young.",
    "As to how she dressed, he had no ideas at all.",
    "At sea, Monday, March sixteen, nineteen oh eight.",
    "But all my dreams violated this law.",
    "But already he had composed himself.",
    "But ever his gaze returned to that Crouched Venus on the piano.",
    "Daylight was tired, profoundly tired.",
    "Each insult added to the value of the claim.",
    "For the rest, he was a mere automaton.",
    "Gregson had left the outer door slightly ajar.",
    "Gregson held a lighted match until it burnt his fingertips.",
    "He had comparatively no advantages at first.",
    "He unfolded a long typewritten letter, and handed it to Gregson.",
    "He was just bursting with joy, joy over what.",
    "How could he explain his possession of the sketch.",
    "I tell you I am disgusted with this adventure tomfoolery and rot.",
    "I was not to cry out in the face of fear.",
    "It does, was her audacious answer.",
    "It is dog eat dog, and you ate them up.",
    "It is merely the simple superlative.",
    "It issued a rate of forty two dollars a car on charcoal.",
    "It seemed the ordained order of things that dogs should work.",
    "It was Jeanne singing softly over beyond the rocks.",
    "It was put together in a casual, helter-skelter sort of way.",
    "It was simple, in its way, and no virtue of his.",
    "Jacob Brinker, who was his roadmate, brought the news.",
    "Jeanne was turning the bow shoreward.",
)
RATE, HOP = SYNTHESIS_MEL.sample_rate, SYNTHESIS_MEL.hop_length


class Found(NamedTuple):
    """What was measured."""

    right: int  # alignments in order, of as many as there are texts
    wer: dict[str, float]
    rtf_network: float
    rtf_all: float


def vocoded(mel: np.ndarray) -> np.ndarray:
    """Sound of a log-mel [80, T] by fast Griffin-Lim with 60 iterations, as in the room."""
    magnitude = magnitude_from_mel(np.exp(np.maximum(mel, np.log(FLOOR))), SYNTHESIS_MEL)
    return griffin_lim(magnitude, SYNTHESIS_MEL, length=HOP * (mel.shape[1] - 1), n_iter=60, momentum=0.99)


def heard(listener: str, y: np.ndarray) -> str:
    """Return what Whisper writes down of a sound at 22,050 Hz."""
    at_16k = soxr.resample(y.astype(np.float32), RATE, 16_000)
    return models.get(listener).transcribe(at_16k, language="en", word_timestamps=False).text


def measure(listener: str = "asr/whisper-base", texts: tuple[str, ...] = TEXTS, *, aloud: bool = True) -> Found:
    """Measure the loaded network on some texts."""
    import torch

    torch.set_num_threads(1)
    network, voice = models.get("tts/tacotron2"), models.get(tacotron.VOICE)
    network.decode(encode("wˈʌn."))  # warm
    right, counts, said_s = 0, {}, np.zeros(3)  # seconds of decoding, of vocoding, of sound
    for text in texts:
        (phonemes,) = tacotron.read(text).phonemes
        began = time.perf_counter()
        got = network.decode(encode(phonemes))
        decoded = time.perf_counter()
        y = vocoded(got.after)
        said_s += (decoded - began, time.perf_counter() - decoded, len(y) / RATE)
        judged = order(got.weights, got.ended)
        right += judged.right
        true = soxr.resample(voice.say(phonemes), models.spec(tacotron.VOICE).sample_rate, RATE)
        sounds = {"tts/tacotron2": y, "true mel": vocoded(synthesis_mel(true)), tacotron.VOICE: true}
        for name, sound in sounds.items():
            words = heard(listener, sound)
            found = word_errors(normalise(text).text, normalise(words).text)
            counts[name] = found if name not in counts else counts[name] + found
            if aloud and name == "tts/tacotron2":
                print(f"{'in order' if judged.right else judged}: {text} | {words}", flush=True)
    wer = {name: found.rate for name, found in counts.items()}
    return Found(right, wer, said_s[0] / said_s[2], (said_s[0] + said_s[1]) / said_s[2])


def show(found: Found, n: int) -> None:
    """Print what was measured, and whether the bars of issue 16 hold."""
    print(f"\nTacotron 2 on {n} sentences that it never saw")
    print(f"in order            {found.right} of {n}   (bar: {round(n * 28 / 30)})")
    for name, rate in found.wer.items():
        bar = "   (bar: 0.10)" if name == "tts/tacotron2" else ""
        through = " itself" if name == tacotron.VOICE else " + Griffin-Lim"
        print(f"WER {name + through:28s} {rate:.3f}{bar}")
    print(f"RTF network {found.rtf_network:.3f}, with Griffin-Lim {found.rtf_all:.3f}   (bar: 0.6)", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listener", default="asr/whisper-base", help="which Whisper counts the words")
    parser.add_argument("--sentences", type=int, default=len(TEXTS), help="how many of the thirty")
    args = parser.parse_args()
    texts = TEXTS[: max(1, args.sentences)]
    show(measure(args.listener, texts), len(texts))


if __name__ == "__main__":
    main()
