"""The Feature Explorer in a real browser: pictures, controls, zoom, sound, microphone, bad files, links, downloads."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import soundfile

from tests.helpers.browser import box_of

pytestmark = pytest.mark.browser

PICTURES = ("waveform", "stft", "mel-spectrogram", "mfcc", "spectrum-under-the-cursor", "mel-filterbank")
PLOT = "document.querySelector('.lab-figure[data-name=\"%s\"] .lab-plot')"
AXIS = "() => " + PLOT + "._fullLayout.%s.range"
TRACE = (
    "() => { const t = "
    + PLOT
    + "._fullData[0]; return { rows: t.z.length, columns: t.z[0].length, x0: t.x0, dx: t.dx }; }"
)


def opened(visit, query="", **options):
    visitor = visit(**options)
    page = visitor.open("features" + query)
    for name in PICTURES:
        visitor.figure(name)
    return visitor, page


def set_number(page, label: str, value: float):
    box = page.get_by_role("spinbutton", name=re.compile(re.escape(label)))
    for _ in range(5):  # an accordion that is still opening sets its controls to their values once more
        box.fill(str(value))
        box.press("Enter")
        page.wait_for_timeout(300)
        if box.input_value() == str(value):
            return
    raise AssertionError(f"{label} does not keep {value}")


def pixels_differ(figure) -> bool:
    """Whether a heatmap has been painted at all: its image holds more than one colour."""
    return figure.evaluate(
        """(f) => new Promise((done) => {
            const image = new Image();
            image.onload = () => {
                const canvas = Object.assign(document.createElement('canvas'), { width: 60, height: 60 });
                const context = canvas.getContext('2d');
                context.drawImage(image, 0, 0, 60, 60);
                done(new Set(context.getImageData(0, 0, 60, 60).data).size > 50);
            };
            image.src = f.querySelector('.heatmaplayer image').getAttribute('href')
                ?? f.querySelector('.heatmaplayer image').getAttribute('xlink:href');
        })"""
    )


def drag_zoom(page, figure, left: float, right: float):
    """Drag over a figure's picture between two parts of its width."""
    box = box_of(figure.locator(".nsewdrag").first)
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + left * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + right * box["width"], y, steps=6)
    page.mouse.up()


def wait_range(page, name: str, low: float, high: float, tolerance: float = 0.1):
    page.wait_for_function(
        f"([low, high, by]) => {{ const r = {PLOT % name}._fullLayout.xaxis.range;"
        " return Math.abs(r[0] - low) < by && Math.abs(r[1] - high) < by; }",
        arg=[low, high, tolerance],
    )


def explain_themselves(visitor, tap: bool):
    """A term of the field explains itself on hover, focus and tap."""
    page = visitor.page
    meaning = page.locator(".lab-meaning")
    stft = page.locator("figcaption .lab-term", has_text="STFT")
    stft.wait_for()
    if tap:
        stft.tap()
    else:
        stft.hover()
    meaning.get_by_text("The spectrum of each frame in turn").wait_for()
    box = box_of(meaning)
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.viewport_size["width"]
    page.keyboard.press("Escape")
    meaning.wait_for(state="hidden")
    page.locator("figcaption .lab-term", has_text="MFCC").focus()
    meaning.get_by_text("the first values of a cosine transform").wait_for()
    assert page.locator(":focus").get_attribute("aria-describedby") == meaning.get_attribute("id")
    assert "features?" in meaning.get_by_role("link").get_attribute("href")
    meaning.get_by_role("link").click()
    meaning.wait_for(state="hidden")


def test_opens_with_every_picture_drawn_and_plays(visit):
    visitor, page = opened(visit)
    assert "132640 samples" in visitor.words("waveform")
    assert "257 frequencies" in visitor.words("stft")
    assert "80 filters" in visitor.words("mel-spectrogram")
    assert "13 coefficients" in visitor.words("mfcc")
    for name in ("stft", "mel-spectrogram", "mfcc"):
        assert pixels_differ(visitor.figure(name))
    # One instant is one vertical line: the pictures' plots begin and end at the same pixels.
    edges = page.evaluate(
        '(names) => names.map((n) => { const l = document.querySelector(`.lab-figure[data-name="${n}"] .lab-plot`)'
        "._fullLayout; return [l._size.l, l._size.w]; })",
        list(PICTURES[:4]),
    )
    assert all(edge == edges[0] for edge in edges)
    # The first pictures are in view without scrolling.
    assert visitor.figure("waveform").bounding_box()["y"] < 600
    assert visitor.figure("stft").bounding_box()["y"] < 800

    # Playing moves the cursor and the spectrum.
    visitor.wait_words("spectrum-under-the-cursor", "at 4.5")  # the loudest frame
    page.locator(".lab-play").first.click()
    page.wait_for_function("() => document.querySelector('.lab-player audio').currentTime > 1.5")
    page.locator(".lab-player audio").first.evaluate("sound => sound.pause()")  # on a busy machine it is over by now
    words = PLOT % "spectrum-under-the-cursor" + ".closest('figure').querySelector('.lab-alt').textContent"
    stands = "document.querySelector('.lab-player audio').currentTime"
    page.wait_for_function(f"() => Math.abs({words}.match(/at ([\\d.]+)/)[1] - {stands}) < 0.03")
    page.get_by_text(re.compile(r"Frame \d+ at [1-8]\.")).first.wait_for()  # the steps follow too
    where = "() => document.querySelector('.lab-figure[data-name=\"stft\"] .lab-cursor').style.transform"
    assert float(re.search(r"[\d.]+", page.evaluate(where))[0]) > 80

    # A click puts the cursor there.
    figure = visitor.figure("mel-spectrogram")
    figure.scroll_into_view_if_needed()
    box = box_of(figure.locator(".nsewdrag").first)
    page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 40)
    page.wait_for_function("() => Math.abs(document.querySelector('.lab-player audio').currentTime - 6.22) < 0.1")
    visitor.wait_words("spectrum-under-the-cursor", "at 6.2")

    # Another sound begins at rest, whatever played before.
    play = page.locator(".lab-play").first
    play.click()
    page.locator(".lab-player.playing").wait_for()
    page.get_by_role("radio", name="Chirp", exact=True).check()
    page.locator(".lab-player:not(.playing)", has_text="Chirp").wait_for()
    assert play.get_attribute("aria-label") == "Play"
    assert page.locator(".lab-words button").count() == 0, "nobody speaks in it"

    explain_themselves(visitor, tap=False)

    # An example and an answer set the page up.
    page.get_by_role("link", name=re.compile("A sweep that folds")).click()
    visitor.wait_words("waveform", "Chirp")
    visitor.wait_words("where-each-frequency-lands", "8000 Hz")
    page.get_by_role("button", name=re.compile("What does pre-emphasis do")).click()
    page.locator(".lab-show:visible").click()
    visitor.wait_words("waveform", "Speech")
    visitor.wait_words("spectrum-under-the-cursor", "at 4.52")


def test_settings_that_do_not_fit_say_so_and_controls_redraw_what_they_should(visit):
    visitor, page = opened(visit, "?fmin=5000&fmax=1000")
    page.get_by_role("alert").get_by_text("must be below the highest").wait_for()
    page.get_by_role("button", name=re.compile("^Mel")).click()
    page.wait_for_timeout(800)  # an accordion sets its controls to their values while it opens
    set_number(page, "Lowest frequency", 100)
    visitor.wait_words("mel-spectrogram", "from 100 to 1000 Hz")
    page.get_by_role("alert").get_by_text("must be below the highest").wait_for(state="detached")

    set_number(page, "Window (ms)", 60)
    visitor.wait_words("stft", "window of 60 ms")
    visitor.wait_words("stft", "513 frequencies")
    set_number(page, "Mel filters", 40)
    visitor.wait_words("mel-spectrogram", "40 filters")
    visitor.wait_words("mel-filterbank", "40 triangles")
    # A number that can't be had becomes the nearest that can, in the box and in the picture; an empty box is refilled.
    box = page.get_by_role("spinbutton", name=re.compile("Window .ms."))
    box.fill("99999")
    box.press("Enter")
    visitor.wait_words("stft", "window of 200 ms")
    assert box.input_value() == "200"
    box.fill("")
    box.blur()
    assert box.input_value() == "200"
    assert page.locator(".toast-body").count() == 0
    set_number(page, "Window (ms)", 60)
    page.get_by_role("radio", name="HTK").check()
    visitor.wait_words("mel-spectrogram", "htk scale")
    page.get_by_role("button", name=re.compile("^Display")).click()
    page.get_by_role("radio", name="Log", exact=True).check()
    visitor.wait_words("stft", "log frequency axis")


def test_tabbing_past_a_list_closes_it(visit):
    _, page = opened(visit)
    lists = page.locator("ul[role=listbox]:visible")
    page.get_by_role("combobox", name="Window type").focus()
    lists.first.wait_for()
    for _ in range(3):  # past the other list, and one control further
        page.keyboard.press("Tab")
    page.wait_for_timeout(500)  # Gradio opened a list that long after a key
    assert lists.count() == 0
    page.keyboard.press("Shift+Tab")
    page.wait_for_timeout(500)
    assert lists.count() <= 1, "the list that the keyboard stands on, if any"


def test_zoom_is_shared_and_sharp(visit):
    visitor, page = opened(visit, "?hop=5")
    whole = page.evaluate(TRACE % "mel-spectrogram")
    drag_zoom(page, visitor.figure("stft"), 0.25, 0.5)
    for name in ("waveform", "stft", "mel-spectrogram", "mfcc"):
        wait_range(page, name, 8.29 / 4, 8.29 / 2)
    page.wait_for_function(f"() => {PLOT % 'mel-spectrogram'}._fullData[0].x0 > 2")
    part = page.evaluate(TRACE % "mel-spectrogram")
    assert part["dx"] == pytest.approx(0.005)  # every frame has its own column now
    assert whole["dx"] > 0.005
    # Moving a control keeps the zoom.
    set_number(page, "Window (ms)", 40)
    visitor.wait_words("stft", "window of 40 ms")
    wait_range(page, "stft", 8.29 / 4, 8.29 / 2)
    box = box_of(visitor.figure("stft").locator(".nsewdrag").first)
    page.mouse.dblclick(box["x"] + 50, box["y"] + 50)
    wait_range(page, "waveform", 0, 8.29)
    page.wait_for_function(f"() => {PLOT % 'mel-spectrogram'}._fullData[0].x0 < 0.1")

    # Another clip while zoomed shows all of it.
    drag_zoom(page, visitor.figure("waveform"), 0.5, 0.6)
    wait_range(page, "mfcc", 4.15, 4.97)
    page.get_by_role("radio", name="Vowels").check()
    visitor.wait_words("waveform", "4.35 s")
    for name in PICTURES[:4]:
        wait_range(page, name, 0, 4.35, 0.02)

    # The pair of windows follows the zoom.
    visitor.follow("features?see=res&wa=5&wb=50")
    visitor.wait_words("waveform", "8.29 s")
    wait_range(page, "waveform", 0, 8.29)
    visitor.wait_words("stft-with-window-b", "50 ms")
    drag_zoom(page, visitor.figure("waveform"), 0.2, 0.3)
    page.wait_for_function(f"() => {PLOT % 'stft-with-window-a'}._fullData[0].x0 > 1.5")
    wait_range(page, "stft-with-window-b", 8.29 * 0.2, 8.29 * 0.3)


def test_each_part_does_what_it_says(visit):
    visitor, page = opened(visit)
    page.get_by_role("radio", name="Sampling and aliasing").check()
    visitor.wait_words("where-each-frequency-lands", "8000 Hz")
    page.get_by_role("radio", name="Harmonic tone").check()
    page.get_by_role("cell", name="3800").wait_for()
    set_number(page, "New sample rate", 6000)
    visitor.wait_words("where-each-frequency-lands", "Sampled at 6000 Hz")
    assert visitor.figure("with-the-anti-alias-filter").is_visible()
    page.locator(".lab-player-title", has_text="at 6000 Hz without the filter").wait_for()

    # What is thrown away can be heard.
    visitor.follow("features?see=mel&clip=vowels")
    page.get_by_role("button", name="Make it audible").click()
    page.get_by_text("rounds each").wait_for()
    for words in ("from the STFT magnitude", "from the mel spectrogram", "from the MFCCs"):
        player = page.locator(".lab-player", has=page.get_by_text(f"Vowels, {words}"))
        player.get_by_role("button", name="Play").click()
        player.get_by_role("button", name="Pause").wait_for()
        assert player.locator("audio").evaluate("(a) => a.duration") == pytest.approx(4.35, abs=0.05)
    # Another sound: what was rebuilt from the old one goes.
    page.get_by_role("radio", name="Noise").check()
    page.get_by_text("From the MFCCs: press").wait_for()

    # Downloads open with NumPy.
    visitor.follow("features?see=out&clip=vowels&mels=40")
    visitor.wait_words("mel-spectrogram", "40 filters")
    page.get_by_text("librosa.feature.melspectrogram").first.wait_for()
    with page.expect_download() as caught:
        page.get_by_role("button", name="NPY", exact=True).click()
    array = np.load(caught.value.path())
    assert array.shape == (40, 436)
    assert array.max() == 0
    page.get_by_role("radio", name="MFCC", exact=True).check()
    with page.expect_download() as caught:
        page.get_by_role("button", name="CSV", exact=True).click()
    rows = np.loadtxt(caught.value.path(), delimiter=",", skiprows=1)
    assert rows.shape == (436, 14)
    assert caught.value.suggested_filename == "vowels-mfcc.csv"
    with page.expect_download() as caught:
        page.get_by_role("link", name="Save as vowels-librosa.py").click()
    assert caught.value.suggested_filename == "vowels-librosa.py"
    compile(caught.value.path().read_text(), "saved", "exec")

    # A picture's own CSV holds hertz.
    visitor.follow("features?clip=vowels&y=log")
    visitor.wait_words("stft", "log frequency axis")
    figure = visitor.figure("stft")
    figure.hover()
    with page.expect_download() as caught:
        figure.locator('[data-title^="Download the data"]').click()
    lines = caught.value.path().read_text().splitlines()
    assert re.match(r'"?5\d Hz', lines[2])
    assert re.match(r'"?7\d\d\d Hz', lines[-1])


def wav(rate: int, seconds: float, channels: int = 1) -> bytes:
    t = np.arange(int(rate * seconds)) / rate
    y = np.stack([0.3 * np.sin(2 * np.pi * 500 * t)] * channels, axis=1)
    data = io.BytesIO()
    soundfile.write(data, y, rate, format="WAV", subtype="FLOAT")
    return data.getvalue()


def test_bad_files_are_named_long_ones_cut_and_the_microphone_is_heard(visit):
    visitor, page = opened(visit)
    chooser = page.locator(".lab-intake input[type=file]")
    chooser.set_input_files({"name": "letter.wav", "mimeType": "audio/wav", "buffer": b"Dear Sir, this is no sound."})
    page.locator(".lab-note.problem").wait_for()
    assert "Speech" in visitor.words("waveform")
    chooser.set_input_files({"name": "mine.wav", "mimeType": "audio/wav", "buffer": wav(48_000, 1.0, 2)})
    visitor.wait_words("waveform", "mine.wav: 1.00 s at 48000 Hz")
    page.get_by_text("mixed").first.wait_for()
    page.get_by_role("radio", name="Clicks").check()
    visitor.wait_words("waveform", "Clicks")
    chooser.set_input_files({"name": "long.wav", "mimeType": "audio/wav", "buffer": wav(8000, 40)})
    visitor.wait_words("waveform", "30.00 s")
    page.get_by_text("first 30 s").wait_for()
    page.get_by_role("button", name="Record").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="Stop", exact=True).click()
    visitor.wait_words("waveform", "Your recording")
    assert page.get_by_role("radio", name="Your recording").is_checked()
    page.locator(".lab-play").first.click()
    page.locator(".lab-player.playing").wait_for()


def test_the_link_holds_everything(visit):
    query = (
        "?clip=tone&win=60&hop=5&window=blackman&mels=64&fmin=50&scale=htk&norm=0&mfcc=20&y=log&db=60&see=steps&t=2.2"
    )
    visitor, page = opened(visit, query)
    visitor.wait_words("stft", "blackman window of 60 ms")
    visitor.wait_words("mel-spectrogram", "64 filters from 50")
    visitor.wait_words("spectrum-under-the-cursor", "at 2.2")
    page.wait_for_function("() => Math.abs(document.querySelector('.lab-player audio').currentTime - 2.2) < 0.02")
    page.get_by_role("radio", name="Bit depth").check()
    visitor.wait_words("before-and-after-rounding--around-the-loudest-sample", "6 bits")
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Link copied").wait_for()
    for part in ("clip=tone", "win=60", "norm=0", "see=bits", "t=2.2", "scale=htk"):
        assert part in page.url
    page.reload()
    visitor.wait_words("stft", "blackman window of 60 ms")
    visitor.wait_words("before-and-after-rounding--around-the-loudest-sample", "6 bits")
    assert "mels=64" in page.url


def pinch_zooms(visitor):
    """Two fingers zoom all pictures in time and not the page; one scrolls."""
    page, figure = visitor.page, visitor.figure("mel-spectrogram")
    figure.scroll_into_view_if_needed()
    figure.locator(".nsewdrag").first.hover()  # it is drawn and keeps still
    box = box_of(figure.locator(".nsewdrag").first)
    screen = page.context.new_cdp_session(page)

    def fingers(what: str, *shares: float, dy: float = 40):
        points = [{"x": box["x"] + x * box["width"], "y": box["y"] + dy, "id": i} for i, x in enumerate(shares)]
        screen.send("Input.dispatchTouchEvent", {"type": what, "touchPoints": points})

    def move(*places: tuple[float, float]):
        fingers("touchStart", places[0][0])
        fingers("touchStart", *places[0])
        for place in places[1:]:
            fingers("touchMove", *place)
        fingers("touchEnd")

    assert figure.page.get_by_text("pinch to zoom all pictures").is_visible()
    move((0.4, 0.6), (0.35, 0.65), (0.3, 0.7))
    for name in ("mel-spectrogram", "waveform"):
        wait_range(page, name, 8.29 / 4, 8.29 * 3 / 4)
    page.wait_for_function("() => location.search.includes('zoom=')")
    move((0.1, 0.9), (0.3, 0.7), (0.35, 0.65))
    wait_range(page, "waveform", 0, 8.29)
    assert page.evaluate("visualViewport.scale") == 1
    before = page.evaluate("scrollY")
    fingers("touchStart", 0.5)
    for dy in (20, 0, -20, -40):
        fingers("touchMove", 0.5, dy=dy)
    fingers("touchEnd")
    page.wait_for_function("(before) => scrollY > before + 20", arg=before)
    screen.detach()


def test_on_a_phone_in_the_dark(visit):
    visitor, page = opened(visit, width=390, height=844, dark=True)
    explain_themselves(visitor, tap=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not page.get_by_text("Hop (ms)").is_visible()  # the settings start closed, so the pictures are near
    assert not page.get_by_text("drag to zoom").count(), "a finger scrolls"
    pinch_zooms(visitor)
    page.get_by_role("button", name="Window and hop").click()
    set_number(page, "Window (ms)", 50)
    visitor.wait_words("stft", "window of 50 ms")
    for see in ("Time or frequency", "Why mel", "Sampling and aliasing", "Bit depth", "Sizes, downloads, code"):
        page.get_by_role("radio", name=see).check()
        page.wait_for_timeout(400)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), see
    page.locator(".lab-scroll[tabindex='0']", has_text="Representation").wait_for()  # scrolls, by keyboard too
    colour = page.evaluate(f"() => {PLOT % 'stft'}._fullLayout.font.color")
    page.get_by_role("button", name="Switch between light and dark").click()
    page.wait_for_function(f"(old) => {PLOT % 'stft'}._fullLayout.font.color !== old", arg=colour)
