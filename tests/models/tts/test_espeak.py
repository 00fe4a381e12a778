"""The synthetic voice: it speaks, in several voices, and says in a sentence what it can't do."""

import numpy as np
import pytest

from models.registry import ModelUnavailable
from models.tts import espeak

needs_voice = pytest.mark.skipif(not espeak.available(), reason="needs espeak-ng (packages.txt)")


@needs_voice
def test_it_says_a_word():
    y = espeak.say("computer")
    assert y.dtype == np.float32
    assert 0.3 < len(y) / 16_000 < 2
    assert np.abs(y).max() == pytest.approx(0.4, abs=0.01)


@needs_voice
def test_quicker_is_shorter_and_another_speaker_another_sound():
    slow, quick = (len(espeak.say("computer", words_per_minute=wpm)) for wpm in (100, 220))
    assert quick < 0.7 * slow
    a, b = espeak.say("hello", speaker="m1"), espeak.say("hello", speaker="f2")
    assert len(a) != len(b) or not np.array_equal(a, b)


@needs_voice
@pytest.mark.parametrize(("text", "language"), [("привет", "ru"), ("你好", "cmn"), ("Grüße", "de"), ("-v it", "en-us")])
def test_other_languages_and_what_looks_like_an_option(text, language):
    assert len(espeak.say(text, language=language)) > 3000


@pytest.mark.parametrize(
    ("text", "more", "message"),
    [
        ("", {}, "Type a word"),
        ("...", {}, "Type a word"),
        ("x" * 41, {}, "up to 40"),
        ("word", {"language": "../etc"}, "no voice"),
        ("word", {"words_per_minute": 1000}, "words a minute"),
        ("word", {"pitch": -1}, "pitch"),
        ("привет", {"language": "en-us"}, "language of the word"),
    ],
)
def test_what_it_cannot_say_is_refused(text, more, message):
    with pytest.raises(ValueError, match=message):
        espeak.say(text, **more)


def test_without_the_program_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(espeak, "PROGRAM", "no-such-program")
    with pytest.raises(ModelUnavailable, match="apt-get install espeak-ng"):
        espeak.say("word")
