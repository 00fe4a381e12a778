"""The script that measures what augmentation is worth, on a made-up corpus: it runs, resumes, and repeats itself."""

from __future__ import annotations

import sys

import numpy as np
import soundfile

from algorithms.augmentation.recipes import KINDS
from tests.helpers.augmentation import RATE, tone
from training.augmentation import matrix


def corpus(folder):
    """Two words in the layout of Speech Commands split by speaker, ambiences and rooms with their listings."""
    rng = np.random.default_rng(0)
    for part, count in (("train", 55), ("val", 6)):
        for word, hz in (("yes", 400), ("no", 1500)):
            place = folder / "speech_commands" / part / word
            place.mkdir(parents=True)
            for i in range(count):
                y = tone(hz * rng.uniform(0.9, 1.1)) + 0.01 * rng.standard_normal(RATE)
                soundfile.write(place / f"{part}_{i:08x}_nohash_0.flac".removeprefix(f"{part}_"), y, RATE)
    for name, files in (
        ("noise_blanket", ("boat.flac", "city.flac", "coffee-shop.flac")),
        ("rir", ("webaudio_kitchen.flac", "webaudio_echo-chamber.flac", "surrey_roomA_az+00.flac",
                 "surrey_roomA_az+59.flac")),
    ):  # fmt: skip
        place = folder / name
        place.mkdir()
        rows = ["file\tspeaker\tseconds\ttranscript"]
        for file in files:
            soundfile.write(place / file, 0.1 * rng.standard_normal(RATE) * np.exp(-np.arange(RATE) / 800), RATE)
            rows.append(f"{file}\tx\t1.0\tCC0")
        (place / "metadata.tsv").write_text("\n".join(rows) + "\n")


def test_it_measures_resumes_and_repeats_itself(tmp_path, monkeypatch, capsys):
    corpus(tmp_path)
    monkeypatch.setattr(matrix, "ROOMS", 2)
    monkeypatch.setattr(matrix, "VIEWS", 2)
    work = tmp_path / "work"
    arguments = ["matrix", "--data", str(tmp_path), "--work", str(work), "--seeds", "1", "--epochs", "3"]
    monkeypatch.setattr(sys, "argv", arguments)
    matrix.main()
    assert "110 clips to train, 12 to test" in capsys.readouterr().out
    before = {kind: np.load(work / f"probs-{kind}-0.npy") for kind in KINDS}
    for probs in before.values():
        assert probs.shape == (len(KINDS), 12, 11)
        np.testing.assert_allclose(probs.astype(float).sum(2), 1, atol=0.01)
    (work / "probs-room-0.npy").unlink()
    matrix.main()
    assert '"trained": "room"' in (said := capsys.readouterr().out)
    assert '"trained": "clean"' not in said, "what is there stays"
    np.testing.assert_array_equal(np.load(work / "probs-room-0.npy"), before["room"])
