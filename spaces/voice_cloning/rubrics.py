"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="clone-30s",
        points=(
            Point("Content features", "feature*; encoder; self supervised; wavlm; hubert; content"),
            Point("A source from any TTS voice", "tts; text speech; source; synth*"),
            Point("Nearest rows of the reference", "nearest; neighbour*; neighbor*; match*; knn; replace*"),
            Point("Vocode", "vocod*; world; hifi*; waveform"),
            Point("Pitch into the range", "pitch; f0; range"),
            Point("Join cost", "join; smooth*; continu*; viterbi; jump*"),
            Point("Limits", "only reference; not said; missing sound*; limit*; prosody"),
        ),
        mistakes=("“30 seconds are enough to train a model.”",),
        source="Baas, van Niekerk and Kamper, Voice Conversion With Just Nearest Neighbors (2023), section 2",
        predict=(
            "What will happen to sounds that the reference lacks?",
            "They are taken from the nearest there is, and are said badly.",
        ),
    ),
    Rubric(
        name="conversion-tts-tuning",
        points=(
            Point("Conversion keeps words and melody", "conversion; timbre; keeps; melody; prosody; timing"),
            Point("Conditioned TTS reads text", "embedding; conditioned; seconds; zero shot; reference"),
            Point("Fine-tuning moves weights", "fine tun*; weights; minutes; hours; habits"),
            Point("When each", "live; dubbing; many voices; one voice; application; use"),
            Point("Measures", "likeness; similar*; wer; intelligib*; mos; natural*; latency"),
            Point("Consent", "consent; permission; legal; ethic*"),
        ),
        mistakes=("Judging by likeness alone.",),
        source="Casanova et al., XTTS (2024); Baas et al. (2023); Jia et al., Transfer Learning from Speaker "
        "Verification to Multispeaker TTS (2018)",
        predict=(
            "What will happen to the melody in a conversion?",
            "It stays the source speaker's, moved to the other range.",
        ),
    ),
    Rubric(
        name="likeness",
        points=(
            Point("Cosine of speaker embeddings", "cosine; embedding*; verification; similar*"),
            Point("Beside other pairs", "other people; other speaker*; same person; baseline; compar*; beside"),
            Point("Hears the room and the microphone", "microphone; room; channel; noise; session"),
            Point(
                "Blind to artefacts, can be gamed", "artefact*; artifact*; gamed; training loss; optimis*; trained on"
            ),
            Point("Listeners and a second network", "listener*; second network; mos; human; abx; independent"),
            Point("Word errors beside it", "word error*; wer; intelligib*"),
        ),
        mistakes=("Giving a cosine without a scale.",),
        source="Wan, Wang, Papir and Lopez Moreno, Generalized End-to-End Loss for Speaker Verification (2018)",
        predict=(
            "What will happen to the score if the reference itself is handed in as the clone?",
            "It is 1, and says nothing about cloning.",
        ),
    ),
    Rubric(
        name="viterbi",
        points=(
            Point("Each best alone jumps", "jump*; alone; independ*; another word; discontinu*; rough*"),
            Point("A cost for neighbours in time", "join; transition; cost; continu*; neighbour* time"),
            Point("Best path by dynamic programming", "dynamic program*; viterbi; best path; shortest"),
            Point("Prefers stretches spoken in one go", "stretch*; one go; consecutive; contiguous; longer"),
            Point("Trade against likeness", "trade*; similar*; weight; too much; wrong word; tuned"),
        ),
        mistakes=("“It finds better single neighbours.”",),
        source="Hunt and Black, Unit selection in a concatenative speech synthesis system (1996)",
        must="k^T paths in T · k² steps.",
        predict=(
            "What will happen to the number of stretches if the join cost is switched off?",
            "It rises: every frame comes from somewhere else, and roughness is heard.",
        ),
    ),
    Rubric(
        name="clone-product",
        points=(
            Point("Consent", "consent; permission; spoken sentence; live sentence; agree*; verif*"),
            Point("Retention and deletion", "delet*; retention; biometric; stor*; privacy"),
            Point("Provenance", "watermark*; c2pa; signed; metadata; provenance"),
            Point("Abuse handling", "abuse; rate limit*; block*; log*; report*; list; complain*; celebrit*"),
            Point("Law", "gdpr; law; legal; ai act; personality; label*"),
        ),
        mistakes=(
            "A tick box as proof of consent.",
            "Promising that a detector will find every fake.",
        ),
        source="GDPR, article 9; EU AI Act, article 50; C2PA specification",
        predict=(
            "What will happen to signed metadata when a file is converted?",
            "It is often stripped; hence the watermark, which can be removed, too.",
        ),
    ),
    Rubric(
        name="watermark",
        points=(
            Point("Spread over many places", "spread; many place*; thousand*; pattern; everywhere"),
            Point("Small changes add up", "add* up; sum; square root; statistic*; average*; correlat*"),
            Point("Hidden by masking", "mask*; inaudible; proportion*; loud*"),
            Point("Detector searches start and speed", "search*; speed; synchron*; shift; resampl*; threshold"),
            Point("What kills it", "stretch*; vocod*; clone; made anew; re synth*; echo; know pattern; remove*"),
        ),
        mistakes=("“It can't be removed.”",),
        source="Bender, Gruhl, Morimoto and Lu, Techniques for data hiding (1996): patchwork; Cox et al., Secure "
        "spread spectrum watermarking for multimedia (1997)",
        must="The sum stands out by √N · d / σ standard deviations.",
        predict=("What will happen to the detector's score if the sound is four times as long?", "It doubles."),
    ),
    Rubric(
        name="clone-ten-minutes",
        points=(
            Point("Consent first", "consent; permission; agree*; legal; verif*"),
            Point("Clean, cut, transcribed data", "clean; transcri*; segment*; cut; sentence*; noise; trim*; normali*"),
            Point(
                "Hold some back",
                "keep* back; kept back; hold out; held out; hold back; test set; validation; split; keep back",
            ),
            Point("A baseline without training", "zero shot; baseline; knn; conversion; no training; embedding"),
            Point(
                "Fine-tune a pretrained model",
                "pre trained; pretrained; fine tun*; adapt*; multi speaker; multispeaker; lora; not scratch",
            ),
            Point("Small rate, few steps, stop early", "learning rate; few step*; early; overfit*; freeze; frozen"),
            Point("The vocoder, too", "vocoder; hifi*"),
            Point(
                "Measure likeness, words, naturalness", "similar*; likeness; wer; word error*; mos; listen*; embedding*"
            ),
            Point("Mark and guard it", "watermark*; mark; delete; guard; misuse; abuse; label*"),
        ),
        mistakes=(
            "Training from nothing on ten minutes.",
            "Judging by the sentences it was trained on.",
        ),
        source="Casanova et al., XTTS (2024); Baas et al., kNN-VC (2023); Jia et al., Transfer Learning from "
        "Speaker Verification to Multispeaker TTS (2018)",
        must="Ten minutes are some 100 to 150 sentences of 4 to 6 s.",
        predict=(
            ("What will happen to the likeness curve of this room from 5 s to half a minute of reference?"),
            "It rises; watch where it flattens for the recording you chose.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
