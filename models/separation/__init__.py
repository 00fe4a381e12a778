"""Models that separate people who talk at once: `conv_tasnet`, the offline one, two voices at 8 kHz."""
