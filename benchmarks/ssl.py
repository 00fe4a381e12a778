"""Measure the self-supervised networks beside MFCC, log-mel and Whisper's encoder, on readers never heard.

    python -m benchmarks.ssl [--data ../shared/data] [--minutes 10] [--hub facebook/hubert-base-ls960]

Letters aligned by the packaged CTC model stand for phones. For each representation: the accuracy of a linear probe of
letters, trained on `--minutes` of labels of the training readers, and purity and PNMI of 100 clusters of it. Then how
well both networks play their games. The readers are LibriSpeech's 84 and 251, untouched by any training of the lab.
`--hub` adds the layers of a wav2vec 2.0, HuBERT or WavLM of the Hugging Face hub, or of a folder in its layout.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

import models
from training.recordings import TRAIN, UNTOUCHED
from training.ssl import measure


def of_hub(name: str) -> dict[str, Callable[[np.ndarray], np.ndarray]]:
    """Return the layers of a model of transformers, by name: sound [n] at 16 kHz to features [T, D]."""
    import torch

    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers imports torchaudio
    from transformers import AutoModel

    model = AutoModel.from_pretrained(name).eval()

    def layer(y: np.ndarray, at: int) -> np.ndarray:
        with torch.inference_mode():
            found = model(torch.from_numpy(measure.normed(y))[None], output_hidden_states=True)
        return found.hidden_states[at][0].numpy()

    title = Path(name).name
    return {f"{title}: layer {at}": lambda y, at=at: layer(y, at) for at in range(model.config.num_hidden_layers + 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the sets")
    parser.add_argument("--work", type=Path, default=Path("../ssl-work"), help="folder that keeps the alignments")
    parser.add_argument("--minutes", type=float, default=10.0, help="of labels to train a probe")
    parser.add_argument("--test-minutes", type=float, default=10.0, help="of the untouched readers")
    parser.add_argument("--hub", default="", help="a model of the hub, or a folder")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    train = measure.labelled(args.data, TRAIN, args.minutes, args.work)
    test = measure.labelled(args.data, UNTOUCHED, args.test_minutes, args.work)
    hubert, wav2vec = models.get("ssl/hubert-tiny"), models.get("ssl/wav2vec2-tiny")
    ways = measure.representations(hubert, wav2vec) | (of_hub(args.hub) if args.hub else {})
    print(f"{'representation':32s} probe  purity  PNMI")
    for name, _, accuracy, agree in measure.probes(train, test, ways):
        print(f"{name:32s} {accuracy:.3f}  {agree.phone_purity:.3f}   {agree.pnmi:.3f}", flush=True)
    for name, table in measure.tables(test, hubert).items():
        agree = measure.units.agreement(table)
        print(f"{f'units shipped: {name}':32s}        {agree.phone_purity:.3f}   {agree.pnmi:.3f}")
    for name, value in measure.games(test, hubert, wav2vec).items():
        print(f"{name.replace('_', ' ')}: {value:.3f}")


if __name__ == "__main__":
    main()
