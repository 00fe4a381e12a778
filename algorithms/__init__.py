"""Signal and sequence algorithms in plain NumPy, SciPy and torch: they know no page and no model loader.

- `signal`: STFT, mel spectrogram, MFCC and back, sampling, dynamic time warping, what a screen can show of a signal
- `sound`: files, recordings and arrays in; the example sounds; sounds made to fail on
- `text`: transcripts, subtitles, word error rate
- `ctc`: connectionist temporal classification
- `whisper`: Whisper's network, decoding and word times, step by step
- `keyword`: keyword spotting, from the MFCCs to C code
- `synthesis`: text into words that can be spoken; `vits`: a network that speaks, its steps
- `separation`: two voices apart: scores, orders, masks, Conv-TasNet
- `augmentation`: changes of a sound that a network is trained or tried with
- `cloning`: speech in somebody else's voice, and how alike two voices are
- `voice`: the voice changer's effects
"""
