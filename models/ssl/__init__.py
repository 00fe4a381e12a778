"""Self-supervised models of speech (`SpeechUnits`)."""
