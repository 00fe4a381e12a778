"""To the microcontroller, without a browser: the zip compiles, memory and arena, integers worked out, a run here."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zipfile

import numpy as np
import pytest

from algorithms.keyword import c_export as kws_c_export
from algorithms.keyword.quantised import integer_logits, quantise_input, run_layer
from spaces.keyword_spotting import micro, sound
from spaces.keyword_spotting.inside import numbers as inside_numbers
from spaces.keyword_spotting.micro import numbers, pictures
from tests.helpers.keyword_page import event, happened, visit
from tests.helpers.keyword_page import shown as part_shown

needs_cc = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler named cc")


def heard(model: str = "s-int8", clip: str = "word_yes") -> sound.Heard:
    return sound.hear(None, clip, model)


def shown(moved="", **fields):
    """What the part shows by name; what stays as it is is absent."""
    return part_shown(moved, part="micro", **fields)


@needs_cc
def test_the_zip_compiles_as_its_readme_says_and_knows_the_word(tmp_path):
    path = micro.save(heard("s-fp32"))
    assert path.endswith("kws-ds-cnn-s-c.zip")
    with zipfile.ZipFile(path) as packed:
        packed.extractall(tmp_path)
    folder = tmp_path / "kws-ds-cnn-s"
    assert sorted(p.name for p in folder.iterdir()) == ["README.txt", "kws.c", "kws.h", "main.c", "mfcc.txt"]
    command = re.search(r"^ +(cc .*)$", (folder / "README.txt").read_text(), re.MULTILINE)[1]
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True)
    best, word, *logits = done.stdout.split()
    assert (best, word) == ("2", "yes")
    assert [int(v) for v in logits] == integer_logits(inside_numbers.integer_net("s"), heard().mfcc).tolist()


@needs_cc
@pytest.mark.parametrize("size", ["s", "m"])
def test_the_stored_figures_are_those_of_this_export(size):
    """Constants and RAM don't depend on the processor but for the pointers in two small tables."""
    here, stored = numbers.measured(size), numbers.stored(size)
    assert here.ram == stored.ram == numbers.arena(size)[0]
    assert stored.constants == pytest.approx(here.constants, rel=0.02)
    assert set(numbers.STORED_CODE[size]) == {pictures.core(board) for board in kws_c_export.MLPERF_TINY}
    assert set(numbers.FLASH_RAM_KB) == {board.name for board in kws_c_export.MLPERF_TINY}
    for found in (here, stored):
        parts = numbers.flash_parts(size, found)
        assert sum(parts.values()) == found.flash
        assert all(count > 0 for count in parts.values())


@pytest.mark.parametrize("size", ["s", "m"])
def test_what_a_layer_reads_and_writes_does_not_overlap_in_the_arena(size):
    total, stretches = numbers.arena(size)
    assert stretches[0].reads is None
    used = 0
    for before, now in zip([None, *stretches[:-1]], stretches, strict=True):
        first, count = now.writes
        assert first >= 0
        assert first + count <= total
        used = max(used, count + (now.reads[1] if now.reads else 0))
        if before is not None:
            assert now.reads == before.writes
            cells = set(range(now.reads[0], sum(now.reads)))
            assert not cells & set(range(first, first + count))
    assert used == total


@pytest.mark.parametrize("model", ["s-int8", "m-int8"])
def test_one_number_worked_out_is_the_network_s(model):
    second = heard(model)
    net = inside_numbers.integer_net(model[0])
    q = quantise_input(net, second.mfcc)
    for step in net.layers:
        q = run_layer(step, q)
        name = step.layer.name
        if name == "pool":
            continue
        found = numbers.worked(second, name)
        assert found.q == q.max() == q[found.place]
        exact = found.zero + found.total * found.multiplier / 2**found.shift
        assert found.q == min(127, round(exact))
        assert found.total == found.products + found.bias
        said = pictures.worked(found, name)
        assert f"<b>q = {found.q}</b>" in said
        assert f"{found.total:,}" in said
    with pytest.raises(ValueError, match="no layer"):
        numbers.worked(second, "nothing")


@needs_cc
def test_it_runs_here_and_agrees_bit_for_bit():
    second = heard()
    found = numbers.run_here(second)
    assert len(found.us) == numbers.RUNS
    assert found.best == 2
    np.testing.assert_array_equal(found.logits, integer_logits(inside_numbers.integer_net("s"), second.mfcc))
    said = pictures.ran(second, found)
    assert "answers <b>yes</b>" in said
    assert "bit for bit" in said


@pytest.mark.parametrize(
    ("script", "said"), [("sleep 9", "took too long"), ("echo no memory >&2; exit 1", "no memory")]
)
def test_a_compiler_that_fails_or_never_ends_is_a_sentence(script, said, monkeypatch, tmp_path):
    (tmp_path / "cc").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(numbers, "TIMEOUT_S", 0.5)
    assert said in micro.run_here(heard())


def test_without_a_compiler_the_page_says_so(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    numbers.measured.cache_clear()
    found = shown()
    assert "no C compiler" in found["m_origin"]
    assert "compiled here" not in found["m_summary"]
    assert "Flash, Cortex-M4" in found["m_summary"]
    assert "This machine has no C compiler" in micro.run_here(heard())
    numbers.measured.cache_clear()


@pytest.mark.parametrize("view", micro.VIEWS)
@pytest.mark.parametrize("model", ["s-int8", "m-fp32"])
def test_every_view_is_drawn(view, model):
    for code in numbers.EXCERPTS:
        for layer in ("conv", "linear"):
            found = shown(model=model, m_view=view, m_code=code, m_layer=layer)
            assert [n for n in micro.VIEWS if found[f"m_column_{n}"]["visible"]] == [view]
            assert "Multiply-accumulates" in found["m_summary"]
    found = shown("m_view", model=model, m_view=view)
    assert "m_summary" not in found


def test_the_excerpts_are_of_the_generated_code():
    source = numbers.files("s")["kws.c"]
    for which in ("requantise", "conv_sum", "depthwise_sum", "kws_run"):
        cut = numbers.excerpt("s", which, "conv")
        assert cut in source
        assert cut.count("{") == cut.count("}") > 0
        assert which in cut
    tables = numbers.excerpt("s", "tables", "depthwise2")
    net = inside_numbers.integer_net("s")
    step = next(s for s in net.layers if s.layer.name == "depthwise2")
    assert "static const int8_t depthwise2_weight[576]" in tables
    assert ", ".join(map(str, step.bias[:10])) in tables
    assert tables.splitlines()[-1].strip().startswith("{DEPTHWISE, 3, 3, 1, 1,")
    with pytest.raises(ValueError, match="no 'evil'"):
        numbers.excerpt("s", "evil", "conv")


def test_code_is_escaped_and_coloured():
    assert pictures.code("/* a < b */\n#include <x.h>\nint y = z & 1;") == (
        '<pre class="kwi-code" tabindex="0"><code><i class="comment">/* a &lt; b */</i>\n'
        '<i class="directive">#include &lt;x.h&gt;</i>\n<i class="keyword">int</i> y = z &amp; 1;</code></pre>'
    )


def test_boards():
    small = pictures.board_table("s", 100)
    assert "<b>43.2 ms</b></td><td>43 %" in small  # the reference network itself
    assert "<b>475.0 ms</b></td><td><b class='kwi-bad'>too slow" in small
    assert "<td>48 %" in pictures.board_table("s", 1000)  # 475 of 1000 ms
    assert "1,866 + 28,177 = 1.4 % of 2048 kB" in small
    macs = 9_816_384 / 2_656_768
    assert f"<b>{43.2 * macs:.1f} ms</b>" in pictures.board_table("m", 100)
    assert "M4, 120 MHz 43.2 ms (43 % busy)" in pictures.boards("s", 100)["alt"]


def test_a_click_on_a_layer_opens_its_numbers():
    found = happened("m_work", told=event(x="dw<br>2"), part="micro", m_view="speed")
    assert (found["m_view"], found["m_code"], found["m_layer"]) == ("code", "tables", "depthwise2")
    assert found["m_column_code"]["visible"]
    assert "depthwise2_weight" in found["m_listing"]
    assert "depthwise 2" in found["m_worked"]
    assert micro.picked_layer(visit(event=event(x="pool"))) == {}


def test_buttons_give_the_file_and_the_run(monkeypatch):
    assert happened("m_zip", "click", part="micro", model="m-fp32")["m_file"].endswith("kws-ds-cnn-m-c.zip")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "This machine has no C compiler" in happened("m_run", "click", part="micro")["m_ran"]


def test_the_zip_holds_the_heard_second():
    with zipfile.ZipFile(io.BytesIO(numbers.archive(heard(clip="word_no")))) as packed:
        rows = packed.read("kws-ds-cnn-s/mfcc.txt").decode().split()
    np.testing.assert_allclose(np.array(rows, float), heard(clip="word_no").mfcc.ravel(), atol=1e-6)
