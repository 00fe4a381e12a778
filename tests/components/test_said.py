"""The words under pictures are those that the clip says, in order and inside the sound."""

from __future__ import annotations

import pytest

from algorithms.sound.clips import clip, clips
from components.said import words_of

KNOWN = [known.id for known in clips() if words_of(known.id)]


@pytest.mark.parametrize("clip_id", KNOWN)
def test_words_are_the_clips_own(clip_id):
    words, sound = words_of(clip_id), clip(clip_id)
    letters = [
        "".join(c for c in text.casefold() if c.isalnum()) for text in ("".join(w for w, *_ in words), sound.text)
    ]
    assert letters[0] == letters[1]
    times = [time for word in words for time in word[1:]]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= sound.duration_s + 0.1


def test_what_the_pages_open_with_is_known_and_the_rest_is_left_alone():
    assert {"sentence", "speech"} <= set(KNOWN)
    assert words_of("tone") == words_of("no such clip") == words_of("") == ()
