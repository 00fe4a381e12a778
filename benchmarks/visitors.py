"""How many visitors a machine serves: answer times, errors and memory for so many at once, on so many processes.

Each visitor is a program with a browser's connections and cookies: it opens the Feature Explorer, moves five of its
sliders, then opens two other rooms with their packaged examples, and looks at each result for 1 to 3 s. All arrive
within 5 s, as when a lecturer says "now open this". The processes run behind nginx with the shipped configuration and
have each been visited once before. The visitors run on the same machine and take processor time as well: that is
printed, and what anything else took (nginx among it).
Run: ``python -m benchmarks.visitors [--visitors 5 20 50] [--processes 1 2]``; needs nginx.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.behind_nginx import Behind, behind_nginx
from benchmarks.startup import cpu_s
from benchmarks.visitor import Visit

ROOMS = ("ctc", "whisper", "whisper_inside", "whisper_limits", "captions", "keyword_spotting")
SLIDERS = 5  # moves of one visitor
ARRIVE_S, LOOK_S = 5.0, (1.0, 3.0)
KINDS = ("page", "result", "slider")


class Tally:
    """Answer times in seconds by kind, and what went wrong; filled by all visitors at once."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.errors: list[str] = []
        self.lock = threading.Lock()

    @contextmanager
    def timed(self, kind: str) -> Iterator[None]:
        """Note how long what is done inside takes."""
        start = time.perf_counter()
        yield
        with self.lock:
            self.times[kind].append(time.perf_counter() - start)


def sliders(visit: Visit) -> list[tuple[dict, dict]]:
    """Return (component, event) of the sliders whose moves the server answers."""
    by_id = {c["id"]: c for c in visit.config["components"] if c["type"] == "slider"}
    found = []
    for event in visit.config["dependencies"]:
        found += [(by_id[i], event) for i, kind in event["targets"] if i in by_id and kind in ("input", "change")]
    return [(slider, event) for slider, event in found if event["backend_fn"]]


def worst(times: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(times)[min(len(times) - 1, int(0.95 * len(times)))]


def stay(url: str, tally: Tally, chance: random.Random, rooms: list[str]) -> None:
    """Be one visitor, from the first page to the last."""
    time.sleep(chance.uniform(0, ARRIVE_S))
    with httpx.Client(base_url=f"{url}/", timeout=120) as client:
        for room in ("features", *rooms):
            with tally.timed("page"):
                visit = Visit(client, room)
            with visit:
                with tally.timed("result"):
                    visit.open()
                moves = chance.sample(sliders(visit), SLIDERS) if room == "features" else []
                for slider, event in moves:
                    time.sleep(chance.uniform(*LOOK_S))
                    props = slider["props"]
                    steps = round((props["maximum"] - props["minimum"]) / props["step"])
                    visit.values[slider["id"]] = props["minimum"] + props["step"] * chance.randint(0, steps)
                    with tally.timed("slider"):
                        visit.answers(event)
                time.sleep(chance.uniform(*LOOK_S))


def peak_mb(lab: Behind) -> float:
    """Return the most memory that the processes have held so far, together, in MB (Linux; elsewhere not a number)."""
    status = [Path(f"/proc/{app.pid}/status") for app in lab.apps]
    if not all(path.exists() for path in status):
        return float("nan")
    return sum(int(re.search(r"VmHWM:\s+(\d+)", path.read_text())[1]) for path in status) / 1024


def busy_s() -> float:
    """Return the processor time that the whole machine has used, in seconds (Linux; elsewhere not a number)."""
    stat = Path("/proc/stat")
    if not stat.exists():
        return float("nan")
    user, nice, system, _, _, irq, softirq = map(float, stat.read_text().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def measure(processes: int, visitors: int, seed: int) -> str:
    """Return one line of the table."""
    with behind_nginx(processes) as lab:
        for url in lab.app_urls:
            with httpx.Client(base_url=f"{url}/", timeout=120) as client:
                for room in ("features", *ROOMS):
                    with Visit(client, room) as visit:
                        visit.open()
        tally = Tally()
        begin, used, own = time.perf_counter(), sum(cpu_s(app.pid) for app in lab.apps), time.process_time()
        busy = busy_s()

        def one(i: int) -> None:
            try:
                rooms = [ROOMS[(2 * i + k) % len(ROOMS)] for k in range(2)]
                stay(lab.url, tally, random.Random(seed * 1000 + i), rooms)
            except (httpx.HTTPError, RuntimeError) as problem:
                tally.errors.append(f"visitor {i}: {str(problem).splitlines()[0][:200]}")

        with ThreadPoolExecutor(visitors) as pool:
            list(pool.map(one, range(visitors)))
        wall = time.perf_counter() - begin
        used, own = sum(cpu_s(app.pid) for app in lab.apps) - used, time.process_time() - own
        other = busy_s() - busy - used - own
        cells = [f"{processes:9}{visitors:10}"]
        for kind in KINDS:
            times = tally.times[kind] or [float("nan")]
            cells.append(f"{1000 * statistics.median(times):10.0f}{1000 * worst(times):8.0f}")
        cells.append(f"{len(tally.errors):8}{peak_mb(lab):11.0f}{used / visitors:10.2f}")
        cells.append(f"{used / wall:7.2f}{own / wall:10.2f}{other / wall:8.2f}")
        log = "\n".join(path.read_text() for path in lab.folder.glob("app*.log"))
        raised = re.findall(r"^\w[\w.]*(?:Error|Exception)\b.*", log, re.M)  # the last line of each traceback
        return "".join(cells) + "".join(f"\n  {line}" for line in [*tally.errors[:5], *raised[:5]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, nargs="+", default=[5, 20, 50])
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    how = "Answers in ms: median, 95th percentile. CPU each: seconds for one visit. Right: cores in use, on average"
    print(f"{os.cpu_count()} cores. {how}")
    heads = "".join(f"{kind:>10}{'95 %':>8}" for kind in KINDS)
    print(f"processes  visitors{heads}  errors  memory MB  CPU each    lab  visitors  others")
    for visitors in options.visitors:
        for processes in options.processes:
            print(measure(processes, visitors, options.seed), flush=True)


if __name__ == "__main__":
    main()
