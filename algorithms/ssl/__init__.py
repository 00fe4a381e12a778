"""Self-supervised speech: the body that wav2vec 2.0 and HuBERT share, their two games, and how units are measured."""
