"""The parts of CTC's training that can go wrong silently: corpus files, labels, the loss with priors, unpacking."""

import json
import struct
import zlib

import numpy as np
import pytest

from training.ctc.corpus import Part, letters
from training.ctc.games import spoken_lines, unpack_rnc
from training.ctc.labels import cut_repeat, nearest_line
from training.ctc.voices import novel_sentences, r_strings


def test_letters_are_what_the_model_spells():
    assert letters("Don’t  STOP - now!") == "don't stop now"


def test_a_part_goes_on_after_a_crash_in_the_middle_of_a_row(tmp_path):
    part = Part(tmp_path, "x")
    part.add(np.full(100, 0.5), text="one", voice="a")
    part.add(np.full(50, -2.0), text="two", voice="a")  # too loud: brought to full scale
    with open(part.pcm, "ab") as pcm, open(part.index, "a") as index:
        pcm.write(b"\0" * 31)
        index.write('{"start": 150, "sam')
    again = Part(tmp_path, "x")
    assert [row["text"] for row in again.rows] == ["one", "two"]
    again.add(np.full(10, 0.25), text="three", voice="b")
    rows = [json.loads(line) for line in again.index.read_text().splitlines()]
    assert [(row["start"], row["samples"]) for row in rows] == [(0, 100), (100, 50), (150, 10)]
    sound = np.fromfile(again.pcm, np.int16)
    assert len(sound) == 160
    assert [sound[0], sound[100], sound[150]] == [16383, -32767, 8191]


def test_kept_back_recordings_are_development_and_untouched_ones_are_not_copied(tmp_path):
    import soundfile

    from training.ctc.corpus import make_shared
    from training.ctc.data import split

    for name, rows in {
        "librispeech_devclean_mp3": [("1272", "HE CAME"), ("422", "SHE WENT"), ("84", "WE STAYED")],
        "kathleen_en": [("kathleen", "Not at this particular case, Tom.")],
    }.items():
        (tmp_path / name).mkdir()
        lines = ["file\tspeaker\tseconds\ttranscript"]
        for speaker, text in rows:
            soundfile.write(tmp_path / name / f"{speaker}.wav", np.full(48000, 0.1), 24000)
            lines.append(f"{speaker}.wav\t{speaker}\t2.0\t{text}")
        (tmp_path / name / "metadata.tsv").write_text("\n".join(lines) + "\n")
    for _ in range(2):  # resumable: the second time adds nothing
        make_shared(tmp_path / "work", tmp_path)
    train, dev = split(tmp_path / "work")
    assert [u.text for u in train["librispeech"]] == ["he came"]
    assert [u.text for u in dev["librispeech"]] == ["she went"]
    assert [u.text for u in train["kathleen"]] == ["not at this particular case tom"]
    assert len(train["kathleen"][0].read()) == 32000


def test_a_phrase_said_twice_by_whisper_is_cut():
    tokens = [1, 2, 3, 4, 5, 2, 3, 4, 5]
    assert cut_repeat(tokens)
    assert tokens == [1, 2, 3, 4, 5]
    assert not cut_repeat(no := [7, 7, 7, 1])
    assert no == [7, 7, 7, 1]


def test_rnc_unpacks_literals_and_copies():
    """A block made by hand: "abc", then a copy of 3 from 3 back and a last literal."""
    bits = []

    def put(value, n):
        bits.extend((value >> i) & 1 for i in range(n))

    put(0, 2)
    put(4, 5)  # raw lengths: symbols 0 to 3, of which 1 and 2 have one-bit codes
    for length in (0, 1, 1, 0):
        put(length, 4)
    put(3, 5)  # distances: symbol 2 alone
    for length in (0, 0, 1):
        put(length, 4)
    put(2, 5)  # copy lengths: symbol 1 alone
    for length in (0, 1):
        put(length, 4)
    put(2, 16)  # rounds
    put(1, 1)  # raw symbol 2: two bits follow minus one: 1 | 1 << 1 = 3 literals
    put(1, 1)
    head = len(bits)
    put(0, 1)  # distance symbol 2: one bit, 0 -> 2, plus 1 is 3 back
    put(0, 1)
    put(0, 1)  # copy length symbol 1: 1 + 2 = 3
    put(0, 1)  # raw symbol 1: one literal
    words = [sum(bit << i for i, bit in enumerate(bits[at : at + 16])) for at in range(0, len(bits), 16)]
    read = -(-head // 16)  # words the decoder has taken when the literals come
    stream = b"".join(w.to_bytes(2, "little") for w in words[:read]) + b"abc"
    stream += b"".join(w.to_bytes(2, "little") for w in words[read:]) + b"d"
    block = b"RNC\x01" + (7).to_bytes(4, "big") + len(stream).to_bytes(4, "big") + bytes(5) + b"\x01" + stream
    assert unpack_rnc(block) == b"abcabcd"
    with pytest.raises(ValueError, match="not an RNC"):
        unpack_rnc(b"RIFF" + block[4:])


def test_loss_without_priors_has_ctcs_gradient_and_priors_spread_letters():
    import torch
    from torch.nn import functional

    from training.ctc.train import ctc_loss

    torch.manual_seed(0)
    logits = torch.randn(3, 30, 29, requires_grad=True)
    frames, targets = torch.tensor([30, 20, 25]), [[3, 4, 4, 5], [6, 7], [8, 9, 10, 1, 2]]
    flat = torch.tensor([token for target in targets for token in target])
    plain = functional.ctc_loss(
        logits.log_softmax(-1).transpose(0, 1), flat, frames, torch.tensor([4, 2, 5]), reduction="sum"
    )
    (theirs,) = torch.autograd.grad(plain / 11, logits)
    (ours,) = torch.autograd.grad(ctc_loss(logits.log_softmax(-1), frames, targets, torch.zeros(29), 0.0), logits)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    prior = torch.full((29,), 0.2 / 28)
    prior[0] = 0.8
    (spread,) = torch.autograd.grad(ctc_loss(logits.log_softmax(-1), frames, targets, prior.log(), 0.5), logits)
    assert spread[..., 0].sum() > theirs[..., 0].sum()  # the blank is pushed down


def test_script_lines_are_cut_at_stage_directions_and_lose_their_length_byte():
    data = b"\0\0\xb1Of course I do.*00I've been there.*XY00(237,112)Come!\0\0AYou're right.*17Forget it.\0"
    lines = spoken_lines(data)
    assert {"Of course I do.", "I've been there.", "Come!", "You're right.", "Forget it."} <= lines
    assert not any("*" in line or "237" in line for line in lines)


def test_a_misheard_line_is_put_right_and_an_unknown_one_is_not():
    lines = ["you better quit while you're ahead king", "to the valley of the mists", "no"]
    assert nearest_line("you better quit while you're a head king", lines) == lines[0]
    assert nearest_line("to the valley of the myth", lines) == lines[1]
    assert nearest_line("yes", lines) is None
    assert nearest_line("good evening", []) is None


def test_novels_come_out_of_an_r_database_without_the_one_that_the_tests_read(tmp_path):
    def block(*lines):
        raw = b"".join(b"\0\4\0\x09" + struct.pack(">i", len(line)) + line for line in lines)
        return struct.pack(">i", len(raw)) + zlib.compress(raw)

    database = tmp_path / "Rdata.rdb"
    emma = block(b"EMMA", b"By Mr. Knightley was", b"invited to dinner. He came.", b"It was a very fine summer day!")
    database.write_bytes(emma + block(b"SENSE AND SENSIBILITY", b"The family of Dashwood had long been settled."))
    assert r_strings(database)[0][:2] == ["EMMA", "By Mr. Knightley was"]
    assert sorted(novel_sentences(database)) == [
        "EMMA By Mr Knightley was invited to dinner.",
        "It was a very fine summer day!",
    ]
    database.write_bytes(emma[:-4])
    with pytest.raises(ValueError, match="not a whole R database"):
        r_strings(database)


def test_weights_are_blended_by_their_shares():
    import torch

    from training.ctc.blend import blend

    old, one, two = ({"w": torch.full((2,), value)} for value in (0.0, 2.0, 4.0))
    assert blend(old, [one, two], 0.5)["w"].tolist() == [1.5, 1.5]
    assert blend(one, [one, one], 0.3)["w"].tolist() == [2.0, 2.0]
