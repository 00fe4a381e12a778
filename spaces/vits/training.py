"""Part 6: training, explained on its parts: what is there in training alone, the alignment search, the losses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gradio as gr
import numpy as np

from algorithms.vits import alignment, durations
from components import static_files
from components.lesson import Fields, Part
from components.page import text

from .drawing import table, token_names
from .speech import Spoken

if TYPE_CHECKING:
    from .page import Scene

MOST_FRAMES = 70  # of a word that fits into the table
PLAN = """
<div class="vits-plan">
<h4>Speaking (all of it is on this page)</h4>
<ol><li>text</li><li>text encoder</li><li>duration predictor</li><li>prior, a column a frame</li>
<li>flow, backwards</li><li>decoder</li><li>sound</li></ol>
<h4>Training, from the sound</h4>
<ol><li>sound</li><li class="lost">linear spectrogram → posterior encoder: z</li>
<li>decoder, on a random slice of z</li><li class="lost">discriminators: real or made?</li></ol>
<h4>Training, from both ends</h4>
<ol><li>text encoder: a normal distribution a token</li><li>alignment search</li><li>flow, forwards: f(z)</li></ol>
</div>
<p class="lab-sentence">Dashed: needed in training alone, so the packaged voice does not hold it.</p>
"""
LOSSES = (
    (
        "Reconstruction",
        "45 · |mel(x) − mel(x̂)|",
        "decoder, posterior encoder",
        "The sound has to match the recording. (45 is the weight in the authors’ code.)",
    ),
    (
        "KL divergence",
        "log σp − log σq − ½ + (f(z) − μp)² / 2σp²",
        "posterior and text encoder, flow",
        "What the sound says of z and what the text says of it have to agree.",
    ),
    (
        "Duration",
        "− variational bound of log p(d | text)",
        "duration predictor alone",
        "d is what the search has found; its gradient stops before the text encoder.",
    ),
    (
        "Adversarial",
        "(D(x̂) − 1)², and for D: (D(x) − 1)² + D(x̂)²",
        "decoder against discriminators",
        "Least squares. A distance alone asks for the mean of all that would fit, which sounds muffled.",
    ),
    (
        "Feature matching",
        "|Dˡ(x) − Dˡ(x̂)|, summed over layers",
        "decoder",
        "Alike in all that the discriminator looks at, not in its verdict alone.",
    ),
)
TEXT_SEARCH = r"""
**Nobody tells the network where a phoneme ends.** In training both text and sound are given, but no times. With $f(z)$
of the recording and the priors of its tokens, monotonic alignment search (MAS) finds the alignment with the largest
likelihood by dynamic programming: $Q_{i,j} = \max(Q_{i-1,j-1}, Q_{i,j-1}) + \log \mathcal{N}(f(z)_j; \mu_i,
\sigma_i)$. It is a Viterbi search through a left-to-right hidden Markov model. The alignment gives the durations that
the predictor learns, and decides which prior each frame is compared with: with each step of training both get better.

**What is real here.** The priors are the voice's own. The posterior encoder is not in the package, so the frames are
those that this page has drawn for the word and not those of a recording: that is why the right answer is known (the
framed cells). Raise the noise: where two neighbouring tokens have similar priors, the search begins to miss by a
frame.
"""
TEXT_LOSSES = r"""
**Why one stage.** A pipeline of two networks is trained in two steps: first text to mel, then mel to sound, and the
second is best tuned once more on the first one's imperfect mels. VITS has no mel in the middle: $z$ is
learned, *how it sounds* decides what $z$ becomes, and the KL term teaches the text encoder to foretell it. (The
gradients of the sound's losses end at the posterior encoder; the text encoder gets those of the KL term alone.) A
variational autoencoder makes that trainable: during training $z$ comes from the recording itself, so the decoder always
gets input that fits its target, and the text side only has to learn to predict such a $z$. The decoder is trained on
short random slices (Kim et al. take 32 frames), because samples cost memory.
"""
TEMPLATE = """
<section class="vits-search" aria-label="Monotonic alignment search">
  <h3>Monotonic alignment search on one word <span class="lab-hint">click a cell, or use the arrow keys</span></h3>
  <div class="vits-search-scroll"><canvas tabindex="0" role="img"
    aria-label="Table of tokens and frames"></canvas></div>
  <div class="vits-search-row"><button type="button">▶ Play the search</button>
    <input type="range" min="0" max="1" value="0" aria-label="Step of the search"></div>
  <p class="vits-search-words" aria-live="polite"></p>
</section>
"""


class SearchTable(gr.HTML):
    """The animated table. Give it what `searched` returns."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            value=kwargs.pop("value", None),
            html_template=TEMPLATE,
            js_on_load=static_files.module_loader("search.js", "lab.mount({element, props, watch})", room="vits"),
            apply_default_css=False,
            **kwargs,
        )

    def postprocess(self, value: dict[str, Any] | None) -> str | None:
        """Encode as text."""
        return None if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def preprocess(self, payload: str | None) -> None:
        """It is never an input."""
        return None


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    gr.HTML(PLAN, apply_default_css=False)
    with gr.Row(elem_classes="lab-row"):
        parts["word"] = gr.Slider(1, 30, 2, step=1, label="Which group of sounds")
        parts["m_noise"] = gr.Slider(0, 4, 0.667, step=0.001, label="Noise in its frames (times σ)")
    parts["search"] = SearchTable()
    parts["fits"] = gr.HTML("", apply_default_css=False)
    text(TEXT_SEARCH)
    rows = [tuple(map(str, row)) for row in LOSSES]
    gr.HTML('<h2 class="lab-section">Five losses</h2>', apply_default_css=False)
    gr.HTML(table(("Loss", "Of one item", "Trains", "Why"), rows), apply_default_css=False)
    text(TEXT_LOSSES)
    return parts


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    spoken = scene.spoken
    if spoken.inside is None:
        return {}
    words = len(spoken.script.words)
    word = min(max(int(fields["word"]), 1), words)
    found = searched(spoken, word - 1, float(fields["m_noise"]))
    shown = {"search": found["table"], "fits": found["fits"]}
    if words > 1:
        shown["word"] = gr.update(maximum=words, value=word)
    return shown


def searched(spoken: Spoken, word: int, noise_scale: float) -> dict[str, Any]:
    """Search the alignment of one group of sounds.

    Returns
    -------
    dict
        ``table`` for the widget, and ``fits``: how well three alignments fit, as HTML.
    """
    units = [u for u in spoken.script.units if u.word == word]
    tokens = slice(units[0].start, units[-1].end)
    states = spoken.inside.states
    mean, log_sigma = states.mean[:, tokens], states.log_sigma[:, tokens]
    frames = spoken.frames[tokens]
    while frames.sum() > MOST_FRAMES and frames.max() > 1:  # a word that was drawn out by hand
        frames = np.maximum(frames - (frames == frames.max()), 1)
    z = durations.prior_sample(mean, log_sigma, frames, noise_scale=noise_scale, seed=spoken.wish.seed)
    log_p = alignment.log_likelihood(z, mean, log_sigma)
    best = alignment.search(log_p)
    truth = np.repeat(np.arange(len(frames)), frames)
    right = int((best.token_of == truth).sum())
    even = np.minimum(np.arange(len(truth)) * len(frames) // len(truth), len(frames) - 1)
    names = token_names(spoken)[tokens]
    ways = alignment.count_paths(*log_p.shape)
    written = spoken.script.words[word] or "".join(u.text for u in units)
    summary = (
        f"{right} of {len(truth)} frames of “{written}” went to the token that they were made for. There are "
        f"{_large(ways)} alignments of {len(frames)} tokens with {len(truth)} frames; the table has {log_p.size:,} "
        "cells."
    )
    column = np.arange(len(truth))
    rows = [
        (name, f"{log_p[path, column].sum() / len(truth):.1f}", f"{int((path == truth).sum())} of {len(truth)}")
        for name, path in (
            ("found by the search", best.token_of),
            ("the durations it was made with", truth),
            ("every token equally long", even),
        )
    ]
    shown = {
        "tokens": names,
        "log_p": np.round(log_p, 2).tolist(),
        "table": [[None if np.isinf(v) else round(v, 2) for v in row] for row in best.table.tolist()],
        "found": best.token_of.tolist(),
        "true": truth.tolist(),
        "summary": summary,
    }
    return {"table": shown, "fits": table(("Alignment", "Log likelihood a frame", "Frames as made"), rows)}


def _large(n: int) -> str:
    """Write a number of things: "1,352,078", and from a billion on "4.8 × 10⁹"."""
    if n < 10**9:
        return f"{n:,}"
    power = len(str(n)) - 1
    return f"{n / 10**power:.1f} × 10{str(power).translate(str.maketrans('0123456789', '⁰¹²³⁴⁵⁶⁷⁸⁹'))}"


PART = Part(slug="training", title="6 Training", draw=draw, show=show, fields=("word", "m_noise"))
