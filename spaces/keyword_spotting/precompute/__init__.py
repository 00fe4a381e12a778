"""What the keyword page shows without computing it: `own`, `validation`, `bits` and `training` each write one file.

Each runs alone, `python -m spaces.keyword_spotting.precompute` runs them all. The app imports nothing from here.
"""
