"""Measure `ctc/whisper-tiny`: character error rate, word boundaries and speed on folders of recordings.

    python -m benchmarks.ctc --beam 8                                # LJ Speech, two untouched readers of LibriSpeech
    python -m benchmarks.ctc --read FOLDER ... --words ../shared/data/speech_commands/val

A folder to read holds sound files and their text in one of the usual forms: LJ Speech's `metadata.csv`, LibriSpeech's
`*.trans.txt`, CMU Sphinx's `transcription`, `NAME.txt` beside `NAME.wav`, or a `metadata.tsv` (file, speaker, seconds,
transcript) there or one folder up. Texts are compared in lower case without punctuation, as the model writes them;
decoding is greedy, and with `--beam 8` also by prefix beam search, alone and with the character language model of the
CTC page (made of the app's own lessons). A folder of words has the layout of Speech Commands: each speaker's clips, cut
to the speech in them, are joined end to end, and words meet at the joints.
"""

import argparse
import csv
import random
import re
import time
from pathlib import Path

import numpy as np

import models
from algorithms import ctc
from algorithms.text.wer import ErrorCounts, character_errors, word_errors

RATE = 16000
SOUND = (".wav", ".flac", ".mp3", ".ogg")
DATA = Path("../shared/data")
# Nothing is chosen by these: LJ Speech is in no training, 84 and 251 are untouched (training/recordings.py).
READ = [DATA / "ljspeech_sample", *(DATA / "librispeech_devclean_mp3" / reader for reader in ("84", "251"))]
WORDS = DATA / "speech_commands" / "val"


def read_audio(path: Path) -> np.ndarray:
    """Mono float32 at 16 kHz."""
    import soundfile
    import soxr

    y, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(y.mean(1), rate, RATE).astype(np.float32)


def transcripts(folder: Path) -> dict[Path, str]:
    """Sound files of a folder with their texts; see the module's docstring for the forms."""
    sounds = {path.stem: path for path in sorted(folder.rglob("*")) if path.suffix in SOUND}
    texts: dict[str, str] = {}
    for listing in folder.rglob("metadata.csv"):
        with open(listing, encoding="utf-8", newline="") as file:
            texts |= {row[0]: row[-1] for row in csv.reader(file, delimiter="|", quoting=csv.QUOTE_NONE) if row}
    for listing in (*folder.rglob("metadata.tsv"), folder.parent / "metadata.tsv"):
        if listing.is_file():
            with open(listing, encoding="utf-8", newline="") as file:
                rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                texts |= {Path(row["file"]).stem: row["transcript"] for row in rows}
    for listing in folder.rglob("*.trans.txt"):
        texts |= dict(line.split(" ", 1) for line in listing.read_text(encoding="utf-8").splitlines())
    for listing in folder.rglob("transcription"):
        for line in listing.read_text(encoding="utf-8").splitlines():
            found = re.fullmatch(r"(?:<s>)?\s*(.*?)\s*(?:</s>)?\s*\((\S+)\)", line.strip())
            if found:
                texts[found[2]] = found[1]
    for stem, path in sounds.items():
        beside = path.with_suffix(".txt")
        if stem not in texts and beside.is_file():
            texts[stem] = beside.read_text(encoding="utf-8")
    return {sounds[stem]: text for stem, text in texts.items() if stem in sounds}


def measure_reading(model, folder: Path, *, show: bool) -> tuple[ErrorCounts, ErrorCounts, float]:
    """Character errors, word errors and real-time factor over a folder."""
    letters, words, sound_s, spent_s = ErrorCounts(0, 0, 0, 0), ErrorCounts(0, 0, 0, 0), 0.0, 0.0
    found = transcripts(folder)
    if not found:
        raise SystemExit(f"{folder} holds no sound file with a text: see `python -m benchmarks.ctc --help`.")
    for path, text in found.items():
        y = read_audio(path)
        began = time.perf_counter()
        tokens = ctc.greedy(model.log_probs(y))
        spent_s += time.perf_counter() - began
        sound_s += len(y) / RATE
        heard = "".join(model.vocab[token] for token in tokens)
        letters += character_errors(text, heard)
        words += word_errors(text, heard)
        if show:
            print(f"  {path.name}\n    said  {text}\n    heard {heard}")
    return letters, words, spent_s / sound_s


def measure_beam(model, folder: Path, width: int) -> dict[str, tuple[ErrorCounts, ErrorCounts]]:
    """Character and word errors of greedy, of prefix beam search, and of it with the CTC page's language model.

    Weight and letter bonus are the page's first settings; nothing is tuned on the folder.
    """
    from algorithms.ctc.beam import beam_search
    from spaces.ctc import decoding

    parts = decoding.DEFAULTS
    with_lm = {
        "language_model": decoding.language_model()[0],
        "lm_weight": parts["lm"],
        "insertion_bonus": parts["bonus"],
    }
    none = ErrorCounts(0, 0, 0, 0)
    errors = dict.fromkeys(("greedy", "beam", "beam + LM"), (none, none))
    for path, text in transcripts(folder).items():
        log_probs = model.log_probs(read_audio(path))
        found = {"greedy": ctc.greedy(log_probs)}
        for name, extra in (("beam", {}), ("beam + LM", with_lm)):
            steps = beam_search(log_probs, model.vocab, width, min_prob=decoding.MIN_PROB, **extra)
            found[name] = steps[-1][0].tokens
        for name, tokens in found.items():
            heard = "".join(model.vocab[t] for t in tokens)
            letters, words = errors[name]
            errors[name] = letters + character_errors(text, heard), words + word_errors(text, heard)
    return errors


def speech_only(y: np.ndarray, below_db: float = 26.0) -> np.ndarray:
    """The stretch of a clip from the first to the last 10 ms within `below_db` of its loudest (power, smoothed)."""
    hop = RATE // 100
    power = np.array([(y[i : i + 2 * hop] ** 2).mean() for i in range(0, max(1, len(y) - hop), hop)])
    loud = np.flatnonzero(power > power.max() * 10 ** (-below_db / 10))
    return y[loud[0] * hop : (loud[-1] + 2) * hop]


def joined_words(folder: Path, per_clip: int = 5, seed: int = 0):
    """Yield (sound, words, joints in seconds) of one speaker's words joined end to end."""
    speakers: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted(folder.glob("*/*.flac")) + sorted(folder.glob("*/*.wav")):
        found = re.fullmatch(r"(?:(\w+?)_)?([0-9a-f]{8})_nohash_\d+", path.stem)
        if found and path.parent.name not in ("_silence_", "_background_noise_"):
            word = found[1] if path.parent.name == "_unknown_" else path.parent.name
            speakers.setdefault(found[2], []).append((path, word))
    rng = random.Random(seed)
    for _, clips in sorted(speakers.items()):
        clips = rng.sample(clips, len(clips))
        for start in range(0, len(clips) - per_clip + 1, per_clip):
            group = clips[start : start + per_clip]
            parts = [speech_only(read_audio(path)) for path, _ in group]
            parts = [y / max(1e-3, np.abs(y).max()) * 0.5 for y in parts]
            yield np.concatenate(parts), [w for _, w in group], np.cumsum([len(y) for y in parts])[:-1] / RATE


def measure_words(model, folder: Path) -> dict[str, np.ndarray]:
    """Signed errors in seconds: of the middle between two words, of the ends before and of the starts after a joint."""
    errors: dict[str, list[float]] = {"boundary": [], "end": [], "start": []}
    for y, words, joints in joined_words(folder):
        aligned = ctc.forced_align(model.log_probs(y), ctc.encode(" ".join(words), model.vocab))
        found = ctc.group_words(aligned, model.vocab)
        for joint, before, after in zip(joints, found, found[1:], strict=False):
            end, start = before.end_frame * model.frame_s, after.start_frame * model.frame_s
            errors["boundary"].append((end + start) / 2 - joint)
            errors["end"].append(end - joint)
            errors["start"].append(start - joint)
    return {name: np.array(values) for name, values in errors.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--read", type=Path, nargs="*", default=READ, help="folders of recordings with their texts")
    parser.add_argument("--words", type=Path, default=WORDS, help="folder of single words in Speech Commands' layout")
    parser.add_argument(
        "--weights", type=Path, help="other weights of training/ctc/train.py, in place of the shipped ones"
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--beam", type=int, metavar="WIDTH", help="also decode with a beam, alone and with the page's LM"
    )
    parser.add_argument("--show", action="store_true", help="print what was said and what was heard")
    args = parser.parse_args()
    import torch

    torch.set_num_threads(args.threads)
    if args.weights:
        from models.ctc.whisper_tiny import load_weights

        model = load_weights(args.weights)
    else:
        model = models.get("ctc/whisper-tiny")
    model.log_probs(np.zeros(RATE, np.float32))  # warm up
    for folder in args.read:
        letters, words, factor = measure_reading(model, folder, show=args.show)
        print(
            f"{folder}: CER {letters.rate:.3f} of {letters.n_ref} characters, WER {words.rate:.3f} of {words.n_ref} "
            f"words, real-time factor {factor:.3f} on {args.threads} threads"
        )
        if args.beam:
            errors = measure_beam(model, folder, args.beam)
            rates = (f"{name} {cer.rate:.3f}, {wer.rate:.3f}" for name, (cer, wer) in errors.items())
            print(f"  CER, WER with a beam of {args.beam}: " + "; ".join(rates))
    if args.words.is_dir():
        errors = measure_words(model, args.words)
        print(f"{args.words}: {len(errors['boundary'])} joints between words")
        for name, values in errors.items():
            size = np.abs(values) * 1000
            print(
                f"  {name:9s} median error {np.median(size):4.0f} ms, 90 % within {np.quantile(size, 0.9):4.0f} ms, "
                f"bias {np.median(values) * 1000:+4.0f} ms"
            )


if __name__ == "__main__":
    main()
