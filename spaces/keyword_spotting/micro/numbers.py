"""What "To the microcontroller" draws: generated files, their memory, one number in integers, a run on this machine."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import tempfile
import time
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from algorithms.keyword import c_export as kws_c_export
from algorithms.keyword import lens as kws_lens
from algorithms.keyword.c_export import FLAGS, Footprint, write_files
from algorithms.keyword.quantised import IntegerLayer, quantise_input, requantise, run_layer

from ..inside import numbers
from ..sound import Heard

RUNS = 100
TIMEOUT_S = 30

# What clang 22 makes of the very export for each core, for machines without a compiler and beside its own figure:
# `python -m ziglang cc -target thumb-freestanding-eabi -mcpu=CORE -std=c99 -O2 -fno-unwind-tables
# -fno-sanitize=undefined -c kws.c` (ziglang 0.17.1), sections .text, .rodata* and .bss, 2026-11-23.
STORED_BY = "clang 22 at -O2 (package ziglang 0.17.1), 2026-11-23"
STORED_CODE = {
    "s": {"M0+": 1942, "M4": 1866, "M33": 1886, "M7": 1478, "M85": 1066},
    "m": {"M0+": 1942, "M4": 1926, "M33": 1958, "M7": 1502, "M85": 1106},
}
STORED_CONSTANTS = {"s": 28177, "m": 148921}
STORED_RAM = {"s": 16000, "m": 54180}
FLASH_RAM_KB = {  # of the boards' chips, as the documentation of Zephyr, RIOT and Qt for MCUs states it
    "NUCLEO-G0B1RE": (512, 144),
    "NUCLEO-L4R5ZI": (2048, 640),
    "NUCLEO-U575ZI-Q": (2048, 786),
    "NUCLEO-H7A3ZI-Q": (2048, 1434),
    "EK-RA8D1": (2048, 1024),
}

TIMING_C = """/* Runs the network often on one clip; prints the microseconds of each run, then class and logits. */
#include <stdio.h>
#include <time.h>

#include "kws.h"

int main(void)
{
    static int8_t mfcc[KWS_INPUTS];
    const int8_t *logits;
    int x, best = 0;

    for (int n = 0; n < KWS_INPUTS; n++) {
        if (scanf("%d", &x) != 1)
            return 1;
        mfcc[n] = (int8_t)x;
    }
    for (int run = 0; run < RUNS; run++) {
        clock_t began = clock();
        best = kws_classify(mfcc, &logits);
        printf("%.1f ", 1e6 * (double)(clock() - began) / CLOCKS_PER_SEC);
    }
    printf("\\n%d", best);
    for (int c = 0; c < KWS_CLASSES; c++)
        printf(" %d", logits[c]);
    printf("\\n");
    return 0;
}
"""


@lru_cache(maxsize=2)
def files(size: str) -> dict[str, str]:
    """The C files of the shipped eight-bit network: name to text."""
    return kws_c_export.export_c(numbers.integer_net(size), source=f"kws-ds-cnn-{size}-int8.onnx")


def readme(heard: Heard) -> str:
    """What stands in the zip's README.txt."""
    size = heard.model_id[0]
    return (
        f"DS-CNN {size.upper()}, twelve keywords, eight-bit integers, as C99: made by Speech Lab.\n\n"
        "kws.h, kws.c  the network: include the one, compile the other\n"
        "main.c        reads MFCCs as text and prints the class and the logits\n"
        "mfcc.txt      the MFCCs of the sound that was open on the page\n\n"
        "    cc -std=c99 -O2 main.c kws.c -o kws && ./kws < mfcc.txt\n\n"
        "On a microcontroller you also need the MFCCs themselves (40 ms frames every 20 ms, Hann window, FFT of "
        "640, 40 mel\n"
        "bands from 20 to 7600 Hz on the HTK scale, natural logarithm of energy + 1e-6, orthonormal DCT-II, ten\n"
        "coefficients, then (x - MEAN) / STD): algorithms/keyword/features.py has all constants.\n\n"
        "Weights and code: Apache-2.0.\n"
    )


def archive(heard: Heard) -> bytes:
    """The zip that is downloaded: the C files, a README and the heard second's MFCCs."""
    rows = "\n".join(" ".join(f"{v:.6f}" for v in row) for row in heard.mfcc)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in {**files(heard.model_id[0]), "README.txt": readme(heard), "mfcc.txt": rows + "\n"}.items():
            out.writestr(f"kws-ds-cnn-{heard.model_id[0]}/{name}", text)
    return packed.getvalue()


@lru_cache(maxsize=2)
def measured(size: str) -> Footprint | None:
    """Flash and RAM of the export from its object file, or None where this machine has no C compiler."""
    if kws_c_export.compiler() is None or shutil.which("size") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        return kws_c_export.footprint(files(size), Path(folder))


def stored(size: str, core: str = "M4") -> Footprint:
    """The footprint for a core ("M0+", "M4", "M33", "M7", "M85") that was measured with `STORED_BY`."""
    return Footprint(STORED_CODE[size][core], STORED_CONSTANTS[size], STORED_RAM[size], STORED_BY)


def flash_parts(size: str, found: Footprint) -> dict[str, int]:
    """What the flash holds, in bytes: weights, biases, what requantises, code, and the rest."""
    steps = numbers.integer_net(size).layers
    parts = {
        "weights": sum(s.weight.size for s in steps),
        "biases (32 bits)": 4 * sum(s.bias.size for s in steps),
        "multipliers and shifts": 5 * sum(s.multiplier.size for s in steps),
        "code": found.code,
    }
    return {**parts, "tables, names": found.flash - sum(parts.values())}


@dataclass(frozen=True)
class Stretch:
    """One layer's place in the arena, in bytes."""

    name: str
    reads: tuple[int, int] | None  # (first byte, number); None where the input is the caller's
    writes: tuple[int, int]


def arena(size: str) -> tuple[int, list[Stretch]]:
    """Size of the arena and what each layer reads and writes there, as `kws_run` lays it out."""
    net = numbers.integer_net(size)
    total = kws_c_export.arena_bytes(net)
    found, before = [], None
    for i, step in enumerate(net.layers):
        count = int(np.prod(step.layer.out_shape))
        place = (total - count if i % 2 else 0, count)
        found.append(Stretch(step.layer.name, before, place))
        before = place
    return total, found


@dataclass(frozen=True)
class Worked:
    """One output of a layer in integers."""

    place: tuple[int, int, int]  # channel, time, frequency
    products: int  # sum of (q - zero_in) * w
    bias: int
    multiplier: int
    shift: int
    zero: int
    q: int
    scale: float

    @property
    def total(self) -> int:
        """Bias and products: the 32-bit accumulator."""
        return self.products + self.bias


def worked(heard: Heard, name: str) -> Worked:
    """Compute a layer's largest output for the heard second again, number by number."""
    net = numbers.integer_net(heard.model_id[0])
    q = quantise_input(net, heard.mfcc)
    for step in net.layers:
        if step.layer.name == name:
            return _worked(step, q, run_layer(step, q))
        q = run_layer(step, q)
    raise ValueError(f"The network has no layer {name!r}.")


def _worked(step: IntegerLayer, q: np.ndarray, out: np.ndarray) -> Worked:
    c, t, f = (int(i) for i in np.unravel_index(out.argmax(), out.shape))
    patch = kws_lens.windows(q.astype(np.int64) - step.in_zero, step.layer)[:, t, f]
    patch = patch[c : c + 1] if step.layer.kind == "depthwise" else patch
    products = int((patch * step.weight[c].astype(np.int64)).sum())
    multiplier, shift = int(step.multiplier[c]), int(step.shift[c])
    total = np.array([products + int(step.bias[c])])
    value = int(requantise(total, np.array([multiplier]), np.array([shift]), step.out_zero)[0])
    return Worked((c, t, f), products, int(step.bias[c]), multiplier, shift, step.out_zero, value, step.out_scale)


@dataclass(frozen=True)
class Ran:
    """The export, compiled and run on this machine."""

    compiler: str
    compile_s: float
    us: np.ndarray  # microseconds of each run
    best: int
    logits: np.ndarray  # int [classes]


def _run(command: list[str], folder: str, given: str = "") -> str:
    """Run a command in a folder and return what it printed."""
    done = subprocess.run(
        command, cwd=folder, input=given, capture_output=True, text=True, timeout=TIMEOUT_S, check=True
    )
    return done.stdout


def run_here(heard: Heard) -> Ran:
    """Compile the export with the system's compiler and run it on the heard second.

    Raises
    ------
    ValueError
        There is no compiler for this machine, or it or the program fails or does not come to an end.
    """
    cc = next((c for c in ("cc", "gcc", "clang") if shutil.which(c)), None)
    if cc is None:
        raise ValueError("This machine has no C compiler: download the files and compile them on yours.")
    size = heard.model_id[0]
    net = numbers.integer_net(size)
    numbers_in = " ".join(map(str, quantise_input(net, heard.mfcc).ravel().tolist()))
    try:
        with tempfile.TemporaryDirectory() as folder:
            write_files({**files(size), "timing.c": TIMING_C.replace("RUNS", str(RUNS))}, Path(folder))
            began = time.perf_counter()
            _run([cc, *FLAGS, "timing.c", "kws.c", "-o", "kws"], folder)
            compile_s = time.perf_counter() - began
            out = _run([str(Path(folder) / "kws")], folder, numbers_in)
    except subprocess.CalledProcessError as wrong:
        name = Path(wrong.cmd[0]).name
        raise ValueError(
            f"{name} ended with an error here: {(wrong.stderr or 'it said nothing').strip()[:300]}"
        ) from wrong
    except (OSError, subprocess.SubprocessError) as wrong:
        why = "it took too long" if isinstance(wrong, subprocess.TimeoutExpired) else str(wrong)
        raise ValueError(f"The export was not compiled and run here ({why}): try it on your computer.") from wrong
    times, answer = out.strip().splitlines()
    best, *logits = map(int, answer.split())
    return Ran(cc, compile_s, np.array(list(map(float, times.split()))), best, np.array(logits))


EXCERPTS = {
    "requantise": "Requantise: 32 bits to 8",
    "conv_sum": "Convolution",
    "depthwise_sum": "Depthwise",
    "kws_run": "The arena at work",
    "tables": "A layer's numbers",
    "header": "The header",
}


def excerpt(size: str, which: str, layer: str) -> str:
    """Part of the generated code: a function, a layer's tables (their beginnings), or the header."""
    made = files(size)
    if which == "header":
        return made["kws.h"]
    source = made["kws.c"]
    if which == "tables":
        names = [f"{layer}_{what}" for what in ("weight", "bias", "multiplier", "shift")]
        rows = []
        for name in names:
            found = re.search(rf"static const \w+ {name}\[\d+\] = {{\n(.*?)}};", source, re.DOTALL)
            if found:
                first = source[found.start() : found.start(1)]
                lines = found[1].splitlines()
                more = f"\n    /* {len(lines) - 3} more lines */" if len(lines) > 3 else ""
                rows.append(first + "\n".join(lines[:3]) + more + "};")
        row = next(line for line in source.splitlines() if f" {layer}_multiplier," in line and line.startswith("    {"))
        kept = "/* kind, kernel, stride, padding, in, out, channels, zero points, where the numbers are */\n"
        return "\n".join(rows) + "\n\n" + kept + row
    found = re.search(rf"^[\w ]+\*?{which}\(.*?^}}", source, re.DOTALL | re.MULTILINE)
    if found is None:
        raise ValueError(f"The exported code has no {which!r}.")
    return found[0]
