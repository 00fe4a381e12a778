"""More words for `training/keyword/train.py`: spoken by synthetic voices, and cut out of recorded sentences.

    python -m training.keyword.words --work FOLDER synthetic --clips 3000
    python -m training.keyword.words --work FOLDER synthetic --clips 800 --kokoro package/voices
    python -m training.keyword.words --work FOLDER cut --corpus CORPUS --part queen

The voices are those of `training/ctc/corpus.py` and `training/ctc/voices.py` (what to install stands there); a corpus
is one that `training/ctc/corpus.py` made; its words are found by `ctc/whisper-tiny` and forced alignment. Every part is
resumable and lies in FOLDER as `words-NAME.pcm` and `.jsonl`: the word with little around it, its text and its voice.
"""

import argparse
import json
import random
import re
import subprocess
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from training.ctc.corpus import RATE, Part, trim_silence

KEYWORDS = LABELS[2:]
# The other words of Speech Commands, then words that sound like a keyword, then a few hundred common ones.
_OTHER_WORDS = """
zero one two three four five six seven eight nine bed bird cat dog happy house marvin sheila tree wow backward
follow forward learn visual yet yell yesterday chess less mess guess gas yak used nose note nor known snow low toe
home nope cup pup app ape ump town done gown noun dawn doubt tower lift laugh life lest loft leaf let rate
ride rife light rye fright alright bright own an in and iron gone long often awful half of cough
tough scoff stock step stoop shop top spot stuff star stomp so goal gold grow dough though ago cargo coat
gum bow hello the people water because little before after again always around animal answer apple baby ball banana
basket beautiful bottle bread breakfast bridge brother button camera candle carpet chair cheese chicken circle city
clock cloud coffee color computer corner country cousin dance danger daughter dinner doctor dollar door dragon dream
early earth eagle elephant engine evening family father feather finger fire fish flower forest fork friend garden
giraffe glass grandmother grass green guitar hammer heart hotel hundred island jacket jungle kitchen knife ladder
language lemon letter library lion machine market medicine message milk minute mirror money monkey moon morning
mother mountain mouse music needle newspaper night ocean office orange paper pencil picture pillow planet player
please pocket police potato power present problem purple question rabbit radio rain river rocket sandwich school
science season shadow sheep shoulder silver sister sleep snake soldier sound spoon square station stone story street
sugar summer sunday table teacher telephone thank thunder ticket tiger tomato tomorrow train travel turtle uncle
understand vegetable village violin volume wagon wash watch weather wednesday whisper window winter wizard wonder
yellow young zebra alexa siri google play pause next back lights timer alarm
"""
OTHER_WORDS = tuple(_OTHER_WORDS.split())
HOMOPHONES = {"know", "write", "rite", "wright"}  # sound like a keyword, so they are neither it nor unknown
MARGIN_S = 0.04  # kept around a word that is cut out of a sentence


def make_synthetic(work: Path, name: str, clips: int, say) -> None:
    """Say words, half of them keywords, until there are `clips`; `say(text, rng)` returns (audio, voice's name)."""
    part = Part(work, name)
    for number in range(len(part.rows), clips):
        rng = random.Random(f"{name} {number}")
        word = rng.choice(KEYWORDS) if number % 2 else rng.choice(OTHER_WORDS)
        try:
            y, voice = say(word + ".", rng)
        except (subprocess.CalledProcessError, RuntimeError) as error:  # a voice stumbled over one word
            print(f"{name}: {word!r} left out: {error}", flush=True)
            y, voice = np.zeros(0, np.float32), ""
        y = trim_silence(np.asarray(y, np.float32), 0.05)
        if not 0.15 * RATE < len(y) < 1.3 * RATE:
            y, word = y[:0], ""  # an empty row keeps the numbering
        part.add(y, text=word, voice=voice)
        if number % 200 == 0:
            print(f"{name}: {number} words", flush=True)


def make_cut(work: Path, corpus: Path, name: str, per_keyword: int, others: int) -> None:
    """Cut keywords, and `others` other words, out of the recordings of one part of a corpus.

    A word is taken where forced alignment is sure of every letter and it lasts 0.12 to 0.9 s.
    """
    import models
    from algorithms import ctc

    model = models.get("ctc/whisper-tiny")
    part = Part(work, f"words-{name}")
    source = [json.loads(line) for line in (corpus / f"{name}.jsonl").read_text().splitlines()]
    pcm = np.memmap(corpus / f"{name}.pcm", np.int16, "r")
    counts = dict.fromkeys(KEYWORDS, 0) | {"": 0}
    done = {row["file"] for row in part.rows}
    for row in part.rows:
        counts[row["text"] if row["text"] in counts else ""] += 1
    order = random.Random(name).sample(range(len(source)), len(source))
    for number in order:
        row = source[number]
        words = row["text"].split()
        wanted = [w for w in words if w in KEYWORDS and counts[w] < per_keyword]
        if str(number) in done or not (wanted or (counts[""] < others and number % 3 == 0)):
            continue
        y = pcm[row["start"] : row["start"] + row["samples"]].astype(np.float32) / 32768
        try:
            aligned = ctc.forced_align(model.log_probs(y), ctc.encode(row["text"], model.vocab))
        except ctc.CtcError:  # more letters than frames: the text is wrong
            continue
        for word in ctc.group_words(aligned, model.vocab):
            text = word.text
            key = text if text in KEYWORDS else ""
            sure = word.prob > 0.7
            start, end = (int(frame * model.frame_s * RATE) for frame in (word.start_frame, word.end_frame))
            if not sure or not 0.12 * RATE < end - start < 0.9 * RATE or text in HOMOPHONES or len(text) < 2:
                continue
            if key and counts[key] >= per_keyword:
                continue
            if not key and (counts[""] >= others or len(text) < 4 or re.search("(.)'", text)):
                continue
            margin = int(MARGIN_S * RATE)
            piece = y[max(0, start - margin) : end + margin].copy()
            fade = np.linspace(0, 1, margin, dtype=np.float32)
            piece[:margin] *= fade
            piece[-margin:] *= fade[::-1]
            part.add(piece, text=text, voice=name, file=str(number))
            counts[key] += 1
    print(f"{name}: {counts}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parts = parser.add_subparsers(dest="part_kind", required=True)
    synthetic = parts.add_parser("synthetic")
    synthetic.add_argument("--clips", type=int, default=3000)
    synthetic.add_argument("--kokoro", type=Path, help="folder of Kokoro's voices; without it, the quick ones")
    cut = parts.add_parser("cut")
    cut.add_argument("--corpus", type=Path, required=True)
    cut.add_argument("--part", required=True)
    cut.add_argument("--per-keyword", type=int, default=150)
    cut.add_argument("--others", type=int, default=1200)
    args = parser.parse_args()
    if args.part_kind == "cut":
        make_cut(args.work, args.corpus, args.part, args.per_keyword, args.others)
        return
    from training.ctc.corpus import Voices
    from training.ctc.voices import Kokoro, Readers

    if args.kokoro:
        make_synthetic(args.work, "words-kokoro", args.clips, Kokoro(args.kokoro))
    else:
        quick, readers = Voices(), Readers()

        def say(text, rng):
            return (quick if rng.random() < 0.6 else readers)(text, rng)

        make_synthetic(args.work, "words-synthetic", args.clips, say)


if __name__ == "__main__":
    main()
