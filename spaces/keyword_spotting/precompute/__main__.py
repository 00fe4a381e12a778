"""Everything that the keyword page has precomputed, made again in the order in which it builds on each other.

    python -m spaces.keyword_spotting.precompute [--speech-commands FOLDER] [--corpus CORPUS --prompts UNPACKED]

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
    parser.add_argument("--speech-commands", type=Path, default=Path("../shared/data/speech_commands"))
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--prompts", type=Path)
    given = parser.parse_args()
    speech_commands = ["--speech-commands", str(given.speech_commands)]
    corpora = ["--corpus", str(given.corpus), "--prompts", str(given.prompts)]
    here = given.speech_commands.is_dir()
    runs = (
        (own, speech_commands, here, "--speech-commands"),
        (
            validation,
            speech_commands + corpora,
            here and given.corpus and given.prompts,
            "--speech-commands, --corpus and --prompts",
        ),
        (bits, speech_commands, here, "--speech-commands"),
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
