"""Part 2: should you? What the base writes already, how far that is from what was said, what others gained."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import gradio as gr

from algorithms.text.wer import character_errors
from components.lesson import Fields, Part
from components.page import text
from components.words import table

from . import material, shown

if TYPE_CHECKING:
    from .page import Scene

BLOCK = {"apply_default_css": False}
HEAD = ("", "CER", "WER", "CER as written", "WER as written")
TEXT = """
**Measure first.** Fine-tuning pays where a language, an accent, a vocabulary or a spelling is missing; where the base
is nearly right, there is more to lose than to gain. So transcribe twenty clips before anything else and *read* them:

- It writes **another script**, or a neighbouring language: it hears the sounds and does not know the spelling. A few
  minutes of speech change the script, as part 1 shows; the words take far more.
- It is right but for **names and special terms**: try a prompt, or correct the text afterwards, before you train.
- It writes **what nobody said**, in pauses: cut the pauses out (voice activity detection). Training hardly helps.
- Only **numbers, commas and capitals** are wrong: then the two are spelt by other rules. Normalise both.

**Why CER here.** A Malayalam word holds what English says in a phrase, so one wrong vowel sign makes a long word wrong:
the word error rate stays near 100 % while the text becomes readable. The character error rate moves earlier. Both can
exceed 100 %, because what was added counts too, and a network that repeats itself adds a lot: a few such clips lift the
rate of all clips far above that of the clip in the middle. (Here the likeliest token is taken each time, in the 30-s
window, told that the language is Malayalam. Programs try again when a text repeats itself, which hides the worst.)

**What normalising does.** Before counting, both texts lose their punctuation and capitals, and letters get one spelling
in Unicode. Whisper's own normaliser also replaces *combining marks by spaces*, which cuts Malayalam words to pieces and
makes any rate of it meaningless; here marks stay with their letters. Always say which normaliser you used.

### What others gained

| model | language | WER before | WER after | how |
|---|---|---|---|---|
| small | Dhivehi | 126 % | 14 % | all weights |
| base | Pashto | over 100 % | 21 % | all weights; LoRA stayed 33 points behind |
| tiny | French (FLEURS) | 45.5 % | 42.1 % | all weights; LoRA 45.6 % |
| small | French (FLEURS) | 13.9 % | 14.6 % | all weights: it became worse |

Numbers that people have published of their own runs, collected for this project; none was measured here. The first is
of the Hugging Face Audio Course, unit 5. One report on Mandarin counts the price, too: in its own domain (AISHELL) the
error fell from .32 to .13, and in another one it rose from .41 to .45. The pattern: large gains where the base fails,
small ones or losses where it does well.
"""


def draw() -> dict[str, Any]:
    """Lay it out and name its components."""
    made = {"base_aligned": gr.HTML("", **BLOCK), "base_rates": gr.HTML("", **BLOCK), "base_all": gr.HTML("", **BLOCK)}
    text(TEXT)
    return made


def rates(fields: Fields) -> str:
    """The rates of the chosen clip and of all twenty, as a table in HTML."""
    base, clip = material.written_by_base(), material.chosen(fields)
    pairs = [(one.text, base[one.name]) for one in material.test_clips()]
    middle = sorted(pairs, key=lambda pair: character_errors(*pair).rate)[len(pairs) // 2]
    return table(
        HEAD,
        (
            ("This clip", *shown.four_rates(clip.text, base[clip.name])),
            ("The clip in the middle, by CER", *shown.four_rates(*middle)),
            (f"All {len(pairs)} clips", *shown.pooled(pairs)),
        ),
        marked=(2,),
    )


def every(fields: Fields) -> str:
    """Each clip: what was said, what base wrote, and its rates."""
    base = material.written_by_base()
    rows = []
    for number, one in enumerate(material.test_clips(), 1):
        cer, wer, *_ = shown.four_rates(one.text, base[one.name])
        texts = f'<span lang="ml">{html.escape(one.text)}</span><br><span>{html.escape(base[one.name])}</span>'
        rows.append((str(number), texts, cer, wer))
    return table(("", "Said, and written by Whisper base", "CER", "WER"), rows, marked=(int(fields["sentence"]) - 1,))


def show(_scene: Scene, fields: Fields) -> dict[str, Any]:
    """Show the chosen clip and all of them."""
    clip = material.chosen(fields)
    written = material.written_by_base()[clip.name]
    return {
        "base_aligned": shown.aligned(clip.text, written, "Said (above) and written by Whisper base (below)"),
        "base_rates": rates(fields),
        "base_all": every(fields),
    }


PART = Part(slug="should", title="2 Should you?", draw=draw, show=show)
