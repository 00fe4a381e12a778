"""The page's handlers: from its state to its pictures. Each redraws only what a control touches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import gradio as gr

from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from algorithms.sound import AudioError
from components.audio_input import OwnSound, hint
from components.figure import figure

from . import aliasing, analysis, bit_depth, pictures, resolution, sizes, spectra, steps, why_mel
from .analysis import Loaded
from .section import Scene
from .settings import AFFECTS, config_of

SECTIONS = {module.SLUG: module for module in (steps, resolution, why_mel, aliasing, bit_depth, sizes)}
# The state of the page, in the order in which every handler gets it.
FIELDS = ("clip", "win", "hop", "window", "fft", "pre", "mels", "fmin", "fmax", "scale", "norm", "power")
FIELDS += ("mfcc", "lift", "cmn", "y", "db", "see", "t", "src", "fs", "bits", "dither", "wa", "wb", "hz")
# What `render` returns first; then what "Make it audible" showed, each section's visibility and each section's content.
MAIN = ("note", "view", "player", "wave", "stft", "mel", "mfcc", "spectrum", "bank")
AUDIBLE = 5
EVERYTHING = frozenset({*MAIN, "section"})
STILL = "The pictures still show the last settings that worked."


def fields_of(values: Sequence[Any]) -> dict[str, Any]:
    """Return the page's state by name."""
    return dict(zip(FIELDS, values, strict=True))


def remarks(sound: Loaded, config: FeatureConfig) -> list[str]:
    """Return what is worth knowing about the sound and the settings, a sentence each."""
    said = list(sound.notes)
    empty = len(chain.empty_filters(config))
    if empty:
        said.append(
            f"{empty} of the {config.n_mels} mel filters fall between two FFT frequencies and stay empty: "
            "use fewer filters or a larger FFT."
        )
    if config.hop_length > config.window_length:
        said.append("The hop is longer than the window, so the samples in between are in no frame.")
    return said


def render(
    parts: frozenset[str], own: OwnSound | None, view: Mapping[str, Any] | None, fields: dict[str, Any]
) -> tuple:
    """Return a value for every output of the page; `gr.skip` for all that is not among ``parts``.

    Parameters
    ----------
    parts
        Names out of `MAIN`, and "section" for what is open below the pictures.
    own
        The visitor's own sound.
    view
        What is zoomed into: see `pictures.View`.
    fields
        The page's state by name.
    """
    out: dict[str, Any] = dict.fromkeys(MAIN, gr.skip())
    audible = [gr.skip()] * AUDIBLE
    section: tuple = ()
    sound = None
    try:
        sound = analysis.load(own, fields["clip"])
        if "player" in parts:
            kept = dict(view or {}) if tuple((view or {}).get("key", ())) == sound.key else {}
            view = out["view"] = {**kept, "key": sound.key}
            out["player"] = sound.sound(fields["t"] if fields["t"] >= 0 else None)
            audible = ["", None, None, None, None]
        if "wave" in parts:
            out["wave"] = pictures.waveform(sound, view)
        config = config_of(fields, sound.sample_rate)
        out |= _pictures(parts, sound, config, view, fields)
        if "section" in parts:
            section = SECTIONS[fields["see"]].content(Scene(sound, config, fields, view))
        out["note"] = hint(remarks(sound, config))
    except AudioError as problem:
        out["note"] = hint([str(problem)], problem=True)
    except ValueError as problem:
        if "player" in parts:  # another sound: the old pictures would be wrong
            blank = figure([], alt=str(problem), y_range=(0, 1), xaxis={"range": [0.0, sound.duration_s]})
            out |= dict.fromkeys(("stft", "mel", "mfcc", "spectrum", "bank"), blank)
        still = () if "player" in parts else (STILL,)
        out["note"] = hint([*sound.notes, str(problem), *still], problem=True)
    return (*(out[name] for name in MAIN), *audible, *_sections(parts, fields["see"], section))


def _pictures(
    parts: frozenset[str], sound: Loaded, config: FeatureConfig, view: Any, fields: Mapping[str, Any]
) -> dict:
    y, db = fields["y"], fields["db"]
    make: dict[str, Callable[[], dict]] = {
        "stft": lambda: pictures.stft_picture(sound, config, view, y=y, db=db),
        "mel": lambda: pictures.mel_picture(sound, config, view, db=db),
        "mfcc": lambda: pictures.mfcc_picture(sound, config, view, cmn=fields["cmn"]),
        "spectrum": lambda: spectra.spectrum_picture(sound, config, fields["t"], y=y, db=db),
        "bank": lambda: spectra.filterbank_picture(config),
    }
    return {name: draw() for name, draw in make.items() if name in parts}


def _sections(parts: frozenset[str], see: str, content: tuple) -> list:
    """Return every section's visibility, then every section's outputs."""
    shown = [gr.update(visible=slug == see) if "section" in parts else gr.skip() for slug in SECTIONS]
    outputs = []
    for slug, module in SECTIONS.items():
        outputs += content if slug == see and content else [gr.skip()] * module.OUTPUTS
    return [*shown, *outputs]


def draw(own: OwnSound | None, view: Mapping[str, Any] | None, **fields: Any) -> tuple:
    """Draw the whole page: when it opens, when an example is picked."""
    return render(EVERYTHING, own, view, fields)


def moved(name: str) -> Callable[..., tuple]:
    """Return the handler of a control: ``handler(own, view, *values)`` redraws what follows that control."""

    def handler(own: OwnSound | None, view: Mapping[str, Any] | None, *values: Any) -> tuple:
        fields = fields_of(values)
        parts = set(AFFECTS.get(name, ()))
        if name == "see" or name in SECTIONS[fields["see"]].FOLLOWS:
            parts.add("section")
        else:
            parts.discard("section")
        return render(frozenset(parts), own, view, fields)

    return handler


def another_sound(own: OwnSound | None, view: Mapping[str, Any] | None, *values: Any) -> tuple:
    """Draw everything for a newly chosen sound; the last value is the new cursor ("the loudest frame")."""
    return *render(EVERYTHING, own, view, {**fields_of(values), "t": -1}), -1


def cursor(event: gr.EventData, own: OwnSound | None, view: Mapping[str, Any] | None, *values: Any) -> tuple:
    """Follow the play cursor: returns its time, its frame's spectrum and, where they are open, the frame's steps."""
    t = round(float(event.t), 3)
    return t, *follow(t, own, fields_of(values))


def follow(t: float, own: OwnSound | None, fields: dict[str, Any]) -> tuple:
    """Return the spectrum at ``t`` seconds and the outputs of the section `steps`."""
    fields = {**fields, "t": t}
    nothing = [gr.skip()] * steps.OUTPUTS
    try:
        sound = analysis.load(own, fields["clip"])
        config = config_of(fields, sound.sample_rate)
        spectrum = spectra.spectrum_picture(sound, config, t, y=fields["y"], db=fields["db"])
        if fields["see"] == steps.SLUG:
            return spectrum, *steps.content(Scene(sound, config, fields))
        return spectrum, *nothing
    except ValueError:  # the note under the sound says already what is wrong with the settings
        return gr.skip(), *nothing


def zoomed(name: str) -> Callable[..., tuple]:
    """Return the handler of a picture's zoom: what is visible is drawn again at full resolution."""

    def handler(event: gr.EventData, own: OwnSound | None, view: Mapping[str, Any] | None, *values: Any) -> tuple:
        return zoom(name, event.x, event.y, own, view, fields_of(values))

    return handler


def zoom(
    name: str,
    x: Sequence[float] | None,
    y: Sequence[float] | None,
    own: OwnSound | None,
    view: Mapping[str, Any] | None,
    fields: dict[str, Any],
) -> tuple:
    """Return the new view, the four pictures on the time axis, and the two of the section `resolution`.

    Parameters
    ----------
    name
        The picture that was zoomed: "wave", "stft", "mel", "mfcc", "wa" or "wb".
    x, y
        What it shows now, in the axes' units; None for everything.
    """
    skipped = [gr.skip()] * 2
    try:
        sound = analysis.load(own, fields["clip"])
        old = dict(view or {}) if tuple((view or {}).get("key", ())) == sound.key else {}
        new = {**old, "key": sound.key, "t": list(x) if x else None, name: list(y) if y else None}
        config = config_of(fields, sound.sample_rate)
        parts = {"stft", "mel", "mfcc"} if new["t"] != old.get("t") else {name}
        drawn = _pictures(frozenset(parts), sound, config, new, fields)
        wave = pictures.waveform(sound, new) if new["t"] != old.get("t") else gr.skip()
        if fields["see"] == resolution.SLUG and ("stft" in parts or name in ("wa", "wb")):
            skipped = list(resolution.content(Scene(sound, config, fields, new))[:2])
    except ValueError:
        return (gr.skip(),) * 7
    return new, wave, *(drawn.get(k, gr.skip()) for k in ("stft", "mel", "mfcc")), *skipped


def rebuild(own: OwnSound | None, *values: Any) -> Iterator[tuple]:
    """Make audible what each representation throws away: yields the status and four players as they are ready."""
    fields = fields_of(values)
    try:
        sound = analysis.load(own, fields["clip"])
        yield from why_mel.rebuild(Scene(sound, config_of(fields, sound.sample_rate), fields))
    except ValueError as problem:
        yield why_mel.refused(problem)


def saved(kind: str) -> Callable[..., str]:
    """Return the handler of a download button: ``handler(own, which, *values)`` writes the file, returns its path."""

    def handler(own: OwnSound | None, which: str, *values: Any) -> str:
        fields = fields_of(values)
        try:
            sound = analysis.load(own, fields["clip"])
            return sizes.save(Scene(sound, config_of(fields, sound.sample_rate), fields), which, kind)
        except ValueError as problem:
            raise gr.Error(str(problem), print_exception=False) from problem

    return handler
