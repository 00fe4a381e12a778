"""Sounds and weights that the app ships, and the scripts that make the sounds."""
