"""*Export to C*: the eight-bit keyword spotter as one C99 header and source, its flash and RAM, and what it may take.

The files are filled in from the templates in `algorithms/keyword/c/`. The network is `algorithms.keyword.quantised`'s,
bit for bit.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import layers
from algorithms.keyword.features import N_COEFFICIENTS, N_FRAMES
from algorithms.keyword.quantised import IntegerLayer, IntegerNet

TEMPLATES = Path(__file__).parent / "c"
FLAGS = ("-std=c99", "-O2", "-Wall", "-Wextra", "-Werror")


def arena_bytes(net: IntegerNet) -> int:
    """Bytes of working memory: the most that one layer's input and output take together.

    The first layer's input is the caller's.
    """
    sizes = [int(np.prod(step.layer.out_shape)) for step in net.layers]
    return max([sizes[0], *(a + b for a, b in pairwise(sizes))])


def export_c(net: IntegerNet, name: str = "kws", source: str = "an eight-bit ONNX network") -> dict[str, str]:
    """Return the C files of a network: `NAME.h`, `NAME.c` and `main.c`, file name to text.

    Parameters
    ----------
    net : IntegerNet
        From `algorithms.keyword.quantised.read_int8`.
    name : str
        Stem of the files: letters, digits and underscores, a letter first.
    source : str
        What the comment at the top says the network was made from.

    Raises
    ------
    ValueError
        A name that C would not take, or a label that can't stand in a C string.
    """
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name):
        raise ValueError(f"{name!r} can't name C files: use letters, digits and underscores, a letter first.")
    for label in net.labels:
        if not re.fullmatch(r"[^\"\\\x00-\x1f]+", label) or not label.isascii():
            raise ValueError(f"The label {label!r} can't stand in C code: use plain letters without quotes.")
    last = net.layers[-1]
    values = {
        "NAME": name,
        "HEADER": f"{name}.h",
        "SOURCE": re.sub(r"[^\w .,/+-]", "", source),  # it lands in a comment
        "SIZE": net.size.upper(),
        "MACS": f"{sum(step.layer.macs for step in net.layers):,}",
        "FRAMES": str(N_FRAMES),
        "COEFFICIENTS": str(N_COEFFICIENTS),
        "CLASSES": str(len(net.labels)),
        "ARENA": str(arena_bytes(net)),
        "IN_SCALE": _c_float(net.in_scale),
        "IN_ZERO": str(net.in_zero),
        "OUT_SCALE": _c_float(last.out_scale),
        "OUT_ZERO": str(last.out_zero),
        "LABELS": ", ".join(f'"{label}"' for label in net.labels),
        "TABLES": "\n".join(_tables(net)),
    }

    def fill(text):
        return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)

    files = {f"{name}.h": "kws.h", f"{name}.c": "kws.c", "main.c": "main.c"}
    return {file: fill((TEMPLATES / template).read_text(encoding="ascii")) for file, template in files.items()}


def _c_float(value: float) -> str:
    """The shortest decimal that reads back as the same float32, always with a point or exponent."""
    text = str(np.float32(value))
    return text if re.search("[.e]", text) else text + ".0"


def _tables(net: IntegerNet) -> list[str]:
    out, rows = [], []
    for step in net.layers:
        layer = step.layer
        arrays = {"multiplier": ("int32_t", step.multiplier), "shift": ("uint8_t", step.shift)}
        if layer.kind != "pool":
            arrays = {"weight": ("int8_t", _ordered(step)), "bias": ("int32_t", step.bias), **arrays}
        for what, (type_name, data) in arrays.items():
            out.append(_c_array(f"{layer.name}_{what}", type_name, data))
        kind = {"pool": "POOL", "depthwise": "DEPTHWISE"}.get(layer.kind, "CONV")
        numbers = [*layer.kernel, *layer.stride, *layer.padding[:2], *layer.in_shape[1:], *layer.out_shape[1:]]
        numbers += [layer.in_shape[0], layer.out_shape[0], step.in_zero, step.out_zero]
        names = [
            f"{layer.name}_{what}" if what in arrays else "0" for what in ("weight", "bias", "multiplier", "shift")
        ]
        rows.append(f"    {{{kind}, {', '.join(map(str, numbers))}, {', '.join(names)}}},")
    return [*out, "static const layer_t layers[] = {", *rows, "};", ""]


def _ordered(step: IntegerLayer) -> np.ndarray:
    """Weights in the order in which the C code reads them."""
    return step.weight[:, 0].transpose(1, 2, 0) if step.layer.kind == "depthwise" else step.weight.transpose(0, 2, 3, 1)


def _c_array(name: str, type_name: str, data: np.ndarray) -> str:
    flat = [str(int(v)) for v in data.ravel()]
    per_line = 20 if type_name != "int32_t" else 10
    lines = [", ".join(flat[i : i + per_line]) for i in range(0, len(flat), per_line)]
    return f"static const {type_name} {name}[{len(flat)}] = {{\n    " + ",\n    ".join(lines) + "};"


# ---------------------------------------------------------------- what it costs


@dataclass(frozen=True)
class Footprint:
    """Memory of the compiled network, in bytes."""

    code: int  # instructions
    constants: int  # weights, biases, multipliers, tables
    ram: int  # the arena: what is written to
    compiler: str

    @property
    def flash(self) -> int:
        """Code and constants."""
        return self.code + self.constants


def write_files(files: dict[str, str], folder: Path) -> None:
    """Write what `export_c` returned."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="ascii")


def compiler() -> str | None:
    """The C compiler at hand: an Arm one for microcontrollers first, then the system's; None where there is none."""
    return next((c for c in ("arm-none-eabi-gcc", "cc", "gcc", "clang") if shutil.which(c)), None)


def footprint(files: dict[str, str], folder: Path, cc: str | None = None) -> Footprint:
    """Compile the network (without `main`) in `folder` and read the section sizes of the object file.

    Code size depends on the processor; constants and RAM are the same on every 32-bit and 64-bit machine but for the
    pointers in one small table.

    Raises
    ------
    ValueError
        There is no C compiler, or it refuses the code (its message follows).
    """
    cc = cc or compiler()
    if cc is None:
        raise ValueError("There is no C compiler on this machine: install gcc, or arm-none-eabi-gcc, to measure flash.")
    write_files(files, folder)
    (source,) = (name for name in files if name.endswith(".c") and name != "main.c")
    flags = ["-mcpu=cortex-m4", "-mthumb"] if cc.startswith("arm-") else ["-fno-pic", "-fno-asynchronous-unwind-tables"]
    built = subprocess.run(
        [cc, *FLAGS, *flags, "-c", source, "-o", "kws.o"], cwd=folder, capture_output=True, text=True
    )
    if built.returncode:
        raise ValueError(f"{cc} does not compile the exported code: {built.stderr.strip()[:400]}")
    size = re.sub("gcc$|cc$|clang$", "size", cc) if cc.startswith("arm-") else "size"
    listed = subprocess.run([size, "-A", "kws.o"], cwd=folder, capture_output=True, text=True, check=True).stdout
    sections: dict[str, int] = {}
    for kind, count in re.findall(r"^\.(text|rodata|data|bss)\S*\s+(\d+)", listed, re.MULTILINE):
        sections[kind] = sections.get(kind, 0) + int(count)

    def get(kind):
        return sections.get(kind, 0)

    return Footprint(get("text"), get("rodata") + get("data"), get("bss"), cc)


@dataclass(frozen=True)
class Board:
    """A board and what MLPerf Tiny v1.2 measured on it for keyword spotting."""

    name: str
    core: str
    clock_mhz: int
    reference_ms: float


MLPERF_TINY = (
    Board("NUCLEO-G0B1RE", "Arm Cortex-M0+", 64, 475.0),
    Board("NUCLEO-L4R5ZI", "Arm Cortex-M4", 120, 43.2),
    Board("NUCLEO-U575ZI-Q", "Arm Cortex-M33", 160, 29.1),
    Board("NUCLEO-H7A3ZI-Q", "Arm Cortex-M7", 280, 11.3),
    Board("EK-RA8D1", "Arm Cortex-M85", 480, 3.5),
)
"""One-inference latency of the benchmark's DS-CNN on five boards: MLCommons, MLPerf Tiny v1.2 results (2024)."""


def estimated_ms(board: Board, macs: int) -> float:
    """Latency to expect of a DS-CNN of `macs` multiply-accumulates on a board, in ms.

    The published latency times macs / 2,656,768, the benchmark's own network being DS-CNN S. It holds for kernels as
    tuned as theirs (CMSIS-NN and the like); the plain C of `export_c` is slower.
    """
    if macs < 1:
        raise ValueError(f"A network of {macs} multiply-accumulates does nothing: count them with `layers`.")
    return board.reference_ms * macs / sum(layer.macs for layer in layers("s"))
