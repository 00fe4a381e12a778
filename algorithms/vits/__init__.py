"""VITS (Kim, Kong & Son 2021): from text to sound in one network, its steps outside the learned layers.

- `tokens`: phonemes to the numbers that the network reads, with a blank between any two; what a listener calls a sound
- `durations`: frames of each token, stretched and edited, and the hard alignment that they are
- `flow`: what a coupling layer leaves alone, and how far it moves the rest
- `alignment`: monotonic alignment search, which finds the durations in training

The decoder is HiFi-GAN's generator: `algorithms.synthesis.hifigan_shape`.
"""

SAMPLE_RATE = 22_050  # Hz, of the voice that the lab carries
HOP = 256  # samples a frame
FRAME_S = HOP / SAMPLE_RATE  # 11.6 ms
