"""Trains `tts/tacotron2`: phonemes to mel spectrogram, in the packaged synthetic voice.

python -m training.tacotron.voice --data ../shared/data --work work/tacotron    # its sentences, spoken, once
python -m training.tacotron.train --work work/tacotron --minutes 60             # stop and start it at will
python -m training.tacotron.export --work work/tacotron                         # the weights that the app loads
"""
