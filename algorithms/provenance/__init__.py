"""Telling afterwards that a sound was made by a computer: an inaudible mark in the sound itself, and its detector."""
