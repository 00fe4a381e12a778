"""How long from `python app.py` to the first page, what the house costs as it grows, and what a visit leaves behind.

Twenty copies of a room with five parts stand for a house of twenty such rooms; Gradio's bare page is the peer. Bars on
2 cores: the first page of the twenty within 6 s and below 500 MB; 1,000 visits leave at most 100 MB more than 50 do.
Run: ``python -m benchmarks.startup [--room keyword_spotting] [--visits 1000]``.
"""

from __future__ import annotations

import argparse
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.visitor import Visit

ROOT = Path(__file__).parent.parent
BARE = """
import os, gradio as gr
with gr.Blocks() as demo: gr.Markdown("Hello")
demo.launch(server_port=int(os.environ["PORT"]), quiet=True)
"""
TWENTY = """
import dataclasses, os, sys, app, spaces
room = dataclasses.replace(spaces.discover()[sys.argv[1]], programs=())  # their names may exist only once
rooms = {f"copy_{i:02}": room for i in range(20)}
app.create_app(rooms).launch(server_port=int(os.environ["PORT"]), **app.launch_options(rooms), quiet=True)
"""


@contextmanager
def server(command: list[str]) -> Iterator[tuple[httpx.Client, int, float]]:
    """Start a server; give a client for it, its process id, and the seconds until its home page has answered."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    start = time.perf_counter()
    with (
        subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, stdout=subprocess.DEVNULL) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=120) as client,
    ):
        try:
            while True:
                try:
                    client.get("/").raise_for_status()
                    break
                except httpx.TransportError:
                    if process.poll() is not None or time.perf_counter() - start > 120:
                        raise RuntimeError(f"{command} did not start") from None
                    time.sleep(0.02)
            yield client, process.pid, time.perf_counter() - start
        finally:
            process.terminate()


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in seconds: on a busy machine steadier than the clock."""
    stat = Path(f"/proc/{pid}/stat")
    ticks = stat.read_text().rpartition(")")[2].split()[11:13] if stat.exists() else ["nan"]
    return sum(map(float, ticks)) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return a process's resident memory in MB (Linux; elsewhere not a number)."""
    status = Path(f"/proc/{pid}/status")
    return int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) / 1024 if status.exists() else float("nan")


def visit(client: httpx.Client, page: str) -> tuple[float, float, int]:
    """Open a page as a browser does: seconds until it has arrived, until it is drawn, and its size in bytes."""
    start = time.perf_counter()
    with Visit(client, page) as visitor:
        arrived = time.perf_counter() - start
        visitor.open()
        return arrived, time.perf_counter() - start, visitor.size


def first_pages(room: str, runs: int) -> None:
    """Print how long each takes to its first page and what memory it has then."""
    names = {
        "Speech Lab": ["app.py"],
        f"twenty times {room}": ["-c", TWENTY, room],
        "Gradio, one word": ["-c", BARE],
    }
    results: dict[str, list[tuple[float, float, float]]] = {name: [] for name in names}
    for _ in range(runs):  # alternating, so that other load on the machine meets all
        for name, command in names.items():
            with server(command) as (_, pid, seconds):
                results[name].append((seconds, cpu_s(pid), memory_mb(pid)))
    bare = statistics.median(seconds for seconds, *_ in results["Gradio, one word"])
    print(f"median of {runs:<22}{'first page, s':>14}{'x bare':>8}{'CPU, s':>8}{'memory, MB':>12}")
    for name, figures in results.items():
        seconds, cpu, memory = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{name:32}{seconds:14.2f}{seconds / bare:8.2f}{cpu:8.2f}{memory:12.0f}")


def visits(room: str, count: int) -> None:
    """Print what visits to the twenty copies take and leave behind."""
    with server(["-c", TWENTY, room]) as (client, pid, _):

        def told(name: str) -> None:
            arrived, drawn, size = visit(client, "copy_00")
            print(f"{name:32}page after {arrived:.2f} s, drawn after {drawn:.2f} s, {size / 1000:.0f} kB", flush=True)

        for name in ("first visit to a room", "the second", "the third"):
            told(name)
        before = memory_mb(pid)
        for i in range(1, 20):
            visit(client, f"copy_{i:02}")
        print(f"{'the other 19 rooms':32}{(memory_mb(pid) - before) / 19:.1f} MB each, first visit included")
        told("a room when all are built")
        after: dict[int, float] = {}
        for done in range(1, count + 1):
            visit(client, "copy_00")
            if done in (50, count):
                after[done] = memory_mb(pid)
        low, high = after[50], after[count]
        print(
            f"{'memory after 50 visits':32}{low:.0f} MB; after {count}: {high:.0f} MB, {high - low:+.0f} MB,"
            f" {1000 * (high - low) / (count - 50):.0f} kB a visit"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--room", default="keyword_spotting", help="the room of which there are twenty copies")
    parser.add_argument("--runs", type=int, default=5, help="starts of each")
    parser.add_argument("--visits", type=int, default=1000, help="after the 20 first ones; more than 50")
    options = parser.parse_args()
    if options.runs:
        first_pages(options.room, options.runs)
    visits(options.room, options.visits)
    print("bars: 6 s, 500 MB; 1,000 visits leave at most 100 MB more than 50")


if __name__ == "__main__":
    main()
