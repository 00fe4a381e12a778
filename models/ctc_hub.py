"""Any CTC model that transformers' `AutoModelForCTC` reads: from a folder on this computer, or from the hub.

Weights must be safetensors; pickled ones, which can run code when they are loaded, are refused. The vocabulary is read
from `vocab.json` and not through a tokenizer, since a phoneme model's would need a phonemizer that decoding does not.
"""

from __future__ import annotations

import functools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from models.ctc import check_audio
from models.registry import ModelSpec, ModelUnavailable, report

SUGGESTIONS = {
    "facebook/wav2vec2-base-960h": "the model most articles on CTC use: 95 million weights, capital letters",
    "facebook/hubert-large-ls960-ft": "three times as large, and more accurate",
    "facebook/wav2vec2-lv-60-espeak-cv-ft": "writes phonemes of many languages, not letters",
}
FILES = ("config.json", "vocab.json", "preprocessor_config.json", "model.safetensors")
LONGEST_S = 60  # attention's memory grows with the square of the length


class TransformersCtc:
    """A `CtcModel` around an `AutoModelForCTC`; its blank is moved to index 0.

    Attributes
    ----------
    vocab : tuple of str, the blank first; "|" is the word separator where the model has one
    frame_s : float, seconds a frame (the product of the strides of its convolutions)
    sample_rate : int, Hz, that it was trained on
    """

    def __init__(self, model: Any, symbols: dict[str, int], sample_rate: int, normalise: bool):
        config = model.config
        size = model.lm_head.out_features if hasattr(model, "lm_head") else config.vocab_size
        names = {number: symbol for symbol, number in symbols.items()}
        self.model = model
        self.sample_rate = sample_rate
        self.frame_s = math.prod(config.conv_stride) / sample_rate
        self._normalise = normalise
        self._shortest = _receptive_field(config.conv_kernel, config.conv_stride)
        self._order = [config.pad_token_id, *(i for i in range(size) if i != config.pad_token_id)]
        self.vocab = tuple(names.get(i, f"<{i}>") for i in self._order)

    def eval(self) -> TransformersCtc:
        """Switch dropout off."""
        self.model.eval()
        return self

    def log_probs(self, y: np.ndarray) -> np.ndarray:
        """Natural-log probabilities, float32 [T, V], of a clip at `sample_rate`; at most a minute."""
        import torch

        y = check_audio(y)
        if len(y) > LONGEST_S * self.sample_rate:
            raise ValueError(
                f"This model reads at most {LONGEST_S} s at a time: cut the clip, or use ctc/whisper-tiny."
            )
        y = np.pad(y, (0, max(0, self._shortest - len(y))))
        if self._normalise:
            y = (y - y.mean()) / np.sqrt(y.var() + 1e-7)
        with torch.inference_mode():
            logits = self.model(torch.from_numpy(y)[None]).logits[0]
            return logits.float().log_softmax(-1)[:, self._order].numpy()


def _receptive_field(kernels: list[int], strides: list[int]) -> int:
    """Samples that one frame needs."""
    size = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        size = (size - 1) * stride + kernel
    return size


def load_folder(folder: Path, title: str | None = None) -> TransformersCtc:
    """Load a CTC model as `save_pretrained` leaves it: config.json, vocab.json and model.safetensors.

    Raises
    ------
    ModelUnavailable
        A file is missing or damaged, or the model is none for CTC.
    """
    from models import torchaudio_guard

    torchaudio_guard.install()  # transformers imports torchaudio
    from safetensors import SafetensorError
    from transformers import AutoModelForCTC

    title = title or folder.name
    missing = [name for name in ("config.json", "vocab.json", "model.safetensors") if not (folder / name).is_file()]
    if missing:
        raise ModelUnavailable(f"{title} can't be read as a CTC model: it has no {' and no '.join(missing)}.")
    try:
        symbols = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        listing = folder / "preprocessor_config.json"
        sound = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
        # Some multilingual models keep one vocabulary for each language.
        if symbols and all(isinstance(value, dict) for value in symbols.values()):
            symbols = symbols.get("eng") or next(iter(symbols.values()))
        model, info = AutoModelForCTC.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
    except (ValueError, KeyError, OSError, SafetensorError) as error:
        raise ModelUnavailable(f"{title} can't be read as a CTC model ({str(error).splitlines()[0]}).") from error
    if any(key.startswith("lm_head") for key in info["missing_keys"]):
        raise ModelUnavailable(f"{title} was never trained for CTC (it has no lm_head): choose a fine-tuned one.")
    rate = int(sound.get("sampling_rate", 16000))
    return TransformersCtc(model, symbols, rate, bool(sound.get("do_normalize", True))).eval()


def spec(name: str, revision: str | None = None) -> ModelSpec:
    """A `ModelSpec` for a folder, or for `owner/name` on the hub at a commit or branch; fetches nothing yet."""
    folder = Path(name).expanduser()
    local = folder.is_dir()
    size_mb = (folder / "model.safetensors").stat().st_size / 1e6 if (folder / "model.safetensors").is_file() else 400
    return ModelSpec(
        id=f"local:{folder.resolve()}" if local else f"hub:{name}@{revision or 'main'}",
        task="CtcModel",
        source=str(folder.resolve()) if local else f"hub:{name}",
        revision=None if local else revision,
        licence="as its maker says",
        size_mb=size_mb,
        sample_rate=16000,
        offline=local,
        load=functools.partial(load_folder, folder) if local else functools.partial(_download, name, revision),
    )


def _download(name: str, revision: str | None) -> TransformersCtc:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    path = None
    for i, file in enumerate(FILES):
        report(0.9 * i / len(FILES), f"Downloading {file} of {name}")
        try:
            path = Path(hf_hub_download(name, file, revision=revision, etag_timeout=5))
        except EntryNotFoundError as error:
            if file == "preprocessor_config.json":
                continue
            raise ModelUnavailable(f"{name} has no {file}: choose a CTC model with safetensors weights.") from error
        except HfHubHTTPError.__bases__ as error:  # the HTTP library's own error, whichever it is, and OSError
            raise ModelUnavailable(
                f"{name} can't be had from the Hugging Face hub ({type(error).__name__}): check the name and the "
                "network, or use ctc/whisper-tiny, which needs neither."
            ) from error
    return load_folder(path.parent, name)
