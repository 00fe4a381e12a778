"""Text that recognisers write.

- `transcript`: text, language, segments of timed words
- `subtitles`: a transcript as SRT, WebVTT, plain text, JSON, TextGrid
- `letters`: the same letters written in different ways
- `wer`: word and character error rate with the alignment behind them
"""
