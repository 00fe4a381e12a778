"""Captions while somebody speaks: Whisper decodes a growing window, stable words stay.

- `captions`: one listener's engine; `decode`: one decoding of its window; `vad`: where speech begins and ends
- `simulate`: a whole recording fed through it on a simulated clock; `types`: options and what comes out
"""
