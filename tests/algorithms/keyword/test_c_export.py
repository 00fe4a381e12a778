"""*Export to C*: the compiled code against ONNX Runtime on real clips and against the same integers in NumPy."""

import shutil
import subprocess

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algorithms.keyword import features as kws_features
from algorithms.keyword.c_export import (
    FLAGS,
    MLPERF_TINY,
    arena_bytes,
    estimated_ms,
    export_c,
    footprint,
    write_files,
)
from algorithms.keyword.ds_cnn import layers
from algorithms.keyword.quantised import fixed_point, integer_logits, read_int8, requantise
from models.keyword import ds_cnn as kws

SIZES = ("s", "m")
needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler named cc")


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """The exported networks, compiled: size to (IntegerNet, program)."""
    built = {}
    for size in SIZES:
        folder = tmp_path_factory.mktemp(f"kws_{size}")
        net = read_int8(kws.weights_file(f"{size}-int8"))
        write_files(export_c(net, source=f"kws-ds-cnn-{size}-int8.onnx"), folder)
        subprocess.run(["cc", *FLAGS, "main.c", "kws.c", "-o", "kws"], cwd=folder, check=True)
        built[size] = net, folder / "kws"
    return built


def run(program, features):
    """What the program prints: (class [n], quantised logits [n, 12])."""
    text = "\n".join(" ".join(map(repr, x.ravel().tolist())) for x in features)
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    return np.array([int(row[0]) for row in rows]), np.array([[int(v) for v in row[2:]] for row in rows])


@needs_cc
@pytest.mark.parametrize("size", SIZES)
def test_compiled_and_numpy_integers_are_the_same_bit_for_bit(programs, size):
    net, program = programs[size]
    rng = np.random.default_rng(0)
    features = [rng.normal(0, spread, (49, 10)).astype(np.float32) for spread in (0.1, 1, 1, 3, 100)]
    features.append(np.zeros((49, 10), np.float32))
    classes, logits = run(program, features)
    np.testing.assert_array_equal(logits, [integer_logits(net, x) for x in features])
    np.testing.assert_array_equal(classes, logits.argmax(1))


@needs_cc
@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_the_c_code_finds_the_class_that_onnx_runtime_finds(programs, size, data, capsys):
    from algorithms.keyword.speech_commands import speech_commands

    clips = speech_commands(data / "speech_commands", "val")
    features = np.stack([kws_features.mfcc(x.astype(np.float32) / 32768) for x in clips.x])
    net, program = programs[size]
    classes, logits = run(program, features)
    spotter = kws.load_onnx(kws.weights_file(f"{size}-int8"))
    expected = np.concatenate([spotter.logits(x[None]) for x in features])
    same = (classes == expected.argmax(1)).mean()
    last = net.layers[-1]
    steps = np.abs(logits - (expected / last.out_scale + last.out_zero)).round().max()
    with capsys.disabled():
        print(f"\nDS-CNN {size.upper()}: C and ONNX Runtime agree on {100 * same:.2f} % of {len(clips)} clips, "
              f"logits at most {steps:.0f} steps apart")  # fmt: skip
    assert same >= 0.99


@needs_cc
def test_flash_is_weights_and_code_and_ram_is_the_arena(programs, tmp_path):
    net, _ = programs["s"]
    found = footprint(export_c(net), tmp_path)
    weights = sum(step.weight.size for step in net.layers)
    assert found.ram == arena_bytes(net) == 16000  # two activations of 64 x 25 x 5
    assert weights < found.constants < weights * 1.35
    assert 500 < found.code < 8000
    assert found.flash == found.code + found.constants


@needs_cc
def test_a_compiler_s_complaint_is_passed_on(programs, tmp_path):
    files = export_c(programs["s"][0])
    files["kws.c"] += "\nint broken(void) { return }\n"
    with pytest.raises(ValueError, match="does not compile"):
        footprint(files, tmp_path)


def test_nothing_but_stdint_and_no_placeholder_is_left():
    files = export_c(read_int8(kws.weights_file("s-int8")), name="my_word")
    assert sorted(files) == ["main.c", "my_word.c", "my_word.h"]
    library = files["my_word.c"] + files["my_word.h"]
    assert {line for line in library.splitlines() if line.startswith("#include")} == {
        '#include "my_word.h"',
        "#include <stdint.h>",
    }
    assert not {"malloc", "float", "double"} & set(files["my_word.c"].replace("(", " ").split())
    assert "@" not in "".join(files.values())


@pytest.mark.parametrize("name", ["", "1st", "a b", "../up", "x-y"])
def test_names_that_c_would_not_take_are_refused(name):
    with pytest.raises(ValueError, match="can't name C files"):
        export_c(read_int8(kws.weights_file("s-int8")), name=name)


def test_a_label_that_would_break_out_of_its_string_is_refused():
    from dataclasses import replace

    net = read_int8(kws.weights_file("s-int8"))
    with pytest.raises(ValueError, match="plain letters"):
        export_c(replace(net, labels=('x", evil(), "', *net.labels[1:])))


def test_a_float_network_is_refused():
    with pytest.raises(ValueError, match="eight-bit"):
        read_int8(kws.weights_file("s-fp32"))


@given(st.floats(1e-8, 1e6))
def test_fixed_point_keeps_31_bits(factor):
    multiplier, shift = fixed_point(factor)
    assert 2**30 <= multiplier < 2**31
    assert multiplier / 2.0**shift == pytest.approx(factor, rel=2**-31)


@pytest.mark.parametrize("factor", [0.0, -1.0, 1e-12, 1e12, float("nan")])
def test_a_factor_that_does_not_fit_is_refused(factor):
    with pytest.raises(ValueError, match="does not fit"):
        fixed_point(factor)


@given(st.integers(-(2**31) + 1, 2**31 - 1), st.floats(1e-6, 0.9), st.integers(-128, 127))
def test_requantise_rounds_as_exact_arithmetic_does(total, factor, zero):
    from fractions import Fraction

    multiplier, shift = fixed_point(factor)
    exact = Fraction(total) * multiplier / 2**shift
    rounded = int(abs(exact) + Fraction(1, 2)) * (1 if exact >= 0 else -1)  # halves away from zero
    expected = max(-128, min(127, rounded + zero))
    got = requantise(np.array([total]), np.array([multiplier]), np.array([shift]), zero)
    assert got.tolist() == [expected]


def test_the_reference_board_takes_the_published_time_for_the_reference_network():
    boards = {board.core: board for board in MLPERF_TINY}
    macs = {size: sum(layer.macs for layer in layers(size)) for size in SIZES}
    assert estimated_ms(boards["Arm Cortex-M4"], macs["s"]) == pytest.approx(43.2)
    assert estimated_ms(boards["Arm Cortex-M4"], macs["m"]) == pytest.approx(43.2 * 9_816_384 / 2_656_768)
    with pytest.raises(ValueError, match="does nothing"):
        estimated_ms(boards["Arm Cortex-M4"], 0)
