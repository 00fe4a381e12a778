"""Part 5: how a separation is measured: SDR, SI-SDR, PESQ, STOI, and where they and the ear disagree."""

from __future__ import annotations

import warnings
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from algorithms import separation as sep
from components.figure import Figure, figure, line
from components.lesson import Fields, Part
from components.page import text
from components.player import Player
from components.words import table

from .scene import Scene
from .sound import RATE, Apart
from .words import card, db, escaped, sound

METRICS = {"si_sdr": "SI-SDR", "sdr": "SDR", "improvement": "SI-SDR improvement", "pesq": "PESQ", "stoi": "STOI"}
CASES = {
    "late": "the true voice, 1 ms late",
    "flip": "the true voice, upside down",
    "faint": "the true voice with the other one 15 dB below it",
    "dull": "the true voice without everything above 1.2 kHz",
}
GAINS_DB = np.arange(-20.0, 21.0, 1.0)

TEXT = r"""
**SDR** compares waveforms sample by sample: $10 \lg (\lVert s \rVert^2 / \lVert s - \hat s \rVert^2)$. Turn the
output up or down and it changes, although nothing else has. **SI-SDR** first finds the multiple of the true voice
that is nearest to the output, $\alpha = \langle \hat s, s \rangle / \langle s, s \rangle$, and counts only what is
left:

$$\text{SI-SDR} = 10 \lg \frac{\lVert \alpha s \rVert^2}{\lVert \alpha s - \hat s \rVert^2}$$

**Improvement** (SI-SDRi) subtracts what the untouched mixture has, so an easy mixture earns nothing. Papers before
2018 mostly give the SDR of BSS Eval, a third definition, which forgives every filter of 512 taps: numbers of
different definitions can't be compared (Le Roux et al. 2019). **PESQ** (ITU-T P.862, made for telephony, about 1 to
4.5) and **STOI** (0 to 1, how intelligible) model hearing, and were fitted to other distortions than a separator's.
"""


def draw() -> dict[str, Any]:
    """Lay the part out and name its components."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="sep-row"):
        parts["measured"] = gr.Radio(
            [("first", "0"), ("second", "1")], value="0", label="Voice", elem_classes="lab-chips"
        )
        parts["gain"] = gr.Slider(-20, 20, 0, step=1, label="Turn the output up by (dB)", min_width=200)
    parts["scaled"] = Player("separation", label="The output with this gain")
    parts["gains"] = Figure("SDR and SI-SDR of the output over its gain", height=220)
    parts["all_metrics"] = gr.HTML("", apply_default_css=False)
    parts["metric"] = gr.Radio(
        [(v, k) for k, v in METRICS.items()], value="si_sdr", label="Explain", elem_classes="lab-chips"
    )
    parts["metric_card"] = gr.HTML("", apply_default_css=False)
    text("### Where metric and ear disagree\n\nFour versions made from the **true** voice, no network involved.")
    parts["odd"] = gr.Radio([(v, k) for k, v in CASES.items()], value="late", label="Version", elem_classes="lab-chips")
    parts["odd_sound"] = Player("separation", label="The version")
    parts["odd_scores"] = gr.HTML("", apply_default_css=False)
    text(TEXT)
    return parts


def perceptual(estimate: np.ndarray, source: np.ndarray) -> tuple[float, float]:
    """Return PESQ (narrow band) and STOI of an estimate [n] at 8 kHz; NaN where they are not defined."""
    from pesq import NoUtterancesError, pesq
    from pystoi import stoi

    estimate, source = np.asarray(estimate, np.float32), np.asarray(source, np.float32)
    if not np.ptp(estimate) or not np.ptp(source):
        return float("nan"), float("nan")
    try:
        quality = float(pesq(RATE, source, estimate, "nb"))
    except (NoUtterancesError, ValueError):  # nobody speaks, or less than a quarter of a second
        quality = float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)  # "not enough frames": it would return 1e-5
        try:
            return quality, float(stoi(source, estimate, RATE))
        except RuntimeWarning:
            return quality, float("nan")


@lru_cache(maxsize=8)
def measured(apart: Apart, voice: int) -> dict[str, tuple[float, float]]:
    """Return each metric of the mixture and of the output, for one voice."""
    mixture, source, output = apart.mixed.mixture, apart.mixed.sources[voice], apart.output_of(voice)
    before, after = sep.si_sdr_db(mixture, source), sep.si_sdr_db(output, source)
    pesq, stoi = zip(perceptual(mixture, source), perceptual(output, source), strict=True)
    return {
        "sdr": (sep.sdr_db(mixture, source), sep.sdr_db(output, source)),
        "si_sdr": (before, after),
        "improvement": (0.0, after - before),
        "pesq": pesq,
        "stoi": stoi,
    }


def number(metric: str, value: float) -> str:
    """Write a metric's value with its unit."""
    if metric in ("pesq", "stoi"):
        return "–" if np.isnan(value) else f"{value:.2f}"
    return db(value, sign=metric == "improvement")


def explain(metric: str, apart: Apart, voice: int, gain: float) -> str:
    """Return a metric's formula with this output's numbers, as HTML."""
    source, output = apart.mixed.sources[voice], apart.output_of(voice) * 10 ** (gain / 20)
    found = sep.parts_of(output, source)
    if metric == "sdr":
        wanted, wrong = float(np.sum(source.astype(float) ** 2)), float(np.sum((output - source).astype(float) ** 2))
        return card(
            "SDR",
            f"10 lg( |s|² / |s − output|² ) = 10 lg( {wanted:.4g} / {wrong:.4g} ) = "
            f"<strong>{db(sep.sdr_db(output, source))}</strong>",
        )
    if metric == "pesq":
        return card(
            "PESQ",
            "No formula of one line: both sounds are aligned in time, turned into loudness on a Bark scale, and "
            "their differences are weighted by how much they disturb; then a fitted curve gives a mean opinion score.",
        )
    if metric == "stoi":
        return card(
            "STOI",
            "In 15 third-octave bands, over stretches of 384 ms, the envelopes of both sounds are correlated; STOI "
            "is the mean of all these correlations (Taal et al. 2011).",
        )
    value = db(sep.si_sdr_db(output, source))
    lines = [
        f"α = ⟨output, s⟩ / ⟨s, s⟩ = <strong>{found.scale:.4f}</strong>",
        f"10 lg( |αs|² / |αs − output|² ) = 10 lg( {found.target_energy:.4g} / {found.error_energy:.4g} ) = "
        f"<strong>{value}</strong>",
    ]
    if metric == "improvement":
        before = sep.si_sdr_db(apart.mixed.mixture, source)
        lines.append(
            f"less the mixture's {db(before)}: <strong>{db(sep.si_sdr_db(output, source) - before, sign=True)}</strong>"
        )
    return card(METRICS[metric], *lines)


def odd(kind: str, apart: Apart, voice: int) -> np.ndarray:
    """Return a version of the true voice that a metric and an ear judge differently: [n]."""
    source = apart.mixed.sources[voice]
    if kind == "late":
        late = RATE // 1000
        return np.pad(source, (late, 0))[: len(source)]
    if kind == "flip":
        return -source
    if kind == "faint":
        other = np.delete(apart.mixed.sources, voice, axis=0).sum(0)
        energy = [max(float(np.sum(y.astype(float) ** 2)), 1e-12) for y in (source, other)]
        return source + other * np.float32(np.sqrt(energy[0] / energy[1]) * 10 ** (-15 / 20))
    spectrum = np.fft.rfft(source)
    spectrum[np.arange(len(spectrum)) * RATE / len(source) > 1200] = 0
    return np.fft.irfft(spectrum, len(source)).astype(np.float32)


ODD_WORDS = {
    "late": "Nobody hears a millisecond of delay, and PESQ and STOI line the sounds up in time or hardly mind; "
    "SI-SDR does not.",
    "flip": "Upside down a voice sounds the same. α only becomes negative, so SI-SDR does not mind; SDR compares "
    "with the "
    "voice itself and finds an error of twice the voice: −6 dB.",
    "faint": "The other voice is easily heard and followed, a failure for anyone who wanted it gone, at a score that "
    "many "
    "papers would be glad of.",
    "dull": "Most of a voice's energy lies below 1 kHz, so little is missing for SI-SDR; the ear misses the "
    "consonants.",
}


@lru_cache(maxsize=16)
def _odd_scores(kind: str, apart: Apart, voice: int) -> str:
    y, source = odd(kind, apart, voice), apart.mixed.sources[voice]
    pesq, stoi = perceptual(y, source)
    cells = (db(sep.sdr_db(y, source)), db(sep.si_sdr_db(y, source)), number("pesq", pesq), number("stoi", stoi))
    return table(("SDR", "SI-SDR", "PESQ", "STOI"), [cells]) + f'<p class="sep-sentence">{ODD_WORDS[kind]}</p>'


def gain_picture(apart: Apart, voice: int, gain: float) -> dict[str, Any]:
    """Draw SDR and SI-SDR over the output's gain."""
    source, output = apart.mixed.sources[voice], apart.output_of(voice)
    curves = [
        np.array([measure(output * 10 ** (g / 20), source) for g in GAINS_DB])
        for measure in (sep.sdr_db, sep.si_sdr_db)
    ]
    best = GAINS_DB[int(np.nanargmax(np.nan_to_num(curves[0], nan=-200.0)))]
    return figure(
        [
            line(GAINS_DB, curves[0], color="var(--lab-c2)", name="SDR"),
            line(GAINS_DB, curves[1], color="var(--lab-c1)", name="SI-SDR"),
        ],
        alt=f"SI-SDR is {db(float(curves[1][0]))} at every gain; SDR is highest at {best:.0f} dB.",
        x_title="Gain (dB)",
        y_title="dB",
        shapes=[
            {
                "type": "line",
                "x0": gain,
                "x1": gain,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"dash": "dot", "width": 1.5},
            }
        ],
        showlegend=True,
        margin={"t": 28},
        dragmode=False,
    )


def show(scene: Scene, fields: Fields) -> dict[str, Any]:
    """Return what the named components show."""
    apart = scene.apart
    if apart is None or apart.scores is None:
        why = scene.problem or "Nobody knows the true voices of this mixture, so nothing can be measured."
        players = dict.fromkeys(("scaled", "odd_sound"))
        said = f'<p class="sep-sentence">{escaped(why)}</p>'
        return {
            **players,
            "gains": figure([], alt=why, dragmode=False),
            "all_metrics": said,
            "metric_card": "",
            "odd_scores": "",
        }
    voice, gain = int(fields["measured"]), float(fields["gain"])
    values: dict[str, Any] = {}
    if fields.changed("part", "clip", "other", "third", "level", "overlap", "noise", "measured", "odd"):
        title = f"{apart.mixed.names[voice]}: {CASES[fields['odd']]}"
        values |= {
            "odd_sound": sound(title, odd(fields["odd"], apart, voice)),
            "odd_scores": _odd_scores(fields["odd"], apart, voice),
        }
    found = measured(apart, voice)
    rows = [(METRICS[metric], number(metric, found[metric][0]), number(metric, found[metric][1])) for metric in METRICS]
    output = apart.output_of(voice)
    title = f"{apart.mixed.names[voice]}: the output, {gain:+.0f} dB"
    return {
        **values,
        "scaled": sound(title, output, gain=10 ** (gain / 20)),
        "gains": gain_picture(apart, voice, gain),
        "all_metrics": table((escaped(apart.mixed.names[voice]), "mixture", "output"), rows),
        "metric_card": explain(fields["metric"], apart, voice, gain),
    }


PART = Part(
    slug="measure",
    title="5 How we measure",
    draw=draw,
    fields=("measured", "gain", "metric", "odd"),
    show=show,
)
