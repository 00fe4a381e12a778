"""The recordings that trainings share: every file is there, and nobody is both trained on and kept back."""

from collections import defaultdict

import numpy as np
import pytest

from training.recordings import BY_SENTENCE, DEVELOPMENT, LICENCES, SPLITS, TRAIN, UNTOUCHED, recordings


@pytest.fixture(scope="module")
def listed(data):
    return list(recordings(data))


def test_every_file_of_every_listing_is_there_with_its_licence(listed):
    assert {one.set for one in listed} == set(LICENCES)
    assert all(one.path.is_file() and one.seconds > 0 and one.licence for one in listed)
    assert len({one.path for one in listed}) == len(listed), "no file is listed twice"
    assert all(one.transcript is None for one in listed if one.set in ("ami_excerpts", "rir", "noise_blanket"))


def test_nobody_with_a_name_is_in_two_splits(listed):
    splits = defaultdict(set)
    for one in listed:
        if one.set in ("librispeech_devclean_mp3", "msc_malayalam"):
            splits[one.speaker].add(one.split)
    assert all(len(found) == 1 for found in splits.values())


def test_librispeech_keeps_a_woman_and_a_man_back_twice(listed, data):
    lines = (data / "librispeech_devclean_mp3" / "speakers.tsv").read_text().splitlines()
    sex = {line.split("\t")[0]: line.split("\t")[1] for line in lines}
    readers = defaultdict(set)
    for one in listed:
        if one.set == "librispeech_devclean_mp3":
            readers[one.split].add(one.speaker)
    assert len(readers[TRAIN]) == 7
    for split in (DEVELOPMENT, UNTOUCHED):
        assert sorted(sex[reader] for reader in readers[split]) == ["F", "M"]


def test_no_speaker_of_a_meeting_is_in_two_splits(listed, data):
    split_of = {one.path.stem: one.split for one in listed if one.set == "ami_excerpts"}
    heard = defaultdict(set)
    for line in (data / "ami_excerpts" / "truth.rttm").read_text().splitlines():
        _, meeting, *_, speaker, _, _ = line.split()
        heard[speaker].add(split_of[meeting])
    assert set().union(*heard.values()) == set(SPLITS)
    assert all(len(found) == 1 for found in heard.values())


def test_a_sentence_by_one_voice_is_on_one_side_in_both_dutch_voices_too(listed):
    splits = defaultdict(set)
    for one in listed:
        if one.set in BY_SENTENCE:
            splits[one.transcript].add(one.split)
    assert all(len(found) == 1 for found in splits.values())


def test_sound_comes_at_the_rate_that_is_asked_for(listed):
    for name in LICENCES:
        one = min((one for one in listed if one.set == name), key=lambda one: one.seconds)
        y = one.read(8000)
        assert y.dtype == np.float32
        assert y.ndim == 1
        assert abs(len(y) / 8000 - one.seconds) < 0.1


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no split 'test'"):
        next(recordings(tmp_path, split="test"))
    with pytest.raises(ValueError, match="no set 'common_voice'"):
        next(recordings(tmp_path, "common_voice"))
    with pytest.raises(FileNotFoundError):
        next(recordings(tmp_path, "rir"))
