"""Trains `vocoder/wavenet`: the next sample of speech from the samples before it and the mel.

python -m training.wavenet.voices --data ../shared/data --work work/wavenet    # sounds and mels in two arrays, once
python -m training.wavenet.train --work work/wavenet --hours 2                 # stop and start it at will
"""
