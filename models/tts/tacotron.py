"""`tts/tacotron2`: a reduced Tacotron 2, trained by `training/tacotron` on the packaged synthetic voice.

English text to phonemes by that voice's own dictionary, to a mel spectrogram by the network; a vocoder has to make
sound of it. Data, figures and what it does badly stand in `assets/weights/tts-tacotron2.md`.
"""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from algorithms.signal.synthesis_mel import FLOOR, SYNTHESIS_MEL
from algorithms.synthesis.normalise import normalise
from algorithms.synthesis.tacotron.steps import Decoded, How
from algorithms.synthesis.tacotron.tokens import ENDS, Tokens, encode
from models.registry import ModelSpec, ModelUnavailable, check_sha256, get, register

if TYPE_CHECKING:
    from algorithms.synthesis.tacotron.net import Tacotron2

VOICE = "tts/hibari"  # whose dictionary it reads by, and whose sound it has learned
WEIGHTS = Path(__file__).parents[2] / "assets" / "weights" / "tts-tacotron2.safetensors"
WEIGHTS_SHA256 = "6a0f0e22cf7c5516a2981eccea2e36a210300318e6287c3f03bdecbccda523cd"
TRAINED_MINUTES = 33  # on one processor core; as the file says
MAX_CHARACTERS = 5000
LONGEST = 100  # phoneme letters that are said at once where a text is cut into pieces: about 20 words
PAUSE_FRAMES = 16  # between pieces: 0.19 s
STEPS_A_TOKEN, MORE_STEPS = 4, 40  # decoding ends there if the stop token does not end it


class Script(NamedTuple):
    """A text as it is read.

    Attributes
    ----------
    phonemes : tuple of str
        A string a sentence, in the alphabet of `tokens.SOUNDS` and `tokens.MARKS`, each ending with a mark.
    left_out : str
        Signs that nobody can say.
    """

    phonemes: tuple[str, ...]
    left_out: str


def read(text: str) -> Script:
    """Say how an English text is pronounced.

    Raises
    ------
    ValueError
        Nothing to say, too long, or not in Latin letters: one sentence.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"This voice reads at most {MAX_CHARACTERS} characters at once, not {len(text)}.")
    said = normalise(text)
    odd = dict.fromkeys(c for c in said.text if c.isalpha() and "LATIN" not in unicodedata.name(c, ""))
    if odd:
        raise ValueError(
            f"This voice reads English, and {' '.join(list(odd)[:8])} {'is' if len(odd) == 1 else 'are'} not written "
            "in Latin letters: type an English sentence."
        )
    found = [one.strip() for one in get(VOICE).phonemes(said.text)] if any(map(str.isalpha, said.text)) else []
    found = [closed(one) for one in found if any(c not in " .,!?;:—…" for c in encode(one).names)]
    if not found:
        raise ValueError("There is nothing to say here: type at least one English word.")
    return Script(tuple(found), said.left_out)


def closed(phonemes: str) -> str:
    """End a string of phonemes with a mark: the network has learned to stop there."""
    bare = phonemes.rstrip(' ,;:—"”“()')
    return bare if bare[-1:] and bare[-1] in ENDS else bare + "."


def pieces(phonemes: str, most: int = LONGEST) -> list[str]:
    """Cut a long sentence at marks, else at spaces."""
    found = []
    while len(phonemes) > most:
        at = max((phonemes.rfind(mark, most // 3, most) for mark in (", ", "; ", ": ", "— ")), default=-1)
        at = at + 1 if at > 0 else phonemes.rfind(" ", 1, most)
        at = at if at > 0 else most
        found.append(closed(phonemes[:at].strip()))
        phonemes = phonemes[at:].strip()
    return found + ([closed(phonemes)] if encode(phonemes).ids else [])


class TacotronVoice:
    """An `AcousticModel` that can be looked into."""

    sample_rate = SYNTHESIS_MEL.sample_rate

    def __init__(self, net: Tacotron2):
        self.net = net

    def decode(self, tokens: Tokens, how: How | None = None, **more) -> Decoded:
        """Decode tokens; see `algorithms.synthesis.tacotron.decoding.decode`."""
        from algorithms.synthesis.tacotron.decoding import decode

        return decode(self.net, tokens.ids, how or How(most_steps=most_steps(tokens)), **more)

    def mel(self, text: str) -> tuple[np.ndarray, np.ndarray, tuple[str, ...]]:
        """Mel of an English text of up to 5000 characters, piece by piece.

        Returns
        -------
        mel : float32 [80, T], natural log, as `synthesis_mel` gives it
        alignment : float32 [T, N], rows sum to one; the pauses between pieces repeat the row before them
        tokens : N names

        Raises
        ------
        ValueError
            Nothing to say, too long, or not in Latin letters.
        """
        mels, weights, names = [], [], []
        for piece in [piece for sentence in read(text).phonemes for piece in pieces(sentence)]:
            tokens = encode(piece)
            got = self.decode(tokens)
            mels += [got.after, np.full((SYNTHESIS_MEL.n_mels, PAUSE_FRAMES), np.log(FLOOR), np.float32)]
            rows = np.repeat(got.weights, self.net.shape.reduction, 0)
            weights.append((len(names), np.concatenate([rows, np.repeat(rows[-1:], PAUSE_FRAMES, 0)])))
            names += tokens.names
        mel = np.concatenate(mels[:-1], 1)
        alignment = np.zeros((sum(len(rows) for _, rows in weights), len(names)), np.float32)
        at = 0
        for first, rows in weights:
            alignment[at : at + len(rows), first : first + rows.shape[1]] = rows
            at += len(rows)
        return np.maximum(mel, np.float32(np.log(FLOOR))), alignment[: mel.shape[1]], tuple(names)


def most_steps(tokens: Tokens) -> int:
    """How long decoding may go on: far longer than anybody speaks."""
    return MORE_STEPS + STEPS_A_TOKEN * len(tokens.ids)


def load_weights(path: Path) -> TacotronVoice:
    """Build the voice from a file of `training/tacotron/export.py`; names and shapes must fit exactly."""
    import torch
    from safetensors import safe_open

    from algorithms.synthesis.tacotron.net import Tacotron2
    from algorithms.synthesis.tacotron.shape import TacotronShape

    with safe_open(path, "pt") as file:
        shape = TacotronShape(**json.loads(file.metadata()["shape"]))
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (it is no dict)
    with torch.device("meta"):  # no time spent on random weights
        net = Tacotron2(shape)
    net.load_state_dict({k: v.float() if v.is_floating_point() else v for k, v in state.items()}, assign=True)
    return TacotronVoice(net.requires_grad_(False).eval())


def _load() -> TacotronVoice:
    if not WEIGHTS.is_file():
        raise ModelUnavailable(f"assets/weights/{WEIGHTS.name} is missing: check the project out again.")
    check_sha256(WEIGHTS, WEIGHTS_SHA256)
    return load_weights(WEIGHTS)


register(
    ModelSpec(
        id="tts/tacotron2",
        task="AcousticModel",
        source=f"asset:{WEIGHTS.name}",
        revision=WEIGHTS_SHA256,
        licence="Apache-2.0",
        size_mb=10,  # 2.5 million float32 weights
        sample_rate=SYNTHESIS_MEL.sample_rate,
        offline=True,
        load=_load,
    ),
    default=True,
)
