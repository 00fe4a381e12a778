"""Times of a transcript lie inside its sound."""

from algorithms.text.transcript import Segment, Word


def test_no_time_lies_behind_the_sound():
    words = [Word(28.0, 29.0, " one", 0.9), Word(29.9, 30.02, " two", 0.8), Word(30.0, 30.02, " three", 0.7)]
    cut = Segment(28.0, 30.02, " one two three", words, avg_logprob=-0.5).until(29.99)
    assert (cut.start_s, cut.end_s, cut.text, cut.avg_logprob) == (28.0, 29.99, " one two three", -0.5)
    assert [(w.start_s, w.end_s) for w in cut.words] == [(28.0, 29.0), (29.9, 29.99), (29.99, 29.99)]
    whole = Segment(0.0, 1.0, " a", [Word(0.0, 1.0, " a", None)])
    assert whole.until(1.0) is whole
