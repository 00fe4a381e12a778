"""The tables of README.md, generated from the rooms and the models: `python -m tests.readme` rewrites them."""

from __future__ import annotations

import re

import models
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
        rows.append(f"| `{spec.id}`{default} | {spec.task} | {where} | {spec.size_mb:.0f} MB | {spec.licence} |")
    return "\n".join(["| Model | Task | Weights | Size | Licence |", "|---|---|---|---|---|", *rows])


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
