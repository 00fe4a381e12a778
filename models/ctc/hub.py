"""Any CTC model that transformers' `AutoModelForCTC` reads: from a folder on this computer, or from the hub.

Weights must be safetensors; pickled ones, which can run code when they are loaded, are refused. The vocabulary is read
from `vocab.json` and not through a tokenizer, since a phoneme model's would need a phonemizer that decoding does not.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models import hub_access
from models.ctc.whisper_tiny import check_audio
from models.registry import ModelSpec, ModelUnavailable
from models.sizes import check_counts

SUGGESTIONS = {
    "facebook/wav2vec2-base-960h": "the model most articles on CTC use: 95 million weights, capital letters",
    "facebook/hubert-large-ls960-ft": "three times as large, and more accurate",
    "facebook/wav2vec2-lv-60-espeak-cv-ft": "writes phonemes of many languages, not letters",
}
FILES = ("config.json", "vocab.json", "preprocessor_config.json", "model.safetensors")
OPTIONAL = "preprocessor_config.json"
WEIGHTS = "model.safetensors"
CONVERTER = "SFconvertbot"  # the hub's own account that offers pickled weights again as safetensors
# Those whose frames are what the convolutions' strides say; others subsample further or take spectrograms.
KINDS = ("wav2vec2", "hubert", "wavlm", "unispeech", "unispeech-sat", "data2vec-audio", "wav2vec2-conformer")
WINDOW_S, CONTEXT_S = 20.0, 2.0  # a long clip is read in windows with some of their neighbours on both sides


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
        self._stride = math.prod(config.conv_stride)
        self.frame_s = self._stride / sample_rate
        self._normalise = normalise
        self._shortest = _receptive_field(config.conv_kernel, config.conv_stride)
        self._order = [config.pad_token_id, *(i for i in range(size) if i != config.pad_token_id)]
        self.vocab = tuple(names.get(i, f"<{i}>") for i in self._order)

    def eval(self) -> TransformersCtc:
        """Switch dropout off."""
        self.model.eval()
        return self

    def log_probs(self, y: np.ndarray, progress: Callable[[float], object] | None = None) -> np.ndarray:
        """Natural-log probabilities, float32 [T, V], of a clip at `sample_rate`.

        Attention's memory grows with the square of the length, so more than 24 s are read in windows of 20 s with 2 s
        of their neighbours on both sides. `progress` is told the share done after each, and may raise to stop.
        """
        y = check_audio(y)
        y = np.pad(y, (0, max(0, self._shortest - len(y))))
        if self._normalise:
            y = (y - y.mean()) / np.sqrt(y.var() + 1e-7)
        n_frames = (len(y) - self._shortest) // self._stride + 1  # no convolution pads
        window, context = (max(1, int(s / self.frame_s)) for s in (WINDOW_S, CONTEXT_S))
        if n_frames <= window + 2 * context:
            window = n_frames
        rows = []
        for start in range(0, n_frames, window):
            first, last = max(0, start - context), min(n_frames, start + window + context)
            # To the very end where it is the last: samples too few for a frame still count in the group norm.
            end = len(y) if last == n_frames else (last - 1) * self._stride + self._shortest
            part = y[first * self._stride : end]
            rows.append(self._run(part)[start - first : min(start + window, n_frames) - first])
            if progress is not None:
                progress(min(1.0, (start + window) / n_frames))
        return np.concatenate(rows)

    def _run(self, y: np.ndarray) -> np.ndarray:
        import torch

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
    from huggingface_hub.errors import StrictDataclassError
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForCTC

    title = title or folder.name
    missing = [name for name in ("config.json", "vocab.json", "model.safetensors") if not (folder / name).is_file()]
    if missing:
        raise ModelUnavailable(f"{title} can't be read as a CTC model: it has no {' and no '.join(missing)}.")
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
        if kind not in KINDS:
            raise ModelUnavailable(f"{title} is a model of the kind {kind}; this page reads {', '.join(KINDS)}.")
        symbols = json.loads((folder / "vocab.json").read_text(encoding="utf-8"))
        listing = folder / "preprocessor_config.json"
        sound = json.loads(listing.read_text(encoding="utf-8")) if listing.is_file() else {}
        # Some multilingual models keep one vocabulary for each language.
        if symbols and all(isinstance(value, dict) for value in symbols.values()):
            symbols = symbols.get("eng") or next(iter(symbols.values()))
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        check_counts(folder, lambda: AutoModelForCTC.from_config(config), title)
        model, info = AutoModelForCTC.from_pretrained(
            folder, use_safetensors=True, local_files_only=True, output_loading_info=True
        )
    except ModelUnavailable:
        raise
    except (
        ValueError,
        LookupError,
        TypeError,
        ArithmeticError,
        AttributeError,
        OSError,
        RuntimeError,  # RecursionError is one
        SafetensorError,
        StrictDataclassError,
    ) as error:  # what transformers raises for a damaged configuration
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelUnavailable(f"{title} can't be read as a CTC model ({reason}).") from error
    if any(key.startswith("lm_head") for key in info["missing_keys"]):
        raise ModelUnavailable(f"{title} was never trained for CTC (it has no lm_head): choose a fine-tuned one.")
    if getattr(model.config, "add_adapter", False) or model.config.pad_token_id not in range(model.config.vocab_size):
        raise ModelUnavailable(
            f"{title} can't be read as a CTC model: which symbol is its blank, or its frames' length, is unclear."
        )
    rate = int(sound.get("sampling_rate", 16000))
    return TransformersCtc(model, symbols, rate, bool(sound.get("do_normalize", True))).eval()


def resolve(user_text: str) -> ModelSpec:
    """The CTC model that a user means: `owner/name`, `owner/name@revision`, or an existing folder.

    Looks it up (5 s at most for an answer) but downloads no weights: `models.get(spec)` does.

    Returns
    -------
    ModelSpec
        Task "CtcModel"; for the hub pinned to a commit, with licence and size as the hub states them.

    Raises
    ------
    ModelUnavailable
        One sentence: not a model id, unknown, no network, no CTC model, only pickled weights, or too large.
    """
    text = user_text.strip()
    if (folder := hub_access.local_folder(text)) is not None:
        return _local(folder)
    return _hub(*hub_access.hub_name(text, "CTC", "facebook/wav2vec2-base-960h"))


def _local(folder: Path) -> ModelSpec:
    weights = folder / WEIGHTS
    size_mb = weights.stat().st_size / 1e6 if weights.is_file() else 0.0
    load = functools.partial(load_folder, folder)
    return _spec(f"local:{folder}", str(folder), None, "as its maker says", size_mb, load)


def _hub(repo: str, revision: str | None, token: bool | None) -> ModelSpec:
    try:
        instead = "use ctc/whisper-tiny, which needs none"
        info = hub_access.ask(lambda: _info(repo, revision, token), repo, revision, instead)
    except hub_access.HubSilent:
        cached = _cached(repo, revision)
        if cached is None:
            raise
        return cached
    files = {f.rfilename: f for f in info.siblings or []}
    missing = [name for name in FILES if name not in files and name != OPTIONAL]
    if missing == [WEIGHTS]:
        raise ModelUnavailable(
            f"{repo} has no safetensors weights, and pickled ones can run code when loaded: choose another model."
        )
    if missing:
        raise ModelUnavailable(f"{repo} can't be read as a CTC model: it has no {' and no '.join(missing)}.")
    names = [name for name in FILES if name in files]
    size_mb = sum(files[n].size or 0 for n in names) / 1e6
    hashes = {WEIGHTS: files[WEIGHTS].lfs.sha256} if files[WEIGHTS].lfs is not None else {}
    licence = getattr(info.card_data, "license", None) or "not stated"

    def load() -> TransformersCtc:
        return load_folder(hub_access.download(repo, info.sha, names, size_mb, hashes, token), repo)

    return _spec(f"hub:{repo}@{info.sha[:12]}", f"hub:{repo}", info.sha, str(licence), size_mb, load)


def _info(repo: str, revision: str | None, token: bool | None) -> Any:
    """What the hub says of a model; where only pickled weights are there, of the safetensors that its bot offers."""
    from huggingface_hub import HfApi

    api = HfApi()
    info = api.model_info(repo, revision=revision, timeout=hub_access.TIMEOUT_S, files_metadata=True, token=token)
    if revision is not None or any(f.rfilename == WEIGHTS for f in info.siblings or []):
        return info
    for offer in api.get_repo_discussions(repo, author=CONVERTER, discussion_type="pull_request", token=token):
        if offer.author == CONVERTER and "safetensors" in offer.title:  # the filter above is only a wish
            found = api.model_info(
                repo, revision=offer.git_reference, timeout=hub_access.TIMEOUT_S, files_metadata=True, token=token
            )
            if any(f.rfilename == WEIGHTS for f in found.siblings or []):
                return found
    return info


def _cached(repo: str, revision: str | None) -> ModelSpec | None:
    """The model as an earlier download left it in the hub's cache on this computer, if it did."""
    from huggingface_hub import try_to_load_from_cache

    weights = try_to_load_from_cache(repo, WEIGHTS, revision=revision)
    if not isinstance(weights, str):
        return None
    folder = Path(weights).parent
    id = f"hub:{repo}@{folder.name[:12]}"
    size_mb = Path(weights).stat().st_size / 1e6
    return _spec(id, f"hub:{repo}", folder.name, "as on its page", size_mb, lambda: load_folder(folder, repo))


def _spec(id: str, source: str, revision: str | None, licence: str, size_mb: float, load: Callable) -> ModelSpec:
    return hub_access.chosen_spec(
        id=id, task="CtcModel", source=source, revision=revision, licence=licence, size_mb=size_mb, load=load
    )
