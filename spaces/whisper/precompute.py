"""Make the Whisper page's precomputed results again: the real models on every example and every answer's page state.

    python -m spaces.whisper.precompute            # all of them, a few minutes on two cores
    python -m spaces.whisper.precompute speech     # only those of one clip

Each becomes ``assets/precomputed/whisper-<clip>-<model>-....json``, the same file that the page offers as a download.
"""

from __future__ import annotations

import argparse
import datetime
from dataclasses import replace

from algorithms.text.subtitles import to_json
from models.whisper.job import Job
from models.whisper.result import BASE, PRECOMPUTED, Settings, about
from spaces.whisper import CLIPS, SPACE


def wanted() -> list[Settings]:
    """Return the settings to run: both models on every clip, and what examples and answers show."""
    every = [Settings(clip=clip, **model) for clip in CLIPS for model in ({}, {"model": BASE})]
    shown = [Settings(**dict(item.state)) for item in (*SPACE.examples, *SPACE.questions)]
    return list(dict.fromkeys([*every, *shown, *(replace(s, fallback=True) for s in shown if not s.fallback)]))


def main() -> None:
    """Run the models and write the files."""
    from algorithms.sound.clips import clip

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", help="only this clip")
    only = parser.parse_args().clip
    PRECOMPUTED.mkdir(exist_ok=True)
    for settings in wanted():
        if only and settings.clip != only:
            continue
        sound = clip(settings.clip)
        for _ in range(2):  # the second run is timed with the weights and the processor warm
            job = Job(settings, str(sound.path), sound.title).start()
            while job.wait():
                pass
        if job.problem:
            raise SystemExit(f"{settings.file_name()}: {job.problem}")
        result = replace(job.result(), date=datetime.date.today().isoformat())
        (PRECOMPUTED / settings.file_name()).write_text(to_json(result.transcript, **about(result)), encoding="utf-8")
        print(f"{settings.file_name():60s} {result.seconds:6.2f} s  {result.transcript.text[:90]}")


if __name__ == "__main__":
    main()
