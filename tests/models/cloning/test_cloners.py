"""The models: what they give, what they refuse, and that a clone is nearer to the reference than its source."""

from __future__ import annotations

import base64

import numpy as np
import pytest

import models
from algorithms.sound import load
from algorithms.sound.clips import clip
from models.protocols import SpeakerEncoder, VoiceCloner

RATE = 16_000


@pytest.fixture(scope="module")
def cloner():
    return models.get("voice/knn")


@pytest.fixture(scope="module")
def listener():
    return models.get("speaker/ge2e")


@pytest.fixture(scope="module")
def reader() -> np.ndarray:
    return load(clip("speech_long").path, sample_rate=RATE).y[: 15 * RATE]


def test_they_are_what_their_tasks_ask_for(cloner, listener):
    assert isinstance(cloner, VoiceCloner)
    assert isinstance(listener, SpeakerEncoder)
    assert models.default("VoiceCloner").id == "voice/knn"
    assert models.default("SpeakerEncoder").id == "speaker/ge2e"


# What Resemblyzer 0.1.4 gives for the reader (`VoiceEncoder.embed_utterance`, 2026-11-28): 256 values, steps of 1/500.
RESEMBLYZERS = (
    "AABBAAANAAAnIg47BwAALGEAAAAANAAAAFIADgAAEAUAAABNAQADAQAACAIHABMDAAAAAgAAAAASHFwABQAtNwMAKi4AAAEOACgCAAABKygAABgPDAAA"
    "CQB7AwAAAgsABQAAAAAAF1sSCwAvAAkAAA0UFQABDAVgDgIBABwkBCQ5AAMAGwQbCC4ACiMABEEGPSgRACIGAioABAA+AAAbAC0AaSwNBi4AGDoAAAgD"
    "ABMjTAcBJAAdCAkAABQABAAAASMAD2gOIT43DQEAAAAABwQRAABvPgAaAD9IABkAAAAAWCsGAAASACIAABE9ByIAOAIGdQAvRAAbEQAADQACAA=="
)


def test_the_embedding_is_resemblyzers(listener, reader):
    theirs = np.frombuffer(base64.b64decode(RESEMBLYZERS), np.uint8) / 500
    assert theirs.shape == (256,)
    assert float(listener.embed(reader) @ theirs) > 0.99  # ours also cuts pauses


def test_the_clone_is_nearer_to_the_reference(cloner, listener, reader):
    voice = cloner.analyse(reader)
    source = cloner.say("Four hours of steady work faced us.")
    made = cloner.speak(source, voice, tempo=None)
    target = listener.embed(reader)
    assert made.y.dtype == np.float32
    assert np.abs(made.y).max() == pytest.approx(0.9, abs=0.01)
    assert listener.embed(made.y) @ target > listener.embed(source) @ target + 0.1
    assert made.how.reference_rows.max() < len(reader) // 160 + 2
    # The same by the protocol's own words, which analyse again: nothing is random.
    assert np.allclose(cloner.clone("Four hours of steady work faced us.", reader), made.y, atol=1e-3)


def test_a_conversion_keeps_the_timing(cloner, reader):
    speech = load(clip("sentence").path, sample_rate=RATE).y
    made = cloner.convert(speech, reader)
    assert abs(len(made) - len(speech)) <= 2 * 320

    def level(y):
        size = len(y) // 800 * 800
        return np.sqrt((y[:size].reshape(-1, 800) ** 2).mean(1))

    n = min(len(level(made)), len(level(speech)))
    assert np.corrcoef(level(made)[:n], level(speech)[:n])[0, 1] > 0.7


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (np.zeros(0), "empty"),
        (np.zeros(RATE), "at least 3 s"),
        (np.zeros(5 * RATE), "silent"),
        (np.full(5 * RATE, np.nan), "aren't numbers"),
        (np.zeros((5 * RATE, 2)), "one channel"),
        (np.random.default_rng(0).normal(size=5 * RATE) * 0.1, "Nobody speaks"),
    ],
)
def test_a_reference_that_can_not_be_used_is_refused_in_a_sentence(cloner, bad, says):
    with pytest.raises(ValueError, match=says) as wrong:
        cloner.analyse(bad)
    assert str(wrong.value).endswith(".")


def test_too_much_speech_and_silence_are_refused(cloner, listener, reader):
    voice = cloner.analyse(reader[: 4 * RATE])
    with pytest.raises(ValueError, match="120 s"):
        cloner.speak(np.zeros(121 * RATE, np.float32), voice)
    with pytest.raises(ValueError, match="silent"):
        cloner.convert(np.zeros(RATE), reader[: 4 * RATE])
    with pytest.raises(ValueError, match="silent"):
        listener.embed(np.zeros(RATE))
