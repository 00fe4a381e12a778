"""Let torchaudio import beside a CPU-only torch.

The torchaudio wheel on PyPI for Linux is built for CUDA: next to a CPU-only torch its native library can't load, so
`import torchaudio` raises OSError and takes TTS (coqui), asteroid, transformers and peft down with it. Everything used
of it here is Python (transforms, resampling, Kaldi features), so `install()` puts a stand-in for
`torchaudio._extension`, the module that loads the library, into `sys.modules` first. What needs the library
(`forced_align`) then raises and says why.

Call `install()` before importing torchaudio, TTS, asteroid or transformers' audio models.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

EXTENSION = "torchaudio._extension"


def install() -> bool:
    """Pre-seed torchaudio's extension module where it can't work; True when the stand-in is in place.

    Does nothing where torch has CUDA, torchaudio is imported already, is not installed, or its library loads.
    """
    if EXTENSION in sys.modules:
        return getattr(sys.modules[EXTENSION], "_speech_lab_stand_in", False)
    import torch

    if torch.version.cuda is not None or _library_loads(torch):
        return False
    sys.modules[EXTENSION] = _stand_in()
    return True


def _library_loads(torch: types.ModuleType) -> bool:
    """Whether torchaudio's native library (if it is there at all) loads beside this torch."""
    import importlib.util

    found = importlib.util.find_spec("torchaudio")
    if found is None or found.origin is None:
        return True
    libraries = [p for p in (Path(found.origin).parent / "lib").glob("_torchaudio*") if p.suffix in (".so", ".pyd")]
    try:
        for path in libraries:
            torch.ops.load_library(path)
    except (OSError, ImportError):
        return False
    return True


def _stand_in() -> types.ModuleType:
    module = types.ModuleType(EXTENSION, "Stand-in made by models/torchaudio_guard.py: no native library.")

    def fail_if_no_align(function):
        def unavailable(*args, **kwargs):
            raise RuntimeError(
                f"torchaudio's {function.__name__} needs its native library, which does not load beside a CPU-only "
                "torch; use algorithms/ctc/core.py instead."
            )

        return unavailable

    module._speech_lab_stand_in = True
    module._IS_TORCHAUDIO_EXT_AVAILABLE = False
    module._IS_ALIGN_AVAILABLE = False
    module.fail_if_no_align = fail_if_no_align
    module._check_cuda_version = lambda: None
    module._load_lib = lambda lib: False
    return module
