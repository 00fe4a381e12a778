"""Makes the results that the page opens with: `python -m spaces.tacotron.precompute`."""

from __future__ import annotations

from dataclasses import replace

from . import faults, speech
from .speech import Wish


def wishes() -> list[Wish]:
    """Return what the page opens with: the first sentence, under teacher forcing, and with the first fault."""
    wish = Wish()
    return [wish, replace(wish, forced=True), replace(wish, location=False), replace(wish, text=faults.REPEATED)]


def main() -> None:
    """Decode them all; what is kept of earlier ones goes."""
    for old in speech.PRECOMPUTED.glob("tacotron-*.npz"):
        old.unlink()
    for wish in wishes():
        speech.keep(speech.speak(wish))
        print(f"{wish.file.name}  {wish.file.stat().st_size / 1000:.0f} kB  {wish}")


if __name__ == "__main__":
    main()
