"""Write the weights that the lab ships: float16 safetensors in `assets/weights/`.

    python -m training.ssl.export --work FOLDER --unit-layer 4

Prints the SHA-256 of both for `models/ssl/tiny.py`. With HuBERT goes the network of iteration 1, by whose layer
`--teacher-layer` it was taught, as the page shows what it had to guess. And three tables of clusters: of MFCC (its
first teacher), of that layer (its second teacher, whose clusters its head names), and of its own layer `--unit-layer`,
the units that the page shows.
"""

import argparse
import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from algorithms.ssl.hubert import Hubert
from algorithms.ssl.shape import SslShape
from models.ssl.tiny import FOLDER
from training.ssl.hubert import of_layer


def write(name: str, state: dict[str, torch.Tensor], about: dict) -> None:
    path = FOLDER / f"{name}.safetensors"
    halves = {key: value.half().contiguous() for key, value in sorted(state.items())}
    save_file(halves, path, metadata={"about": json.dumps(about)})
    print(path.name, f"{path.stat().st_size / 1e6:.1f} MB", hashlib.sha256(path.read_bytes()).hexdigest(), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder of the trainings")
    parser.add_argument("--unit-layer", type=int, default=4, help="layer of HuBERT whose clusters are its units")
    parser.add_argument("--teacher-layer", type=int, default=3, help="--layer of training.ssl.hubert")
    args = parser.parse_args()
    torch.set_num_threads(1)
    about = {"shape": asdict(SslShape())}
    saved = torch.load(args.work / "wav2vec.pt", weights_only=True)
    curves = {"steps": saved["steps"], "minutes": saved["spent"]}
    write("ssl-wav2vec2-tiny", saved["average"], about | {"kind": "wav2vec2"} | curves)
    saved = torch.load(args.work / "hubert-2.pt", weights_only=True)
    state = saved["average"]
    net = Hubert(SslShape(), len(state["codes"]))
    net.load_state_dict(state)
    tables = {
        "mfcc": dict(np.load(args.work / "teacher-1.npz")),
        "teacher": dict(np.load(args.work / "teacher-2.npz")),
        "units": of_layer(net.eval(), args.work, args.unit_layer, len(net.codes)),
    }
    first = torch.load(args.work / "hubert-1.pt", weights_only=True)["average"]
    state |= {f"first.{key}": value for key, value in first.items()}
    for which, table in tables.items():
        for key in ("mean", "std", "centres"):
            state[f"table.{which}_{key}"] = torch.from_numpy(np.asarray(table[key], np.float32))
    curves = {"steps": saved["steps"], "minutes": saved["spent"]}
    kind = {"kind": "hubert", "targets": len(net.codes), "unit_layer": args.unit_layer}
    kind |= {"teacher_layer": args.teacher_layer}
    write("ssl-hubert-tiny", state, about | kind | curves)


if __name__ == "__main__":
    main()
