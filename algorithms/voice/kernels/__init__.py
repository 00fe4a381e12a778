"""The effects' sums sample by sample, in a small part of Python; `core` explains their form."""
