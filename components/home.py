"""The home page: a map of the field and a card for every room."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import gradio as gr

from .figure import Figure, figure, heatmap
from .player import Player, Sound

# The map: (row label, boxes); a box is (title, what it does, slug of the room that shows it).
MAP = (
    (
        "From sound to words",
        (
            ("Waveform", "pressure over time, sampled", "features?see=alias"),
            ("Features", "STFT, mel, MFCC", "features"),
            ("Encoder", "wav2vec 2.0, HuBERT", "self_supervised"),
            ("Alignment", "CTC, forced alignment", "ctc"),
            ("Text", "Whisper", "whisper"),
        ),
    ),
    (
        "From words to sound",
        (
            ("Text", "normalise, phonemes", "tts"),
            ("Acoustic model", "Tacotron 2, VITS", "tts"),
            ("Vocoder", "WaveNet, HiFi-GAN", "tts"),
            ("A certain voice", "cloning", "voice_cloning"),
        ),
    ),
    (
        "Around them",
        (
            ("Look inside", "Whisper's layers, attention", "whisper_inside"),
            ("Find the limits", "fallback, WER", "whisper_limits"),
            ("Caption live", "local agreement", "captions"),
            ("Separate", "Conv-TasNet, PIT", "separation"),
            ("Spot a word", "tiny models, int8", "keyword_spotting"),
            ("Change a voice", "under 20 ms", "voice_changer"),
            ("Augment, fine-tune", "data and training", "fine_tuning"),
        ),
    ),
)


def _box(title: str, does: str, target: str, rooms: Mapping[str, Any]) -> str:
    inner = f"<strong>{html.escape(title)}</strong><span>{html.escape(does)}</span>"
    if target.split("?")[0] in rooms:
        return f'<li><a class="lab-box" href="{html.escape(target, quote=True)}">{inner}</a></li>'
    return f'<li><div class="lab-box planned">{inner}<em>planned</em></div></li>'


def field_map(rooms: Mapping[str, Any]) -> str:
    """Return the map's HTML: every box whose room exists links to it, the others say that they are planned."""
    rows = (
        f'<section><h3>{html.escape(label)}</h3><ol class="lab-flow{" loose" if label == "Around them" else ""}">'
        f"{''.join(_box(*box, rooms) for box in boxes)}</ol></section>"
        for label, boxes in MAP
    )
    return f'<div class="lab-map">{"".join(rows)}</div>'


def cards(rooms: Mapping[str, Any]) -> str:
    """Return the cards of all rooms by group."""
    groups: dict[str, list[str]] = {}
    for slug, space in rooms.items():
        groups.setdefault(space.group, []).append(
            f'<a class="lab-card" href="{slug}"><h3>{html.escape(space.title)}</h3><p>{html.escape(space.summary)}</p>'
            f'<span class="lab-level">{html.escape(space.level)}</span></a>'
        )
    return "".join(
        f'<h2 class="lab-section">{html.escape(group)}</h2><div class="lab-cards">{"".join(items)}</div>'
        for group, items in groups.items()
    )


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
                hovertemplate="%{x:.2f} s, band %{y:.0f}, %{z:.0f} dB<extra></extra>",
            )
        ],
        alt=f"Mel spectrogram of the sentence: {sentence.text}",
        x_range=(0, sound.duration_s),
        y_range=(-0.5, config.n_mels - 0.5),
        x_title="Time (s)",
        yaxis={"tickvals": rows, "ticktext": ["100 Hz", "500", "1 k", "2 k", "4 k", "8 kHz"]},
    )  # fmt: skip
    return Sound(f"“{sentence.text}”", path=str(sentence.path), duration_s=sentence.duration_s), picture


def home(rooms: Mapping[str, Any]) -> None:
    """Draw the home page inside an open Blocks.

    Parameters
    ----------
    rooms
        Slug to `Space`, in order.
    """
    gr.HTML(
        '<header class="lab-hero"><h1>See, hear and probe speech processing</h1>'
        "<p>Play a sound, change one thing, watch what follows. What you see is computed on this machine, by real "
        "models and by code you can read; your recordings are not kept.</p></header>",
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
    gr.HTML(f'<h2 class="lab-section">The field on one page</h2>{field_map(rooms)}', apply_default_css=False)
    gr.HTML(cards(rooms), apply_default_css=False)
