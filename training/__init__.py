"""Scripts that make the shipped weights, each runnable alone."""
