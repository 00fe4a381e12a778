"""Speech in somebody else's voice, and how one tells afterwards: matching frames, WORLD, likeness, watermark.

- `world`: a sound as pitch, spectral envelope and aperiodicity, and back
- `knn`: nearest neighbours, and the path among them that hangs together (Viterbi)
- `prosody`: pitch range and speaking rate of one speaker for another
- `convert`: the whole conversion, from frames to sound
- `ge2e`: the network that says how alike two voices are
"""
