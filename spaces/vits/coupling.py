"""Part 4: the flow: from a sample of the prior, layer by layer, to what the decoder takes; and what chance does."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.vits import FRAME_S, SAMPLE_RATE, durations, flow
from components.figure import Figure, figure, heatmap
from components.lesson import Fields, On, Part, Visit
from components.page import text
from components.player import Player, Sound

from . import speech
from .drawing import MARGIN, levels, mel_axis, mel_trace, pooled, table, time_axis
from .speech import COUPLINGS, Spoken
from .strip import CLOCK

if TYPE_CHECKING:
    from .page import Scene

STAGES = [("prior sample", 0), ("after layer 1", 1), ("2", 2), ("3", 3), ("z, after layer 4", 4)]
TEXT = r"""
**What the flow is for.** A prior with one mean and one spread for all frames of a token is a poor guess at speech,
which moves on within a sound. In training the flow maps the latents of real speech, $z$, to $f_\theta(z)$, where so
simple a prior fits them; the way back, $f_\theta^{-1}$, turns samples of the simple prior into believable latents. In
the paper's listening test, speech without the flow fell from a mean opinion score of **4.50 to 2.98** (Kim et al.
2021, ablation): there the model was *trained* without it. Here the trained flow is left out, which the decoder has
never met, so expect a larger effect than that.

**A coupling layer can be undone, whatever network it contains.** It leaves one half of the channels alone and shifts
the other half by a function of the first: $y_0 = x_0$, $\; y_1 = x_1 - m(x_0)$. Whoever has $y_0$ has $x_0$ and thus
$m(x_0)$. The order of the channels is reversed before each layer, so that both halves get their turn. The table
measures this: the half that is kept differs by exactly 0.

**noise_scale** multiplies the prior's spread. At 0 every token is its mean: clear and dull, the same each time. The
voice's own 0.667 is less than the 1 of training: a narrower choice sounds cleaner than a typical one. Above 1 the
samples come from where training hardly ever was.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    parts["use"] = gr.Radio(
        [("flow on", 4), ("3 layers", 3), ("2", 2), ("1", 1), ("flow off", 0)],
        value=COUPLINGS,
        label="Coupling layers that the decoder gets to hear",
        elem_classes="lab-chips",
    )
    parts["sounds"] = Figure("What the decoder makes of it", clock=CLOCK, height=220, hint="click to go there")
    parts["stage"] = gr.Radio(STAGES, value=0, label="Latent frames: 192 channels", elem_classes="lab-chips")
    parts["latent"] = Figure("Latent frames", clock=CLOCK, height=260)
    parts["layers"] = gr.HTML("", apply_default_css=False)
    with gr.Column():
        gr.HTML('<h2 class="lab-section">One sentence, two seeds</h2>', apply_default_css=False)
        with gr.Row(elem_classes="lab-row"):
            parts["other"] = gr.Number(1, label="The other seed", minimum=0, maximum=9999, step=1, precision=0)
            parts["rhythm"] = gr.Checkbox(False, label="with the durations of the first")
        parts["player_b"] = Player("vits-b", label="The other seed")
        parts["mel_a"] = Figure("The first seed", clock=CLOCK, height=190)
        parts["mel_b"] = Figure("The other one", clock="vits-b", height=190)
        parts["apart"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    if spoken.inside is None:
        return {}
    stage = int(fields["stage"])
    if fields.moved == "stage":
        return {"latent": latent(spoken, stage)}
    other = second(spoken, int(fields["other"] or 0), bool(fields["rhythm"]))
    title = f"The same sentence with seed {other.wish.seed}"
    drawn: dict[str, Any] = {
        "player_b": Sound(title, y=other.y, sample_rate=SAMPLE_RATE),
        "mel_b": mel(other, f"seed {other.wish.seed}"),
        "apart": compared(spoken, other),
    }
    if fields.moved in ("other", "rhythm"):
        return drawn
    return drawn | {
        "use": spoken.wish.couplings,
        "sounds": mel(spoken, f"{spoken.wish.couplings} of {COUPLINGS} coupling layers"),
        "latent": latent(spoken, stage),
        "layers": measured(spoken),
        "mel_a": mel(spoken, f"seed {spoken.wish.seed}"),
    }


def second(spoken: Spoken, seed: int, same_rhythm: bool) -> Spoken:
    """Say the sentence with another seed; where the rhythm shall stay, with all durations set to the first one's."""
    wish = replace(spoken.wish, seed=seed)
    if same_rhythm:
        frames = durations.of_units(spoken.frames, spoken.script.units)
        wish = replace(wish, edits=tuple((i, int(n)) for i, n in enumerate(frames)))
    return speech.speak(wish)


def mel(spoken: Spoken, what: str) -> dict[str, Any]:
    """Draw the log-mel of a sound."""
    y = spoken.y
    return figure(
        [mel_trace(y)],
        alt=f"Log-mel spectrogram with {what}: {spoken.duration_s:.2f} s, RMS {np.sqrt(np.mean(y**2)):.3f}.",
        x_title="Time (s)",
        y_title="Frequency (Hz)",
        home=spoken.wish.text,
        xaxis=time_axis(spoken),
        yaxis={"fixedrange": True, **mel_axis()},
        margin=MARGIN,
    )


def latent(spoken: Spoken, stage: int) -> dict[str, Any]:
    """Draw the latent frames of a stage, 0 to 4, with channels in the decoder's order."""
    inside = spoken.inside
    stages = [inside.z_p, *inside.stages]
    z, group = pooled(speech.shortened(stages, stage), 900)
    edge = float(np.percentile(np.abs(z), 99))
    smooth = roughness(stages[stage])
    return figure(
        [
            heatmap(
                levels(z, -edge, edge),
                -edge,
                edge,
                unit="value",
                x0=FRAME_S * group / 2,
                dx=FRAME_S * group,
                hovertemplate="%{x:.2f} s<br>channel %{y}<br>%{z:.2f}<extra></extra>",
            )
        ],
        alt=(
            f"Stage {stage} of {COUPLINGS}: {z.shape[0]} channels, {stages[stage].shape[1]} frames, spread "
            f"{stages[stage].std():.2f}; neighbouring frames correlate by {smooth:.2f}."
        ),
        x_title="Time (s)",
        y_title="Channel",
        home=spoken.wish.text,
        xaxis=time_axis(spoken),
        margin=MARGIN,
    )


def roughness(z: np.ndarray) -> float:
    """Return the correlation of each channel [C, F] with itself one frame later, all channels together."""
    z = z - z.mean(1, keepdims=True)
    power = float((z**2).sum())
    return float((z[:, 1:] * z[:, :-1]).sum() / power) if power else 0.0


def measured(spoken: Spoken) -> str:
    """Return a table of what each layer has done, measured on this sentence."""
    stages = [spoken.inside.z_p, *spoken.inside.stages]
    rows = [("prior sample", "–", "–", f"{stages[0].std():.2f}", f"{roughness(stages[0]):.2f}")]
    for i, (before, after) in enumerate(pairwise(stages), 1):
        seen = flow.inspect(before, after)
        rows.append(
            (f"layer {i}", f"{seen.kept:g}", f"{seen.moved:.2f}", f"{seen.spread:.2f}", f"{roughness(after):.2f}")
        )
    head = (
        "Stage",
        "Change in the kept half",
        "Shift of the other (RMS)",
        "Spread of all",
        "Correlation to the next frame",
    )
    return table(head, rows)


def compared(a: Spoken, b: Spoken) -> str:
    """Say how far apart two seeds are."""
    units = a.script.units
    first, other = (durations.of_units(s.frames, units) for s in (a, b))
    longer = int(np.abs(first - other).argmax())
    apart = int(np.abs(first - other).sum())
    if not apart:
        return (
            '<p class="lab-sentence">The same durations to the frame: what differs is the noise in the prior alone, '
            "heard as small changes of pitch and colour.</p>"
        )
    return (
        f'<p class="lab-sentence">{a.duration_s:.2f} s and {b.duration_s:.2f} s: {apart} frames were given to other '
        f"sounds, most at number {longer} of the strip ({first[longer]} and {other[longer]} frames). Tick the box to "
        "keep the rhythm and hear the prior’s noise alone.</p>"
    )


def used(visit: Visit) -> dict[str, Any]:
    """Take over how many layers are used."""
    return {"couplings": min(max(int(visit.taken["use"]), 0), COUPLINGS)}


PART = Part(
    slug="flow",
    title="4 The flow",
    draw=draw,
    show=show,
    fields=("stage", "other", "rhythm"),
    on=(On(component="use", event="input", handler=used, takes=("use",), redraw="couplings"),),
)
