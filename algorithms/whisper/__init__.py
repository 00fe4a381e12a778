"""Whisper step by step, written to be looked into.

- `mel`: the log-mel window in NumPy; `net`: the network in PyTorch, every intermediate value at hand
- `decode`: the rules, greedy and sampled decoding; `beam`: beam search with its whole tree
- `fallback`: the checks of its own text and the temperatures; `windows`: how it walks through a long sound
- `word_times`: words in time, from cross-attention
- `local_agreement`: which words of a growing sound's transcripts are stable
- `languages`: their names; `maps`: what pictures of the encoder are made of
"""
