"""What to listen for in answers to the room's questions: key points, usual mistakes, sources."""

from __future__ import annotations

from .. import Point, Rubric

_ALL = (
    Rubric(
        name="lora-or-all",
        points=(
            Point("All weights learn most", "all weight*; full; most capacity; new language; script"),
            Point("Low-rank addition", "low rank; rank; two matri*; adapter*; small matri*; a b"),
            Point("Memory and files", "memory; optimi*; small file*; storage; percent"),
            Point("Less forgetting, reversible", "forget*; revers*; old model; leave out; remove*; switch"),
            Point("Suits what is nearly known", "accent*; vocabular*; style; nearly; domain"),
            Point("Time is hardly saved", "time; forward; gradient; not faster; same speed"),
        ),
        mistakes=(
            "“LoRA is much faster”: it saves memory.",
            "Taking LoRA for a language that the base can't write at all.",
        ),
        source="Hu et al., LoRA (2021), sections 4.1 and 7.1",
        must="W + (α / r)·B·A with B = 0 at the start; Adam on all weights: four numbers a weight.",
        predict=(
            "What will happen to the old language if the LoRA matrices are left out?",
            "The old model is back, exactly.",
        ),
    ),
    Rubric(
        name="forgetting",
        points=(
            Point("New data moves old weights", "overwrit*; gradient*; weights move*; old task*; forget*; lose*"),
            Point("Invisible in the training loss", "training loss; target loss; can not notice; invisible; not see"),
            Point(
                "Test the old before and after",
                "before after; test old; other language*; english; measure*; hold out; regression",
            ),
            Point(
                "Against it", "learning rate; freeze; frozen; lora; rehears*; replay; average*; fewer step*; mix* old"
            ),
        ),
        mistakes=("Measuring the new language only.",),
        source="McCloskey and Cohen, Catastrophic Interference in Connectionist Networks (1989); French, "
        "Catastrophic forgetting in connectionist networks (1999)",
        predict=(
            "What will happen to English while Malayalam's error falls?",
            "It gets worse, and nothing in the training's curves shows it.",
        ),
    ),
    Rubric(
        name="cer-or-wer",
        points=(
            Point(
                "Words may be long or undefined",
                "long word*; no spaces; agglutinat*; ending*; morpholog*; compound*; chinese; thai",
            ),
            Point("One letter makes a word wrong", "one letter; whole word; any error; single character; small error"),
            Point("CER moves earlier", "earlier; gradual*; finer; sensitive; progress"),
            Point("CER's weakness", "meaning; unimportant; important letter; reader; not tell; both"),
        ),
        mistakes=("Counting characters in two different Unicode forms.",),
        source="Morris, Maier and Green (2004); Hugging Face, Audio Course, unit 5",
        must="CER = (S + D + I) / N over characters.",
        predict=(
            "What will happen to the WER of a long word with one wrong letter?",
            "The whole word is wrong: one letter in fifteen makes an error rate of 100 %.",
        ),
    ),
    Rubric(
        name="normalise-traps",
        points=(
            Point("Combining marks", "combin*; mark*; vowel sign*; diacritic*"),
            Point("Two codings of a letter", "nfc; nfd; nfkc; unicode; compos*; code point*; chillu"),
            Point("Numbers", "number*; digit*; twenty"),
            Point("The training text", "training text; target*; capital*; punctuation; comma*"),
            Point("Same for all that is compared", "same normali*; both; fair; report; before after; consistent"),
        ),
        mistakes=("Scoring the base raw and the tuned model normalised.",),
        source="Radford et al. (2022), appendix C; Unicode Standard Annex 15 (normalisation forms)",
        predict=(
            "What will happen to Malayalam words if combining marks become spaces?",
            "They fall to pieces, and any rate of them is meaningless.",
        ),
    ),
    Rubric(
        name="learning-rate",
        points=(
            Point("Smaller than from nothing", "small*; lower; less; 1e 5; ten thousandth; destroy*"),
            Point("Warm-up because Adam knows little", "warm up; warmup; adam; average*; first step*; variance"),
            Point("Then it falls", "decay; falls; decrease*; anneal*; cosine; linear"),
            Point("Signs of too high and too low", "too high; too low; jump*; diverg*; still falling; straight"),
        ),
        mistakes=("One rate for LoRA and for all weights.",),
        source="Kingma and Ba, Adam (2015); Vaswani et al., Attention Is All You Need (2017), section 5.3 for warm-up",
        must="About 1e-5 for all weights with hours of data; LoRA about ten times as much.",
        predict=(
            "What will happen in the first steps at 1e-3 for all weights?",
            "The error jumps, and texts turn into one repeated syllable.",
        ),
    ),
    Rubric(
        name="specaugment-little",
        points=(
            Point("Hides bands and stretches", "mask*; hide*; band*; stretch*"),
            Point("Helps after several rounds", "overfit*; several; epoch*; round*; by heart; memori*"),
            Point("Needs the encoder to run", "encoder; every step; cached; frozen; same numbers"),
            Point("Judge by other speakers", "other speaker*; validation; held out; development; test"),
        ),
        mistakes=("Judging it by the training loss.",),
        source="Park et al., SpecAugment (2019), section 2",
        predict=(
            "What will happen to the training loss with SpecAugment?",
            "It is higher, and should be; the error on others decides.",
        ),
    ),
    Rubric(
        name="how-much-data",
        points=(
            Point("It depends on what is missing", "depend*; missing; script; language; domain"),
            Point("Minutes, an hour, ten hours", "minutes; hour*; ten hour*"),
            Point(
                "Learning curve on a quarter, half, all",
                "quarter; half; curve; log*; fraction*; subset*; still falling",
            ),
            Point("Count speakers", "speaker*; divers*; people; sentence*; variety"),
            Point("A clean split", "split; leak*; same speaker; held out"),
        ),
        mistakes=("Guessing a number of hours without a curve.",),
        source="Radford et al. (2022), section 4.2: dataset scaling; Hestness et al., Deep Learning Scaling is "
        "Predictable, Empirically (2017)",
        predict=(
            "What will happen to the error on the test if speakers stand on both sides of the split?",
            "It looks far too good: the split leaks.",
        ),
    ),
    Rubric(
        name="whisper-for-a-language",
        points=(
            Point("Measure the base first", "base; before; zero shot; measure*; baseline; first"),
            Point("Which error rate and normaliser", "cer; wer; normali*; error rate"),
            Point(
                "Data: clips of 30 s, split by speaker",
                "30 s; 30 second*; split; speaker*; hours; common voice; data; thirty second*",
            ),
            Point("Language and task tokens", "token*; language; task; prompt"),
            Point("Tokeniser: byte level", "tokeni*; byte; bpe; vocabular*; subword*"),
            Point("Learning rate and warm-up", "learning rate; warm up; warmup; 1e 5; small rate"),
            Point("All weights, frozen encoder or LoRA", "lora; freeze; frozen; all weight*; full fine tun*; adapter*"),
            Point("Augmentation", "augment*; specaugment; noise; speed"),
            Point("Forgetting and timestamps", "forget*; english; timestamp*; other language*; old"),
            Point(
                "Judge by texts that it writes itself",
                "generat*; decod*; beam; validation; held out; autoregress*; early stop*; test",
            ),
        ),
        mistakes=(
            "Judging by the training loss: it is computed with the true past.",
            "Training without timestamps and wondering that they are gone.",
        ),
        source="Radford et al. (2022), section 2 and appendix D; Hugging Face, Audio Course, unit 5; Hu et al., "
        "LoRA (2021)",
        must="Clips of at most 30 s; at most 448 tokens; 1e-5 with a warm-up of some hundred steps is the usual start.",
        predict=(
            ("What will happen to Malayalam's script and words in the first hundred steps of this room's run?"),
            "The script comes first; right words take far longer.",
        ),
    ),
)
RUBRICS = {rubric.name: rubric for rubric in _ALL}
