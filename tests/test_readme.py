"""README.md says what is true: its tables, its pictures, its commands, its front matter."""

from __future__ import annotations

import re

import yaml

from spaces import discover
from tests.helpers.app import ROOT
from tests.readme import filled

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_tables_are_up_to_date():
    assert filled(README) == README, "run `python -m tests.readme`"


def test_every_room_has_its_picture():
    for slug in discover():
        assert f"assets/screenshots/{slug}.png" in README
    for path in re.findall(r"\((assets/[^)]+)\)", README):
        assert (ROOT / path).is_file(), path


def test_links_to_files_lead_somewhere():
    for path in re.findall(r"\]\(((?!https?:|assets/|#)[^)]+)\)", README):
        assert (ROOT / path).exists(), path


def test_commands_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make ([a-z]+)\b", README)) - {"it"}:
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_front_matter_starts_the_app_on_a_space():
    front = yaml.safe_load(README.split("---")[1])
    requirements = (ROOT / "requirements.txt").read_text()
    assert front["sdk"] == "gradio"
    assert f"gradio=={front['sdk_version']}" in requirements
    assert (ROOT / front["app_file"]).is_file()
    assert front["python_version"] in {"3.10", "3.11", "3.12"}
    assert len(front["short_description"]) <= 60
    assert front["license"] == "apache-2.0"
