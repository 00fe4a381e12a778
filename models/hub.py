"""A Whisper model of the user's choice: from the Hugging Face hub, or from a folder on this computer.

The only module that talks to the network, and only when a user names a hub model. Weights are read as plain arrays
(CTranslate2's model.bin, safetensors); pickled ones, which can run code when they are loaded, are refused.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from models.registry import ModelSpec, ModelUnavailable, check_sha256, limit_mb, report
from models.whisper_stream import SAMPLE_RATE

HUB_ID = re.compile(r"(?P<repo>\w[\w.-]{0,95}/\w[\w.-]{0,95})(@(?P<revision>\w[\w./-]{0,127}))?", re.ASCII)
TIMEOUT_S = 5  # for the hub's answers, not for downloads

TRANSFORMERS_FILES = re.compile(
    r"(config|generation_config|preprocessor_config|processor_config|tokenizer|tokenizer_config|vocab|normalizer"
    r"|added_tokens|special_tokens_map)\.json|merges\.txt"
)
CT2_FILES = re.compile(r"model\.bin|(config|preprocessor_config|tokenizer)\.json|vocabulary\.(json|txt)")


def resolve(user_text: str) -> ModelSpec:
    """The model that a user means: `owner/name`, `owner/name@revision`, or an existing folder.

    Looks it up (5 s at most for an answer) but downloads no weights: `models.get(spec)` does. Folders are only looked
    at on one's own computer: where SPACE_ID is set the app is public, and visitors must not probe the server's disk.

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
    public = bool(os.environ.get("SPACE_ID"))
    if text and not public and (folder := Path(text).expanduser()).is_dir():
        return _local(folder.resolve())
    match = HUB_ID.fullmatch(text)
    if match is None:
        raise ModelUnavailable(
            "Name a Whisper model of the Hugging Face hub as owner/name, for example openai/whisper-small"
            + ("." if public else ", or give the path of a model folder.")
        )
    return _hub(match["repo"], match["revision"], token=False if public else None)


def _local(folder: Path) -> ModelSpec:
    kind, files = _choose({p.name for p in folder.iterdir() if p.is_file()}, folder.name)
    _check_is_whisper(folder, kind)
    size_mb = sum((folder / name).stat().st_size for name in files) / 1e6
    return _spec(f"local:{folder}", str(folder), None, "as its maker says", size_mb, lambda: _load(folder, kind))


def _hub(repo: str, revision: str | None, token: bool | None) -> ModelSpec:
    """`token=False` keeps the server's own token out of it: visitors must not reach what only its owner may see."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        info = HfApi().model_info(repo, revision=revision, timeout=TIMEOUT_S, files_metadata=True, token=token)
    except GatedRepoError:
        raise ModelUnavailable(f"{repo} asks for its terms to be accepted on huggingface.co first.") from None
    except (RepositoryNotFoundError, HFValidationError):
        raise ModelUnavailable(f"The Hugging Face hub has no public model {repo!r}: check the spelling.") from None
    except RevisionNotFoundError:
        raise ModelUnavailable(
            f"{repo} has no revision {revision!r}: leave it out, or take one from its page."
        ) from None
    except HfHubHTTPError.__bases__ as error:  # the HTTP library's own error, whichever it is, and OSError
        cached = _cached(repo, revision)
        if cached is not None:
            return cached
        raise ModelUnavailable(
            f"{repo} can't be had: the Hugging Face hub does not answer ({type(error).__name__}). Check the network, "
            "or choose one of the built-in models."
        ) from error

    files = {f.rfilename: f for f in info.siblings or []}
    kind, names = _choose(set(files), repo)
    size_mb = sum(files[n].size or 0 for n in names) / 1e6
    hashes = {n: files[n].lfs.sha256 for n in names if files[n].lfs is not None}
    licence = getattr(info.card_data, "license", None) or "not stated"
    load = functools.partial(_download, repo, info.sha, kind, names, size_mb, hashes, token)
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
    if size_mb > limit_mb():
        raise ModelUnavailable(
            f"{id} needs {size_mb:.0f} MB and this app keeps at most {limit_mb():.0f} MB of weights: choose a smaller "
            "model, or start the app with a larger SPEECH_LAB_MODEL_MB."
        )
    return ModelSpec(
        id=id,
        task="Transcriber",
        source=source,
        revision=revision,
        licence=licence,
        size_mb=size_mb,
        sample_rate=SAMPLE_RATE,
        offline=source.startswith("/"),
        load=load,
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
    except ValueError:
        raise ModelUnavailable(f"{folder.name}/config.json is not JSON: the model is damaged.") from None
    is_whisper = "alignment_heads" in config if kind == "ct2" else config.get("model_type") == "whisper"
    if not is_whisper:
        raise ModelUnavailable(f"{folder.name} is not a Whisper model: choose one whose page says Whisper.")


def _download(
    repo: str, commit: str, kind: str, names: list[str], size_mb: float, hashes: dict[str, str], token: bool | None
) -> Any:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    folder = None
    for i, name in enumerate(names):
        report(0.9 * i / len(names), f"Downloading {name} of {repo} ({size_mb:.0f} MB in all)")
        try:
            path = Path(hf_hub_download(repo, name, revision=commit, token=token, etag_timeout=TIMEOUT_S))
        except HfHubHTTPError.__bases__ as error:
            raise ModelUnavailable(
                f"{name} of {repo} could not be downloaded ({type(error).__name__}): check the network and try again."
            ) from error
        if name in hashes:
            check_sha256(path, hashes[name])
        folder = path.parent
    report(0.9, f"Loading {repo}")
    return _load(folder, kind, repo)


def _load(folder: Path, kind: str, title: str | None = None) -> Any:
    _check_is_whisper(folder, kind)
    if kind == "ct2":
        from models.whisper import load_folder

        return load_folder(folder, title or folder.name)
    from models.whisper_hf import load_folder

    return load_folder(folder, title or folder.name)
