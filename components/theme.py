"""The one place where Speech Lab's looks are decided; `static/style.css` takes its colours from here."""

from __future__ import annotations

import gradio as gr
from gradio.themes.utils import colors, fonts

from . import static_files

# Deep blue-green: readable on white and on near-black (contrast with both tested), far from Gradio's orange.
ACCENT = colors.Color(
    c50="#effcf9", c100="#cff7ee", c200="#a0eedf", c300="#68dccb", c400="#37c1b1", c500="#1ba497",
    c600="#11847b", c700="#126a64", c800="#135551", c900="#144744", c950="#052a2a", name="accent",
)  # fmt: skip


def theme() -> gr.themes.Base:
    """Return the app's Gradio theme (no web fonts: Inter is served by the app itself)."""
    text = (fonts.Font("Inter"), fonts.Font("system-ui"), fonts.Font("sans-serif"))
    code = (fonts.Font("ui-monospace"), fonts.Font("SFMono-Regular"), fonts.Font("Menlo"), fonts.Font("monospace"))
    return gr.themes.Base(
        primary_hue=ACCENT,
        secondary_hue=ACCENT,
        neutral_hue=colors.slate,
        spacing_size="md",
        radius_size="md",
        font=text,
        font_mono=code,
    ).set(
        body_background_fill="#f7f9fb",
        body_background_fill_dark="#0d1319",
        background_fill_primary_dark="#131b23",
        background_fill_secondary_dark="#18222c",
        block_background_fill="white",
        block_background_fill_dark="#131b23",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="#25313d",
        block_shadow="none",
        block_radius="12px",
        block_title_text_weight="600",
        block_title_text_size="*text_sm",
        block_label_text_weight="600",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_500",
        button_primary_text_color="white",
        input_background_fill="white",
        input_border_width="1px",
        input_border_color="*neutral_300",
        input_border_color_dark="#334155",
        input_background_fill_dark="#18222c",
        slider_color="*primary_600",
        slider_color_dark="*primary_400",
        link_text_color="*primary_700",
        link_text_color_dark="*primary_300",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
    )


def css() -> str:
    """Return the style sheet of every page, with the font's address filled in."""
    sheet = (static_files.STATIC / "style.css").read_text(encoding="utf-8")
    return sheet.replace("FONT_URL", static_files.url("fonts/inter-latin.woff2"))


def room_css(slug: str) -> str:
    """Return what a room's own style sheets (``spaces/<slug>/static/*.css``) add to its page; "" where it has none."""
    sheets = sorted((static_files.ROOMS / slug / "static").glob("*.css"))
    return "\n".join(path.read_text(encoding="utf-8") for path in sheets)


def head() -> str:
    """Return every page's head: the saved light/dark choice, what mends Gradio's controls, and the glossary."""
    return (
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="{static_files.url("favicon.svg")}" type="image/svg+xml">'
        "<script>(() => {const saved = localStorage.getItem('lab-theme');"
        "if (saved) document.body.classList.toggle('dark', saved === 'dark');})()</script>"
        f'<script type="module" src="{static_files.url("text_lines.js")}"></script>'
        f'<script type="module" src="{static_files.url("radio_groups.js")}"></script>'
        f'<script type="module" src="{static_files.url("dropdowns.js")}"></script>'
        f'<script type="module" src="{static_files.url("number_boxes.js")}"></script>'
        f'<script type="module" src="{static_files.url("scrollers.js")}"></script>'
        f'<script type="module" src="{static_files.url("asked.js")}"></script>'
        f'<script type="module" src="{static_files.url("glossary.js")}"></script>'
    )
