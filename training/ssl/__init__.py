"""Pre-training of `ssl/hubert-tiny` and `ssl/wav2vec2-tiny`: `data`, then `hubert` or `wav2vec`, then `export`."""
