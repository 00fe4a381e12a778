"""Voices: `ge2e` says how alike two are, `knn` speaks in that of a reference."""
