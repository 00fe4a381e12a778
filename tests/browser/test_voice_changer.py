"""The voice changer's page in a real browser: presets, microphone, latency lab, what-if, loopback, bad input."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from algorithms.voice.effects import PRESETS, Chain
from tests.helpers.browser import box_of
from tests.helpers.voice_page import WIDTH, Room

pytestmark = pytest.mark.browser


@pytest.fixture
def room(visit):
    return lambda query="", **options: Room(visit(**options), query)


@pytest.fixture
def glide(tmp_path):
    """A WAV file of two seconds at 48 kHz: a pulse train that glides from 110 to 165 Hz."""
    t = np.arange(96_000) / 48_000
    phase = 2 * np.pi * (110 * t + 13.75 * t**2)
    y = 0.05 * sum(np.cos(k * phase) for k in range(1, 20))
    path = tmp_path / "glide.wav"
    soundfile.write(path, y.astype(np.float32), 48_000, "FLOAT")
    return path


def test_opens_with_a_result_and_one_click_plays_it(room):
    room = room()
    assert "semitones up" in room.text(".vc-pitch p")
    assert "Hz apart before" in room.text(".vc-spectrum p")
    for picture in (".vc-pitch canvas", ".vc-spectrum canvas"):
        box = box_of(room.page.locator(picture))
        assert box["y"] + box["height"] < 900, "there without scrolling"
    # Another moment, by mouse and by keyboard.
    before = room.text(".vc-spectrum p")
    room.page.locator(".vc-pitch canvas").click(position={"x": 200, "y": 60})
    assert room.text(".vc-spectrum p") != before
    before = room.text(".vc-spectrum p")
    room.page.keyboard.press("ArrowRight")
    assert room.text(".vc-spectrum p") != before

    room.page.locator("[data-preset=woman_to_man]").click()
    room.wait_running()
    room.wait_text(".vc-pitch p", "The last 6 s")
    assert room.text(".vc-when") == "Spectrum now"
    room.wait_text(".vc-pitch p", "semitones down")
    room.click("Original")
    assert room.page.evaluate("() => window.voiceLab.player.link.bypassed")
    room.page.locator("[data-preset=telephone]").click()  # goes on playing, with the other voice
    link = "window.voiceLab.player.link"
    assert room.page.evaluate(f"() => [{link}.chain[1][0], {link}.bypassed]") == ["telephone", False]
    for hidden, says in (("true", "the sound goes on"), ("false", "")):  # another tab comes to the front, and goes
        room.page.evaluate(
            f"() => {{ Object.defineProperty(document, 'hidden', {{ value: {hidden}, configurable: true }});"
            " document.dispatchEvent(new Event('visibilitychange')); }"
        )
        assert says in room.text(".vc-message")
    assert room.text(".vc-message") == ""
    # A slider of the chain is heard and lands in the link.
    room.page.locator("[data-param=low_hz]").fill("500")
    assert room.page.evaluate(f"() => {link}.chain[1][1].low_hz") == 500
    room.page.get_by_role("button", name="Take Noise gate out").click()
    room.page.locator(".vc-add select").select_option("chorus")
    assert room.page.evaluate(f"() => {link}.chain.map(([name]) => name)") == ["telephone", "chorus", "limiter"]
    room.click("Stop")
    assert not room.page.evaluate("() => window.voiceLab.player.busy")
    room.page.get_by_role("button", name="Copy link").click()
    room.wait("() => location.search.includes('preset=telephone')")
    assert "chain=telephone%3Alow_hz%3D500%3Bchorus%3Blimiter" in room.page.url
    query = room.page.url.split("voice_changer")[1]
    again = Room(room.visitor, query)
    assert again.page.evaluate("() => window.voiceLab.state.steps.map(([name]) => name)") == [
        "telephone",
        "chorus",
        "limiter",
    ]
    again.click("back to the voice’s own")
    assert again.page.evaluate("() => window.voiceLab.state.fields.chain") == ""


def test_a_file_of_ones_own_comes_out_as_python_computes_it(room, glide, tmp_path):
    room = room("?preset=robot")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF and nothing else")
    chooser = room.page.locator(".vc-file input")
    chooser.set_input_files(broken)
    room.wait_text(".vc-message", "broken.wav cannot be read as sound")
    silent = glide.with_name("nothing.wav")
    soundfile.write(silent, np.zeros(4800, np.float32), 48_000)
    for path in (silent, glide):
        shown = room.page.get_attribute(".vc", "data-shown")
        chooser.set_input_files(path)
        if path == silent:
            room.wait_text(".vc-message", "“nothing” is silent from its beginning")
        room.wait("(old) => document.querySelector('.vc').dataset.shown !== old", arg=shown)
    assert room.text(".vc-play") == "Play your file"
    y, rate = room.saved()
    sound, _ = soundfile.read(glide, dtype="float32")
    expected = Chain(PRESETS["robot"].chain).process(sound)
    assert rate == 48_000
    np.testing.assert_allclose(y * 32768, np.clip(expected, -1, 1) * 32767, atol=0.6)  # rounded to 16 bits
    room.click("Play your file")
    room.wait_running()
    # The server may be gone: the effect runs in the page.
    room.visitor.context.set_offline(True)
    room.page.locator("[data-preset=giant]").click()
    room.click("Stop")
    room.click("Play your file")
    room.wait_running()
    room.wait_text(".vc-pitch p", "semitones down")
    room.page.evaluate("() => window.voiceLab.player.stop()")
    room.visitor.context.set_offline(False)
    room.visitor.errors[:] = [error for error in room.visitor.errors if "ERR_INTERNET_DISCONNECTED" not in error]


def test_the_microphone_its_recording_and_its_refusals(room):
    room = room()
    room.click("Start with microphone")
    assert "howls" in room.text(".vc-headphones")
    room.click("Start without hearing myself")
    room.wait_running()
    assert room.page.evaluate("() => window.voiceLab.player.link.options.monitor") is False
    # It beeps for some milliseconds twice a second, and the meter misses none: one that looks less far back than the
    # time between two looks, in step with the beeps, shows none at all.
    for shown in ("> 20", "== 0") * 3:
        room.wait(f"() => parseFloat(document.querySelector('.vc-meter i').style.width) {shown}")
    room.click("Record what is heard")
    room.wait("() => document.querySelector('.vc-record').textContent.includes('(1 s)')")
    room.page.locator(".vc-record").click()
    link = room.page.locator(".vc-takes a")
    with room.page.expect_download() as download:
        link.click()
    y, rate = soundfile.read(download.value.path())
    assert rate == 48_000
    assert 0.4 < len(y) / rate < 3
    assert np.abs(y).max() > 0.01, "the beep is in it"
    # Unplugged in the middle.
    room.page.evaluate("() => window.voiceLab.player.link.input.track.onended()")
    room.wait_text(".vc-message", "The microphone was disconnected")
    assert not room.page.evaluate("() => window.voiceLab.player.busy")
    assert room.page.get_attribute(".vc-message", "role") == "alert"
    # One that is muted; then a loudspeaker in the microphone: a tone that does not end.
    room.page.evaluate("""() => {
      const context = new AudioContext();
      const end = new MediaStreamAudioDestinationNode(context);
      const tone = new OscillatorNode(context, { frequency: 300 });
      tone.start();
      window.howl = () => tone.connect(end);
      navigator.mediaDevices.getUserMedia = () => Promise.resolve(end.stream.clone());
    }""")
    room.click("Start with microphone")
    room.click("Start, I wear headphones")
    room.wait_text(".vc-message", "gives no sound at all")
    room.page.evaluate("() => window.howl()")
    room.wait("() => !document.querySelector('.vc-message').textContent.includes('gives no sound')")
    room.wait_text(".vc-message", "howls, so the sound was switched off")
    assert room.page.evaluate("() => window.voiceLab.player.link.options.monitor") is False
    room.click("Stop")
    for name, says in (("NotAllowedError", "was not allowed"), ("NotFoundError", "No microphone was found")):
        room.page.evaluate(
            "(name) => (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)))", name
        )
        room.click("Start with microphone")
        room.click("Start, I wear headphones")
        room.wait_text(".vc-message", says)
    room.page.locator("[data-preset=robot]").click()  # and the example still plays
    room.wait_running()


def test_the_ways_are_measured_side_by_side(room):
    room = room("?transport=data")
    assert "not measured here yet" in room.text(".vc-late .vc-bars")
    room.page.locator("[data-preset=robot]").click()
    room.wait_running()
    assert room.page.evaluate("() => window.voiceLab.player.link.transport") == "data"
    room.click("Measure 10 s")  # ends the playing
    assert not room.page.evaluate("() => window.voiceLab.player.busy")
    room.wait("() => /: [0-9.]+ ms/.test(document.querySelector('.vc-progress').textContent)")
    room.click("Stop measuring")
    words = room.wait_text(".vc-progress", "Measured: ")
    assert "over the data channel" in words
    assert room.page.locator(".vc-table tbody tr").count() == 1
    bar = room.page.locator(".vc-late .vc-bar[data-row=data]")
    assert "measured for" in bar.inner_text()
    bar.locator("[data-part=algorithm]").click()
    assert "however fast" in room.text(".vc-late .vc-part")
    assert "however fast" not in room.text(".vc-whatif .vc-part"), "said once on the page"
    total = float(bar.locator("b").inner_text().split()[0])
    parts = room.text(".vc-late .vc-sum").split(" = ")
    assert sum(map(float, parts[0].split(" + "))) == pytest.approx(total, abs=0.4), "the parts add up to the whole"
    assert "median" in room.page.get_attribute(".vc-histogram canvas", "aria-label")
    # Another voice: its own delay is exchanged in the bar, the way's is kept.
    room.page.locator("[data-preset=giant]").click()
    room.click("Stop")
    giant, robot = (Chain(PRESETS[name].chain).latency / 48 for name in ("giant", "robot"))
    assert float(bar.locator("b").inner_text().split()[0]) == pytest.approx(total + giant - robot, abs=0.11)
    assert "effect changed since" in bar.inner_text()


def test_the_benchmarks_way_in(room):
    room = room()
    stats = room.page.evaluate(
        """async () => {
          const options = { seconds: 4, preset: 'robot', ringMs: 40 };
          const way = (transport) => window.voiceLab.measure({ transport, ...options });
          const [browser, data] = await Promise.all(['browser', 'data'].map(way));
          return { browser, data };
        }"""
    )
    robot_ms = Chain(PRESETS["robot"].chain).latency / 48
    assert stats["browser"]["median_ms"] == pytest.approx(robot_ms, abs=1)
    assert stats["data"]["ran"] == "data"
    assert stats["data"]["median_ms"] == pytest.approx(40 + robot_ms, abs=0.1), "the ring's D and the effect's own"
    budget = stats["data"]["budget"]
    parts = room.module("room_budget.js", "return m.inside(given)", budget)
    assert parts == pytest.approx(budget["measured_ms"], abs=0.01)


def test_what_if(room):
    room = room("?see=whatif&w_fft=1024")
    assert "21.3 ms" in room.text(".vc-verdict")
    assert "too many" in room.text(".vc-verdict")
    room.page.get_by_label("Phase vocoder with an FFT of").select_option("0")
    assert "under 20 ms" in room.text(".vc-verdict")
    room.page.get_by_label("Headphones by").select_option("sbc")
    assert "sound card, headphones, 200.0 ms" in room.text(".vc-verdict")
    assert "Only a loopback test tells the truth" in room.text(".vc-whatif .vc-part")
    room.page.get_by_label("The server is reached by").select_option("lte")
    room.page.locator("[data-what=w_ring]").fill("10")
    assert "expect dropouts" in room.text(".vc-verdict")
    room.page.locator("[data-what=w_km]").fill("3000")
    assert "15.0 ms one way" in room.text(".vc-knobs")
    room.page.get_by_role("button", name="Copy link").click()
    room.wait("() => location.search.includes('w_km=3000') && location.search.includes('w_ring=10')")
    assert room.page.evaluate(WIDTH) <= 1280
    # An example sets everything back, in place.
    room.page.locator(".lab-example", has_text="1024 samples are too many").click()
    room.wait_text(".vc-verdict", "21.3 ms")
    assert room.page.get_by_label("Headphones by").input_value() == "wired"
    room.wait("() => document.querySelector('.vc-whatif').getBoundingClientRect().top < 300")


def test_the_loopback_checks_its_ruler_and_hears_no_chirps_in_beeps(room):
    room = room()
    room.click("Play the chirps and listen")  # Chromium's fake microphone hears no loudspeaker, only beeps
    ruler = room.page.evaluate("() => window.voiceLab.loopback({through_ms: 30})")
    assert ruler["found"] == 8
    assert ruler["delay_ms"] == pytest.approx(30 + 128 / 48, abs=0.05), "a loop in the graph adds one block"
    assert ruler["spread_ms"] < 0.05
    room.wait_text(".vc-heard", "not heard again")
    words = room.module("room_loopback.js", "return m.sentence(given, {inside_ms: 8, way: 'in the browser'})", ruler)
    assert "8 of 8 chirps came back after 32.7 ms" in words


def test_a_link_that_makes_no_sense_on_a_phone(room):
    room = room("?preset=robot&chain=warp%3Aspeed%3D9&packet=77&transport=track", width=390, dark=True)
    assert "asks for the effect 'warp'" in room.text(".vc-message")
    assert room.page.evaluate("() => window.voiceLab.state.steps[1][0]") == PRESETS["robot"].chain[1][0]
    assert room.page.locator(".vc-options label:visible").count() == 1
    assert room.page.evaluate(WIDTH) <= 390
