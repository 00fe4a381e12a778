"""Shared parts of every page: frame, figures, player, audio input, page state. Knows Gradio, knows no topic."""
