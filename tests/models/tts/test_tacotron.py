"""The packaged Tacotron 2: the protocol, what its card says of the file, texts of every kind."""

from __future__ import annotations

import hashlib
import re

import numpy as np
import pytest
from safetensors import safe_open

import models
from algorithms.signal.synthesis_mel import FLOOR, SYNTHESIS_MEL
from algorithms.synthesis.tacotron.tokens import encode
from models.protocols import AcousticModel
from models.tts import tacotron


@pytest.fixture(scope="module")
def voice():
    return models.get("tts/tacotron2")


def test_it_is_the_default_and_keeps_the_protocol(voice):
    assert models.default("AcousticModel").id == "tts/tacotron2"
    assert isinstance(voice, AcousticModel)
    mel, alignment, tokens = voice.mel("The birch canoe slid on the smooth planks. It did!")
    assert mel.dtype == alignment.dtype == np.float32
    assert mel.shape == (SYNTHESIS_MEL.n_mels, len(alignment))
    assert alignment.shape[1] == len(tokens)
    np.testing.assert_allclose(alignment.sum(1), 1, atol=1e-4)
    assert mel.min() >= np.log(FLOOR) - 1e-4
    assert np.isfinite(mel).all()


def test_the_card_describes_the_file(voice):
    card = tacotron.WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
    digest = hashlib.sha256(tacotron.WEIGHTS.read_bytes()).hexdigest()
    assert digest == tacotron.WEIGHTS_SHA256
    with safe_open(tacotron.WEIGHTS, "np") as file:
        assert round(float(file.metadata()["minutes"])) == tacotron.TRAINED_MINUTES, "the page says so"
    assert digest in card
    assert tacotron.WEIGHTS.stat().st_size < 20e6
    weights = sum(p.numel() for p in voice.net.parameters())
    assert int(re.search(r"([\d,]+) weights", card)[1].replace(",", "")) == weights
    assert models.spec("tts/tacotron2").size_mb == pytest.approx(4 * weights / 1e6, rel=0.1)


@pytest.mark.parametrize("text", ["", "  ", "!?...", "😀", "— —", "(((", "_"])
def test_nothing_to_say(voice, text):
    with pytest.raises(ValueError, match="nothing to say"):
        voice.mel(text)


def test_too_long_and_other_scripts(voice):
    with pytest.raises(ValueError, match="5000 characters"):
        voice.mel("a" * 5001)
    with pytest.raises(ValueError, match="Latin"):
        voice.mel("Привет, мир")
    with pytest.raises(ValueError, match="Latin"):
        voice.mel("你好")


@pytest.mark.parametrize(
    "text", ["42", "On 3 May 2024 at 7:30 pm, $5.20.", "x", "Hi 😀!", "naïve café", "NASA", "a" * 90]
)
def test_speakable_texts(voice, text):
    mel, alignment, _ = voice.mel(text)
    assert mel.shape[1] == len(alignment) > 0


def test_five_thousand_characters_are_cut_into_pieces():
    text = ("this goes on and on without a stop " * 200)[:4990]
    read = tacotron.read(text)
    pieces = [piece for sentence in read.phonemes for piece in tacotron.pieces(sentence)]
    assert len(pieces) > 20
    assert max(map(len, pieces)) <= tacotron.LONGEST + 1
    assert all(piece[-1] in ".!?…" for piece in pieces)


def test_pieces_keep_every_sound():
    (whole,) = tacotron.read(
        "He came, he saw, and after a very long while on the road between the hills he won."
    ).phonemes
    cut = "".join(tacotron.pieces(whole, 30))
    bare = [n for n in encode(whole).names if n not in "␣.,"]
    assert [n for n in encode(cut).names if n not in "␣.,"] == bare


def test_a_sentence_gets_a_mark_at_its_end():
    assert tacotron.read("hello world").phonemes[0][-1] == "."
    assert tacotron.read("hello world?").phonemes[0][-1] == "?"
    assert tacotron.closed("wˈʌn,") == "wˈʌn."


def test_it_ends_by_itself(voice):
    for text in ("The birch canoe slid on the smooth planks.", "Glue the sheet to the dark blue background."):
        tokens = encode(tacotron.read(text).phonemes[0])
        assert len(voice.decode(tokens).weights) < tacotron.most_steps(tokens)
