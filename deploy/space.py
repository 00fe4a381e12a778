"""Puts the last commit online as a Hugging Face Space: ``make deploy SPACE=owner/name``, as often as you like.

Makes the Space or brings it up to date, in one commit there: what is committed here is sent, what is gone here goes
there too, and a visitor never meets half of it. Why not ``git push``: the Hub refuses binary files that way; this
stores them as it wants them (Git LFS). A token with write access is taken from HF_TOKEN or from ``hf auth login``.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# Before huggingface_hub is imported. Xet spares the sending of what the Hub has already; for some 20 MB that gains
# nothing, while LFS is plain HTTP: it passes every proxy, and a refusal comes with the Hub's own sentence.
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")  # a bar for each of many small files tells nothing

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, get_token
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, HTTPError, OfflineModeIsEnabled
from huggingface_hub.utils import validate_repo_id

ROOT = Path(__file__).resolve().parent.parent
# What only the lab's makers need; everything else that is committed goes online.
LEFT_OUT = (".ci", ".dockerignore", ".gitignore", "Dockerfile", "Makefile", "benchmarks", "deploy", "pyproject.toml")
LEFT_OUT += ("requirements-dev.txt", "tests", "training")
KEPT_THERE = ".gitattributes"  # the Hub's own: says which files it stores as LFS
AT_A_TIME = 50  # files between two lines of progress
TOKENS = "https://huggingface.co/settings/tokens"


class Refused(Exception):
    """The lab can't be put online; the message says in one sentence why and what to do."""


def git(*arguments: str) -> bytes:
    """Return what git prints.

    Raises
    ------
    Refused
        When there is no git, or this folder is no checkout.
    """
    try:
        return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True).stdout
    except FileNotFoundError:
        raise Refused("What is committed goes online, and there is no git here to tell: install git.") from None
    except subprocess.CalledProcessError as problem:
        said = problem.stderr.decode(errors="replace").strip().splitlines()
        raise Refused(
            f"What is committed goes online, and git can't tell ({said[-1] if said else 'no reason given'}):"
            " run this in a clone of the repository, not in a copy of its files."
        ) from None


def export(folder: Path) -> list[str]:
    """Write what goes online, as it was last committed, into a folder; return the files' names, sorted."""
    names = git("ls-tree", "-z", "--name-only", "HEAD").decode().rstrip("\0").split("\0")
    taken = [name for name in names if name not in LEFT_OUT]
    with zipfile.ZipFile(io.BytesIO(git("archive", "--format=zip", "HEAD", *taken))) as archive:
        archive.extractall(folder)
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def check_name(space: str) -> None:
    """Raise Refused unless this is "owner/name" as the Hub allows it."""
    try:
        validate_repo_id(space)
        if space.count("/") != 1:
            raise HFValidationError
    except HFValidationError:
        raise Refused(
            f"SPACE={space} is not the name of a Space: say whose it is and how it is called, with letters, digits,"
            " '-', '_' and '.', as in make deploy SPACE=ada/speech-lab."
        ) from None


def upload(space: str, say=print) -> str:
    """Make the Space or bring it up to date; return its address.

    Parameters
    ----------
    space
        "owner/name".
    say
        Is called with a line for each step.

    Raises
    ------
    Refused
        When something is missing, or the Hub says no.
    """
    check_name(space)
    token = get_token()
    if not token:
        raise Refused(
            f"There is no Hugging Face token: make one with write access at {TOKENS}, then run"
            f" `hf auth login` once, or HF_TOKEN=hf_... make deploy SPACE={space}."
        )
    commit = git("log", "-1", "--format=%h %s").decode().strip()
    if git("status", "--porcelain"):
        say("What is not committed yet stays here.")
    api = HfApi(token=token)
    address = f"{api.endpoint}/spaces/{space}"
    with tempfile.TemporaryDirectory() as folder:
        names = export(Path(folder))
        size_mb = sum((Path(folder) / name).stat().st_size for name in names) / 1e6
        say(f"{address}: making it, or finding it")
        api.create_repo(space, repo_type="space", space_sdk="gradio", exist_ok=True)
        gone = sorted(set(api.list_repo_files(space, repo_type="space")) - {*names, KEPT_THERE})
        say(f"Sending {len(names)} files ({size_mb:.0f} MB) of commit {commit}; {len(gone)} to be removed there")
        added = [CommitOperationAdd(name, Path(folder) / name) for name in names]
        for begin in range(0, len(added), AT_A_TIME):
            batch = added[begin : begin + AT_A_TIME]
            api.preupload_lfs_files(space, batch, repo_type="space")  # what goes as text goes with the commit
            say(f"  {begin + len(batch)} of {len(added)}")
        removed = [CommitOperationDelete(name, is_folder=False) for name in gone]
        api.create_commit(space, [*added, *removed], commit_message=f"Speech Lab, {commit}", repo_type="space")
    return address


def sentence(problem: HfHubHTTPError, space: str) -> str:
    """Return what an answer of the Hub that is no success means, and what to do."""
    status, said = problem.response.status_code, " ".join((problem.server_message or "no reason given").split())
    said = said.rstrip(".")
    owner = space.partition("/")[0]
    if status == 401:
        return f"The Hub does not know this token ({said}): make a new one with write access at {TOKENS}."
    if status == 402:
        return (
            f"The Hub wants another plan or hardware for this Space ({said}): see https://huggingface.co/pricing,"
            " or run the lab elsewhere with the Dockerfile."
        )
    if status == 403:
        return (
            f"The Hub does not let this token write to {space} ({said}): take one with write access to {owner} from"
            f" {TOKENS}, or a SPACE of your own; where a limit is named, free some room first."
        )
    if status == 404:
        return f"The Hub finds no {space} for this token ({said}): check the name and the token's owner."
    if status == 429 or status >= 500:
        return f"The Hub can't do it now (answer {status}, {said}): run the same command again in a few minutes."
    return f"The Hub refuses what was sent (answer {status}): {said}."


def explained(problem: Exception, space: str) -> str:
    """Return the one sentence for whatever went wrong."""
    reasons: list[BaseException] = [problem]
    while (
        reasons[-1].__cause__ is not None
    ):  # a file that failed on its way is a RuntimeError with the reason behind it
        reasons.append(reasons[-1].__cause__)
    for reason in reasons:
        if isinstance(reason, Refused):
            return str(reason)
        if isinstance(reason, HfHubHTTPError):
            return sentence(reason, space)
        if isinstance(reason, OfflineModeIsEnabled):
            return "HF_HUB_OFFLINE forbids asking the Hub: unset it and run the same command again."
        if isinstance(reason, HTTPError):  # no answer at all
            return (
                f"The connection to the Hub failed ({str(reason) or type(reason).__name__}): check the network and run"
                " the same command again; what has arrived is not sent twice."
            )
    return f"The lab is not online: {' '.join(str(problem).split()) or type(problem).__name__}"


def main(arguments: list[str]) -> int:
    """Put the lab online and print its address, or the one sentence that says what is missing; return 0 or 1."""
    space = arguments[0].strip() if len(arguments) == 1 else ""
    try:
        if not space:
            raise Refused("Which Space? Say so with make deploy SPACE=owner/name, as in SPACE=ada/speech-lab.")
        address = upload(space, say=lambda line: print(line, flush=True))
    except Exception as problem:
        print(explained(problem, space), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped: the Space has the files it had.", file=sys.stderr)
        return 1
    print(f"Done: {address} is built now (minutes the first time), then the lab runs there.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
