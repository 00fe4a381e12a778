"""Make the finished examples of the captions page again: the real engine on every example and every answer's state.

    python -m spaces.captions.precompute [clip]

The sound is fed as fast as the engine can work, against a clock on which the sound runs in real time and computing
takes the processor time that it takes here, all threads added up: what one free core would take, however busy this
machine is. Each becomes ``assets/precomputed/captions-....json``.
"""

from __future__ import annotations

import argparse
import datetime
import os
from dataclasses import replace

import models
from algorithms.sound import load
from algorithms.sound.clips import clip
from models.live.simulate import simulate
from models.whisper.result import PRECOMPUTED
from models.whisper.stream import SAMPLE_RATE
from spaces.captions import CLIPS, SPACE
from spaces.captions.log import Settings, log_of, to_json


def wanted() -> list[Settings]:
    """Return the settings to run: every clip as the page opens, and what examples and answers show."""
    shown = [Settings(**dict(item.state)) for item in (*SPACE.examples, *SPACE.questions)]
    return list(dict.fromkeys([*(Settings(clip=i) for i in CLIPS), *shown]))


def main() -> None:
    """Run the engine and write the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", help="only this clip")
    only = parser.parse_args().clip
    for settings in wanted():
        if only and settings.clip != only:
            continue
        model = models.get(settings.model)
        y = load(clip(settings.clip).path, sample_rate=SAMPLE_RATE).y
        simulate(model, settings.options(), [y[: 4 * SAMPLE_RATE]])  # warm
        captioner = simulate(model, settings.options(), [y], cpu_time=True)
        log = log_of(captioner, settings, clip(settings.clip).title, own=False)
        log = replace(log, date=datetime.date.today().isoformat())
        (PRECOMPUTED / settings.file_name()).write_text(to_json(log), encoding="utf-8")
        latency = "  -  " if log.median_s is None else f"{log.median_s:4.2f}/{log.p95_s:4.2f}"
        load_now = f"{os.getloadavg()[0]:.1f}"
        print(f"{settings.file_name():44s} {latency} s  rtf {log.real_time_factor:.2f}  load {load_now}  "
              f"{log.transcript.text[:90]}")  # fmt: skip


if __name__ == "__main__":
    main()
