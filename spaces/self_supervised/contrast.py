"""Part 2: wav2vec 2.0's game: which of 101 is the target of the frame that was hidden?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

import models
from algorithms.ssl.masking import SPAN, START, hidden_share
from algorithms.ssl.units import perplexity
from components.figure import Figure, figure, line
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player

from . import exemplars, pictures
from .game import Game, loss_at, play
from .pictures import sentence
from .sound import FRAME_S, WAV2VEC, Source, facts, middle_s

if TYPE_CHECKING:
    from .scene import Scene

KAPPAS = np.geomspace(0.02, 2.0, 60)
TEXT = r"""
**The game.** Spans of frames are replaced by one learned vector before the Transformer (the convolutions have heard
them; the Transformer has not). For a hidden frame $t$ it gives a vector $c_t$. The *target* $q_t$ is what the frame's
own convolutions gave, rounded to one entry of each of two codebooks. Among $q_t$ and 100 *distractors*, the targets
of other hidden frames of the same recording, $c_t$ should lie nearest to $q_t$ (equation 3 of the paper):

$$\mathcal{L}_m = -\log
\frac{\exp(\mathrm{sim}(c_t, q_t)/\kappa)}{\sum_{\tilde q} \exp(\mathrm{sim}(c_t, \tilde q)/\kappa)}$$

sim is the cosine of the angle between two vectors, $\kappa$ the temperature. A small $\kappa$ makes much of small
differences. Distractors come from the *same* recording on purpose: from others, voice and room would give them away.

**Why quantise?** Rounding takes away what cannot be foreseen, such as the exact noise of one frame, and leaves what
many frames share. The choice of an entry is an argmax, through which no gradient flows; in training Gumbel noise and a
softmax stand in for it, at a temperature (not $\kappa$) that falls.

**Collapse.** If all frames get one entry, target and distractors are the same, and nothing can be learned. The
**diversity loss** rewards using all entries equally. Its sign of health is the **perplexity** of the codebooks:
$\exp$ of the entropy of how often each entry is used; 1 if a single one is, 32 if all are equally often. A distractor
with the very code of the target would be a second right answer, so it does not count.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["masked_mel"] = Figure("What is hidden (grey)", clock="ssl", height=170, hint="click a hidden frame")
    with gr.Row(elem_classes="ssl-row"):
        parts["start"] = gr.Slider(0.01, 0.2, START, step=0.005, label="Share of frames at which a span starts, p")
        parts["span"] = gr.Slider(1, 20, SPAN, step=1, label="Frames of a span (20 ms each)")
        parts["kappa"] = gr.Slider(0.02, 2.0, 0.1, step=0.01, label="Temperature κ")
        parts["again"] = gr.Button("Hide others", size="sm", min_width=120, scale=0)
    parts["game_facts"] = gr.HTML("", apply_default_css=False)
    parts["candidates"] = Figure("Similarity to the target and to the distractors", height=210)
    with gr.Row(elem_classes="ssl-two"):
        parts["true_sound"] = Player("ssl-true", label="The lab’s clips where the true target is")
        parts["rival_sound"] = Player("ssl-rival", label="The lab’s clips where the nearest distractor is")
    parts["closest"] = gr.HTML("", apply_default_css=False)
    parts["losses"] = Figure("Loss of this frame, over the temperature", height=200)
    parts["books"] = Figure("The codebooks: how often this sound uses each entry", height=210)
    parts["book_facts"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    parts["hidden_s"] = gr.Number(-1, visible="hidden")
    parts["seed"] = gr.Number(0, visible="hidden", minimum=0, maximum=10_000, step=1)
    return parts


def spans(mask: np.ndarray) -> list[tuple[float, float]]:
    """Return the hidden spans in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    half = FRAME_S / 2
    return [
        (middle_s(a) - half, middle_s(b - 1) + half)
        for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]


def masked_mel(source: Source, game: Game) -> dict[str, Any]:
    """Draw the mel spectrogram with the hidden spans covered and the chosen frame marked."""
    marks = [*pictures.bands(spans(game.mask)), pictures.mark(middle_s(game.frame))]
    share = 100 * game.mask.mean()
    return pictures.mel(
        source,
        alt=f"{game.mask.sum()} of {len(game.mask)} frames are hidden, {share:.0f}%. The line is at the frame in "
        f"question, {middle_s(game.frame):.2f} s.",
        shapes=marks,
    )


def candidates(game: Game) -> dict[str, Any]:
    """Draw the similarity of the target and, sorted, of the distractors."""
    counted = game.similarities[1:][~game.same]
    values = np.concatenate([game.similarities[:1], np.sort(counted)[::-1]])
    colours = ["var(--lab-c2)", *["var(--lab-c1)"] * len(counted)]
    rank = 1 + int((counted > values[0]).sum())
    return figure(
        [
            {
                "type": "bar",
                "x": np.arange(len(values)),
                "y": values,
                "marker": {"color": colours},
                "hovertemplate": "%{y:.3f}<extra></extra>",
            }
        ],
        alt=f"The true target (orange, on the left) has a similarity of {values[0]:.2f} and comes {place(rank)} of "
        f"{len(values)}.",
        x_title="The target (0), then the distractors, most similar first",
        y_title="Cosine",
    )


def place(rank: int) -> str:
    """Return 1st, 2nd, 3rd, ..."""
    ending = "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending}"


def closest(game: Game, kappa: float) -> str:
    """Return the target and the nearest distractors as a table."""
    order = np.argsort(-game.similarities[1:])[:5]
    order = order[np.isfinite(game.similarities[1:][order])]
    rows = [("target", game.frame, game.similarities[0])]
    rows += [(f"distractor {n}", int(game.others[i]), game.similarities[1 + i]) for n, i in enumerate(order, start=1)]
    top = game.similarities.max()
    weights = np.exp((game.similarities - top) / kappa)
    shown = [
        (
            name,
            f"{middle_s(frame):.2f}",
            " + ".join(map(str, game.codes[frame])),
            f"{value:.3f}",
            f"{float(np.exp((value - top) / kappa) / weights.sum()):.3f}",
        )
        for name, frame, value in rows
    ]
    return pictures.table(("", "At (s)", "Entries", "Cosine", "Probability"), shown, marked=0)


def losses(game: Game, kappa: float) -> dict[str, Any]:
    """Draw the loss over the temperature."""
    values = np.array([loss_at(game.similarities, k) for k in KAPPAS])
    now = float(loss_at(game.similarities, kappa))
    count = 1 + int((~game.same).sum())
    return figure(
        [
            line(KAPPAS, values, name="this frame"),
            line(
                KAPPAS,
                np.full(len(KAPPAS), np.log(count)),
                color="var(--lab-c4)",
                name="guessing",
                line={"dash": "dot"},
            ),
            line(np.array([kappa]), np.array([now]), color="var(--lab-c2)", name="chosen κ", mode="markers"),
        ],
        alt=f"At κ = {kappa:g} the loss is {now:.2f}. For large κ it goes to ln {count} = {np.log(count):.2f}, that of "
        "guessing; for small κ only the nearest candidate counts.",
        x_title="Temperature κ",
        y_title="Loss (nats)",
        xaxis={"type": "log"},
        showlegend=True,
    )


def books(codes: np.ndarray, entries: int) -> tuple[dict[str, Any], str]:
    """Draw how often each entry is used, and say what the perplexities are."""
    counts = [np.bincount(column, minlength=entries) for column in codes.T]
    measured = [perplexity(count / count.sum()) for count in counts]
    traces = [
        {
            "type": "bar",
            "x": np.arange(entries),
            "y": np.sort(count)[::-1],
            "name": f"codebook {g}",
            "marker": {"color": f"var(--lab-c{g})"},
            "hovertemplate": "%{y} frames<extra></extra>",
        }
        for g, count in enumerate(counts, start=1)
    ]
    said = " and ".join(f"{value:.1f}" for value in measured)
    picture = figure(
        traces,
        alt=f"{' and '.join(str(int((count > 0).sum())) for count in counts)} of {entries} entries occur.",
        x_title="Entries, most used first",
        y_title="Frames",
        barmode="group",
        showlegend=True,
    )
    games = facts().about["games"]
    pairs = len(np.unique(codes, axis=0))
    return picture, sentence(
        f"The perplexity of the two codebooks in this sound is <strong>{said}</strong> of {entries}; its {len(codes)} "
        f"frames have {pairs} different pairs of the {entries**2:,} there are. One short sound holds few of all sounds "
        f"of speech: over {facts().about['test_minutes']:g} minutes of two readers that the network has never heard it "
        f"is {games['code_perplexity']:.1f} (measured by training/ssl/measure.py)."
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    source, kappa = scene.source, float(fields["kappa"])
    game = play(source, fields)
    loss = float(loss_at(game.similarities, kappa))
    counted = 1 + int((~game.same).sum())
    p, span = float(fields["start"]), int(fields["span"])
    expected = hidden_share(p, span)
    measured = facts().about["games"]
    said = sentence(
        f"Hidden: {game.mask.sum()} of {len(game.mask)} frames ({100 * game.mask.mean():.0f}%; "
        f"1 − (1 − start)<sup>span</sup> = {100 * expected:.0f}% is expected in a long sound). For the frame at "
        f"{middle_s(game.frame):.2f} s: sim(c, q) = {game.similarities[0]:.3f}, so the probability "
        f"of the target is {np.exp(-loss):.3f} and the loss −ln {np.exp(-loss):.3f} = <strong>{loss:.2f} nats</strong> "
        f"(1 nat = 1.44 bits); guessing among {counted} would be "
        f"ln {counted} = {np.log(counted):.2f}."
        + (
            f" {game.same.sum()} distractors have the very code of the target and don’t count."
            if game.same.any()
            else ""
        ),
        "Over all hidden frames of this sound the target is the nearest in "
        f"<strong>{100 * game.accuracy:.0f}%</strong> of the games, with a mean loss of {game.mean_loss:.2f} nats. "
        f"Computed now by {WAV2VEC}. On two readers that it has never heard: "
        f"{100 * measured['contrastive_accuracy']:.0f}% (κ = 0.1; chance is 1%).",
    )
    values: dict[str, Any] = {
        "masked_mel": masked_mel(source, game),
        "game_facts": said,
        "candidates": candidates(game),
        "closest": closest(game, kappa),
        "losses": losses(game, kappa),
    }
    rival = int(game.others[int(np.argmax(game.similarities[1:]))])
    values |= {
        "true_sound": code_sound("True target", game.codes, game.frame),
        "rival_sound": code_sound("Nearest distractor", game.codes, rival),
    }
    if fields.changed("clip", "part"):
        values["books"], values["book_facts"] = books(game.codes, models.get(WAV2VEC).entries)
    return values


def code_sound(name: str, codes: np.ndarray, frame: int) -> Any:
    """Return what plays a target: frames of the lab's clips with the same pair of entries, or the nearest there is."""
    entries = models.get(WAV2VEC).entries
    pair = codes[frame]
    found = exemplars.of("codes", int(pair[0]) * entries + int(pair[1]))
    pairs = " + ".join(map(str, pair))
    if not found:  # no other clip has both: those that share the first entry
        found = [one for unit in range(entries) for one in exemplars.of("codes", int(pair[0]) * entries + unit)]
        pairs = f"{pair[0]}, with another second one"
    there = f"places in the lab’s clips with entries {pairs}"
    heard = f"{min(len(found), exemplars.LONGEST)} {there}" if found else f"no {there}"
    return pictures.sound(f"{name}: {heard}", exemplars.joined(found))


def picked(visit: Visit) -> dict[str, Any]:
    """Look at the hidden frame nearest to a click."""
    return {"hidden_s": round(max(float(visit.event.x), 0.0), 3)}


def shuffled(visit: Visit) -> dict[str, Any]:
    """Hide other frames."""
    return {"seed": (int(visit.fields["seed"]) + 1) % 10_000, "hidden_s": -1}


_FRAME = {"hidden_s": -1}
PART = Part(
    slug="contrast",
    title="2 The game of wav2vec 2.0",
    draw=draw,
    show=show,
    fields=("start", "span", "kappa", "hidden_s", "seed"),
    on=(
        On(component="masked_mel", event="pick", handler=picked, redraw="hidden_s"),
        On(component="again", event="click", handler=shuffled, redraw="seed"),
    ),
    forget={"clip": _FRAME},
)
