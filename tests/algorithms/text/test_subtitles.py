import html
import io
import itertools
import json
import math
import re
import textwrap

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.text.subtitles import cues, to_json, to_srt, to_textgrid, to_txt, to_vtt
from algorithms.text.transcript import Segment, Transcript, Word


def spoken(text, start_s=0.0, word_s=0.4):
    words = [Word(start_s + i * word_s, start_s + (i + 1) * word_s, f" {w}", 0.9) for i, w in enumerate(text.split())]
    return Segment(start_s, words[-1].end_s, f" {text}", words)


LONG = " ".join(f"word{i:02d}" for i in range(40))
SIMPLE = Transcript.from_segments([spoken("Hello there.", 1.0), spoken('Fish & <chips> -> "good"', 3661.5)], "en")

times = st.floats(-5, 10_000, allow_nan=False)
texts = st.text(st.characters(codec="utf-8"), max_size=60)
raw_words = st.builds(Word, times, times, texts.map(lambda t: f" {t}"), st.none() | st.floats(0, 1))


@st.composite
def segments(draw):
    words = draw(st.lists(raw_words, max_size=12))
    text = "".join(w.text for w in words) if draw(st.booleans()) else draw(texts)
    return Segment(draw(times), draw(times), text, words)


transcripts = st.lists(segments(), max_size=6).map(lambda s: Transcript.from_segments(s, "en"))


def ffmpeg_events(text, name):
    """(start_ms, end_ms, text) as FFmpeg, an independent reader, sees the file."""
    with av.open(io.BytesIO(text.encode()), format=name) as container:
        stream = container.streams.subtitles[0]
        to_ms = float(stream.time_base) * 1000
        return [
            (round(p.pts * to_ms), round((p.pts + p.duration) * to_ms), bytes(p).decode())
            for p in container.demux(stream)
            if p.size
        ]


def test_srt_exactly():
    assert to_srt(SIMPLE) == textwrap.dedent("""\
        1
        00:00:01,000 --> 00:00:01,800
        Hello there.

        2
        01:01:01,500 --> 01:01:03,500
        Fish & <chips> -> "good"
        """)


def test_vtt_exactly():
    assert to_vtt(SIMPLE) == textwrap.dedent("""\
        WEBVTT

        00:00:01.000 --> 00:00:01.800
        Hello there.

        01:01:01.500 --> 01:01:03.500
        Fish &amp; &lt;chips&gt; -&gt; "good"
        """)
    assert "Hello there" not in to_vtt(Transcript("", "en", ()))


def test_karaoke_exactly():
    lines = to_vtt(SIMPLE, karaoke=True).splitlines()
    assert lines[3] == "<c>Hello</c> <00:00:01.400><c>there.</c>"
    assert "<01:01:01.900><c>&amp;</c>" in lines[6]


def test_arrow_in_srt_text_cannot_break_the_file():
    evil = Transcript.from_segments([Segment(0, 1, "a --> b\n\n2\n00:00:05,000 --> 00:00:06,000\nc")], "en")
    events = ffmpeg_events(to_srt(evil), "srt")
    assert len(events) == 1


@given(transcripts)
@settings(max_examples=150, deadline=None)
def test_cues_are_in_order_and_fit(transcript):
    last = 0
    for c in cues(transcript):
        assert last <= c.start_ms < c.end_ms
        last = c.end_ms
        assert 1 <= len(c.lines) <= 2
        assert all(1 <= len(line) <= 42 for line in c.lines)
    shown = "".join("".join(c.lines) for c in cues(transcript))
    printable = "".join(ch for s in transcript.segments for ch in s.text if ch.isprintable())
    assert "".join(shown.split()) == "".join(printable.split())


@given(transcripts)
@settings(max_examples=60, deadline=None)
def test_ffmpeg_reads_the_same_srt_and_vtt(transcript):
    wanted = cues(transcript)
    for text, name in ((to_srt(transcript), "srt"), (to_vtt(transcript), "webvtt")):
        if not wanted:
            continue
        read = ffmpeg_events(text, name)
        assert [(a, b) for a, b, _ in read] == [(c.start_ms, c.end_ms) for c in wanted]
        for (_, _, shown), c in zip(read, wanted, strict=True):
            shown = html.unescape(shown) if name == "webvtt" else shown
            assert shown.split("\n") == [re.sub("(?<!-)-->", "->", x) if name == "srt" else x for x in c.lines]


@given(transcripts)
@settings(max_examples=100, deadline=None)
def test_karaoke_times_lie_inside_their_cue_and_rise(transcript):
    blocks = to_vtt(transcript, karaoke=True).split("\n\n")[1:]
    for block, c in zip(blocks, cues(transcript), strict=True):
        tags = [
            ((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms)
            for h, m, s, ms in re.findall(r"<(\d+):(\d\d):(\d\d)\.(\d{3})>", block.split("\n", 1)[1])
        ]
        assert all(a < b for a, b in zip([c.start_ms, *tags], [*tags, c.end_ms], strict=True))
        plain = html.unescape(re.sub(r"<[^>]*>", "", block.split("\n", 1)[1]))
        assert "".join(plain.split()) == "".join("".join(c.lines).split())


def test_long_segment_is_cut_at_words_by_their_times():
    found = cues(Transcript.from_segments([spoken(LONG, 2.0)], "en"))
    assert len(found) == 4  # 40 words of 6 characters, 6 to a line, 2 lines
    for c in found:
        assert c.start_ms == round(c.words[0].start_s * 1000)
        assert c.end_ms == round(c.words[-1].end_s * 1000)
        assert " ".join(c.lines).split() == [w.text.strip() for w in c.words]


def test_long_segment_without_words_shares_its_time():
    found = cues(Transcript.from_segments([Segment(0.0, 40.0, LONG)], "en"))
    assert (found[0].start_ms, found[-1].end_ms) == (0, 40_000)
    assert [c.end_ms for c in found[:-1]] == [c.start_ms for c in found[1:]]
    per_character = [(c.end_ms - c.start_ms) / sum(map(len, c.lines)) for c in found]
    assert max(per_character) < 1.02 * min(per_character)


def test_text_without_spaces_is_cut_too():
    words = [Word(i * 0.1, (i + 1) * 0.1, "あいう", 0.9) for i in range(60)]
    found = cues(Transcript.from_segments([Segment(0, 6, "あいう" * 60, words)], "ja"))
    assert "".join(line for c in found for line in c.lines) == "あいう" * 60
    assert found[1].start_ms == round(found[1].words[0].start_s * 1000)


def test_txt_and_json():
    assert to_txt(SIMPLE).splitlines() == ["Hello there.", 'Fish & <chips> -> "good"']
    odd = Transcript.from_segments(
        [Segment(0.1, 2.0, " é", [Word(0.1, 0.2, " é", None)], avg_logprob=math.nan, temperature=0.2)], "fr"
    )
    data = json.loads(to_json(odd, model="asr/whisper-base"))
    assert (data["model"], data["language"], data["text"]) == ("asr/whisper-base", "fr", "é")
    (segment,) = data["segments"]
    assert segment["avg_logprob"] is None
    assert segment["temperature"] == 0.2
    assert segment["words"] == [{"word": " é", "start": 0.1, "end": 0.2, "probability": None}]


def read_textgrid(text):
    """A reader of Praat's long text form, written from its manual: free-standing numbers and strings, in order."""
    values = re.findall(r'"(?:[^"]|"")*"|(?<![\w\[])-?\d+(?:\.\d+)?(?![\w\]])|<exists>', text)
    values = [v[1:-1].replace('""', '"') if v.startswith('"') else v if v[0] == "<" else float(v) for v in values]
    assert values[:2] == ["ooTextFile", "TextGrid"]
    x_min, x_max, exists, n_tiers, *rest = values[2:]
    assert exists == "<exists>"
    tiers = {}
    for _ in range(int(n_tiers)):
        kind, name, a, b, n, *rest = rest
        assert (kind, a, b) == ("IntervalTier", x_min, x_max)
        tiers[name], rest = [tuple(rest[3 * i : 3 * i + 3]) for i in range(int(n))], rest[3 * int(n) :]
    assert not rest
    return x_max, tiers


@given(transcripts, st.none() | st.floats(0, 20_000))
@settings(max_examples=100, deadline=None)
def test_textgrid_tiles_time_and_keeps_the_labels(transcript, duration_s):
    x_max, tiers = read_textgrid(to_textgrid(transcript, duration_s=duration_s))
    assert list(tiers) == ["words", "segments"]
    for name, spans in (("words", list(transcript.words())), ("segments", transcript.segments)):
        intervals = tiers[name]
        assert intervals[0][0] == 0
        assert intervals[-1][1] == x_max
        assert all(a < b for a, b, _ in intervals)
        assert all(p[1] == q[0] for p, q in itertools.pairwise(intervals))
        labels = ["".join(c if c.isprintable() else " " for c in s.text) for s in spans]
        assert [t for _, _, t in intervals if t] == [" ".join(t.split()) for t in labels if t.strip()]
    if duration_s is not None:
        assert x_max >= round(duration_s, 3)


def test_a_time_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="not a number"):
        to_srt(Transcript.from_segments([Segment(math.nan, 1.0, "a")], "en"))
    with pytest.raises(ValueError, match="at least one character"):
        cues(SIMPLE, max_line=0)


def test_segment_unpacks_in_four_and_carries_its_statistics():
    segment = Segment(1.0, 2.0, " a", [Word(1.0, 2.0, " a", 0.5)], avg_logprob=-0.3, temperature=0.0)
    start_s, end_s, text, ((w_start_s, w_end_s, w_text, prob),) = segment
    assert (start_s, end_s, text, w_start_s, w_end_s, w_text, prob) == (1.0, 2.0, " a", 1.0, 2.0, " a", 0.5)
    later = segment.shifted(10.0)
    assert (later.start_s, later.words[0].end_s, later.avg_logprob, later.no_speech_prob) == (11.0, 12.0, -0.3, None)
    with pytest.raises(TypeError, match="mood"):
        Segment(0, 1, "a", mood=1.0)


def test_a_long_arrow_in_subrip_stays_as_it_was_said():
    said = Transcript.from_segments([Segment(0, 1, "a ---> b --> c <-- d ----> e")], "en")
    assert "a ---> b -> c <-- d ----> e" in to_srt(said)
