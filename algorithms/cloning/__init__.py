"""Speech in somebody else's voice: matching frames, WORLD, likeness.

- `world`: a sound as pitch, spectral envelope and aperiodicity, and back
- `content`: what is said, frame by frame, from Whisper's first layers
- `knn`: nearest neighbours, and the path among them that hangs together (Viterbi)
- `prosody`: pitch range and speaking rate of one speaker for another
- `convert`: the whole conversion, from frames to sound
- `ge2e`: the network that says how alike two voices are
"""
