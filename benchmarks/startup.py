"""How long from `python app.py` to the first page, and how much memory that takes; Gradio's bare page is the peer.

Bars: the first page within 8 s on 2 cores, below 500 MB. Run: ``python -m benchmarks.startup``.
"""

from __future__ import annotations

import os
import re
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parent.parent
BARE = """
import os, gradio as gr
with gr.Blocks() as demo: gr.Markdown("Hello")
demo.launch(server_port=int(os.environ["PORT"]), quiet=True)
"""


def measure(command: list[str]) -> tuple[float, float]:
    """Return seconds until the home page has answered and the process's resident memory in MB then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "PORT": str(port), "GRADIO_ANALYTICS_ENABLED": "False"}
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            while True:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read()
                    break
                except OSError:
                    if process.poll() is not None or time.perf_counter() - start > 120:
                        raise RuntimeError(f"{command} did not start") from None
                    time.sleep(0.02)
            seconds = time.perf_counter() - start
            status = Path(f"/proc/{process.pid}/status")
            memory = (
                int(re.search(r"VmRSS:\s+(\d+)", status.read_text())[1]) / 1024 if status.exists() else float("nan")
            )
        finally:
            process.terminate()
    return seconds, memory


def main() -> None:
    ours, bare = [], []
    for _ in range(5):  # alternating, so that other load on the machine meets both
        ours.append(measure(["app.py"]))
        bare.append(measure(["-c", BARE]))
    print(f"{'':24}{'first page, s (median of 5)':>30}{'memory, MB':>14}")
    for name, runs in (("Speech Lab", ours), ("Gradio, one word", bare)):
        print(f"{name:24}{statistics.median(s for s, _ in runs):30.2f}{statistics.median(m for _, m in runs):14.0f}")
    ratio = statistics.median(s for s, _ in ours) / statistics.median(s for s, _ in bare)
    print(f"ratio {ratio:.2f}; bars: 8 s and 500 MB")


if __name__ == "__main__":
    main()
