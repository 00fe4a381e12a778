"""32 bits against 8, without a browser: stored counts, what is measured now, rounded weights, clicks."""

from __future__ import annotations

import re

import numpy as np
import pytest

from algorithms.keyword import lens as kws_lens
from models.keyword.ds_cnn import SHA256
from spaces.keyword_spotting import bits, networks, sound
from spaces.keyword_spotting.bits import numbers, pictures
from spaces.keyword_spotting.inside import numbers as inside_numbers
from tests.helpers.app import ROOT
from tests.helpers.keyword_page import event, fields_of, happened, visit
from tests.helpers.keyword_page import shown as part_shown


def heard(model: str = "s-int8", clip: str = "word_yes") -> sound.Heard:
    return sound.hear(None, clip, model)


def shown(moved="", **fields):
    """What the part shows by name; what stays as it is is absent."""
    return part_shown(moved, part="bits", **fields)


def test_the_stored_counts_are_of_the_shipped_files():
    known = numbers.stored()
    assert known["sha256"] == SHA256, "run python -m assets.make_precomputed_kws_bits again"
    count = known["clips"]
    for size in ("s", "m"):
        only, right = known["only"][size], known["right"]
        assert right[f"{size}-int8"] - right[f"{size}-fp32"] == only["int8"] - only["fp32"]
        rows = known["bits"][size]
        assert len(rows) == 7 * 2 * 2
        # The simulation at 8 bits agrees with the real files to a percent of the clips.
        at = {(row["per_channel"], row["outputs"]): row["right"] for row in rows if row["bits"] == 8}
        assert at[True, True] == pytest.approx(right[f"{size}-int8"], abs=0.01 * count)
        assert at[False, True] == pytest.approx(known["per_tensor_file"][size], abs=0.01 * count)
        four = {(row["per_channel"], row["outputs"]): row["right"] for row in rows if row["bits"] == 4}
        assert four[True, True] > four[False, True]


def test_the_stored_counts_agree_with_the_stored_answers():
    with np.load(ROOT / "assets" / "precomputed" / "kws_val.npz") as file:
        probs, labels = file["probs"], file["labels"]
    known = numbers.stored()
    assert known["clips"] == len(labels)
    for answers, variant in zip(probs, ("s-int8", "s-fp32", "m-int8", "m-fp32"), strict=True):
        assert (answers.argmax(1) == labels).sum() == pytest.approx(known["right"][variant], abs=1)  # float16 may tie


def test_measuring_now():
    found = numbers.measure(heard(), 5)
    assert {variant: len(ms) for variant, ms in found.ms.items()} == dict.fromkeys(networks.MODELS, 5)
    assert all((ms > 0).all() for ms in found.ms.values())
    table = bits.table(found)
    for variant in networks.MODELS:
        assert f"{found.median(variant):.3f} ms" in table
        assert f"{numbers.file_bytes(variant):,}" in table
    assert "44,755" in table
    right, count = numbers.stored()["right"]["s-int8"], numbers.stored()["clips"]
    low, high = (100 * bound for bound in kws_lens.wilson_interval(right, count))
    assert f"<b>{100 * right / count:.1f} %</b> <small>{low:.1f} to {high:.1f}" in table
    assert "5 runs of each" in table
    assert numbers.cpu_name() in table
    assert f"median {found.median('m-fp32'):.3f} ms" in pictures.latencies(found)["alt"]


def test_the_verdict_follows_the_measurement():
    ms = {variant: np.full(3, 1.0) for variant in networks.MODELS}
    slow = numbers.Measured(ms | {"s-fp32": np.full(3, 0.8)}, "a", "b", "c")
    quick = numbers.Measured(ms | {"s-fp32": np.full(3, 2.0)}, "a", "b", "c")
    assert "small network is slower here (32 bits take 0.80 times as long)" in bits.verdict(slow)
    assert "medium network is about as quick here (32 bits take 1.00 times as long)" in bits.verdict(slow)
    assert "small network is quicker here (32 bits take 2.00 times as long)" in bits.verdict(quick)


@pytest.mark.parametrize("view", bits.VIEWS)
@pytest.mark.parametrize("model", ["s-int8", "m-fp32"])
def test_every_view_is_drawn(view, model):
    for way in numbers.WAYS:
        found = shown(model=model, b_view=view, b_way=way)
        visible = {name for name in bits.COLUMNS if found[f"b_column_{name}"]["visible"]}
        assert visible == set(bits.SHOWN[view])
        drawn = [value for value in found.values() if isinstance(value, dict) and "alt" in value]
        assert drawn
        assert all("nan" not in value["alt"] for value in drawn)


def test_another_word_leaves_the_latencies_as_they_are():
    for moved in ("clip", "own", "model"):
        assert shown(moved) == {}


def test_one_scale_a_layer_starves_the_narrow_channels():
    """At eight bits one scale a channel lets every channel reach the grid's end; one a layer only the widest."""
    channel = numbers.rounded("s", "depthwise4", 8, True)
    layer = numbers.rounded("s", "depthwise4", 8, False)
    assert (np.abs(channel.steps).max(1) == 127).all()
    assert (np.abs(layer.steps).max(1) == 127).sum() == 1
    assert layer.used().min() < 20
    assert channel.used().min() > 60
    narrow = int(np.abs(layer.exact).max(1).argmin())
    assert channel.noise_db()[narrow] > layer.noise_db()[narrow] + 20
    assert bits.channel_of(heard(), fields_of()) == narrow
    assert bits.channel_of(heard(), fields_of(b_channel=5)) == 5
    assert bits.channel_of(heard(), fields_of(b_channel=171)) == narrow  # a channel of the medium network
    np.testing.assert_allclose(layer.coarse, layer.exact, atol=layer.scale[0] / 2 + 1e-9)


def test_errors_of_the_layers():
    found = numbers.compare(heard())
    shipped = found.sqnr_db(found.shipped)
    assert len(shipped) == 12  # the input, ten layers with weights, the pool
    assert min(shipped) > 20
    for fewer in range(kws_lens.MIN_BITS, kws_lens.MAX_BITS):
        for way in numbers.WAYS:
            assert found.sqnr_db(found.simulated[fewer, way])[0] < found.sqnr_db(found.simulated[fewer + 1, way])[0]
    word = pictures.own_word(heard(), found, "channel")
    assert "32 bits yes 0.9" in word["alt"]
    assert [v for v in word["layout"]["xaxis"]["ticktext"] if v.startswith(("32", "8"))] == ["32<br>yes", "8<br>yes"]


@pytest.mark.slow
def test_counting_again_now():
    done = []
    right = numbers.count_now("s", 6, "channel", done.append)
    assert right == pytest.approx(numbers.stored_right("s", 6, "channel"), abs=8)  # the MFCCs are kept in eight bits
    assert done[-1] == 1
    assert done == sorted(done)
    said = bits.counted("s", 2, "tensor")
    assert "of 746</b> clips right" in said
    assert f"The stored count is {numbers.stored_right('s', 2, 'tensor')}" in said


def test_clicks():
    def click(what, x, **fields):
        return happened(what, told=event(x=x), part="bits", **fields)

    filled = click("b_ranges", "7", b_view="grid")
    assert filled["b_channel"] == 7
    assert filled["b_one"]["alt"].startswith("Channel 7:")
    filled = click("b_errors", "pw<br>2", b_view="error")
    assert filled["b_layer"] == "pointwise2"
    assert filled["b_scatter"]["alt"].startswith("Pointwise 2 of yes")
    assert bits.picked_layer(visit(event=event(x="pool"))) == {}
    filled = click("b_accuracy", "6<br>17", b_view="fewer")
    assert filled["b_bits"] == 6
    # The word with every number of bits stays.
    assert {name for name in filled if name.startswith("b_")} == {"b_bits", "b_accuracy", "b_counted"}
    assert bits.picked_bits(visit(event=event(x="32<br>88"))) == {}


def test_measuring_thoroughly_shows_it_and_leaves_the_rest(monkeypatch):
    monkeypatch.setattr(numbers, "FULL_RUNS", 3)
    filled = happened("b_measure", "click", part="bits")
    assert set(filled) == {"b_table", "b_latency"}
    assert "3 runs of each" in filled["b_table"]


def test_origin_of_the_stored_counts_is_said():
    words = bits.origin()
    assert "746 recordings" in words
    assert re.search(r"on \d{4}-\d\d-\d\d", words)
    assert "simulated" in words


def test_networks_are_read_once():
    assert inside_numbers.float_net("s") is inside_numbers.float_net("s")
