"""Text that recognisers write.

- `transcript`: text, language, segments of timed words
- `subtitles`: a transcript as SRT, WebVTT, plain text, JSON, TextGrid
- `wer`: word and character error rate with the alignment behind them
"""
