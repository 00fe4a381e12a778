"""The page: its layout, what its pictures follow, and the scene that pictures and parts show things of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import gradio as gr

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from components.audio_input import hint
from components.figure import Figure, figure
from components.lesson import Fields, Frame, Lesson, On, Visit
from components.player import Player

from . import aliasing, analysis, bit_depth, resolution, settings, sizes, spectra, steps, why_mel
from .analysis import Loaded
from .lesson import CLIPS, THEORY
from .pictures import mel_picture, mfcc_picture, stft_picture, waveform
from .settings import AFFECTS, config_of
from .zoom import View, on_zoom, view_of

PARTS = (steps.PART, resolution.PART, why_mel.PART, aliasing.PART, bit_depth.PART, sizes.PART)
STILL = "The pictures still show the last settings that worked."
FOLLOWERS = {**AFFECTS, "t": frozenset({"spectrum"})}
SILENTLY = ("t", "view")  # the cursor and a zoom say nothing new about the sound and the settings
# On a phone the pictures lie below the settings: all of them start closed there.
FOLD_ON_PHONE = (
    "() => { if (innerWidth < 760) document.querySelector('#features-frames > button')?.click(); return []; }"
)


@dataclass(frozen=True)
class Scene:
    """What the pictures and the parts show things of; they analyse the sound as far as they need (see `analysis`).

    Attributes
    ----------
    sound : Loaded
        The sound.
    fields : Fields
        The page's state.
    view : View
        What is zoomed into.
    """

    sound: Loaded
    fields: Fields
    view: View

    @cached_property
    def config(self) -> FeatureConfig:
        """The settings as the chain takes them; raises `ValueError` where they don't go together."""
        return config_of(self.fields, self.sound.sample_rate)


def scene(visit: Visit) -> Scene:
    """Decode the sound; an `AudioError` says why that can't be."""
    sound = analysis.load(visit.own, visit.fields["clip"])
    return Scene(sound, visit.fields, view_of(visit.kept["view"], sound))


PICTURES: dict[str, Callable[[Scene, Fields], dict[str, Any]]] = {
    "wave": lambda s, f: waveform(s.sound, s.view),
    "stft": lambda s, f: stft_picture(s.sound, s.config, s.view, y=f["y"], db=f["db"]),
    "mel": lambda s, f: mel_picture(s.sound, s.config, s.view, db=f["db"]),
    "mfccs": lambda s, f: mfcc_picture(s.sound, s.config, s.view, cmn=f["cmn"]),
    "spectrum": lambda s, f: spectra.spectrum_picture(s.sound, s.config, f["t"], y=f["y"], db=f["db"]),
    "bank": lambda s, f: spectra.filterbank_picture(s.config),
}


def touched(scene: Scene, fields: Fields) -> frozenset[str]:
    """Return the pictures that follow what has moved."""
    if fields.changed("clip"):
        return frozenset(PICTURES)
    return scene.view["anew"] if fields.moved == "view" else FOLLOWERS.get(fields.moved, frozenset())


def remarks(scene: Scene) -> list[str]:
    """Return what is worth knowing about the sound and the settings, a sentence each."""
    said, config = list(scene.sound.notes), scene.config
    empty = len(chain.empty_filters(config))
    if empty:
        said.append(
            f"{empty} of the {config.n_mels} mel filters fall between two FFT frequencies and stay empty: "
            "use fewer filters or a larger FFT."
        )
    if config.hop_length > config.window_length:
        said.append("The hop is longer than the window, so the samples in between are in no frame.")
    return said


def heard(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what another sound changes besides the pictures; what was rebuilt from the old one goes."""
    start_s = fields["t"] if fields["t"] >= 0 else None
    return {"view": scene.view, "player": scene.sound.sound(start_s), **why_mel.NOT_YET}


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return the pictures that follow what has moved; with another sound everything."""
    now = touched(scene, fields)
    values = {name: draw(scene, fields) for name, draw in PICTURES.items() if name in now}
    if fields.changed("clip"):
        values |= heard(scene, fields)
    return values if fields.moved in SILENTLY else {**values, "note": hint(remarks(scene))}


def refused(scene: Scene | None, fields: Fields, problem: Exception) -> dict[str, Any]:
    """Say why the sound or its settings can't be shown; of another sound no old picture is left standing."""
    if fields.moved in SILENTLY:
        return {}  # the note under the sound says already what is wrong
    if scene is None:
        return {"note": hint([str(problem)], problem=True)}
    sound = scene.sound
    if not fields.changed("clip"):
        return {"note": hint([*sound.notes, str(problem), STILL], problem=True)}
    blank = figure([], alt=str(problem), y_range=(0, 1), xaxis={"range": [0.0, sound.duration_s]})
    drawn = dict.fromkeys(PICTURES, blank) | {"wave": PICTURES["wave"](scene, fields)}
    return {**drawn, **heard(scene, fields), "note": hint([*sound.notes, str(problem)], problem=True)}


def cursor(visit: Visit) -> dict[str, Any]:
    """Follow the play cursor: the frame's spectrum and, where they are open, its steps are drawn for its time."""
    return {"t": round(float(visit.event.t), 3)}


def pictures() -> dict[str, Any]:
    """Draw the right column."""
    on_clock: dict[str, Any] = {"clock": "features"}
    drawn = {
        "player": Player("features", label="The sound", sticky=True),
        "wave": Figure(
            "Waveform", height=100, hint="drag to zoom all pictures, double-click for everything", **on_clock
        ),
        "stft": Figure("STFT", height=230, hint="click to put the cursor there", **on_clock),
        "mel": Figure("Mel spectrogram", height=190, **on_clock),
        "mfccs": Figure("MFCC", height=165, hint="one column of numbers for every frame", **on_clock),
    }
    with gr.Row(elem_classes="features-pair"):
        with gr.Column(min_width=300):
            drawn["spectrum"] = Figure("Spectrum under the cursor", height=215)
        with gr.Column(min_width=300):
            drawn["bank"] = Figure("Mel filterbank", height=215)
    return drawn


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out: settings, pictures, and over the whole width below them the parts."""
    with frame.page.controls():
        frame.sound(default="speech", clip_ids=CLIPS)
        fields = settings.draw()
    with frame.page.pictures():
        drawn = pictures()
    frame.page.below()
    t = gr.Number(-1, visible="hidden", minimum=-1, maximum=30, step=0.001)
    frame.chips("features-tabs", label="Look closer")
    frame.parts()
    gr.context.Context.root_block.load(
        None, None, None, js=FOLD_ON_PHONE, show_progress="hidden", api_visibility="private"
    )
    return {**fields, **drawn, "t": t, "view": gr.State(None)}


LESSON = Lesson(
    parts=PARTS,
    draw=page,
    theory=THEORY,
    fields=("clip", *AFFECTS, "t"),
    scene=scene,
    show=show,
    follows=frozenset({"clip"}),  # each part names the settings that it follows
    refused=refused,
    forget={"clip": {"t": -1}},  # the cursor: on the loudest frame
    on=(On(component="player", event="cursor", handler=cursor, redraw="t"), *on_zoom("wave", "stft", "mel", "mfccs")),
    chips="see",
    passing=("t",),
)
