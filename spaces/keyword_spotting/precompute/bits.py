"""Measure the keyword networks on coarser grids for the page "32 bits against 8": assets/precomputed/kws_bits.json.

    python -m spaces.keyword_spotting.precompute.bits [--speech-commands FOLDER]

Counts, on the `val` part of Speech Commands (by default in ../shared/data/speech_commands; 746 clips of speakers that
training never heard): the four shipped networks on ONNX Runtime; ONNX Runtime's own eight bits with one weight scale a
layer, calibrated as the shipped files were; and DS-CNN S and M with 2 to 8 bits simulated
(`algorithms.keyword.lens.simulate`). Only counts are written, no recording. A few minutes.
"""

import argparse
import datetime
import json
import tempfile
from pathlib import Path

import numpy as np

from algorithms.keyword import lens as kws_lens
from algorithms.keyword.onnx import quantise
from algorithms.keyword.quantised import read_int8
from algorithms.keyword.speech_commands import dev_speakers, features_of, speech_commands
from models.keyword.ds_cnn import SHA256, load_onnx, weights_file

OUT = Path(__file__).parents[3] / "assets" / "precomputed" / "kws_bits.json"
BATCH = 32  # clips at a time
CALIBRATION = 600  # clips, as training/keyword/export.py takes them


def guesses(spotter, features: np.ndarray) -> np.ndarray:
    """Classes [n] of MFCCs [n, 1, 49, 10], one clip at a time as in use."""
    return np.array([spotter.logits(x)[0].argmax() for x in features])


def simulated_right(net, ranges, features: np.ndarray, label: np.ndarray, **how) -> int:
    """How many clips the network with simulated bits gets right."""
    found = [
        kws_lens.simulate(net, ranges, features[i : i + BATCH, 0], **how)["linear"].argmax(1).ravel()
        for i in range(0, len(features), BATCH)
    ]
    return int((np.concatenate(found) == label).sum())


def main(arguments: list[str] | None = None) -> None:
    """Measure and write; `arguments` in place of the command line's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech-commands", type=Path, default=Path("../shared/data/speech_commands"))
    args = parser.parse_args(arguments)
    clips = speech_commands(args.speech_commands, "val")
    features, label = features_of(clips), clips.label
    train = speech_commands(args.speech_commands, "train")
    rows = np.random.default_rng(0).permutation(np.flatnonzero(~dev_speakers(train)))[:CALIBRATION]
    calibration = features_of(train.take(rows))
    found = {
        "clips": len(label),
        "date": datetime.date.today().isoformat(),
        "made_by": "python -m spaces.keyword_spotting.precompute.bits",
        "sha256": SHA256,
        "right": {},
        "only": {},
        "per_tensor_file": {},
        "bits": {},
    }
    for size in ("s", "m"):
        right = {}
        for kind in ("fp32", "int8"):
            right[kind] = guesses(load_onnx(weights_file(f"{size}-{kind}")), features) == label
            found["right"][f"{size}-{kind}"] = int(right[kind].sum())
        only = {"int8": right["int8"] & ~right["fp32"], "fp32": right["fp32"] & ~right["int8"]}
        found["only"][size] = {kind: int(which.sum()) for kind, which in only.items()}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "per-tensor.onnx"
            quantise(weights_file(f"{size}-fp32"), path, calibration, per_channel=False)
            found["per_tensor_file"][size] = int((guesses(load_onnx(path), features) == label).sum())
        print(size, found["right"], found["only"][size], found["per_tensor_file"][size], flush=True)
        net = kws_lens.read_fp32(weights_file(f"{size}-fp32"))
        ranges = kws_lens.output_ranges(read_int8(weights_file(f"{size}-int8")))
        found["bits"][size] = []
        for bits in range(kws_lens.MIN_BITS, kws_lens.MAX_BITS + 1):
            for per_channel in (True, False):
                for outputs in (True, False):
                    how = {"bits": bits, "per_channel": per_channel, "outputs": outputs}
                    right_now = simulated_right(net, ranges, features, label, **how)
                    found["bits"][size].append({**how, "right": right_now})
                    print(size, how, right_now, flush=True)
    OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
