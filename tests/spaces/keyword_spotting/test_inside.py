"""Look inside, without a browser: every value worked out again, places in time, clicks, costs."""

from __future__ import annotations

import re

import numpy as np
import pytest

from algorithms.keyword import lens as kws_lens
from algorithms.keyword.ds_cnn import layers, standard_conv_macs
from spaces.keyword_spotting import inside, sound
from spaces.keyword_spotting.inside import answer as inside_answer
from spaces.keyword_spotting.inside import cards as inside_cards
from spaces.keyword_spotting.inside import numbers, pictures
from spaces.keyword_spotting.page import Scene
from tests.helpers.keyword_page import event, fields_of, happened, moved, visit
from tests.helpers.keyword_page import shown as part_shown


def heard(model: str = "s-int8", clip: str = "word_yes") -> sound.Heard:
    return sound.hear(None, clip, model)


def shown(moved="", **fields):
    """What the part shows by name; what stays as it is is absent."""
    return part_shown(moved, part="inside", **fields)


@pytest.mark.parametrize("model", ["s-int8", "s-fp32", "m-fp32"])
def test_a_value_is_the_sum_of_its_products(model):
    seen = numbers.look(heard(model))
    rng = np.random.default_rng(0)
    for name in numbers.STAGES:
        maps = seen.maps[name]
        for _ in range(5):
            c, t, f = (int(rng.integers(n)) for n in maps.shape)
            cell = numbers.cell(seen, name, c, t, f)
            assert cell.total == pytest.approx(cell.bias + cell.products.sum(), abs=1e-4)
            within = 0.51 * seen.step[name] if seen.step else 1e-4
            highest = 127.5 * 2 * seen.step[name] if seen.step else np.inf  # eight bits end there
            assert min(max(cell.total, 0), highest) == pytest.approx(cell.value, abs=within)


@pytest.mark.parametrize("size", ["s", "m"])
def test_a_map_depends_on_the_stretch_of_sound_that_is_said(size):
    """Change one frame of the input: just the columns whose stretch of sound holds it may change."""
    seen = numbers.look(heard(f"{size}-fp32"))
    net = numbers.float_net(size)
    frame = 20
    other = heard(f"{size}-fp32").mfcc.copy()
    other[frame] += 3
    changed = kws_lens.activations(net, other[None])
    middle = frame * 0.02 + 0.02
    for name in numbers.STAGES:
        moved = np.flatnonzero(np.abs(changed[name][0] - seen.maps[name]).max((0, 2)) > 1e-6)
        first, apart = seen.times(name)
        reach = (seen.heard_s(name) - 0.04) / 2 + 1e-9  # of frames' middles on both sides
        assert len(moved)
        assert (np.abs(first + moved * apart - middle) <= reach).all()
        # ... and it reaches as far as is said, to one column.
        assert np.abs(first + moved * apart - middle).max() > reach - 2 * apart


def test_heard_stretches_and_names():
    seen = numbers.look(heard())
    assert [round(seen.heard_s(name), 2) for name in ("mfcc", "conv", "depthwise1", "pointwise4")] == [
        0.04,
        0.22,
        0.3,
        0.54,
    ]
    assert numbers.title("depthwise2") == "depthwise 2"
    assert numbers.short("pointwise4") == "point 4"
    assert {numbers.from_tiny(numbers.tiny(name)) for name in numbers.STAGES} == set(numbers.STAGES)
    assert numbers.from_tiny("pool") is None
    assert seen.before("conv") == "mfcc"
    assert seen.before("pool") == "pointwise4"


@pytest.mark.parametrize("model", ["s-int8", "m-fp32"])
def test_the_answer_is_laid_out_without_a_rest(model):
    second = heard(model)
    seen = numbers.look(second)
    logits = numbers.class_maps(seen).sum((1, 2))
    tolerance = 1e-4 if model.endswith("fp32") else 0.1  # rounding of the pool and of the last layer
    np.testing.assert_allclose(logits, second.spotter.logits(second.mfcc[None])[0], atol=tolerance)
    for label in (2, 7):
        votes = numbers.contributions(seen, label).sum() + seen.bias["linear"][label]
        assert votes == pytest.approx(logits[label], abs=1e-4)
    said = inside_answer.answer(second, seen, 2)["alt"]
    assert "yes collects +" in said
    assert f"yes {logits[2]:+.1f} (p = {second.probs[2]:.2f})" in said


@pytest.mark.parametrize(("n", "across", "up"), [(64, 25, 5), (172, 13, 5), (64, 3, 3), (3, 2, 1)])
def test_a_click_finds_the_small_map_under_it(n, across, up):
    maps = np.arange(n)[:, None, None] * np.ones((1, across, up))
    image = pictures.tiles(maps)
    columns = pictures.per_row(n)
    assert image.shape == (-(-n // columns) * up, columns * across)
    for y in range(0, image.shape[0], max(1, up // 2)):
        for x in range(0, image.shape[1], across // 2):
            found = pictures.tile_at(x, y, n, across, up)
            if found is None:
                assert image[y, x] == 0  # behind the last map
            else:
                assert image[y, x] == found
    assert pictures.tile_at(-3, 0, n, across, up) is None
    # Time runs to the right and frequency upwards within each map.
    one = pictures.tiles(np.arange(12.0).reshape(1, 4, 3))
    assert one[:, 0].tolist() == [0, 1, 2]
    assert one[0, :4].tolist() == [0, 3, 6, 9]


@pytest.mark.parametrize("view", inside.VIEWS)
@pytest.mark.parametrize("model", ["s-int8", "m-int8"])
def test_every_view_is_drawn(view, model):
    for layer in ("conv", "depthwise2", "pointwise3"):
        found = shown(model=model, in_view=view, in_layer=layer)
        visible = {name for name in inside.COLUMNS if found[f"in_column_{name}"]["visible"]}
        assert visible == set(inside.SHOWN[view])
        drawn = [value for value in found.values() if isinstance(value, dict) and "alt" in value]
        assert drawn
        assert all("nan" not in value["alt"] for value in drawn)


def test_a_moved_field_draws_only_what_it_changes():
    found = shown("in_cell", in_view="maps", in_cell=7)
    assert set(found) == {"in_one", "in_card"}
    found = shown("in_width", in_view="cost", in_width=128)
    assert set(found) == {"in_formula"}
    assert "128 · 128" in found["in_formula"]


def test_another_sound_or_network_forgets_places():
    for name in ("clip", "model"):
        found = moved(name, part="inside", in_view="maps", in_cell=7, in_class=3, in_channel=2)
        assert (found["in_cell"], found["in_class"]) == (-1, -1)
        assert "in_channel" not in found


def test_clicks():
    def click(what, x, y, curve=0, **fields):
        return happened(what, told=event(x=x, y=y, curve=curve), part="inside", **fields)

    chosen = click("in_path", 56 * 4 + 20, 4)
    assert chosen["in_view"] == "maps"
    assert chosen["in_layer"] == "depthwise2"
    assert chosen["in_column_maps"]["visible"]
    fields = {"in_view": "maps", "in_layer": "depthwise2"}
    filled = click("in_maps", 25 * 2 + 3, 37, **fields)  # third column, top row
    assert filled["in_channel"] == 2
    assert "channel 2 is framed" in filled["in_maps"]["alt"]
    filled = click("in_one", 0.5, 3, **fields, in_channel=2)
    assert divmod(filled["in_cell"], 5) == (12, 3)  # 0.03 + 12 * 0.04 = 0.51 s
    assert "0.51 s, row 3" in filled["in_card"]
    assert inside.picked_cell(visit(event=event(x=0.5, y=3, curve=1), part="inside", **fields)) == {}  # above
    filled = click("in_filters", 10, 17.2, in_view="filters", in_layer="pointwise1")
    assert filled["in_channel"] == 17
    filled = click("in_answer", 0.3, 3.4, in_view="answer")
    assert filled["in_class"] == 3
    assert filled["in_votes"]["alt"].startswith("no:")
    chosen = click("in_votes", "24", 0.3, in_view="answer")
    assert (chosen["in_view"], chosen["in_layer"], chosen["in_channel"]) == ("maps", "pointwise4", 24)


def test_a_channel_of_another_network_becomes_the_liveliest():
    seen = numbers.look(heard())
    assert numbers.channel_of(seen, "conv", 171) == numbers.liveliest(seen, "conv")
    assert numbers.channel_of(seen, "conv", 63) == 63
    t, f = numbers.cell_of(seen, "conv", 63, -1)
    assert seen.maps["conv"][63, t, f] == seen.maps["conv"][63].max()


def test_the_costs_are_those_of_the_network():
    for model, parameters, macs in (("s-int8", "22,604", "2,656,768"), ("m-int8", "135,032", "9,816,384")):
        seen = numbers.look(heard(model))
        foot = re.search(r"<tfoot>.*</tfoot>", inside_cards.cost_table(seen))[0]
        assert parameters in foot
        assert macs in foot
        channels = {"s": 64, "m": 172}[model[0]]
        depthwise, pointwise = inside_cards.pairs(layers(model[0]))[-1]
        formula = inside_cards.cost_formula(seen, 3, channels)
        assert f"{standard_conv_macs(depthwise, channels):,}" in formula
        assert f"{depthwise.macs + pointwise.macs:,}" in formula
        ratio = standard_conv_macs(depthwise, channels) / (depthwise.macs + pointwise.macs)
        assert f"{ratio:.1f} times fewer" in formula
        assert macs in inside_cards.cost_figure(seen)["alt"]


def test_silence_is_drawn_too():
    second = heard("s-int8")
    quiet = sound.Heard(
        np.zeros(16000, np.float32), "silence", (), second.spotter, "s-int8", second.probs, second.mfcc * 0, "own"
    )
    for view in inside.VIEWS:
        for layer in ("conv", "depthwise4"):
            scene = Scene(quiet, None, None, None)
            found = inside.show(scene, fields_of(part="inside", in_view=view, in_layer=layer))
            assert not any("nan" in str(value) for value in found.values())
