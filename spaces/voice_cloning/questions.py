"""Interview questions with their answers, follow-ups and the states of the page that show them."""

from __future__ import annotations

from .. import Question
from .rubrics import RUBRICS

QUESTIONS = (
    Question(
        question="How would you clone a voice from 30 seconds, with no GPU and no training?",
        level="mid",
        look="path",
        answer=r"""
Take features of a network that was trained on something that needs words but not speakers: a recogniser's encoder, or
a self-supervised model. Compute them for the reference (a row every 10 or 20 ms) and for a sentence from any
text-to-speech voice. Replace each row of the sentence by its nearest rows of the reference, and vocode: with a network
that was trained on such features, or as here by taking the reference's WORLD frames at the same times. Move the pitch
into the speaker's range. Smooth the choice with a join cost, or roughness is heard at every jump.

It works because **content features of two speakers overlap**, and it needs no training because the reference's own
frames *are* the voice. It takes the sounds from the reference only: what is not in it can't be said well.
""",
        follow_ups=(
            (
                "Which layer would you use?",
                "A middle or low one. The highest know words better but have lost the sound's detail and timing; the "
                "lowest keep the speaker. Choose by measuring likeness and word errors on people who are not the "
                "ones you report.",
            ),
            (
                "Why take the mean of each recording off first?",
                "The mean over a recording is mostly speaker and microphone. Without it the same sound of both "
                "recordings lies closer, so neighbours are chosen by content. On this room's tuning readers it more "
                "than halved the word errors.",
            ),
            (
                "What does more reference bring?",
                "More of a language's sounds in more neighbourhoods, so better matches and longer stretches. Part 3 "
                "measures the curve for your recording.",
            ),
        ),
        state={"part": "inside"},
        rubric=RUBRICS["clone-30s"],
    ),
    Question(
        question="Compare voice conversion, speaker-conditioned TTS and fine-tuning. When do you take which?",
        level="senior",
        look="facts",
        answer=r"""
**Conversion** keeps words, timing and melody of whoever speaks and changes the timbre. Take it for live use, dubbing
with an actor's performance, or where there is no data. **Speaker-conditioned TTS** reads text with an embedding of the
reference in its input; take it for many voices with seconds each. Its prosody fits the text, but the embedding is a
bottleneck: likeness is a guess. **Fine-tuning** moves a model's weights on minutes of one speaker; take it where one
voice will speak for hours. Habits of the speaker come through, and you must guard a checkpoint that is the voice.

The measure decides too: likeness (speaker embeddings, listeners), intelligibility (word errors), naturalness (MOS),
time to the first sound, and who has to consent to what.
""",
        follow_ups=(
            (
                "Whose prosody does a converted sentence have?",
                "The source's, moved into the target's pitch range. If a friend recognises you by how you say things, "
                "conversion of a TTS voice will not convince them.",
            ),
            (
                "Where does zero-shot TTS fail first?",
                "With voices unlike those it was trained on: children, strong accents, hoarse voices. The embedding "
                "has no place for them, so it gives the nearest known voice.",
            ),
        ),
        state={"part": "clone"},
        rubric=RUBRICS["conversion-tts-tuning"],
    ),
    Question(
        question="How do you measure whether a clone is like the speaker, and what is wrong with that measure?",
        level="senior",
        look="scale",
        answer=r"""
Embed the reference and the clone with a speaker verification network and take the cosine. Never give the number alone:
show it beside the same person's other recordings and beside other people's, and beside the voice before cloning. Pairs
of different people of one sex already reach high values.

Wrong with it: the network hears microphone and room as well as voice, so copying the recording's noise raises the
score; it was trained on real speech, so vocoder artefacts are invisible to it; averages hide short failures; and if it
was also the training loss of the cloner, the score is gamed. So use a second network that the cloner has never seen,
ask listeners (same or different?), and report word errors next to it: a copy of the reference itself scores 1.
""",
        follow_ups=(
            (
                "Why compare with a recording that was not the reference?",
                "Against the reference itself session effects count as likeness. A second session of the same person "
                "tells how much of it was the microphone.",
            ),
            (
                "What is an equal error rate?",
                "The error at the threshold where as many different-speaker pairs pass as same-speaker pairs fail. "
                "Where the two hills of the picture cross is near it.",
            ),
        ),
        state={"part": "close"},
        rubric=RUBRICS["likeness"],
    ),
    Question(
        question="What does the Viterbi path add to nearest neighbours?",
        level="mid",
        look="path",
        answer=r"""
Each moment's best neighbour is best for itself: next to it may stand a frame from another word, with another level and
other formants. With $k$ candidates a frame and a cost for every pair of neighbours in time, the best of $k^T$ paths is
found in $T k^2$ steps, because the best path to a candidate does not depend on what follows. Going on in the reference
costs nothing, so the path prefers stretches that were spoken in one go. Compare *none* with *as tuned*: the number of
stretches falls, the mean similarity falls a little, and the sound gets smoother.
""",
        follow_ups=(
            (
                "What if the continuity weighs too much?",
                "The path stays on stretches that were spoken in one go although they say something else: words "
                "become unclear. It is one number, tuned by word errors and likeness together.",
            ),
            (
                "Why average only two spectra, and not all k, as the paper does?",
                "Averaging smooths jumps, but blurs spectra. A neural vocoder that was trained on averages undoes some "
                "of that; WORLD plays the blur. So only two are averaged here: the one on the path and that of the "
                "most similar row.",
            ),
        ),
        state={"part": "inside", "continuity": "0"},
        rubric=RUBRICS["viterbi"],
    ),
    Question(
        question="Your company wants customers to clone their voice. What do you build besides the model?",
        level="principal",
        look="consent_box",
        answer=r"""
1. **Consent that is hard to fake**: a fresh sentence, shown now, spoken by the person, checked by a recogniser for its
   words and by speaker verification against the reference. A tick alone only documents a claim.
2. **Retention**: recordings and embeddings are biometric data; keep them for the purpose and no longer, delete on
   request, everywhere, and be able to show it.
3. **Provenance**: signed metadata (C2PA) for honest players, an inaudible watermark for files whose metadata was
   stripped, and the plain statement that both can be removed by someone who tries.
4. **Abuse handling**: lists of voices that must not be cloned, rate limits, logs that allow tracing a file to an
   account, a way to complain that is answered.
5. **Law**: personality rights, data protection (GDPR article 9 where the voice identifies), duties to label synthetic
   media (EU AI Act, article 50).
""",
        follow_ups=(
            (
                "Is detection of fakes a substitute?",
                "No. Detectors fall behind each new generator and fail on telephone and codecs. They help triage; "
                "provenance helps honest people to prove what is real.",
            ),
            (
                "Why does this page ask again for each new recording?",
                "A confirmation is about one voice. It is kept with that recording, for this visit, and goes with it.",
            ),
        ),
        state={"part": "clone"},
        rubric=RUBRICS["clone-product"],
    ),
    Question(
        question="How does an audio watermark survive MP3, noise and another speed, and what kills it?",
        level="senior",
        look="survives",
        answer=r"""
Spread it. One small change is lost in speech and noise; a pattern of thousands, known to the detector, adds up. With
$N$ places, a change of $d$ and a spread $\sigma$ of what the speech itself does there, the sum stands out by
$\sqrt{N} d / \sigma$ standard deviations: four times as long a sound, twice as sure. Make each change in proportion to
the sound around it, so that masking hides it and codecs, which keep what is heard, keep it too. Let the detector search
for beginning and speed, and count its tries: among 32,000 the luckiest reaches more than 4 without any mark, so the
threshold has to lie above that.

It dies where the pattern loses its places (a time stretch, a strong echo), where the sound is made anew (another voice
changer, a vocoder, a new clone), and by anyone who knows the pattern.
""",
        follow_ups=(
            (
                "Why mark after mixing and mastering?",
                "Because music that is added later is noise for the detector, and limiters undo small changes. What is "
                "marked last suffers least.",
            ),
            (
                "What is the difference between finding a mark and reading it?",
                "Finding uses all tiles that are the same in every sound; reading needs each bit's own, far fewer. So "
                "there is a range in which a sound is surely marked and its number is not sure.",
            ),
            (
                "Can the detector be public?",
                "With one secret pattern, no: whoever can read it can subtract it, or put it into a real recording. "
                "Services keep detector and key to themselves; this lab shows both, to teach.",
            ),
        ),
        state={"part": "marked"},
        rubric=RUBRICS["watermark"],
    ),
    Question(
        question="How would you clone a voice from ten minutes of speech?",
        look="scale",
        level="senior",
        answer=r"""
**Consent first**: the person's own, recorded, checked. Then:

1. **Data.** Ten minutes are some 100 to 150 sentences. Cut at pauses, throw out noise and music, one level and one
   sample rate, transcribe with a recogniser and *read* every line: at this size each wrong word counts. Keep ten
   sentences back.
2. **A baseline without training**: nearest-neighbour conversion, or a model conditioned on a speaker embedding. It may
   do, and it tells what training has to beat.
3. **Fine-tune a pretrained model** of many speakers; from nothing, ten minutes teach neither a language nor a voice.
   Add a speaker vector, move all weights at a small learning rate or a part of them (LoRA, the decoder), some thousand
   steps, with the other speakers' data mixed in so that rare sounds stay. Stop when sentences that were kept back no
   longer gain.
4. **The vocoder** is trained a little further on mels which the new model predicts, if it is a separate network.
5. **Judge**: likeness beside other recordings of the same person and beside other people; a recogniser's word errors on
   hard sentences; listeners for naturalness, and one who knows the voice for its habits.
6. **Guard it**: the checkpoint *is* the voice. Watermark what it says, limit who may use it, delete on request.

What ten minutes can't give: shouting, laughter, questions, if the recording has none. Ask for them when recording.
""",
        follow_ups=(
            (
                "What changes with ten hours, and with ten seconds?",
                "With ten hours a model of this voice alone is possible, and habits of speaking are learned. With ten "
                "seconds there is only conditioning or conversion: timbre, with somebody else's way of speaking.",
            ),
            (
                "The clone is like the speaker and hard to understand. What do you check?",
                "Whether it has learned the transcripts' errors, trained too long, or lost rare sounds: compare word "
                "errors by step, listen to sentences with sounds the ten minutes lack, and mix other speakers in.",
            ),
        ),
        state={"part": "close"},
        rubric=RUBRICS["clone-ten-minutes"],
    ),
)
