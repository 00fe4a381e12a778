"""Make the example sounds in assets/clips again, with clips.json beside them.

    python -m assets.make_clips                   # everything; fetches the Debian packages with `apt-get download`
    python -m assets.make_clips --synthesised     # only what is computed: needs no network
    python -m assets.make_clips --words           # only the spoken words: needs Debian's flite
    python -m assets.make_clips --unpacked DIR    # the packages are unpacked in DIR already (DIR/usr/share/...)

Sources (assets/CREDITS.md says the same for people):

- English speech: LibriVox, "Sense and Sensibility" by Jane Austen, chapter 1 (public domain), as cut into sentences in
  Debian's `pocketsphinx-testdata`, 16 kHz, with its transcription.
- French, Spanish, Italian, Russian: telephone prompts of the Asterisk project, 8 kHz, Debian's
  `asterisk-core-sounds-{fr,es,it,ru}-wav` (CC BY-SA 3.0 and CC BY 3.0).
- Single words for keyword spotting: the voices of CMU Flite, `assets.words`.
- The rest: `assets.synth`.

Every clip is set to a peak of -3 dBFS (noise and clicks lower, for the listener's ears) and written as 16-bit FLAC.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from assets import words
from assets.synth import SYNTHESISED

CLIPS = Path(__file__).parent / "clips"
STREAM_WORDS = Path(__file__).parent / "precomputed" / "kws_stream.json"  # when the words of the stream are said
LIBRIVOX = "usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-{}.wav"
ASTERISK = "usr/share/asterisk/sounds/{}.wav"
PACKAGES = ("pocketsphinx-testdata", *(f"asterisk-core-sounds-{x}-wav" for x in ("fr", "es", "it", "ru")))
PEAK_DB = {"noise": -9.0, "clicks": -6.0}
DEFAULT_PEAK_DB = -3.0

# id: (file pattern, parts to join, pause between them in s)
RECORDED = {
    "speech": (LIBRIVOX, ("0880", "0890"), 0.0),
    "speech_long": (LIBRIVOX, ("0870", "0880", "0890", "0920", "0930"), 0.0),
    "sentence": (LIBRIVOX, ("0930",), 0.0),
    "french": (ASTERISK, ("fr_CA_f_June/followme/sorry",), 0.0),
    "spanish": (ASTERISK, ("es_MX_f_Allison/confbridge-lock-no-join",), 0.0),
    "italian": (ASTERISK, ("it_IT_m_Carlo/tt-weasels", "it_IT_m_Carlo/please-try-call-later"), 0.45),
    "russian": (ASTERISK, ("ru_RU_f_IvrvoiceRU/vm-nobodyavail",), 0.0),
}

_SENTENCE = "He might even have been made amiable himself."
_SPEECH = (
    "He was not an ill-disposed young man, unless to be rather cold hearted and rather selfish is to be ill-disposed."
)
_AUSTEN = (
    "LibriVox recording of Jane Austen, Sense and Sensibility, chapter 1; sentences {} of Debian's "
    "pocketsphinx-testdata"
)
_PUBLIC_DOMAIN = "Public domain"
_ASTERISK_SOURCE = "Asterisk core sounds, {}; Debian's asterisk-core-sounds-{}-wav"
_OWN = ("assets/synth.py of this project", "Apache-2.0")

# id: title, text, language, source, licence, what to listen for
ABOUT = {
    "speech": (
        "Speech",
        _SPEECH,
        "en",
        _AUSTEN.format("0880 and 0890"),
        _PUBLIC_DOMAIN,
        "Vowels show harmonics and slow formants; the s of 'selfish' is noise above 4 kHz; the pause in the middle is "
        "not quite silent.",
    ),
    "speech_long": (
        "Speech, 25 s",
        "And Mr. John Dashwood had then leisure to consider how much there might be prudently in his power to do for "
        f"them. {_SPEECH} Had he married a more amiable woman, he might have been made still more respectable than he "
        f"was: {_SENTENCE[0].lower()}{_SENTENCE[1:]}",
        "en",
        _AUSTEN.format("0870, 0880, 0890, 0920 and 0930 (0900 and 0910 are left out)"),
        _PUBLIC_DOMAIN,
        "Where does one sentence end and the next begin? The pauses, the falling pitch and the loudness all tell.",
    ),
    "sentence": (
        "Short sentence",
        _SENTENCE,
        "en",
        _AUSTEN.format("0930"),
        _PUBLIC_DOMAIN,
        "Eight words in under three seconds: try to find where each begins in the spectrogram before you play it.",
    ),
    "french": (
        "French",
        "Désolé, je n'ai pas réussi à localiser la personne que vous désirez rejoindre.",
        "fr",
        _ASTERISK_SOURCE.format("French (Canada), voice of June Wallack", "fr"),
        "CC BY-SA 3.0",
        "Sampled at 8 kHz, like a traditional telephone line: nothing above 4 kHz, so s and f are hard to tell apart.",
    ),
    "spanish": (
        "Spanish",
        "La conferencia está actualmente bloqueada y no se puede ingresar.",
        "es",
        _ASTERISK_SOURCE.format("Spanish (Mexico), voice of Allison Smith", "es"),
        "CC BY-SA 3.0",
        "Spanish has five vowels, each clear and steady: compare their formants with the synthetic vowels.",
    ),
    "italian": (
        "Italian",
        "Le donnole hanno mangiato il nostro sistema telefonico. Per piacere, riprova ancora la tua chiamata più "
        "tardi.",
        "it",
        _ASTERISK_SOURCE.format("Italian, voice of Carlo Flora, translated by Silvia Petrin", "it"),
        "CC BY 3.0",
        "Translate it: the announcement says that weasels have eaten the telephone system.",
    ),
    "russian": (
        "Russian",
        "В данный момент никто не может принять ваш звонок.",
        "ru",
        _ASTERISK_SOURCE.format("Russian, provided by Maxim Topal, www.ivrvoice.ru", "ru"),
        "CC BY 3.0",
        "Another script: the recogniser writes Cyrillic although it has only heard sound.",
    ),
    "tone": (
        "Music",
        "",
        "",
        *_OWN,
        "Each note is a ladder of evenly spaced harmonics whose upper rungs die first; in the chord the ladders share "
        "rungs.",
    ),
    "chirp": (
        "Chirp",
        "",
        "",
        *_OWN,
        "A straight line on the linear frequency axis, a bent one on the mel and log axes; resample it without a "
        "filter and it folds back at the new Nyquist frequency.",
    ),
    "noise": (
        "Noise",
        "",
        "",
        *_OWN,
        "White noise has equal power in every hertz, pink in every octave: pink sounds darker and fades by 3 dB an "
        "octave on every axis.",
    ),
    "clicks": (
        "Clicks",
        "",
        "",
        *_OWN,
        "A click is a vertical line; once several fall into one window the lines turn into harmonics, about where the "
        "ear begins to hear a pitch.",
    ),
    "vowels": (
        "Vowels",
        "",
        "",
        *_OWN,
        "The harmonics glide down together with the pitch in every vowel; the formants, the broad peaks over them, "
        "jump from vowel to vowel.",
    ),
}

_FLITE = ("CMU Flite 2.2, voice {}; assets/words.py of this project", "CMU Flite licence (permissive)")
SPOKEN = (*words.WORDS, "word_stream")
ABOUT |= {
    clip_id: (words.TITLES.get(clip_id, text), text, "en", _FLITE[0].format(voice), _FLITE[1], listen)
    for clip_id, (text, voice, listen) in words.WORDS.items()
}
ABOUT["word_stream"] = (
    "Words in noise",
    " ".join(text.lower() for text, *_ in words.STREAM),
    "en",
    _FLITE[0].format("slt, rms, awb and kal16"),
    _FLITE[1],
    "Ten keywords and three other words, a word every 1.7 s; from 14 s on the noise is eight times as loud.",
)


def at_level(y: np.ndarray, clip_id: str) -> np.ndarray:
    """int16 [n] whose peak is the clip's level."""
    peak = 10 ** (PEAK_DB.get(clip_id, DEFAULT_PEAK_DB) / 20)
    return np.round(32767 * peak * y / np.abs(y).max()).astype(np.int16)


def synthesised(clip_id: str) -> tuple[np.ndarray, int]:
    """The clip's samples (int16 [n]) and sample rate (Hz), computed."""
    make, sample_rate = SYNTHESISED[clip_id]
    return at_level(make(sample_rate), clip_id), sample_rate


def spoken(clip_id: str) -> tuple[np.ndarray, int]:
    """The samples (int16 [n]) and sample rate (Hz) of a word, or of the stream of words."""
    return at_level(words.stream() if clip_id == "word_stream" else words.word(clip_id), clip_id), words.RATE


def recorded(clip_id: str, unpacked: Path) -> tuple[np.ndarray, int]:
    """The clip's samples (int16 [n]) and sample rate (Hz), from the unpacked Debian packages."""
    pattern, names, pause_s = RECORDED[clip_id]
    parts, rates = zip(*(soundfile.read(unpacked / pattern.format(name)) for name in names), strict=True)
    sample_rate = rates[0]
    fade = np.linspace(0, 1, round(0.005 * sample_rate))  # the cuts lie in pauses: this hides the step in their noise
    joined = []
    for part in parts:
        part[: len(fade)] *= fade
        part[-len(fade) :] *= fade[::-1]
        joined += [part, np.zeros(round(pause_s * sample_rate))]
    return at_level(np.concatenate(joined[:-1]), clip_id), sample_rate


def fetch(folder: Path) -> Path:
    """Download and unpack the Debian packages into `folder`."""
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
    for package in sorted(folder.glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)
    return folder


def write_index() -> None:
    """Write clips.json from `ABOUT` and the files."""
    index = []
    for clip_id, (title, text, language, source, licence, listen) in ABOUT.items():
        info = soundfile.info(CLIPS / f"{clip_id}.flac")
        index.append(
            {
                "id": clip_id,
                "kind": "word" if clip_id in SPOKEN else "sound",
                "file": f"{clip_id}.flac",
                "title": title,
                "text": text,
                "language": language,
                "duration_s": round(info.duration, 3),
                "sample_rate": info.samplerate,
                "source": source,
                "licence": licence,
                "what_to_listen_for": listen,
            }
        )
    (CLIPS / "clips.json").write_text(json.dumps(index, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Command line: see the module's docstring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--synthesised", action="store_true", help="make only the computed clips")
    parser.add_argument("--unpacked", type=Path, help="folder into which the Debian packages are unpacked already")
    parser.add_argument("--words", action="store_true", help="make only the spoken words")
    options = parser.parse_args()
    made = {} if options.words else {clip_id: synthesised(clip_id) for clip_id in SYNTHESISED}
    if not options.synthesised:
        made |= {clip_id: spoken(clip_id) for clip_id in SPOKEN}
        STREAM_WORDS.write_text(json.dumps(words.stream_words(), indent=1) + "\n", encoding="utf-8")
    if not (options.synthesised or options.words):
        with tempfile.TemporaryDirectory() as folder:
            unpacked = options.unpacked or fetch(Path(folder))
            made |= {clip_id: recorded(clip_id, unpacked) for clip_id in RECORDED}
    for clip_id, (y, sample_rate) in made.items():
        soundfile.write(CLIPS / f"{clip_id}.flac", y, sample_rate, format="FLAC", subtype="PCM_16")
    write_index()


if __name__ == "__main__":
    main()
