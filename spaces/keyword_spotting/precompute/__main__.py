"""Everything that the keyword page has precomputed, made again in the order in which it builds on each other.

    python -m spaces.keyword_spotting.precompute [--data FOLDER] [--english FLAC --prompts UNPACKED]

The docstrings of `own`, `validation` and `bits` say what the folders hold. What a folder is missing for is left out
by name, and its file in assets/precomputed/ stays as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from spaces.keyword_spotting.precompute import bits, own, training, validation


def main() -> None:
    """Run what can be run here."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--english", type=Path)
    parser.add_argument("--prompts", type=Path)
    given = parser.parse_args()
    speech_commands = ["--speech-commands", str(given.data / "speech_commands")]
    here = given.data.is_dir()
    runs = (
        (own, speech_commands, here, "--data"),
        (
            validation,
            ["--data", str(given.data), "--english", str(given.english), "--prompts", str(given.prompts)],
            here and given.english and given.prompts,
            "--data, --english and --prompts",
        ),
        (bits, speech_commands, here, "--data"),
    )
    for module, arguments, possible, needed in runs:
        name = module.OUT.name
        if possible:
            module.main(arguments)
        else:
            print(f"{name} is left as it is: it needs {needed} (python -m {module.__name__} --help)")
    training.main()


if __name__ == "__main__":
    main()
