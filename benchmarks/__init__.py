"""Measurements against peers, both in one run: `python -m benchmarks.<name>`."""
