"""Fine-tuning Whisper for a language: `python -m training.whisper_finetune FOLDER`."""
