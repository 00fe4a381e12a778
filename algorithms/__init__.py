"""Signal and sequence algorithms in plain NumPy, SciPy and torch: they know no page and no model loader."""
