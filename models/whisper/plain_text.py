"""What somebody types is text, also where it looks like one of Whisper's control words."""

from __future__ import annotations

import json
from typing import Any


def takes_text(tokenizer: Any) -> Any:
    """Return a tokenizer that encodes all it is given as text: "<|endoftext|>" as eleven letters, bars and brackets.

    By default a `tokenizers.Tokenizer` makes the control token of it, so a prompt could end or restart the transcript.
    Control tokens are still had by number (`token_to_id`).

    Parameters
    ----------
    tokenizer : tokenizers.Tokenizer
        Changed in place, unless some of its control words are not marked as such.
    """
    added = tokenizer.get_added_tokens_decoder().values()
    if not all(token.special for token in added):  # <|0.00|> and its like, in files of transformers
        import tokenizers

        described = json.loads(tokenizer.to_str())
        for token in described["added_tokens"]:
            token["special"] = True
        tokenizer = tokenizers.Tokenizer.from_str(json.dumps(described))
    tokenizer.encode_special_tokens = True
    return tokenizer
