"""From a trained DS-CNN to ONNX: batch normalisation folded, float32 and eight-bit integers.

    python -m training.keyword.export --work FOLDER --data DATA --size s --out assets/weights

writes `kws-ds-cnn-SIZE-fp32.onnx` and `kws-ds-cnn-SIZE-int8.onnx`; `algorithms/keyword/onnx.py` does it and says how.
The eight-bit one is calibrated with training clips.
"""

import argparse
from pathlib import Path

import numpy as np

from algorithms.keyword import onnx as kws_onnx
from algorithms.keyword.ds_cnn import LABELS, fold_batchnorm
from algorithms.keyword.onnx import INPUT, quantise


def to_onnx(net, labels: tuple[str, ...] = LABELS):
    """A network of `algorithms.keyword.ds_cnn.build` as an ONNX model: see `algorithms.keyword.onnx.to_onnx`."""
    return kws_onnx.to_onnx(net.size, labels, fold_batchnorm(net))


def main() -> None:
    import onnx

    from algorithms.keyword.speech_commands import dev_speakers, features_of, speech_commands
    from training.keyword.train import load_net

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/speech_commands"))
    parser.add_argument("--size", choices=("s", "m"), default="s")
    parser.add_argument("--name", help="of the checkpoint; kws-SIZE without it")
    parser.add_argument("--method", default="minmax", help="calibration, see quantise")
    parser.add_argument("--clips", type=int, default=600, help="training clips to calibrate with")
    parser.add_argument("--out", type=Path, default=Path("assets/weights"))
    args = parser.parse_args()
    clips = speech_commands(args.data, "train")
    held = dev_speakers(clips)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(~held))[: args.clips]
    net = load_net(args.work / f"{args.name or f'kws-{args.size}'}.pt")
    fp32, int8 = (args.out / f"kws-ds-cnn-{args.size}-{kind}.onnx" for kind in ("fp32", "int8"))
    onnx.save(to_onnx(net), fp32)
    quantise(fp32, int8, features_of(clips.take(rows)), method=args.method)
    kept = clips.take(held)
    features = features_of(kept)
    for path in (fp32, int8):
        right = (run(path, features).argmax(1) == kept.label).mean()
        print(f"{path}: {path.stat().st_size} bytes, right on {right:.4f} of the clips kept to choose by")


def run(path: Path, features: np.ndarray) -> np.ndarray:
    """Logits float32 [n, classes] of an ONNX file for inputs [n, 1, 49, 10], one at a time as in use."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {INPUT: one[None].astype(np.float32)})[0] for one in features])


if __name__ == "__main__":
    main()
