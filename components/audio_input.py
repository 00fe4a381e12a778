"""The one way by which sound enters a page: an example clip, the microphone or a file."""

from __future__ import annotations

import atexit
import html
import json
import os
import shutil
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from algorithms.sound import AudioError, load, probe
from algorithms.sound.clips import clip as get_clip
from algorithms.sound.clips import clips

from . import static_files
from .player import Sound

CHECKED_S = 2.0  # of a new sound that are decoded before it is accepted
RECORDING = "Your recording"
OWN = "own"  # the choice that stands for the visitor's own sound; never part of a link
KEEP_S = 3600  # seconds after its last use that a visitor's own sound may live


@dataclass(frozen=True)
class OwnSound:
    """A visitor's own sound: a file that only this visitor's session knows."""

    path: str
    title: str
    duration_s: float | None


def _own_folder() -> Path:
    """Return this process's folder for visitors' sounds, inside Gradio's cache so that the player may fetch from it."""
    return Path(get_upload_folder()) / f"own-{os.getpid()}"


@atexit.register
def _forget_all() -> None:
    shutil.rmtree(_own_folder(), ignore_errors=True)


_on_forget: list[Callable[[str], object]] = []


def on_forget(drop: Callable[[str], object]) -> Callable[[str], object]:
    """Have ``drop(path)`` called when a visitor's sound is deleted: for rooms that keep what they computed from it."""
    _on_forget.append(drop)
    return drop


def forget(own: OwnSound | None) -> None:
    """Delete a visitor's sound and what rooms keep of it.

    Gradio calls this when the session ends or the sound has not been used for an hour.
    """
    if own is not None:
        shutil.rmtree(Path(own.path).parent, ignore_errors=True)
        for drop in _on_forget:
            drop(own.path)


def keep(path: str, previous: OwnSound | None = None, *, title: str = "") -> OwnSound:
    """Check an uploaded or recorded file and give the visitor a link of their own to it.

    It is called by `title`, or by its file's name.

    Gradio stores equal uploads of two visitors once; with a link each, one visitor's leaving does not take the sound
    away from the other.

    Raises
    ------
    AudioError
        One sentence: what is wrong with the file and what to do.
    """
    info = probe(path)
    load(path, max_s=CHECKED_S)  # what is broken is said now, not when a picture is drawn
    folder = _own_folder() / uuid.uuid4().hex
    folder.mkdir(parents=True)
    name = Path(path).name
    target = folder / name
    try:
        os.link(path, target)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, target)
    forget(previous)
    return OwnSound(str(target), title or name, info.duration_s)


def sound_of(own: OwnSound | None, clip: str | None) -> Sound:
    """Return the sound that the page is about: the visitor's own, or an example clip.

    Raises
    ------
    AudioError
        When the visitor's own sound is gone.
    """
    if clip == OWN:
        if own is None or not Path(own.path).exists():
            raise AudioError(
                "Your sound is no longer here (it is kept for an hour after its last use): record or upload it again."
            )
        os.utime(Path(own.path).parent)  # for the janitor (scratch.py): it is in use
        return Sound(own.title, path=own.path, duration_s=own.duration_s or 0)
    chosen = get_clip(clip)
    return Sound(chosen.title, path=str(chosen.path), duration_s=chosen.duration_s)


def hint(sentences: Sequence[str] = (), *, problem: bool = False) -> str:
    """Return HTML for the line under the input: what was changed on the way in, or what is wrong."""
    if not sentences:
        return ""
    kind, role = ("problem", "alert") if problem else ("note", "status")
    return f'<div class="lab-note {kind}" role="{role}">{html.escape(" ".join(sentences))}</div>'


# Filled by static/own_store.js.
SHELF = (
    '<section class="lab-own" aria-label="Your sounds" hidden><h4>Kept in your browser, for all rooms</h4><ul></ul>'
    '<p role="status"></p></section>'
)


class OwnSounds(gr.HTML):
    """The list of the visitor's own sounds, which their browser keeps for every room (``static/own_sounds.js``).

    Give it the `OwnSound` that the page has, or None; it triggers ``drop`` when that one has been removed.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=SHELF,
            js_on_load="/* events: 'drop' */"
            + static_files.module_loader("own_sounds.js", "lab.mount({element, props, trigger, watch})"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: OwnSound | None) -> str | None:
        """Encode where the browser finds the sound; only the visitor's own session knows that address."""
        if value is None:
            return None
        path = Path(value.path)
        about = {"src": f"gradio_api/file={path}", "title": value.title, "duration": value.duration_s}
        about |= {"file": path.name, "recorded": value.title == RECORDING}
        return json.dumps(about, ensure_ascii=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None


class AudioInput:
    """Draws the input and holds its parts.

    Parameters
    ----------
    default
        Id of the clip that the page opens with.
    clip_ids
        Which clips are offered (all by default), in this order.

    Attributes
    ----------
    clip : gr.Radio
        The chosen clip's id, or "own": the field of the page's address.
    own : gr.State
        The visitor's `OwnSound` or None.
    note : gr.HTML
        Takes what `hint` returns.
    shelf : OwnSounds
        The sounds that the visitor's browser keeps.
    """

    def __init__(self, *, default: str = "speech", clip_ids: Sequence[str] = ()) -> None:
        self.offered = tuple(get_clip(i) for i in clip_ids) or clips()
        self.choices = [(c.title, c.id) for c in self.offered]
        self.default = default
        self.clip = gr.Radio(
            self.choices, value=default, label="Example sounds", elem_classes=["lab-chips", "lab-clips"]
        )
        with gr.Column(elem_classes="lab-intake"):
            self.intake = gr.Audio(
                sources=["microphone"],
                type="filepath",
                label="Your own sound",
                buttons=[],
                editable=False,
                container=False,
            )
            self.upload = gr.UploadButton("Upload a file (up to 512 MB)", size="sm", min_width=100)
            self.shelf = OwnSounds()
        self.note = gr.HTML("", elem_classes="lab-note-holder")
        self.own = gr.State(None, time_to_live=KEEP_S, delete_callback=forget)

    def take(self, path: str | None, own: OwnSound | None, *, recorded: bool = False) -> tuple:
        """Accept what the visitor recorded or uploaded; returns new values for own, shelf, clip, intake and note."""
        if path is None:
            return own, gr.skip(), gr.skip(), None, ""
        try:
            own = keep(path, own, title=RECORDING if recorded else "")
        except AudioError as problem:
            return own, gr.skip(), gr.skip(), None, hint([str(problem)], problem=True)
        choices = [(own.title, OWN), *self.choices]
        return own, own, gr.update(choices=choices, value=OWN), None, ""

    def drop(self, own: OwnSound | None, clip: str | None) -> tuple:
        """Forget the visitor's sound, which they have removed; returns new values for own, shelf and clip."""
        forget(own)
        return None, None, gr.update(choices=self.choices, value=self.default if clip == OWN else clip)

    def on_own(self, then: Callable, inputs: Sequence, outputs: Sequence) -> Any:
        """Call ``then(*inputs)`` after the visitor's own sound has become another; returns that event."""
        how = {"show_progress": "hidden", "api_visibility": "private"}
        taken = [self.own, self.shelf, self.clip, self.intake, self.note]
        self.upload.upload(self.take, [self.upload, self.own], taken, **how)
        self.intake.stop_recording(partial(self.take, recorded=True), [self.intake, self.own], taken, **how)
        self.shelf.drop(self.drop, [self.own, self.clip], [self.own, self.shelf, self.clip], **how)
        # Only an accepted sound changes the state: after a refused one the page and the note stay as they are.
        return self.own.change(then, list(inputs), list(outputs), **how)
