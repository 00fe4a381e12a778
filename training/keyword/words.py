"""More words for `training/keyword/train.py`: spoken by synthetic voices, and cut out of recorded sentences.

    python -m training.keyword.words --work FOLDER synthetic --clips 3000
    python -m training.keyword.words --work FOLDER synthetic --clips 800 --kokoro package/voices
    python -m training.keyword.words --work FOLDER cut            # after training/keyword/spoken.py

The voices are those of `training/ctc/corpus.py` and `training/ctc/voices.py` (what to install stands there); words are
cut out of the sentences that LibriSpeech's readers and Kathleen read. Every part lies in FOLDER as `words-NAME.pcm` and
`.jsonl`: the word with little around it, its text and its voice; the synthetic ones are resumable.
"""

import argparse
import random
import subprocess
from collections import Counter
from pathlib import Path

import numpy as np

from algorithms.keyword.ds_cnn import LABELS
from training.ctc.corpus import RATE, Part, trim_silence
from training.keyword.spoken import ALIKE, ENGLISH, UNWRITTEN, read_spoken
from training.recordings import TRAIN, recordings

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


def make_cut(work: Path, data: Path, others_per_voice: int) -> None:
    """Cut keywords, and some other words, out of the recordings that `training/keyword/spoken.py` has listened to.

    A word is taken where forced alignment is sure of its letters and it lasts 0.12 to 0.9 s.
    """
    part, spoken, others = Part(work, "words-read"), read_spoken(work), Counter()
    if part.rows:
        return
    margin = int(MARGIN_S * RATE)
    fade = np.linspace(0, 1, margin, dtype=np.float32)
    for one in recordings(data, *ENGLISH, split=TRAIN):
        words = spoken.get(f"{one.path.relative_to(data)}", ())
        if one.set in UNWRITTEN or not words:
            continue
        y = np.pad(one.read(RATE), margin)
        for start_s, end_s, text, sure in words:
            usable = text not in ALIKE and len(text) > 1 and sure > 0.7 and 0.12 < end_s - start_s < 0.9
            wanted = text in KEYWORDS or (len(text) > 3 and others[one.speaker] < others_per_voice)
            if not (usable and wanted):
                continue
            others[one.speaker] += text not in KEYWORDS
            piece = y[int(start_s * RATE) : int(end_s * RATE) + 2 * margin].copy()
            piece[:margin] *= fade
            piece[-margin:] *= fade[::-1]
            part.add(piece, text=text, voice=one.speaker)
    print(f"words-read: {len(part.rows)} words, {sum(others.values())} of them no keyword", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parts = parser.add_subparsers(dest="part_kind", required=True)
    synthetic = parts.add_parser("synthetic")
    synthetic.add_argument("--clips", type=int, default=3000)
    synthetic.add_argument("--kokoro", type=Path, help="folder of Kokoro's voices; without it, the quick ones")
    cut = parts.add_parser("cut")
    cut.add_argument("--data", type=Path, default=Path("../shared/data"))
    cut.add_argument("--others", type=int, default=120, help="words of each voice that are no keyword")
    args = parser.parse_args()
    if args.part_kind == "cut":
        make_cut(args.work, args.data, args.others)
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
