"""Ten minutes of sound on the CTC page: exact alignment in little memory, a window to look through, long work."""

from __future__ import annotations

import base64
import re
import threading
import zlib
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms import ctc
from algorithms.ctc import long as ctc_long
from components import work
from components.audio_input import OWN, OwnSound
from components.figure import Figure
from spaces.ctc import alignment, files, mover, pictures, real, sound
from spaces.ctc.page import FETCHING, LESSON
from spaces.ctc.scene import Scene, is_slow
from tests.helpers.ctc_page import after, drawn, event_of, random_log_probs, visit_of
from tests.helpers.patience import PATIENCE


def peaky(n_frames: int, seed: int = 0, n_symbols: int = 29) -> np.ndarray:
    """Log probabilities like a trained model's: one symbol near 1, mostly the blank."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (n_frames, n_symbols))
    best = np.where(rng.random(n_frames) < 0.45, rng.integers(1, n_symbols, n_frames), 0)
    best[[0, -1]] = 5  # no space at the ends, which would be no part of the text
    logits[np.arange(n_frames), best] += 8
    return (logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)).astype(np.float32)


# ---------------------------------------------------------------- the alignment


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 3 * ctc_long.BLOCK), st.floats(0, 1), st.integers(0, 10**6))
def test_the_small_viterbi_is_the_full_one(n_frames, fill, seed):
    rng = np.random.default_rng(seed)
    log_probs = random_log_probs(n_frames, 5, seed)
    tokens = rng.integers(1, 5, int(fill * n_frames / 2)).tolist()
    wanted, score = ctc.viterbi(log_probs, tokens)
    path, found = ctc_long.viterbi(log_probs, tokens)
    assert found == score
    np.testing.assert_array_equal(path, wanted)
    if tokens:
        assert ctc_long.tokens_on(path, tokens, log_probs) == ctc.forced_align(log_probs, tokens)


def test_sixty_seconds_joined_from_speech_align_as_in_one_piece():
    clip = sound.hear(None, "speech_long")
    log_probs = np.concatenate([clip.log_probs] * 3)[:3000]
    tokens = [t for _ in range(2) for t in (*ctc.encode(ctc.spellable(clip.spoken, clip.vocab)[0], clip.vocab), 1)]
    wanted, score = ctc.viterbi(log_probs, tokens)
    path, found = ctc_long.viterbi(log_probs, tokens)
    np.testing.assert_array_equal(path, wanted)
    assert found == pytest.approx(score, abs=1e-6)


def test_what_can_not_be_aligned_is_refused_with_a_sentence():
    with pytest.raises(ctc.CtcError, match="needs at least 3 frames"):
        ctc_long.viterbi(random_log_probs(2, 3), [1, 1])
    with pytest.raises(ctc.CtcError, match="cut the clip into shorter pieces"):
        ctc_long.viterbi(np.zeros((200_000, 2)) + np.log(0.5), [1] * 99_999)
    impossible = np.log(np.array([[1.0, 1e-300]]))
    impossible[0, 1] = -np.inf
    with pytest.raises(ctc.CtcError, match="probability zero"):
        ctc_long.viterbi(impossible, [1])


def test_progress_can_stop_it():
    class Enough(Exception):
        pass

    shares = []

    def tell(share):
        shares.append(share)
        if share > 0.4:
            raise Enough

    with pytest.raises(Enough):
        ctc_long.viterbi(peaky(2000), [1, 2, 3], progress=tell)
    assert all(a < b for a, b in pairwise(shares))
    assert shares[-1] < 0.7


# ---------------------------------------------------------------- the window


@pytest.fixture(scope="module")
def long():
    """150 s as a model with sharp peaks would read them; the samples are noise."""
    return noise_of(150)


def noise_of(seconds: int) -> sound.Heard:
    y = np.random.default_rng(0).uniform(-0.1, 0.1, seconds * 16000).astype(np.float32)
    base = sound.hear(None, "sentence")
    key = ("x", 0, sound.MODEL, 0.0)
    return replace(base, key=key, clip=OWN, title="Long", y=y, log_probs=peaky(seconds * 50))


def test_a_window_is_a_stretch_of_the_whole(long):
    part = sound.window(long, 103.4)
    assert (part.start_s, part.duration_s, len(part.log_probs)) == (pytest.approx(103.4), 30.0, 1500)
    assert part.whole is long
    np.testing.assert_array_equal(part.y, long.y[1654400 : 1654400 + 480000])
    np.testing.assert_array_equal(part.log_probs, long.log_probs[5170:6670])
    assert sound.window(long, 1e6).end_s == pytest.approx(150.0)
    assert sound.window(long, -5).start_s == 0
    assert part.key != long.key
    short = sound.hear(None, "speech_long")
    assert sound.window(short, 10.0) is short


@pytest.mark.parametrize("start_s", [0.0, 99.98, 112.0, 120.0])
def test_the_window_of_the_alignment_is_cut_from_the_whole(long, start_s):
    part = sound.window(long, start_s)
    aligned = alignment.align(part, "")
    whole = aligned.whole
    assert whole.trellis is None
    first = round(part.start_s / 0.02)
    # Greedy's path is the likeliest of all, so it is the alignment of its own text.
    spelt = np.array([0, *whole.tokens])[np.where(whole.path % 2, whole.path // 2 + 1, 0)]
    np.testing.assert_array_equal(spelt[first : first + 1500], part.log_probs.argmax(1))
    # The stretch's path is an alignment of the stretch's tokens, with the same symbol in every frame.
    states = np.array(ctc.extend(aligned.tokens))
    np.testing.assert_array_equal(states[aligned.path], part.log_probs.argmax(1))
    assert aligned.path[0] in (0, 1)
    assert aligned.path[-1] >= len(states) - 2
    assert aligned.path_score <= aligned.trellis.log_likelihood
    at = [(a.token, a.start_frame + first, a.end_frame + first) for a in aligned.letters[1:-1]]
    assert set(at) <= {(a.token, a.start_frame, a.end_frame) for a in whole.letters}


def test_pictures_of_a_window_stand_at_its_time_and_stay_small(long):
    part = sound.window(long, 60.0)
    aligned = alignment.align(part, "")
    at = real.chosen_cell(aligned, -1, -1)
    made = (
        pictures.waveform(part, aligned),
        pictures.mel(part),
        pictures.emissions(part),
        pictures.trellis(part, aligned, "forward", None, at),
    )
    for picture in made:
        assert picture["layout"]["xaxis"]["range"] == [60.0, 90.0]
        assert 60 <= picture["data"][0]["x0"] < 60.1
        assert len(Figure("x").postprocess(picture)) < 300_000
    words = real.chips(part, aligned)
    assert 59.9 < words[0]["start"] < words[-1]["end"] < 90.1
    assert f"({60 + at[0] * 0.02:.2f} s)" in real.cell_card(part, aligned, "forward", at)
    view = {"key": part.key, "t": [70.0, 72.0], "s": None}
    assert pictures.trellis(part, aligned, "forward", view, at)["data"][0]["z"]["shape"][1] == 100
    assert "30 s of it, 1:00 to 1:30" in " ".join(real.remarks(part, aligned))
    whole = pictures.overview(long, part)
    assert whole["layout"]["xaxis"]["range"] == [0.0, 150.0]
    assert whole["layout"]["shapes"][0]["x0"] == 60.0
    assert len(Figure("x").postprocess(whole)) < 30_000


@pytest.mark.slow
def test_ten_minutes_are_aligned_as_one_and_their_files_travel_packed():
    long = noise_of(600)
    part = sound.window(long, 570.0)
    whole = alignment.align(part, "").whole
    assert len(whole.path) == 30000
    spelt = np.array([0, *whole.tokens])[np.where(whole.path % 2, whole.path // 2 + 1, 0)]
    np.testing.assert_array_equal(spelt, long.log_probs.argmax(1))
    links = files.links(long, whole)
    assert len(links) < 1_000_000
    packed = re.findall(r'data-packed="(.*?)"', links)
    texts = [zlib.decompress(base64.b64decode(p)).decode() for p in packed]
    assert texts == [write(long, whole) for _, write, _, _ in files.FORMATS]
    assert '"log_likelihood": null' in texts[2]
    assert texts[1].count("\nletter,") == sum(long.vocab[t] != " " for t in whole.tokens)


def test_where_a_click_on_the_whole_sound_leads(long):
    def to(handler, x=0.0, **fields):
        visit = visit_of(**fields)
        visit.event, visit.make = SimpleNamespace(x=x), lambda _: Scene(view={}, whole=long)
        return handler(visit)["w"]

    assert to(mover.looked, 2.0) == 0
    assert to(mover.looked, 100.0) == 85
    assert to(mover.looked, 149.0) == 120
    assert (to(mover.earlier, w=60), to(mover.later, w=60)) == (30, 90)
    assert (to(mover.earlier, w=10), to(mover.later, w=110)) == (0, 120)
    assert mover.nearest_start(9e9, long) == 120
    assert mover.nearest_start(-30, long) == 0
    assert mover.nearest_start(50, None) == 0


# ---------------------------------------------------------------- the page with a real long sound


@pytest.fixture(scope="module")
def two_minutes(tmp_path_factory):
    """A file of 80 s: the long clip three times over."""
    y = sound.hear(None, "speech_long").y
    path = tmp_path_factory.mktemp("long") / "long.wav"
    soundfile.write(path, np.tile(y, 4)[: 80 * 16000], 16000)
    return OwnSound(str(path), "long.wav", 80.0)


@pytest.mark.slow
def test_a_long_sound_says_how_far_it_is_and_then_shows_a_window(two_minutes):
    fields = {"part": "real", "clip": OWN, "w": 40}
    steps = list(LESSON.steps(visit_of(two_minutes, moved="clip", **fields)))
    assert len(steps) > 1
    assert 'role="progressbar"' in steps[0]["model_note"]
    assert steps[0]["halt"]["visible"]
    assert not steps[0]["fetch"]["interactive"]
    last = steps[-1]
    assert not last["halt"]["visible"]
    assert last["fetch"]["interactive"]
    assert last["mover"]["visible"]
    assert (last["w"]["maximum"], last["w"]["value"]) == (50, 40)
    assert last["wave"]["layout"]["xaxis"]["range"] == [40.0, 70.0]
    assert last["player"].y.shape == (80 * 16000,)
    assert "Greedy reads" in last["greedy"]
    assert len(last["greedy"]) > 700  # all of it, not only the window's
    # At once the second time, and a click finds its cell at the window's time.
    assert not is_slow(visit_of(two_minutes, **fields))
    shown = after(event_of("real", "trellis", "pick"), visit_of(two_minutes, **fields), x=41.0, y=5)
    assert shown["t"] == 50
    assert "Frame 51 (41.00 s)" in shown["cell"]
    for part, name in (("why", "counts"), ("decode", "tree"), ("rivals", "attended")):
        assert drawn(two_minutes, **{**fields, "part": part, "case": "clip"})[name]
    # The mover's buttons redraw all that is about the stretch, and no cell stays chosen.
    shown = after(event_of("", "later"), visit_of(two_minutes, **fields, t=3, s=4))
    assert (shown["w"], shown["t"], shown["s"]) == (50, -1, -1)
    assert shown["wave"]["layout"]["xaxis"]["range"] == [50.0, 80.0]
    assert "player" not in shown


@pytest.mark.slow
def test_stop_leaves_the_page_as_it_was(two_minutes):
    sound._kept.drop(two_minutes.path)
    steps = LESSON.steps(visit_of(two_minutes, part="real", clip=OWN, moved="clip"))
    next(steps)
    threading.Thread(target=FETCHING.stop, args=(None,)).start()  # the button's
    (last,) = list(steps)[-1:]
    assert "Stopped" in last["model_note"]
    assert set(last) == {"model_note", "halt", "fetch"}
    assert not last["halt"]["visible"]
    assert last["fetch"]["interactive"]


def test_more_than_ten_minutes_are_cut(tmp_path):
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(650 * 4000, np.float32), 4000)

    class Reader:
        """Stands in for a model: what is tested is how much of a sound it is given."""

        vocab, frame_s, sample_rate = ("-", "a"), 0.02, 16000

        def log_probs(self, y, progress):
            assert len(y) == 600 * 16000
            return np.log(np.full((len(y) // 320, 2), 0.5, np.float32))

    import models

    spec = replace(models.spec(sound.MODEL), id="ctc/test-reader", load=Reader)
    heard = sound.hear(OwnSound(str(path), "long.wav", 650.0), OWN, spec)
    assert heard.duration_s == sound.MAX_S == 600
    assert any("600" in note or "10" in note for note in heard.notes)


# ---------------------------------------------------------------- work in a thread


def test_work_tells_returns_and_raises():
    go = threading.Event()

    def task(progress):
        progress(0.5, "half")
        go.wait(PATIENCE)
        return 7

    job = work.Work(task)
    for told in job.wait():
        assert told == (0.5, "half")
        go.set()
    assert job.result == 7
    with pytest.raises(ZeroDivisionError):
        list(work.Work(lambda progress: 1 / 0).wait())
    assert "50 %" in work.bar(0.5, "<half>")
    assert "<half>" not in work.bar(0.5, "<half>")


def test_who_leaves_stops_the_work():
    ended = threading.Event()

    def task(progress):
        try:
            while True:
                progress(0.1, "on and on")
                threading.Event().wait(0.01)
        except work.Stopped:
            ended.set()
            raise

    steps = work.Work(task).wait()
    next(steps)
    steps.close()
    assert ended.wait(PATIENCE)
