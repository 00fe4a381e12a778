"""Part 3: the balance sheet. What was gained, what it cost, what was forgotten; and the result as a file."""

from __future__ import annotations

import html
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.finetune.sizes import cost
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import status, table

from . import material, shown
from .runs import MINE, RUNS
from .train import METHODS

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}
EXPORT_S = 300
TEXT = """
**Read it as a balance sheet.** What the target language gains, something else pays: a network that has seen nothing
but Malayalam for a few hundred sentences writes English less well, some of it even in Malayalam letters. That is called
*catastrophic forgetting*, and you only see it if you measure another language before and after. Cures: fewer steps, a
lower rate, LoRA (leave the additions out, and the old network is back), or some of the old languages' speech among the
new.

**Does it pay here?** Compare the two runs that were made beforehand. With 51 minutes of speech and all weights, the
character error of people never heard falls to a third of what it was, and the words begin to be right; English pays for
it. Three minutes teach the script and the commonest endings, and the clip in the middle gains a little; but now and
then the network repeats a syllable until it is stopped, and the rate of all clips together hardly falls, or rises.

**LoRA, merged or not.** Beside each frozen matrix $W$ lies a product of two thin ones, $W x + \\frac{\\alpha}{r} B A
x$ (here $\\alpha = 2r$). Kept apart, the additions are a small file that can be swapped; merged, $W +
\\frac{\\alpha}{r} B A$ is computed once, and the network is as fast as before. Both give the same text but for
rounding.

**Windows.** The rates here are those of a window of 30 s, filled with silence as transformers does (openai/whisper and
faster-whisper fill with zeros instead, which can change a word), though the training saw
windows that end with the sentence. The row *in windows cut to the clip* of the shorter run shows what that does. For
the base, cutting is harmful: it has never seen such windows and tends to repeat itself in them; training takes that
away.
"""


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    return {
        "which": gr.Radio(
            [*((title_of(name), name) for name in material.shipped()), ("Your run", MINE)],
            value="all", label="Which run", elem_classes="lab-chips",
        ),
    }  # fmt: skip


def draw() -> dict[str, Any]:
    """Lay it out and name its components."""
    made: dict[str, Any] = {
        "sheet_note": gr.HTML("", **BLOCK),
        "sheet": gr.HTML("", **BLOCK),
        "tuned_aligned": gr.HTML("", **BLOCK),
        "all_curves": Figure("CER on other speakers against steps, the runs made beforehand", height=260),
    }
    with gr.Row(elem_classes="lab-row"):
        made["export"] = gr.Button("Make a transformers folder of your run", size="sm", scale=0, min_width=260)
    made["export_line"] = gr.HTML("", **BLOCK)
    made["export_file"] = gr.File(label="The folder as a zip", visible=False)
    text(TEXT)
    return made


def title_of(name: str) -> str:
    """What a shipped run is called."""
    held = material.shipped()[name]
    return f"{METHODS[held['settings']['method']]}, {held['seconds'] / 60:.0f} min of speech"


def report_of(scene: Scene, fields: Fields) -> dict[str, Any] | None:
    """The report of the chosen run; None where the visitor has none that has ended."""
    if fields["which"] != MINE:
        return material.shipped()[fields["which"]]
    run = RUNS.find(scene.token)
    return run.report() if run else None


def sheet(report: dict[str, Any]) -> str:
    """Before and after, as a table in HTML."""
    before, after = report["before"], report["after"]
    rows = []
    for title, part, kind in (
        ("Malayalam, CER", "test", "cer"),
        ("Malayalam, WER", "test", "wer"),
        ("Malayalam as written, CER", "test", "cer_as_written"),
        ("Malayalam, CER in windows cut to the clip", "test_cut_windows", "cer"),
        ("English, WER", "english", "wer"),
        ("English, CER", "english", "cer"),
    ):
        if before.get(part) and after.get(part):
            n = len(after[part]["clips"])
            rows.append((title, str(n), shown.percent(before[part][kind]), shown.percent(after[part][kind])))
    middle = [sorted(c["cer"] for c in part["test"]["clips"]) for part in (before, after)]
    halves = [shown.percent(found[len(found) // 2]) for found in middle]
    rows.insert(1, ("Malayalam, CER of the clip in the middle", str(len(middle[0])), *halves))
    return table(("", "clips", "before", "after"), rows, marked=(0,))


def forgotten(report: dict[str, Any]) -> str:
    """The English sentence that has suffered most, before and after, as a table in HTML; "" where none was measured."""
    before, after = report["before"].get("english"), report["after"].get("english")
    if not before or not after:
        return ""
    pairs = list(zip(before["clips"], after["clips"], strict=True))
    old, new = max(pairs, key=lambda pair: (pair[1]["cer"] or 0) - (pair[0]["cer"] or 0))
    rows = [("said", old["said"].capitalize(), ""), ("before", old["written"], shown.percent(old["cer"])),
            ("after", new["written"], shown.percent(new["cer"]))]  # fmt: skip
    return table(
        ("The English sentence that suffered most", "", "CER"),
        [(when, f"<span>{html.escape(said)}</span>", rate) for when, said, rate in rows],
    )


def about(report: dict[str, Any]) -> str:
    """What the run was, and what it took."""
    how = report["settings"]
    took = cost(how["method"], how["rank"])
    peak = "" if report["peak_mb"] is None else f", at most {report['peak_mb'] / 1000:.1f} GB of memory"
    said = (
        f"{METHODS[how['method']]}: {how['steps']} steps of {how['batch']} clips, rate {how['learning_rate']:g}, seed "
        f"{how['seed']}, {report['clips']} clips ({report['seconds'] / 60:.1f} min). {took.moving:,} weights moved; "
        f"{report['cpu_s'] / 60:.0f} min of processor time in the steps{peak}; {report['machine']}, {report['date']}."
    )
    return status(said)


def all_curves() -> dict[str, Any]:
    """The shipped runs' errors in one picture."""
    traces, said = [], []
    for number, (name, held) in enumerate(material.shipped().items()):
        at = np.array([one["step"] for one in held["validations"]])
        cer = np.array([100 * one["cer"] for one in held["validations"]])
        color = f"var(--lab-c{number + 1})"
        traces.append(line(at, cer, color=color, name=title_of(name), mode="lines+markers"))
        said.append(f"{title_of(name)}: {cer[0]:.0f} % at first, {cer[-1]:.0f} % after step {at[-1]}")
    return figure(
        traces, alt=f"Character error rate on other speakers. {'; '.join(said)}.", x_title="Step", y_title="CER (%)",
        yaxis={"rangemode": "tozero"}, showlegend=True, legend={"orientation": "h", "y": 1.14, "x": 0}, margin={"t":
        30}, dragmode=False,
    )  # fmt: skip


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show the chosen run's sheet and what it makes of the chosen clip."""
    values: dict[str, Any] = {"export": gr.update(interactive=fields["which"] == MINE)}
    if not fields.moved or fields.moved == "part":
        values["all_curves"] = all_curves()
    report = report_of(scene, fields)
    if report is None:
        said = "You have no run that has ended yet: train in part 1, or choose one that was made beforehand."
        return values | {"sheet_note": status(said), "sheet": "", "tuned_aligned": ""}
    clip = material.chosen(fields)
    written = {one["name"]: one["written"] for one in report["after"]["test"]["clips"]}
    texts = "".join(
        shown.aligned(clip.text, own.get(name, ""), title)
        for own, name, title in (
            (material.written_by_base(), clip.name, "Before: Whisper base"),
            (written, written_name(written, clip.name), "After fine-tuning"),
        )
    )
    return values | {"sheet_note": about(report), "sheet": sheet(report) + forgotten(report), "tuned_aligned": texts}


def written_name(written: dict[str, str], name: str) -> str:
    """A clip's name in a report: in the corpus itself files are not called after their speakers."""
    return name if name in written else name.partition("-")[2]


def exported(visit: Visit) -> Iterator[dict[str, Any]]:
    """Make the zip of the visitor's run, in a process of its own."""
    run = RUNS.find(visit.scene.token)
    if run is None or run.report() is None:
        yield {"export_line": status("There is no run of yours that has ended: train in part 1 first.", problem=True)}
        return
    yield {"export_line": status("The weights are written: about half a minute.")}
    target = run.folder / "whisper-base-fine-tuned.zip"
    command = [sys.executable, "-m", "training.whisper_finetune.export", str(run.folder), str(target)]
    try:
        subprocess.run(command, cwd=material.ROOT, check=True, capture_output=True, timeout=EXPORT_S)
    except (OSError, subprocess.SubprocessError):
        said = "The folder could not be written; perhaps the disk is full. Your run is kept: try again later."
        yield {"export_line": status(said, problem=True)}
        return
    said = "Ready. Unpack it: transformers loads the folder, and so does the Whisper room of a lab on your own machine."
    yield {"export_line": status(said), "export_file": gr.update(value=str(target), visible=True)}


PART = Part(
    slug="sheet",
    title="3 The balance sheet",
    controls=controls,
    draw=draw,
    fields=("which",),
    show=show,
    on=(On(component="export", event="click", handler=exported),),
)
