"""What every synthesiser begins with: written text into words that can be spoken.

`numbers` reads figures, `normalise` finds what is no word (dates, money, abbreviations, signs) and says it in words.
"""
