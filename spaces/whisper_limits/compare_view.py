"""How part B is drawn: words in aligned columns, rates with their formula filled in, steps, sizes."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence

import gradio as gr

from algorithms.text.wer import ErrorCounts
from components import static_files
from models import ModelUnavailable
from models.whisper.result import Result, model_name

from . import counting
from .counting import ModelSize, Pair, Scores
from .fail_view import number
from .normalise import LEVELS, steps

LETTERS = {"substitution": "S", "deletion": "D", "insertion": "I", "hit": ""}
MAX_PAIRS = 400  # columns that are drawn: a loop may hold hundreds of words
CLICK = """
element.addEventListener('click', (event) => {
  const word = event.target.closest('[data-from]');
  if (word) lab.clock('limits').playSpan(Number(word.dataset.from), Number(word.dataset.to));
});
"""


def playable() -> gr.HTML:
    """Draw HTML in which elements with ``data-from`` and ``data-to`` (seconds) play that stretch when clicked."""
    return gr.HTML("", js_on_load=static_files.module_loader("clock.js", CLICK), apply_default_css=False)


def percent(rate: float) -> str:
    """Return a rate as a percentage."""
    return f"{100 * rate:.1f} %"


def formula(name: str, counts: ErrorCounts, unit: str) -> str:
    """Return a rate's formula with the counts of an alignment filled in."""
    if not counts.n_ref:
        return f"{name} is not defined: the reference has no {unit}."
    return (
        f"{name} = (S + D + I) / N = ({counts.substitutions} + {counts.deletions} + {counts.insertions}) / "
        f"{counts.n_ref} {unit} = <strong>{percent(counts.rate)}</strong>"
    )


def _column(pair: Pair) -> str:
    letter = LETTERS[pair.kind]
    ref, hyp = pair.ref or "—", pair.hyp or "—"
    said = f"{pair.kind}: “{ref}” and “{hyp}”" if letter else f"“{ref}”"
    times = ""
    if pair.span is not None:
        said += f", {pair.span[0]:.2f} to {pair.span[1]:.2f} s"
        times = f' data-from="{max(0.0, pair.span[0] - 0.05):.3f}" data-to="{pair.span[1] + 0.1:.3f}"'
    said = html.escape(said, quote=True)
    return (
        f'<button type="button" class="limits-word {pair.kind}"{times} title="{said}">'
        f"<span>{html.escape(ref)}</span><span>{html.escape(hyp)}</span><em>{letter}</em></button>"
    )


def rows(results: Sequence[Result], scores: Sequence[Scores | None], against: str) -> str:
    """Draw every model's words below those they are held against.

    Parameters
    ----------
    results
        One a model.
    scores
        None for the model that is itself the reference.
    against
        Name of the reference: "reference", or a model's.
    """
    if not results:
        return '<p class="lab-table-empty">Press Compare: no model has heard this yet.</p>'
    blocks = []
    for result, scored in zip(results, scores, strict=True):
        name = html.escape(model_name(result.model.id))
        if scored is None:
            text = html.escape(result.transcript.text) or "(nothing)"
            blocks.append(f'<section class="limits-rows"><h3>{name}</h3><p dir="auto">{text}</p></section>')
            continue
        c = scored.words
        drawn = "".join(_column(pair) for pair in scored.pairs[:MAX_PAIRS])
        more = f"<p>… and {len(scored.pairs) - MAX_PAIRS} more columns.</p>" if len(scored.pairs) > MAX_PAIRS else ""
        key = (
            f'<span class="limits-key"><i class="hit">{c.hits} right</i><i class="substitution">S {c.substitutions}'
            f' substituted</i><i class="deletion">D {c.deletions} left out</i><i class="insertion">I {c.insertions} '
            "put in</i></span>"
        )
        rates = (
            ""
            if against != "reference"
            else (
                f'<p class="limits-formula">{formula("WER", c, "words")}</p>'
                f'<p class="limits-formula">{formula("CER", scored.characters, "characters")}</p>'
            )
        )
        other = f"upper row: {html.escape(against)}, lower row: {name}"
        blocks.append(
            f'<section class="limits-rows"><h3>{name}</h3><p class="limits-why">{other}; click a word to hear it</p>'
            f'{key}<div class="limits-words">{drawn or "(no words on either side)"}</div>{more}{rates}</section>'
        )
    return "".join(blocks)


def step_table(reference: str, results: Sequence[Result], level: str) -> str:
    """Show what normalising does to each text, step by step."""
    texts = [("Reference", reference)] if reference else []
    texts += [(model_name(r.model.id), r.transcript.text) for r in results]
    if not texts:
        return ""
    columns = [steps(text, level) for _, text in texts]
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name, _ in [("Step", ""), *texts])
    body = ""
    for i, (what, _) in enumerate(columns[0]):
        cells = "".join(f'<td dir="auto">{_short(c[i][1], i and c[i - 1][1])}</td>' for c in columns)
        body += f'<tr><th scope="row">{what}</th>{cells}</tr>'
    return (
        f'<div class="lab-scroll" tabindex="0" role="region" aria-label="Normalisation"><table class="lab-table '
        f'limits-steps" data-level="{level}"><caption>Normalisation: {LEVELS[level]}</caption>'
        f"<thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _short(text: str, before: str | int) -> str:
    if text == before:
        return '<span class="limits-more">unchanged</span>'
    return html.escape(text if len(text) <= 220 else text[:220] + " …") or "(nothing)"


def sizes(results: Sequence[Result], scores: Sequence[Scores | None], third: Sequence[ModelSize | str]) -> str:
    """Put speed, memory, parameters and rates of the models beside one another.

    Parameters
    ----------
    third
        Of each model its size, or a sentence why it is not known.
    """
    if not results:
        return ""
    lines: list[tuple[str, list[str]]] = [
        ("Parameters, counted", []),
        ("File", []),
        ("Memory taken by loading it", []),
        ("Time", []),
        ("Real-time factor", []),
        ("Match error rate (MER)", []),
        ("Word information lost (WIL)", []),
    ]
    for result, scored, size in zip(results, scores, third, strict=True):
        if isinstance(size, str):
            cells = [size, "", ""]
        else:
            n = f"{size.parameters / 1e6:.2f} million" if size.parameters else "not counted: CTranslate2 hides them"
            cells = [n, f"{size.file_mb:.0f} MB", f"{size.memory_mb:.0f} MB <small>{size.memory_from}</small>"]
        if result.date:
            cells += ["press Compare to measure it on this machine", "–"]
        else:
            when = "<small>measured now, on this machine</small>"
            cells += [f"{result.seconds:.2f} s for {result.done_s:.1f} s {when}", number(result.real_time_factor)]
        cells += [percent(scored.match_error_rate), percent(scored.information_lost)] if scored else ["–", "–"]
        for (_, row), cell in zip(lines, cells, strict=True):
            row.append(cell)
    names = "".join(f'<th scope="col">{html.escape(model_name(r.model.id))}</th>' for r in results)
    body = "".join(
        f'<tr><th scope="row">{what}</th>{"".join(f"<td>{c}</td>" for c in row)}</tr>' for what, row in lines
    )
    return (
        '<div class="lab-scroll" tabindex="0" role="region" aria-label="Models"><table class="lab-table limits-sizes">'
        f'<thead><tr><th scope="col">Model</th>{names}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def known_sizes(results: Sequence[Result]) -> list[ModelSize | str]:
    """Return the size of each model, or why it is not known."""
    found: list[ModelSize | str] = []
    for result in results:
        try:
            found.append(counting.size_of(result.settings))
        except ModelUnavailable as problem:
            found.append(str(problem))
    return found


def download(results: Sequence[Result], scores: Sequence[Scores | None]) -> str:
    """Offer the comparison as a JSON file."""
    if not results:
        return ""
    data = base64.b64encode(counting.json_of(results, scores).encode()).decode()
    link = f'<a class="lab-file" download="comparison.json" href="data:application/json;base64,{data}">'
    return f'<p class="limits-about">{link}Texts, counts and alignment (JSON)</a></p>'
