"""Keyword spotting: a small network that hears a dozen words.

- `features`: one second of sound to 49 x 10 MFCCs; `ds_cnn`: the network, its costs counted
- `onnx`: the network as a file, in float32 and eight bits; `quantised`: the integers in it; `lens`: a look inside
- `c_export`, `c/`: the eight-bit network as C99
- `stream`: windows, smoothing and a threshold on endless sound; `resynth`: what the MFCCs kept, made audible
- `takes`, `augment`, `personal`: a keyword of one's own: its recordings, many out of few, the training
"""
