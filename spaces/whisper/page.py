"""The page: its layout, and what it shows when it opens and when a setting moves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr

from algorithms.sound import AudioError, probe
from algorithms.whisper import languages
from components import downloads, run_row
from components.audio_input import KEEP_S, OWN, sound_of
from components.figure import Figure
from components.lesson import Fields, Frame, Lesson, On, Part, Visit
from components.model_picker import ModelPicker
from components.player import Player, Sound
from components.words import status
from models.whisper.job import read_envelope
from models.whisper.result import BASE, ENGLISH_ONLY, TINY_EN, Envelope, Result, Settings, model_name, precomputed

from . import CLIPS, files, lesson, run, views
from .shown import finished, impossible, nothing
from .transcript_view import TranscriptView

PICTURE_AT_ONCE_S = 600  # longer files are drawn while they are transcribed, not before


def page(frame: Frame) -> dict[str, Any]:
    """Lay the page out; returns the fields by name."""
    with frame.page.controls():
        frame.sound(default=Settings.clip, clip_ids=CLIPS)
        picker = ModelPicker(
            [("tiny.en: English, 38 M parameters", TINY_EN), ("base: 99 languages, 73 M parameters", BASE)],
            other="another: hub id or local folder",
            placeholder="openai/whisper-small",
            other_info="Downloaded when you press Transcribe. Any Whisper with safetensors or CTranslate2 weights.",
        )
        language = gr.Dropdown(languages.choices(), value=languages.AUTO, label="Language", **_english_only(TINY_EN))
        task = gr.Radio(
            [("Transcribe", "transcribe"), ("Translate", "translate")],
            value="transcribe",
            label="Task",
            **_english_only(TINY_EN),
        )
        with gr.Accordion("Decoding: VAD, beam, fallback, prompt", open=False):
            vad = gr.Checkbox(False, label="Silero VAD: cut out what is not speech first")
            beam = gr.Slider(1, 10, 5, step=1, label="Beam size (1 is greedy)")
            fallback = gr.Checkbox(True, label="Temperature fallback where the checks fail")
            prompt = gr.Textbox(
                "",
                label="Initial prompt",
                info="Whisper treats this text as said just before (hub models: before the first window only).",
                lines=2,
                max_length=1000,
            )
            words = gr.Checkbox(True, label="Word timestamps")
    with frame.page.pictures():
        frame.parts()
    frame.page.below()
    return {
        "model": picker.model,
        "hub": picker.name,
        "lang": language,
        "task": task,
        "vad": vad,
        "beam": beam,
        "fallback": fallback,
        "prompt": prompt,
        "words": words,
    }


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {"player": Player("whisper", label="Sound", sticky=True)}
    made |= run_row.draw("Transcribe", min_width=150)
    made["waveform"] = Figure("Waveform", clock="whisper", height=150, hint="segments shaded, words below")
    made["transcript"] = TranscriptView("whisper")
    made["files"] = gr.HTML(files.links(None), apply_default_css=False)
    made["facts"] = gr.HTML("", apply_default_css=False)
    with gr.Accordion("Segments, with the numbers Whisper judges itself by", open=True):
        made["table"] = gr.HTML("", apply_default_css=False)
    made["languages"] = Figure("Which language?", height=170, hint="from the first 30 seconds")
    made["result"] = downloads.Kept(None, time_to_live=KEEP_S, delete_callback=files.forget)
    return made


def _english_only(model: str) -> dict[str, Any]:
    """Return how language and task stand where the model knows only English: off, with the reason."""
    return {"interactive": False, "info": f"{model_name(model)} knows English only."}


def model_changed(visit: Visit) -> dict[str, Any]:
    """Switch language and task off where the model knows only English, and say why."""
    model = visit.fields["model"]
    if model in ENGLISH_ONLY:
        return {"lang": gr.update(**_english_only(model)), "task": gr.update(**_english_only(model))}
    return {
        "lang": gr.update(interactive=True, info="Detected from the first 30 seconds, unless you choose one."),
        "task": gr.update(interactive=True, info="Translation is always into English."),
    }


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What the page is about.

    Attributes
    ----------
    settings : Settings
        Those of the address.
    running : bool
        A run goes on with the settings that it began with: the page follows it alone.
    kept : Result or None
        The transcript on the page, where it stays although settings have moved.
    sound, envelope : Sound, Envelope or None
        Otherwise, what is to be heard and its waveform, None where reading that would keep the visitor waiting.
    """

    settings: Settings
    running: bool = False
    kept: Result | None = None
    sound: Sound | None = None
    envelope: Envelope | None = None


def scene(visit: Visit) -> Scene:
    """Find out what the page is about: another sound empties it, another setting keeps the transcript.

    Raises `AudioError` where the visitor's own sound is gone or can't be read.
    """
    settings, kept = Settings(**visit.fields), visit.kept["result"]
    if run.goes_on(visit):
        return Scene(settings=settings, running=True)
    same_sound = not visit.fields.changed("clip") and kept is not None and kept.settings.clip == settings.clip
    if same_sound and settings.clip == OWN and visit.own is not None:
        same_sound = visit.own.path == kept.path  # every own sound is called "own"
    if same_sound and precomputed(settings) is None:
        return Scene(settings=settings, kept=kept)
    sound = sound_of(visit.own, settings.clip)
    return Scene(settings=settings, sound=sound, envelope=_envelope(sound, settings.clip))


@lru_cache(maxsize=32)
def _clip_envelope(path: str) -> Envelope:
    """Return the picture of one of the app's own clips, read once."""
    return read_envelope(path)


def _envelope(sound: Sound, clip: str) -> Envelope | None:
    if clip != OWN:
        return _clip_envelope(sound.path)
    if (probe(sound.path).duration_s or 0) > PICTURE_AT_ONCE_S:
        return None
    return read_envelope(sound.path, PICTURE_AT_ONCE_S)  # what the header says may be wrong


def show(scene: Scene, _fields: Fields) -> dict[str, Any]:
    """Show a sound with its precomputed result where there is one, else ready to start; say where settings are new."""
    if scene.running:
        return {}
    why_not = impossible(scene.settings)
    if scene.kept is not None:
        sentence = "The settings have changed: until you press Transcribe, the transcript is that of the old settings."
        if scene.kept.settings == scene.settings:
            return {"status": status(views.finished_sentence(scene.kept))}
        return {"status": status(why_not or sentence, problem=bool(why_not))}
    known = precomputed(scene.settings)
    if known is not None:
        return {"player": scene.sound, **finished(replace(known, envelope=scene.envelope))}
    sentence = why_not or "Press Transcribe to see what Whisper makes of it."
    return nothing(scene.sound, sentence, envelope=scene.envelope, problem=bool(why_not))


def refused(_scene: None, _fields: Fields, problem: Exception) -> dict[str, Any]:
    """Show why there is no sound."""
    return nothing(None, str(problem), problem=True)


PART = Part(
    slug="transcript",
    title="Transcript",
    draw=draw,
    show=show,
    on=(
        On(component="model", event="change", handler=model_changed, how={"queue": False}),
        *run_row.events(run.start, run.STOP, run.last),
    ),
)
LESSON = Lesson(
    parts=(PART,),
    draw=page,
    theory=lesson.THEORY,
    fields=("clip", "model", "hub", "lang", "task", "vad", "beam", "fallback", "prompt", "words"),
    scene=scene,
    refusals=(AudioError,),
    refused=refused,
    before=run.end_if_unwanted,
)
