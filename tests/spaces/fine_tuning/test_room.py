"""The room's parts called without a browser, and its runs as the processes that they are."""

from __future__ import annotations

import json

import pytest

from algorithms.finetune import network
from algorithms.text.wer import character_errors, normalize
from spaces.fine_tuning import data as data_part
from spaces.fine_tuning import material, page, runs, sheet, shown, train
from tests.helpers.patience import until
from training.whisper_finetune import data, judge


@pytest.fixture(scope="module")
def room():
    import gradio as gr

    from spaces.fine_tuning import SPACE

    with gr.Blocks():
        return page.LESSON.build(SPACE)


def test_the_packaged_clips_are_parted_and_credited():
    by = {split: [c for c in material.clips() if c.split == split] for split in ("train", "development", "test")}
    assert sum(c.seconds for c in by["train"]) > 170
    assert len(by["test"]) == 20
    for one, other in (("train", "test"), ("train", "development"), ("development", "test")):
        assert not {c.speaker for c in by[one]} & {c.speaker for c in by[other]}
        assert not {normalize(c.text) for c in by[one]} & {normalize(c.text) for c in by[other]}
    assert all(c.path.is_file() for c in material.clips())
    assert sum(path.stat().st_size for path in material.FOLDER.iterdir()) < 1_500_000
    # The script parts them as the page says.
    parted = data.parted(data.listed(material.FOLDER))
    assert {(r.path.stem, r.split) for r in parted} == {(c.name, c.split) for c in material.clips()}


def test_the_page_names_the_script_s_methods():
    assert set(train.METHODS) == set(network.METHODS)


def test_shipped_rates_follow_from_the_shipped_texts():
    for held in material.shipped().values():
        for when in ("before", "after"):
            for found in filter(None, held[when].values()):
                again = judge.rates([c["said"] for c in found["clips"]], [c["written"] for c in found["clips"]])
                assert {name: found[name] for name in again} == pytest.approx(again, abs=1e-3)
    demo = material.shipped()["demo"]
    assert demo["validations"][-1]["cer"] < demo["validations"][0]["cer"]
    assert {c["name"] for c in demo["after"]["test"]["clips"]} == {c.name for c in material.test_clips()}
    longer = material.shipped()["all"]
    rates = [longer[when]["test"]["cer"] for when in ("before", "after")]
    assert round(longer["seconds"] / 60) == 51
    assert 0.25 < rates[1] / rates[0] < 0.4, "a third of what it was"
    assert longer["after"]["english"]["wer"] > 2 * longer["before"]["english"]["wer"], "English pays for it"


def test_vowel_signs_stay_with_their_letters():
    found = shown.clusters("പാലം", "പലം")
    assert [(ref, hyp) for _, ref, hyp in found] == [("പാ", "പ"), ("ലം", "ലം")]
    assert found[0][0] == "deletion"
    assert "x &amp; y" in shown.aligned("a", "b", "x & y")
    assert shown.percent(character_errors("abcd", "abxd").rate) == "25\N{NO-BREAK SPACE}%"


def test_what_a_method_takes_is_counted(room):
    lora = room.open({"method": "lora", "rank": 16})["cost"]
    assert "589,824 of" in lora  # 36 matrices of 512 by 512, each with 2 x 16 x 512 numbers beside it
    assert "52,003,328 of" in room.open({})["cost"]


def test_parts_show_the_chosen_clip(room):
    values = room.open({"part": "should", "sentence": 7})
    assert values["player"].title.startswith("Test clip 7")
    assert "CER" in values["base_rates"]
    values = room.open({"part": "sheet", "which": "mine"})
    assert "no run" in values["sheet_note"]
    assert values["sheet"] == ""


def test_a_split_by_clip_leaks_and_the_shipped_one_does_not(room):
    found = data_part.leaks(data_part.parted("both", 0))
    assert (found.tested, found.speakers, found.sentences) == (20, 0, 0)
    for seed in range(5):
        drawn = data_part.parted("clip", seed)
        assert sorted(c.name for part in drawn.values() for c in part) == sorted(c.name for c in material.clips())
        assert data_part.leaks(drawn).speakers > 5
    assert "None of the 20" in room.open({"part": "data"})["leak"]
    assert "also learnt from" in room.open({"part": "data", "parting": "clip"})["leak"]


def test_a_run_that_is_gone_is_said(room):
    assert "no longer kept" in room.open({"run": "nonsense"})["line"]
    visit = room.default_visit(run="nonsense")
    assert train.looked(visit)["pulse"].active is False
    assert "no longer" in train.halted(visit)["line"]
    assert "train in part 1" in next(sheet.exported(visit))["export_line"]


def test_options_are_what_the_script_takes(room):
    from training.whisper_finetune.__main__ import arguments

    for fields in ({}, {"method": "lora", "rank": 4}, {"method": "decoder", "spec": True}):
        how = arguments(["folder", "--work", "w", *train.options(room.default_visit(**fields).fields)])
        assert how.steps == train.STEPS == 20
        assert how.spec_augment is bool(fields.get("spec"))


@pytest.fixture
def own_runs(monkeypatch):
    made = runs.Runs()
    yield made
    made.end()


def test_one_run_at_a_time_found_by_its_token_and_ended_when_nobody_looks(own_runs):
    run = own_runs.start(["--steps", "4"])
    assert run.alive
    assert own_runs.find(run.token) is run
    assert own_runs.find("other") is None
    with pytest.raises(runs.Busy, match="Somebody else"):
        own_runs.start(["--steps", "4"])
    own_runs.tidy(run.seen + runs.UNSEEN_S - 1)
    assert run.alive
    own_runs.tidy(run.seen + runs.UNSEEN_S + 1)
    assert not run.alive
    assert "was ended" in train.said_of(run, run.lines())
    assert run.folder.exists()  # the visitor may come back
    own_runs.tidy(run.seen + runs.FORGOTTEN_S + 1)
    assert not run.folder.exists()
    assert own_runs.find(run.token) is None


def test_a_run_that_has_ended_is_shown_and_compared(room, own_runs, monkeypatch):
    monkeypatch.setattr(sheet, "RUNS", own_runs)
    monkeypatch.setattr(train, "RUNS", own_runs)
    held = material.shipped()["demo"]
    run = runs.Run(["--steps", "40"])
    own_runs._runs[run.token] = run
    told = [{"event": "validation", **one} for one in held["validations"]]
    told[1:1] = [{"event": "step", "step": 1, "of": 40, "loss": 2.0, "seconds": 3.0, "cpu_s": 3.0}] * 2  # told twice
    lines = [json.dumps(one) for one in (*told, {"event": "end", "step": 40})]
    (run.folder / "progress.jsonl").write_text("\n".join(lines) + '\n{"event": "half a li')
    (run.folder / "report.json").write_text(json.dumps(held))
    values = room.open({"run": run.token})
    assert "Done: part 3" in values["line"]
    assert values["halt"]["interactive"] is False
    assert train.looked(room.default_visit(run=run.token))["which"] == runs.MINE, "part 3 opens with it"
    assert len(values["curve"]["data"][0]["x"]) == 1
    values = room.open({"run": run.token, "part": "sheet", "which": "mine"})
    assert "Malayalam, CER" in values["sheet"]
    assert "After fine-tuning" in values["tuned_aligned"]
    (run.folder / "progress.jsonl").write_text("\n".join([*lines[:-1], '{"event": "stopped", "step": 7}']) + "\n")
    values = train.looks_of(run)
    assert values["halt"]["value"] == "Resume"
    assert "Stopped after step 7" in values["line"]


def test_the_time_left_counts_validations_and_the_test():
    def step(number, time):
        return {"event": "step", "step": number, "of": 20, "seconds": 4.0, "time": time}

    data = {"event": "data", "validation": 8, "test": 20, "time": 0.0}
    first = {"event": "validation", "step": 0, "time": 0.1}
    lines = [data, first, *(step(n, 4.0 * n) for n in range(1, 10))]
    # 11 steps, validations after 10 and 20 and a test of 2.5 times as many clips, each validation five steps long
    assert train.seconds_left(lines) == pytest.approx(11 * 4 + (2 + 2.5) * 20)
    lines += [step(10, 40.0), {"event": "validation", "step": 10, "time": 70.0}, step(11, 74.0)]
    assert train.seconds_left(lines) == pytest.approx(9 * 4 + (1 + 2.5) * 30)
    assert "about 2 min left, the test included" in train.time_left(lines)
    lines += [step(20, 110.0), {"event": "validation", "step": 20, "time": 120.0}]
    assert train.seconds_left(lines) == pytest.approx(2.5 * 10)
    assert train.time_left(lines) == "less than a minute left"


def test_a_script_that_refuses_is_a_sentence_on_the_page(own_runs, monkeypatch, tmp_path):
    monkeypatch.setattr(material, "FOLDER", tmp_path)  # an empty folder
    run = own_runs.start(["--steps", "4"])
    assert until(lambda: not run.alive)
    values = train.looks_of(run)
    assert "holds no list of texts" in values["line"]
    assert values["pulse"].active is False
