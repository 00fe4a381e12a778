"""Fine-tune Whisper base for a language on a folder of recordings with texts.

    python -m training.whisper_finetune ../shared/data/msc_malayalam --language ml --work FOLDER

The folder: see `training.whisper_finetune.data` (Common Voice, LJ Speech, or a list). What is tuned is the packaged
Whisper base, or any Whisper in transformers' format (`--base FOLDER`), on a GPU where there is one. It goes on where it
was stopped (Ctrl-C, or a file named `stop` in the work folder), and is then the same as a run that was not. The work
folder gets `progress.jsonl` (a line for every step and validation), `state.pt`, and at the end `tuned.safetensors`
(only the weights that moved, float16) and `report.json` (before, after, curve, settings, data, machine, date).

Measured by it: CER and WER on the test part, of speakers and sentences that were not learnt from, in Whisper's own 30 s
as every program uses it, with `--cut` also in windows that end with the clip, as training and its validations use them;
and on `--english FOLDER`, to see what was forgotten.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from training.whisper_finetune import data, judge

SHOWN = 3  # sentences that are re-transcribed before the reader's eyes


def arguments(line: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="training.whisper_finetune", description=__doc__.splitlines()[0])
    add = parser.add_argument
    add("folder", type=Path)
    add("--work", type=Path, required=True, help="where progress, state and result go")
    add("--base", type=Path, default=None, help="a transformers folder instead of the packaged Whisper base")
    add("--language", default="ml", help="Whisper's code of the language")
    add("--method", default="all", choices=("all", "decoder", "cached", "lora"))
    add("--rate", type=float, default=None, help="learning rate; usual: 1e-4, for LoRA 1e-3")
    add("--steps", type=int, default=300)
    add("--warmup", type=int, default=20)
    add("--batch", type=int, default=8)
    add("--at-once", type=int, default=4, help="clips in memory at a time")
    add("--rank", type=int, default=8)
    add("--alpha", type=float, default=16.0)
    add("--spec-augment", action="store_true")
    add("--seed", type=int, default=0)
    add("--every", type=int, default=50, help="steps between validations")
    add("--seconds", type=float, default=None, help="learn from at most so many seconds")
    add("--validate", type=int, default=16, help="clips of the development part that are used")
    add("--test", type=int, default=1000, help="clips of the test that are used")
    add("--cut", action="store_true", help="transcribe the test in windows cut to each clip as well")
    add("--english", type=Path, default=None, help="a folder in English: what is forgotten")
    add("--english-clips", type=int, default=20)
    add("--threads", type=int, default=1)
    add("--parent", type=int, default=None, help="end when this process is no longer the parent")
    add("--nice", type=int, default=0, help="lower the priority by this much, 0 to 19")
    add("--save-at-stop", action="store_true", help="keep the state only when stopped, not at every validation")
    add("--no-result", action="store_true", help="keep no weights")
    return parser.parse_args(line)


class Progress:
    """Writes lines to `progress.jsonl` and knows whether to stop."""

    def __init__(self, work: Path, parent: int | None) -> None:
        self.work, self.parent, self.stopped = work, parent, False
        self.at_work = False  # in the steps, after which a state can be kept
        with suppress(ValueError):  # not the main thread: a test
            for name in (signal.SIGTERM, signal.SIGINT):
                signal.signal(name, self._stop)

    def _stop(self, *_: object) -> None:
        self.stopped = True
        if not self.at_work:
            sys.exit(2)

    def ask(self) -> bool:
        """Whether somebody wants it to end."""
        orphan = self.parent is not None and os.getppid() != self.parent
        return self.stopped or orphan or (self.work / "stop").exists()

    def say(self, event: str, **what: Any) -> None:
        """Write one line."""
        line = json.dumps({"event": event, "time": round(time.time(), 1), **what}, ensure_ascii=False)
        with open(self.work / "progress.jsonl", "a", encoding="utf-8") as file:
            file.write(line + "\n")
        print(line if len(line) < 300 else line[:300] + " ...", flush=True)


def train(
    training: Any, progress: Progress, validate: Callable[[], dict], how: argparse.Namespace, started_s: float
) -> bool:
    """Do the steps that are left; False where it was stopped before the end."""
    from algorithms.finetune.run import save

    steps = training.settings.steps
    if training.step == 0:
        known = progress.work / "first.json"  # by who knows already what the base writes
        first = json.loads(known.read_text(encoding="utf-8")) if known.exists() else validate()
        progress.say("validation", step=0, **first)
    progress.at_work = True
    while training.step < steps:
        if progress.ask():
            save(training.state() | {"seconds": time.monotonic() - started_s}, progress.work / "state.pt")
            (progress.work / "stop").unlink(missing_ok=True)  # it has done its work
            progress.say("stopped", step=training.step)
            return False
        before, cpu = time.monotonic(), time.process_time()
        loss = training.advance()
        took = {"seconds": round(time.monotonic() - before, 2), "cpu_s": round(time.process_time() - cpu, 2)}
        progress.say("step", step=training.step, of=steps, loss=round(loss, 4), **took)
        if training.step % how.every == 0 or training.step == steps:
            progress.say("validation", step=training.step, **validate())
            if not how.save_at_stop:
                save(training.state() | {"seconds": time.monotonic() - started_s}, progress.work / "state.pt")
    progress.at_work = False
    return True


def main(line: list[str] | None = None) -> int:
    """Run; returns 0 at the end, 2 where it was stopped, 1 with a sentence where it can't be."""
    how = arguments(line)
    handlers = {name: signal.getsignal(name) for name in (signal.SIGTERM, signal.SIGINT)}
    try:
        return run(how)
    except (ValueError, OSError) as wrong:
        with suppress(OSError):
            Progress(how.work, None).say("failed", why=str(wrong))
        print(wrong, file=sys.stderr)
        return 1
    finally:
        with suppress(ValueError):  # not the main thread
            for name, handler in handlers.items():
                signal.signal(name, handler)


def run(how: argparse.Namespace) -> int:
    import torch

    from algorithms.finetune.run import Settings, Training, load
    from models.whisper import tuning

    torch.set_num_threads(how.threads)
    if how.nice and hasattr(os, "nice"):  # Windows has none
        os.nice(how.nice)
    how.work.mkdir(parents=True, exist_ok=True)
    progress = Progress(how.work, how.parent)
    progress.say("begin", process=os.getpid())
    words = tuning.words(how.base)
    vocabulary = words.vocabulary(how.language)
    rows = data.parted(data.listed(how.folder))
    problem = data.script_problem([row.text for row in rows], how.language)
    if problem:
        raise ValueError(problem)
    found = data.read(rows, words.encode, most_s=how.seconds)
    train_set, validation, test = (found.examples[split] for split in (data.TRAIN, data.DEVELOPMENT, data.TEST))
    validation, test = (validation or test)[: how.validate], test[: how.test]
    settings = Settings(
        method=how.method, learning_rate=how.rate or (1e-3 if how.method == "lora" else 1e-4), steps=how.steps,
        warmup=how.warmup, batch=how.batch, at_once=how.at_once, rank=how.rank, alpha=how.alpha,
        spec_augment=how.spec_augment, seed=how.seed,
    )  # fmt: skip
    progress.say(
        "data", notes=found.notes, clips=len(train_set), seconds=round(found.seconds(data.TRAIN), 1),
        validation=len(validation), test=len(test),
    )  # fmt: skip
    network = tuning.base(how.base).to("cuda" if torch.cuda.is_available() else "cpu")

    def look(examples: list, own: Any = vocabulary) -> dict:
        return judge.judged(network, own, examples, words.decode)

    def measured(known: dict) -> dict:
        english = list(english_of(how, words)) if "english" not in known else []
        found = {} if "test" in known or not test else {"test": look(judge.in_full_windows(test))}
        if how.cut and "test_cut_windows" not in known:
            found["test_cut_windows"] = look(test)
        if english:
            found["english"] = look(judge.in_full_windows(english), words.vocabulary("en"))
        return {**known, **found}

    def validate() -> dict:
        seen = look(validation)
        return {"cer": seen["cer"], "wer": seen["wer"], "sentences": seen["clips"][:SHOWN]}

    before_file = how.work / "before.json"
    if not how.no_result:
        known = json.loads(before_file.read_text(encoding="utf-8")) if before_file.exists() else {}
        before_file.write_text(json.dumps(measured(known), ensure_ascii=False), encoding="utf-8")
    training = Training(network, vocabulary, settings, train_set)
    count = sum(p.numel() for p in training.weights.values())
    progress.say("weights", moving=count, all=sum(p.numel() for p in network.parameters()))
    used_s, kept = 0.0, how.work / "state.pt"
    if kept.exists():
        state = load(kept)
        training.restore(state)
        used_s = state["seconds"]
        progress.say("resumed", step=training.step)
    started = time.monotonic() - used_s
    if not train(training, progress, validate, how, started):
        return 2
    if not how.no_result:
        progress.say("testing", step=training.step)
        write(how, progress, training, measured, found, time.monotonic() - started)
    kept.unlink(missing_ok=True)  # several hundred megabytes that nobody needs any more
    progress.say("end", step=training.step, seconds=round(time.monotonic() - started, 1))
    return 0


def english_of(how: argparse.Namespace, words: Any) -> Iterator[Any]:
    """Some English sentences: of the readers 84 and 251 where the folder is LibriSpeech's dev-clean of ../shared."""
    if how.english is None:
        return
    rows = data.listed(how.english)
    kept = [r for r in rows if r.speaker in ("84", "251")] or rows
    step = max(1, len(kept) // how.english_clips)
    found = data.read(kept[::step][: how.english_clips], words.encode, least_s=0)
    for examples in found.examples.values():
        yield from examples


def write(
    how: argparse.Namespace,
    progress: Progress,
    training: Any,
    measured: Callable[[dict], dict],
    found: Any,
    took_s: float,
) -> None:
    """Keep the weights that moved, and the report."""
    import torch
    from safetensors.torch import save_file

    tensors = {name: p.detach().cpu().half().contiguous() for name, p in training.weights.items()}
    save_file(tensors, how.work / "tuned.safetensors", {"method": how.method, "language": how.language})
    lines = [json.loads(one) for one in (how.work / "progress.jsonl").read_text(encoding="utf-8").splitlines()]
    by_step = {e: {one["step"]: one for one in lines if one["event"] == e} for e in ("validation", "step")}  # last told
    curve = [{k: one[k] for k in ("step", "cer", "wer")} for one in by_step["validation"].values()]
    report = {
        "settings": training.state()["settings"], "data": how.folder.name, "language": how.language,
        "clips": len(training.examples), "seconds": round(found.seconds(data.TRAIN), 1), "trained_s": round(took_s, 1),
        "cpu_s": round(sum(one["cpu_s"] for one in by_step["step"].values()), 1),
        "moving": sum(t.numel() for t in tensors.values()),
        "machine": f"{platform.machine()}, {how.threads} thread(s)", "torch": torch.__version__,
        "date": date.today().isoformat(), "peak_mb": _peak_mb(), "curve": curve,
        "losses": [one["loss"] for one in by_step["step"].values()],
        "before": json.loads((how.work / "before.json").read_text(encoding="utf-8")), "after": measured({}),
    }  # fmt: skip
    (how.work / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")


def _peak_mb() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 0)


if __name__ == "__main__":
    sys.exit(main())
