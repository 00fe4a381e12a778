"""Which CTC model reads the sound: the packaged one, one of the hub, or a folder on this computer."""

from __future__ import annotations

import html
from dataclasses import dataclass

import models
from components.model_picker import OTHER
from components.parts import Progress
from models import hub_access

from .sound import MODEL, Heard, model_name
from .spelling import alphabet

CHOICES = (
    ("whisper-tiny (built in)", MODEL),
    ("wav2vec2-base-960h (380 MB)", "facebook/wav2vec2-base-960h"),
    ("HuBERT large (1.3 GB)", "facebook/hubert-large-ls960-ft"),
    ("wav2vec2 phonemes (1.3 GB)", "facebook/wav2vec2-lv-60-espeak-cv-ft"),
)
SPECS_KEPT = 32  # models named by visitors whose look-up is remembered

_named: dict[str, models.ModelSpec] = {}  # names of the hub that have been looked up
_by_id: dict[str, models.ModelSpec] = {}  # what has run, folders too


@dataclass(frozen=True)
class Choice:
    """What the visitor asks for, and whether it can run at once."""

    name: str  # the id of the packaged one, a hub id or a folder
    spec: models.ModelSpec | None = None  # None: not yet, or never
    said: str = ""  # one sentence: why not
    problem: bool = False
    ask: bool = False  # it can be fetched where the visitor says so


def choose(model: str, hub: str) -> Choice:
    """Return what the page's two fields ask for. Asks nothing of the network."""
    name = hub.strip() if model == OTHER else model
    if name == MODEL:
        return Choice(name, models.spec(MODEL))
    if not name:
        return Choice(name, said="Type a hub id (owner/name) or the path of a model folder.")
    try:
        if hub_access.local_folder(name) is not None:
            return Choice(name, _remember(models.resolve(name, "CtcModel")))
        if name in _named:
            return Choice(name, _named[name])
        if hub_access.HUB_ID.fullmatch(name) is None:
            models.resolve(name, "CtcModel")  # says what a name must look like
    except models.ModelUnavailable as wrong:
        return Choice(name, said=str(wrong), problem=True)
    return Choice(name, said=f"{name} comes from the Hugging Face hub: the button fetches it.", ask=True)


def _remember(spec: models.ModelSpec, name: str = "") -> models.ModelSpec:
    kept = [(_by_id, spec.id), *([(_named, name)] if name else [])]
    for table, key in kept:
        while len(table) >= SPECS_KEPT and key not in table:
            table.pop(next(iter(table)), None)
        table[key] = spec
    return spec


def fetch(choice: Choice, progress: Progress) -> models.ModelSpec:
    """Look a model up on the hub, download and load it.

    Raises
    ------
    ModelUnavailable
        One sentence: no network, no such model, none for CTC, too large.
    """
    progress(0.0, f"Looking {choice.name} up on the hub")
    spec = choice.spec or models.resolve(choice.name, "CtcModel")
    models.get(spec, progress)
    return _remember(spec, choice.name)


def spec_of(id: str | None) -> models.ModelSpec:
    """Return the model that ran before, by its id; the packaged one where it is not known."""
    return _by_id.get(id or "") or models.spec(MODEL)


def note(choice: Choice, heard: Heard | None, said: str = "") -> str:
    """Return the line under the picker as HTML: what the pictures show, and what is wrong or still to do."""
    said = said or choice.said
    problem = choice.problem or (bool(said) and not choice.ask and bool(choice.name))
    parts = [f"<p>{html.escape(said)}</p>"] if said else []
    if heard is not None:
        frame = f"one row every {1000 * heard.frame_s:g} ms"
        verb = "Still shown" if said else "Shown"
        symbols = html.escape(alphabet(heard.vocab))
        parts.append(
            f"<p>{verb}: <strong>{html.escape(model_name(heard.model))}</strong>, {frame}. It writes {symbols}.</p>"
        )
    kind, role = ("problem", "alert") if problem else ("note", "status")
    return f'<div class="lab-note {kind} ctc-model" role="{role}">{"".join(parts)}</div>' if parts else ""
