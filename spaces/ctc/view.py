"""The page's handlers: from its state to what its open part shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import gradio as gr

from algorithms.ctc import CtcError
from algorithms.sound import AudioError, probe
from components.audio_input import OwnSound, hint, sound_of
from models import ModelUnavailable, is_loaded

from . import alignment, attention, choice, collapse, decoding, pictures, real, rivals, sound, toy, why, work

PARTS = {
    "why": "1 Why alignment is a problem",
    "collapse": "2 Collapse a path",
    "real": "3 On real sound",
    "toy": "4 Toy trellis",
    "decode": "5 Decoding",
    "rivals": "6 Beside its rivals",
}
STEP_S = 5.0  # of the slider that moves the stretch of a long sound
MODULES = {"why": why, "collapse": collapse, "real": real, "toy": toy, "decode": decoding, "rivals": rivals}
# The state of the page, in the order in which every handler gets it.
FIELDS = ("part", "clip", "model", "hub", "w", "text", "colour", "t", "s", "path", "target", "frames")
FIELDS += ("toy", "tf", "tp", "tc", "ts", "tx", "ty", "case", "width", "lm", "bonus", "hot", "hb", "which", "df", "pab")
# Which pictures of the open part stay as they are when a field moves; the others are drawn again.
SAME_SOUND = ("greedy", "mel", "emissions")
UNTOUCHED = {
    "colour": (*SAME_SOUND, "chips", "files", "status"),
    "text": SAME_SOUND,
    "w": ("greedy", "files"),
}
# What changes which stretch of which sound is shown, and by which model it was read.
ANOTHER = ("", "clip", "part", "case", "model", "hub", "w")


class Shared(NamedTuple):
    """What stands beside or above every part that is about the chosen sound, in the order of the page's outputs."""

    note: Any = gr.skip()  # under the sound's input
    view: Any = gr.skip()  # the state: what is zoomed into, and the model that ran
    model_note: Any = gr.skip()
    fetch: Any = gr.skip()  # the button
    halt: Any = gr.skip()  # the button beside it, there while something long runs
    mover: Any = gr.skip()  # what moves the stretch of a long sound
    start: Any = gr.skip()  # its slider
    overview: Any = gr.skip()
    player: Any = gr.skip()
    wave: Any = gr.skip()


def with_sound(fields: Mapping[str, Any]) -> bool:
    """Whether the open part is about the chosen sound."""
    return fields["part"] in ("why", "real", "rivals") or (
        fields["part"] == "decode" and fields["case"] == decoding.CLIP[0]
    )


class Scene(NamedTuple):
    """The chosen sound and what is known of it; None where there is nothing."""

    whole: sound.Heard | None
    heard: sound.Heard | None  # the stretch that is shown
    aligned: alignment.Aligned | None
    view: pictures.View
    note: str  # HTML
    model_note: str  # HTML
    problem: str  # why nothing is aligned


def chosen(fields: Mapping[str, Any]) -> choice.Choice:
    """Return the model that the visitor asks for."""
    return choice.choose(fields["model"], fields["hub"])


def hear(own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> Scene:
    """Return the chosen sound as the chosen model hears it; where that can't run, as the one before it does."""
    wanted, said = chosen(fields), ""
    view = view or {}
    try:
        spec = wanted.spec or choice.spec_of(view.get("model"))
        try:
            whole = sound.hear(own, fields["clip"], spec)
        except ModelUnavailable as wrong:
            if spec.id in (sound.MODEL, view.get("model")):
                raise
            said = str(wrong)
            whole = sound.hear(own, fields["clip"], choice.spec_of(view.get("model")))
    except (AudioError, ModelUnavailable) as wrong:
        return Scene(None, None, None, view, hint([str(wrong)], problem=True), choice.note(wanted, None), "")
    heard = sound.window(whole, fields["w"])
    same = tuple(view.get("key") or ()) == heard.key
    view = view if same else {"key": heard.key, "model": heard.model}
    notes = hint(whole.notes), choice.note(wanted, whole, said)
    try:
        aligned = alignment.align(heard, fields["text"] if fields["part"] == "real" else "")
    except CtcError as wrong:
        return Scene(whole, heard, None, view, *notes, str(wrong))
    return Scene(whole, heard, aligned, view, *notes, "")


def is_slow(own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> bool:
    """Whether drawing the page would keep the visitor waiting: a model to load, or a long sound to read."""
    if not with_sound(fields):
        return False
    spec = chosen(fields).spec or choice.spec_of((view or {}).get("model"))
    try:
        if sound.is_heard(own, fields["clip"], spec):
            return False
        duration_s = probe(sound_of(own, fields["clip"]).path).duration_s
    except AudioError:
        return False
    return duration_s is None or duration_s > sound.WINDOW_S or (spec.id != sound.MODEL and not is_loaded(spec.id))


def prepare(own: OwnSound | None, view: Any, fields: Mapping[str, Any], progress: sound.Progress) -> None:
    """Do the slow part of drawing: load the model, read the sound and align its text. What is wrong is said later."""
    try:
        spec = chosen(fields).spec or choice.spec_of((view or {}).get("model"))
        whole = sound.hear(own, fields["clip"], spec, progress)
        progress(1.0, "Aligning the text")
        alignment.align(sound.window(whole, fields["w"]), fields["text"] if fields["part"] == "real" else "")
    except (AudioError, ModelUnavailable, CtcError):
        return  # `hear` meets it again and has a place to say it


def draw(own: OwnSound | None, view: pictures.View | None, history: Any, moved: str = "", **fields: Any) -> tuple:
    """Draw the open part of the page.

    Parameters
    ----------
    own
        The visitor's own sound.
    view
        What is zoomed into, and the model that ran.
    history
        What the toy's training has shown so far.
    moved
        The one field that has changed; "" draws everything.
    **fields
        The page's state by name.

    Returns
    -------
    tuple
        The fields of `Shared`, visibility of the sound's two columns and of each part, then each part's outputs;
        `gr.skip` for what is not open or stays as it is.
    """
    part = fields["part"]
    shared = Shared(view=view, halt=gr.update(visible=False))
    scene = None
    content: tuple = ()
    if with_sound(fields):
        scene = hear(own, view, fields)
        shared = _shared(scene, moved, chosen(fields))
        if scene.heard is not None and part == "why":
            content = why.content(scene.whole, scene.heard)
        if scene.heard is not None and part == "real":
            content = real.content(*scene[:3], scene.problem, fields, scene.view)
            kept = UNTOUCHED.get(moved, ())
            content = tuple(gr.skip() if n in kept else v for n, v in zip(real.NAMES, content, strict=True))
    if part == "decode":
        content = decoding.content(fields, scene.heard if scene else None)
    if part == "collapse":
        content = collapse.content(fields)
    if part == "toy":
        content = toy.content(fields, history)
    if part == "rivals":
        content = rivals.content(fields, scene.heard)
    shown = [gr.update(visible=with_sound(fields))] * 2 + [gr.update(visible=slug == part) for slug in PARTS]
    if moved not in ("", "part", "case"):
        shown = [gr.skip()] * len(shown)
    filled = [content if slug == part and content else (gr.skip(),) * MODULES[slug].OUTPUTS for slug in PARTS]
    return *shared, *shown, *(value for values in filled for value in values)


def _shared(scene: Scene, moved: str, wanted: choice.Choice) -> Shared:
    whole, heard = scene.whole, scene.heard
    shared = Shared(
        scene.note,
        scene.view,
        scene.model_note,
        gr.update(visible=wanted.ask, value="Fetch this model and run it", interactive=True),
        gr.update(visible=False),
    )
    if heard is None:
        return shared
    if moved in ANOTHER:
        long = heard.whole is not None
        shared = shared._replace(
            mover=gr.update(visible=long),
            start=gr.update(maximum=last_start(whole) if long else sound.MAX_S),
            overview=pictures.overview(whole, heard) if long else gr.skip(),
        )
    if moved in ANOTHER and moved not in ("w", "model", "hub"):
        shared = shared._replace(player=whole.sound())
    if moved in (*ANOTHER, "text"):
        shared = shared._replace(wave=pictures.waveform(heard, scene.aligned))
    return shared


def _waiting(said: str, n_outputs: int, *, runs: bool = False) -> tuple:
    buttons = {"fetch": gr.update(interactive=not runs), "halt": gr.update(visible=runs)}
    return (*Shared(model_note=said, **buttons), *(gr.skip(),) * (n_outputs - len(Shared._fields)))


def drawn(
    own: OwnSound | None, view: Any, history: Any, moved: str, fields: Mapping[str, Any], session: str, n_outputs: int
) -> Iterator[tuple]:
    """Draw the page; where that takes long, say under the model's name how far it is until it is done."""
    if is_slow(own, view, fields):
        job = work.Work(lambda progress: prepare(own, view, fields, progress))
        try:
            for share, what in job.wait(session):
                yield _waiting(work.bar(share, what), n_outputs, runs=True)
        except work.Stopped:
            yield _waiting(hint(["Stopped: the pictures are those from before."]), n_outputs)
            return
    yield draw(own, view, history, moved, **fields)


def fetched(
    own: OwnSound | None, view: Any, history: Any, fields: Mapping[str, Any], session: str, n_outputs: int
) -> Iterator[tuple]:
    """Fetch the model that the visitor has named from the hub, then draw the page with it; says how far it is."""
    wanted = chosen(fields)
    job = work.Work(lambda progress: choice.fetch(wanted, progress))
    try:
        for share, what in job.wait(session):
            yield _waiting(work.bar(share, what), n_outputs, runs=True)
    except work.Stopped:
        yield _waiting(choice.note(wanted, None, "Stopped before the model was here."), n_outputs)
        return
    except ModelUnavailable as wrong:
        whole = hear(own, view, fields).whole
        yield _waiting(choice.note(choice.Choice(wanted.name, problem=True), whole, str(wrong)), n_outputs)
        return
    yield from drawn(own, view, history, "model", fields, session, n_outputs)


def moved_to(x_s: float) -> float:
    """Return where the stretch begins whose middle was clicked on the overview, in whole steps of the slider."""
    return max(0.0, round((x_s - sound.WINDOW_S / 2) / STEP_S) * STEP_S)


def attended(own: OwnSound | None, view: Any, fields: Mapping[str, Any], session: str) -> Iterator[tuple]:
    """Let Whisper hear the shown stretch, saying how far it is, and return what part 6 shows of it."""
    heard = hear(own, view, fields).heard
    if heard is None:
        yield rivals.beside(None)
        return
    job = work.Work(lambda progress: attention.listen(heard, progress))
    rest = (gr.skip(),) * 4
    try:
        for share, what in job.wait(session):
            yield gr.skip(), work.bar(share, what), *rest
    except work.Stopped:
        yield gr.skip(), hint(["Stopped."]), *rest
    except (ModelUnavailable, ValueError) as wrong:
        yield gr.skip(), hint([str(wrong)], problem=True), *rest
    else:
        yield rivals.beside(heard)


def nearest_start(to_s: float, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> float:
    """Return where a stretch can begin that should begin at `to_s`: not before the sound, nor past its last 30 s."""
    whole = hear(own, view, fields).whole
    last_s = last_start(whole) if whole is not None else 0.0
    return min(max(0.0, to_s), last_s)


def last_start(whole: sound.Heard) -> float:
    """Return the slider's last place for a sound, in its steps; the stretch there ends with the sound."""
    return float(-(-max(0.0, whole.duration_s - sound.WINDOW_S) // STEP_S) * STEP_S)


def cell_at(x_s: float, y: float, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Return frame, state, trellis and card of the cell at a time and a height of the trellis' picture."""
    scene = hear(own, view, fields)
    heard, aligned = scene.heard, scene.aligned
    if aligned is None:
        return (gr.skip(),) * 4
    frames, n_states = aligned.trellis.forward.shape
    t = min(max(int((x_s - heard.start_s) / heard.frame_s), 0), frames - 1)
    s = min(max(round(y), 0), n_states - 1)
    return (
        t,
        s,
        pictures.trellis(heard, aligned, fields["colour"], scene.view, (t, s)),
        real.cell_card(heard, aligned, fields["colour"], (t, s)),
    )


def zoomed(name: str, x: Any, y: Any, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Return the new zoom and the trellis drawn for it.

    Parameters
    ----------
    name : the picture that was zoomed; only the trellis' own height counts
    x, y : what it shows, None for everything
    """
    scene = hear(own, view, fields)
    heard, aligned = scene.heard, scene.aligned
    if heard is None:
        return gr.skip(), gr.skip()
    states = (list(y) if y else None) if name == "trellis" else scene.view.get("s")
    new = {"key": heard.key, "model": heard.model, "t": list(x) if x else None, "s": states}
    if aligned is None or fields["part"] != "real":
        return new, gr.skip()
    at = real.chosen_cell(aligned, fields["t"], fields["s"])
    return new, pictures.trellis(heard, aligned, fields["colour"], new, at)


def path_edited(path: str, fields: Mapping[str, Any]) -> tuple:
    """Take a path that was clicked together: returns it and the outputs of its part."""
    path = collapse.clean(path)
    return path, *collapse.content({**fields, "path": path})


def step_of(x: float, own: OwnSound | None, view: Any, fields: Mapping[str, Any]) -> tuple:
    """Go to a frame of the beam: returns tree and table, and the frame's number in between."""
    heard = hear(own, view, fields).heard if with_sound(fields) else None
    _, _, tree, table = decoding.content({**fields, "df": max(1, round(x))}, heard)
    return max(1, round(x)), tree, table
