"""Part 5: a keyword of one's own: takes, variations, training with held-out takes, a threshold, files."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from algorithms.sound import AudioError
from components.audio_input import KEEP_S, hint
from components.figure import Figure
from components.page import text
from components.player import Player
from components.stopping import Stop
from models import ModelUnavailable
from models.tts import espeak

from . import own_files, own_pictures, own_stream, say_stream
from .own_board import TakeBoard
from .own_result import Curve, Result, beforehand, run, settings
from .own_takes import KINDS, MINE, SETS, Kept, current, cut, groups, names, ready_made, spoken, varied
from .sound import Heard

TITLE = "5 Your own keyword"
TAKES = ("o_set", "o_name", "o_name2", "o_kind", "o_lang")
TRAINING = ("o_layers", "o_views", "o_words", "o_speech", "o_noise")
FIELDS: tuple[str, ...] = (*TAKES, *TRAINING, "o_threshold")
STREAM = ("o_player", "o_stream", "o_heard")
OUTPUTS: tuple[str, ...] = ("o_board", "o_warn", "o_scores", "o_facts", "o_curve", "o_status", "o_after", *STREAM)
QUIET = {"show_progress": "hidden", "api_visibility": "private"}
EVERY_S = 0.25  # between two drawings of the curve
NO_TAKES = "Say your word five times with pauses, or load a ready-made set."

LEAD = """
<p class="kwo-lead">A few takes teach the small network a new word, here, in seconds. The bar under a take is how sure
of the word a network was that had <em>not</em> learned from it; click a picture to hear it.</p>
"""
TEXT = r"""
**What is trained.** The network's first eight layers stay as they are: from thousands of words they know what speech
is made of. New are the last pointwise convolution and the linear layer, with outputs for silence, any other
word, and yours: $64 \cdot 64 + 64$ and $3 \cdot 64 + 3$ numbers, 4,355 in all for one word. Each take becomes
twenty variations (shift, tempo, pitch, room, noise, gain); 500 words and noises of 127 other speakers, a
novel and noise are what it must not react to.

**Why the figures are honest.** A network always knows what it learned. So for every take one network is trained
*without it* and then asked; the dots above come from these. Strangers' words are 746 clips of 35 speakers that no
training here uses. The threshold is put where misses + 10 · strangers' false alarms + own false alarms is least:
strangers' words come all day, yours a few times. A few takes of one voice say nothing about other voices or rooms.

**What to expect** (`benchmarks/kws_personal.py`, 2026-11-23: twelve spoken digits of FSDD, each by one speaker, five
takes and five other digits to learn from; means): of the speaker's other recordings 94 % are heard, 89 % through
noise and rooms, but 55 % of other people's; of the speaker's other digits 3.9 % are false alarms, of strangers' words
0.4 %. Without other words in the same voice 21.7 % of that voice's other digits are false alarms; without variations
84 % are heard through noise and rooms, at 12.1 % false alarms; with the last layer alone 84 % are heard at all.
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


def build(mine: Any) -> dict[str, Any]:
    """Draw the part inside its column; returns its components by name."""
    parts: dict[str, Any] = {"mine": mine, "o_takes": gr.State(None, time_to_live=KEEP_S)}
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
                    parts["o_lang"] = gr.Dropdown(list(espeak.LANGUAGES.items()), value="en-us", show_label=False,
                                                  label="Language of the synthetic voice", min_width=110)  # fmt: skip
                    parts["say"] = gr.Button("Let a synthetic voice say it", size="sm", min_width=150)
            parts["o_note"] = gr.HTML("", elem_classes="lab-note-holder", apply_default_css=False)
            parts["o_layers"] = gr.Radio([("last two layers", "two"), ("last layer only", "one")], value="two",
                                         label="Train", **chips)  # fmt: skip
            parts["o_views"] = gr.Slider(0, 60, 20, step=10, label="Variations of each take")
            with gr.Row(elem_classes="kwo-negatives"):
                parts["o_words"] = gr.Checkbox(True, label="strangers’ words", min_width=100, container=False)
                parts["o_speech"] = gr.Checkbox(True, label="running speech", min_width=100, container=False)
                parts["o_noise"] = gr.Checkbox(True, label="noise, music", min_width=100, container=False)
            with gr.Row():
                parts["train"] = gr.Button("Train now", variant="primary", min_width=120)
                parts["stop"] = gr.Button("Stop", min_width=70, scale=0)
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
                parts["o_player"] = Player(own_stream.CLOCK, label="A stream with your word")
                parts["o_stream"] = Figure("Your network in a stream", clock=own_stream.CLOCK, height=190,
                                           hint="grey: a word; your takes varied anew, and other words")  # fmt: skip
                parts["o_heard"] = gr.HTML("", apply_default_css=False)
                with gr.Row(elem_classes="kwo-after"):
                    parts["try"] = gr.Button("Try it in part 1, “Say it”", variant="primary", min_width=180)
                    parts["prepare"] = gr.Button("Make the files to download", min_width=180)
                parts["o_files"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def needs_second(_fields: Mapping[str, Any]) -> bool:
    """Whether the part is about the chosen second: it has takes of its own."""
    return False


def found(mine: Any, fields: Mapping[str, Any]) -> Result | None:
    """The result to show for the chosen takes: this session's, or the one computed beforehand."""
    about = getattr(mine, "about", None)
    if about is not None and about[0] == fields["o_set"]:
        return about[1]
    return beforehand(fields["o_set"])


def threshold(result: Result | None, fields: Mapping[str, Any]) -> float:
    """The slider's, or the one of least cost."""
    at = float(fields["o_threshold"])
    return at if at > 0 or result is None else result.threshold


def board(kept: Kept, fields: Mapping[str, Any], result: Result | None) -> list:
    """The takes with their scores."""
    scores = result.scores() if result else {}
    return groups(kept, names(fields, kept), scores, result.threshold if result else 0.5)


def content(heard: Heard | None, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what stays.

    A visitor's own takes are known to the handlers of `wire` only; here the ready-made ones are drawn.
    """
    filled: dict[str, Any] = dict.fromkeys(OUTPUTS, gr.skip())
    if moved in (*TAKES, *TRAINING):  # `wire` draws what follows from these
        return tuple(filled.values())
    mine = fields.get("mine")
    result = found(mine, fields)
    at = threshold(result, fields)
    filled |= {"o_scores": own_pictures.scores(result, at), "o_facts": own_pictures.facts(result, at)}
    if result is not None and not result.made:
        filled |= listened(mine, at)
    if moved != "o_threshold":
        filled |= {"o_curve": own_pictures.learning(result.curve if result else None)}
        filled["o_after"] = gr.update(visible=mine is not None)
        if fields["o_set"] != MINE:
            filled |= taken(ready_made(fields["o_set"]), fields, result)
    return tuple(filled.values())


def listened(mine: Any, at: float) -> dict[str, Any]:
    """The trained network in a stream: what to play, the curve, a sentence."""
    _, result, kept = mine.about
    sound, stream, rule, outcome = own_stream.heard(mine, kept, result.names, at)
    return {
        "o_player": sound,
        "o_stream": say_stream.curve(stream, rule, outcome),
        "o_heard": own_stream.summary(outcome, mine.labels),
    }


def taken(kept: Kept, fields: Mapping[str, Any], result: Result | None) -> dict[str, Any]:
    """Board and warnings for these takes."""
    words = names(fields, kept)
    language = fields["o_lang"] if fields["o_set"] == MINE else "en-us"
    return {
        "o_board": board(kept, fields, result),
        "o_warn": own_pictures.warnings(result, kept, words, language) if kept.entries else hint([NO_TAKES]),
    }


def add(path: str | None, kept: Kept | None, fields: Mapping[str, Any]) -> tuple[Kept | None, str]:
    """Cut takes out of a recording; returns the takes and a note."""
    if path is None:
        return kept, ""
    words = {"first": fields["o_name"] or "my word", "second": fields["o_name2"] or "my second word", "others": "word"}
    try:
        sounds, notes = cut(path, words[fields["o_kind"]])
    except AudioError as wrong:
        return kept, hint([str(wrong)], problem=True)
    return _added(kept, sounds, fields["o_kind"], notes)


def say(kept: Kept | None, fields: Mapping[str, Any]) -> tuple[Kept | None, str]:
    """Let the synthetic voice say the word five times; returns the takes and a note."""
    kind = fields["o_kind"]
    word = fields["o_name2" if kind == "second" else "o_name"].strip()
    if kind != "others" and not word:
        return kept, hint(["Type the word first: the synthetic voice says what stands in its field."], problem=True)
    already = len((kept or Kept()).of(kind))
    try:
        sounds = spoken(word, kind, fields["o_lang"], 5, already)
    except (ValueError, ModelUnavailable) as wrong:
        return kept, hint([str(wrong)], problem=True)
    return _added(kept, sounds, kind, ("Said by eSpeak NG, a synthetic voice: your own voice is not among the takes.",))


def _added(kept: Kept | None, sounds: list, kind: str, notes: tuple[str, ...]) -> tuple[Kept, str]:
    kept, dropped = (kept or Kept()).added(sounds, kind)
    n = len(sounds) - dropped
    said = [f"{n} take{'' if n == 1 else 's'} of {KINDS[kind]} added.", *notes]
    if dropped:
        said.append(f"{dropped} more found no room: twelve of a kind are kept; remove some first.")
    return kept, hint(said)


TRAININGS = Stop((gr.skip(),) * 6)


def train(kept: Kept, fields: Mapping[str, Any]):
    """Train; yields (curve, status, spotter or None, board and warnings or None)."""
    drawn = 0.0
    n = len(kept.entries)
    yield gr.skip(), f"Making variations of {n} take{'' if n == 1 else 's'}: a few seconds.", None, None
    try:
        for news in run(kept, names(fields, kept), settings(fields)):
            if isinstance(news, Curve):
                if time.monotonic() - drawn >= EVERY_S:
                    drawn = time.monotonic()
                    done = (news.network[-1] * news.steps + news.step[-1]) / (news.networks * news.steps)
                    yield own_pictures.learning(news), f"Training, {100 * done:.0f} %", None, None
            else:
                result, spotter = news
                spotter.about = (fields["o_set"], result, kept)
                status = f"Trained in {result.seconds:.1f} s; in part 1 set the threshold to {result.threshold:.2f}. "
                status += "The network is yours until you leave the page."
                yield own_pictures.learning(result.curve), status, spotter, taken(kept, fields, result)
    except (ValueError, ModelUnavailable) as wrong:
        yield gr.skip(), hint([str(wrong)], problem=True), None, None


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]], mine: Any, *_states: Any) -> list:
    """Tie the part's own clicks; after training the frame draws the open part again."""
    kept, note, boards = parts["o_takes"], parts["o_note"], [parts["o_board"], parts["o_warn"]]
    o_set, varied_board = parts["o_set"], parts["o_varied"]
    inputs = [kept, mine, *given]

    def shown(now: Kept | None, mine, fields) -> tuple:
        return tuple(taken(current(now, fields), fields, found(mine, fields)).values())

    def follow(change: Callable) -> Callable:
        """A handler that changes the visitor's own takes and shows them."""

        def handler(now, mine, own, *values):
            fields = fields_of(values)
            now, said = change(now, fields)
            if now is None:
                return now, said, gr.skip(), gr.skip(), gr.skip()
            return now, said, MINE, *shown(now, mine, {**fields, "o_set": MINE})

        return handler

    outputs = [kept, note, o_set, *boards]
    for source, event in ((parts["o_mic"], "stop_recording"), (parts["o_upload"], "upload")):

        def recorded(path, now, mine, own, *values):
            return (*follow(lambda now, fields: add(path, now, fields))(now, mine, own, *values), None)

        getattr(source, event)(recorded, [source, *inputs], [*outputs, source], **QUIET)
    parts["say"].click(follow(say), inputs, outputs, **{**QUIET, "show_progress": "minimal"})

    def chosen(now, mine, own, *values):
        fields = fields_of(values)
        result = found(mine, fields)
        at = threshold(result, fields)
        figures = (own_pictures.scores(result, at), own_pictures.facts(result, at))
        return *shown(now, mine, fields), *figures, own_pictures.learning(result.curve if result else None), None

    pictures = [parts[name] for name in ("o_scores", "o_facts", "o_curve")]
    o_set.input(chosen, inputs, [*boards, *pictures, varied_board], **QUIET)

    def renamed(now, mine, own, *values):
        fields = fields_of(values)
        if fields["o_set"] != MINE:  # also: a recording on its way must not be overtaken by the set it replaces
            return gr.skip(), gr.skip()
        return shown(now, mine, fields)

    for name in ("o_name", "o_name2"):
        gr.on([parts[name].blur, parts[name].submit], renamed, inputs, boards, **QUIET)

    def picked(event: gr.EventData, now, mine, own, *values):
        fields = fields_of(values)
        held = current(now, fields)
        number = int(event.value)
        if event.what == "vary":
            entry = held.find(number)
            return gr.skip(), gr.skip(), gr.skip(), gr.skip(), varied(entry) if entry else None
        held = held.without(number)  # a ready-made set that was changed is one's own
        fields["o_set"] = MINE
        return held, MINE, *shown(held, mine, fields), None

    parts["o_board"].pick(picked, inputs, [kept, o_set, *boards, varied_board], **QUIET)

    def training(now, fields):
        for curve, status, spotter, after in train(current(now, fields), fields):
            drawn = tuple(after.values()) if after else (gr.skip(), gr.skip())
            yield curve, status, spotter or gr.skip(), "" if spotter else gr.skip(), *drawn

    def stopped(*_run):
        return gr.skip(), "Stopped; nothing was changed.", *TRAININGS.nothing[2:]

    def trained(request: gr.Request, now, mine, own, *values):
        yield from TRAININGS.steps(request, lambda _run: training(now, fields_of(values)), stopped)

    # Training takes turns: whoever waits is told at once.
    parts["train"].click(lambda: "Waiting for a free core.", None, parts["o_status"], queue=False, **QUIET)
    outputs = [parts["o_curve"], parts["o_status"], mine, parts["o_files"], *boards]
    turns = {"trigger_mode": "once", "concurrency_limit": 1, "concurrency_id": "kws-own"}
    going = parts["train"].click(trained, inputs, outputs, **turns, **QUIET)
    TRAININGS.button(parts["stop"], going, stopped, [], outputs, status=parts["o_status"], **QUIET)

    def prepared(mine):
        return (
            own_files.links(mine) if mine is not None else hint(["Train first: there is no network yet."], problem=True)
        )

    parts["prepare"].click(prepared, mine, parts["o_files"], **{**QUIET, "show_progress": "minimal"})
    parts["try"].click(None, None, None, js=TRY_JS, api_visibility="private")
    return [going]
