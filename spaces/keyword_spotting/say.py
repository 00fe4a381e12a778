"""Part 1: say a word: one second and its answer, a live stream with detections, and where to set the threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from algorithms.sound.clips import clip as get_clip
from components.figure import Figure
from components.live_mic import LiveMic, example
from components.page import text
from components.player import Player

from . import say_live, say_one, say_stream, say_threshold, sound
from .say_canvas import KeywordCanvas
from .sound import Heard

TITLE = "1 Say it"
VIEWS = {"one": "One second", "live": "A stream", "threshold": "Where to set the threshold"}
RULE = ("s_smooth", "s_threshold", "s_refractory")  # settings of the detector; a run that goes on follows them
FIELDS: tuple[str, ...] = ("s_view", "s_stream", *RULE, "s_every", "s_use")
ON_SOUND = {"s_view": "one"}  # what another sound sets
COLUMNS = tuple(f"column_{name}" for name in (*VIEWS, "rule", "more"))
ONE = ("answer", "wave", "slide")
STREAM = ("stream_player", "curve", "rows", "stream_facts", "table")
THRESHOLD = ("threshold_facts", "det", "both")
OUTPUTS: tuple[str, ...] = ("s_mic", "s_use", "s_note", *COLUMNS, *ONE, *STREAM, *THRESHOLD)
CHANNEL = "kws"
QUIET = {"show_progress": "hidden", "api_visibility": "private"}
NOT_TRAINED = (
    "You have not trained a keyword of your own in this session, so the packaged network answers: train one in part 5."
)
NOT_MEASURED = "These curves are those of the packaged networks: your own was not run over hours of speech."

TEXT_ONE = """
The network knows nothing but this second, as 49 × 10 numbers (part 2 draws them). It always spreads a probability of 1
over its twelve classes: ten words, *unknown* (some other word) and *silence*. The lower picture moves its window over
the sound in steps of 20 ms: while the word lies well inside, the answer holds; at the edges it passes through other
words, and a spotter in a running stream has to live with all of these answers. Fine stripes come from the first
layer, which moves two frames at a time: a window one frame later falls between its steps.
"""
TEXT_STREAM = """
**From answers to detections** (Chen et al. 2014, section 2.3): every *n* frames of 20 ms the network answers; the
answers are averaged over a short past; when a keyword's mean reaches the threshold, it counts as found; then the
spotter is deaf for a moment, so that one word counts once. Of the window's 49 frames only the new ones are
computed, but the network runs again over all 49. At the microphone add up to a quarter of a second, in which the
browser collects sound before it sends it.
"""
TEXT_THRESHOLD = """
A miss annoys at once; a false alarm costs according to what it sets off, and in a day of talk, radio and television
there are far more chances for it than for a hit. So one fixes the alarms that people will accept (a public benchmark
compares wake words at one in ten hours), measures in many hours of speech **without** the word, takes the threshold
from there, and reports the misses that remain. Dotted: the other networks, in English. The medium ones are better on
clips, and worse here. Products get there with far more training data, a longer word ("OK Google" has four syllables,
"up" has one), and a second, larger network that checks each find.
"""


def build(*_states: Any) -> dict[str, Any]:
    """Draw the part inside its column; returns its components by name."""
    parts: dict[str, Any] = {
        "s_mic": LiveMic(CHANNEL, say_live.take, play_text="Play the stream as if spoken live", elem_classes="kws-mic")
    }
    parts["s_view"] = gr.Radio(
        [(title, slug) for slug, title in VIEWS.items()],
        value="one",
        label="View of the spotter",
        show_label=False,
        elem_classes=["lab-chips", "kws-views"],
    )
    parts["s_use"] = gr.Radio(
        [("the packaged network", "packaged"), ("the one you trained in part 5", "mine")],
        value="packaged",
        label="Who listens",
        visible=False,
        elem_classes="lab-chips",
    )
    parts["s_note"] = gr.HTML("", apply_default_css=False, elem_classes="kws-say-note")
    with gr.Column(visible=False, elem_classes="kws-rules") as parts["column_rule"]:
        with gr.Row(elem_classes="kws-rule"):
            parts["s_smooth"] = gr.Slider(0, 800, 200, step=100, label="Mean over (ms)")
            parts["s_threshold"] = gr.Slider(0.05, 0.99, 0.7, step=0.01, label="Threshold")
        with gr.Row(elem_classes="kws-rule", visible=False) as parts["column_more"]:
            parts["s_refractory"] = gr.Slider(100, 2000, 1000, step=100, label="Deaf for (ms)")
            parts["s_every"] = gr.Slider(1, 10, 2, step=1, label="Every n frames")
    parts["s_canvas"] = KeywordCanvas(CHANNEL)
    with gr.Column() as parts["column_one"]:
        with gr.Row(elem_classes="kws-one", equal_height=False):
            parts["answer"] = gr.HTML("", apply_default_css=False)
            with gr.Column(elem_classes="kws-one-pictures"):
                parts["wave"] = Figure("The second", clock="keyword_spotting", height=112, hint="click to listen")
                parts["slide"] = Figure(
                    "The answer while the window slides over the word",
                    height=268,
                    hint="dotted: the bars' window",
                )
        text(TEXT_ONE)
    with gr.Column(visible=False) as parts["column_live"]:
        parts["s_stream"] = gr.Radio(
            [(title, slug) for slug, title in say_stream.STREAMS.items()],
            value="word_stream",
            label="Stream",
            show_label=False,
            elem_classes=["lab-chips", "kws-streams"],
        )
        with gr.Column(elem_classes="kws-finished"):
            parts["stream_player"] = Player(say_stream.CLOCK, label="The stream")
            parts["stream_facts"] = gr.HTML("", apply_default_css=False)
            parts["curve"] = Figure(
                "Likeliest keyword and threshold", clock=say_stream.CLOCK, height=190, hint="grey: a word is being said"
            )
            parts["rows"] = Figure(
                "All classes", clock=say_stream.CLOCK, height=250, hint="each answer stands at its window's end"
            )
            parts["table"] = gr.HTML("", apply_default_css=False)
        text(TEXT_STREAM)
    with gr.Column(visible=False) as parts["column_threshold"]:
        parts["threshold_facts"] = gr.HTML("", apply_default_css=False)
        with gr.Row(elem_classes="kws-pair", equal_height=False):
            parts["det"] = Figure("Misses against false alarms", height=330, hint="click to set the threshold")
            parts["both"] = Figure("Both against the threshold", height=330, hint="click to set the threshold")
        text(TEXT_THRESHOLD)
    return parts


def needs_second(fields: Mapping[str, Any]) -> bool:
    """Whether the open view is about the chosen second: it is not where a stream is heard."""
    return fields["s_view"] == "one"


def listener(heard: Heard, fields: Mapping[str, Any]) -> tuple[Any, str, str]:
    """Who listens: the spotter, how the page calls it, and a note where it is not the one that was asked for."""
    name = sound.TITLES[heard.model_id].split(":")[0]
    if fields["s_use"] != "mine":
        return heard.spotter, f"{name}, answered.", ""
    if fields["s_view"] == "threshold":
        return heard.spotter, f"{name}, answered.", f'<div class="lab-note note">{NOT_MEASURED}</div>'
    if fields.get("mine") is None:
        return heard.spotter, f"{name}, answered.", f'<div class="lab-note problem" role="alert">{NOT_TRAINED}</div>'
    return fields["mine"], "Your own network answered.", ""


def content(heard: Heard, fields: Mapping[str, Any], moved: str = "") -> tuple:
    """What the part shows: one value for each of `OUTPUTS`; `gr.skip()` for what `moved` leaves as it is."""
    view = fields["s_view"]
    filled: dict[str, Any] = dict.fromkeys(OUTPUTS, gr.skip())
    fresh = moved not in FIELDS
    spotter, whose, note = listener(heard, fields)
    filled["s_note"] = note
    if fresh or moved == "s_view":
        filled |= {f"column_{name}": gr.update(visible=on) for name, on in shown(view).items()}
    if fresh:
        filled["s_use"] = gr.update(visible=fields.get("mine") is not None or fields["s_use"] == "mine")
    if fresh or moved == "s_stream":
        played = "word_stream" if fields["s_stream"] == say_stream.MIC else fields["s_stream"]
        filled["s_mic"] = example(get_clip(played).path.name, say_stream.STREAMS[played])
    if view == "one":
        if moved not in (*RULE, "s_every", "s_stream"):
            filled |= _one(heard, spotter, whose)
    elif view == "live":
        filled |= _stream(fields, spotter, whose, moved)
    else:
        made = say_threshold
        filled |= {"threshold_facts": made.facts(fields), "det": made.det(fields), "both": made.both(fields)}
    return tuple(filled.values())


def shown(view: str) -> dict[str, bool]:
    """Which columns a view shows."""
    return {name: name == view for name in VIEWS} | {"rule": view != "one", "more": view == "live"}


def _one(heard: Heard, spotter: Any, whose: str) -> dict[str, Any]:
    probs = heard.probs if spotter is heard.spotter else spotter.predict_features(heard.mfcc[None])[0]
    return {
        "answer": say_one.answer(spotter, probs, whose),
        "wave": say_one.wave(heard),
        "slide": say_one.slide(heard, spotter),
    }


def _stream(fields: Mapping[str, Any], spotter: Any, whose: str, moved: str) -> dict[str, Any]:
    rule = say_stream.rule_of(fields)
    run = say_live.find(fields.get("run"))
    if run is not None and run.running:  # the canvas shows it; it takes over what has been moved
        run.set(rule)
        return {}
    stream = say_stream.stream_of(fields, spotter)
    player = gr.skip()
    if moved not in (*RULE, "s_every", "s_use"):
        player = say_stream.player_sound(fields["s_stream"])
    if stream is None:
        return {"stream_player": player, "curve": None, "rows": None, "table": "",
                "stream_facts": say_stream.facts(None, None)}  # fmt: skip
    outcome = say_stream.judge(stream, rule, fields["s_stream"])
    whose = run.whose if fields["s_stream"] == say_stream.MIC else whose
    return {
        "stream_player": player,
        "curve": say_stream.curve(stream, rule, outcome),
        "rows": say_stream.rows(stream, rule, outcome),
        "stream_facts": say_stream.facts(stream, outcome, whose),
        "table": say_stream.table(outcome),
    }


def begin(token: str, source: str, heard: Heard, fields: Mapping[str, Any]) -> tuple[str, str]:
    """Make ready for a run that the browser has begun; returns its token ("" where refused) and the stream's name."""
    say_live.end(fields.get("run"))
    spotter, whose, _ = listener(heard, fields)
    stream = fields["s_stream"]
    if source == "mic":
        stream = say_stream.MIC
    elif stream == say_stream.MIC:
        stream = "word_stream"
    spoken = say_stream.truth(stream)
    words = None if spoken is None else [(s.start_s, s.end_s) for s in spoken]
    run = say_live.begin(token, spotter, int(fields["s_every"]), say_stream.rule_of(fields), words, whose)
    return (run.token if run else ""), stream


def wire(parts: dict, given: list, fields_of: Callable[[Any], dict[str, Any]], mine: Any, run: Any) -> list:
    """Tie the microphone and clicks on the threshold's curves; a run that has ended is drawn."""
    columns = [parts[name] for name in COLUMNS]

    def started(event: gr.EventData, mine, run, own, *values):
        fields = {**fields_of(values), "mine": mine, "run": run}
        heard = sound.hear(own, sound.DEFAULT_CLIP, fields["model"])  # only the network is needed
        token, stream = begin(str(event.token)[:64], event.source, heard, fields)
        return token, "live", stream, *(gr.update(visible=on) for on in shown("live").values())

    begun = parts["s_mic"].start(
        started, [mine, run, *given], [run, parts["s_view"], parts["s_stream"], *columns], **QUIET
    )
    ended = parts["s_mic"].stopped(lambda: None, None, None, **QUIET)

    def set_threshold(event: gr.EventData):
        return float(min(0.99, max(0.05, round(float(event.x), 2))))

    def set_from_det(event: gr.EventData, own, *values):
        fields = fields_of(values)
        return say_threshold.nearest(fields, float(event.x), float(event.y))

    picked = parts["both"].pick(set_threshold, None, parts["s_threshold"], **QUIET)
    picked_det = parts["det"].pick(set_from_det, given, parts["s_threshold"], **QUIET)
    return [begun, ended, picked, picked_det]
