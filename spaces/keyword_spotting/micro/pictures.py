"""Pictures and tables of "To the microcontroller": memory, the arena, the work of each layer, boards, the C code."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import numpy as np

from algorithms.keyword.c_export import MLPERF_TINY, Board, Footprint, estimated_ms
from algorithms.keyword.ds_cnn import layers
from components.figure import figure

from ..inside import numbers
from ..sound import Heard
from . import numbers as micro
from .numbers import Ran, Worked

MARGIN = {"l": 62, "r": 16, "t": 8, "b": 42}
MEMORY_KEY = {
    "weights": "var(--lab-c1)",
    "biases (32 bits)": "var(--lab-c3)",
    "multipliers and shifts": "var(--lab-c4)",
    "code": "var(--lab-c2)",
    "tables, names": "var(--lab-grid)",
    "arena": "var(--lab-c5)",
}


def kilo(count: float) -> str:
    """Bytes as kB of 1000 bytes, as the model card has them."""
    return f"{count / 1000:.1f} kB"


def memory(size: str, found: Footprint) -> dict[str, Any]:
    """Draw what lies in flash and in RAM."""
    parts = micro.flash_parts(size, found)
    bar = {"type": "bar", "orientation": "h"}
    traces = [
        {**bar, "y": ["Flash"], "x": [count / 1000], "name": name, "marker": {"color": MEMORY_KEY[name]}}
        | {"hovertemplate": f"{name}: {count:,} bytes<extra></extra>"}
        for name, count in parts.items()
    ]
    traces.append(
        {**bar, "y": ["RAM"], "x": [found.ram / 1000], "name": "arena", "marker": {"color": MEMORY_KEY["arena"]}}
        | {"hovertemplate": f"arena: {found.ram:,} bytes<extra></extra>"}
    )
    return figure(
        traces,
        alt=(
            f"DS-CNN {size.upper()}: {found.flash:,} bytes of flash ("
            + ", ".join(f"{name} {count:,}" for name, count in parts.items())
            + f") and {found.ram:,} bytes of RAM, all of it the arena. Compiled by {found.compiler}."
        ),
        x_title="kB (1000 bytes)",
        barmode="stack",
        xaxis={"fixedrange": True},
        yaxis={"fixedrange": True, "autorange": "reversed"},
        dragmode=False,
        margin=MARGIN,
    )


def arena(size: str) -> dict[str, Any]:
    """Draw the arena while each layer runs: what it reads and what it writes."""
    total, stretches = micro.arena(size)
    names = [numbers.title(s.name) for s in stretches]
    bar = {"type": "bar", "orientation": "h", "y": names}
    reads = [s.reads or (0, 0) for s in stretches]
    writes = [s.writes for s in stretches]

    def trace(places: list[tuple[int, int]], name: str, colour: str) -> dict[str, Any]:
        return {
            **bar,
            "x": [count for _, count in places],
            "base": [first for first, _ in places],
            "name": name,
            "marker": {"color": colour},
            "customdata": [[first, first + count] for first, count in places],
            "hovertemplate": f"{name} bytes %{{customdata[0]}} to %{{customdata[1]}}<extra></extra>",
        }

    largest = max(stretches[1:], key=lambda s: s.reads[1] + s.writes[1])
    return figure(
        [trace(reads, "reads", "var(--lab-c3)"), trace(writes, "writes", "var(--lab-c1)")],
        alt=(
            f"The arena has {total:,} bytes: {numbers.title(largest.name)} needs the most, {largest.reads[1]:,} to "
            f"read "
            f"and {largest.writes[1]:,} to write. Each layer reads from one end and writes to the other."
        ),
        x_title="Byte of the arena",
        barmode="overlay",
        bargap=0.25,
        xaxis={"range": [0, total], "fixedrange": True},
        yaxis={"fixedrange": True, "autorange": "reversed"},
        showlegend=True,
        dragmode=False,
        margin={**MARGIN, "l": 116, "t": 30},
    )


def work(size: str) -> dict[str, Any]:
    """Draw the multiply-accumulates of each layer."""
    plan = [layer for layer in layers(size) if layer.kind != "pool"]
    colours = {"depthwise": "var(--lab-c2)", "pointwise": "var(--lab-c1)"}
    total = sum(layer.macs for layer in plan)
    top = max(plan, key=lambda layer: layer.macs)
    return figure(
        [
            {
                "type": "bar",
                "x": [numbers.tiny(layer.name) for layer in plan],
                "y": [layer.macs / 1e6 for layer in plan],
                "marker": {"color": [colours.get(layer.kind, "var(--lab-c4)") for layer in plan]},
                "customdata": [[f"{layer.macs:,}", f"{100 * layer.macs / total:.1f}"] for layer in plan],
                "hovertemplate": "%{x}: %{customdata[0]} multiply-accumulates, %{customdata[1]} %"
                "<extra>click to see its numbers in C</extra>",
            }
        ],
        alt=(
            f"DS-CNN {size.upper()}: {total:,} multiply-accumulates an inference; the most in "
            f"{numbers.title(top.name)}, "
            f"{top.macs:,}; the depthwise layers take "
            f"{100 * sum(x.macs for x in plan if x.kind == 'depthwise') / total:.0f} %."
        ),
        x_title="Layer (dw: depthwise, pw: pointwise)",
        y_title="Million",
        xaxis={"type": "category", "tickangle": 0, "tickfont": {"size": 10.5}, "fixedrange": True},
        yaxis={"fixedrange": True},
        dragmode=False,
        margin={**MARGIN, "b": 56},
    )


def core(board: Board) -> str:
    """The core's short name: "M4"."""
    return board.core.removeprefix("Arm Cortex-")


def boards(size: str, every_ms: float) -> dict[str, Any]:
    """Draw the latency to expect on each board, against the time between two inferences."""
    macs = sum(layer.macs for layer in layers(size))
    ms = [estimated_ms(board, macs) for board in MLPERF_TINY]
    names = [f"{core(board)}, {board.clock_mhz} MHz" for board in MLPERF_TINY]
    colours = ["var(--lab-c1)" if v <= every_ms else "var(--lab-c5)" for v in ms]
    told = ", ".join(f"{n} {v:.1f} ms ({100 * v / every_ms:.0f} % busy)" for n, v in zip(names, ms, strict=True))
    high = float(np.log10(max(*ms, every_ms) * 3))
    return figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "y": names,
                "x": ms,
                "text": [f"{v:.1f} ms" if v < 100 else f"{v:.0f} ms" for v in ms],
                "textposition": "outside",
                "cliponaxis": False,
                "marker": {"color": colours},
                "hovertemplate": "%{y}: about %{x:.1f} ms an inference<extra></extra>",
            }
        ],
        alt=f"DS-CNN {size.upper()}, one inference every {every_ms:g} ms, estimated: {told}.",
        x_title="One inference (ms, logarithmic)",
        xaxis={"type": "log", "range": [0, high], "fixedrange": True, "tickvals": [1, 10, 100, 1000]},
        yaxis={"fixedrange": True, "autorange": "reversed"},
        shapes=[
            {"type": "line", "yref": "paper", "y0": 0, "y1": 1, "x0": every_ms, "x1": every_ms}
            | {"line": {"color": "var(--lab-cursor)", "width": 2, "dash": "dot"}}
        ],
        dragmode=False,
        margin={**MARGIN, "l": 104},
    )


def board_table(size: str, every_ms: float) -> str:
    """The boards with what the export takes of them, as HTML."""
    macs, rows = sum(layer.macs for layer in layers(size)), ""
    for board in MLPERF_TINY:
        flash, ram = micro.FLASH_RAM_KB[board.name]
        found = micro.stored(size, core(board))
        ms = estimated_ms(board, macs)
        busy = 100 * ms / every_ms
        load = f"{busy:.0f} %" if busy <= 100 else "<b class='kwi-bad'>too slow</b>"
        rows += (
            f"<tr><td>{board.name}</td><td>{board.core}, {board.clock_mhz} MHz</td><td>{board.reference_ms:g} ms</td>"
            f"<td><b>{ms:.1f} ms</b></td><td>{load}</td>"
            f"<td>{found.code:,} + {found.constants:,} = {100 * found.flash / (1024 * flash):.1f} % of {flash} kB</td>"
            f"<td>{100 * found.ram / (1024 * ram):.1f} % of {ram} kB</td></tr>"
        )
    return (
        '<div class="lab-scroll"><table class="lab-table kwi-boards"><thead><tr><th>Board</th><th>Core</th>'
        "<th>MLPerf’s own network</th><th>This one, estimated</th><th>Core busy</th><th>Flash: code + constants</th>"
        f"<th>RAM</th></tr></thead><tbody>{rows}</tbody></table></div>"
        '<p class="kwi-note">Latency: MLPerf Tiny v1.2 (MLCommons, 2024), keyword spotting, times this network’s '
        f"{macs:,} multiply-accumulates over the reference’s 2,656,768. It holds for kernels as tuned as theirs (such "
        f"as CMSIS-NN, Arm’s library of hand-tuned layers); this plain C is slower. Flash: {micro.STORED_BY}, for "
        "each core. Memory of the boards: as the documentation of Zephyr, RIOT and Qt for MCUs states it.</p>"
    )


def summary(heard: Heard, here: Footprint | None) -> str:
    """One card: what the export takes, as HTML; `here` is its object file of this machine, None without a compiler."""
    size = heard.model_id[0]
    m4 = micro.stored(size)
    macs = sum(layer.macs for layer in layers(size))
    found = [("Flash, Cortex-M4", kilo(m4.flash)), ("RAM", kilo(m4.ram))]
    if here is not None:
        found.insert(1, ("Flash, compiled here", kilo(here.flash)))
    found += [("Multiply-accumulates", f"{macs / 1e6:.2f} million"), ("Needs", "only &lt;stdint.h&gt;")]
    items = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in found)
    return f'<section class="kwi-card kwi-summary"><dl>{items}</dl></section>'


def origin(heard: Heard, here: Footprint | None) -> str:
    """Which files there are and where the figures come from, as HTML."""
    size = heard.model_id[0]
    listed = ", ".join(f"{name} {kilo(len(text))}" for name, text in micro.files(size).items())
    other = "" if heard.model_id.endswith("int8") else ", the 8-bit form of the network chosen"
    if here is None:
        now = "This machine has no C compiler, so nothing could be measured here."
    else:
        now = (
            f"Compiled here just now by {escape(here.compiler)}: {here.code:,} bytes of code, {here.constants:,} of "
            f"constants, {here.ram:,} of RAM."
        )
    return (
        f'<p class="kwi-note">DS-CNN {size.upper()} in eight-bit integers{other}: {listed}. The picture: its '
        f"object file for "
        f"a Cortex-M4 by {micro.STORED_BY}. {now}</p>"
    )


KEYWORDS = re.compile(
    r"(?P<comment>/\*.*?\*/)|(?P<directive>^#\w+[^\n]*)|\b(?P<keyword>static|const|for|if|return|continue|int|char|unsigned"
    r"|sizeof|extern|u?int(?:8|16|32|64)_t|layer_t)\b",
    re.DOTALL | re.MULTILINE,
)


def code(text: str) -> str:
    """C code as HTML, comments and keywords coloured."""
    out, at = [], 0
    for found in KEYWORDS.finditer(text):
        out.append(escape(text[at : found.start()]))
        out.append(f'<i class="{found.lastgroup}">{escape(found[0])}</i>')
        at = found.end()
    out.append(escape(text[at:]))
    return f'<pre class="kwi-code" tabindex="0"><code>{"".join(out)}</code></pre>'


def _signed(value: int) -> str:
    """A whole number to subtract or multiply, negative ones in brackets."""
    return f"{value:,}" if value >= 0 else f"(−{-value:,})"


def worked(found: Worked, name: str) -> str:
    """One output in integers, the formula filled in, as HTML."""
    c, t, f = found.place
    product = found.total * found.multiplier
    before = product / 2**found.shift
    return (
        '<section class="kwi-card kwi-formula"><h3>The largest value of your word in '
        f"{numbers.title(name)} (channel {c}, step {t}, row {f}), in integers only</h3><dl>"
        f"<dt>Products</dt><dd>Σ (q − zero_in) · w = {found.products:,}</dd>"
        f"<dt>With bias</dt><dd>{found.products:,} + {_signed(found.bias)} = <b>{found.total:,}</b> (32 bits)</dd>"
        f"<dt>To 8 bits</dt><dd>{found.total:,} · {found.multiplier:,} / 2<sup>{found.shift}</sup> = {before:.3f}, "
        f"rounded "
        f"{round(before)}</dd>"
        f"<dt>Zero point</dt><dd>{_signed(found.zero)} + {_signed(round(before))} = {found.zero + round(before)}"
        f"{'' if found.zero + round(before) == found.q else f', limited to {found.q}'}: <b>q = {found.q}</b></dd>"
        f"<dt>It stands for</dt><dd>{found.scale:.5f} · ({_signed(found.q)} − {_signed(found.zero)}) = "
        f"<b>{found.scale * (found.q - found.zero):.3f}</b></dd></dl></section>"
    )


def ran(heard: Heard, found: Ran) -> str:
    """What the compiled program said, against ONNX Runtime, as HTML."""
    labels = heard.spotter.labels
    integers = numbers.integer_net(heard.model_id[0])
    same = np.array_equal(found.logits, numbers_of(heard))
    median = float(np.median(found.us)) / 1000
    macs = sum(layer.macs for layer in layers(heard.model_id[0]))
    verdict = "bit for bit those of the same integers in NumPy" if same else "not those of NumPy: please tell us"
    step = integers.layers[-1].out_scale
    return (
        f'<section class="kwi-card"><p>{escape(found.compiler)} -O2 took {found.compile_s:.2f} s. On your word the '
        f"program "
        f"answers <b>{escape(labels[found.best].strip('_'))}</b>; its logits, in steps of {step:.3f}, are "
        f"{', '.join(map(str, found.logits))}: {verdict}.</p>"
        f"<p>One inference takes {median:.2f} ms (median of {len(found.us)}): {macs / median / 1e6:.1f} billion "
        "multiply-accumulates a second. ONNX Runtime is many times faster here because it multiplies many at once; "
        "plain C does one at a time, so that you can read it.</p></section>"
    )


def numbers_of(heard: Heard) -> np.ndarray:
    """The logits' integers that the program must give."""
    from algorithms.keyword.quantised import integer_logits

    return integer_logits(numbers.integer_net(heard.model_id[0]), heard.mfcc)
