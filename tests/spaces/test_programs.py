"""What rooms answer to programs is right: against libraries, the algorithms' own functions and the pages."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile
from gradio import FileData

import models
from algorithms.ctc import CtcError, encode, forced_align
from algorithms.keyword.ds_cnn import LABELS
from algorithms.signal import features as chain
from algorithms.signal.feature_config import FeatureConfig
from algorithms.sound import AudioError, load
from algorithms.sound.clips import clip
from algorithms.text.wer import word_errors
from spaces.ctc import alignment, sound
from spaces.ctc.programs import align
from spaces.features import analysis
from spaces.features.programs import MAX_VALUES, features, significant
from spaces.keyword_spotting.programs import keywords
from spaces.keyword_spotting.sound import WORDS
from spaces.whisper.programs import Refused, transcribe

pytestmark = pytest.mark.slow
SENTENCE = "sentence"


def file(clip_id: str) -> FileData:
    return FileData(path=str(clip(clip_id).path))


@pytest.fixture
def written(tmp_path):
    """Write samples as a file to be sent."""

    def write(y, rate: int = 16000) -> FileData:
        soundfile.write(tmp_path / "a.wav", np.asarray(y), rate)
        return FileData(path=str(tmp_path / "a.wav"))

    return write


def tone(seconds: float, rate: int = 16000) -> np.ndarray:
    return 0.3 * np.sin(2 * np.pi * 1000 * np.arange(round(seconds * rate)) / rate)


class TestTranscribe:
    def test_it_is_openai_whispers_layout(self):
        said = transcribe(file(SENTENCE), "asr/whisper-tiny.en", "auto")
        assert word_errors(clip(SENTENCE).text, said["text"]).rate == 0
        assert said["model"]["id"] == "asr/whisper-tiny.en"
        words = said["segments"][0]["words"]
        assert all(0 <= word["start"] <= word["end"] <= 3.3 and 0 <= word["probability"] <= 1 for word in words)
        assert said.keys() >= {"text", "language", "segments", "notes", "duration_s"}

    def test_an_english_model_is_not_given_another_language(self):
        with pytest.raises(Refused, match="asr/whisper-base"):
            transcribe(file("french"), "asr/whisper-tiny.en", "fr")

    def test_no_sound_is_said(self, written):
        with pytest.raises(Refused, match="20 ms are needed"):
            transcribe(written(np.zeros(100)), "asr/whisper-tiny.en", "auto")


class TestAlign:
    def test_letters_and_words_are_those_of_the_algorithm(self):
        text = clip(SENTENCE).text
        found = align(file(SENTENCE), text)
        net = models.get("ctc/whisper-tiny")
        log_probs = net.log_probs(load(clip(SENTENCE).path, sample_rate=16000).y)
        spelled = text.lower().replace(".", "")
        expected = [
            {
                "text": net.vocab[token],
                "start_s": round(start * net.frame_s, 3),
                "end_s": round(end * net.frame_s, 3),
                "probability": round(prob, 4),
            }
            for token, start, end, prob in forced_align(log_probs, encode(spelled, net.vocab))
            if net.vocab[token] != " "
        ]
        assert found["letters"] == expected
        assert [word["text"] for word in found["words"]] == spelled.split()
        for word in found["words"]:
            inside = [x for x in expected if word["start_s"] <= x["start_s"] < word["end_s"]]
            assert "".join(letter["text"] for letter in inside) == word["text"]
            early = max(0.0, inside[0]["start_s"] - net.frame_s)  # a word starts a frame before its first letter
            assert (word["start_s"], word["end_s"]) == (pytest.approx(early), inside[-1]["end_s"])
        assert found["left_out"] == "."
        assert found["duration_s"] == pytest.approx(clip(SENTENCE).duration_s, abs=0.01)

    def test_what_can_not_be_aligned_is_said(self, written):
        with pytest.raises(CtcError, match="type words"):
            align(file(SENTENCE), "123")
        with pytest.raises(CtcError, match="frames"):
            align(written(tone(0.1)), "far too much to be said in a tenth of a second")
        with pytest.raises(AudioError, match="longer than 600 s"):
            align(written(np.zeros(8000 * 601), 8000), "a")

    def test_nothing_of_the_sound_is_kept(self):
        before = sound._kept.keys(), alignment._align.cache_info()
        align(file(SENTENCE), "He might")
        assert (sound._kept.keys(), alignment._align.cache_info()) == before


class TestFeatures:
    def test_values_are_those_of_the_chain(self):
        """Which tests/algorithms/signal compares with librosa."""
        y = load(clip(SENTENCE).path).y
        config = FeatureConfig(n_fft=1024, window="hamming", n_mels=40, f_min_hz=50, f_max_hz=7000, mel_scale="htk")
        asked = {"n_fft": 1024, "window": "hamming", "n_mels": 40, "f_min_hz": 50, "f_max_hz": 7000, "mel_scale": "htk"}
        expected = {
            "stft": chain.magnitude(chain.stft(y, config)),
            "mel": chain.mel_spectrogram(y, config),
            "mfcc": chain.mfcc(y, config),
        }
        for kind, values in expected.items():
            found = features(file(SENTENCE), kind, **asked)
            assert found["shape"] == list(values.shape)
            np.testing.assert_allclose(found["values"], values, rtol=1e-5)
            assert found["times_s"] == pytest.approx(0.01 * np.arange(values.shape[1]))
            hz = {"stft": chain.fft_frequencies(config), "mel": chain.mel_frequencies(config)}.get(kind)
            assert ("frequencies_hz" in found) == (hz is not None)
            if hz is not None:
                assert found["frequencies_hz"] == pytest.approx(hz, abs=0.01)

    def test_rate_and_settings(self, written):
        found = features(written(tone(1, 44100), 44100), "stft", sample_rate=8000, window_ms=32.0, hop_ms=50.0)
        assert found["settings"]["sample_rate"] == 8000
        assert found["shape"] == [257, 21]
        loudest = np.argmax(found["values"], axis=0)[2:-2]
        assert {found["frequencies_hz"][row] for row in loudest} == {1000.0}
        assert any("Resampled" in note for note in found["notes"])
        assert features(written(tone(1, 44100), 44100), "mel")["settings"]["sample_rate"] == 44100

    @pytest.mark.parametrize(
        ("seconds", "settings", "sentence"),
        [
            (61, {}, "longer than 60 s"),
            (30, {"kind": "stft"}, "smaller FFT"),
            (60, {"n_mels": 100}, "more than the 500000 values"),
            (20, {"kind": "mfcc", "hop_ms": 1.0, "n_fft": 16384}, "too many to hold"),
            (1, {"kind": "mfcc", "n_mels": 10, "n_mfcc": 13}, "13 MFCCs"),
            (1, {"f_max_hz": 9000.0}, "half the sample rate"),
            (1, {"n_fft": 128}, "longer than the FFT"),
        ],
    )
    def test_what_can_not_be_is_said(self, written, seconds, settings, sentence):
        with pytest.raises(ValueError, match=sentence):
            features(written(tone(seconds)), **settings)

    def test_the_largest_answer(self, written):
        found = features(written(tone(59.9)), "mel")
        assert 0.9 * MAX_VALUES < np.prod(found["shape"]) <= MAX_VALUES
        assert len(json.dumps(found)) < 8e6

    def test_silence_has_numbers(self, written):
        assert not np.any(features(written(np.zeros(16000)), "mel")["values"])
        assert np.isfinite(features(written(np.zeros(16000)), "mfcc")["values"]).all()

    def test_six_digits(self):
        values = np.float32([0, 1.2345678, -1234567.8, 1.2345678e-8, 9.9999999])
        assert significant(values).tolist() == [0, 1.23457, -1234570, 1.23457e-8, 10]

    def test_nothing_of_the_sound_is_kept(self):
        before = analysis.MEMORY.n_bytes
        features(file(SENTENCE))
        assert analysis.MEMORY.n_bytes == before


class TestKeywords:
    @pytest.mark.parametrize("word", WORDS)
    def test_a_word_is_heard(self, word):
        found = keywords(file(f"word_{word}"))
        assert found["labels"] == list(LABELS)
        (window,) = found["windows"]
        assert window["answer"] == word
        y = load(clip(f"word_{word}").path, sample_rate=16000).y
        assert window["probabilities"] == pytest.approx(models.get("kws/ds-cnn-int8").predict(y), abs=1e-4)
        assert window["probability"] == max(window["probabilities"])

    def test_the_window_moves(self):
        """Each answer is that of the network to this second alone."""
        found = keywords(file("word_stream"), "kws/ds-cnn-s-fp32")
        y = load(clip("word_stream").path, sample_rate=16000).y
        windows = found["windows"]
        assert len(windows) == 1 + (len(y) - 16000) // 1600
        assert [w["start_s"] for w in windows] == pytest.approx(0.1 * np.arange(len(windows)))
        net = models.get("kws/ds-cnn-s-fp32")
        for window in windows[::7]:
            first = round(window["start_s"] * 16000)
            assert window["probabilities"] == pytest.approx(net.predict(y[first : first + 16000]), abs=1e-3)

    def test_a_short_sound_gets_silence_around_it(self, written):
        y = load(clip("word_yes").path, sample_rate=16000).y[3000:12000]
        (window,) = keywords(written(y))["windows"]
        assert (window["start_s"], window["end_s"]) == pytest.approx((-0.219, 0.781), abs=1e-3)
        assert window["answer"] == "yes"

    def test_what_is_too_long_is_said(self, written):
        with pytest.raises(AudioError, match="longer than 600 s"):
            keywords(written(np.zeros(8000 * 601), 8000))
