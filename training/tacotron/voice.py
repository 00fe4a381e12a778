"""The sentences that Tacotron 2 learns from, spoken by the packaged voice `tts/hibari`, as mels in one array.

    python -m training.tacotron.voice --data ../shared/data --work FOLDER

Texts: the CMU ARCTIC prompts that Kathleen reads, transcripts of LibriSpeech's dev-clean cut into pieces of 2 to 12
words, and some hundred short questions, lists and greetings. Only the words are taken from there: the voice is
hibari's alone. Thirty ARCTIC sentences each for validation and test are never trained on.

Writes `mels.npy` (float16 [frames, 80]) and `sentences.json`: text, phonemes, split, first frame, frames, and where
each token ends, in frames: the voice's own durations, which are read from inside its network.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
from pathlib import Path

import numpy as np
import soxr

from algorithms.signal.synthesis_mel import SYNTHESIS_MEL, synthesis_mel
from algorithms.synthesis.tacotron.tokens import encode
from training.recordings import DEVELOPMENT, TRAIN, UNTOUCHED, recordings

KEPT = 30  # sentences each for validation and test
SHORTEST, LONGEST = 2, 12  # words
LEAD_S, TAIL_S, QUIET = 0.03, 0.12, 0.004  # silence kept on both sides, and the amplitude that ends it
OPENERS = (
    "Is it",
    "Was it",
    "Did you say",
    "Can we meet on",
    "Why not",
    "See you on",
    "Please wait until",
    "Not before",
)
WHEN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "tomorrow", "tonight", "noon")
THINGS = ("the red house", "a cup of tea", "bread", "the phone", "my brother", "ice", "a small boat", "young people")
DOES = ("is here", "was lost", "will be late", "looks good", "makes no noise", "should be enough", "came by train")
GREETINGS = ("Hello!", "Good morning!", "Thank you.", "Yes.", "No.", "Good night.", "How are you?", "Hello, world.")


def texts(data: Path) -> dict[str, list[str]]:
    """Sentences of each split, the same on every machine."""
    rng = random.Random(0)
    found: dict[str, list[str]] = {TRAIN: [], DEVELOPMENT: [], UNTOUCHED: []}
    for one in recordings(data, "kathleen_en"):
        if one.transcript and one.transcript[-1] not in ".!?":
            one_text = one.transcript.rstrip(",;: ") + "."
        else:
            one_text = one.transcript or ""
        if SHORTEST <= len(one_text.split()) <= LONGEST:
            found[one.split].append(one_text)
    for split in (DEVELOPMENT, UNTOUCHED):
        found[split] = sorted(found[split], key=lambda text: (len(text.split()) < 5, text))[:KEPT]
    kept = {text.lower() for split in (DEVELOPMENT, UNTOUCHED) for text in found[split]}
    for one in recordings(data, "librispeech_devclean_mp3"):
        words = (one.transcript or "").lower().split()
        while len(words) >= SHORTEST:
            n = rng.randint(3, LONGEST)
            found[TRAIN].append(" ".join(words[:n]).capitalize() + rng.choice("....?!"))
            words = words[n:]
    found[TRAIN] += [f"{a} {b}{'?' if a[0] in 'IWDC' else '.'}" for a, b in itertools.product(OPENERS, WHEN)]
    found[TRAIN] += [f"{a} {b}.".capitalize() for a, b in itertools.product(THINGS, DOES)]
    found[TRAIN] += [f"{a}, {b}, {c}.".capitalize() for a, b, c in (rng.sample(WHEN + THINGS, 3) for _ in range(60))]
    found[TRAIN] += GREETINGS
    found[TRAIN] = [text for text in dict.fromkeys(found[TRAIN]) if text.lower() not in kept]
    return found


def trimmed(y: np.ndarray) -> tuple[np.ndarray, int]:
    """Cut silence [n] at both ends to the same short lengths, so that the stop token has something to learn.

    Returns the sound and how many samples were cut at its beginning (negative where silence was added).
    """
    loud = np.flatnonzero(np.abs(y) > QUIET)
    if not len(loud):
        return y, 0
    lead, tail = (round(s * SYNTHESIS_MEL.sample_rate) for s in (LEAD_S, TAIL_S))
    return np.pad(y[max(loud[0] - lead, 0) : loud[-1]], (max(lead - loud[0], 0), tail)), int(loud[0]) - lead


class Voice:
    """The packaged voice with one more output: how many of its own frames each phoneme letter lasts."""

    DURATIONS = "/Cast_32_output_0"  # rounded and at least 1, before they are added up to where each letter begins

    def __init__(self) -> None:
        import onnx
        import onnxruntime
        from hibari import Hibari

        self.hibari = Hibari()
        graph = onnx.load(self.hibari.model_path)
        graph.graph.output.append(onnx.helper.make_tensor_value_info(self.DURATIONS, onnx.TensorProto.INT64, None))
        self.run = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"]).run

    def say(self, phonemes: str) -> tuple[np.ndarray, np.ndarray]:
        """Return a sound [n] at 22,050 Hz and where each letter ends in it, in samples [len(phonemes)]."""
        from hibari import dsp

        known = [c in self.hibari.vocab for c in phonemes]
        feeds = {"ids": np.array([self.hibari.ids(phonemes)], np.int64), "speed": np.ones(1, np.float32)}
        *out, durations = self.run(None, feeds)
        y = dsp.synth(*(o[0] for o in out), np.random.default_rng(0))
        ends = np.cumsum(durations.reshape(-1))
        y = soxr.resample(y, self.hibari.sample_rate, SYNTHESIS_MEL.sample_rate)
        return y, (ends[np.cumsum(known)] * len(y) / ends[-1]).round().astype(int)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the sets, of which only the texts are read")
    parser.add_argument("--work", type=Path, required=True, help="folder to write to")
    args = parser.parse_args()
    voice = Voice()
    args.work.mkdir(parents=True, exist_ok=True)
    mels, rows, frame = [], [], 0
    for split, sentences in texts(args.data).items():
        for text in sentences:
            phonemes = voice.hibari.phonemize(text)
            if len(phonemes) != 1 or len(encode(phonemes[0]).ids) < 3:
                continue
            y, ends = voice.say(phonemes[0])
            y, cut = trimmed(y)
            mel = synthesis_mel(y).T.astype(np.float16)
            rows.append({"text": text, "phonemes": phonemes[0], "split": split, "frame": frame, "frames": len(mel)})
            rows[-1]["ends"] = [
                round((ends[i] - cut) / SYNTHESIS_MEL.hop_length, 2) for i in encode(phonemes[0]).places
            ]
            mels.append(mel)
            frame += len(mel)
            if len(rows) % 200 == 0:
                print(len(rows), flush=True)
    np.save(args.work / "mels.npy", np.concatenate(mels))
    (args.work / "sentences.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
    hours = frame * SYNTHESIS_MEL.hop_length / SYNTHESIS_MEL.sample_rate / 3600
    print(f"{len(rows)} sentences, {hours:.2f} h", flush=True)


if __name__ == "__main__":
    main()
