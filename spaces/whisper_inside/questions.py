"""The interview questions of the page, each with the state of the page that shows its answer."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="Explain the architecture of Whisper",
        look="chain",
        level="mid",
        answer=r"""Follow one clip through the chain on top of this page; the shapes are those of tiny.en.

1. **Log-mel window** ([see it](?part=input)). Sound at 16 kHz, 25 ms Hann windows every 10 ms, 80 mel bands: $80 \times
   3000$ numbers for 30 s, always. Logarithm, clamp to 8 powers of ten below the loudest, then $(x + 4) / 4$.
2. **Convolutional stem** ([see it](?part=encoder&e_view=conv)). Two convolutions of width 3 with GELU. The first keeps
   10 ms a step, the second has stride 2: 1500 steps of 20 ms. Fixed sinusoids are added, because attention by itself
   ignores order.
3. **Encoder layers** ([see them](?part=encoder&e_view=attention)). Pre-norm Transformer blocks, 4 of width 384 (base: 6
   of 512). Self-attention without a mask: every step sees all 30 s, the future included. A last layer norm.
4. **Decoder** ([see it](?part=decoder)). As many blocks, each with masked self-attention over the text so far,
   cross-attention to the 1500 states, and an MLP. Learned positions, 448 at most; the table of token embeddings is
   also the output matrix.
5. **Cross-attention** ([see it](?part=attention)) is the only way from sound to text. Its keys and values are made once
   a window; each token asks again.
6. **Tokens steer it.** $\langle$start$\rangle$, language, task and timestamps are tokens like words, so language
   identification, transcription, translation and segmentation are one problem: what comes next?

Trained by cross-entropy on the next token, on 680,000 hours of web audio with transcripts (tiny.en on the English
part, some 438,000). The encoder's cost is the
same for a cough as for 30 s of talk; the decoder's grows with the text.""",
        follow_ups=(
            (
                "Where do the parameters sit?",
                "tiny.en has 37.76 million numbers; 576,000 of them are the encoder's fixed sinusoids, so 37.2 "
                "million are learned: 7.6 in the encoder, 19.9 (51,864 tokens × 384) in the token table alone. [The "
                "table](?part=encoder&e_view=shapes) counts them from the weights. Width and depth grow with size; "
                "the vocabulary does not.",
            ),
            (
                "Why sinusoids in the encoder and learned positions in the decoder?",
                "The paper gives no reason. In the encoder all 1500 places are in use in every example and stand for "
                "even steps of time, which fixed waves describe; how alike two of them are depends on their distance "
                "alone. "
                "[See it](?part=encoder&e_view=positions)",
            ),
            (
                "What would you change to make it stream?",
                "The encoder needs all 30 s, so either re-run it on a growing window and keep the words on which "
                "successive runs agree, or train anew with attention masked to chunks and a transducer or CTC output.",
            ),
        ),
        state={"part": "input", "clip": "speech"},
        rubric=RUBRICS["whisper-shapes"],
    ),
    Question(
        question="Discuss the architecture of a modern end-to-end ASR system",
        look="chain",
        level="principal",
        answer=r"""*End-to-end*: one network, one loss, from features to written text, in place of an acoustic
model, a pronunciation lexicon and a language model built separately. The choices, from sound to page:

- **Front end.** Log-mel, 80 bands every 10 ms, still the default: small, robust, fixed. Learned filters on the wave
  (wav2vec 2.0) gain little where labels abound. SpecAugment masks stretches of time and frequency while training.
- **VAD** in front: saves work and keeps a generative decoder from writing into silence.
- **Subsampling.** Strided convolutions to 20, 40 or 80 ms a step. Attention costs the square of the length: half as
  many steps cost it a quarter. The limit: CTC needs at least as many steps as tokens.
- **Encoder.** Transformer (Whisper) or **Conformer**: half an MLP, self-attention, a depthwise convolution, half an
  MLP. Attention sees far, the convolution sees fine local patterns; in its paper the Conformer beats the Transformer
  at equal size. Two successors work on fewer time steps: **Fast Conformer** subsamples eightfold (80 ms a step), which
  its authors measured as 2.8 times faster, and limits attention to a neighbourhood so that hours of sound fit in
  memory; **Zipformer** runs its middle layers at a lower frame rate, as a U-Net does, and reuses each attention matrix
  for several modules.
- **Output.** *CTC*: one symbol or blank a step, all alignments summed; fast, monotonic, but no symbol sees the others.
  *RNN-T*: adds a prediction network over the tokens so far; monotonic, streams, expensive to train. *Attention
  decoder*: $p(y_i \mid y_{<i}, X)$ with a free choice of where to listen; best at punctuation and translation; may loop
  or invent.
- **Joint training.** $L = \lambda L_{\text{CTC}} + (1 - \lambda) L_{\text{att}}$: CTC forces a monotonic alignment on
  the shared encoder, and in decoding its score vetoes loops and early ends. Two-pass: CTC or RNN-T streams, attention
  rescores.
- **A language model as the decoder.** An encoder's states, subsampled and projected by a small adapter, are put in
  front of the prompt of a large language model (Qwen2-Audio, Canary-Qwen and their kind). It brings knowledge of the
  world, takes instructions (“the names are ...”) and can answer questions about the sound; every token costs a pass
  through billions of weights, it does not stream by itself, and its fluent guesses are the hardest errors to notice.
- **Units.** Subwords (BPE, unigram): shorter than letters, open to new words. Small vocabularies for CTC, larger for
  attention decoders; byte level (Whisper) covers every script.
- **Language model.** *Shallow fusion* adds $\mu \ln p_{\text{LM}}(y)$ in the beam; *deep* or *cold* fusion feeds
  the language model's hidden state into the decoder and trains the joint. A trained decoder already holds an **internal
  language model** of its transcripts, so in a new domain subtract it: $\ln p(y \mid X) - \lambda \ln p_{\text{ILM}}(y)
  + \mu \ln p_{\text{LM}}(y)$. For names and commands: lists of words whose score is raised (*biasing*).
- **Streaming.** Causal convolutions and attention masked to **chunks**: each step sees its chunk and some past, and
  latency is the chunk. Trained on chunks of changing size, one model serves both live and offline.
- **Pre-training.** *Self-supervised* (wav2vec 2.0, HuBERT): predict masked stretches of unlabelled sound, then
  fine-tune on hours of labels. *Weakly supervised* (Whisper): 680,000 hours with the transcripts found on the web. It
  needs no fine-tuning and is robust on sound unlike any benchmark, at the price of the web's habits: invented thanks
  and credits.
- **Multitask tokens**: language, task and timestamps in the same sequence share one decoder for all.
- **After the recogniser.** Inverse text normalisation (“twenty five euros” to “€25”), punctuation, capitals, speaker
  labels; or the decoder learns the written form directly, as Whisper does.
- **Serving it.** Two numbers conflict: *latency* (one caller's wait) and *throughput* (hours of sound transcribed per
  hour of machine). Computing many callers together raises the throughput, but also each one's wait. An encoder works on
  all steps at once and fills a GPU; an autoregressive decoder takes one small step a token and waits for memory. So the
  quickest models for offline work have CTC or transducer outputs, or a distilled decoder of few layers. Weights of 8
  bits instead of 16 halve the memory traffic that such a decoder waits for, usually at a loss too small to see in WER;
  measure it on the worst clips.
- **Judging it.** WER counts all words alike: a lost *not* weighs as much as a lost *uh*. It hides who fails (accents,
  noise, names), latency, wrong times, invented sentences, and depends on the normaliser. Add errors on entities, rates
  per group, the rate of insertions in silence, and time to the final word.

**Choose by need:** a phone keyboard: streaming RNN-T with biasing. Call-centre analytics: Conformer with CTC and a
language model. Archive subtitles in many languages: Whisper's kind, with VAD and a CTC aligner for the times.""",
        follow_ups=(
            (
                "Why did shallow fusion help CTC more than attention models?",
                "A CTC model chooses each symbol without the others, given the sound, so it holds little language "
                "model of its own, and the external one fills a gap. An attention decoder already has one, learned "
                "from its transcripts; adding another counts it twice unless the internal one is subtracted.",
            ),
            (
                "680,000 hours of weak labels or 60,000 hours without labels?",
                "With few labelled hours in the target language and domain, self-supervision and fine-tuning win. For "
                "a service that must work on unseen microphones and topics without tuning, weak supervision wins: the "
                "decoder, too, is trained on real transcripts. The two can be combined.",
            ),
            (
                "Twice the traffic on the same machine: where do you begin?",
                "Measure what it waits for. Usually: skip silence (VAD), sort clips by length so that batches hold "
                "little padding, quantise the weights, then a smaller or distilled decoder, and only then a smaller "
                "encoder. After each step the errors are counted again, by group and on the hardest clips.",
            ),
            (
                "Where does the latency of a streaming system come from?",
                "Chunk and look-ahead of the encoder, the network's own time, emission delay (transducers like to wait "
                "for evidence; a penalty trains it away), endpointing, and the final rescoring. Measure from the end "
                "of a word in the sound to the moment it stops changing on the screen.",
            ),
            (
                "Your WER is 5 % and users complain. What do you look at?",
                "The distribution, not the mean: the worst clips, groups of speakers, names and numbers; insertions in "
                "silence; whether the normaliser hides case and punctuation that users see; and the time until text "
                "is final.",
            ),
        ),
        state={"part": "input", "clip": "speech"},
        rubric=RUBRICS["modern-asr"],
    ),
    Question(
        question="Why 30-second windows? What happens to a sound of 3 s, and to one of an hour?",
        look="windows",
        level="mid",
        answer=r"""The encoder's table of positions has 1500 places of 20 ms, and training pieces were 30 s long with
the text that falls into them. It is a compromise: long enough for context, short enough for attention, whose cost grows
with the square of the length.

**A sound of 3 s** is filled up. Both openai/whisper's and faster-whisper's `transcribe` append zeros to the scaled
spectrogram, which is a middling level; openai/whisper's low-level example appends silence to the sound. The encoder
works just as long as on 30 s of talk. On the clip *Speech* the two fillings give tiny.en different words: *old-sposed*
with zeros, *ill-disposed* with silence. [Try both](?part=input&i_view=fill&clip=speech)

**An hour** is taken window by window. Where two timestamp tokens stand together, a segment is closed, and the next
window starts at the last one: at 28.02 s in the picture, not at 30 s. What came after it is heard again from its
beginning.

Chunks at fixed places can be computed side by side, but the cut at 20 s falls inside *respectable*: *respite. | of
all*. Of 170 words, 17 are wrong with cuts every 10 s. With an overlap of 2 s, joined where the texts agree, none is;
the sequential windows have 6, all of them *ill-disposed*, so here shorter pieces even help. One minute of clear reading
proves nothing in general.""",
        follow_ups=(
            (
                "What if the timestamps are wrong?",
                "An early one makes the next window repeat words; a late one loses them, and nothing later can "
                "bring them back. If no pair of timestamps is written, the window moves on by its full length.",
            ),
            (
                "How would you transcribe 10,000 hours?",
                "Cut at pauses found by a voice activity detector into pieces of at most 30 s, batch them on a GPU, "
                "without the previous text as a prompt: no word is cut, all is parallel, and errors don't spread.",
            ),
        ),
        state={"part": "input", "i_view": "long", "i_chunk": 10},
        rubric=RUBRICS["thirty-seconds"],
    ),
    Question(
        question="What does each part of the encoder do, as far as one can see?",
        look="plane",
        level="senior",
        answer=r"""Only what the pictures show, for the clip *Speech* and tiny.en:

- **Convolutions** see 65 ms. Added positions then dominate likeness: neighbours in time are alike, and the same word at
  another place is not (cosine −0.10 for the two *…sposed*).
- **Layer 1** has very local heads (head 5 looks 0.03 s away on average) beside wide ones (2.2 s).
- **Layers 2 and 3** make the same sound alike wherever it stands: cosine 0.76 and 0.86 for the repeated word; the most
  similar moment a second or more away holds the same letter in 47 and 48 % of the cases, against 28 % for the log-mel
  and 16 % after the convolutions.
- **The last layer** falls back a little (46 % of the cases, cosine 0.78 for the repeated word), and one of its 384
  values holds 65 % of all variance, the first principal direction 87 %. The last
  norm brings that back into range: a warning about PCA and cosines on raw states.

This fits the common picture (middle layers phonetic, late ones shaped by the output), but it is one clip, its letters
come from another model's alignment, and likeness is not use. To claim more, train a probe on many speakers, or cut
something out and see what breaks.""",
        follow_ups=(
            (
                "Does an attention map explain the output?",
                "It shows where the values that are mixed come from. It does not show what they carry, what later "
                "layers undo, or what passes by in the residual path. Test by ablation: silence a head and measure "
                "the words.",
            ),
            (
                "Why take the mean away before the cosine?",
                "The states of a layer share a large common part, so that even unrelated moments have a raw cosine "
                "of 0.6 to 0.7 in the middle layers here. Centred, unrelated moments are near 0.",
            ),
        ),
        state={"part": "encoder", "clip": "speech", "e_view": "plane", "e_colour": "letter", "e_state": "3"},
        rubric=RUBRICS["encoder-layers"],
    ),
    Question(
        question="What do the timestamp rules do, and what would happen without them?",
        look="cand",
        level="senior",
        answer=r"""Timestamps are 1501 tokens, 0.00 to 30.00 in steps of 0.02 s, and nothing in the network makes
them consistent. So at each step rules set logits to $-\infty$ before the softmax (`ApplyTimestampRules` in
openai/whisper's decoding.py):

- they come in **pairs**: one closes a segment, the next opens one; after an opening, text must follow;
- they **don't run backwards**, and a segment is not empty;
- the first token is a timestamp of **at most 1 s**;
- if all timestamps **together** are likelier than any single text token, a timestamp must come. Their probability is
  spread over many neighbours, so each alone would lose: after *man.* the best timestamp has only 0.06.

The link shows that step: the candidates, and what each rule took away. Without the rules one may get text outside
segments, times that run back, and so windows that start at the wrong place.""",
        follow_ups=(
            (
                "Why are other tokens suppressed?",
                "Signs such as ♪ or [ stand in subtitles for what is not speech, and task tokens make no sense in the "
                "text. A lone space and an empty transcript are forbidden as the first choice.",
            ),
            (
                "Where does the next window begin?",
                "openai/whisper moves to the last timestamp token that closed a segment. faster-whisper does so too; "
                "with word times it may use the end of the last word instead, as newer versions of openai/whisper do.",
            ),
        ),
        state={"part": "decoder", "clip": "speech", "d_step": 12},
        rubric=RUBRICS["timestamp-rules"],
    ),
    Question(
        question="How does beam search differ from greedy decoding here?",
        look="tree",
        level="mid",
        answer=r"""Greedy takes the likeliest token and never looks back. On *Speech* at the sixth token tiny.en gives
*old* 0.45 and *ill* 0.30. Greedy takes *old*, and pays later: after *old-* no continuation is good (*sp* 0.27). A beam
keeps both beginnings, and the sum of log-probabilities decides a few tokens on. The
picture shows every beginning that was kept and where it was given up.

A beam of $k$ takes about $k$ times the decoder's work, and it helps only
where the model gives the right text a higher probability as a whole. Where the wrong text is likelier, a wider beam
is only more certain to find that one.""",
        follow_ups=(
            (
                "How does the beam compare texts of different length?",
                "By the sum of log-probabilities divided by the length (openai/whisper without a length penalty). "
                "The bare sum would favour short texts, because every token lowers it.",
            ),
            (
                "What does patience change?",
                "Search ends when a number of texts have ended: the beam's width times the patience, 1 by default. A "
                "higher patience waits for more complete texts before it chooses among them.",
            ),
        ),
        state={"part": "decoder", "clip": "speech", "d_view": "beam"},
        rubric=RUBRICS["beam-here"],
    ),
    Question(
        question="What are alignment heads?",
        look="heads",
        level="senior",
        answer=r"""The few cross-attention heads of the decoder whose maps climb steadily through the sound as the text
goes on. Nobody trained them to: they were found by looking at which heads agree with known word times, and are listed
for each checkpoint (8 of 24 in tiny.en). Averaged after normalisation and a median filter they give a matrix in which
dynamic time warping finds one monotonic path, and its steps are the word times. Choose *all heads* or *only one* in
the picture to see why the choice matters.

One detail that is easily missed: the decoder chooses a token while it **reads the one before**. So the weights drawn in
a token's row belong to the step whose input was the token above it.""",
        follow_ups=(
            (
                "When do they fail?",
                "In translation, whose word order differs, in repeated phrases, and where the text was never said: "
                "the path exists all the same. A low token probability is then the better sign.",
            ),
            (
                "How would you find them for a model of your own?",
                "Take clips whose word times are known, compute the times from each head alone, and keep the heads "
                "with the smallest error.",
            ),
        ),
        state={"part": "attention", "clip": "speech"},
        rubric=RUBRICS["alignment-heads"],
    ),
)
