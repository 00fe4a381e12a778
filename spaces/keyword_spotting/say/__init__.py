"""Part 1: say a word: one second and its answer, a live stream with detections, and where to set the threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.sound.clips import clip as get_clip
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.live_mic import LiveMic, example
from components.page import text
from components.parts import only
from components.player import Player

from .. import sound
from ..networks import TITLES
from . import live, one, stream, threshold
from .canvas import KeywordCanvas

if TYPE_CHECKING:
    from ..page import Scene

VIEWS = {"one": "One second", "live": "A stream", "threshold": "Where to set the threshold"}
RULE = ("s_smooth", "s_threshold", "s_refractory")  # settings of the detector; a run that goes on follows them
FIELDS = ("s_view", "s_stream", *RULE, "s_every", "s_use")
CHANNEL = "kws"
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
from there, and reports the misses that remain. Dotted: the other networks, in English. The medium ones know single
words better and do worse here: only the small ones spent part of their training in hours of running speech, again and
again on the seconds that had set them off. Products go on from there with far more data, a longer word ("OK Google" has
four syllables, "up" has one), and a second, larger network that checks each find.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {
        "s_mic": LiveMic(CHANNEL, live.take, play_text="Play the stream as if spoken live", elem_classes="kws-mic")
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
            [(title, slug) for slug, title in stream.STREAMS.items()],
            value="word_stream",
            label="Stream",
            show_label=False,
            elem_classes=["lab-chips", "kws-streams"],
        )
        with gr.Column(elem_classes="kws-finished"):
            parts["stream_player"] = Player(stream.CLOCK, label="The stream")
            parts["stream_facts"] = gr.HTML("", apply_default_css=False)
            parts["curve"] = Figure(
                "Likeliest keyword and threshold", clock=stream.CLOCK, height=190, hint="grey: a word is being said"
            )
            parts["rows"] = Figure(
                "All classes", clock=stream.CLOCK, height=250, hint="each answer stands at its window's end"
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


def listener(scene: Scene, fields: Fields) -> tuple[Any, str, str]:
    """Who listens: the spotter, how the page calls it, and a note where it is not the one that was asked for."""
    heard = scene.heard
    packaged = heard.spotter, f"{TITLES[heard.model_id].split(':')[0]}, answered."
    if fields["s_use"] != "mine":
        return *packaged, ""
    if fields["s_view"] == "threshold":
        return *packaged, f'<div class="lab-note note">{NOT_MEASURED}</div>'
    if scene.mine is None:
        return *packaged, f'<div class="lab-note problem" role="alert">{NOT_TRAINED}</div>'
    return scene.mine, "Your own network answered.", ""


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the part shows; what did not move stays."""
    view = fields["s_view"]
    spotter, whose, note = listener(scene, fields)
    values: dict[str, Any] = {"s_note": note}
    if fields.changed("part", "clip", "s_view"):
        values |= only(view, *VIEWS, prefix="column_")
        values["column_rule"] = gr.update(visible=view != "one")
        values["column_more"] = gr.update(visible=view == "live")
    if fields.changed("part"):
        use = fields["s_use"]
        values["s_use"] = gr.update(value=use, visible=scene.mine is not None or use == "mine")
    if fields.changed("part", "s_stream"):
        played = "word_stream" if fields["s_stream"] == stream.MIC else fields["s_stream"]
        values["s_mic"] = example(get_clip(played).path.name, stream.STREAMS[played])
    if view == "one":
        return values | _one(scene, fields, spotter, whose)
    if view == "live":
        return values | _stream(scene, fields, spotter, whose)
    drawn = {"threshold_facts": threshold.facts, "det": threshold.det, "both": threshold.both}
    return values | {name: draw(fields) for name, draw in drawn.items()}


def _one(scene: Scene, fields: Fields, spotter: Any, whose: str) -> dict[str, Any]:
    if fields.moved in (*RULE, "s_every", "s_stream", "run"):
        return {}
    heard = scene.heard
    probs = heard.probs if spotter is heard.spotter else spotter.predict_features(heard.mfcc[None])[0]
    return {
        "answer": one.answer(spotter, probs, whose),
        "wave": one.wave(heard),
        "slide": one.slide(heard, spotter),
    }


def _stream(scene: Scene, fields: Fields, spotter: Any, whose: str) -> dict[str, Any]:
    rule, run, chosen = stream.rule_of(fields), scene.run, fields["s_stream"]
    if run is not None and run.running:  # the canvas shows it; it takes over what has been moved
        run.set(rule)
        return {}
    values: dict[str, Any] = {}
    if fields.moved not in (*RULE, "s_every", "s_use"):
        values["stream_player"] = stream.player_sound(chosen)
    listened = stream.stream_of(fields, spotter, run)
    if listened is None:
        return values | {"curve": None, "rows": None, "table": "", "stream_facts": stream.facts(None, None)}
    outcome = stream.judge(listened, rule, chosen)
    return values | {
        "curve": stream.curve(listened, rule, outcome),
        "rows": stream.rows(listened, rule, outcome),
        "stream_facts": stream.facts(listened, outcome, run.whose if chosen == stream.MIC else whose),
        "table": stream.table(outcome),
    }


def started(visit: Visit) -> dict[str, Any]:
    """Make ready for a run that the browser has begun; its token is "" where it was refused."""
    live.end(visit.kept["run"])
    # Only the network is needed, whatever has become of the chosen sound.
    spotter, whose, _ = listener(visit.having(clip=sound.DEFAULT_CLIP).scene, visit.fields)
    fields, chosen = visit.fields, visit.fields["s_stream"]
    if visit.event.source == "mic":
        chosen = stream.MIC
    elif chosen == stream.MIC:
        chosen = "word_stream"
    spoken = stream.truth(chosen)
    words = None if spoken is None else [(s.start_s, s.end_s) for s in spoken]
    token = str(visit.event.token)[:64]
    run = live.begin(token, spotter, int(fields["s_every"]), stream.rule_of(fields), words, whose)
    return {"run": run.token if run else "", "s_view": "live", "s_stream": chosen}


def stopped(_visit: Visit) -> dict[str, Any]:
    """Leave what was heard to be drawn."""
    return {}


def picked_threshold(visit: Visit) -> dict[str, Any]:
    """Set the threshold where the two curves against it were clicked."""
    return {"s_threshold": float(min(0.99, max(0.05, round(float(visit.event.x), 2))))}


def picked_rates(visit: Visit) -> dict[str, Any]:
    """Set the threshold that gives the misses and false alarms that were clicked."""
    return {"s_threshold": threshold.nearest(visit.fields, float(visit.event.x), float(visit.event.y))}


PART = Part(
    slug="say",
    title="1 Say it",
    draw=draw,
    show=show,
    fields=FIELDS,
    follows=frozenset({*FIELDS, "run"}),
    on=(
        On(component="s_mic", event="start", handler=started, redraw=""),
        On(component="s_mic", event="stopped", handler=stopped, redraw="run"),
        On(component="both", event="pick", handler=picked_threshold, redraw="s_threshold"),
        On(component="det", event="pick", handler=picked_rates, redraw="s_threshold"),
    ),
    forget={"clip": {"s_view": "one"}},  # another sound is shown
)
