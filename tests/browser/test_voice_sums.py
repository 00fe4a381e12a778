"""The arithmetic behind the voice changer's pictures, run where it runs: in the browser."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import soundfile

from spaces.voice_changer import room as voice_room
from tests.helpers.voice_page import Room

pytestmark = pytest.mark.browser


def test_the_sums_behind_the_pictures(visit):
    """Budget, statistics, pitch, spectrum, search and WAV: known answers, and NumPy beside them."""
    room = Room(visit())
    budget = "return m.whatIf(given)"
    base = room.module("room_budget.js", budget, {"algorithm_ms": 8})
    assert base["algorithm_ms"] == 8
    assert base["packet_ms"] == 0
    moved = room.module(
        "room_budget.js", budget, {"packet": 960, "fft": 1024, "net": "lte", "km": 2000, "ring": 7, "ears": "sbc"}
    )
    assert moved["packet_ms"] == pytest.approx(832 / 48)
    assert moved["algorithm_ms"] == pytest.approx(21.33, abs=0.01), "a phase vocoder waits for its window"
    assert moved["network_out_ms"] == moved["network_back_ms"] == 25 + 10, "2000 km of glass are 10 ms"
    assert moved["ring_ms"] == 7
    assert moved["output_ms"] == 200
    parts = room.module("room_budget.js", "return [m.segments(given), m.inside(given), m.devices(given)]", moved)
    ends = [part["from"] + part["ms"] for part in parts[0]]
    assert [part["from"] for part in parts[0]] == pytest.approx([0, *ends[:-1]]), "the parts lie end to end"
    assert ends[-1] == pytest.approx(parts[1] + parts[2])
    assert parts[1] + parts[2] == pytest.approx(sum(moved.values()))
    assert "too many" in room.module("room_budget.js", "return m.verdict(given)", moved)
    assert room.module("room_budget.js", "return Object.keys(m.NETS)") == list(voice_room.NETS)
    assert room.module("room_budget.js", "return Object.keys(m.EARS)") == list(voice_room.EARS)

    delays = np.random.default_rng(0).gamma(3, 2, 500)
    for q in (0, 0.5, 0.95, 1):
        assert room.module(
            "room_budget.js", f"return m.quantile(given, {q})", sorted(delays.tolist())
        ) == pytest.approx(np.quantile(delays, q))
    counts = room.module("room_budget.js", "return m.histogram(given, 2)", delays.tolist())
    assert counts == np.histogram(delays, np.arange(len(counts) + 1) * 2)[0].tolist()

    tone = "const y = Float32Array.from({length: 48000}, (_, i) => 0.4 * %s); return m.%s"
    for hz in (82, 110, 220.5, 440, 700):
        shape = "[1, 2, 3, 4, 5].reduce((s, k) => s + Math.sin(2 * Math.PI * k * given * i / 48000) / k, 0)"
        assert room.module("room_signal.js", tone % (shape, "pitch(y, 48000)"), hz) == pytest.approx(hz, rel=0.01)
    for silent in ("0", "(Math.random() - 0.5)"):
        heard = room.module("room_signal.js", tone % (silent, "pitch(y, 48000)"))
        assert heard is None or math.isnan(heard), "silence and noise have no pitch"
    levels = room.module("room_signal.js", tone % ("Math.sin(i * Math.PI / 32)", "spectrumAt(y, 24000)"))
    levels = np.array(levels)  # 48000 / 64 = 750 Hz, bin 64 of 4096
    assert levels.argmax() == 64
    assert levels.max() == pytest.approx(20 * np.log10(0.4), abs=0.1)
    track = "return m.moved(Float32Array.from(given), Float32Array.from([NaN, ...given].map((v) => v * 1.5)), 1)"
    assert room.module("room_signal.js", track, [100, 110, 120, 130]) == pytest.approx(12 * np.log2(1.5), abs=1e-4)

    found = room.module(
        "room_signal.js",
        """const sound = m.chirp(48000);
        const heard = Float32Array.from({length: 24000}, () => 0.1 * (Math.random() - 0.5));
        for (let i = 0; i < sound.length; i++) heard[4321 + i] -= 0.05 * sound[i];
        return m.find(heard, sound)""",
    )
    assert found["at"] == pytest.approx(4321, abs=0.5), "quieter than the noise, and upside down"
    text = room.module(
        "room_signal.js",
        "return m.wav([Float32Array.from([0, 0.5]), Float32Array.from([-1, 2])], 48000).arrayBuffer()"
        ".then((b) => [...new Uint8Array(b)])",
    )
    y, rate = soundfile.read(io.BytesIO(bytes(text)), dtype="int16")
    assert (y.tolist(), rate) == ([0, 16384, -32767, 32767], 48_000)
