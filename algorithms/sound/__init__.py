"""Sound in: `load(path)` and its like give mono float32 in [-1, 1] with plain notes about what was changed.

- `io`: the one door, re-exported here: `load`, `stream`, `from_array`, `probe`
- `sniff`, `decode`, `condition`: behind it, in this order: what a file is, its samples, the app's sound (`mix`)
- `with_ffmpeg`, `tracks`, `timeline`, `source`: how FFmpeg decodes, which track, where in time, and what comes out
- `clips`: the example sounds that ship with the app
- `failures`: sounds on which speech recognisers fail
"""

from algorithms.sound.io import MAX_BYTES, Audio, AudioError, AudioInfo, from_array, load, probe, stream

__all__ = ["MAX_BYTES", "Audio", "AudioError", "AudioInfo", "from_array", "load", "probe", "stream"]
