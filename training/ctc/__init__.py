"""What made `assets/weights/ctc-whisper-tiny.safetensors`; every module below but `data` and `labels` runs alone.

- `corpus`: the recordings and their letters; `voices`: synthetic speakers for it; `games`: actors' lines out of free
games
- `labels`: Whisper's words for recordings that come without text
- `data`: batches out of the corpus; `train`: the training; `blend`: averages runs
"""
