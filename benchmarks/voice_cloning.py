"""How close `voice/knn` comes to people it never heard, beside the voice before cloning, in one run.

    python -m benchmarks.voice_cloning [FOLDER] [--speakers 84,422] [--seconds 40] [--sentences 10]

Without a folder: the five LibriSpeech readers that nothing was chosen by. FOLDER is a corpus with a ``metadata.tsv``
(file, speaker, seconds, transcript; the files beside it), or a folder of recordings, each of which is one speaker's
reference. Of a corpus, the first `--seconds` of each speaker are the reference, and the recordings after them stand for
the speaker's own likeness to it.

- **GE2E**: cosine of `speaker/ge2e` embeddings with the reference, mean over the sentences.
- **WER**: word errors of Whisper base, summed over the sentences.
- **RTF**: seconds of converting a second of sound, text to speech included, once the reference is analysed; "CPU" is
  the processor time of this process. "Analysis" is wall time for a second of reference, once.
- **MOS**: DistillMOS (package `distillmos`, if it is installed), a prediction of how people would rate the quality.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import numpy as np

import models
from algorithms.sound import load
from algorithms.text.wer import ErrorCounts, word_errors
from models.cloning.knn import SAMPLE_RATE

DATA, UNHEARD = Path("../shared/data/librispeech_devclean_mp3"), ["1993", "2035", "2428", "422", "84"]
SENTENCES = (  # written for this benchmark
    "The meeting was moved to Thursday because half of the people were still on the train.",
    "If you boil the water first, the coffee will taste better than it did yesterday.",
    "Nobody knows how the old clock survived the fire, but it still strikes every hour.",
    "She sold her bicycle, bought a small boat, and sailed along the coast until autumn.",
    "Please leave the keys under the blue flower pot when you lock the garden shed.",
    "A good teacher asks short questions and then waits longer than feels comfortable.",
    "The library is quiet in the morning, yet by noon every chair has been taken.",
    "We measured the length of the shadow twice and found the same number both times.",
    "My brother thinks that soup without pepper is only warm water with vegetables.",
    "After the storm the village looked as if somebody had shaken it like a carpet.",
)


def references(folder: Path, speakers: list[str], seconds: float) -> dict[str, tuple[np.ndarray, list[np.ndarray]]]:
    """Return each speaker's reference and later recordings of the same person, at 16 kHz."""
    table = folder / "metadata.tsv"
    if not table.is_file():
        files = [f for f in sorted(folder.iterdir()) if f.suffix.lower() in (".wav", ".flac", ".mp3", ".ogg", ".opus")]
        return {f.stem: (load(f, sample_rate=SAMPLE_RATE, max_s=90.0).y, []) for f in files}
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    found = {}
    for speaker in speakers or sorted({row["speaker"] for row in rows}):
        first: list[np.ndarray] = []
        later: list[np.ndarray] = []
        for row in (r for r in rows if r["speaker"] == speaker):
            known = sum(map(len, first)) / SAMPLE_RATE
            if known >= seconds and len(later) == 5:
                break
            y = load(folder / row["file"], sample_rate=SAMPLE_RATE).y
            (first if known < seconds else later).append(y)
        found[speaker] = (np.concatenate(first)[: round(seconds * SAMPLE_RATE)], later)
    return found


def mos_predictor():
    """Return ``score(y)``, or None where the package is not installed."""
    try:
        import distillmos
    except ImportError:
        return None
    import torch

    net = distillmos.ConvTransformerSQAModel().eval()

    def score(y: np.ndarray) -> float:
        with torch.inference_mode():
            return float(net(torch.from_numpy(y)[None])[0])

    return score


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--speakers", default="", help="only these, by commas")
    parser.add_argument("--seconds", type=float, default=40.0)
    parser.add_argument("--sentences", type=int, default=len(SENTENCES))
    chosen = parser.parse_args()
    folder, speakers = chosen.folder or DATA, chosen.speakers.split(",") if chosen.speakers else []
    if chosen.folder is None and not speakers:
        speakers = UNHEARD
    texts = SENTENCES[: chosen.sentences]
    cloner, listener, asr = (models.get(i) for i in ("voice/knn", "speaker/ge2e", "asr/whisper-base"))
    mos = mos_predictor()
    cloner.say("Warm up.")
    spoken, saying, saying_cpu = [], 0.0, 0.0
    for text in texts:
        wall, cpu = time.perf_counter(), time.process_time()
        spoken.append(cloner.say(text))
        saying += time.perf_counter() - wall
        saying_cpu += time.process_time() - cpu
    plain = [listener.embed(y) for y in spoken]

    def errors(sounds: list[np.ndarray]) -> ErrorCounts:
        heard = [asr.transcribe(y, language="en", word_timestamps=False).text for y in sounds]
        return sum(map(word_errors, texts, heard), start=ErrorCounts(0, 0, 0, 0))

    def quality(sounds: list[np.ndarray]) -> str:
        return f"{np.mean([mos(y) for y in sounds]):.2f}" if mos else "-"

    print(f"uncloned tts/hibari: WER {errors(spoken).rate:.3f}, MOS {quality(spoken)}")
    print("| speaker | reference s | own later ones | uncloned | clone | gain | WER | MOS | RTF | CPU | analysis |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    lines = []
    for name, (y, later) in references(folder, speakers, chosen.seconds).items():
        target = listener.embed(y)
        wall = time.perf_counter()
        voice = cloner.analyse(y)
        analysis = (time.perf_counter() - wall) / (len(y) / SAMPLE_RATE)
        wall, cpu = time.perf_counter(), time.process_time()
        clones = [cloner.speak(s, voice, tempo=None).y for s in spoken]
        seconds = sum(map(len, clones)) / SAMPLE_RATE
        rtf = (time.perf_counter() - wall + saying) / seconds
        rtf_cpu = (time.process_time() - cpu + saying_cpu) / seconds
        before = float(np.mean([e @ target for e in plain]))
        after = float(np.mean([listener.embed(c) @ target for c in clones]))
        own = float(np.mean([listener.embed(z) @ target for z in later])) if later else float("nan")
        counts = errors(clones)
        lines.append((own, before, after, counts, rtf, rtf_cpu))
        print(
            f"| {name} | {len(y) / SAMPLE_RATE:.0f} | {own:.3f} | {before:.3f} | {after:.3f} | {after - before:+.3f} | "
            f"{counts.rate:.3f} | {quality(clones)} | {rtf:.2f} | {rtf_cpu:.2f} | {analysis:.2f} |",
            flush=True,
        )
    own, before, after, counts, rtf, rtf_cpu = zip(*lines, strict=True)
    total = sum(counts, start=ErrorCounts(0, 0, 0, 0))
    print(
        f"| all | | {np.mean(own):.3f} | {np.mean(before):.3f} | **{np.mean(after):.3f}** | "
        f"{np.mean(after) - np.mean(before):+.3f} | {total.rate:.3f} | | {np.mean(rtf):.2f} | {np.mean(rtf_cpu):.2f} |"
        " |"
    )


if __name__ == "__main__":
    main()
