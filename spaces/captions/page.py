"""The page: its layout, and what happens when it opens, a control moves, and the microphone starts, ticks and stops."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import gradio as gr

from algorithms.sound.clips import clip as get_clip
from algorithms.whisper import languages
from components import downloads
from components.audio_input import KEEP_S
from components.figure import Figure
from components.lesson import Fields, Frame, Lesson, On, Part, Visit
from components.live_mic import LiveMic, example
from components.player import Player, Sound
from components.words import status
from models import is_loaded
from models.whisper.result import BASE, TINY_EN

from . import CLIPS, lesson, live, views
from .caption_view import CaptionView
from .log import Log, Settings, precomputed

MIC, MINE = "Your microphone", "Your own sound"
LANGUAGES = ["en", "ar", "zh", "nl", "fr", "de", "hi", "it", "ja", "ko", "pl", "pt", "ru", "es", "sv", "tr", "uk"]
_stamps = itertools.count(1)  # makes each value new, so that the page also redraws what it was shown before


@dataclass
class Held:
    """What the page remembers of its visitor; forgotten with the session."""

    token: str = ""  # of the run that goes on or has just ended
    folder: str = ""  # of the downloads


def forget(held: Held | None) -> None:
    """End what still runs and delete the downloads; Gradio calls this when the session ends."""
    if held is not None:
        live.end(held.token)
        downloads.delete(held.folder)


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the fields by name."""
    usual = Settings()
    with frame.page.controls():
        fields = {
            "clip": gr.Radio(
                [(get_clip(i).title, i) for i in CLIPS],
                value=usual.clip,
                label="Example to play",
                elem_classes="lab-chips",
            ),
            "n": gr.Slider(1, 3, usual.n, step=1, label="Hypotheses that must agree (n)"),
            "step": gr.Slider(0.2, 2, usual.step, step=0.1, label="New sound before the next hypothesis (s)"),
            "silence": gr.Slider(200, 1500, usual.silence, step=100, label="Silence that ends an utterance (ms)"),
            "model": gr.Dropdown(
                [("tiny.en: English, 38 M parameters", TINY_EN), ("base: 99 languages, 73 M parameters", BASE)],
                value=usual.model,
                label="Model",
                filterable=False,
            ),
            "lang": gr.Dropdown(
                [(languages.name(code), code) for code in LANGUAGES],
                value=usual.lang,
                label="Language of base",
                interactive=False,
            ),
            "full": gr.Checkbox(usual.full, label="Encode 30 s each time, as Whisper was trained"),
        }
    with frame.page.pictures():
        frame.parts()
    return fields


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    return {
        "mic": LiveMic("captions", live.take, play_text="Play the example as if spoken live", own=True),
        "status": gr.HTML("", apply_default_css=False, elem_classes="lab-status"),
        "captions": CaptionView("captions", "captions", empty="Captions appear here."),
        "player": Player("captions", label="Example", empty="The microphone's sound is not kept"),
        "facts": gr.HTML("", apply_default_css=False),
        "timeline": Figure("Sound and speech", clock="captions", height=230, hint="utterances shaded, ends dashed"),
        "latency": Figure("From spoken to stable", clock="captions", height=180, hint="one bar a word"),
        "files": gr.HTML(views.links(""), apply_default_css=False),
        "held": gr.State(None, time_to_live=KEEP_S, delete_callback=forget),
    }


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the page is about.

    Attributes
    ----------
    settings : Settings
        Those of the address.
    log : Log or None
        The finished example with these settings, where there is one.
    told : str
        What a run that goes on makes of new settings; "" where none goes on.
    """

    settings: Settings
    log: Log | None = None
    told: str = ""


def running(visit: Visit) -> live.Live | None:
    """Return the visitor's run that goes on after a moved control; another example or a link ends it."""
    held = visit.kept["held"]
    run = live.find(held.token if held and visit.fields.moved else "")
    return None if run is None or run.finished else run


def before(visit: Visit) -> None:
    """End what the visitor has, unless a run goes on."""
    if running(visit) is None:
        forget(visit.kept["held"])


def scene(visit: Visit) -> Scene:
    """Find the finished example, or tell the new settings to the run that goes on."""
    settings, run = Settings(**visit.fields), running(visit)
    if run is None:
        return Scene(settings=settings, log=precomputed(settings))
    told = "The new settings take effect with the next utterance."
    if settings.model != run.settings.model and not is_loaded(settings.model):
        told = "The other model has to be loaded: stop and start again to use it."
    run.set(settings)
    return Scene(settings=settings, told=told)


def show(scene: Scene, _fields: Fields) -> dict[str, Any]:
    """Show the finished example where there is one, else ready to start."""
    if scene.told:
        return {"status": status(scene.told)}
    log, chosen = scene.log, get_clip(scene.settings.clip)
    sentence = views.finished_sentence(log) if log is not None else wanted_language(scene.settings)
    sentence = sentence or "Not captioned yet with these settings: start the microphone or play the example live."
    return {
        "player": sound_of(scene.settings.clip),
        "mic": example(chosen.path.name, chosen.title),
        "status": status(sentence),
        "captions": view_value(log),
        **pictures(log),
        **saved(log, Held()),
    }


def pictures(log: Log | None) -> dict[str, Any]:
    """Return the pictures and numbers of a captioning."""
    return {"timeline": views.timeline(log), "latency": views.latency(log), "facts": views.facts(log)}


def saved(log: Log | None, held: Held) -> dict[str, Any]:
    """Write what can be downloaded, instead of what the visitor had."""
    downloads.delete(held.folder)
    folder = views.write_downloads(log) if log is not None and log.segments else ""
    return {"files": views.links(folder), "held": Held(held.token, folder)}


def view_value(log: Log | None) -> dict[str, Any]:
    """Return what the `CaptionView` shows of a finished captioning."""
    if log is None:
        return {"updates": [], "duration": 0, "stamp": next(_stamps)}
    return {"updates": log.rows, "duration": log.heard_s, "stamp": next(_stamps)}


def sound_of(clip: str) -> Sound:
    """Return the example as the player takes it."""
    chosen = get_clip(clip)
    return Sound(chosen.title, path=str(chosen.path), duration_s=chosen.duration_s)


def wanted_language(settings: Settings) -> str:
    """Return why the example can't be understood with these settings; "" where nothing is known against it."""
    spoken = get_clip(settings.clip).language
    if spoken not in ("", "en") and settings.model == TINY_EN:
        return "tiny.en knows only English: choose base and the clip's language, or read what it makes of it."
    return ""


def model_changed(visit: Visit) -> dict[str, Any]:
    """Offer languages only where the model knows more than one."""
    return {"lang": gr.update(interactive=visit.fields["model"] != TINY_EN)}


def started(visit: Visit) -> dict[str, Any]:
    """Make ready for the sound that the browser has begun to send."""
    token, own = str(visit.event.token)[:64], visit.event.source != "clip"
    forget(visit.kept["held"])
    settings = Settings(**visit.fields)
    title = {"mic": MIC, "own": MINE}.get(visit.event.source) or get_clip(settings.clip).title
    run = live.begin(token, settings, title, own=own)
    if run is None:
        live.refuse(token)
        return {"held": Held()}
    where = "What is heard is turned into text on the server and not kept." if own else ""
    return {
        "player": None if own else sound_of(settings.clip),
        "status": status(f"Listening. {where}".strip()),
        **pictures(None),
        **saved(None, Held(token)),
    }


def tick(visit: Visit) -> dict[str, Any]:
    """Redraw the pictures of a run that goes on."""
    run = live.find(str(visit.event.token))
    log = run.log(words=False) if run is not None else None
    return {} if log is None else pictures(log)


def stopped(visit: Visit) -> dict[str, Any]:
    """Show the finished run with its downloads."""
    run, held = live.find(str(visit.event.token)), visit.kept["held"]
    log = run.log() if run is not None else None
    if log is None or held is None or held.token != run.token:
        return {"status": status(run.problem, problem=True)} if run is not None and run.problem else {}
    # A captioned example can be watched again with its player; of a microphone only the text is there, as it stands.
    return {
        **({} if log.own else {"captions": view_value(log)}),
        "status": status(run.problem or views.finished_sentence(log), problem=bool(run.problem)),
        **pictures(log),
        **saved(log, held),
    }


PART = Part(
    slug="captions",
    title="Captions",
    draw=draw,
    show=show,
    on=(
        On(component="model", event="change", handler=model_changed, how={"queue": False}),
        On(component="mic", event="start", handler=started),
        On(component="mic", event="tick", handler=tick, how={"trigger_mode": "once"}),
        On(component="mic", event="stopped", handler=stopped),
    ),
)
LESSON = Lesson(
    parts=(PART,),
    draw=page,
    theory=lesson.THEORY,
    fields=("clip", "n", "step", "silence", "model", "lang", "full"),
    scene=scene,
    before=before,
)
