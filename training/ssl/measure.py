"""Measure units and layers against letters, on readers that no training has heard; the page shows these tables.

    python -m training.ssl.measure --data ../shared/data --work FOLDER

Letters come from the packaged CTC model, which aligns LibriSpeech's own transcripts. Ten minutes of training readers
fit the linear probes; the untouched readers 84 and 251 are what everything is measured on. Writes
`assets/precomputed/ssl-facts.npz`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import models
from algorithms import ctc
from algorithms.ssl import letters, mfcc, units
from algorithms.ssl.kmeans import kmeans, nearest
from algorithms.ssl.masking import span_mask
from algorithms.ssl.probe import Probe, fit
from algorithms.ssl.shape import SAMPLE_RATE, SslShape, frames_of
from models.ssl.tiny import TinyHubert, TinyWav2vec2, normed
from training.recordings import TRAIN, UNTOUCHED, recordings

FACTS = Path(__file__).parents[2] / "assets" / "precomputed" / "ssl-facts.npz"
SET = "librispeech_devclean_mp3"
CLASSES = len(letters.LABELS)
LONGEST_S = 20.0


@dataclass(frozen=True)
class Labelled:
    """A recording at 16 kHz with the letter of each frame, indices of `letters.LABELS`."""

    speaker: str
    y: np.ndarray  # float32 [n]
    labels: np.ndarray  # int64 [T]


def labelled(data: Path, split: str, minutes: float, work: Path) -> list[Labelled]:
    """Return about `minutes` of the readers of a split, each reader equally long; alignments are kept in `work`."""
    kept = work / f"letters-{split}-{minutes:g}.npz"
    stored = dict(np.load(kept)) if kept.exists() else {}
    model = None if stored else models.get("ctc/whisper-tiny")
    readers: dict[str, float] = {}
    rows = list(recordings(data, SET, split=split))
    share = 60 * minutes / len({row.speaker for row in rows})  # seconds
    found = []
    for row in rows:
        if readers.get(row.speaker, 0) >= share or row.seconds > LONGEST_S:
            continue
        readers[row.speaker] = readers.get(row.speaker, 0) + row.seconds
        y = row.read(SAMPLE_RATE)
        name = row.path.stem
        if model is not None:
            tokens = ctc.encode(row.transcript.lower(), model.vocab)
            aligned = ctc.forced_align(model.log_probs(y), tokens)
            spans = [(model.vocab[token.token], token.start_frame, token.end_frame) for token in aligned]
            stored[name] = letters.on_frames(spans, frames_of(len(y), SslShape()))
        found.append(Labelled(row.speaker, y, stored[name]))
    if model is not None:
        np.savez(kept, **stored)
    return found


def whisper_layer(y: np.ndarray) -> np.ndarray:
    """Return the last layer of Whisper tiny.en's encoder, which looks at 20 ms a frame, too: float32 [T, 384]."""
    states = models.get("inside/whisper-tiny.en").listen(y.astype(np.float32)).states.out
    return states.reshape(-1, states.shape[-1])[: frames_of(len(y), SslShape())].numpy()


Representation = Callable[[np.ndarray], np.ndarray]


def _remembering(model: TinyHubert | TinyWav2vec2) -> Callable[[np.ndarray], list[np.ndarray]]:
    """Return `model.all_layers` with a memory: each layer asks for the same sounds."""
    kept: dict[int, list[np.ndarray]] = {}

    def layers(y: np.ndarray) -> list[np.ndarray]:
        if id(y) not in kept:
            kept[id(y)] = [layer.astype(np.float16) for layer in model.all_layers(y)]
        return kept[id(y)]

    return layers


def representations(hubert: TinyHubert, wav2vec: TinyWav2vec2) -> dict[str, Representation]:
    """Name to function: sound [n] to features [T, D]; both networks' layers are found by "model: layer"."""
    found: dict[str, Representation] = {
        "log-mel": lambda y: mfcc.log_mel(normed(y)),
        "MFCC": lambda y: mfcc.mfcc_39(normed(y)),
    }
    for name, model in (("HuBERT", hubert), ("wav2vec 2.0", wav2vec)):
        layers = _remembering(model)
        for at in range(model.n_layers + 2):
            layer = "convolutions" if at == 0 else f"layer {at - 1}"
            found[f"{name}: {layer}"] = lambda y, layers=layers, at=at: layers(y)[at]
    found["Whisper tiny.en's encoder"] = whisper_layer
    return found


def features_of(clips: list[Labelled], represent: Representation) -> tuple[np.ndarray, np.ndarray]:
    """Return features [F, D] and labels [F] of all frames of some clips."""
    rows = [(represent(clip.y), clip.labels) for clip in clips]
    both = [(x[: len(label)], label[: len(x)]) for x, label in rows]
    return np.concatenate([x for x, _ in both]).astype(np.float32), np.concatenate([label for _, label in both])


def probes(
    train: list[Labelled], test: list[Labelled], ways: dict[str, Representation]
) -> Iterator[tuple[str, Probe, float, units.Agreement]]:
    """Yield for each representation its probe, the probe's accuracy, and what 100 clusters of it agree to."""
    for name, represent in ways.items():
        x, labels = features_of(train, represent)
        probe = fit(x, labels, CLASSES)
        x_test, labels_test = features_of(test, represent)
        scaled = ((x - probe.mean) / probe.std).astype(np.float32)
        rng = np.random.default_rng(0)
        centres = kmeans(scaled[rng.choice(len(scaled), min(10_000, len(scaled)), replace=False)], 100, rng)
        found = nearest(((x_test - probe.mean) / probe.std).astype(np.float32), centres)
        table = units.together(labels_test, found, CLASSES, 100)
        yield name, probe, probe.accuracy(x_test, labels_test), units.agreement(table)


def tables(test: list[Labelled], hubert: TinyHubert) -> dict[str, np.ndarray]:
    """Return letters against HuBERT's units and against MFCC clusters: counts [27, n] each."""
    found = {}
    for name, of in (("hubert", hubert.units), ("mfcc", hubert.mfcc_units)):
        every, labels = features_of(test, lambda y, of=of: of(y)[:, None])
        found[name] = units.together(labels, every[:, 0].astype(int), CLASSES, hubert.n_units)
    return found


def games(test: list[Labelled], hubert: TinyHubert, wav2vec: TinyWav2vec2) -> dict[str, float]:
    """Return how well both networks play on voices they have never heard."""
    import torch

    from algorithms.ssl.contrast import DISTRACTORS, contrastive_loss, contrastive_scores, distractors

    rng, generator = np.random.default_rng(0), torch.Generator().manual_seed(0)
    right, copied, scores, counts = [], [], [], np.zeros((wav2vec.net.quantiser.groups, wav2vec.entries))
    for clip in test:
        n = hubert.frames(clip.y)
        mask = span_mask(n, rng)
        teacher = hubert.targets(clip.y)
        right.append((hubert.guess(clip.y, mask).argmax(1) == teacher)[mask])
        last = np.maximum.accumulate(np.where(~mask, np.arange(n), 0))  # the last frame that was heard
        copied.append((teacher[last] == teacher)[mask])
        context, targets = wav2vec.game(clip.y, mask)
        if mask.sum() > 1:
            others = distractors(torch.from_numpy(np.flatnonzero(mask)), DISTRACTORS, generator)
            scores.append(contrastive_scores(torch.from_numpy(context[mask]), torch.from_numpy(targets[mask]), others))
        for g, column in enumerate(wav2vec.codes(clip.y).T):
            counts[g] += np.bincount(column, minlength=wav2vec.entries)
    every = torch.cat(scores)
    return {
        "masked_accuracy": float(np.concatenate(right).mean()),
        "copied_accuracy": float(np.concatenate(copied).mean()),
        "contrastive_accuracy": float((every.argmax(1) == 0).float().mean()),
        "contrastive_loss": float(contrastive_loss(every)),
        "code_perplexity": float(np.mean([units.perplexity(row / row.sum()) for row in counts])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--work", type=Path, required=True, help="folder for alignments")
    parser.add_argument("--minutes", type=float, default=10.0, help="of labelled speech for the probes")
    parser.add_argument("--test-minutes", type=float, default=10.0, help="of the untouched readers")
    parser.add_argument("--align-only", action="store_true", help="make the alignments and stop")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    train = labelled(args.data, TRAIN, args.minutes, args.work)
    test = labelled(args.data, UNTOUCHED, args.test_minutes, args.work)
    if args.align_only:
        return
    hubert, wav2vec = models.get("ssl/hubert-tiny"), models.get("ssl/wav2vec2-tiny")
    arrays: dict[str, np.ndarray] = {}
    about: dict = {"probe": {}, "games": games(test, hubert, wav2vec)}
    about |= {
        "minutes": args.minutes,
        "test_minutes": args.test_minutes,
        "frames": int(sum(len(clip.labels) for clip in test)),
    }
    about["majority"] = float(np.bincount(np.concatenate([clip.labels for clip in test])).max() / about["frames"])
    for name, probe, accuracy, agree in probes(train, test, representations(hubert, wav2vec)):
        about["probe"][name] = {"accuracy": accuracy, "purity": agree.phone_purity, "pnmi": agree.pnmi}
        print(f"{name:28s} probe {accuracy:.3f}  100 clusters: purity {agree.phone_purity:.3f} PNMI {agree.pnmi:.3f}")
        if name.startswith("HuBERT"):
            for key in ("mean", "std", "weight", "bias"):
                arrays[f"{name} {key}"] = getattr(probe, key).astype(np.float16)
    for name, table in tables(test, hubert).items():
        arrays[f"table {name}"] = table.astype(np.int32)
        agree = units.agreement(table)
        print(f"units of {name}: purity {agree.phone_purity:.3f} PNMI {agree.pnmi:.3f}")
    arrays["filters"] = hubert.net.body.front.convs[0].weight.detach().numpy()[:, 0]
    print(about["games"])
    np.savez_compressed(FACTS, about=json.dumps(about), **arrays)


if __name__ == "__main__":
    main()
