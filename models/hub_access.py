"""Models of the user's choice: what asks the Hugging Face hub, and what looks for a folder on this computer.

The only module that talks to the network, and only when a user names a hub model. `models/hub.py` (Whisper) and
`models/ctc/hub.py` (CTC) say which files make a model of theirs.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from models.registry import ModelSpec, ModelUnavailable, check_sha256, limit_mb, report

HUB_ID = re.compile(r"(?P<repo>\w[\w.-]{0,95}/\w[\w.-]{0,95})(@(?P<revision>\w[\w./-]{0,127}))?", re.ASCII)
TIMEOUT_S = 5  # for the hub's answers, not for downloads

Answer = TypeVar("Answer")


class HubSilent(ModelUnavailable):
    """The hub does not answer; an earlier download may still be there."""


def public(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether visitors may come from elsewhere: they must neither probe the server's disk nor use its token.

    So it is on a Space, and where HOST lets other machines in, unless SPEECH_LAB_FOLDERS=1 says that they are trusted.
    """
    if environment.get("SPACE_ID"):
        return True
    host = environment.get("HOST") or environment.get("GRADIO_SERVER_NAME") or "127.0.0.1"
    try:
        alone = ipaddress.ip_address(host).is_loopback
    except ValueError:
        alone = host == "localhost"
    return not alone and environment.get("SPEECH_LAB_FOLDERS") != "1"


def local_folder(text: str) -> Path | None:
    """The folder on this computer that a user means; None where it is none, or the app is `public`."""
    if not text or public():
        return None
    try:
        folder = Path(text).expanduser()
        return folder.resolve() if folder.is_dir() else None
    except (OSError, ValueError, RuntimeError):  # too long a name, NUL, ~ of a user that there is not
        return None


def hub_name(text: str, kind: str, example: str) -> tuple[str, str | None, bool | None]:
    """The repository, revision and token that `owner/name` or `owner/name@revision` means.

    The token is False in a public app, which keeps the server's own out of it: visitors must not reach what only its
    owner may see. Elsewhere it is None: the hub's library looks for the user's.

    Raises
    ------
    ModelUnavailable
        It is no such name; the sentence speaks of a `kind` of model ("Whisper") and gives the `example`.
    """
    match = HUB_ID.fullmatch(text)
    if match is None:
        raise ModelUnavailable(
            f"Name a {kind} model of the Hugging Face hub as owner/name, for example {example}"
            + ("." if public() else ", or give the path of a model folder.")
        )
    return match["repo"], match["revision"], False if public() else None


def ask(question: Callable[[], Answer], repo: str, revision: str | None, instead: str) -> Answer:
    """Put a question to the hub and return its answer.

    Raises
    ------
    ModelUnavailable
        One sentence: its terms are not accepted, there is no such model or revision.
    HubSilent
        No network, or no answer in time; the sentence ends with what to do `instead`.
    """
    from huggingface_hub.errors import (
        GatedRepoError,
        HfHubHTTPError,
        HFValidationError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    try:
        return question()
    except GatedRepoError:
        raise ModelUnavailable(f"{repo} asks for its terms to be accepted on huggingface.co first.") from None
    except (RepositoryNotFoundError, HFValidationError):
        raise ModelUnavailable(f"The Hugging Face hub has no public model {repo!r}: check the spelling.") from None
    except RevisionNotFoundError:
        raise ModelUnavailable(
            f"{repo} has no revision {revision!r}: leave it out, or take one from its page."
        ) from None
    except HfHubHTTPError.__bases__ as error:  # the HTTP library's own error, whichever it is, and OSError
        raise HubSilent(
            f"{repo} can't be fetched: the Hugging Face hub does not answer ({type(error).__name__}). Check the "
            f"network, or {instead}."
        ) from error


def chosen_spec(
    *, id: str, task: str, source: str, revision: str | None, licence: str, size_mb: float, load: Callable[[], Any]
) -> ModelSpec:
    """A spec for a model that a user has chosen; all of them hear 16 kHz.

    Raises
    ------
    ModelUnavailable
        It is larger than the app keeps.
    """
    if size_mb > limit_mb():
        raise ModelUnavailable(
            f"{id} needs {size_mb:.0f} MB and this app keeps at most {limit_mb():.0f} MB of weights: choose a smaller "
            "model, or start the app with a larger SPEECH_LAB_MODEL_MB."
        )
    return ModelSpec(
        id=id,
        task=task,
        source=source,
        revision=revision,
        licence=licence,
        size_mb=size_mb,
        sample_rate=16000,
        offline=id.startswith("local:"),
        load=load,
    )


def download(
    repo: str, commit: str, names: Sequence[str], size_mb: float, sha256: Mapping[str, str], token: bool | None
) -> Path:
    """Fetch files of a hub model into the hub's cache, check those whose hash is known, and return their folder.

    Raises
    ------
    ModelUnavailable
        The network failed, or a file is not the one that the hub described.
    """
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    folder = Path()
    for i, name in enumerate(names):
        report(0.9 * i / len(names), f"Downloading {name} of {repo} ({size_mb:.0f} MB in all)")
        try:
            path = Path(hf_hub_download(repo, name, revision=commit, token=token, etag_timeout=TIMEOUT_S))
        except HfHubHTTPError.__bases__ as error:
            raise ModelUnavailable(
                f"{name} of {repo} could not be downloaded ({type(error).__name__}): check the network and try again."
            ) from error
        if name in sha256:
            check_sha256(path, sha256[name])
        folder = path.parent
    report(0.9, f"Loading {repo}")
    return folder
