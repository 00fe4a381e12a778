"""Models that give the log probabilities of characters, frame by frame.

- `whisper_tiny`: the offline one, characters on Whisper tiny.en's encoder
- `hub`: any other, from the Hugging Face hub or a folder
"""
