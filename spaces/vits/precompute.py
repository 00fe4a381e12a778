"""Makes the results that the page's parts 1 and 3 open with: `python -m spaces.vits.precompute`."""

from __future__ import annotations

from . import speech
from .lesson import EXAMPLES
from .page import NEED_NETWORK


def wishes() -> list[speech.Wish]:
    """Return what the page opens with, and the examples that need no network to be shown."""
    from . import page

    defaults = {name: getattr(speech.Wish(), name) for name in speech.FIELDS} | {"edits": ""}
    shown = [e.state for e in EXAMPLES if e.state.get("part") not in NEED_NETWORK]
    found = [page.wish_of({**defaults, **state}) for state in ({}, *shown)]
    return list(dict.fromkeys(found))


def main() -> None:
    """Say them all; what is kept of earlier ones goes."""
    for old in speech.PRECOMPUTED.glob("vits-*.npz"):
        old.unlink()
    for wish in wishes():
        speech.keep(speech.speak(wish))
        print(f"{wish.file.name}  {wish.file.stat().st_size / 1000:.0f} kB  {wish.text}")


if __name__ == "__main__":
    main()
