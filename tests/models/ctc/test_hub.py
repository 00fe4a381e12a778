"""CTC models of folders and of the hub: a tiny checkpoint and a tiny hub that the test itself makes."""

from __future__ import annotations

import hashlib
import http.server
import json
import re
import threading
from urllib.parse import unquote, urlparse

import numpy as np
import pytest

import models
from algorithms import ctc
from models.ctc import hub as ctc_hub
from models.protocols import CtcModel
from models.registry import ModelUnavailable


def noise(seconds, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, int(seconds * 16000)).astype(np.float32)


SYMBOLS = {"A": 3, "B": 1, "<unk>": 0, "|": 4, "<pad>": 2}


@pytest.fixture
def checkpoint(tmp_path):
    """A folder as `save_pretrained` leaves it, of a tiny random wav2vec 2.0 whose blank is symbol 2."""
    from models import torchaudio_guard

    torchaudio_guard.install()
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2ForCTC

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        vocab_size=5,
        pad_token_id=2,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        conv_dim=(8, 8),
        conv_stride=(5, 4),
        conv_kernel=(10, 8),
        num_feat_extract_layers=2,
        num_conv_pos_embeddings=4,
        num_conv_pos_embedding_groups=2,
    )
    model = Wav2Vec2ForCTC(config).eval()
    model.save_pretrained(tmp_path)
    (tmp_path / "vocab.json").write_text(json.dumps(SYMBOLS))
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"sampling_rate": 8000, "do_normalize": True}))
    return tmp_path, model


def test_a_folder_becomes_a_ctc_model_with_its_blank_first(checkpoint):
    import torch

    folder, original = checkpoint
    model = ctc_hub.load_folder(folder)
    assert isinstance(model, CtcModel)
    assert model.vocab == ("<pad>", "<unk>", "B", "A", "|")
    assert model.frame_s == pytest.approx(20 / 8000)
    assert model.sample_rate == 8000
    y = noise(0.1) * 3
    found = model.log_probs(y)
    with torch.inference_mode():
        wanted = original(torch.from_numpy((y - y.mean()) / y.std())[None]).logits[0].log_softmax(-1)
    np.testing.assert_allclose(found, wanted[:, [2, 0, 1, 3, 4]], atol=1e-3)
    assert ctc.encode("ab a", model.vocab) == [3, 2, 4, 3]


@pytest.mark.parametrize("samples", [1, 44, 45])
def test_a_clip_shorter_than_a_frame_has_one(checkpoint, samples):
    assert ctc_hub.load_folder(checkpoint[0]).log_probs(noise(1)[:samples]).shape == (1, 5)


def test_a_long_clip_is_read_in_windows(checkpoint):
    """Each window's rows are those of the same samples read alone; nothing is lost or doubled where windows meet."""
    model = ctc_hub.load_folder(checkpoint[0])
    model._normalise = False  # so that a piece read alone is scaled like the whole
    stride, shortest = model._stride, model._shortest
    window, context = int(ctc_hub.WINDOW_S / model.frame_s), int(ctc_hub.CONTEXT_S / model.frame_s)
    y = noise(2.7 * window * stride / 16000)
    shares = []
    rows = model.log_probs(y, shares.append)
    assert len(rows) == (len(y) - shortest) // stride + 1
    assert shares == pytest.approx([window / len(rows), 2 * window / len(rows), 1.0])
    first, last = window - context, 2 * window + context
    alone = model.log_probs(y[first * stride : (last - 1) * stride + shortest])
    np.testing.assert_allclose(rows[window : 2 * window], alone[context : context + window], atol=1e-4)
    whole = model._run(y)
    assert len(whole) == len(rows)
    assert np.abs(np.exp(whole) - np.exp(rows)).mean() < 0.02


@pytest.mark.parametrize("name", ["vocab.json", "config.json", "model.safetensors"])
def test_a_missing_file_is_named(checkpoint, name):
    (checkpoint[0] / name).unlink()
    with pytest.raises(ModelUnavailable, match=f"no {name}"):
        ctc_hub.load_folder(checkpoint[0])


@pytest.mark.parametrize("name", ["vocab.json", "config.json", "model.safetensors"])
def test_a_damaged_file_is_said(checkpoint, name):
    (checkpoint[0] / name).write_text("{")
    with pytest.raises(ModelUnavailable, match="can't be read as a CTC model"):
        ctc_hub.load_folder(checkpoint[0])


def test_a_model_without_ctc_head_is_refused(checkpoint):
    folder, model = checkpoint
    model.wav2vec2.save_pretrained(folder)
    with pytest.raises(ModelUnavailable, match="never trained for CTC"):
        ctc_hub.load_folder(folder)


def test_kinds_whose_frames_are_unclear_are_refused(checkpoint):
    config = json.loads((checkpoint[0] / "config.json").read_text())
    (checkpoint[0] / "config.json").write_text(json.dumps({**config, "model_type": "wav2vec2-bert"}))
    with pytest.raises(ModelUnavailable, match="of the kind wav2vec2-bert"):
        ctc_hub.load_folder(checkpoint[0])


def test_resolve_knows_the_task(checkpoint):
    local = models.resolve(f" {checkpoint[0]} ", "CtcModel")
    assert (local.task, local.offline, local.source) == ("CtcModel", True, str(checkpoint[0]))
    assert models.get(local).vocab[0] == "<pad>"
    with pytest.raises(ModelUnavailable, match="Whisper"):
        models.resolve(str(checkpoint[0]))  # without a task it is a transcriber that is meant
    with pytest.raises(ValueError, match="No Synthesizer can be named freely"):
        models.resolve("a/b", "Synthesizer")


def test_public_visitors_learn_nothing_of_the_disk(checkpoint, monkeypatch):
    monkeypatch.setenv("SPACE_ID", "someone/speech-lab")
    with pytest.raises(ModelUnavailable, match="as owner/name") as refused:
        models.resolve(str(checkpoint[0]), "CtcModel")
    assert "folder" not in str(refused.value)


def test_too_large_a_model_is_refused_before_it_is_read(checkpoint, monkeypatch):
    with (checkpoint[0] / "model.safetensors").open("r+b") as file:
        file.truncate(30_000_000)
    monkeypatch.setenv("SPEECH_LAB_MODEL_MB", "20")
    with pytest.raises(ModelUnavailable, match="needs 30 MB"):
        models.resolve(str(checkpoint[0]), "CtcModel")


class Hub(http.server.BaseHTTPRequestHandler):
    """As much of the Hugging Face hub as a download needs, with models that lie in `self.server.models`."""

    SHA = "0123456789abcdef0123456789abcdef01234567"
    PULL = "fedcba9876543210fedcba9876543210fedcba98"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET(body=False)

    def do_GET(self, body=True):
        path = unquote(urlparse(self.path).path).strip("/")
        found = re.fullmatch(r"api/models/(tiny/\w+)(?:/revision/(.+))?", path)
        if found:
            return self.answer(self.about(*found.groups()))
        if found := re.fullmatch(r"api/models/(tiny/\w+)/discussions", path):
            offer = {"num": 1, "title": "Adding `safetensors` variant of this model", "status": "open", "repo": {}}
            offer |= {
                "author": {"name": "SFconvertbot"},
                "isPullRequest": True,
                "createdAt": "2023-01-01T00:00:00.000Z",
            }
            offer["repo"] = {"name": found[1], "type": "model"}
            return self.answer({"discussions": [offer], "count": 1, "start": 0})
        if found := re.fullmatch(r"(tiny/\w+)/resolve/(\w+)/([\w.]+)", path):
            file = self.server.models / found[3]
            return self.answer(file.read_bytes(), commit=found[2], body=body)
        return self.answer({"error": "Repository not found"}, status=404)

    def about(self, repo, revision):
        if repo == "tiny/nothing":
            return None
        files = sorted(p.name for p in self.server.models.iterdir())
        if repo == "tiny/pickled" and revision != "refs/pr/1":
            files = ["pytorch_model.bin" if n == "model.safetensors" else n for n in files]
        sizes = [{"rfilename": n, "size": (self.server.models / n).stat().st_size if n != "pytorch_model.bin" else 9}
                 for n in files]  # fmt: skip
        sha = self.PULL if revision == "refs/pr/1" else self.SHA
        return {"id": repo, "sha": sha, "siblings": sizes, "cardData": {"license": "mit"}, "tags": [], "downloads": 0}

    def answer(self, data, *, status=200, commit="", body=True):
        if data is None:
            return self.answer({"error": "Repository not found"}, status=404)
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        if status == 404:
            self.send_header("X-Error-Code", "RepoNotFound")
        if commit:
            self.send_header("X-Repo-Commit", commit)
            self.send_header("ETag", f'"{hashlib.sha1(data).hexdigest()}"')
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body:
            self.wfile.write(data)


@pytest.fixture
def hub(checkpoint, monkeypatch, tmp_path_factory):
    """A hub on this machine whose models are the checkpoint."""
    import huggingface_hub.constants
    from huggingface_hub import constants

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.models = checkpoint[0]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("name", "commit"), [("tiny/model", Hub.SHA), ("tiny/pickled", Hub.PULL)])
def test_a_model_of_the_hub_is_looked_up_downloaded_and_read(hub, checkpoint, name, commit):
    """`tiny/pickled` has no safetensors of its own, but the hub's bot offers them in a pull request."""
    spec = models.resolve(name, "CtcModel")
    assert (spec.id, spec.revision, spec.licence, spec.offline) == (f"hub:{name}@{commit[:12]}", commit, "mit", False)
    said = []
    model = models.get(spec, lambda share, what: said.append(what))
    y = noise(0.1)
    np.testing.assert_array_equal(model.log_probs(y), ctc_hub.load_folder(checkpoint[0]).log_probs(y))
    assert any("Downloading model.safetensors" in what for what in said)


def test_what_the_hub_does_not_have_is_said(hub):
    with pytest.raises(ModelUnavailable, match="no public model 'tiny/nothing'"):
        models.resolve("tiny/nothing", "CtcModel")
    (hub.models / "vocab.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"has no vocab\.json|it has no vocab\.json"):
        models.resolve("tiny/model", "CtcModel")
