"""What happens on the page: open, change a control, start, tick, stop. Tests call these functions as they are."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, NamedTuple

import gradio as gr

from algorithms.sound.clips import clip as get_clip
from components.live_mic import example
from components.player import Sound
from models import is_loaded

from . import live, views
from .log import TINY_EN, Log, Settings, precomputed

MIC = "Your microphone"
_stamps = itertools.count(1)  # makes each value new, so that the page also redraws what it was shown before


@dataclass
class Visit:
    """What the page remembers of its visitor; a `gr.State`, forgotten with the session."""

    token: str = ""  # of the run that goes on or has just ended
    folder: str = ""  # of the downloads


class Outputs(NamedTuple):
    """Everything a handler may redraw, in the order of the page's event outputs."""

    player: Any
    mic: Any
    status: Any
    captions: Any
    timeline: Any
    latency: Any
    facts: Any
    files: Any
    visit: Any


def shown(**parts: Any) -> Outputs:
    """Return outputs that change only what is named."""
    return Outputs(**{name: parts.get(name, gr.skip()) for name in Outputs._fields})


def forget(visit: Visit | None) -> None:
    """End what still runs and delete the downloads; Gradio calls this when the session ends."""
    if visit is not None:
        live.end(visit.token)
        views.delete_downloads(visit.folder)


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


def draw(visit: Visit | None, **fields: Any) -> Outputs:
    """Show the page for its settings: with the finished example where there is one, else ready to start.

    A run that still goes on is ended.
    """
    forget(visit)
    settings = Settings(**fields)
    log = precomputed(settings)
    folder = views.write_downloads(log) if log is not None and log.segments else ""
    sentence = views.finished_sentence(log) if log is not None else wanted_language(settings)
    sentence = sentence or "Not captioned yet with these settings: start the microphone or play the example live."
    chosen = get_clip(settings.clip)
    return Outputs(
        player=sound_of(settings.clip),
        mic=example(chosen.path.name, chosen.title),
        status=views.status(sentence),
        captions=view_value(log),
        timeline=views.timeline(log),
        latency=views.latency(log),
        facts=views.facts(log),
        files=views.downloads(folder),
        visit=Visit("", folder),
    )


def model_changed(model: str) -> dict:
    """Offer languages only where the model knows more than one."""
    return gr.update(interactive=model != TINY_EN)


def changed(visit: Visit | None, **fields: Any) -> Outputs:
    """Follow a changed control: at once in a run that goes on, else by showing the example made with it."""
    settings = Settings(**fields)
    run = live.find(visit.token if visit else "")
    if run is None or run.finished:
        return draw(visit, **fields)
    if settings.model != run.settings.model and not is_loaded(settings.model):
        sentence = "The other model has to be loaded: stop and start again to hear with it."
    else:
        sentence = "The new settings hold from the next utterance on."
    run.set(settings)
    return shown(status=views.status(sentence))


def started(event: gr.EventData, visit: Visit | None, **fields: Any) -> Outputs:
    """Make ready for the sound that the browser has begun to send."""
    token, source = str(event.token)[:64], event.source
    forget(visit)
    settings = Settings(**fields)
    own = source == "mic"
    run = live.begin(token, settings, MIC if own else get_clip(settings.clip).title, own=own)
    if run is None:
        live.refuse(token)
        return shown(visit=Visit())
    where = "What the microphone hears is turned into text on the server and not kept." if own else ""
    return shown(
        player=None if own else sound_of(settings.clip),
        status=views.status(f"Listening. {where}".strip()),
        timeline=views.timeline(None),
        latency=views.latency(None),
        facts="",
        files=views.downloads(""),
        visit=Visit(token, ""),
    )


def tick(event: gr.EventData) -> Outputs:
    """Redraw the pictures of a run that goes on."""
    run = live.find(str(event.token))
    log = run.log(words=False) if run is not None else None
    if log is None:
        return shown()
    return shown(timeline=views.timeline(log), latency=views.latency(log), facts=views.facts(log))


def stopped(event: gr.EventData, visit: Visit | None) -> Outputs:
    """Show the finished run with its downloads."""
    run = live.find(str(event.token))
    log = run.log() if run is not None else None
    if log is None or visit is None or visit.token != run.token:
        sentence = run.problem if run is not None else ""
        return shown(status=views.status(sentence, problem=True)) if sentence else shown()
    folder = views.write_downloads(log) if log.segments else ""
    views.delete_downloads(visit.folder)
    # A captioned example can be watched again with its player; of a microphone only the text is there, as it stands.
    return shown(
        captions=gr.skip() if log.own else view_value(log),
        status=views.status(run.problem or views.finished_sentence(log), problem=bool(run.problem)),
        timeline=views.timeline(log),
        latency=views.latency(log),
        facts=views.facts(log),
        files=views.downloads(folder),
        visit=Visit(visit.token, folder),
    )
