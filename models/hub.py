"""A Whisper model of the user's choice: from the Hugging Face hub, or from a folder on this computer.

Weights are read as plain arrays (CTranslate2's model.bin, safetensors); pickled ones, which can run code when they are
loaded, are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models import hub_access
from models.registry import ModelSpec, ModelUnavailable

TRANSFORMERS_FILES = re.compile(
    r"(config|generation_config|preprocessor_config|processor_config|tokenizer|tokenizer_config|vocab|normalizer"
    r"|added_tokens|special_tokens_map)\.json|merges\.txt"
)
CT2_FILES = re.compile(r"model\.bin|(config|preprocessor_config|tokenizer)\.json|vocabulary\.(json|txt)")


def resolve(user_text: str) -> ModelSpec:
    """The model that a user means: `owner/name`, `owner/name@revision`, or an existing folder.

    Looks it up (5 s at most for an answer) but downloads no weights: `models.get(spec)` does.

    Returns
    -------
    ModelSpec
        Task "Transcriber"; for the hub pinned to a commit, with licence and size as the hub states them.

    Raises
    ------
    ModelUnavailable
        One sentence: not a model id, unknown, no network, not Whisper, only pickled weights, or too large.
    """
    text = user_text.strip()
    if (folder := hub_access.local_folder(text)) is not None:
        return _local(folder)
    return _hub(*hub_access.hub_name(text, "Whisper", "openai/whisper-small"))


def _local(folder: Path) -> ModelSpec:
    kind, files = _choose({p.name for p in folder.iterdir() if p.is_file()}, folder.name)
    _check_is_whisper(folder, kind)
    size_mb = sum((folder / name).stat().st_size for name in files) / 1e6
    return _spec(f"local:{folder}", str(folder), None, "as its maker says", size_mb, lambda: _load(folder, kind))


def _hub(repo: str, revision: str | None, token: bool | None) -> ModelSpec:
    def question() -> Any:
        from huggingface_hub import HfApi

        timeout = hub_access.TIMEOUT_S
        return HfApi().model_info(repo, revision=revision, timeout=timeout, files_metadata=True, token=token)

    try:
        info = hub_access.ask(question, repo, revision, "choose one of the built-in models")
    except hub_access.HubSilent:
        cached = _cached(repo, revision)
        if cached is None:
            raise
        return cached

    files = {f.rfilename: f for f in info.siblings or []}
    kind, names = _choose(set(files), repo)
    size_mb = sum(files[n].size or 0 for n in names) / 1e6
    hashes = {n: files[n].lfs.sha256 for n in names if files[n].lfs is not None}
    licence = getattr(info.card_data, "license", None) or "not stated"

    def load() -> Any:
        return _load(hub_access.download(repo, info.sha, names, size_mb, hashes, token), kind, repo)

    return _spec(f"hub:{repo}@{info.sha[:12]}", f"hub:{repo}", info.sha, str(licence), size_mb, load)


def _cached(repo: str, revision: str | None) -> ModelSpec | None:
    """The model as an earlier download left it in the hub's cache on this computer, if it did."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(repo, "config.json", revision=revision)
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    kind, files = _choose({p.name for p in folder.iterdir()}, repo)
    size_mb = sum((folder / name).stat().st_size for name in files) / 1e6
    id = f"hub:{repo}@{folder.name[:12]}"
    return _spec(id, f"hub:{repo}", folder.name, "as on its page", size_mb, lambda: _load(folder, kind, repo))


def _spec(id: str, source: str, revision: str | None, licence: str, size_mb: float, load: Any) -> ModelSpec:
    return hub_access.chosen_spec(
        id=id, task="Transcriber", source=source, revision=revision, licence=licence, size_mb=size_mb, load=load
    )


def _choose(names: Iterable[str], title: str) -> tuple[str, list[str]]:
    """The kind of model ("ct2" or "transformers") and the files of it to read."""
    names = set(names)
    ct2 = sorted(n for n in names if CT2_FILES.fullmatch(n))
    if {"model.bin", "config.json", "tokenizer.json"} <= names and any(n.startswith("vocabulary.") for n in ct2):
        return "ct2", ct2
    weights = {"model.safetensors"} & names  # some hold the same weights twice, whole and in 32-bit pieces
    if not weights:
        weights = {n for n in names if re.fullmatch(r"model(-\d+-of-\d+)?\.safetensors(\.index\.json)?", n)}
    if weights and "config.json" in names:
        return "transformers", sorted(weights | {n for n in names if TRANSFORMERS_FILES.fullmatch(n)})
    if any(n.endswith((".bin", ".pt", ".pth", ".ckpt")) for n in names) and "model.bin" not in names:
        raise ModelUnavailable(
            f"{title} has only pickled weights, which can run code when loaded: choose a model with safetensors."
        )
    raise ModelUnavailable(
        f"{title} is no Whisper model this app can read: it needs config.json with model.safetensors (transformers), "
        "or model.bin with tokenizer.json and vocabulary (CTranslate2)."
    )


def _check_is_whisper(folder: Path, kind: str) -> None:
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise ModelUnavailable(f"{folder.name}/config.json is not JSON: the model is damaged.") from None
    if not isinstance(config, dict):
        raise ModelUnavailable(f"{folder.name}/config.json holds no settings: the model is damaged.")
    is_whisper = "alignment_heads" in config if kind == "ct2" else config.get("model_type") == "whisper"
    if not is_whisper:
        raise ModelUnavailable(f"{folder.name} is not a Whisper model: choose one whose page says Whisper.")


def _load(folder: Path, kind: str, title: str | None = None) -> Any:
    _check_is_whisper(folder, kind)
    if kind == "ct2":
        from models.whisper.packaged import load_folder

        return load_folder(folder, title or folder.name)
    from models.whisper.hf import load_folder

    return load_folder(folder, title or folder.name)
