"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="whisper-architecture",
        points=(
            Point("Encoder-decoder Transformer", "encoder decoder; transformer; sequence to sequence; seq2seq"),
            Point("Log-mel of 30 s", "30 s; log mel; 30 second*; 80 mel; mel spectrogram; thirty second*"),
            Point("Two convolutions, 1500 positions", "convolution*; conv; stride; 1500"),
            Point(
                "Decoder with cross-attention",
                "cross attention; attends encoder; autoregressive; next token; token time",
            ),
            Point(
                "Task tokens",
                "special token*; task token*; language token; translate; transcribe; timestamp*; multitask",
            ),
            Point("Weak supervision, 680,000 hours", "680; weak*; supervis*; web; internet"),
        ),
        mistakes=(
            "Calling it self-supervised: it was trained on sound with the text found beside it.",
            "Saying that it works frame by frame, or that it has a CTC output.",
        ),
        source="Radford et al., Robust Speech Recognition via Large-Scale Weak Supervision (2022), section 2.2 and "
        "figure 1",
        must="30 s → 80 × 3000 log-mel (large-v3: 128 bands) → 1500 positions of 20 ms; 680,000 hours of training.",
        predict=(
            "What will happen to the encoder's work if the clip lasts 3 s instead of 30?",
            "Nothing: it is padded to 30 s, and the encoder works as long as before.",
        ),
    ),
    Rubric(
        name="whisper-long-audio",
        points=(
            Point("Padded to 30 s", "pad*; zero*; 30 s; 30 second*; thirty second*; fixed"),
            Point(
                "The next window starts at the last timestamp",
                "last timestamp; timestamp*; last segment; segment end*; where segment",
            ),
            Point("Text before as a prompt", "prompt; previous text; context; condition*; text before"),
            Point(
                "Loops and errors carry over",
                "loop*; repeat*; carry; error propagat*; propagat*; feed itself; hallucinat*",
            ),
        ),
        mistakes=(
            "“Windows always step by 30 s”: they step to the end of the last complete segment.",
            "Forgetting that the prompt can carry a mistake on.",
        ),
        source="Radford et al. (2022), section 4.5: strategies for long-form transcription",
        must="Timestamp tokens in steps of 20 ms; a prompt of at most 223 tokens.",
        predict=(
            "What will happen if a timestamp is late by two seconds?",
            "The next window starts after those two seconds, and their words are lost.",
        ),
    ),
    Rubric(
        name="whisper-word-times",
        points=(
            Point("Not the timestamp tokens", "not timestamp token*; segment*; token mark segment*"),
            Point("Cross-attention weights", "cross attention; attention weight*; attention map*; attention"),
            Point(
                "Some heads follow the sound", "alignment head*; some head*; certain head*; few head*; selected head*"
            ),
            Point("Dynamic time warping", "dynamic time warp*; dtw; warp*; monotonic path"),
            Point("Limits", "drift*; pause*; not exact; 20 ms; approximat*; forced alignment; inaccura*"),
        ),
        mistakes=(
            "Taking the timestamp tokens for word times: they mark segments.",
            "“Attention was trained for it”: nobody trained those heads to point at times.",
        ),
        source="openai/whisper, timing.py; Sakoe and Chiba, Dynamic programming algorithm optimization for spoken "
        "word recognition (1978)",
        must="A position of the encoder is 20 ms; median filter of width 7.",
        predict=(
            "What will happen to word times when the text is a translation?",
            "They become unreliable: the path may only go forward, and the order of words differs.",
        ),
    ),
    Rubric(
        name="whisper-guards",
        points=(
            Point(
                "The decoder is a language model", "language model; likely text; next token; prior; text probabilit*"
            ),
            Point("Training text beside silence", "training data; subtitle*; thank*; web; credits; caption*"),
            Point("Voice activity detection", "vad; voice activity; speech detect*; silero"),
            Point("Compression ratio and log-probability", "compression; log prob*; logprob; average log*; 2 4; gzip"),
            Point("Temperature fallback", "temperature; fallback; again; sampl*; retry"),
            Point("No-speech probability", "no speech; nospeech"),
        ),
        mistakes=(
            "Trusting the no-speech probability by itself: it counts only together with an unsure text.",
            "Passing the invented text on as the next prompt.",
        ),
        source="Radford et al. (2022), section 4.5; Koenecke et al., Careless Whisper (2024)",
        must="Compression ratio 2.4, average log-probability −1, no-speech probability 0.6.",
        predict=(
            "What will happen to silence if only the no-speech check is left?",
            "An invention passes whenever its average log-probability stays above −1.",
        ),
    ),
    Rubric(
        name="beam-and-temperature",
        points=(
            Point(
                "A beam keeps several texts", "several text*; k text*; keep*; candidate*; hypothes*; alternatives; beam"
            ),
            Point("Greedy is a beam of one", "greedy; one; best token; argmax"),
            Point("Temperature flattens the softmax", "temperature; softmax; flatten*; divide*; logit*; random*"),
            Point("Fallback when a check fails", "fallback; check fail*; fails; compression; log prob*; again; retry"),
            Point("The price", "slow*; k times; cost*; six attempt*; random*; time*; compute"),
        ),
        mistakes=(
            "“A wider beam is always better”: it finds likelier texts, and a loop can be very likely.",
            "Mixing the two up: the beam searches, temperature samples.",
        ),
        source="Radford et al. (2022), section 4.5; openai/whisper, transcribe.py and decoding.py",
        must="p_i ∝ exp(z_i / T); temperatures 0, 0.2, ..., 1.0: up to six attempts; beam of 5.",
        predict=(
            "What will happen to a close decision if the beam is 1?",
            "It is decided there and then, and cannot be taken back when the next token fits badly.",
        ),
    ),
    Rubric(
        name="int8",
        points=(
            Point("Eight-bit integers with a scale", "scale; integer*; eight bit; 8 bit; int8"),
            Point("A quarter of the memory", "quarter; memory; smaller; four times"),
            Point("A scale for each row", "row*; channel*; each row; per row"),
            Point("Outliers make the step coarse", "outlier*; large weight; large value*; coarse*; range"),
            Point("Loss is small, measured in words", "word*; wer; small loss; error rate; measure*; accuracy"),
        ),
        mistakes=(
            ("“int8 is always faster”: only where the processor multiplies bytes faster and the matrices are large."),
            "Judging by the error of the weights instead of by the errors in words.",
        ),
        source="Jacob et al., Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only "
        "Inference (2018), section 2; CTranslate2's documentation on quantisation",
        must="w ≈ s·q with s = max|w| / 127: an error of at most s/2; a quarter of float32's memory.",
        predict=(
            ("What will happen to a row of weights in which one weight is ten times as large as the rest?"),
            "Its step becomes ten times as coarse for all the others.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
