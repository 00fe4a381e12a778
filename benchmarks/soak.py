"""What becomes of the app under many visitors and much misfortune: errors, answer times, memory and disk, over minutes.

Each visitor is a program with a browser's connections: it opens a room at random, also with a broken address, moves its
controls, uploads sounds (good, odd, and files that are none), and leaves by closing the tab or by vanishing. Meanwhile
the processes that the app has started (the voice changer's) are killed, and its disk is filled for a while. What is
counted as an error is an event that fails without a sentence, a page that does not come, and a traceback in the log;
while the disk is full, a refusal is what the page should say.
Run: ``python -m benchmarks.soak [--minutes 20] [--visitors 20] [--rest 5]``. Linux; the disk is filled where a process
may mount one of its own (``unshare``).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import soundfile

from benchmarks.behind_nginx import free_ports, wait_for
from benchmarks.startup import memory_mb
from benchmarks.visitor import Visit
from benchmarks.visitors import sliders, worst
from spaces import discover

ROOT = Path(__file__).parent.parent
ROOMS = ("", *discover())
BROKEN = ("?clip=%3Cimg%20src%3Dx%3E", "?part=nowhere", "?t=1e999&win=nan", "?clip=own", "?" + "x=" * 3000)
DISK_MB = 300
FULL_S, FAULT_EVERY_S = 8.0, 45.0  # how long the disk is full, and how often something happens
LOOK_S = (0.3, 2.0)


def sounds() -> dict[str, bytes]:
    """Return files by name: good ones, odd ones, and some that are no sound."""
    rate, found = 16_000, {}
    tone = 0.3 * np.sin(2 * np.pi * 330 * np.arange(2 * rate) / rate)
    for name, y, kind in (("tone.wav", tone, "WAV"), ("tone.flac", tone, "FLAC"), ("silence.wav", 0 * tone, "WAV")):
        data = io.BytesIO()
        soundfile.write(data, y, rate, format=kind)
        found[name] = data.getvalue()
    found["cut.flac"] = found["tone.flac"][:2000]
    found["claims.wav"] = found["tone.wav"][:40] + (2_000_000_000).to_bytes(4, "little") + found["tone.wav"][44:]
    found["letter.mp3"] = b"Dear Sir, this is no sound."
    found["empty.wav"] = b""
    return found


@dataclass
class Tally:
    """What happened, filled by all visitors at once."""

    times: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "event": []})
    errors: Counter = field(default_factory=Counter)
    refusals: Counter = field(default_factory=Counter)  # sentences for the visitor
    full: threading.Event = field(default_factory=threading.Event)  # while the disk is
    over: threading.Event = field(default_factory=threading.Event)

    def failed(self, problem: Exception) -> None:
        """Count a failure: with a sentence it is a refusal."""
        text = " ".join(str(problem).split())[:160]
        sentence = re.search(r"'error': [\"']([A-Z][^{}]{10,}[.!?])", text)
        if sentence or self.full.is_set():
            self.refusals[sentence[1] if sentence else f"(disk full) {text}"] += 1
        else:
            self.errors[re.sub(r"[0-9a-f]{11,}|:\d{4,5}", "…", text)] += 1


def upload(visit: Visit, chance: random.Random, files: dict[str, bytes]) -> None:
    """Bring a sound where the room takes one: upload it, and tell the page."""
    events = visit.events("upload")
    if not events:
        return
    name = chance.choice(list(files))
    answer = visit.client.post("gradio_api/upload", files={"files": (name, files[name])})
    answer.raise_for_status()
    event = chance.choice(events)
    given = {"path": answer.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}
    visit.values[event["inputs"][0]] = given
    visit.answers(event)
    for follows in visit.events("change"):
        if len(follows["targets"]) == 1 and follows["inputs"] and chance.random() < 0.3:
            visit.answers(follows)


def move(visit: Visit, chance: random.Random) -> None:
    """Move one of the room's sliders."""
    if found := sliders(visit):
        slider, event = chance.choice(found)
        visit.values[slider["id"]] = chance.uniform(slider["props"]["minimum"], slider["props"]["maximum"])
        visit.answers(event)


def visitor(url: str, tally: Tally, seed: int, files: dict[str, bytes]) -> None:
    """Be one visitor after the other until it is over."""
    chance = random.Random(seed)
    while not tally.over.is_set():
        try:
            with httpx.Client(base_url=f"{url}/", timeout=180) as client:
                start = time.perf_counter()
                visit = Visit(client, chance.choice(ROOMS) + (chance.choice(BROKEN) if chance.random() < 0.2 else ""))
                tally.times["page"].append(time.perf_counter() - start)
                way = chance.random()
                if way < 0.1:  # cut off: its connections end without a word
                    visit.__enter__()
                # Or a program, which has no heartbeat; most close the tab.
                with contextlib.nullcontext(visit) if way < 0.2 else visit:
                    for act in (Visit.open, *chance.choices((move, upload, None), k=chance.randint(0, 4))):
                        start = time.perf_counter()
                        if act is Visit.open:
                            act(visit)
                        elif act is not None:
                            act(visit, chance, files) if act is upload else act(visit, chance)
                        tally.times["event"].append(time.perf_counter() - start)
                        time.sleep(chance.uniform(*LOOK_S))
        except (httpx.HTTPError, RuntimeError) as problem:
            tally.failed(problem)
            time.sleep(1)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(line) for line in listed.stdout.split()]


def misfortune(app: int, disk: Path | None, tally: Tally, every_s: float) -> None:
    """Kill what the app has started, and fill its disk, in turns."""
    turn = 0
    while not tally.over.wait(every_s):
        turn += 1
        if turn % 2 or disk is None:
            for child in children(app):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            continue
        ballast = disk / "ballast"
        tally.full.set()
        with contextlib.suppress(OSError), ballast.open("wb") as out:
            while True:
                out.write(bytes(1 << 20))
        tally.over.wait(min(FULL_S, every_s))
        ballast.unlink(missing_ok=True)
        time.sleep(2)
        tally.full.clear()


def held(pid: int, folder: Path) -> tuple[float, int, float]:
    """Return memory in MB, and how many files of how many MB lie in the app's folder."""
    sizes = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                sizes.append(path.stat().st_size)
    return memory_mb(pid), len(sizes), sum(sizes) / 1e6


def soak(
    minutes: float, visitors: int, rest: float, seed: int = 1, fault_every_s: float = FAULT_EVERY_S
) -> tuple[Tally, list[tuple[str, float, int, float]]]:
    """Run it all; returns what happened, and what was held before, after each quarter, and after the rest."""
    (port,) = free_ports(1)
    url, tally = f"http://127.0.0.1:{port}", Tally()
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder, log = Path(name) / "files", Path(name) / "app.log"
        folder.mkdir()
        own_disk = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
        mount = f"mount -t tmpfs -o size={DISK_MB}m lab {folder} && exec {sys.executable} app.py"
        can = (
            shutil.which("unshare")
            and not subprocess.run(
                [*own_disk, f"mount -t tmpfs lab {folder}"], capture_output=True, check=False
            ).returncode
        )
        env = {**os.environ, "PORT": str(port), "HOST": "127.0.0.1", "GRADIO_TEMP_DIR": str(folder)}
        command = [*own_disk, mount] if can else [sys.executable, "app.py"]
        with log.open("w") as out:
            app = subprocess.Popen(command, cwd=ROOT, env=env, stdout=out, stderr=out)
        try:
            wait_for(url, app, log)
            disk = Path(f"/proc/{app.pid}/root{folder}") if can else None
            if disk is None:
                print("No disk of its own can be mounted here, so none is filled.")
            seen = disk or folder
            with httpx.Client(base_url=f"{url}/", timeout=120) as client:  # every room drawn and used once
                for room in ROOMS:
                    with Visit(client, room) as visit:
                        visit.open()
            rows = [("before", *held(app.pid, seen))]
            threads = [
                threading.Thread(target=visitor, args=(url, tally, 1000 * seed + i, sounds())) for i in range(visitors)
            ]
            threads.append(threading.Thread(target=misfortune, args=(app.pid, disk, tally, fault_every_s)))
            for thread in threads:
                thread.start()
            for quarter in range(1, 5):
                time.sleep(60 * minutes / 4)
                if app.poll() is not None:
                    raise SystemExit(f"The app ended (exit code {app.returncode}):\n{log.read_text()[-2000:]}")
                rows.append((f"{quarter * minutes / 4:g} min", *held(app.pid, seen)))
            tally.over.set()
            for thread in threads:
                thread.join()
            time.sleep(60 * rest)
            rows.append((f"{rest:g} min rest", *held(app.pid, seen)))
            for line in re.findall(r"^\w[\w.]*(?:Error|Exception)\b.*", log.read_text(), re.M):
                if "No space left" not in line:
                    tally.errors[f"in the log: {line[:140]}"] += 1
        finally:
            tally.over.set()  # whatever went wrong: no visitor goes on for nobody
            app.terminate()
            app.wait(30)
    return tally, rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--rest", type=float, default=5, help="minutes of quiet before the last look")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    tally, rows = soak(options.minutes, options.visitors, options.rest, options.seed)
    print(f"{os.cpu_count()} cores, {options.visitors} visitors, {options.minutes:g} minutes.")
    for kind, times in tally.times.items():
        times = times or [float("nan")]
        spread = f"median {1000 * statistics.median(times):.0f} ms, 95th percentile {1000 * worst(times):.0f} ms"
        print(f"{kind:8}{len(times):8} answers, {spread}")
    for name, memory, files, size in rows:
        print(f"{name:14}{memory:8.0f} MB memory{files:7} files{size:9.1f} MB on disk")
    print(f"{sum(tally.errors.values())} errors, {sum(tally.refusals.values())} refusals in a sentence")
    for text, count in [*tally.errors.most_common(20), *tally.refusals.most_common(10)]:
        print(f"{count:6} x {text}")


if __name__ == "__main__":
    main()
