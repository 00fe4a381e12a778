"""Each change does what it says: known answers, and the same numbers as scipy, soxr and librosa."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.augmentation import band, codec, level, masks, mix, noise, rate, room
from algorithms.augmentation.table import TRANSFORMS, apply, find
from algorithms.signal import mu_law
from tests.helpers.augmentation import MATERIAL, RATE, tone, voice


def loudest_hz(y: np.ndarray) -> float:
    middle = y[len(y) // 8 : -len(y) // 8]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 1 << 17))
    return float(spectrum.argmax() * RATE / (1 << 17))


def rms_db(y: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.asarray(y, float) ** 2)))


class TestLevel:
    def test_gain_is_decibels(self):
        y = voice()
        assert rms_db(level.gain(y, -12)) == pytest.approx(rms_db(y) - 12, abs=1e-4)
        np.testing.assert_array_equal(level.gain(y, 0), y)

    def test_polarity_leaves_every_magnitude_as_it_is(self):
        y = voice()
        np.testing.assert_array_equal(level.invert(level.invert(y)), y)
        np.testing.assert_array_equal(np.abs(np.fft.rfft(level.invert(y))), np.abs(np.fft.rfft(y)))

    def test_clipping_flattens_above_the_ceiling_and_keeps_the_peak(self):
        y = tone(100)
        out = level.clip(y, 6.0206)  # a ceiling at half of the peak: a sine is above it for a third of each half wave
        assert np.abs(out).max() == pytest.approx(np.abs(y).max(), rel=1e-5)
        assert np.mean(np.abs(out) > 0.999 * np.abs(out).max()) == pytest.approx(2 / 3, abs=0.01)
        np.testing.assert_allclose(level.clip(y, 0), y, atol=1e-7)


class TestNoise:
    @pytest.mark.parametrize("snr_db", [-10.0, 0.0, 7.5, 40.0])
    def test_the_ratio_is_what_was_asked_for(self, snr_db):
        y, added = voice(), np.random.default_rng(3).standard_normal(5000)
        difference = noise.add_noise(y, added, snr_db).astype(float) - y
        assert rms_db(y) - rms_db(difference) == pytest.approx(snr_db, abs=0.01)

    @pytest.mark.parametrize("slope_db", [0.0, -3.0, -6.0])
    def test_the_slope_is_decibels_an_octave(self, slope_db):
        from scipy.signal import welch

        hz, power = welch(noise.coloured(200_000, np.random.default_rng(0), slope_db), RATE, nperseg=4096)
        used = (hz > 100) & (hz < 6000)
        slope = np.polyfit(np.log2(hz[used]), 10 * np.log10(power[used]), 1)[0]
        assert slope == pytest.approx(slope_db, abs=0.2)

    def test_silence_has_no_ratio(self):
        with pytest.raises(ValueError, match="sound is silent"):
            noise.add_noise(np.zeros(10, np.float32), np.ones(10), 5)
        with pytest.raises(ValueError, match="noise is silent"):
            noise.add_noise(np.ones(10, np.float32), np.zeros(10), 5)

    def test_babble_is_one_wide_sound_of_unit_power(self):
        y = noise.babble(8000, np.random.default_rng(0), list(MATERIAL.voices))
        assert len(y) == 8000
        assert np.mean(y**2) == pytest.approx(1)


class TestRoom:
    def test_it_is_convolution(self):
        from scipy.signal import fftconvolve

        y, h = voice(), np.random.default_rng(0).standard_normal(3000) * np.exp(-np.arange(3000) / 400)
        h[0] = 5.0  # the direct sound
        wanted = fftconvolve(y.astype(float), h)[: len(y)]
        out = room.reverberate(y, h)
        np.testing.assert_allclose(out, wanted * np.sqrt(np.mean(y**2) / np.mean(wanted**2)), atol=1e-5)

    def test_the_direct_sound_stays_in_its_place(self):
        click = np.zeros(2000, np.float32)
        click[700] = 1
        out = room.reverberate(click, np.r_[np.zeros(333), 1.0, np.zeros(99), 0.5])
        assert [int(i) for i in np.flatnonzero(np.abs(out) > 0.1)] == [700, 800]

    def test_images_stand_where_mirrors_put_them(self):
        # Talker and microphone 2 m apart in the middle of a large room: the nearest images are those in floor and
        # ceiling, 3 m away: the path to each is the square root of 2^2 + 3^2.
        h = room.shoebox((20, 20, 3), (9, 10, 1.5), (11, 10, 1.5), 1.0, order=4)
        direct, bounced = round(2 / 343 * RATE), round(np.sqrt(13) / 343 * RATE)
        assert int(np.flatnonzero(h)[0]) == direct
        assert h[direct] == pytest.approx(1 / 2)
        volume, surface = 20 * 20 * 3, 2 * (400 + 60 + 60)
        reflection = np.exp(-0.161 * volume / (1.0 * surface) / 2)
        assert h[bounced] == pytest.approx(2 * reflection / np.sqrt(13))
        assert not h[direct + 1 : bounced].any()

    def test_the_reverberation_time_is_about_what_was_asked_for(self):
        found = [room.measured_decay_s(room.random_shoebox(np.random.default_rng(i), 0.5)) for i in range(5)]
        assert 0.35 < np.median(found) < 0.75
        exact = np.random.default_rng(0).standard_normal(RATE) * 10 ** (-3 * np.arange(RATE) / (0.4 * RATE))
        assert room.measured_decay_s(exact) == pytest.approx(0.4, rel=0.05)

    def test_nobody_stands_in_a_wall(self):
        with pytest.raises(ValueError, match="inside the room"):
            room.shoebox((4, 4, 3), (4, 1, 1), (1, 1, 1), 0.5)
        with pytest.raises(ValueError, match="reverberation time"):
            room.shoebox((4, 4, 3), (2, 1, 1), (1, 1, 1), 9.0)


class TestRate:
    def test_speed_moves_time_and_frequency(self):
        y = rate.speed(tone(400), 1.25)
        assert len(y) == round(RATE / 1.25)
        assert loudest_hz(y) == pytest.approx(500, abs=1)

    def test_speed_is_resampling(self):
        import librosa

        y = voice()
        wanted = librosa.resample(y, orig_sr=20_000, target_sr=16_000, res_type="soxr_hq")
        np.testing.assert_allclose(rate.speed(y, 1.25), wanted[: round(len(y) / 1.25)], atol=2e-3)

    def test_tempo_moves_time_alone(self):
        y = rate.tempo(tone(400), 1.25)
        assert len(y) == pytest.approx(RATE / 1.25, abs=2)
        assert loudest_hz(y) == pytest.approx(400, abs=2)

    def test_pitch_moves_frequency_alone(self):
        y = rate.pitch(tone(400), 4)
        assert len(y) == RATE
        assert loudest_hz(y) == pytest.approx(400 * 2 ** (4 / 12), abs=3)


class TestBand:
    def test_three_decibels_at_the_cutoff_and_nothing_beyond(self):
        inside = slice(4000, None)  # past the filter's beginning
        for cut, hz, least, most in (
            (band.low_pass, 2000, -3.1, -2.9), (band.low_pass, 500, -0.1, 0.1), (band.low_pass, 4000, -99, -45),
            (band.high_pass, 2000, -3.1, -2.9), (band.high_pass, 6000, -0.1, 0.1), (band.high_pass, 1000, -99, -45),
        ):  # fmt: skip
            y = tone(hz)
            assert least <= rms_db(cut(y, 2000)[inside]) - rms_db(y[inside]) <= most, (cut.__name__, hz)

    def test_gaps_are_silent_and_the_rest_is_as_it_was(self):
        y = voice()
        out = band.drop_time(y, 4, 100, np.random.default_rng(0))
        kept = out != 0
        np.testing.assert_array_equal(out[kept], y[kept])
        assert 0 < np.sum(~kept) <= 4 * 1600
        np.testing.assert_array_equal(band.drop_time(y, 0, 100, np.random.default_rng(0)), y)

    def test_the_short_time_spectrum_comes_back(self):
        y = voice()
        np.testing.assert_allclose(band.filtered(y, lambda n: np.ones((n, 257))), y, atol=1e-6)

    def test_a_dropped_band_is_gone_and_another_one_stays(self):
        y = tone(1000) + tone(5000)
        out = band.filtered(y, lambda n: np.broadcast_to(np.arange(257) * 31.25 < 3000, (n, 257)))
        np.testing.assert_allclose(out[800:-800], tone(1000)[800:-800], atol=2e-3)


class TestCodec:
    def test_mu_law_is_librosas(self):
        import librosa

        x = np.linspace(-1, 1, 1001)
        bent = librosa.mu_compress(x, mu=255, quantize=False)
        np.testing.assert_array_equal(mu_law.encode(x), np.rint((bent + 1) / 2 * 255).astype(int))
        np.testing.assert_allclose(mu_law.decode((bent + 1) / 2 * 255), x, atol=1e-9)

    def test_soft_samples_are_rounded_as_finely_as_loud_ones(self):
        for x in (0.9, 0.1, 0.01):
            steps = np.diff(mu_law.decode(mu_law.encode(np.array([x])) + np.arange(2)))
            assert steps[0] < 0.07 * x  # (x + 1 / 255) ln 256 * 2 / 255, of x

    def test_a_telephone_has_its_band_and_keeps_time(self):
        y = voice()
        out = codec.telephone(y)
        power, before = (np.abs(np.fft.rfft(v)) ** 2 for v in (out, y))
        assert len(out) == len(y)
        assert power[4300:].sum() < 1e-3 * power.sum()
        assert 0.5 < power[500:2500].sum() / before[500:2500].sum() < 1.5

    @pytest.mark.parametrize("through", [codec.mp3, codec.opus])
    def test_many_bits_leave_the_sound_in_place_and_few_bits_leave_less(self, through):
        y = voice()
        good, poor = through(y, 64), through(y, 8)
        assert len(good) == len(poor) == len(y)
        assert np.corrcoef(good, y)[0, 1] > 0.95
        errors = [np.mean((v - y) ** 2) for v in (good, poor)]
        assert errors[0] < errors[1]


class TestMasks:
    def test_holes_are_as_many_and_as_wide_as_allowed(self):
        for seed in range(50):
            found = masks.draw_masks(100, 40, np.random.default_rng(seed), longest=30, widest=10, most=0.2)
            assert [m.axis for m in found] == ["time", "time", "frequency", "frequency"]
            assert all(0 <= m.end - m.start <= (20 if m.axis == "time" else 10) for m in found)
            assert all(m.start >= 0 and m.end <= (100 if m.axis == "time" else 40) for m in found)

    def test_holes_hold_the_mean_and_the_rest_is_as_it_was(self):
        mel = np.random.default_rng(0).standard_normal((20, 8)).astype(np.float32)
        before = mel.copy()
        out = masks.apply_masks(mel, (masks.Mask("time", 3, 6), masks.Mask("frequency", 0, 2)))
        np.testing.assert_array_equal(mel, before)
        hole = np.zeros((20, 8), bool)
        hole[3:6], hole[:, :2] = True, True
        np.testing.assert_allclose(out[hole], mel.mean(), rtol=1e-6)
        np.testing.assert_array_equal(out[~hole], mel[~hole])

    def test_a_warp_moves_one_frame_and_keeps_the_ends(self):
        mel = np.arange(20.0)[:, None].repeat(3, 1)
        out = masks.warp_time(mel, 4, 8)
        assert (out[0, 0], out[12, 0], out[-1, 0]) == (0, pytest.approx(8), pytest.approx(19))
        np.testing.assert_allclose(masks.warp_time(mel, 0, 8), mel)
        with pytest.raises(ValueError, match="inside the spectrogram"):
            masks.warp_time(mel, 15, 8)


def test_mixup_blends_sounds_of_one_level_and_their_labels():
    a, b = tone(400), tone(1000, amplitude=0.05)
    y, label = mix.mixup(a, b, 0.7, np.array([1, 0]), np.array([0, 1]))
    np.testing.assert_allclose(label, [0.7, 0.3])
    np.testing.assert_allclose(y, 0.7 * a + 0.3 * 6 * b, atol=1e-3)
    assert mix.mixup(a, b, 1.0)[1] is None


@pytest.mark.parametrize("transform", TRANSFORMS, ids=lambda t: t.slug)
class TestEvery:
    def test_it_gives_finite_sound_and_the_same_for_the_same_seed(self, transform):
        y = voice()
        before = y.copy()
        out = apply(transform.slug, y, {}, 5, MATERIAL)
        assert (out.dtype, out.ndim) == (np.float32, 1)
        assert np.isfinite(out).all()
        np.testing.assert_array_equal(y, before)
        np.testing.assert_array_equal(out, apply(transform.slug, y, {}, 5, MATERIAL))

    def test_what_chains_draw_lies_in_the_range(self, transform):
        for seed in range(20):
            for strength in (0.0, 0.5, 1.0):
                drawn = transform.draw(np.random.default_rng(seed), strength)
                assert set(drawn) <= {a.name for a in transform.amounts}
                for a in transform.amounts:
                    if a.name in drawn and isinstance(drawn[a.name], float):
                        assert a.low - 1e-9 <= drawn[a.name] <= a.high + 1e-9, (a.name, drawn)

    def test_it_can_be_read(self, transform):
        assert "def " in transform.code()
        assert transform.words(transform.usual()).startswith(transform.title)
        assert transform.does.endswith(".")
        assert transform.beware.endswith(".")

    def test_what_is_no_sound_is_refused_in_a_sentence(self, transform):
        for bad in (np.zeros((2, 9)), np.zeros(9, int), np.zeros(0), np.array([0.1, np.nan])):
            with pytest.raises(ValueError, match=r"\.$"):
                apply(transform.slug, bad, {}, 0, MATERIAL)


def test_amounts_beyond_their_range_are_refused():
    for slug, amounts in (("gain", {"gain_db": 99.0}), ("speed", {"speed": 9.0}), ("pitch", {"semitones": 30.0})):
        with pytest.raises(ValueError, match="goes from"):
            apply(slug, voice(), amounts, 0, MATERIAL)
    with pytest.raises(ValueError, match="There is no change"):
        find("reverse")
