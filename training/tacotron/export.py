"""Write the running average of a checkpoint as the weights that are shipped.

    python -m training.tacotron.export --work FOLDER [--out FILE]

Float16. It prints the SHA-256 that goes into `models/tts/tacotron.py`.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
from dataclasses import fields
from pathlib import Path

import torch
from safetensors.torch import save_file

from algorithms.synthesis.tacotron.net import Tacotron2
from algorithms.synthesis.tacotron.shape import TacotronShape

OUT = Path("assets/weights/tts-tacotron2.safetensors")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="folder with last.pt")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    saved = torch.load(args.work / "last.pt", map_location="cpu", weights_only=True)
    shape = {field.name: saved["shape"][field.name] for field in fields(TacotronShape)}
    Tacotron2(TacotronShape(**shape)).load_state_dict(saved["average"], strict=True)
    meta = {
        "shape": json.dumps(shape),
        "date": datetime.date.today().isoformat(),
        "minutes": f"{saved['spent']:.1f}",
        "steps": str(saved["steps"]),
        "development": json.dumps(saved["curve"][-1] if saved["curve"] else None),
    }
    state = {k: v.half().contiguous() if v.is_floating_point() else v for k, v in saved["average"].items()}
    part = args.out.with_suffix(".part")
    save_file(state, part, meta)
    part.chmod(0o644)
    os.replace(part, args.out)
    digest = hashlib.sha256(args.out.read_bytes()).hexdigest()
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB, {meta}\nsha256 {digest}")


if __name__ == "__main__":
    main()
