"""Reading digits: in all light, in a box each, and well enough."""

from typing import Any

import numpy as np
import pytest

from course_lib.support.lessons.digit_reading import (
    cut_out,
    drawn_crops,
    enhance,
    find_digits,
    is_touching,
    recognise,
    train_recogniser,
)
from course_lib.support.lessons.digits import photograph

SENT = [3, 1, 4, 1, 5, 9, 2, 6]


class TestEnhance:
    def test_without_it_no_threshold_tells_ink_from_paper(self) -> None:
        photo = photograph(SENT)
        ink = enhance(photo) > 128
        brightest_ink = np.percentile(photo[ink], 95)
        darkest_paper = np.percentile(photo[~ink], 5)
        assert brightest_ink > darkest_paper

    def test_ink_is_the_same_in_all_light(self) -> None:
        page = np.full((140, 400), 200, np.uint8)
        page[50:90, 100:110] = page[50:90, 300:310] = 80
        light = np.linspace(1, 0.3, 400)
        in_light, in_dark = (
            enhance((page * light).astype(np.uint8))[60:80, column]
            for column in (slice(103, 107), slice(303, 307))
        )
        assert in_light.mean() == pytest.approx(255 * 0.6, abs=8)
        assert in_dark.mean() == pytest.approx(255 * 0.6, abs=8)

    @pytest.mark.parametrize("brightness", [0, 5, 128, 255])
    def test_a_page_without_strokes_has_no_ink(self, brightness: int) -> None:
        assert enhance(np.full((140, 300), brightness, np.uint8)).max() == 0

    @pytest.mark.parametrize("shape", [(1, 1), (1, 200), (200, 1)])
    def test_tiny_images(self, shape: tuple[int, int]) -> None:
        assert enhance(np.full(shape, 9, np.uint8)).shape == shape


class TestFindDigits:
    @pytest.mark.parametrize("seed", range(5))
    def test_a_box_for_each_digit_from_left_to_right(self, seed: int) -> None:
        boxes = find_digits(enhance(photograph(SENT, seed=seed)))
        assert len(boxes) == len(SENT)
        assert [left for left, *_ in boxes] == sorted(left for left, *_ in boxes)
        assert not any(map(is_touching, boxes))

    def test_a_box_is_tight(self) -> None:
        ink = np.zeros((100, 200), np.uint8)
        ink[20:90, 50:80] = 200
        ink[20:50, 120:150] = 200
        assert find_digits(ink) == [(50, 20, 30, 70), (120, 20, 30, 30)]

    def test_dirt_is_no_digit(self) -> None:
        ink = np.zeros((100, 200), np.uint8)
        ink[40:50, 50:60] = 255
        assert find_digits(ink) == []

    def test_an_empty_sheet(self) -> None:
        boxes = find_digits(enhance(photograph([])))
        assert boxes == []
        assert cut_out(enhance(photograph([])), boxes).shape == (0, 16, 16)

    def test_touching_digits_share_a_wide_box(self) -> None:
        ink = np.zeros((100, 200), np.uint8)
        ink[20:90, 50:85] = ink[20:90, 90:125] = 200
        assert not any(map(is_touching, find_digits(ink)))
        ink[50:55, 80:95] = 200
        [box] = find_digits(ink)
        assert is_touching(box)


def test_a_crop_keeps_its_proportions_and_uses_the_whole_scale() -> None:
    ink = np.zeros((100, 100), np.uint8)
    ink[10:90, 40:60] = 100
    [crop] = cut_out(ink, [(40, 10, 20, 80)])
    assert crop.max() == 1
    assert (crop.max(axis=1) > 0.5).all()
    assert np.flatnonzero(crop.max(axis=0) > 0.5).tolist() == [6, 7, 8, 9]


@pytest.fixture(scope="module")
def network() -> Any:
    """The network."""
    return train_recogniser()


class TestRecognise:
    def test_held_out_digits(self, network: Any) -> None:
        crops, values = drawn_crops(held_out=True)
        assert len(values) == 360
        assert np.mean([digit for digit, _ in recognise(network, crops)] == values) > 0.94

    def test_digits_on_photographs(self, network: Any) -> None:
        """Every seed has other samples, sizes and places."""
        right = 0
        for seed in range(15):
            ink = enhance(photograph(SENT, seed=seed))
            digits = [digit for digit, _ in recognise(network, cut_out(ink, find_digits(ink)))]
            right += sum(np.equal(digits, SENT)) if len(digits) == len(SENT) else 0
        assert right > 0.9 * 15 * len(SENT)

    def test_learning_is_repeatable(self, network: Any) -> None:
        crops, _ = drawn_crops(held_out=True)
        assert recognise(train_recogniser(), crops) == pytest.approx(recognise(network, crops))

    def test_probabilities_and_an_empty_list(self, network: Any) -> None:
        crops, _ = drawn_crops(held_out=True)
        assert all(0.1 <= probability <= 1 for _, probability in recognise(network, crops[:50]))
        assert recognise(network, crops[:0]) == []
