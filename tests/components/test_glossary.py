"""Which words explain themselves, and where."""

from __future__ import annotations

import pytest

from components import glossary
from spaces import discover


def test_a_term_is_written_in_full_or_by_its_abbreviation():
    assert glossary.spellings("Short-time Fourier transform (STFT)") == ["Short-time Fourier transform", "STFT"]
    assert glossary.spellings("Hop") == ["Hop"]
    assert glossary.spellings("False alarm and miss") == ["False alarm", "miss"]


@pytest.mark.parametrize("name", ["Nyquist frequency", "Pre-emphasis", "WebRTC", "Transducer (RNN-T)"])
def test_what_every_room_means_alike(name):
    assert glossary.clear_alone(name)


@pytest.mark.parametrize("name", ["Window", "Frame", "Token"])
def test_what_means_something_of_its_own_in_a_room(name):
    assert not glossary.clear_alone(name)


def test_a_spelling_has_one_meaning_in_a_room_and_one_everywhere():
    found = list(glossary.entries(discover()))
    assert {term["room"] for term in found} >= {"features", "ctc", "whisper"}
    for keys in (
        [(term["room"], term["name"].lower()) for term in found],
        [term["name"].lower() for term in found if term["everywhere"]],
    ):
        assert len(keys) == len(set(keys))
