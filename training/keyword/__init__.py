"""What made `assets/weights/kws-ds-cnn-*.onnx`.

- `data`: the clips, disturbed; `words`: more of them (runs alone)
- `teacher`, `views`: Google's speech embedding and its opinion of every disturbed clip
- `train`: the commands `fetch`, `views` and `train`; `export`: the trained network as ONNX files (runs alone)
"""
