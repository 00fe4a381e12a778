"""Part 1: hear and see each change, alone and in a chain."""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.augmentation import chain
from algorithms.augmentation.checks import SAMPLE_RATE
from algorithms.augmentation.table import TRANSFORMS, apply, find, masks_of
from algorithms.augmentation.transform import Choice
from components.audio_input import on_forget
from components.figure import Figure
from components.lesson import Fields, On, Part, Visit
from components.parts import only
from components.player import Player, Sound

from . import pictures
from .sound import Heard, material

if TYPE_CHECKING:
    from .page import Scene

AMOUNTS = tuple(a.name for transform in TRANSFORMS for a in transform.amounts)
CHAIN = ("picks", "prob", "strength", "dice", "tile")
RANDOM = ("noise", "room", "drop_time", "drop_bands", "spec", "mixup")  # for these another draw is another sound
DRAWS = 20
BLOCK = {"apply_default_css": False}
USUAL_CHAIN = ("speed", "room", "noise", "gain", "low_pass")


def controls() -> dict[str, Any]:
    """Lay out what stands on the left."""
    made: dict[str, Any] = {
        "view": gr.Radio(
            [("One change", "one"), ("A chain, twenty draws", "chain")],
            value="one", label="What to look at", elem_classes="lab-chips",
        ),
    }  # fmt: skip
    with gr.Column() as made["one_controls"]:
        titles = [(transform.title, transform.slug) for transform in TRANSFORMS]
        made["change"] = gr.Radio(titles, value="noise", label="Change", elem_classes="lab-chips")
        for transform in TRANSFORMS:
            with gr.Column(visible=transform.slug == "noise") as made[f"box_{transform.slug}"]:
                for a in transform.amounts:
                    made[a.name] = (
                        gr.Radio([(t, k) for k, t in a.options.items()], value=a.usual, label=a.label,
                                 elem_classes="lab-chips")
                        if isinstance(a, Choice)
                        else gr.Slider(a.low, a.high, a.usual, step=a.step,
                                       label=f"{a.label} ({a.unit})" if a.unit else a.label)
                    )  # fmt: skip
        with gr.Column() as made["draw_box"]:
            made["seed"] = gr.Slider(0, 99, 0, step=1, label="Draw (seed)")
    with gr.Column(visible=False) as made["chain_controls"]:
        made["picks"] = gr.Dropdown(
            [(transform.title, transform.slug) for transform in TRANSFORMS],
            value=list(USUAL_CHAIN), multiselect=True, label="Changes of the chain",
        )  # fmt: skip
        made["prob"] = gr.Slider(0, 1, 0.5, step=0.05, label="Probability of each")
        made["strength"] = gr.Slider(0, 1, 0.6, step=0.05, label="Strength (0: hardly, 1: strong)")
        made["dice"] = gr.Slider(0, 99, 0, step=1, label="Seed of the twenty draws")
        made["tile"] = gr.Slider(1, DRAWS, 1, step=1, label="The draw to hear")
    return made


def draw() -> dict[str, Any]:
    """Lay the pictures out and name them."""
    made: dict[str, Any] = {}
    with gr.Column() as made["one_pictures"]:
        with gr.Row(elem_classes="aug-pair"):
            with gr.Column(min_width=300):
                made["before"] = Player("aug_before", label="Before the change")
            with gr.Column(min_width=300):
                made["after"] = Player("aug", label="After the change")
        made["wave"] = Figure("Both waveforms", clock="aug", height=150, hint="click to listen from there")
        made["about"] = gr.HTML("", **BLOCK)
        with gr.Row(elem_classes="aug-pair"):
            with gr.Column(min_width=300):
                made["mel_before"] = Figure("Log-mel spectrogram before", clock="aug_before", height=210)
            with gr.Column(min_width=300):
                made["mel_after"] = Figure("Log-mel spectrogram after", clock="aug", height=210)
        made["change_db"] = Figure("What changed (after minus before)", clock="aug", height=210, hint="red: more")
        with gr.Accordion("The code that does it", open=False):
            made["code"] = gr.Code("", language="python", show_label=False, interactive=False, max_lines=40)
    with gr.Column(visible=False) as made["chain_pictures"]:
        made["chain_about"] = gr.HTML("", **BLOCK)
        made["mosaic"] = Figure("Twenty draws of the chain", height=400, hint="click one to hear it")
        made["drawn"] = Player("aug_draw", label="The chosen draw")
        made["drawn_list"] = gr.HTML("", **BLOCK)
    return made


def amounts_of(slug: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The amounts of one change as the page's controls stand."""
    return {a.name: fields[a.name] for a in find(slug).amounts}


def level_db(y: np.ndarray) -> float:
    """RMS in dB below full scale."""
    return float(10 * np.log10(np.mean(np.asarray(y, np.float64) ** 2) + 1e-12))


def facts(before: np.ndarray, after: np.ndarray) -> str:
    """What can be counted of a change, as one sentence."""
    lengths = [f"{len(y) / SAMPLE_RATE:.2f} s" for y in (before, after)]
    said = [f"{lengths[0]} became {lengths[1]}" if lengths[0] != lengths[1] else f"It still lasts {lengths[0]}"]
    said.append(f"the level (RMS) {level_db(before):.1f} dB became {level_db(after):.1f} dB")
    over = float(np.mean(np.abs(after) > 1))
    if over:
        said.append(f"{over:.1%} of the samples pass full scale, so the player and any file of integers clip them")
    return "; ".join(said) + "."


def show_one(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show one change."""
    slug, y = fields["change"], scene.heard.y
    transform, amounts = find(slug), amounts_of(slug, fields)
    seed = (int(fields["seed"]),)
    after = apply(slug, y, amounts, seed, material())
    mel_before = pictures.log_mel(y)
    mel_after = pictures.log_mel(after)
    heard_note = ""
    if slug == "spec":
        holes = masks_of(len(y), amounts, np.random.default_rng(seed))
        mel_after = pictures.with_holes(mel_before, holes)
        heard_note = (
            " The picture shows exactly what a network gets; the player plays silence where the holes are, because "
            "in training no sound is made."
        )
    top = float(mel_before.max())
    words = transform.words(amounts)
    about = (
        f'<section class="aug-about"><h3>{html.escape(words)}</h3><p>{html.escape(transform.does)}{heard_note}</p>'
        f"<p><strong>Beware.</strong> {html.escape(transform.beware)}</p>"
        f'<p class="aug-facts">{html.escape(facts(y, after))} Source: {html.escape(transform.source)}.</p></section>'
    )
    values = {"before": scene.heard.sound()} if fields.changed("clip", "part", "view") else {}
    return values | {
        "after": Sound(f"After: {words}", y=after, sample_rate=SAMPLE_RATE),
        "about": about,
        "wave": pictures.waves(y, after),
        "mel_before": pictures.mel_picture(mel_before, top, f"Before: {len(y) / SAMPLE_RATE:.2f} s of sound."),
        "mel_after": pictures.mel_picture(mel_after, top, f"After {words}."),
        "change_db": pictures.difference_picture(mel_before, mel_after, top),
        "code": transform.code(),
    }


# Two of them are enough for clicks on the draws; `drop` below forgets visitors' sounds.
@lru_cache(maxsize=2)
def twenty(
    heard: Heard, picks: tuple[str, ...], probability: float, strength: float, dice: int
) -> tuple[list[tuple[chain.Drawn, ...]], list[np.ndarray]]:
    """What each of the twenty draws does, and the sounds that come of it."""
    steps = chain.in_order(picks, probability)
    draws = [chain.draw(steps, strength, (dice, i)) for i in range(DRAWS)]
    return draws, [chain.run(heard.y, drawn, material()) for drawn in draws]


@on_forget
def drop(_path: str) -> None:
    """Forget the draws that are kept: a visitor has gone."""
    twenty.cache_clear()


def list_of(drawn: tuple[chain.Drawn, ...]) -> str:
    """One draw in words, in the order in which it happened, as HTML."""
    if not drawn:
        return '<p class="aug-drawn">Nothing: no change this time. A good chain leaves some examples as they are.</p>'
    return '<ol class="aug-drawn">' + "".join(f"<li>{html.escape(one.words())}</li>" for one in drawn) + "</ol>"


def show_chain(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show twenty draws of the chain, and play the chosen one."""
    y, picks = scene.heard.y, tuple(fields["picks"] or ())
    draws, made = twenty(scene.heard, picks, float(fields["prob"]), float(fields["strength"]), int(fields["dice"]))
    at = int(np.clip(fields["tile"], 1, DRAWS)) - 1
    longest = max(len(one) for one in made)
    top = float(pictures.log_mel(y).max())
    tiles = [pictures.tile(one, longest, top) for one in made]
    titles = [", ".join(one.words() for one in drawn) or "unchanged" for drawn in draws]
    count = sum(bool(drawn) for drawn in draws)
    n, p = len(picks), float(fields["prob"])
    about = (
        f'<p class="aug-about">{count} of {DRAWS} draws change something. With {n} changes of probability {p:g} each, '
        f"a draw stays as it is with probability (1 − {p:g})<sup>{n}</sup> = {(1 - p) ** n:.2f}. Changes happen in "
        "the order in which they do between a mouth and a file: the talker, the room, the microphone, the line.</p>"
    )
    return {
        "chain_about": about,
        "mosaic": pictures.mosaic(tiles, at, titles),
        "drawn": Sound(f"Draw {at + 1}", y=made[at], sample_rate=SAMPLE_RATE),
        "drawn_list": list_of(draws[at]),
    }


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show the view that is open."""
    one = fields["view"] == "one"
    kind = "one" if one else "chain"
    values: dict[str, Any] = only(f"{kind}_pictures", "one_pictures", "chain_pictures")
    values |= only(f"{kind}_controls", "one_controls", "chain_controls")
    if one:
        if fields.changed("change"):
            values |= only(f"box_{fields['change']}", *(f"box_{t.slug}" for t in TRANSFORMS))
            values["draw_box"] = gr.update(visible=fields["change"] in RANDOM)
        return values | show_one(scene, fields)
    return values | show_chain(scene, fields)


def picked(visit: Visit) -> dict[str, Any]:
    """Choose the draw that was clicked."""
    at = pictures.tile_at(float(visit.event.x), float(visit.event.y), DRAWS)
    return {} if at is None else {"tile": at + 1}


PART = Part(
    slug="hear",
    title="1 Hear and see each",
    controls=controls,
    draw=draw,
    show=show,
    fields=("view", "change", "seed", *AMOUNTS, *CHAIN),
    forget={name: {"tile": 1} for name in ("picks", "prob", "strength", "dice")},
    on=(On(component="mosaic", event="pick", handler=picked, redraw="tile"),),
)
