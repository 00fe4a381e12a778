"""The Dockerfile and docker-compose.yml say what the rest of the repository says (no Docker engine is needed)."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from benchmarks.behind_nginx import SHIPPED
from deploy.space import LEFT_OUT
from tests.helpers.app import ROOT, serving

README = (ROOT / "README.md").read_text(encoding="utf-8")
FRONT = yaml.safe_load(README.split("---")[1])
COMPOSE = yaml.safe_load((ROOT / "deploy/docker-compose.yml").read_text(encoding="utf-8"))


def instructions() -> list[tuple[str, str]]:
    """Return (instruction, its arguments) of every line of the Dockerfile, continued lines joined."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines)]


def said(word: str) -> list[str]:
    return [rest for name, rest in instructions() if name == word]


def final() -> list[tuple[str, str]]:
    """Return the instructions of the image that runs."""
    every = instructions()
    return every[max(i for i, (word, _) in enumerate(every) if word == "FROM") :]


def copied() -> list[str]:
    """Return what is copied from the repository."""
    lines = [rest.split() for rest in said("COPY") if not rest.startswith("--from")]
    return [source for line in lines for source in line[:-1]]


def environment() -> dict[str, str]:
    return dict(part.split("=", 1) for word, rest in final() if word == "ENV" for part in shlex.split(rest))


def test_it_is_the_python_of_the_space():
    """README's front matter names it, and the Makefile allows it (3.10 to 3.12)."""
    images = [rest.split()[0] for rest in said("FROM")]
    assert {image.split("-")[0] for image in images} == {f"python:{FRONT['python_version']}"}
    assert {image.split("-")[-1] for image in images} == {"bookworm"}  # what is compiled in one runs in the other


def test_torch_is_the_pinned_one_without_cuda():
    requirements = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    (pin,) = re.findall(r"^torch==(\S+)", requirements, re.M)
    (install,) = [rest for rest in said("RUN") if "torch" in rest]
    assert f" torch=={pin} --index-url https://download.pytorch.org/whl/cpu" in install
    assert "--no-deps" in install
    assert f"torch {pin} from PyTorch's" in " ".join(README.split())


def test_it_installs_as_make_run_does():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-m venv" in makefile
    assert "$(PY) -m pip install -r $(1)" in makefile
    assert "$(call install,requirements.txt," in makefile
    runs = said("RUN")
    assert runs[0] == "python -m venv /venv"
    (install,) = [rest for rest in runs if "requirements.txt" in rest]
    assert re.fullmatch(r"/venv/bin/python -m pip install (--no-cache-dir )?-r requirements\.txt", install)


def test_the_debian_packages_are_those_of_the_space():
    (install,) = [rest for rest in said("RUN") if "apt-get install" in rest]
    assert "xargs -a packages.txt apt-get install -y" in install
    every = instructions()
    assert every.index(("COPY", "packages.txt .")) < every.index(("RUN", install))


def test_what_is_copied_exists_and_is_what_a_space_gets():
    for source in copied():
        assert (ROOT / source).exists(), source
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True).stdout.splitlines()
    if not tracked:
        pytest.skip("not a git checkout, so which files belong to the project is unknown")
    assert {*copied(), "README.md"} == {name.partition("/")[0] for name in tracked} - {*LEFT_OUT}


def test_no_other_file_reaches_the_image():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert sorted(rule[1:] for rule in rules if rule.startswith("!")) == sorted(copied())


def test_it_runs_unprivileged_on_the_port_it_says():
    last = [rest for word, rest in final() if word in ("USER", "CMD", "EXPOSE")]
    assert last == ["1000", environment()["PORT"], '["python", "app.py"]']
    assert "useradd --uid 1000 --create-home lab" in said("RUN")
    assert environment()["HOST"] == "0.0.0.0"
    assert environment()["PORT"] == "7860"
    assert environment()["PATH"].startswith("/venv/bin:")
    assert [rest for word, rest in final() if word == "WORKDIR"] == ["/app"]


def health_check() -> list[str]:
    (check,) = said("HEALTHCHECK")
    return json.loads(check.partition("CMD ")[2])


@pytest.mark.slow
def test_the_health_check_tells_a_running_lab_from_none(tmp_path):
    program, *arguments = health_check()
    assert program == "python"

    def healthy(port: str) -> bool:
        environment = {"PORT": port, "NO_PROXY": "127.0.0.1"}
        return subprocess.run([sys.executable, *arguments], env=environment, capture_output=True).returncode == 0

    with serving(tmp_path / "log") as url:
        assert healthy(url.rpartition(":")[2])
    assert not healthy(url.rpartition(":")[2])


# --- docker-compose.yml ---------------------------------------------------------------------------------------------


def test_nginx_knows_every_process_and_no_other():
    services = COMPOSE["services"]
    apps = {name for name, service in services.items() if service.get("image") == "speech-lab"}
    assert len(apps) >= 2
    servers = re.findall(r"^\s*server (\w+):(\d+)", SHIPPED.read_text(encoding="utf-8"), re.M)
    assert sorted(servers) == sorted((name, environment()["PORT"]) for name in apps)
    assert services["nginx"]["depends_on"].keys() == apps
    assert {tuple(value.items()) for value in services["nginx"]["depends_on"].values()} == {
        (("condition", "service_healthy"),)  # nginx does not start while it finds no address for a name
    }


def test_every_process_keeps_its_address():
    apps = [service for service in COMPOSE["services"].values() if service.get("image") == "speech-lab"]
    addresses = [service["networks"]["default"]["ipv4_address"] for service in apps]
    (subnet,) = [entry["subnet"] for entry in COMPOSE["networks"]["default"]["ipam"]["config"]]
    assert len(set(addresses)) == len(apps)
    assert {address.rpartition(".")[0] + ".0/24" for address in addresses} == {subnet}


def test_nginx_is_given_the_shipped_file_and_its_port():
    nginx = COMPOSE["services"]["nginx"]
    (volume,) = nginx["volumes"]
    source, target, mode = volume.split(":")
    assert (ROOT / "deploy" / source).resolve() == SHIPPED.resolve()
    assert (target, mode) == ("/etc/nginx/nginx.conf", "ro")
    (port,) = nginx["ports"]
    assert f"listen {port.rpartition(':')[2]};" in SHIPPED.read_text(encoding="utf-8")
    for service in COMPOSE["services"].values():
        if "build" in service:
            assert (ROOT / "deploy" / Path(service["build"]) / "Dockerfile").is_file()
