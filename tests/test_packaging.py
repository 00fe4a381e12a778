"""What a newcomer or Hugging Face meets before any code runs: pins, commands, front matter, weights, clean files."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.10", "3.11", "3.12")
PLATFORMS = ("linux", "win32", "darwin")
PULLED_IN = "# What they pull in"
# These may use all of requirements-dev.txt; training scripts name in their docstrings what they need beyond it.
NOT_THE_APP = {"tests", "benchmarks", "training"}
TARGETS = {"help", "run", "venv", "test", "check", "processors", "format", "bench", "precompute", "screenshots"}
TARGETS |= {"deploy", "clean"}
# What torch asks for beside a GPU; it pins these itself, and a CPU build of it asks for none.
CUDA = re.compile(r"^(nvidia-|cuda-|triton$)")


def requirement_lines(name: str) -> tuple[list[str], list[str]]:
    """Return the direct and the pulled-in requirement lines of a file, comments kept, blank and `-r` lines left out."""
    direct, _, pulled_in = (ROOT / name).read_text(encoding="utf-8").partition(PULLED_IN)

    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if line and not line.startswith(("#", "-r "))]

    return lines(direct), lines(pulled_in)


def parse(line: str) -> Requirement:
    return Requirement(line.split("  #")[0])


def version(requirement: Requirement) -> str:
    (specifier,) = requirement.specifier
    return specifier.version


RUN_DIRECT, RUN_PULLED_IN = requirement_lines("requirements.txt")
DEV_DIRECT, DEV_PULLED_IN = requirement_lines("requirements-dev.txt")
RUN = [parse(line) for line in RUN_DIRECT + RUN_PULLED_IN]
EVERY = RUN + [parse(line) for line in DEV_DIRECT + DEV_PULLED_IN]


def active(requirements: list[Requirement], python: str | None = None, platform: str = sys.platform) -> dict[str, str]:
    """Map canonical name to pinned version for one Python and platform; a name pinned twice there is a failure."""
    environment = {**default_environment(), "sys_platform": platform}
    if python:
        environment |= {"python_version": python, "python_full_version": f"{python}.0"}
    pins: dict[str, str] = {}
    for requirement in requirements:
        if requirement.marker is None or requirement.marker.evaluate(environment):
            name = canonicalize_name(requirement.name)
            assert name not in pins, f"{name} is pinned twice for Python {python} on {platform}"
            pins[name] = version(requirement)
    return pins


def repository_files() -> list[Path]:
    """Return the files git tracks, and the new ones it would not ignore."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so which files belong to the project is unknown")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


# --- requirements ---------------------------------------------------------------------------------------------------


def test_every_requirement_is_pinned_exactly():
    loose = []
    for requirement in EVERY:
        exact = [s for s in requirement.specifier if s.operator == "==" and "*" not in s.version]
        # `==2.0+cpu` would be exact too, but exists on no public index.
        if len(exact) != 1 or len(requirement.specifier) != 1 or "+" in exact[0].version or requirement.url:
            loose.append(str(requirement))
    assert not loose


def test_no_cuda_package_is_pinned():
    assert not [r.name for r in EVERY if CUDA.match(canonicalize_name(r.name))]


def test_every_direct_requirement_has_a_reason():
    assert not [line for line in RUN_DIRECT + DEV_DIRECT if len(line.partition("  # ")[2].split()) < 2]


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_every_direct_requirement_holds_for_every_python(python, platform):
    pins = active(EVERY, python, platform)
    missing = {canonicalize_name(parse(line).name) for line in RUN_DIRECT + DEV_DIRECT} - pins.keys()
    assert not missing


def test_the_tests_run_on_the_pinned_versions():
    installed = {name: Version(importlib.metadata.version(name)).public for name in active(EVERY)}
    assert installed == active(EVERY)


def test_whatever_the_requirements_pull_in_is_pinned():
    pins = active(EVERY)
    unpinned = set()
    for name in pins:
        for line in importlib.metadata.requires(name) or ():
            requirement = Requirement(line)
            needed = canonicalize_name(requirement.name)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and needed not in pins and not CUDA.match(needed):
                unpinned.add(f"{needed}, asked for by {name}")
    assert not unpinned


def imported_packages(path: Path) -> set[str]:
    """Return the first part of every absolute import in a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def packages_of(lines: list[str]) -> set[str]:
    """Return what the installed distributions of these requirements can be imported as."""
    installed = {canonicalize_name(parse(line).name) for line in lines} & active(EVERY).keys()
    files = [file for name in installed for file in importlib.metadata.distribution(name).files]
    return {file.parts[0].partition(".")[0] for file in files}


def test_what_the_app_imports_is_a_direct_requirement():
    local = {path.name.removesuffix(".py") for path in ROOT.iterdir() if path.is_dir() or path.suffix == ".py"}
    declared = local | sys.stdlib_module_names | packages_of(RUN_DIRECT)
    undeclared = []
    for path in repository_files():
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] not in NOT_THE_APP:
            undeclared += [f"{path.relative_to(ROOT)} imports {name}" for name in imported_packages(path) - declared]
    assert not undeclared


# --- commands -------------------------------------------------------------------------------------------------------


def make(*arguments: str, cwd: Path = ROOT, **variables: str) -> subprocess.CompletedProcess:
    # MAKEFLAGS and MAKELEVEL of the `make test` around this test would reach the inner make and change what it prints.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE") and k != "MFLAGS"} | variables
    return subprocess.run(["make", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


def check_system(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
    script = ["/bin/sh", str(ROOT / ".ci/check_system.sh"), *arguments]
    return subprocess.run(script, env=os.environ | variables, capture_output=True, text=True, check=False)


needs_make = pytest.mark.skipif(not shutil.which("make"), reason="GNU make is not on this machine")
needs_sh = pytest.mark.skipif(not Path("/bin/sh").exists(), reason="a POSIX shell is not on this machine")


@needs_make
def test_make_alone_lists_the_documented_targets():
    result = make()
    assert result.returncode == 0, result.stderr
    assert set(re.findall(r"^  make (\S+) +\S", result.stdout, re.MULTILINE)) == TARGETS


@needs_make
@pytest.mark.parametrize("target", sorted(TARGETS))
def test_every_target_is_understood(target):
    result = make("--dry-run", target)
    assert result.returncode == 0, result.stderr


@pytest.fixture
def tiny_project(tmp_path):
    """The real Makefile and scripts around an app of one line that needs nothing."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "app.py").write_text("import os, sys\nprint('app on', os.environ.get('PORT'), sys.prefix)\n")
    return tmp_path


@needs_make
@pytest.mark.slow
def test_make_run_installs_once_and_again_only_when_requirements_change(tiny_project):
    first = make("run", "PORT=8123", f"PYTHON={sys.executable}", cwd=tiny_project)
    assert first.returncode == 0, first.stderr
    assert f"app on 8123 {tiny_project / '.venv'}" in first.stdout
    assert "Installing" in first.stdout

    second = make("run", cwd=tiny_project, PORT="8124")
    assert second.stdout.strip() == f"app on 8124 {tiny_project / '.venv'}"

    # An install that fails half-way must not count, even when the file then goes back to what was installed before.
    (tiny_project / "requirements.txt").write_text("./no-such-folder\n")
    broken = make("run", cwd=tiny_project)
    assert broken.returncode != 0
    assert "app on" not in broken.stdout
    (tiny_project / "requirements.txt").write_text("# nothing\n")
    mended = make("run", cwd=tiny_project)
    assert "Installing" in mended.stdout
    assert "app on" in mended.stdout


@needs_make
def test_make_run_says_in_one_line_that_no_python_fits(tiny_project):
    result = make("run", "PYTHON=/no/such/python", cwd=tiny_project)
    assert result.returncode != 0
    assert "PYTHON=/no/such/python is not a Python 3.10 to 3.12" in result.stderr
    assert not (tiny_project / ".venv").exists()


@needs_sh
def test_python_is_found():
    result = check_system("python")
    assert result.returncode == 0, result.stderr
    asked = subprocess.run(
        [result.stdout.strip(), "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert asked.stdout.strip() in PYTHONS


@needs_sh
def test_what_the_machine_lacks_is_named_in_one_line(tmp_path):
    # A machine with a shell and nothing else: Debian's, because it has an apt-get.
    for program in ("uname", "id", "grep"):
        (tmp_path / program).symlink_to(shutil.which(program))
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "apt-get").chmod(0o755)
    bare = {"PATH": str(tmp_path), "PYENV_ROOT": str(tmp_path), "PYTHON": ""}

    result = check_system("report", **bare)
    assert result.returncode == 0
    (line,) = result.stderr.splitlines()
    for missing in ("ffmpeg", "espeak-ng", "Python 3.10 to 3.12", "a C and C++ compiler"):
        assert missing in line
    assert "apt-get install -y ffmpeg espeak-ng" in line
    if sys.platform != "darwin":  # there Chromium is looked for in /Applications
        assert "Chromium" in line
    if not Path("/usr/sbin/nginx").exists():
        assert "nginx" in line

    (line,) = check_system("report", "run", **bare).stderr.splitlines()
    assert "ffmpeg" in line
    assert "compiler" not in line
    no_python = check_system("python", **bare)
    assert no_python.returncode == 1
    assert len(no_python.stderr.splitlines()) == 1


def test_ci_runs_the_tests():
    script = ROOT / ".ci/run"
    assert os.access(script, os.X_OK)
    assert "set -euo pipefail" in script.read_text(encoding="utf-8")
    assert re.search(r"^(exec )?make test$", script.read_text(encoding="utf-8"), re.MULTILINE)


# --- Hugging Face Spaces --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def front_matter():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert readme.startswith("---\n"), "Spaces reads its settings from YAML between two --- lines at the top"
    return yaml.safe_load(readme.split("---\n", 2)[1])


def test_the_space_runs_the_pinned_gradio(front_matter):
    assert front_matter["sdk"] == "gradio"
    assert str(front_matter["sdk_version"]) == active(RUN)["gradio"]


def test_the_space_runs_a_supported_python(front_matter):
    python = front_matter["python_version"]
    assert isinstance(python, str), "unquoted, YAML reads 3.10 as the number 3.1"
    assert ".".join(python.split(".")[:2]) in PYTHONS


def test_the_space_settings_are_ones_that_spaces_accepts(front_matter):
    assert (ROOT / front_matter["app_file"]).is_file()
    assert 0 < len(front_matter["short_description"]) <= 60
    assert front_matter["license"] == "apache-2.0"
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {front_matter["colorFrom"], front_matter["colorTo"]} <= colours


def test_packages_txt_holds_debian_names_only():
    lines = (ROOT / "packages.txt").read_text(encoding="utf-8").splitlines()
    assert {"ffmpeg", "espeak-ng"} <= set(lines)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", line) for line in lines)  # a comment would be read as a package
    assert len(lines) == len(set(lines))


# --- files ----------------------------------------------------------------------------------------------------------


def test_no_file_names_a_machine_or_an_index():
    # PyTorch's own index is public and has what PyPI has not: torch without CUDA.
    index = r"--(extra-)?index-url(?! https://download\.pytorch\.org/)|--find-links"
    forbidden = re.compile(rf"/work/|/root/|/home/[a-z]|file:///|{index}")
    # This file names the patterns; in .gitignore a leading slash is the repository's own root.
    innocent = {Path(__file__).resolve(), ROOT / ".gitignore"}
    found = []
    for path in repository_files():
        data = path.read_bytes()
        if path in innocent or b"\0" in data:  # a zero byte: not text
            continue
        for number, line in enumerate(data.decode("utf-8").splitlines(), 1):
            if forbidden.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not found


def test_weights_are_small_and_each_has_a_card():
    weights = [path for path in repository_files() if path.parent == ROOT / "assets/weights" and path.suffix != ".md"]
    sizes_mb = {path.name: path.stat().st_size / 1e6 for path in weights}
    assert all(size < 20 for size in sizes_mb.values()), sizes_mb
    assert sum(sizes_mb.values()) < 80, sizes_mb
    cards = [path.stem for path in (ROOT / "assets/weights").glob("*.md")]  # one may tell of several sizes of a model
    without_card = [path.name for path in weights if not any(path.name.startswith(card) for card in cards)]
    assert not without_card


def test_the_licence_is_apache_2():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in text
    assert "Version 2.0, January 2004" in text
    assert "END OF TERMS AND CONDITIONS" in text
