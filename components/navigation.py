"""The bar on top of every page: the rooms by group, the search, the link to copy. See ``static/navigation.js``."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import gradio as gr

from . import static_files

ICONS = {
    "find": '<circle cx="11" cy="11" r="6.5"/><path d="M16 16l5 5"/>',
    "menu": '<path d="M4 6h16M4 12h16M4 18h16"/>',
    "theme": '<path d="M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z"/>',
    "copy": '<path d="M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1"/>',
    "chevron": '<path d="M6 9l6 6 6-6"/>',
}


def _icon(name: str) -> str:
    return f'<svg viewBox="0 0 24 24" aria-hidden="true">{ICONS[name]}</svg>'


def _group(number: int, name: str, rooms: list[tuple[str, Any]], current: str) -> str:
    """Return one group: a button that opens the list of its rooms."""
    links = "".join(
        f'<li><a href="{html.escape(slug, quote=True)}"{" aria-current=page" if slug == current else ""}>'
        f"<strong>{html.escape(room.title)}</strong><span>{html.escape(room.summary)}</span></a></li>"
        for slug, room in rooms
    )
    here = ' class="here"' if current in dict(rooms) else ""
    return (
        f'<li class="lab-group"><button type="button" class="lab-bar-item" aria-expanded="false" '
        f'aria-controls="lab-group-{number}"><span{here}>{html.escape(name)}</span>{_icon("chevron")}</button>'
        f'<ul class="lab-menu" id="lab-group-{number}">{links}</ul></li>'
    )


def navigation(rooms: Mapping[str, Any], current: str) -> None:
    """Draw the bar.

    Parameters
    ----------
    rooms
        Slug to `Space`, those of a group together.
    current
        The slug of the page that it is drawn on; ``""`` is the home page.
    """
    groups: dict[str, list[tuple[str, Any]]] = {}
    for slug, room in rooms.items():
        groups.setdefault(room.group, []).append((slug, room))
    lists = "".join(_group(i, name, members, current) for i, (name, members) in enumerate(groups.items()))
    title = f"{rooms[current].title} · Speech Lab" if current in rooms else "Speech Lab"
    skip = '<button type="button" class="lab-skip">Skip to the sound</button>'
    gr.HTML(
        f"""{skip}<div class="lab-nav" data-title="{html.escape(title, quote=True)}">
        <a class="lab-brand lab-bar-item" href="./"{"" if current else " aria-current=page"}><svg viewBox="0 0 32 32"
        aria-hidden="true"><path d="M3 16h3l3-8 4 18 4-22 4 20 3-10 2 2h3"/></svg>Speech Lab</a>
        <nav aria-label="Rooms" id="lab-rooms"><ul>{lists}</ul></nav>
        <button type="button" class="lab-bar-item lab-find-open" aria-haspopup="dialog">{_icon("find")}
        <span>Find</span><kbd aria-hidden="true">/</kbd></button>
        <button type="button" class="lab-bar-item lab-copy" hidden>{_icon("copy")}<span>Copy link</span></button>
        <button type="button" class="lab-bar-item lab-icon lab-theme" aria-label="Switch between light and dark">
        {_icon("theme")}</button>
        <button type="button" class="lab-bar-item lab-icon lab-menu-open" aria-label="Rooms" aria-expanded="false"
        aria-controls="lab-rooms">{_icon("menu")}</button></div>""",
        js_on_load=static_files.module_loader("navigation.js", "lab.mount({element})"),
        elem_classes="lab-nav-holder",
        apply_default_css=False,
    )
