"""The home page: something to hear at once, a map of the field, and the list of all rooms."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr

from .figure import Figure, figure, heatmap
from .page_state import page_url
from .player import Player, Sound
from .said import words_of


def _box(slug: str, place: Any) -> str:
    address = html.escape(page_url(slug, place.state), quote=True)
    return (
        f'<li><a class="lab-box" href="{address}"><strong>{html.escape(place.title)}'
        f"</strong><span>{html.escape(place.does)}</span></a></li>"
    )


def field_map(rooms: Mapping[str, Any], rows: Sequence[str]) -> str:
    """Return the map's HTML: each room says itself where it stands (``Space.on_map``); empty rows are left out."""
    found: list[str] = []
    for row in rows:
        places = [(slug, place) for slug, room in rooms.items() for place in room.on_map if place.row == row]
        if places:
            boxes = "".join(_box(*box) for box in sorted(places, key=lambda box: box[1].at))
            loose = " loose" if row == rows[-1] else ""  # no step follows from the one before
            found.append(f'<section><h3>{html.escape(row)}</h3><ol class="lab-flow{loose}">{boxes}</ol></section>')
    return f'<div class="lab-map">{"".join(found)}</div>'


def room_list(rooms: Mapping[str, Any]) -> str:
    """Return the list of all rooms, each with its group."""
    entries = "".join(
        f'<li><a class="lab-card" href="{html.escape(slug, quote=True)}"><h3>{html.escape(space.title)}</h3>'
        f'<p>{html.escape(space.summary)}</p><span class="lab-level">{html.escape(space.group)}</span>'
        f'<span class="lab-level">{html.escape(space.level)}</span></a></li>'
        for slug, space in rooms.items()
    )
    return f'<h2 class="lab-section">All rooms</h2><ul class="lab-rooms">{entries}</ul>'


def first_sound() -> tuple:
    """Return the sentence of the home page and its mel spectrogram: what a speech model sees of it."""
    import numpy as np

    from algorithms.signal import features
    from algorithms.signal.display import image
    from algorithms.sound import load
    from algorithms.sound.clips import clip

    sentence = clip("sentence")
    sound = load(sentence.path)
    config = features.FeatureConfig(sample_rate=sound.sample_rate, window_ms=25, hop_ms=5, n_mels=80)
    mel = features.mel_db(features.mel_spectrogram(sound.y, config), config)
    tile = image(
        mel - mel.max(),
        frame_times=features.frame_times(config, mel.shape[1]),
        freqs=np.arange(config.n_mels),
        t_range=(0, sound.duration_s),
        f_range=(-0.5, config.n_mels - 0.5),
        n_columns=900,
        n_rows=config.n_mels,
        db_range=(-70, 0),
    )
    hz = np.array([100, 500, 1000, 2000, 4000, 8000])
    rows = features.hz_to_mel(hz) / features.hz_to_mel(sound.sample_rate / 2) * (config.n_mels + 1) - 1
    picture = figure(
        [
            heatmap(
                tile.z, -70, 0, x0=tile.x0, dx=tile.dx, y0=tile.y0, dy=tile.dy, showscale=False,
                rowtext=[f"{hz:.0f} Hz" for hz in features.mel_frequencies(config)],
                hovertemplate="%{x:.2f} s, %{text}, %{z:.0f} dB<extra></extra>",
            )
        ],
        alt=f"Mel spectrogram of the sentence: {sentence.text}",
        x_range=(0, sound.duration_s),
        y_range=(-0.5, config.n_mels - 0.5),
        x_title="Time (s)",
        words=words_of("sentence"),
        yaxis={"tickvals": rows, "ticktext": ["100 Hz", "500", "1 k", "2 k", "4 k", "8 kHz"]},
    )  # fmt: skip
    return Sound(f"“{sentence.text}”", path=str(sentence.path), duration_s=sentence.duration_s), picture


def home(rooms: Mapping[str, Any], rows: Sequence[str]) -> None:
    """Draw the home page inside an open Blocks.

    Parameters
    ----------
    rooms
        Slug to `Space`, in order.
    rows
        The rows of the map.
    """
    gr.HTML(
        '<header class="lab-hero"><h1>See, hear and probe speech processing</h1>'
        "<p><strong>Start here:</strong> press Play and watch the line cross the picture. Click anywhere in the "
        "picture to hear that moment. Then choose a room: everything in it can be changed, and what you start is "
        "really computed.</p></header>",
        apply_default_css=False,
    )
    player = Player("home", label="A sentence")
    picture = Figure(
        "What a speech model sees of it",
        clock="home",
        height=190,
        hint="play it; click to go there; drag to zoom",
    )
    gr.context.Context.root_block.load(
        first_sound, None, [player, picture], show_progress="hidden", api_visibility="private"
    )
    gr.HTML(f'<h2 class="lab-section">The field on one page</h2>{field_map(rooms, rows)}', apply_default_css=False)
    gr.HTML(room_list(rooms), apply_default_css=False)
