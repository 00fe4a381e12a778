"""Measure keywords of one's own: five takes of one speaker, and then that speaker, others, and everything else.

    python -m benchmarks.kws_personal                      # 12 words; two layers, one, without other words, ...
    python -m benchmarks.kws_personal --words 30 --takes 3

The words are spoken digits of the Free Spoken Digit Dataset (six speakers, fifty recordings of each digit by each,
8 kHz; the shipped network met them in training as unknown words, never as a class of their own). For each word: five
takes of one speaker, with and without five other digits of that speaker, teach the network as the page does
(`models.keyword.personal.learn`). Then, with the threshold that the page would choose from its held-out figures:

- detected: the other 45 recordings of that digit by that speaker, as they are and each through a random microphone,
  room and noise (`algorithms.keyword.disturb`); and the 250 by the other five speakers;
- false alarms: that speaker's other digits that were not taught; the 746 clips of Speech Commands' `val` (35 speakers
  and noises, without that digit), whose scores the page uses to choose the threshold: they count a little too good;
- at a threshold of 0.5 and at the one with 1 % false alarms on `val`, for comparison with other systems.
"""

import argparse
import time
from pathlib import Path

import numpy as np

from algorithms.keyword.disturb import disturb
from algorithms.keyword.features import mfcc
from algorithms.keyword.speech_commands import Clips, speech_commands
from models.keyword.own_data import Take
from models.keyword.personal import Learned, Settings, learn
from training.keyword.data import digits

CHOSEN_BY = 10  # pairs of a digit and a speaker with which steps and variations were chosen: not measured again


def taught(clips: Clips, rows: np.ndarray, kind: str) -> list[Take]:
    """These clips as takes."""
    return [Take(clips.x[r].astype(np.float32) / 32768, kind, str(clips.word[r])) for r in rows]


def features(clips: Clips) -> np.ndarray:
    """MFCCs float32 [n, 49, 10]."""
    return np.stack([mfcc(x.astype(np.float32) / 32768) for x in clips.x])


def disturbed(clips: Clips, rows: np.ndarray) -> np.ndarray:
    """MFCCs of these clips through random microphones, rooms and coloured noise, the same at each call."""
    nothing = np.zeros((0, 16_000), np.int16)
    made = [disturb(clips.x[r].astype(np.float32) / 32768, nothing, np.random.default_rng((9, int(r)))) for r in rows]
    return np.stack([mfcc(y) for y in made])


def one(
    clips: Clips,
    known: np.ndarray,
    val: tuple[np.ndarray, np.ndarray],
    word: str,
    speaker: str,
    takes: int,
    others: int,
    settings: Settings,
    seed: int,
) -> tuple[np.ndarray, float]:
    """Rates of one word by one speaker, float [16]: five at each of three thresholds, and the page's; and seconds."""
    rng = np.random.default_rng(seed)
    mine = rng.permutation(np.flatnonzero((clips.word == word) & (clips.speaker == speaker)))
    same = clips.speaker == speaker
    chosen = rng.permutation(np.unique(clips.word[clips.word != word]))[:others]
    extra = np.array([np.flatnonzero(same & (clips.word == w))[seed % 50] for w in chosen], int)
    given = taught(clips, mine[:takes], "first") + taught(clips, extra, "others")
    strangers = val[0][val[1] != word]
    began = time.perf_counter()
    *_, learned = learn(given, [word], strangers, settings, seed=seed)
    seconds = time.perf_counter() - began
    if not isinstance(learned, Learned):
        raise TypeError("Training ended without a network.")
    p = learned.spotter.predict_features(known)[:, 2]
    on_val = learned.stranger_probs[:, 2]
    other_digits = same & ~np.isin(clips.word, [word, *chosen])
    harder = learned.spotter.predict_features(disturbed(clips, mine[takes:]))[:, 2]
    parts = (p[mine[takes:]], harder, p[(clips.word == word) & ~same], p[other_digits], on_val)
    found = []
    for at in (learned.spotter.threshold, 0.5, np.nextafter(np.quantile(on_val, 0.99), 1, dtype=np.float32)):
        found += [(part >= at).mean() for part in parts]
    return np.array([*found, learned.spotter.threshold]), seconds


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fsdd", type=Path, default=Path("../shared/data/fsdd"))
    parser.add_argument("--speech-commands", type=Path, default=Path("../shared/data/speech_commands"))
    parser.add_argument("--words", type=int, default=12, help="pairs of a digit and a speaker, drawn at random")
    parser.add_argument("--takes", type=int, default=5)
    args = parser.parse_args()
    clips, val = digits(args.fsdd), speech_commands(args.speech_commands, "val")
    known, on_val = features(clips), (features(val), val.word)
    pairs = sorted({(str(w), str(s)) for w, s in zip(clips.word, clips.speaker, strict=True)})
    drawn = np.random.default_rng(7).permutation(len(pairs))[CHOSEN_BY : CHOSEN_BY + args.words]
    pairs = [pairs[i] for i in drawn]
    print(f"{len(pairs)} words, {args.takes} takes each: {', '.join(f'{w} by {s[5:]}' for w, s in pairs)}")
    rows = (
        ("last two layers, 5 other words", Settings(), 5),
        ("last two layers, no other words", Settings(), 0),
        ("last layer, 5 other words", Settings(both=False), 5),
        ("last two layers, 5 other words, no variations", Settings(views=0), 5),
    )
    print("Mean over the words, in %: detected of the same speaker, the same disturbed, other speakers;")
    print("false alarms of other digits in the same voice, of strangers")
    for name, settings, others in rows:
        made = [
            one(clips, known, on_val, w, s, args.takes, others, settings, seed) for seed, (w, s) in enumerate(pairs)
        ]
        rates = np.array([rate for rate, _ in made])
        print(f"{name}: {np.median([s for _, s in made]):.1f} s of training, all checks included")
        titles = (f"the page's threshold ({rates[:, 15].mean():.2f})", "threshold 0.5", "at 1 % of strangers")
        for title, part in zip(titles, np.split(100 * rates[:, :15], 3, axis=1), strict=True):
            mean, worst = part.mean(0), part[:, 0].min()
            print(
                f"  {title:27s} {mean[0]:5.1f} (worst word {worst:3.0f}) {mean[1]:5.1f} {mean[2]:5.1f};  "
                f"{mean[3]:4.1f} {mean[4]:5.2f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
