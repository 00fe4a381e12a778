"""Voices that say a text; `espeak`: the program eSpeak NG."""
