"""Puts the lab online: on a Hugging Face Space (`space`), or as several processes behind nginx."""
