"""Texts side by side: the visitor's branches and the samples that were drawn, each with its log-probability."""

from __future__ import annotations

import html
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from ..sound import Heard
from . import run
from .pictures import percent, quoted, signed

if TYPE_CHECKING:
    from algorithms.whisper.decode import Decoded


def marked(heard: Heard, tokens: tuple[int, ...], other: tuple[int, ...]) -> str:
    """A text as HTML with what differs from another text underlined; timestamps and the end are left out."""
    model = heard.model
    words = [model.words(given, heard.language) for given in (tokens, other)]
    mine, theirs = ([word.text for word in part] for part in words)
    parts = []
    for what, a, b, _, _ in SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        said = html.escape("".join(mine[a:b]))
        if said:
            parts.append(said if what == "equal" else f"<mark>{said}</mark>")
    return "".join(parts).strip() or "<em>(no text)</em>"


def branches(heard: Heard, now: run.Setting) -> str:
    """The path of choices, each to be undone; the text before the last choice beside the text after it."""
    if not now.choices:
        return (
            '<p class="wi-d-hint">Choose another candidate above: the text before and after stand here side by side, '
            "and every choice can be undone.</p>"
        )
    model = heard.model
    texts = [run.written(heard, replace(now, choices=now.choices[:k])) for k in range(len(now.choices) + 1)]
    rows = [f"<li><b>The model alone</b> {_total(texts[0])}{_undo(now.choices[0][0] + 1, 'Undo all')}</li>"]
    for k, (at, token) in enumerate(now.choices):
        before = texts[k].tokens
        instead = f" instead of {quoted(model, before[at])}" if at < len(before) else ""
        rows.append(
            f'<li style="--deep:{k + 1}"><button type="button" data-pick="step" data-value="{at + 1}">token {at + 1}: '
            f"<b>{html.escape(quoted(model, token))}</b>{html.escape(instead)}</button> {_total(texts[k + 1])}"
            f"{_undo(at + 1, 'Undo')}</li>"
        )
    old, new = texts[-2], texts[-1]
    change = new.total_logprob - old.total_logprob
    verdict = (
        "A rule forbids what you chose: as a whole, this text has probability 0."
        if change == -float("inf")
        else f"The new text is e<sup>{signed(change)}</sup> = {_times(change)} times as likely as the old one"
        + (": the likeliest first token did not lead to the likeliest text." if change > 0 else ".")
    )
    return (
        f'<div class="wi-d-card"><h4>Your branches</h4><ol class="wi-d-branches">{"".join(rows)}</ol>'
        '<div class="wi-d-versus">'
        f"<div><h5>Before the last choice</h5><p>{marked(heard, old.tokens, new.tokens)}</p>{_total(old)}</div>"
        f"<div><h5>After it</h5><p>{marked(heard, new.tokens, old.tokens)}</p>{_total(new)}</div></div>"
        f"<p>{verdict}</p></div>"
    )


def _times(change: float) -> str:
    import math

    if change < -9:
        return "less than 0.0001"
    return f"{math.exp(change):.{4 if change < -4 else 2}f}" if change < 9 else "more than 8,000"


def _total(found: Decoded) -> str:
    return f'<span class="sum">Σ ln p = {signed(found.total_logprob)}, mean {signed(found.avg_logprob, 3)}</span>'


def _undo(step: int, words: str) -> str:
    return (
        f'<button type="button" class="undo" data-pick="undo" data-value="{step}" data-key="u{step}">{words}</button>'
    )


def samples(heard: Heard, now: run.Setting) -> str:
    """What was drawn with the last few seeds, beside the greedy text."""
    if not now.temperature:
        return ""
    greedy = run.written(heard, run.plain(now))
    rows = [("T = 0", greedy, 0)] + [(f"seed {seed}", found, seed) for seed, found in run.draws(heard, now)]
    body = "".join(
        f'<tr class="{"now" if seed == now.seed else ""}"><td>{_pick(name, seed)}</td>'
        f"<td>{marked(heard, found.tokens, greedy.tokens)}</td>"
        f"<td>{signed(found.avg_logprob, 3)}</td><td>{signed(found.total_logprob)}</td>"
        f"<td>{len(found.tokens)}</td></tr>"
        for name, found, seed in rows
    )
    best = max((found.avg_logprob, name) for name, found, _ in rows)[1]
    return (
        f'<div class="wi-d-card"><h4>Drawn at temperature {now.temperature:g} <span class="lab-hint">click a seed to '
        'step through it; underlined: words that differ from T = 0</span></h4><div class="lab-scroll">'
        '<table class="lab-table wi-d-samples"><thead><tr><th>drawn</th><th>text</th><th>mean ln p</th><th>Σ ln p</th>'
        f"<th>tokens</th></tr></thead><tbody>{body}</tbody></table></div>"
        f"<p>Highest mean log-probability: {best}. openai/whisper’s command line and faster-whisper draw five "
        "times when they have to try again, and keep the text with the highest.</p></div>"
    )


def _pick(name: str, seed: int) -> str:
    if not seed:
        return name
    return f'<button type="button" data-pick="seed" data-value="{seed}" data-key="s{seed}">{name}</button>'


def opening(heard: Heard, found: Decoded) -> str:
    """A sentence where nothing was written, or where Whisper would throw the text away."""
    text = heard.model.text(found.tokens).strip()
    silent = found.no_speech_prob > 0.6
    if not text:
        return (
            '<p class="lab-note">The model writes no text here: it ends at once. '
            f"No-speech probability {percent(found.no_speech_prob)}.</p>"
        )
    if silent and found.avg_logprob < -1:
        return (
            '<p class="lab-note">Whisper would throw this text away: the no-speech probability is '
            f"{percent(found.no_speech_prob)} and the mean log-probability {signed(found.avg_logprob, 2)}.</p>"
        )
    return ""
