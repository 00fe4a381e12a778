"""Part 1: train, and watch it learn."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.finetune.sizes import cost
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.words import fact_list, status

from . import material, shown
from .runs import MINE, RUNS, Busy, Run

if TYPE_CHECKING:
    from .page import Scene

METHODS = {
    "cached": "Decoder only, encoder output kept",
    "decoder": "Decoder only",
    "lora": "LoRA",
    "all": "All weights",
}
RATES = {"1e-5": 1e-5, "3e-5": 3e-5, "1e-4": 1e-4, "3e-4": 3e-4, "1e-3": 1e-3, "3e-3": 3e-3}
STEPS, MOST_STEPS = 20, 60
WARMUP, EVERY = 5, 10
A_VALIDATION = 5  # steps that a validation takes, before one is timed
BLOCK = {"apply_default_css": False}
LOADING = ("begin", "data", "weights", "resumed", "stopped")  # what a process tells before its first step
FULL = "The server's disk has no room for a training: try again later."
TEXT = """
**What runs.** Whisper base (multilingual, 73 million weights, the packaged ones) learns from {clips} clips of
Malayalam, {minutes:.0f} minutes by {speakers} people, eight clips a step. Every ten steps it transcribes {watched}
clips of other people, in windows cut to the clip (which makes the rate before training look worse than it is
in Whisper's own window): their character error rate is the curve with dots, and three of the texts stand below it. The
training is a process of its own with the lowest priority, so the rest of the lab stays quick; nothing of it is sent
anywhere.

**How long.** With two processors for itself, a run of 40 steps took 6.7 minutes on the project's machine (2026-11-28):
20 steps with their two validations were done after 2.9 minutes, and the test at the end takes 1.4.

**What is quick about it.** Whisper listens to 30 s, however short the sentence. Here the encoder gets the sentence and
half a second of silence: a fraction of the work. *Encoder output kept* goes further: where the encoder does not learn,
it gives the same output every time, so it runs once for each clip.

**Where to look.** The loss is taken on clips that are learnt from, so it falls even if the network only learns them by
heart. The error on other people's sentences is what counts. While the loss falls and that error rises, stop.
"""


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    return {
        "method": gr.Radio(
            [(title, slug) for slug, title in METHODS.items()], value="cached", label="What moves",
            elem_classes="lab-chips",
        ),
        "rank": gr.Slider(1, 64, 8, step=1, label="Rank of LoRA", visible=False),
        "rate": gr.Dropdown(list(RATES), value="1e-4", label="Learning rate (highest)"),
        "steps": gr.Slider(4, MOST_STEPS, STEPS, step=1, label="Steps of eight clips"),
        "spec": gr.Checkbox(False, label="SpecAugment: holes in the spectrogram", visible=False),
        "cost": gr.HTML("", **BLOCK),
        "run": gr.Textbox("", label="Run", visible="hidden", max_length=40),
    }  # fmt: skip


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {}
    with gr.Row(elem_classes="lab-run-row", equal_height=True):
        made["line"] = gr.HTML("", apply_default_css=False, elem_classes="lab-status", scale=6, min_width=240)
        made["train"] = gr.Button("Train", variant="primary", scale=0, min_width=110)
        made["halt"] = gr.Button("Stop", interactive=False, scale=0, min_width=80)
    made["curve"] = Figure("Error and loss against steps", height=260)
    made["sentences"] = gr.HTML("", **BLOCK)
    learnt = [one for one in material.clips() if one.split == "train"]
    watched = [one for one in material.clips() if one.split == "development"]
    minutes, speakers = sum(one.seconds for one in learnt) / 60, len({one.speaker for one in learnt})
    text(TEXT.format(clips=len(learnt), minutes=minutes, speakers=speakers, watched=len(watched)))
    made["pulse"] = gr.Timer(1.0, active=False)
    made["told"] = gr.State(-1)  # lines of the run's progress that the page shows already
    made["mine"] = gr.State("")  # the run's token, for when an example has taken it out of the address
    return made


def token_of(visit: Visit) -> str:
    """The token of the visitor's run: of the address, else of this visit; "" where there is none."""
    return visit.fields["run"] or visit.kept["mine"]


def costs(fields: Fields) -> str:
    """What the chosen method takes, counted."""
    found = cost(fields["method"], int(fields["rank"]))
    return fact_list(
        (
            ("Weights that move", f"{found.moving:,} of {found.all:,} ({100 * found.moving / found.all:.1f} %)"),
            ("In memory, without activations", f"{found.training_mb:,.0f} MB (weights, gradients, Adam)"),
            ("A file of what was learnt", f"{found.kept_mb:,.1f} MB (float16)"),
        )
    )


def options(fields: Fields) -> list[str]:
    """The settings of the page as the script takes them."""
    line = ["--method", fields["method"], "--rank", str(int(fields["rank"])), "--alpha", str(2 * int(fields["rank"]))]
    line += ["--rate", str(RATES[fields["rate"]]), "--steps", str(int(fields["steps"]))]
    line += [
        "--warmup",
        str(WARMUP),
        "--every",
        str(EVERY),
        "--validate",
        "8",
        "--test",
        str(len(material.test_clips())),
    ]
    return line + (["--spec-augment"] if fields["spec"] and fields["method"] != "cached" else [])


def longer() -> str:
    """What the longer run that was made beforehand has gained, on people never heard."""
    held = material.shipped()["all"]
    before, after = (shown.percent(held[when]["test"]["cer"]) for when in ("before", "after"))
    return f"CER {before} before, {after} after"


def beforehand() -> dict[str, Any]:
    """Return what the page shows where the visitor has no run: the shipped one."""
    held = material.shipped()["demo"]
    what = "The run made beforehand"
    last = held["validations"][-1]
    said = (
        f"A run of {held['date']}: {METHODS[held['settings']['method']].lower()}, {held['settings']['steps']} steps, "
        f"{held['cpu_s'] / 60:.0f} min of processor time in the steps. CER "
        f"{shown.percent(held['validations'][0]['cer'])} before, {shown.percent(last['cer'])} after, in windows cut "
        "to the clip, in which the untrained base repeats itself. Part 3 has the test in Whisper’s own window of 30 s, "
        f"and what 51 minutes of speech do: {longer()}."
    )
    return {
        "line": status(said),
        "curve": shown.curves(held["losses"], held["validations"], held["settings"]["steps"], what),
        "sentences": shown.sentences(held["validations"]),
    }


def seconds_left(lines: list[dict[str, Any]]) -> float:
    """Return how long a run still takes: its steps by the last ten, its validations and the test by the last one.

    Before the first validation it counts as `A_VALIDATION` steps; the test takes as long for each clip.
    """
    steps = [one for one in lines if one["event"] == "step"]
    clips = next(one for one in reversed(lines) if one["event"] == "data")
    last = [one["seconds"] for one in steps[-10:]]
    a_step = sum(last) / len(last)
    done, of = steps[-1]["step"], steps[-1]["of"]
    took = [now["time"] - before["time"] for before, now in pairwise(lines) if now["event"] == "validation"]
    a_validation = took[-1] if len(took) > 1 else A_VALIDATION * a_step  # the first one is known beforehand
    validations = sum(number % EVERY == 0 or number == of for number in range(done + 1, of + 1))
    return (of - done) * a_step + (validations + clips["test"] / max(clips["validation"], 1)) * a_validation


def time_left(lines: list[dict[str, Any]]) -> str:
    """Say how long a run still takes, the test at its end included."""
    left_s = seconds_left(lines)
    return "less than a minute left" if left_s < 60 else f"about {left_s / 60:.0f} min left, the test included"


def said_of(run: Run, lines: list[dict[str, Any]]) -> str:
    """The line that tells how far a run is, as HTML."""
    steps = [one for one in lines if one["event"] == "step"]
    last = lines[-1]["event"] if lines else ""
    if run.alive:
        if (run.folder / "stop").exists():
            return status("Stopping: the step under way is being finished, then its state is kept.")
        if not steps or last in LOADING:
            return status("Whisper base and the clips are being read: the first step comes in half a minute or so.")
        if last == "testing":
            return status("All steps are done; the test clips are transcribed.", done=1.0)
        of = steps[-1]["of"]
        done = steps[-1]["step"]
        return status(f"Step {done} of {of}, {time_left(lines)}", done=done / of)
    if last == "end":
        return status("Done: part 3 compares it with Whisper base.")
    if last == "stopped":
        return status(f"Stopped after step {lines[-1]['step']}. Resume goes on from there, Train begins anew.")
    if last == "failed":
        return status(lines[-1]["why"], problem=True)
    return status("The training was ended: nobody looked at it, it took too long, or memory was short.", problem=True)


def looks_of(run: Run) -> dict[str, Any]:
    """Return what the page shows of a run."""
    alive = run.alive  # before its lines: what it told at its end is then among them
    lines = run.lines()
    steps = [one for one in lines if one["event"] == "step"]
    by_step = {one["step"]: one for one in steps}  # a resumed run may have told a step twice
    validations = list({one["step"]: one for one in lines if one["event"] == "validation"}.values())
    of = steps[-1]["of"] if steps else int(run.options[run.options.index("--steps") + 1])
    values = {
        "line": said_of(run, lines),
        "train": gr.update(value="Train", interactive=not alive),
        "halt": gr.update(value="Stop", interactive=alive),
        "pulse": gr.Timer(active=alive),
        "told": len(lines),
    }
    if not alive and lines and lines[-1]["event"] == "stopped":
        values["halt"] = gr.update(value="Resume", interactive=True)
    if validations:
        losses = [by_step[number]["loss"] for number in sorted(by_step)]
        values["curve"] = shown.curves(losses, validations, of, "Your run")
        values["sentences"] = shown.sentences(validations)
    return values


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show what the method takes, and the run."""
    values: dict[str, Any] = {}
    if fields.changed("method", "rank"):
        values["cost"] = costs(fields)
        values["rank"] = gr.update(visible=fields["method"] == "lora")
        values["spec"] = gr.update(visible=fields["method"] != "cached")
    if fields.changed("run"):
        run = RUNS.find(scene.token)
        values |= beforehand() | {"pulse": gr.Timer(active=False)} if run is None else looks_of(run)
        if run is None and scene.token:
            values["line"] = status("That run is no longer kept here. The page shows the one made beforehand.")
    return values


def started(visit: Visit) -> dict[str, Any]:
    """Begin a run with the page's settings."""
    try:
        run = RUNS.start(options(visit.fields))
    except Busy as busy:
        return {"line": status(str(busy), problem=True)}
    except OSError:
        return {"line": status(FULL, problem=True)}
    return {"run": run.token, "mine": run.token, **looks_of(run)}


def halted(visit: Visit) -> dict[str, Any]:
    """Stop the visitor's run, or go on with it where it was stopped."""
    run = RUNS.find(token_of(visit))
    if run is None:
        return {"line": status("That run is no longer kept here.", problem=True), "halt": gr.update(interactive=False)}
    if run.alive:
        run.stop()
    else:
        try:
            RUNS.resume(run)
        except Busy as busy:
            return {"line": status(str(busy), problem=True)}
        except OSError:
            return {"line": status(FULL, problem=True)}
    return looks_of(run)


def looked(visit: Visit) -> dict[str, Any] | None:
    """Show what is new of the visitor's run."""
    run = RUNS.find(token_of(visit))
    if run is None:
        return {"pulse": gr.Timer(active=False), "halt": gr.update(interactive=False)}
    values = looks_of(run)
    if values["told"] == visit.kept["told"] and run.alive:
        return {"line": values["line"]}
    if run.report() is not None:
        values["which"] = MINE  # what part 3 then compares
    return values


PART = Part(
    slug="train",
    title="1 Train",
    controls=controls,
    draw=draw,
    fields=("method", "rank", "rate", "steps", "spec", "run"),
    show=show,
    on=(
        On(component="train", event="click", handler=started),
        On(component="halt", event="click", handler=halted),
        On(component="pulse", event="tick", handler=looked, how={"concurrency_limit": 4}),
    ),
)
