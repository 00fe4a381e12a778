"""What made `assets/weights/kws-ds-cnn-*.onnx`.

- `data`: other words than Speech Commands', and all of them disturbed; `words`: synthetic ones (runs alone)
- `teacher`, `views`: Google's speech embedding and its opinion of every disturbed clip
- `train`: the commands `fetch`, `views` and `train`; `export`: the trained network as ONNX files (runs alone)
"""
