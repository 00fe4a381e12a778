"""From a trained DS-CNN to ONNX: batch normalisation folded, float32 and eight-bit integers.

    python -m training.kws_export --work FOLDER --data DATA --size s --out assets/weights

writes `kws-ds-cnn-SIZE-fp32.onnx` and `kws-ds-cnn-SIZE-int8.onnx`. The eight-bit network is ONNX Runtime's static
quantisation (QDQ form: weights and activations lie between QuantizeLinear and DequantizeLinear nodes): weights
symmetric with one scale a channel, activations with one scale and zero point a tensor, found by running training clips.
Needs the package `onnx`, which ONNX Runtime's quantiser is written with.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from algorithms.ds_cnn import LABELS, fold_batchnorm
from algorithms.kws_features import N_COEFFICIENTS, N_FRAMES

OPSET = 17
INPUT, OUTPUT = "mfcc", "logits"


def to_onnx(net, labels: tuple[str, ...] = LABELS):
    """The network as an ONNX model: Conv and Relu for each convolution, ReduceMean, Gemm; input [n, 1, 49, 10].

    Parameters
    ----------
    net : torch.nn.Module of `algorithms.ds_cnn.build`

    Returns
    -------
    onnx.ModelProto, whose metadata holds the size and the labels
    """
    from onnx import TensorProto, checker, helper, numpy_helper

    folded = fold_batchnorm(net)
    nodes, initialisers, x = [], [], INPUT
    for layer in net.plan:
        if layer.kind == "pool":
            nodes.append(helper.make_node("GlobalAveragePool", [x], ["pool"], "pool"))
            nodes.append(helper.make_node("Flatten", ["pool"], ["flat"], "flat", axis=1))
            x = "flat"
            continue
        for suffix, value in zip("wb", folded[layer.name], strict=True):
            initialisers.append(numpy_helper.from_array(value, f"{layer.name}.{suffix}"))
        inputs = [x, f"{layer.name}.w", f"{layer.name}.b"]
        if layer.kind == "linear":
            nodes.append(helper.make_node("Gemm", inputs, [OUTPUT], layer.name, transB=1))
            continue
        group = layer.in_shape[0] if layer.kind == "depthwise" else 1
        nodes.append(
            helper.make_node(
                "Conv",
                inputs,
                [f"{layer.name}.sum"],
                layer.name,
                kernel_shape=layer.kernel,
                strides=layer.stride,
                pads=layer.padding,
                group=group,
            )
        )
        nodes.append(helper.make_node("Relu", [f"{layer.name}.sum"], [f"{layer.name}.out"], f"{layer.name}.relu"))
        x = f"{layer.name}.out"
    graph = helper.make_graph(
        nodes,
        f"ds-cnn-{net.size}",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 1, N_FRAMES, N_COEFFICIENTS])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", len(labels)])],
        initialisers,
    )
    model = helper.make_model(graph, producer_name="speech-lab", opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = 8  # the oldest for this opset: read by every ONNX Runtime since 1.12
    helper.set_model_props(model, {"size": net.size, "labels": json.dumps(labels)})
    checker.check_model(model, full_check=True)
    return model


class _Reader:
    """Calibration clips, as ONNX Runtime's quantiser asks for them."""

    def __init__(self, features: np.ndarray, batch: int = 64):
        self.batches = iter([{INPUT: features[i : i + batch]} for i in range(0, len(features), batch)])

    def get_next(self):
        return next(self.batches, None)


def quantise(fp32: Path, int8: Path, features: np.ndarray, *, per_channel: bool = True, method: str = "minmax") -> None:
    """Write the eight-bit form of a network.

    Parameters
    ----------
    fp32, int8 : paths of the float network and of the file to write
    features : float32 [n, 1, 49, 10]
        Inputs to calibrate with: they set the range of every activation.
    per_channel : one weight scale a channel, else one a layer
    method : "minmax" (the whole range seen), "percentile" (99.99 % of it) or "entropy"
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    methods = {
        "minmax": CalibrationMethod.MinMax,
        "percentile": CalibrationMethod.Percentile,
        "entropy": CalibrationMethod.Entropy,
    }
    if method not in methods:
        raise ValueError(f"There is no calibration {method!r}: choose {', '.join(methods)}.")
    quantize_static(
        str(fp32),
        str(int8),
        _Reader(features.astype(np.float32)),
        quant_format=QuantFormat.QDQ,
        per_channel=per_channel,
        activation_type=QuantType.QInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=methods[method],
    )
    _restore_metadata(fp32, int8)


def _restore_metadata(fp32: Path, int8: Path) -> None:
    """Give the eight-bit file the float one's metadata, and nothing of the quantiser's."""
    import onnx
    from onnx import helper

    model = onnx.load(int8)
    source = {p.key: p.value for p in onnx.load(fp32).metadata_props}
    del model.metadata_props[:]
    helper.set_model_props(model, source)
    for thing in (*model.graph.node, *model.graph.initializer):
        thing.doc_string = ""
    del model.graph.value_info[:]
    onnx.save(model, int8)


def main() -> None:
    import onnx

    from training.keyword_spotting import features_of, load_net
    from training.kws_data import speech_commands
    from training.kws_views import dev_speakers

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/speech_commands"))
    parser.add_argument("--size", choices=("s", "m"), default="s")
    parser.add_argument("--name", help="of the checkpoint; kws-SIZE without it")
    parser.add_argument("--method", default="minmax", help="calibration, see quantise")
    parser.add_argument("--clips", type=int, default=600, help="training clips to calibrate with")
    parser.add_argument("--out", type=Path, default=Path("assets/weights"))
    args = parser.parse_args()
    clips = speech_commands(args.data, "train")
    held = dev_speakers(clips)
    rows = np.random.default_rng(0).permutation(np.flatnonzero(~held))[: args.clips]
    net = load_net(args.work / f"{args.name or f'kws-{args.size}'}.pt")
    fp32, int8 = (args.out / f"kws-ds-cnn-{args.size}-{kind}.onnx" for kind in ("fp32", "int8"))
    onnx.save(to_onnx(net), fp32)
    quantise(fp32, int8, features_of(clips.take(rows)), method=args.method)
    kept = clips.take(held)
    features = features_of(kept)
    for path in (fp32, int8):
        right = (run(path, features).argmax(1) == kept.label).mean()
        print(f"{path}: {path.stat().st_size} bytes, right on {right:.4f} of the clips kept to choose by")


def run(path: Path, features: np.ndarray) -> np.ndarray:
    """Logits float32 [n, classes] of an ONNX file for inputs [n, 1, 49, 10], one at a time as in use."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    return np.concatenate([session.run(None, {INPUT: one[None].astype(np.float32)})[0] for one in features])


if __name__ == "__main__":
    main()
