"""Fine-tune Whisper on a folder and print the balance sheet: `python -m benchmarks.finetune FOLDER --work WORK ...`.

All options are those of `python -m training.whisper_finetune`, whose docstring says what is measured and how; a run
that has ended in WORK is only printed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from training.whisper_finetune import __main__ as script

ROWS = (
    ("target", "test", "cer"),
    ("target", "test", "wer"),
    ("target, as written", "test", "cer_as_written"),
    ("target, windows cut to the clip", "test_cut_windows", "cer"),
    ("English", "english", "wer"),
    ("English", "english", "cer"),
)


def sheet(report: dict) -> str:
    """The balance sheet of a report as Markdown."""
    how = report["settings"]
    lines = [
        f"{how['method']}, {how['steps']} steps of {how['batch']} clips, rate {how['learning_rate']:g}, seed "
        f"{how['seed']}; {report['clips']} clips, {report['seconds'] / 60:.1f} min; {report['moving']:,} weights move;",
        f"{report['cpu_s'] / 60:.1f} min of processor time in the steps, {report['trained_s'] / 60:.1f} min in all;",
        f"at most {report['peak_mb']} MB; {report['machine']}, torch {report['torch']}, {report['date']}",
        "",
        "| what | clips | rate | before | after |",
        "|---|---|---|---|---|",
    ]
    for title, part, kind in ROWS:
        before, after = report["before"].get(part), report["after"].get(part)
        if before and after:
            name = kind[:3].upper()
            rates = f"{100 * before[kind]:.1f} % | {100 * after[kind]:.1f} %"
            lines.append(f"| {title} | {len(after['clips'])} | {name} | {rates} |")
    curve = ", ".join(f"{one['step']}: {100 * one['cer']:.0f} %" for one in report["curve"])
    return "\n".join([*lines, "", f"CER on the development part by step: {curve}"])


def main() -> int:
    how = script.arguments()
    if not (how.work / "report.json").exists() and (code := script.run(how)):
        return code
    print(sheet(json.loads((Path(how.work) / "report.json").read_text(encoding="utf-8"))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
