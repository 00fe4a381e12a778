"""Augmentation: what may change in a recording without changing what is said in it, each change as a few plain lines.

- `level`: gain, polarity, clipping; `noise`: noise at a signal-to-noise ratio; `room`: an impulse response, and how to
  simulate one; `rate`: speed, tempo and pitch; `band`: filters, spans and bands dropped
- `codec`: telephone, MP3, Opus; `masks`: SpecAugment; `mix`: mixup
- `table`: all of them with their amounts; `chain`: several in a row, each with a probability, drawn by a seed

Sound is mono float in [-1, 1], shape [n], at 16 kHz where nothing else is said. What would pass full scale is left as
it is: a file format may clip it, and `level.clip` does so on purpose.
"""
