"""The CTC page with other models: which one ran, what it can write, and what happens where one can't be had."""

from __future__ import annotations

import html
import json
import threading
from dataclasses import replace

import numpy as np
import pytest

from components.model_picker import OTHER
from spaces.ctc import alignment, choice, decoding, files, pictures, real, sound, spelling
from spaces.ctc.page import FETCH, FETCHING, leave
from tests.helpers.ctc_page import LETTERS, PAGE, PHONEMES, USUAL, drawn, save_checkpoint, visit_of
from tests.helpers.patience import PATIENCE

PLAIN = ("-", " ", "'", *"abcdefghijklmnopqrstuvwxyz")
UPPER = tuple(LETTERS)
SOUNDS = tuple(PHONEMES)
HUB = "facebook/wav2vec2-base-960h"


@pytest.fixture
def nothing_answers(monkeypatch, tmp_path):
    """A hub at a port of this machine where nothing listens: the same outcome with and without a network."""
    import huggingface_hub.constants

    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")


@pytest.fixture(scope="module")
def letters(tmp_path_factory):
    return save_checkpoint(tmp_path_factory.mktemp("letters"), LETTERS)


@pytest.fixture(scope="module")
def phonemes(tmp_path_factory):
    return save_checkpoint(tmp_path_factory.mktemp("phonemes"), PHONEMES, sample_rate=8000)


def asked(folder, **changed) -> dict:
    return {"part": "real", "model": OTHER, "hub": str(folder), **changed}


def heard_by(folder, **changed) -> sound.Heard:
    return visit_of(**asked(folder, **changed)).scene.heard


def note(values) -> str:
    return html.unescape(values["model_note"])


# ---------------------------------------------------------------- what can be written


@pytest.mark.parametrize(
    ("text", "vocab", "wanted", "dropped"),
    [
        ("Eat it!", UPPER, "EAT IT", "!"),
        ("  he's  in ", PLAIN, "he's in", ""),
        ("dʒɑː", SOUNDS, "dʒ ɑː", ""),  # the longest symbol first: dʒ, not d and ʒ
        ("d ʒ ɑː 7", SOUNDS, "d ʒ ɑː", "7"),
        ("<s> <unk>", SOUNDS, "s n", "<>uk"),  # special symbols can't be typed
        ("", SOUNDS, "", ""),
    ],
)
def test_typed_text_in_the_models_own_symbols(text, vocab, wanted, dropped):
    tokens, left = spelling.tokens_of(text, vocab)
    assert spelling.written(tokens, vocab) == wanted
    assert left == dropped


def test_what_is_no_text_is_left_out():
    numbers = [UPPER.index(s) for s in ("|", "<s>", "E", "|", "T", "<unk>", "|")]
    assert spelling.written(spelling.stripped(numbers, UPPER), UPPER) == "E T"


def test_the_alphabet_is_named():
    assert spelling.alphabet(PLAIN) == "a to z, space and apostrophe"
    assert spelling.alphabet(SOUNDS) == "7 symbols such as n, s, ɑː, dʒ, d"
    assert "space (written | by the model)" in spelling.alphabet(UPPER)


# ---------------------------------------------------------------- a model of the visitor's own


def test_a_folder_reads_the_sound_and_the_page_says_so(letters):
    values, heard = drawn(**asked(letters)), heard_by(letters)
    assert heard.vocab[0] == "<pad>"
    assert heard.model == f"local:{letters}"
    assert f"Shown: <strong>the folder {letters.name}</strong>, one row every 20 ms." in note(values)
    assert values["zoom"]["model"] == heard.model
    assert heard.how.startswith(f"The folder {letters.name} has just read 3.3 s of sound")
    assert {"–", "␣", "E", "'"} <= set(values["emissions"]["data"][0]["y"])
    assert json.loads(files.json_text(heard, alignment.align(heard, "eat")))["model"] == heard.model


def test_its_capitals_take_small_letters_and_its_bar_a_space(letters):
    heard = heard_by(letters)
    aligned = alignment.align(heard, "He had a son.")
    assert aligned.text == "HE HAD A SON"
    assert aligned.dropped == "."
    assert [w.text for w in aligned.words] == ["HE", "HAD", "A", "SON"]
    assert [w["text"] for w in real.chips(heard, aligned)] == ["HE", "HAD", "A", "SON"]
    assert "(small letters become capital)" in " ".join(real.remarks(heard, aligned))


def test_letters_it_lacks_are_named(letters):
    values = drawn(**asked(letters, text="xyz"))
    assert "can be written with the model's symbols (A, D, E, H" in html.unescape(values["status"])


def test_a_phoneme_model_at_another_rate(phonemes):
    heard = heard_by(phonemes)
    assert heard.frame_s == pytest.approx(0.02)
    assert len(heard.log_probs) == pytest.approx(heard.duration_s / 0.02, abs=2)  # resampled to its 8 kHz
    aligned = alignment.align(heard, "dʒ ɑː n")
    assert aligned.text == "dʒ ɑː n"
    # Nothing stands between words, so every phoneme is a chip of its own.
    chips = real.chips(heard, aligned)
    assert [(c["text"], c["letters"]) for c in chips] == [("dʒ", []), ("ɑː", []), ("n", [])]
    assert files.textgrid(heard, aligned).count('text = "dʒ"') == 2
    said = drawn(**asked(phonemes, part="decode", case="clip"))["results"]
    assert "This model writes phonemes, so the language model of letters is left out." in said
    assert "Beam + letter bonus" in said
    assert "phonemes (as greedy hears them)" in drawn(**asked(phonemes, part="why"))["counts"]


def test_the_language_model_reads_capitals_as_small_letters(letters):
    heard = heard_by(letters)
    case = decoding.case_of({**USUAL, "case": "clip"}, heard)
    assert {" ", "e", "t"} <= set(case.vocab)
    assert not {"|", "E"} & set(case.vocab)


def test_symbols_that_are_no_text_get_no_row(letters):
    heard = heard_by(letters)
    even = replace(heard, log_probs=np.full_like(heard.log_probs, -np.log(len(UPPER))))
    assert pictures.emissions(even)["data"][0]["y"] == ["–", "␣", *"ETAOINSHRD'"]


def test_many_symbols_get_the_rows_that_matter():
    rng = np.random.default_rng(0)
    log_probs = np.log(rng.dirichlet(np.full(400, 0.05), 200) + 1e-9)
    vocab = ("<pad>", *(f"p{i}" for i in range(399)))
    base = sound.hear(None, "sentence")
    heard = replace(base, log_probs=log_probs, vocab=vocab)
    rows = pictures.shown_symbols(heard)
    assert rows[0] == 0
    assert len(rows) == pictures.MAX_ROWS + 1
    left = set(range(1, 400)) - set(rows)
    assert min(log_probs.max(0)[rows[1:]]) >= max(log_probs.max(0)[list(left)])
    assert "Of the 400 symbols, the 41 likeliest ones here." in pictures.emissions(heard)["alt"]


# ---------------------------------------------------------------- models that are not here


def test_a_hub_model_waits_for_the_button_and_the_packaged_one_stays():
    values = drawn(part="real", model=HUB)
    assert values["fetch"]["visible"]
    assert "the button fetches it" in values["model_note"]
    assert "Still shown: <strong>ctc/whisper-tiny</strong>" in values["model_note"]
    assert values["zoom"]["model"] == sound.MODEL


def fetched(fields: dict, view=None) -> list[dict]:
    return list(PAGE.happened(FETCH, visit_of(zoom=view, **fields)))


def test_no_network_is_said_and_the_pictures_stay(nothing_answers):
    *_, last = fetched(asked("nobody/nothing-here"))
    assert "nobody/nothing-here can't be fetched: the Hugging Face hub does not answer" in note(last)
    assert 'role="alert"' in note(last)
    assert "Still shown: <strong>ctc/whisper-tiny</strong>" in note(last)
    assert set(last) == {"model_note", "halt", "fetch"}
    assert not last["halt"]["visible"]
    assert last["fetch"]["interactive"]


def test_what_is_fetched_reads_the_sound_and_stop_says_where_it_stood(letters, monkeypatch):
    monkeypatch.setattr(choice, "_named", {})
    spec = choice.choose(OTHER, str(letters)).spec
    name = "nobody/letters"
    begun, go_on = threading.Event(), threading.Event()

    def fetch(wanted, progress):
        progress(0.25, "Downloading")
        begun.set()
        while not go_on.wait(0.01):
            progress(0.5, "Downloading")
        return choice._remember(spec, wanted.name)

    monkeypatch.setattr(choice, "fetch", fetch)
    visit = visit_of(**asked(name))
    steps = PAGE.happened(FETCH, visit)
    first = next(steps)
    assert "Downloading" in first["model_note"]
    assert first["halt"]["visible"]
    assert not first["fetch"]["interactive"]
    assert begun.wait(PATIENCE)
    threading.Thread(target=FETCHING.stop, args=(None,)).start()
    *_, last = steps
    assert "Stopped before the model had arrived." in note(last)
    assert set(last) == {"model_note", "halt", "fetch"}
    go_on.set()
    *_, last = fetched(asked(name))
    assert f"Shown: <strong>the folder {letters.name}</strong>" in note(last)
    assert not last["halt"]["visible"]
    assert not last["fetch"]["visible"]
    assert last["zoom"]["model"] == f"local:{letters}"
    assert "E" in last["emissions"]["data"][0]["y"]
    assert "pictures are those from before" in FETCH.halt.last(visit_of(**asked(name)))["model_note"]


def test_another_sound_ends_the_fetching_and_another_part_does_not(monkeypatch):
    def fetch(wanted, progress):
        while True:
            progress(0.5, "Downloading")
            threading.Event().wait(0.01)

    monkeypatch.setattr(choice, "fetch", fetch)
    steps = PAGE.happened(FETCH, visit_of(**asked("nobody/letters")))
    next(steps)
    for moved in ("part", "text", "colour"):
        leave(visit_of(moved=moved))
        assert next(steps)["halt"]["visible"]
    rest: list[dict] = []
    visitor = threading.Thread(target=lambda: rest.extend(steps))
    visitor.start()
    leave(visit_of(moved="clip"))
    visitor.join(20)
    assert rest[-1] == {}, "the page that the other sound draws is the last word"
    assert not drawn(**asked("nobody/letters"), moved="clip")["halt"]["visible"]


def test_after_a_folder_the_folder_stays_shown(letters, nothing_answers):
    view = drawn(**asked(letters))["zoom"]
    refused = asked("nobody/nothing-here")
    values = drawn(zoom=view, moved="hub", **refused)
    assert f"Still shown: <strong>the folder {letters.name}</strong>" in note(values)
    *_, last = fetched(refused, view)
    assert f"Still shown: <strong>the folder {letters.name}</strong>" in note(last)
    # Also with another clip: it is read by the model that ran last.
    other = visit_of(zoom=view, **refused, clip="speech").scene
    assert other.whole.model == f"local:{letters}"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "Type a hub id"),
        ("not a model", "as owner/name"),
        ("/nowhere/at/all", "as owner/name"),
    ],
)
def test_what_names_no_model(name, says):
    found = choice.choose(OTHER, name)
    assert found.spec is None
    assert not found.ask
    assert says in found.said
    assert says in note(drawn(**asked(name)))


def test_a_damaged_folder_is_said(letters, tmp_path):
    import shutil

    folder = shutil.copytree(letters, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes(b"{")
    said = note(drawn(**asked(folder)))
    assert "damaged can't be read as a CTC model" in said
    assert "Still shown: <strong>ctc/whisper-tiny</strong>" in said


def test_a_public_page_looks_at_no_folder(letters, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/speech-lab")
    found = choice.choose(OTHER, str(letters))
    assert found.spec is None
    assert "folder" not in found.said
