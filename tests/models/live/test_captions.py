"""The captioning engine on real sound, on silence and noise, and its bounds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import models
from algorithms.sound import load
from algorithms.sound.clips import clip
from algorithms.text.transcript import Word
from algorithms.text.wer import word_errors
from models.live.captions import (
    KEEP_FRAMES,
    KEEP_UPDATES,
    MAX_BUFFER_S,
    PRE_ROLL_S,
    TRIM_S,
    Captioner,
    CaptionOptions,
)
from models.live.decode import Hypothesis, LiveDecoder, repeats
from models.live.simulate import simulate
from models.live.vad import FRAME, Edge, Endpointer, StreamingVad
from models.whisper.stream import SAMPLE_RATE

HYPOTHESIS_S = 0.2  # on the simulated clock: what one takes on an idle machine, so that nothing depends on this one


@pytest.fixture(scope="module")
def tiny():
    return models.get("asr/whisper-tiny.en")


def sound(name: str, sample_rate: int = SAMPLE_RATE) -> np.ndarray:
    return load(clip(name).path, sample_rate=sample_rate).y


def silence(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def simulated(model, sounds, **more) -> Captioner:
    return simulate(model, CaptionOptions(), sounds, fixed_s=HYPOTHESIS_S, **more)


class Scripted:
    """Stands in for the decoder where a test is about the engine, not about the model: says one word a second."""

    def __init__(self, seconds: float = 0.2, word: str = " word") -> None:
        self.seconds, self.word, self.lengths = seconds, word, []

    def decode(self, y, *, forced="", previous=""):
        self.lengths.append(len(y))
        n = len(y) // SAMPLE_RATE
        said = tuple(Word(i, i + 0.9, self.word, 0.9) for i in range(forced.count(self.word), n))
        return Hypothesis(said, self.seconds, 10.0, -0.2, 0.0, 1.0)


class AlwaysSpeech:
    """A VAD for tests that need endless speech."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._rest = 0

    def push(self, y):
        n, self._rest = divmod(self._rest + len(y), FRAME)
        return np.ones(n, np.float32), np.full(n, 0.1, np.float32)


def scripted(seconds: float = 0.2, **options) -> tuple[Captioner, Scripted]:
    captioner = Captioner(FakeModel(), CaptionOptions(**options), clock=lambda: 0.0)
    decoder = Scripted(seconds)
    captioner.wrap_decoder(lambda _decoder: decoder)
    captioner._vad = AlwaysSpeech()
    return captioner, decoder


class FakeModel:
    """What `LiveDecoder` asks of a model before the scripted decoder takes its place."""

    def __new__(cls):
        return models.get("asr/whisper-tiny.en")


# ---- voice activity ----


@pytest.mark.slow
def test_streaming_vad_gives_what_the_whole_file_gives():
    from faster_whisper.vad import get_vad_model

    y = sound("speech")
    y = y[: len(y) // FRAME * FRAME]
    whole = get_vad_model()(y.copy()).reshape(-1)
    rng = np.random.default_rng(0)
    vad, probs, levels, i = StreamingVad(), [], [], 0
    while i < len(y):
        n = int(rng.integers(1, 3000))
        p, level = vad.push(y[i : i + n])
        probs.append(p)
        levels.append(level)
        i += n
    probs = np.concatenate(probs)
    assert len(probs) == len(whole) == len(y) // FRAME
    np.testing.assert_allclose(probs[:-1], whole[:-1], atol=2e-4)  # faster-whisper blanks the end of the last frame
    rms = np.sqrt(np.mean(y.reshape(-1, FRAME) ** 2, axis=1))
    np.testing.assert_allclose(np.concatenate(levels), rms, rtol=1e-5, atol=1e-7)


def test_endpointer_edges():
    endpointer = Endpointer(silence_ms=96)  # three frames
    assert endpointer.push(np.array([0.1, 0.6, 0.9])) == [Edge("start", FRAME)]
    assert endpointer.push(np.array([0.4, 0.4, 0.4, 0.4])) == [], "between the limits nothing changes"
    assert endpointer.push(np.array([0.2, 0.45, 0.6])) == [], "back before the time is over"
    assert endpointer.push(np.array([0.2, 0.4, 0.1])) == [Edge("end", 10 * FRAME)], "the end is where silence began"
    assert not endpointer.speaking
    assert endpointer.push(np.array([0.5])) == [Edge("start", 13 * FRAME)]


# ---- on real sound ----


@pytest.mark.slow
def test_captions_a_reader(tiny):
    updates = []
    captioner = simulated(tiny, [sound("speech_long")], each=lambda _captioner, update: updates.append(update))
    transcript = captioner.transcript()
    assert word_errors(clip("speech_long").text, transcript.text).rate <= 0.10
    assert captioner.stats.latency_s(50) <= 2.0
    assert captioner.stats.dropped_s == 0
    assert max(u.buffer_s for u in updates) <= TRIM_S + 2
    assert [u.number for u in updates] == list(range(1, len(updates) + 1))

    stable = [w for u in updates for w in u.stable]
    assert "".join(w.text for w in stable).split() == transcript.text.split(), "what was stable once is the text"
    times = [t for w in stable for t in (w.start_s, w.end_s)]
    assert times == sorted(times)
    assert all(w.latency_s >= 0 for w in stable)
    assert all(u.heard_s <= u.at_s + 1e-6 for u in updates)
    assert sum(u.final for u in updates) == len(captioner.utterances)
    assert all(u.tail == () for u in updates if u.final)
    assert captioner.tail == ()


@pytest.mark.slow
def test_more_agreement_waits_longer(tiny):
    y = sound("speech_long")[: 16 * SAMPLE_RATE]
    medians = []
    for n in (1, 2, 3):
        medians.append(simulate(tiny, CaptionOptions(agreement=n), [y], fixed_s=HYPOTHESIS_S).stats.latency_s(50))
    assert medians[0] < medians[1] < medians[2]


@pytest.mark.slow
def test_one_sentence_and_one_word(tiny, data):
    one = simulated(tiny, [sound("sentence"), silence(1)])
    assert word_errors(clip("sentence").text, one.transcript().text).rate <= 0.13
    digit = load(data / "fsdd" / "7_jackson_5.flac", sample_rate=SAMPLE_RATE).y
    word = simulated(tiny, [silence(1), digit, silence(1)])
    assert word.stats.stable_words == 1
    assert word.transcript().text.strip(" .").lower() in ("seven", "7")
    assert 0.5 <= word.transcript().segments[0].start_s <= 1.7, "after a second of silence, lead-in included"


@pytest.mark.slow
@pytest.mark.parametrize("what", ["silence", "noise", "tone", "nothing", "click"])
def test_no_words_where_nobody_speaks(tiny, what):
    sounds = {
        "silence": [silence(6)],
        "noise": [sound("noise")],
        "tone": [sound("tone")],
        "nothing": [],
        "click": [silence(2), np.ones(1, np.float32), silence(2)],
    }
    captioner = simulated(tiny, sounds[what])
    assert captioner.transcript().text == ""
    assert captioner.stats.latency_s(50) is None
    assert captioner.buffer_s <= PRE_ROLL_S + 0.3


@pytest.mark.slow
def test_block_size_does_not_change_the_text(tiny):
    y = np.concatenate([sound("sentence"), silence(1)])
    texts = []
    for block_s in (0.02, 0.25, 0.333, 10):
        captioner = simulate(tiny, CaptionOptions(), [y], block_s=block_s, fixed_s=HYPOTHESIS_S)
        texts.append(captioner.transcript().text)
        assert captioner.n_frames == len(y) // FRAME
        assert len(captioner.utterances) == 1
    assert max(word_errors(texts[1], t).rate for t in texts) <= 0.13


@pytest.mark.slow
def test_other_sample_rates_and_int16(tiny):
    """48 kHz in odd blocks gives the words and times of 16 kHz: the filter's state goes from block to block."""
    y48 = (sound("sentence", 48_000) * 32767).astype(np.int16)
    captioner = Captioner(tiny)
    for i in range(0, len(y48), 1111):
        captioner.feed(y48[i : i + 1111], 48_000)
    captioner.finish()
    assert abs(captioner.stats.heard_s - len(y48) / 48_000) < 0.001
    assert word_errors(clip("sentence").text, captioner.transcript().text).rate <= 0.13


@pytest.mark.slow
def test_restarts_without_a_trace(tiny):
    captioner = Captioner(tiny)
    y = np.concatenate([sound("sentence"), silence(1)])

    def once() -> tuple[str, int]:  # how many hypotheses it takes depends on how quick the machine is at the moment
        for i in range(0, len(y), 8000):
            captioner.feed(y[i : i + 8000])
            captioner.work()
        captioner.finish()
        return captioner.transcript().text, captioner.stats.stable_words

    first = once()
    captioner.feed(sound("speech")[: 3 * SAMPLE_RATE])  # stop in the middle of another sentence
    captioner.work()
    captioner.reset()
    assert captioner.transcript().text == ""
    assert captioner.stats.heard_s == captioner.buffer_s == 0
    assert not captioner.updates
    assert not captioner.stats.hypotheses
    assert once() == first


@pytest.mark.slow
def test_two_listeners_share_nothing_but_the_model(tiny):
    a, b = Captioner(tiny), Captioner(tiny)
    ya, yb = sound("sentence"), sound("speech")
    for i in range(0, len(yb), 8000):
        for captioner, y in ((a, ya), (b, yb)):
            if i < len(y):
                captioner.feed(y[i : i + 8000])
                captioner.work()
    a.finish()
    b.finish()
    assert word_errors(clip("sentence").text, a.transcript().text).rate <= 0.13
    assert word_errors(clip("speech").text, b.transcript().text).rate <= 0.2


@pytest.mark.slow
def test_forced_text_is_continued_not_repeated(tiny):
    y = sound("speech_long")[: 5 * SAMPLE_RATE]
    decoder = LiveDecoder(tiny)
    free = decoder.decode(y)
    assert free.words[0].text.strip() == "And"
    forced = decoder.decode(y, forced=" And Mr. John Dashwood had then leisure")
    said = "".join(w.text for w in forced.words)
    assert said.startswith(" to consider how much")
    assert forced.words[0].start_s == pytest.approx(2.7, abs=0.3), "timed in the sound, not from zero"
    assert free.window_s == 10
    assert LiveDecoder(tiny, full_window=True).decode(y).window_s == 30


@pytest.mark.slow
def test_another_language_needs_a_model_that_knows_it(tiny):
    assert LiveDecoder(tiny, "fr").decode(sound("sentence")).words, "English-only models ignore the language"
    base = models.get("asr/whisper-base")
    captioner = simulate(base, CaptionOptions(language="fr"), [sound("french"), silence(1)], fixed_s=HYPOTHESIS_S)
    assert word_errors(clip("french").text, captioner.transcript().text).rate <= 0.2
    with pytest.raises(ValueError, match="does not know the language 'xx'"):
        LiveDecoder(base, "xx")


def test_a_word_said_five_times_in_a_row_is_a_loop():
    five = tuple(Word(i, i + 0.5, text, 0.5) for i, text in enumerate([" he", " S.", " S.", " s", " S,", " S."]))
    assert repeats(five)
    assert not repeats(five[:5])
    assert not repeats(())


# ---- bounds ----


@pytest.mark.slow
def test_endless_speech_keeps_the_buffer_short():
    captioner, decoder = scripted()
    for _ in range(240):  # two minutes without a pause
        captioner.feed(np.full(8000, 0.1, np.float32))
        captioner.work()
        assert captioner.buffer_s <= TRIM_S + 2
    assert captioner.stats.dropped_s == 0
    assert captioner.stats.stable_words > 100
    assert max(decoder.lengths) <= (TRIM_S + 2) * SAMPLE_RATE


@pytest.mark.slow
def test_a_decoder_that_never_agrees_cannot_fill_the_memory():
    captioner, decoder = scripted()
    for i in range(300):
        decoder.word = f" word{i}"
        captioner.feed(np.full(8000, 0.1, np.float32))
        captioner.work()
        assert captioner.buffer_s <= MAX_BUFFER_S + 0.5
    assert captioner.stats.dropped_s > 0, "and it says what it left out"


@pytest.mark.slow
def test_sound_that_comes_faster_than_it_is_decoded_is_bounded():
    captioner, _ = scripted()
    captioner.feed(np.full(120 * SAMPLE_RATE, 0.1, np.float32))
    assert captioner.buffer_s <= MAX_BUFFER_S
    assert captioner.stats.dropped_s == pytest.approx(120 - MAX_BUFFER_S, abs=1)


@pytest.mark.slow
def test_slow_hypotheses_become_fewer_instead_of_queueing():
    def hypotheses(seconds: float) -> int:
        captioner, _ = scripted(seconds)
        for _ in range(100):
            captioner.feed(np.full(4000, 0.1, np.float32))
            while captioner.due:
                captioner.work()
        return captioner.stats.hypotheses

    assert hypotheses(0.1) == pytest.approx(50, abs=2), "every half second of 25 s"
    assert hypotheses(2.0) == pytest.approx(25 / 2.5, abs=2), "1.2 times what one takes, in whole blocks"


@pytest.mark.slow
def test_what_is_kept_is_bounded(monkeypatch):
    monkeypatch.setattr("models.live.captions.KEEP_WORDS", 20)
    captioner, _ = scripted()
    for _ in range(60):  # utterances of two seconds
        captioner._vad = AlwaysSpeech()
        for _ in range(4):
            captioner.feed(np.full(8000, 0.1, np.float32))
            captioner.work()
        captioner.finish()
    kept = sum(len(s.words) for s in captioner.segments)
    assert kept <= 20
    assert captioner.stats.forgotten_words == captioner.stats.stable_words - kept > 0
    for _ in range(KEEP_UPDATES + 50):
        captioner.feed(np.full(8000, 0.1, np.float32))
        captioner.work()
    assert len(captioner.updates) == KEEP_UPDATES
    assert len(captioner.frames) <= KEEP_FRAMES
    assert [u.number for u in captioner.since(captioner.updates[-1].number - 2)] == [
        u.number for u in list(captioner.updates)[-2:]
    ]


@pytest.mark.slow
def test_latency_counts_from_the_sounds_own_clock():
    """A clock that began long before the sound, and blocks of which some are late: the shortest delay is the zero."""
    now = [1000.0]
    captioner, _ = scripted()
    captioner._clock = lambda: now[0]
    for i in range(20):
        now[0] = 1000.0 + 0.5 * (i + 1) + (0.2 if i % 2 else 0.0)
        captioner.feed(np.full(8000, 0.1, np.float32))
        captioner.work()
    last = captioner.updates[-1]
    assert last.at_s == pytest.approx(last.heard_s + 0.2)


# ---- bad input ----


@pytest.mark.parametrize("bad", [{"agreement": 0}, {"min_step_s": 0}, {"silence_ms": 10_000}, {"agreement": 9}])
def test_bad_options_are_one_sentence(bad):
    with pytest.raises(ValueError, match=r"not "):
        CaptionOptions(**bad)
    assert dataclasses.asdict(CaptionOptions())["agreement"] == 2


@pytest.mark.slow
def test_bad_sound_is_one_sentence(tiny):
    captioner = Captioner(tiny)
    with pytest.raises(ValueError, match="NaN"):
        captioner.feed(np.full(100, np.nan, np.float32))
    with pytest.raises(ValueError, match="mono"):
        captioner.feed(np.zeros((100, 2), np.float32))
    with pytest.raises(ValueError, match="4000 Hz"):
        captioner.feed(np.zeros(100, np.float32), 4000)
    captioner.feed(np.zeros(0, np.float32))
    captioner.feed(np.zeros(1, np.float32))
    assert captioner.work() is None
    assert captioner.finish() == []
