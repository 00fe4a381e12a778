"""Several processes of the app behind nginx on this machine, with the configuration that is shipped."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "deploy" / "nginx.conf"
NOBODY = 65534


@dataclass
class Behind:
    """What runs: nginx's address, and of each process its address and handle."""

    url: str
    app_urls: list[str]
    apps: list[subprocess.Popen]
    folder: Path  # each process's log and files: app0.log, app0/, ...


def free_ports(count: int) -> list[int]:
    """Return ports of this machine that nobody listens on."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def configuration(port: int, app_ports: list[int], folder: Path) -> str:
    """Return the shipped nginx.conf with nothing but its addresses and folders changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    (line,) = {re.sub(r"app\d+:7860", "{}", line) for line in re.findall(r"^ +server app\d+:7860 .*\n", text, re.M)}
    servers = "".join(line.format(f"127.0.0.1:{app_port}") for app_port in app_ports)
    text, replaced = re.subn(r"(^ +server app\d+:7860 .*\n)+", servers, text, flags=re.M)
    if replaced != 1 or "listen 8080;" not in text or "/tmp/nginx" not in text:
        raise ValueError(f"{SHIPPED} has changed its form: mend {__file__}.")
    return text.replace("listen 8080;", f"listen 127.0.0.1:{port};").replace("/tmp/nginx", f"{folder}/nginx")


def wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    """Return when an address answers; raise RuntimeError with the log when its process ends instead."""
    patience = time.monotonic() + 180  # on a machine that is busy with other tests
    while time.monotonic() < patience and process.poll() is None:
        try:
            httpx.get(url, timeout=30)
            return
        except httpx.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text()}")


@contextmanager
def behind_nginx(processes: int, **environment: str) -> Iterator[Behind]:
    """Start so many processes of the app and nginx; give them as `Behind`, and end them all.

    Raises
    ------
    RuntimeError
        When nginx is not installed, or something does not start.
    """
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if nginx is None:
        raise RuntimeError("nginx is not on this machine: apt-get install nginx.")
    port, *app_ports = free_ports(processes + 1)
    running: list[subprocess.Popen] = []

    def start(command: list[str], log: Path, **options) -> subprocess.Popen:
        with log.open("w") as out:
            running.append(subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, **options))
        return running[-1]

    with tempfile.TemporaryDirectory(prefix="lab-") as name:
        folder = Path(name)
        if os.geteuid() == 0:  # then nginx runs as nobody
            os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o755)
        here = Behind(f"http://127.0.0.1:{port}", [f"http://127.0.0.1:{p}" for p in app_ports], [], folder)
        try:
            for i, app_port in enumerate(app_ports):
                files = {"GRADIO_TEMP_DIR": str(folder / f"app{i}"), "GRADIO_ANALYTICS_ENABLED": "False"}
                env = {**os.environ, **files, "PORT": str(app_port), "HOST": "127.0.0.1", **environment}
                here.apps.append(start([sys.executable, "app.py"], folder / f"app{i}.log", env=env))
            for i, (url, app) in enumerate(zip(here.app_urls, here.apps, strict=True)):
                wait_for(url, app, folder / f"app{i}.log")
            (folder / "nginx.conf").write_text(configuration(port, app_ports, folder), encoding="utf-8")
            command = [nginx, "-e", "stderr", "-p", name, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
            who = {"user": NOBODY, "group": NOBODY} if os.geteuid() == 0 else {}
            wait_for(here.url, start(command, folder / "nginx.log", **who), folder / "nginx.log")
            yield here
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(20)
