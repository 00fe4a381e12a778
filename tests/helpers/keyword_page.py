"""What the tests of Keyword spotting's first part do with its handlers."""

from __future__ import annotations

import re

import gradio as gr
import soundfile

from components.audio_input import OwnSound
from spaces.keyword_spotting import say, sound, view

RATE = 16_000
FIELDS = {
    **{"part": "say", "clip": "word_yes", "model": "s-int8", "mine": None, "run": ""},
    **{"s_view": "one", "s_stream": "word_stream", "s_smooth": 200, "s_threshold": 0.7, "s_refractory": 1000},
    **{"s_every": 2, "s_use": "packaged"},
}


def shown(moved="", own=None, **fields):
    """The part's outputs by name."""
    fields = {**FIELDS, **fields}
    heard = sound.hear(own, fields["clip"], fields["model"])
    return dict(zip(say.OUTPUTS, say.content(heard, fields, moved), strict=True))


def drawn(**fields):
    """Everything that the page's handler returns."""
    given = {**dict.fromkeys(view.FIELDS), **{k: v for k, v in FIELDS.items() if k in view.FIELDS}, **fields}
    return view.draw(None, None, "", **given)


def skipped(value):
    return value == gr.skip()


def plain(markup):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)).strip()


def own_sound(tmp_path, y, rate=RATE):
    path = tmp_path / "own.wav"
    soundfile.write(path, y, rate, subtype="FLOAT")
    return OwnSound(str(path), "own.wav", len(y) / rate)
