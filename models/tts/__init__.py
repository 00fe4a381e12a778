"""Voices that say a text: `hibari`, `vits` (which can be looked into) and the program `espeak`; `phonemes`: IPA."""
