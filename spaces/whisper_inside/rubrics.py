"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="whisper-shapes",
        points=(
            Point("Log-mel of 30 s", "log mel; 30 s; 30 second*; 80; mel; thirty second*"),
            Point("Two convolutions, stride two", "convolution*; conv; stride; 1500; half; halve*"),
            Point(
                "Encoder self-attention without a mask",
                "self attention; whole; sees all; bidirection*; no mask; encoder",
            ),
            Point("Causal decoder with cross-attention", "cross attention; causal; masked; decoder; autoregressive"),
            Point("Tokens steer the task", "token*; language; task; translate; timestamp*"),
            Point("Trained on 680,000 hours", "680; weak*; web; next token; cross entropy"),
        ),
        mistakes=(
            "Saying that the encoder's cost depends on how much is said.",
            "Forgetting that the token table is also the output matrix.",
        ),
        source="Radford et al. (2022), section 2.2; openai/whisper, model.py and audio.py",
        must="80 × 3000 → 1500 × 384 (tiny) → one vector a token over 51,864 (tiny.en) symbols; at most 448 tokens.",
        predict=(
            "What will happen to the number of time steps after the second convolution?",
            "It halves: 3000 columns of 10 ms become 1500 of 20 ms.",
        ),
    ),
    Rubric(
        name="modern-asr",
        points=(
            Point("Front end and augmentation", "log mel; mel; specaugment; spec augment; front end; features; vad"),
            Point("Subsampling", "subsampl*; stride; downsampl*; 40 ms; frame rate; fewer steps"),
            Point(
                "Conformer or Transformer encoder", "conformer; transformer; encoder; convolution attention; zipformer"
            ),
            Point("CTC, transducer or attention output", "ctc; transducer; rnn t; rnnt; attention decoder; decoder"),
            Point("Joint training", "joint; hybrid; multi task; ctc attention; combin*; lambda"),
            Point("Language model and biasing", "language model; fusion; bias*; rescor*; names; lm"),
            Point("Streaming by chunks", "stream*; chunk*; causal; latency; look ahead"),
            Point("Pre-training", "pre train*; pretrain*; self supervised; wav2vec; hubert; weak*"),
            Point("How it is judged", "wer; error rate; group*; latency; evaluat*; metric*"),
        ),
        mistakes=(
            "Naming one model instead of the choices and their reasons.",
            ("Leaving out what comes after the text: numbers, punctuation, who spoke, and how it is served."),
        ),
        source="Gulati et al., Conformer (2020); Watanabe et al., Hybrid CTC/Attention Architecture (2017); Graves, "
        "Sequence Transduction (2012); Radford et al. (2022)",
        must="L = λ L_CTC + (1 − λ) L_att; subsampling to 20, 40 or 80 ms a step.",
        predict=(
            "What will happen to the cost of attention if the encoder has half as many steps?",
            "It falls to a quarter: the cost grows with the square of the length.",
        ),
    ),
    Rubric(
        name="thirty-seconds",
        points=(
            Point("A fixed table of positions", "position*; 1500; fixed; trained 30; table"),
            Point("A compromise of context and cost", "context; square; quadratic; compromise; attention cost; memory"),
            Point("Short sound is padded", "pad*; zero*; silence; fill*"),
            Point(
                "Long sound goes window by window", "timestamp*; next window; last segment; slide*; sequential*; chunk*"
            ),
            Point("Cuts break words", "cut*; border*; overlap*; half word; boundar*"),
        ),
        mistakes=(
            "“A 3 s clip costs a tenth”: the encoder always works on 30 s.",
            "Cutting an hour at fixed places without overlap.",
        ),
        source="Radford et al. (2022), sections 2.1 and 4.5",
        must="1500 positions of 20 ms; cuts every 10 s: 17 of 170 words wrong in this room's recording.",
        predict=(
            "What will happen to a word at the border if a recording is cut every 10 s?",
            "It falls in two, and both windows guess at a half.",
        ),
    ),
    Rubric(
        name="encoder-layers",
        points=(
            Point("Convolutions see a short stretch", "convolution*; 65 ms; local*; short; stem"),
            Point("Position dominates first", "position*; place; sinus*; neighbour*; neighbor*"),
            Point("Middle layers are phonetic", "middle layer*; phone*; same sound; letter*; phonetic"),
            Point("Late layers are shaped by the output", "last layer; late*; output; task"),
            Point(
                "Limits of such evidence", "probe*; one clip; likeness; not proof; correlat*; causal; cut out; ablat*"
            ),
        ),
        mistakes=(
            "Reading an attention map as an explanation.",
            "Comparing raw states by cosine without taking the common part away.",
        ),
        source="Pasad, Chou and Livescu, Layer-wise Analysis of a Self-supervised Speech Representation Model "
        "(2021) for the method; openai/whisper, model.py",
        predict=(
            ("What will happen to the likeness of one word said twice, from the first layer to the middle?"),
            "It rises: positions dominate at first, in the middle layers the sound itself.",
        ),
    ),
    Rubric(
        name="timestamp-rules",
        points=(
            Point("Times are tokens", "token*; 1501; 20 ms; 0 02"),
            Point("They come in pairs", "pair*; open*; close*; start end"),
            Point("They don't run backwards", "not backward*; not run back; backward*; increas*; monoton*; order"),
            Point("Sum against the best text token", "sum; together; total probabilit*; add* up; combined"),
            Point("Without rules", "wrong place; window; inconsist*; without rule*; text outside; broken"),
        ),
        mistakes=(
            "“The network ensures it”: nothing in it does; logits are set to minus infinity.",
            "Comparing single timestamps with text: their probability is spread over neighbours.",
        ),
        source="openai/whisper, decoding.py, ApplyTimestampRules; Radford et al. (2022), section 2.3",
        must="1501 tokens, 0.00 to 30.00 s in steps of 0.02 s; the first at most 1 s.",
        predict=(
            "What will happen after “man.”, where the best single timestamp has only 0.06?",
            "All timestamps together outweigh any text token, so one of them must come.",
        ),
    ),
    Rubric(
        name="beam-here",
        points=(
            Point("Greedy never looks back", "greedy; never; best token; look back; each step; locally"),
            Point("A beam keeps several beginnings", "beam; several; keep*; beginning*; hypothes*; k best; candidate*"),
            Point("The sum of log-probabilities decides", "sum; log prob*; score*; total; add*; joint probab*"),
            Point("It costs k times", "k times; cost*; slow*; more work; times decoder; comput*"),
            Point("It cannot mend a wrong model", "wrong text; likelier; model gives; not always; worse; wider"),
        ),
        mistakes=(
            "Expecting that it explores far: most beginnings differ in one token.",
            "Forgetting the length: bare sums favour short texts.",
        ),
        source="Radford et al. (2022), section 4.5; Sutskever, Vinyals and Le, Sequence to Sequence Learning "
        "(2014), section 3.2",
        must="Sum of log-probabilities, divided by the length when texts are compared.",
        predict=(
            "What will happen to “old” with 0.45 against “ill” with 0.30 in a beam of 5?",
            "Both are kept, and “ill-disposed” overtakes when “old-” finds no good continuation.",
        ),
    ),
    Rubric(
        name="alignment-heads",
        points=(
            Point(
                "Cross-attention heads that follow the sound", "cross attention; follow*; climb*; diagonal; monoton*"
            ),
            Point(
                "Found afterwards, not trained for",
                "not trained; found; nobody train*; listed; observ*; emerg*; select*",
            ),
            Point("Averaged, filtered, then warped", "dtw; dynamic time warp*; median; average*; warp*"),
            Point("When they fail", "translat*; repeat*; never said; fail*; hallucinat*"),
        ),
        mistakes=(
            "“Every head aligns”: most look elsewhere.",
            (
                "Being off by one token: the weights that choose a token are those of the step that reads the one "
                "before."
            ),
        ),
        source="openai/whisper, timing.py and the lists of heads in __init__.py",
        must="tiny.en: 8 of 24 heads.",
        predict=(
            "What will happen to word times if all heads are averaged instead of the listed ones?",
            "Wide heads blur the matrix, and the path loses its hold.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
