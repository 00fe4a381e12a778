"""What made `assets/weights/kws-ds-cnn-*.onnx`.

- `data`: other words than Speech Commands', and all of them disturbed; `words`: synthetic ones, and some cut out of
  sentences (runs alone)
- `spoken`: when keywords are said in recordings; `running`: hours of running speech without them (both run alone)
- `teacher`, `views`: Google's speech embedding and its opinion of every clip
- `quiet`: the hardest windows of the running speech, and the loss on them
- `train`: the commands `fetch`, `views` and `train`; `export`: the trained network as ONNX files (runs alone)
"""
