"""Tacotron 2 (Shen et al. 2018), reduced: text to mel spectrogram by a recurrent network with attention.

- `tokens`: phonemes as numbers
- `shape`: its sizes
- `net`: the network, and its forward pass of training (teacher forcing)
- `decoding`: a step at a time, with every intermediate number; `steps`: what it is told and what it gives
- `alignment`: whether the attention went through the text in order
"""
