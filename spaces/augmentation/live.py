"""Part 3's training while one watches: a row of the matrix in under a minute, on words that synthetic voices say."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.augmentation import recipes, spotter
from algorithms.augmentation.recipes import KINDS, TITLES, Surroundings
from algorithms.keyword.speech_commands import middle_second
from components.audio_input import KEEP_S
from components.figure import Figure, figure, line
from components.lesson import Halt, On, Visit
from components.page import text
from components.stopping import Stop
from components.words import status
from models import ModelUnavailable
from models.tts import espeak

from . import nets
from .sound import material

if TYPE_CHECKING:
    import torch

STOP = Stop({})
OTHERS = ("house", "bird", "tree", "happy", "seven", "marvin", "wow", "cat", "bed", "three")  # are no keywords
TRAINING_VOICES = (("m1", "f2", "m3", "f4"), (30, 50, 75), (120, 160, 210))  # speakers, pitches, words a minute
TEST_VOICES = (("m7", "f5"), (40, 65), (125, 155, 190))
VIEWS, EPOCHS, EVERY, ROOMS = 2, 40, 6, 12
TEXT = """
### Train a row yourself

The matrix was trained on 2,400 recordings, which do not ship with this page. Here a network with other random weights
learns the same ten words from four voices of the synthesiser **eSpeak NG**, with the augmentation that is chosen under
*Trained with*, and is tested on two of its voices that it has not heard. Its training knows wind, computed noise and
simulated rooms; the test has a café and measured rooms. Few clips are tested, so differences of a few points mean
nothing. Train *Clean* and *Noise* and compare the column *Noise*.
"""


def draw() -> dict[str, Any]:
    """Lay it out and name its components."""
    text(TEXT)
    with gr.Row(elem_classes="lab-row"):
        train = gr.Button("Train this row", variant="primary", size="sm", min_width=140, scale=0)
        halt = gr.Button("Stop", size="sm", min_width=80, scale=0, visible=False)
    made = {"train": train, "train_halt": halt, "train_line": gr.HTML("", apply_default_css=False)}
    with gr.Column(visible=False) as made["loss_box"]:
        made["losses"] = Figure("Loss of each step", height=200)
    made["synthetic"] = gr.HTML("", apply_default_css=False)
    return made | {"trained_now": gr.State(None, time_to_live=KEEP_S)}


_speaking = threading.Lock()  # two who train at once have the words said once


@lru_cache(maxsize=2)
def said(voices: tuple[Sequence[str], Sequence[int], Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Each keyword and another word by every voice: sounds float32 [n, 16000] and labels int64 [n].

    Raises
    ------
    ModelUnavailable
        eSpeak NG is not installed.
    """
    wanted = []
    for speaker in voices[0]:
        for pitch in voices[1]:
            for speed in voices[2]:
                how = {"speaker": speaker, "pitch": pitch, "words_per_minute": speed}
                wanted += [(word, spotter.LABELS.index(word), how) for word in nets.WORDS]
                wanted.append((OTHERS[len(wanted) % len(OTHERS)], 0, how))
    with ThreadPoolExecutor(2) as pool:
        sounds = list(pool.map(lambda one: middle_second(espeak.say(one[0], **one[2])), wanted))
    return np.stack(sounds), np.array([label for _, label, _ in wanted])


def views(kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Features float16 [k, n, 49, 40] of the training words as this kind of training has them, and the labels."""
    sounds, label = said(TRAINING_VOICES)
    around = Surroundings([material().noises["wind"]], recipes.simulated_rooms(ROOMS, seed=0))
    made = [
        np.stack(
            [recipes.for_training(y, kind, around, np.random.default_rng((view, i))) for i, y in enumerate(sounds)]
        )
        for view in range(1 if kind in ("clean", "spec") else VIEWS)
    ]
    return np.stack([spotter.log_mels(one) for one in made]), label


@lru_cache(maxsize=1)
def held_out() -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Features float32 [n, 49, 40] of the test words in every condition, and the labels."""
    sounds, label = said(TEST_VOICES)
    return {kind: np.stack([nets.changed(y, kind, (i,))[1] for i, y in enumerate(sounds)]) for kind in KINDS}, label


def train(kind: str, seed: int) -> Iterator[tuple[str, float, list[float], dict[str, float]]]:
    """Train one row; yields (what is done, share done, losses so far, and in the end what is right, by condition)."""
    yield "eSpeak NG says the words", 0.0, [], {}
    with _speaking:
        said(TRAINING_VOICES)
        mels, label = held_out()
    yield "Sounds are changed", 0.3, [], {}
    seen, target = views(kind)
    losses: list[float] = []
    for found in spotter.train(seen, target, kind, epochs=EPOCHS, seed=seed):
        step, total, loss, network = found
        losses.append(loss)
        if step % EVERY == 0:
            yield f"Step {step} of {total}", 0.4 + 0.55 * step / total, losses, {}
    yield "Tested", 1.0, losses, {kind: right_of(network, mels[kind], label) for kind in KINDS}


def right_of(network: torch.nn.Module, mels: np.ndarray, label: np.ndarray) -> float:
    """The share of the words [n, 49, 40] that a network gets right."""
    return float((spotter.probabilities(network, mels).argmax(1) == label).mean())


def picture(losses: Sequence[float], what: str) -> dict[str, Any]:
    """Draw the loss over the steps."""
    alt = (
        f"{what}: the loss begins at {losses[0]:.2f} and ends at {losses[-1]:.2f}."
        if losses
        else "Nothing is trained yet."
    )
    traces = [line(np.arange(1, len(losses) + 1), np.array(losses))] if losses else []
    return figure(traces, alt=alt, x_title="Step", y_title="Cross-entropy", margin={"t": 8}, dragmode=False)


def rows(mine: dict[str, Any] | None, kind: str) -> str:
    """The synthetic rows as a table in HTML: this page's training first, then what was trained beforehand."""
    held = nets.measured()["synthetic"]
    found = [] if mine is None else [(f"{TITLES[mine['kind']]}, trained now", mine["right"])]
    found += [(f"{TITLES[one]}, beforehand", held["rows"][one]) for one in dict.fromkeys(("clean", kind))]
    head = "".join(f"<th scope='col'>{TITLES[c]}</th>" for c in KINDS)
    lines = "".join(
        f"<tr><th scope='row'>{name}</th>{''.join(f'<td>{100 * right[c]:.0f} %</td>' for c in KINDS)}</tr>"
        for name, right in found
    )
    return (
        f'<p class="aug-facts">Share of {held["words"]} words by two unheard voices that is right; beforehand: on '
        f"{held['date']} with seed {held['seed']}.</p>"
        f'<div class="lab-scroll"><table class="lab-table aug-rows"><thead><tr><th>Trained with</th>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


def show(mine: dict[str, Any] | None, kind: str) -> dict[str, Any]:
    """Show the visitor's training, if there is one."""
    losses = [] if mine is None else mine["losses"]
    what = "" if mine is None else f"Trained with {TITLES[mine['kind']]}"
    return {
        "loss_box": gr.update(visible=mine is not None),
        "losses": picture(losses, what),
        "synthetic": rows(mine, kind),
    }


def started(visit: Visit) -> Iterator[dict[str, Any]]:
    """Train the chosen row with new random weights, and show how it does."""
    kind, seed = visit.fields["trained"], int(np.random.default_rng().integers(1, 10_000))
    yield {"train": gr.update(interactive=False), "train_halt": gr.update(visible=True)}
    losses, right = [], {}
    try:
        for found in train(kind, seed):
            what, share, losses, right = found
            values: dict[str, Any] = {"train_line": status(f"{what}: trained with {TITLES[kind]}", done=share)}
            if losses:
                values |= {
                    "loss_box": gr.update(visible=True),
                    "losses": picture(losses, f"Trained with {TITLES[kind]}"),
                }
            yield values
    except ModelUnavailable as missing:
        yield over() | {"train_line": status(str(missing), problem=True)}
        return
    mine = {"kind": kind, "losses": losses, "right": right}
    yield over() | {"trained_now": mine, "synthetic": rows(mine, kind)}


def over() -> dict[str, Any]:
    """Return the row as it is when nothing runs."""
    return {"train": gr.update(interactive=True), "train_halt": gr.update(visible=False), "train_line": ""}


def stopped(_visit: Visit) -> dict[str, Any]:
    """Say that the training was stopped."""
    return over() | {"train_line": status("Stopped: nothing was tested.")}


ON = (
    On(
        component="train",
        event="click",
        handler=started,
        halt=Halt(stop=STOP, button="train_halt", last=stopped),
        how={"concurrency_id": "augmentation-train", "concurrency_limit": 1},
    ),
)
