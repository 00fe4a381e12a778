"""Part 5: a keyword of one's own: takes, variations, training with held-out takes, a threshold, files."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from components.audio_input import KEEP_S, hint
from components.figure import Figure
from components.lesson import Fields, Halt, On, Part, Visit
from components.page import text
from components.player import Player
from components.stopping import Stop
from models import ModelUnavailable
from models.tts import espeak

from ..say import stream as say_stream
from . import files, pictures, stream, takes
from .board import TakeBoard
from .result import Curve, Result, beforehand, run, settings
from .takes import KINDS, MINE, SETS, Kept, current, groups, names, ready_made, varied

if TYPE_CHECKING:
    from models.keyword.own_net import PersonalSpotter

    from ..page import Scene

TAKES = ("o_set", "o_name", "o_name2", "o_kind", "o_lang")
TRAINING = ("o_layers", "o_views", "o_words", "o_speech", "o_noise")
EVERY_S = 0.25  # between two drawings of the curve
NO_TAKES = "Say your word five times with pauses, or load a ready-made set."

LEAD = """
<p class="kwo-lead">A few takes teach the small network a new word, here, in seconds. The bar under a take shows how
sure of the word a network was that had <em>not</em> learned from it; click a picture to hear it.</p>
"""
TEXT = r"""
**What is trained.** The network's first eight layers stay as they are: from thousands of words they know what speech
is made of. What is trained anew is the last pointwise convolution and the linear layer, with outputs for silence, any
other word, and yours: $64 \cdot 64 + 64$ and $3 \cdot 64 + 3$ numbers, 4,355 in all for one word. Each take becomes
twenty variations (shift, tempo, pitch, room, noise, gain); 500 words and noises of 127 other speakers, a
novel and noise are what it must not react to.

**Why the figures are honest.** A network always knows what it learned. So for every take one network is trained
*without it* and then asked; the dots above come from these. Other people's words are 746 clips (35 speakers, and
noises) that no training here uses. The threshold is put where misses + 10 · false alarms on other people's words +
false alarms on your own other words is least: other people's words come all day, yours a few times. A few takes of one
voice say nothing about other voices or rooms.

**What to expect.** `python -m benchmarks.kws_personal` teaches spoken digits, each by one speaker, and asks for other
recordings. Measured with the network that was packaged before this one, most of that speaker's recordings were heard,
and far fewer of other people's. Everything that is done here helped: without other words in the same voice, that
voice's other words passed for the keyword; without variations, noise and rooms cost hits; with the last layer alone,
the word was missed more often.
"""
TRY_JS = """
() => {
  document.querySelector('.kws-parts input[value="say"]')?.click();
  let left = 40;
  const wait = setInterval(() => {
    const label = [...document.querySelectorAll('label')].find((l) => l.textContent.includes('you trained in part 5'));
    if (label && label.offsetParent) label.querySelector('input').click();
    if (label || --left < 0) clearInterval(wait);
  }, 100);
  document.querySelector('.kws-parts')?.scrollIntoView({ behavior: 'smooth', block: 'start' });
}
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {"o_takes": gr.State(None, time_to_live=KEEP_S)}
    chips = {"elem_classes": "lab-chips"}
    with gr.Row(elem_classes="kwo", equal_height=False):
        with gr.Column(scale=1, min_width=290, elem_classes="kwo-controls"):
            parts["o_set"] = gr.Radio(
                [(title, s) for s, (title, _) in SETS.items()], value="sesame", label="Takes", **chips
            )
            with gr.Row(elem_classes="kwo-names"):
                parts["o_name"] = gr.Textbox("", label="Your word", placeholder="my word", max_length=24, min_width=120)
                parts["o_name2"] = gr.Textbox("", label="Second word", placeholder="none",
                                              max_length=24, min_width=120)  # fmt: skip
            parts["o_kind"] = gr.Radio(
                [(title, k) for k, title in KINDS.items()], value="first", label="You now add", **chips
            )
            with gr.Column(elem_classes="kwo-intake"):
                parts["o_mic"] = gr.Audio(sources=["microphone"], type="filepath", label="Say it with pauses",
                                          buttons=[], editable=False, container=False)  # fmt: skip
                parts["o_upload"] = gr.UploadButton("Upload a recording", size="sm", min_width=100)
                with gr.Row(elem_classes="kwo-voice"):
                    parts["o_lang"] = gr.Dropdown(list(espeak.LANGUAGES.items()), value="en-us",
                                                  label="Synthetic voice", min_width=110)  # fmt: skip
                    parts["o_say"] = gr.Button("Let a synthetic voice say it", size="sm", min_width=150)
            parts["o_note"] = gr.HTML("", elem_classes="lab-note-holder", apply_default_css=False)
            parts["o_layers"] = gr.Radio([("last two layers", "two"), ("last layer only", "one")], value="two",
                                         label="Train", **chips)  # fmt: skip
            parts["o_views"] = gr.Slider(0, 60, 20, step=10, label="Variations of each take")
            with gr.Row(elem_classes="kwo-negatives"):
                parts["o_words"] = gr.Checkbox(True, label="other people’s words", min_width=100, container=False)
                parts["o_speech"] = gr.Checkbox(True, label="running speech", min_width=100, container=False)
                parts["o_noise"] = gr.Checkbox(True, label="noise, music", min_width=100, container=False)
            with gr.Row():
                parts["o_train"] = gr.Button("Train now", variant="primary", min_width=120)
                parts["o_stop"] = gr.Button("Stop", interactive=False, min_width=70, scale=0)
            parts["o_status"] = gr.HTML("", apply_default_css=False, elem_classes="lab-status kwo-status")
        with gr.Column(scale=3, min_width=320, elem_classes="kwo-pictures"):
            gr.HTML(LEAD, apply_default_css=False)
            parts["o_board"] = TakeBoard(value=groups(Kept(), (), {}, 0.5), elem_classes="kwo-board")
            parts["o_varied"] = TakeBoard(value=None, elem_classes="kwo-board")
            parts["o_warn"] = gr.HTML(hint([NO_TAKES]), apply_default_css=False, elem_classes="kwo-warn")
            parts["o_scores"] = Figure(
                "Sounds that it has not learned from",
                height=250,
                hint="a dot is a second; right of the dashed line it counts",
            )
            parts["o_threshold"] = gr.Slider(0, 0.99, 0, step=0.01, label="Threshold (0: the one of least cost)")
            parts["o_facts"] = gr.HTML("", apply_default_css=False)
            parts["o_curve"] = Figure(
                "How it learns", height=270, hint="checks, each without some takes; then the network to keep"
            )
            with gr.Column(visible=False) as parts["o_after"]:
                parts["o_player"] = Player(stream.CLOCK, label="A stream with your word")
                parts["o_stream"] = Figure("Your network in a stream", clock=stream.CLOCK, height=190,
                                           hint="grey: a word; your takes varied anew, and other words")  # fmt: skip
                parts["o_heard"] = gr.HTML("", apply_default_css=False)
                with gr.Row(elem_classes="kwo-after"):
                    parts["o_try"] = gr.Button("Try it in part 1, “Say it”", variant="primary", min_width=180)
                    parts["o_prepare"] = gr.Button("Make the files to download", min_width=180)
                parts["o_files"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def found(mine: PersonalSpotter | None, fields: Mapping[str, Any]) -> Result | None:
    """The result to show for the chosen takes: this session's, or the one computed beforehand."""
    about = getattr(mine, "about", None)
    if about is not None and about[0] == fields["o_set"]:
        return about[1]
    return beforehand(fields["o_set"])


def threshold(result: Result | None, fields: Mapping[str, Any]) -> float:
    """The slider's, or the one of least cost."""
    at = float(fields["o_threshold"])
    return at if at > 0 or result is None else result.threshold


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows; what did not move stays."""
    mine = scene.mine
    result = found(mine, fields)
    at = threshold(result, fields)
    values = {"o_scores": pictures.scores(result, at), "o_facts": pictures.facts(result, at)}
    if result is not None and not result.made:
        values |= listened(mine, at)
    if fields.moved == "o_threshold":
        return values
    values |= {"o_curve": pictures.learning(result.curve if result else None)}
    # What the trained network does with its own takes; other takes have nothing to show there.
    values["o_after"] = gr.update(visible=result is not None and not result.made)
    if fields.moved == "o_set":
        values |= {"o_varied": None, **taken(current(scene.takes, fields), fields, mine)}
    elif fields["o_set"] != MINE:  # one's own takes stay as they were left
        values |= taken(ready_made(fields["o_set"]), fields, mine)
    return values


def listened(mine: PersonalSpotter, at: float) -> dict[str, Any]:
    """The trained network in a stream: what to play, the curve, a sentence."""
    _, result, kept = mine.about
    sound, heard, rule, outcome = stream.heard(mine, kept, result.names, at)
    return {
        "o_player": sound,
        "o_stream": say_stream.curve(heard, rule, outcome),
        "o_heard": stream.summary(outcome, mine.labels),
    }


def taken(kept: Kept, fields: Mapping[str, Any], mine: PersonalSpotter | None) -> dict[str, Any]:
    """Board and warnings for these takes."""
    words, result = names(fields, kept), found(mine, fields)
    language = fields["o_lang"] if fields["o_set"] == MINE else "en-us"
    scores, at = (result.scores(), result.threshold) if result else ({}, 0.5)
    return {
        "o_board": groups(kept, words, scores, at),
        "o_warn": pictures.warnings(result, kept, words, language) if kept.entries else hint([NO_TAKES]),
    }


def _kept(visit: Visit, kept: Kept) -> dict[str, Any]:
    """Return the visitor's own takes, which are chosen now, with their board."""
    fields = visit.fields.having(o_set=MINE)
    return {"o_takes": kept, "o_set": MINE, **taken(kept, fields, visit.kept["mine"])}


def recorded(visit: Visit) -> dict[str, Any]:
    """Add takes from the microphone or a file."""
    path = visit.taken["o_mic"] or visit.taken["o_upload"]
    kept, note = takes.add(path, visit.kept["o_takes"], visit.fields)
    return {"o_note": note, "o_mic": None, "o_upload": None} | (_kept(visit, kept) if kept else {})


def said(visit: Visit) -> dict[str, Any]:
    """Add takes by the synthetic voice."""
    kept, note = takes.say(visit.kept["o_takes"], visit.fields)
    return {"o_note": note} | (_kept(visit, kept) if kept else {})


def renamed(visit: Visit) -> dict[str, Any]:
    """Show the names that were typed; a ready-made set has names of its own."""
    fields = visit.fields
    if fields["o_set"] != MINE:  # also: a recording on its way must not be overtaken by the set it replaces
        return {}
    return taken(current(visit.kept["o_takes"], fields), fields, visit.kept["mine"])


def picked(visit: Visit) -> dict[str, Any]:
    """Show a take's variations, or remove it: a ready-made set that was changed is one's own."""
    held, number = current(visit.kept["o_takes"], visit.fields), int(visit.event.value)
    if visit.event.what == "vary":
        entry = held.find(number)
        return {"o_varied": varied(entry) if entry else None}
    return {**_kept(visit, held.without(number)), "o_varied": None}


def waiting(_visit: Visit) -> dict[str, Any]:
    """Training takes turns: whoever waits is told at once."""
    return {"o_status": "Waiting for a free core.", **_stop(can=True)}


def _stop(*, can: bool) -> dict[str, Any]:
    return {"o_stop": gr.update(interactive=can)}


def unchanged(visit: Visit, status: str = "Stopped; nothing was changed.") -> dict[str, Any]:
    """Return what a training that gave nothing leaves: the curve from before."""
    result = found(visit.kept["mine"], visit.fields)
    return {"o_status": status, "o_curve": pictures.learning(result.curve if result else None), **_stop(can=False)}


def trained(visit: Visit) -> Iterator[dict[str, Any]]:
    """Train; yields curve and status, at the end the spotter with board and warnings."""
    fields, drawn = visit.fields, 0.0
    kept = current(visit.kept["o_takes"], fields)
    n = len(kept.entries)
    yield {"o_status": f"Making variations of {n} take{'' if n == 1 else 's'}: a few seconds."}
    try:
        for news in run(kept, names(fields, kept), settings(fields)):
            if not isinstance(news, Curve):
                result, spotter = news
                spotter.about = (fields["o_set"], result, kept)
                status = f"Trained in {result.seconds:.1f} s; in part 1 set the threshold to {result.threshold:.2f}. "
                status += "The network is yours until you leave the page."
                yield {"o_curve": pictures.learning(result.curve), "o_status": status, "o_files": ""} | {
                    "mine": spotter,
                    **_stop(can=False),
                    **taken(kept, fields, spotter),
                }
            elif time.monotonic() - drawn >= EVERY_S:
                drawn = time.monotonic()
                done = (news.network[-1] * news.steps + news.step[-1]) / (news.networks * news.steps)
                yield {"o_curve": pictures.learning(news), "o_status": f"Training, {100 * done:.0f} %"}
    except (ValueError, ModelUnavailable) as wrong:
        yield unchanged(visit, hint([str(wrong)], problem=True))


def learned(_visit: Visit) -> dict[str, Any]:
    """Have the page drawn with the new network, whichever part is open by now."""
    return {}


def prepared(visit: Visit) -> dict[str, Any]:
    """Make the files of the network that was trained."""
    mine = visit.kept["mine"]
    nothing = hint(["Train first: there is no network yet."], problem=True)
    return {"o_files": files.links(mine) if mine is not None else nothing}


TRAININGS = Stop({})
ALONE = {"trigger_mode": "once", "concurrency_limit": 1, "concurrency_id": "kws-own"}
MINIMAL = {"show_progress": "minimal"}
EACH = {"trigger_mode": "multiple", "concurrency_limit": 1}  # of several clicks none is lost
PART = Part(
    slug="own",
    title="5 Your own keyword",
    draw=draw,
    show=show,
    fields=(*TAKES, *TRAINING, "o_threshold"),
    follows=frozenset({"o_set", "o_threshold"}),
    on=(
        On(
            component="o_mic",
            event="stop_recording",
            also=(("o_upload", "upload"),),
            handler=recorded,
            takes=("o_mic", "o_upload"),
        ),
        On(component="o_say", event="click", handler=said, how={**MINIMAL, "show_progress_on": "o_note"}),
        On(
            component="o_name",
            event="blur",
            also=(("o_name", "submit"), ("o_name2", "blur"), ("o_name2", "submit")),
            handler=renamed,
        ),
        On(component="o_board", event="pick", handler=picked, how=EACH),
        On(component="o_train", event="click", handler=waiting, how={"queue": False}),
        On(
            component="o_train",
            event="click",
            handler=trained,
            halt=Halt(stop=TRAININGS, button="o_stop", last=unchanged, status="o_status"),
            how=ALONE,
        ),
        On(component="mine", event="change", handler=learned, redraw=""),
        On(component="o_prepare", event="click", handler=prepared, how={**MINIMAL, "show_progress_on": "o_files"}),
        On(component="o_try", event="click", js=TRY_JS),
    ),
)
