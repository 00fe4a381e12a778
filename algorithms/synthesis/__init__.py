"""What synthesisers begin and end with.

From text: `numbers` reads figures, `normalise` finds what is no word (dates, money, abbreviations, signs) and says it
in words. To sound: `phase` turns a mel spectrogram into magnitudes and phases, `mu_law` makes 256 levels of samples,
`wavenet` gives each of them a probability (`wavenet_shape`: sizes and costs; `wavenet_sampling`: one after another).
"""
