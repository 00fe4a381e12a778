"""Trains `separation/conv-tasnet`: two people talking at once, told apart.

python -m training.separation.voices --data ../shared/data --work FOLDER     # a cache of voices at 8 kHz, once
python -m training.separation.train --work FOLDER --hours 40                 # stop and start it at will
python -m training.separation.export --data ../shared/data --work FOLDER     # weights and figures for the card
"""
