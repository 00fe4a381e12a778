"""Fine-tuning Whisper: further training of a network that can already transcribe.

- `lora`: low-rank additions to frozen matrices
- `features`: log-mel windows cut to what is said
- `tokens`: Whisper's control tokens
- `sizes`: weights and megabytes of each method, counted
- `network`: the short-window forward pass, the loss, greedy decoding, which weights move
- `run`: a training that can be stopped and resumed
"""
