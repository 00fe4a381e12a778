"""Make what the page opens with: the first example through every vocoder, with its scores.

    python -m spaces.vocoders.precompute

Writes ``assets/precomputed/vocoders-sentence.npz``. Speed is not stored: the page measures it where it runs.
"""

from __future__ import annotations

from .sound import BEST, DEFAULT, ITERATIONS, RECORDING, WORLD, Method, file_of, source_of, store


def main() -> None:
    """Vocode the example and write the file."""
    file_of(DEFAULT).unlink(missing_ok=True)
    path = store(source_of(None, DEFAULT), (RECORDING, Method("gl", ITERATIONS, 0.0), BEST, WORLD))
    print(f"{path.name} {path.stat().st_size / 1000:.1f} kB")


if __name__ == "__main__":
    main()
