"""Keyword spotters.

- `ds_cnn`: the shipped DS-CNN networks on ONNX Runtime
- `personal`: a visitor's own keyword; `own_data`: what it is learned from; `own_net`: the network it makes
"""
