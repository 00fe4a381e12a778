"""What synthesisers begin and end with.

From text: `numbers` reads figures, `normalise` finds what is no word (dates, money, abbreviations, signs) and says it
in words. To sound: `phase` turns a mel spectrogram into magnitudes and phases, `wavenet` gives each of a sample's 256
levels (`algorithms.signal.mu_law`) a probability (`wavenet_shape`: sizes and costs; `wavenet_sampling`: one after
another), `hifigan` makes all samples at once (`hifigan_shape`: sizes and costs; `upsampling`: one transposed
convolution, looked at closely).
"""
