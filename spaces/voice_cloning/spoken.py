"""Consent by voice: a fresh sentence, spoken in the very recording that is cloned, and heard there by Whisper."""

from __future__ import annotations

import datetime
import html
import re
import secrets
from difflib import SequenceMatcher
from typing import Any

import gradio as gr

import models
from algorithms.sound import AudioError, load
from components.audio_input import OWN, hint
from components.lesson import On, Visit
from models.cloning.knn import SAMPLE_RATE

LISTENER = "asr/whisper-tiny.en"
ENOUGH = 0.75  # of the sentence's words, heard in their order
HEARD_S = 30.0  # the sentence has to come in the first of them
KEEP_S = 3600
# Each was understood by the listener when a synthetic voice said it.
WORDS = """
amber silver golden purple orange yellow wooden frozen quiet hungry gentle happy clever sleepy winter summer ancient
modern distant hollow velvet crystal eastern western
:
lantern river mountain garden pencil rabbit window kitchen blanket candle dragon engine forest hammer island jacket
ladder magnet needle oyster pepper rocket tiger
"""
FIRST, SECOND = (part.split() for part in WORDS.split(":"))
ABOUT = (
    "Anybody can tick a box. Whoever says a fresh sentence, in the recording that is then cloned, was there and knew "
    "of it. Record it together with half a minute of other speech."
)


def draw(made: dict[str, Any]) -> None:
    """Lay the controls out and name them."""
    with gr.Accordion("Or say that you agree", open=False):
        made["oath"] = gr.HTML(hint([ABOUT]), apply_default_css=False)
        made["new_oath"] = gr.Button("Give me a sentence to say", size="sm")
        made["check_oath"] = gr.Button("Check my recording", size="sm")
    made["oath_words"] = gr.State("", time_to_live=KEEP_S)
    made["spoken"] = gr.State((), time_to_live=KEEP_S)  # (a recording's path, what its speaker said)


def day() -> str:
    """Return today as one says it: 28 November 2026."""
    today = datetime.date.today()
    return f"{today.day} {today:%B} {today.year}"


def sentence_of(words: str) -> str:
    """Return the sentence that two fresh words stand in."""
    return f"Today is {day()}. I agree that Speech Lab clones my voice. My words are {words}."


def given(visit: Visit) -> dict[str, Any]:
    """Show a fresh sentence."""
    words = f"{secrets.choice(FIRST)} {secrets.choice(SECOND)}"
    said = f"{ABOUT}<p>Say: <strong>{sentence_of(words)}</strong></p>"
    return {"oath_words": words, "oath": f'<div class="lab-status">{said}</div>'}


def words_in(text: str) -> list[str]:
    """Return a text's words in small letters, years and days left out: a voice may say them in several ways."""
    return [
        word for word in re.findall(r"[a-z']+|\d+", text.lower()) if not word.isdigit() and word not in ("th", "st")
    ]


def agrees(heard: str, words: str) -> bool:
    """Whether what was heard holds the sentence: both fresh words, that it is agreed to, and most of the rest."""
    found, wanted = words_in(heard), words_in(sentence_of(words))
    if not {*words.split(), "agree", "voice"} <= set(found):
        return False
    blocks = SequenceMatcher(None, wanted, found, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) >= ENOUGH * len(wanted)


def checked(visit: Visit) -> dict[str, Any]:
    """Have Whisper listen for the sentence in the visitor's recording; where it is heard, that is the consent."""
    words, own = visit.kept["oath_words"], visit.own
    if not words:
        return {"oath": hint(["First press the button above for a sentence, record it, then check."], problem=True)}
    if visit.fields["clip"] != OWN or own is None:
        return {"oath": _again(words, "There is no recording of yours yet: press Record above and say the sentence.")}
    try:
        y = load(own.path, sample_rate=SAMPLE_RATE, max_s=HEARD_S).y
        heard = models.get(LISTENER).transcribe(y).text.strip()
    except (AudioError, ValueError, models.ModelUnavailable) as wrong:
        return {"oath": _again(words, str(wrong))}
    if not agrees(heard, words):
        return {"oath": _again(words, f"{LISTENER} heard: “{heard or 'nothing'}”. That is not yet the sentence.")}
    said = f"agreed by voice on {day()}, words {words}"
    return {
        "oath": hint([f"{LISTENER} heard: “{heard}”. Agreed; the clone’s file will say so."]),
        "oath_words": "",  # a sentence counts once
        "spoken": (*visit.kept["spoken"][-7:], (own.path, said)),
        "consent": (*(one for one in visit.kept["consent"][-7:] if one != own.path), own.path),
    }


def _again(words: str, problem: str) -> str:
    return hint([problem], problem=True) + f"<p>Say: <strong>{html.escape(sentence_of(words))}</strong></p>"


def oath_of(visit: Visit) -> str:
    """Return what the speaker of the chosen recording has said, "" where nothing."""
    if visit.fields["clip"] != OWN or visit.own is None:
        return ""
    return dict(visit.kept["spoken"]).get(visit.own.path, "")


EVENTS = (
    On(component="new_oath", event="click", handler=given),
    On(component="check_oath", event="click", handler=checked, redraw="", how={"concurrency_id": LISTENER}),
)
