"""What the decoder's stepper shows as HTML: the tokens, the candidates, the rules, the softmax with its numbers."""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

from ..sound import Heard
from . import run

if TYPE_CHECKING:
    from algorithms.whisper.decode import Candidate, Decoded, Step
    from models.whisper.inside import WhisperInside

SHOWN = 10  # candidates that get bars
BITS = 10.0  # the gauge's full length


def percent(p: float) -> str:
    """A probability for people: 62 %, 4.1 %, 0.03 %, or < 0.01 %."""
    if p == 0:
        return "0"
    if p < 1e-4:
        return "< 0.01 %"
    return f"{100 * p:.{0 if p >= 0.1 else 1 if p >= 0.01 else 2}f} %".replace("100 %", "100 %" if p == 1 else "> 99 %")


def signed(x: float, digits: int = 2) -> str:
    """A number with a true minus sign."""
    if math.isinf(x):
        return "−∞" if x < 0 else "∞"
    return f"{x:.{digits}f}".replace("-", "−")


def shown(model: WhisperInside, token: int) -> str:
    """A token as HTML; a leading space is a dot."""
    name = run.token_text(model, token)
    plain = html.escape(name.lstrip(" ")).replace("\n", "↵")
    return '<i class="sp">·</i>' * (len(name) - len(name.lstrip(" "))) + plain


def quoted(model: WhisperInside, token: int) -> str:
    """A token in a sentence of plain text; a space is a dot."""
    name = run.token_text(model, token)
    return name if name.startswith("<|") else f"“{name.replace(' ', '·')}”"


def opens(tokens: Any, i: int, model: WhisperInside) -> bool:
    """Whether the timestamp at `i` begins a segment."""
    before = tokens[i - 1] if i else None
    if before is not None and model.special.time_s(before) is not None:
        return i < 2 or model.special.time_s(tokens[i - 2]) is None
    return i == 0


# ---------------------------------------------------------------- the stepper


def strip(heard: Heard, now: run.Setting, found: Decoded, at: int) -> str:
    """The stepper: its buttons, the prompt and every token, the present one marked, and a line that explains."""
    model, last = heard.model, len(found.tokens)
    step = at + 1

    def button(sign: str, words: str, to: int, key: str) -> str:
        off = " disabled" if not 1 <= to <= last or to == step else ""
        return (
            f'<button type="button" data-pick="step" data-value="{to}" data-key="{key}" title="{words}" '
            f'aria-label="{sign if sign[0].isalpha() else words}"{off}>{sign}</button>'
        )

    buttons = (
        button("|◀", "First token", 1, "first")
        + button("◀", "One token back", step - 1, "back")
        + '<button type="button" class="play" data-play data-key="play" title="Play" aria-label="Play">▶</button>'
        + button("▶", "One token on", step + 1, "next").replace("▶<", "▸<")
        + button("▶|", "Last token", last, "last").replace("▶|<", "▸|<")
        + button("Least certain word", "The word with the highest entropy", run.hardest(found, model) + 1, "hardest")
    )
    token = found.tokens[at]
    why = _why(model, found, at)
    decides = f"Token <b>{step}</b> of {last}: it writes <b>{shown(model, token)}</b>"
    given = "".join(
        f'<button type="button" class="given" data-why="{html.escape(_given(model, t), quote=True)}">'
        f"{shown(model, t)}</button>"
        for t in found.prompt
    )
    chips = "".join(_chip(model, found, i, at) for i in range(last))
    cut = '<span class="more">… stopped at the limit of tokens</span>' if found.cut else ""
    return (
        f'<div class="wi-d-strip" data-step="{step}" data-last="{last}" data-arrows>'
        f'<div class="wi-d-buttons">{buttons}<span class="wi-d-now" aria-live="polite">{decides}</span></div>'
        f'<div class="wi-d-tokens" role="group" aria-label="Prompt and tokens">{given}'
        f'<span class="wi-d-begin" title="Here the prompt ends">▸</span>{chips}{cut}</div>'
        f'<p class="wi-d-why">{html.escape(why)}</p>'
        f'<p class="wi-d-sums">{_sums(found)}</p></div>'
    )


def _given(model: WhisperInside, token: int) -> str:
    return f"{quoted(model, token)}, given: {run.about(model, token, given=True)}"


def _why(model: WhisperInside, found: Decoded, i: int) -> str:
    step, token = found.steps[i], found.tokens[i]
    about = run.about(model, token, opens=opens(found.tokens, i, model))
    p = "forbidden by a rule" if math.isinf(step.logprob) else f"probability {percent(math.exp(step.logprob))}"
    return f"{quoted(model, token)} (number {token}), {p}. {about}" + (" You chose it." if step.forced else "")


def _chip(model: WhisperInside, found: Decoded, i: int, at: int) -> str:
    token, step = found.tokens[i], found.steps[i]
    name = run.token_text(model, token)
    special = token >= model.special.end
    joined = i > 0 and not special and not name.startswith(" ") and found.tokens[i - 1] < model.special.end
    p = 0.0 if math.isinf(step.logprob) else math.exp(step.logprob)
    marks = " ".join(
        word
        for word, on in (
            ("now", i == at),
            ("later", i > at),
            ("joined", joined),
            ("special", special),
            ("forced", step.forced),
        )
        if on
    )
    current = ' aria-current="step"' if i == at else ""
    return (
        f'<button type="button" class="{marks}" style="--doubt:{1 - p:.2f}" data-pick="step" data-value="{i + 1}" '
        f'data-key="t{i}" data-why="{html.escape(_why(model, found, i), quote=True)}"{current}>'
        f"<span>{shown(model, token)}</span><small>{round(100 * p)}</small></button>"
    )


def _sums(found: Decoded) -> str:
    n = len(found.steps)
    return (
        f"Σ ln p = {signed(found.total_logprob)} over {n} tokens, "
        f"mean <b>{signed(found.avg_logprob, 3)}</b> (below −1, Whisper tries again at a higher temperature). "
        f"No-speech probability <b>{percent(found.no_speech_prob)}</b> (above 60 %, and with a mean below −1, the "
        "window counts as silent). Under each token: its probability in per cent; the more orange, the less sure. "
        '<i class="sp">·</i> is a space that belongs to the token.'
    )


# ---------------------------------------------------------------- one decision


def ten(step: Step) -> list[Candidate]:
    """The candidates that get bars: the likeliest before or after the rules, and the chosen one."""
    first = sorted(step.candidates, key=lambda c: -max(c.raw, c.prob))[:SHOWN]
    if all(c.token != step.token for c in first):
        first[-1] = next(c for c in step.candidates if c.token == step.token)
    return sorted(first, key=lambda c: (-c.prob, -c.raw))


def candidates(heard: Heard, now: run.Setting, found: Decoded, at: int) -> str:
    """The ten likeliest tokens as bars; a click chooses one."""
    model, step = heard.model, found.steps[at]
    warm = now.temperature not in (0.0, 1.0)
    rows = []
    for c in ten(step):
        after = c.hot if warm else c.prob
        chosen = c.token == step.token
        told = f"{percent(c.raw)} before the rules, {percent(c.prob)} after"
        label = f"Choose {run.token_text(model, c.token)}: {told}"
        end = f"<em>{html.escape(c.rule)}</em>" if c.rule else f"<b>{percent(after)}</b>"
        rows.append(
            f'<button type="button" class="{"chosen" if chosen else ""}{" gone" if c.rule else ""}" '
            f'data-pick="choose" data-value="{c.token}" data-key="c{c.token}" '
            f'title="{html.escape(label, quote=True)}">'
            f'<span class="name">{"✓ " if chosen else ""}{shown(model, c.token)}</span>'
            f'<span class="bars"><i class="raw" style="width:{100 * c.raw:.2f}%"></i>'
            f'<i class="after" style="width:{100 * after:.2f}%"></i></span>'
            f'<span class="num">{percent(c.raw)}</span><span class="num">{end}</span></button>'
        )
    at_t = f"after, T = {now.temperature:g}" if warm else "after the rules"
    undo = ""
    if step.forced:
        undo = f'<button type="button" class="undo" data-pick="undo" data-value="{at + 1}">Undo this choice</button>'
    return (
        '<div class="wi-d-card"><h4>What could come here <span class="lab-hint">click another: decoding goes on from '
        f"it</span>{undo}</h4>"
        '<div class="wi-d-cand"><p class="head"><span class="name">token</span><span class="bars"><i class="raw"></i> '
        f'before <i class="after"></i> {at_t}</span><span class="num">before</span>'
        f'<span class="num">after</span></p>{"".join(rows)}</div></div>'
    )


def facts(heard: Heard, now: run.Setting, found: Decoded, at: int) -> str:
    """Uncertainty, what the rules took away, and the softmax with the numbers of this step."""
    model, step = heard.model, found.steps[at]
    bits = step.entropy_bits
    gauge = (
        '<div class="wi-d-card"><h4>How sure it is</h4>'
        f'<div class="wi-d-gauge" role="meter" aria-valuemin="0" aria-valuemax="{BITS:.0f}" aria-valuenow="{bits:.2f}" '
        f'aria-label="Entropy in bits"><i style="width:{100 * min(bits / BITS, 1):.1f}%"></i></div>'
        f"<p>Entropy <b>{bits:.2f} bits</b>: as open as a choice among {2**bits:.1f} equally likely tokens.</p>"
    )
    vocab = model.net.vocab
    if step.removed:
        rows = "".join(
            f"<tr><td><b>{html.escape(rule)}</b><br>{html.escape(why)}</td><td>{count:,}</td><td>{percent(mass)}</td></tr>"
            for rule, why, count, mass in step.removed
        )
        gone = sum(count for _, _, count, _ in step.removed)
        rules = (
            '<table class="lab-table wi-d-rules"><thead><tr><th>Rule</th><th>removes</th><th>probability</th></tr>'
            f"</thead><tbody>{rows}</tbody></table><p>{vocab - gone:,} of {vocab:,} tokens are left.</p>"
        )
    else:
        gone, rules = 0, "<p>All rules are off: any token may come.</p>"
    return gauge + rules + _formula(heard, now, step, vocab - gone) + "</div>"


def _formula(heard: Heard, now: run.Setting, step: Step, left: int) -> str:
    chosen = next(c for c in step.candidates if c.token == step.token)
    name = shown(heard.model, step.token)
    if chosen.rule:
        return f"<p>{name} is forbidden here, so its probability is 0 and ln p = −∞: you forced it.</p>"
    t = now.temperature or 1.0
    symbols = "p(w) = e<sup>z<sub>w</sub> / T</sup> / Σ<sub>v</sub> e<sup>z<sub>v</sub> / T</sup>"
    numbers = (
        f"p({name}) = e<sup>{signed(chosen.logit)} / {t:g}</sup> / e<sup>{signed(step.log_norm)}</sup>"
        f" = e<sup>{signed(chosen.logit / t - step.log_norm)}</sup> = <b>{chosen.hot:.4f}</b>"
    )
    if now.temperature == 0:
        note = (
            "T is 0: the largest z is taken, and nothing is drawn. The numbers here are for T = 1, "
            "which log-probabilities use."
        )
    else:
        note = f"Drawn with seed {now.seed}; at T = 1 it would be {chosen.prob:.4f}, which log-probabilities use."
    return (
        f'<div class="wi-d-formula"><p>{symbols}</p><p>{numbers}</p>'
        f"<small>z: the network's score (logit). e<sup>{signed(step.log_norm)}</sup> is the sum over the {left:,} "
        f"tokens left. {note}</small></div>"
    )
