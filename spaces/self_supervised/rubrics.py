"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="w2v-or-hubert",
        points=(
            Point("wav2vec 2.0: contrast with distractors", "contrast*; distractor*; negative*; true among"),
            Point("Its targets are learned", "quantis*; quantiz*; codebook*; gumbel; learn* target*; jointly"),
            Point("HuBERT predicts clusters", "cluster*; k means; kmeans; pseudo label*; predict*"),
            Point(
                "Targets fixed beforehand, cross-entropy",
                "cross entropy; fixed; offline; before training; classification",
            ),
            Point("Collapse and diversity", "collaps*; diversity; trivial; perplexity; unstable"),
            Point("Repeated iterations", "iterat*; again; second round; re cluster*; middle layer; refine*"),
            Point("Masking is common to both", "mask*; hidden span*"),
        ),
        mistakes=(
            "“HuBERT's labels are phonemes”: they are clusters, of MFCC first.",
            "Saying that one predicts the waveform: neither does.",
        ),
        source="Baevski et al., wav2vec 2.0 (2020), section 3.2, equations 3 and 4; Hsu et al., HuBERT (2021), "
        "section III",
        must="wav2vec 2.0: −log softmax(cos(c, q) / κ) over 100 distractors; HuBERT: cross-entropy over k-means "
        "clusters of hidden frames.",
        predict=(
            "What will happen to the contrastive game if the distractors come from other recordings?",
            ("It becomes easy: voice and microphone give the answer away, and speech need not be learned."),
        ),
    ),
    Rubric(
        name="mask-spans",
        points=(
            Point("Neighbours are alike", "neighbour*; neighbor*; overlap*; interpolat*; adjacent; similar; copy"),
            Point("Spans hide whole sounds", "span*; phone*; 200 ms; ten frame*; longer"),
            Point("Heard frames need no context", "copy; copies; heard; visible; unmasked; no context; trivial"),
            Point("Loss on hidden frames only", "hidden only; masked only; loss hidden; loss masked; context"),
            Point("The evidence", "96; 17 9; ablation; experiment; paper"),
        ),
        mistakes=("“About 6.5 % are hidden”: that is the share of starts.",),
        source="Baevski et al. (2020), section 3.1; Hsu et al. (2021), section III and the ablation of the loss",
        must="p = 0.065, spans of 10 frames (200 ms): about 49 % hidden.",
        predict=(
            "What will happen if single frames are hidden instead of spans of ten?",
            "Neighbours give them away, and nothing about speech has to be known.",
        ),
    ),
    Rubric(
        name="why-quantise",
        points=(
            Point("Detail cannot be foreseen", "noise; phase; detail; microphone; unpredict*; foreseen"),
            Point("A code keeps what is shared", "share*; common; discrete; cluster*; abstract*; phone*; same code"),
            Point("Context continuous, targets quantised", "continuous; context; only target*; input not"),
            Point("Product of codebooks", "two codebook*; product; 320; group*; combination*"),
        ),
        mistakes=("Quantising the context network's input, too.",),
        source="Baevski et al. (2020), section 5.4, the ablation of quantisation; Jang, Gu and Poole, "
        "Gumbel-Softmax (2017)",
        must="2 codebooks × 320 entries = 102,400 combinations.",
        predict=(
            "What will happen to the task if the targets are exact vectors?",
            "Detail of the recording (noise, phase, microphone) settles the choice.",
        ),
    ),
    Rubric(
        name="mfcc-teacher",
        points=(
            Point("Consistent, not right", "consistent; consistency; not right; same number; again and again"),
            Point("Context foresees only the speech part", "foresee*; predict*; context; predictable"),
            Point("Noise averages out", "noise; average*; random"),
            Point("Better clusters in the next round", "iterat*; next; again; layer; refine*; second"),
        ),
        mistakes=("“The first clusters must be phonemes.”",),
        source="Hsu et al. (2021), sections III and IV: iterations, purity and PNMI",
        must="100 clusters of MFCC first; then layer 6, then layer 9 of the trained network (base).",
        predict=(
            "What will happen to the clusters if a middle layer takes the place of MFCC?",
            "They follow what is said more and who says it less.",
        ),
    ),
    Rubric(
        name="collapse",
        points=(
            Point("Few entries win", "codebook; few entries; entries win; same code; one code; codes"),
            Point("Watch the perplexity", "perplexity; entropy; usage; variance; histogram"),
            Point("Diversity loss and temperature", "diversity; temperature; gumbel; regulari*"),
            Point("Constant outputs", "same vector; constant; all outputs; identical; all equal"),
            Point("Shortcuts", "shortcut*; too easy; rises once; other recording*; padding; leak*"),
        ),
        mistakes=("Watching the loss alone.",),
        source="Baevski et al. (2020), section 3.2, equation 4 (diversity loss); Grill et al., BYOL (2020) for "
        "learning without negatives",
        must="Perplexity of the codebook near 1: collapsed.",
        predict=(
            "What will happen to the contrastive loss when the codebook has collapsed?",
            "It can look fine: watch the perplexity.",
        ),
    ),
    Rubric(
        name="which-layer",
        points=(
            Point("It depends on the task", "depend*; task; purpose; what for"),
            Point("Measure with a linear probe", "probe*; linear; classifier; measure*"),
            Point("Voice and pitch early", "speaker; voice; pitch; first layer*; early; low*"),
            Point("Phones in the middle", "phone*; middle; phonetic"),
            Point("Last layers serve pre-training", "last layer*; pre training; own task; top"),
            Point("Weighted sum", "weighted sum; superb; all layers; mix"),
        ),
        mistakes=(
            "“Always the last layer.”",
            "A probe tested on speakers that it was trained on.",
        ),
        source="Pasad, Chou and Livescu, Layer-wise Analysis of a Self-supervised Speech Representation Model "
        "(2021); Yang et al., SUPERB (2021)",
        predict=(
            "What will happen to the speaker and to the phones from the first to the middle layers?",
            "The speaker fades and phones become readable.",
        ),
    ),
    Rubric(
        name="ssl-or-weak",
        points=(
            Point(
                "No text to be weak with",
                "no text; no transcript*; no caption*; unwritten; low resource; few label*; little label*",
            ),
            Point("Keeps what text drops", "emotion; prosody; speaker; voice; not words; non speech"),
            Point("Weak supervision is robust at once", "robust*; without fine tun*; zero shot; punctuation; out box"),
            Point("Costs", "fine tun*; cost*; compute; pre train*; each task"),
            Point("Both together", "both; usm; combin*; together"),
        ),
        mistakes=("Comparing hours alone: pairs and bare sound are different data.",),
        source="Radford et al. (2022); Baevski et al. (2020), 10 minutes of labels; Zhang et al., Google USM (2023)",
        must="680,000 hours of pairs; wav2vec 2.0: 53,000 hours without text and 10 minutes with.",
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
