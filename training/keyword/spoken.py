"""When keywords are said in the recordings of running English: a step before `training/keyword/running.py`.

    python -m training.keyword.spoken --work FOLDER

writes `FOLDER/spoken.jsonl`, one line for each recording of `training/recordings.py` that may hold a keyword: its file
and [[start_s, end_s, word, surety], ...]. `ctc/whisper-tiny` finds the words: by forced alignment where a transcript
has a keyword; where there is none (Picovoice's coffee orders, whose listing gives the intent only, and AMI) it spells
them itself. Resumable.
"""

import argparse
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from algorithms import ctc
from algorithms.keyword.ds_cnn import LABELS
from training.recordings import Recording, recordings

KEYWORDS = frozenset(LABELS[2:])
ALIKE = frozenset({"know", "write", "wright", "rite"})  # sound like a keyword
ENGLISH = (
    "librispeech_devclean_mp3",
    "kathleen_en",
    "picovoice_intents_en",
    "picovoice_wakewords_en",
    "ami_excerpts",
)
UNWRITTEN = ("picovoice_intents_en", "ami_excerpts")  # no words in the listing

RATE = 16000
Word = tuple[float, float, str, float]  # start and end in seconds, lower case, how sure the alignment is (0 to 1)


def words_of(text: str) -> list[str]:
    """The words of a transcript in lower case."""
    return re.findall(r"[a-z']+", text.lower())


def unwritten(one: Recording) -> bool:
    """Whether nobody has written down what is said."""
    return one.set in UNWRITTEN or one.transcript is None


def keyword_in(words: Iterable[str]) -> bool:
    """Whether a keyword, or a word that sounds like one, is among the words."""
    return not (KEYWORDS | ALIKE).isdisjoint(words)


def may_hold_keywords(one: Recording) -> bool:
    """Whether `keyword_in` its transcript; true where there is none."""
    return unwritten(one) or keyword_in(words_of(one.transcript))


def without_keywords(found: Iterable[Recording]) -> Iterator[Recording]:
    """Those in which nobody says a keyword: to count false alarms in.

    By the transcript; where there is none, by what `ctc/whisper-tiny` spells.
    """
    import models

    for one in found:
        if unwritten(one):
            words = [word[2] for word in listen(one, models.get("ctc/whisper-tiny"))]
        else:
            words = words_of(one.transcript)
        if not keyword_in(words):
            yield one


def listen(one: Recording, model) -> list[Word]:
    """The words of one recording and when they are said; none where nothing can be spelled or aligned."""
    log_probs = model.log_probs(one.read(RATE))
    text = "".join(model.vocab[token] for token in ctc.greedy(log_probs)) if unwritten(one) else one.transcript
    text = " ".join(words_of(text))
    if not text:
        return []
    try:
        aligned = ctc.forced_align(log_probs, ctc.encode(text, model.vocab))
    except ctc.CtcError:  # more letters than frames
        return [(0.0, one.seconds, word, 0.0) for word in words_of(text)]  # each may be anywhere
    return [
        (w.start_frame * model.frame_s, w.end_frame * model.frame_s, w.text, round(w.prob, 3))
        for w in ctc.group_words(aligned, model.vocab)
    ]


def read_spoken(work: Path) -> dict[str, list[Word]]:
    """Words by file, "SET/FILE"."""
    path = work / "spoken.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {row["file"]: [tuple(word) for word in row["words"]] for row in map(json.loads, lines)}


def main() -> None:
    import torch

    import models

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    model, done = models.get("ctc/whisper-tiny"), read_spoken(args.work)
    with open(args.work / "spoken.jsonl", "a", encoding="utf-8") as file:
        for one in recordings(args.data, *ENGLISH):
            name = f"{one.path.relative_to(args.data)}"
            if name not in done and may_hold_keywords(one):
                file.write(json.dumps({"file": name, "words": listen(one, model)}) + "\n")
                file.flush()


if __name__ == "__main__":
    main()
