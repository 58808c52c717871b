"""The pipeline: its stages as plain functions, its driver without a model, and all of it served."""

import asyncio
import io
import random
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import requests
import torch
from PIL import Image
from ray import serve

from course_lib.pipeline import (
    BAD_IMAGE,
    MAX_PIXELS,
    MAX_UPLOAD_BYTES,
    BadImage,
    DigitReader,
    cut_out,
    drawn_crops,
    enhance,
    find_digits,
    is_touching,
    read_image,
    reading_of,
    recognise,
    server_timing,
    train_recogniser,
)
from course_lib.support.lessons.digits import photograph, png
from tests.problems import assert_problem
from tests.serve_run import serve_run
from tests.waiting import LONG_S

SENT = [3, 1, 4, 1, 5, 9, 2, 6]
BOX, WIDE_BOX = (10, 20, 40, 80), (60, 20, 90, 80)


def encoded(image: Image.Image) -> bytes:
    """The bytes of a PNG file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    body = kind + content
    return len(content).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def bomb(side: int) -> bytes:
    """A small PNG file whose head says that the image is a square of that side."""
    size = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
    content = zlib.compress(bytes(100_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", content)


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
def network() -> Iterator[Any]:
    """The network, with one thread as in a replica: for so small a one, two are slower."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield train_recogniser()
    torch.set_num_threads(threads)


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

    def test_learning_is_repeatable_and_leaves_the_random_state_alone(self, network: Any) -> None:
        torch.manual_seed(7)
        expected = torch.rand(1)
        torch.manual_seed(7)
        again = train_recogniser()
        assert torch.rand(1) == expected
        for one, other in zip(network.parameters(), again.parameters(), strict=True):
            assert torch.allclose(one, other, atol=1e-3)

    def test_probabilities_and_an_empty_list(self, network: Any) -> None:
        crops, _ = drawn_crops(held_out=True)
        assert all(0.1 <= probability <= 1 for _, probability in recognise(network, crops[:50]))
        assert recognise(network, crops[:0]) == []


class TestReadImage:
    def test_what_was_written_is_read(self) -> None:
        photo = photograph(SENT)
        assert (read_image(png(photo)) == photo).all()

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
    def test_every_mode_becomes_grey(self, mode: str) -> None:
        image = read_image(encoded(Image.new("L", (30, 20), 255).convert(mode)))
        assert image.dtype == np.uint8
        assert image.shape == (20, 30)
        assert (image == 255).all()

    def test_transparent_parts_are_white(self) -> None:
        assert (read_image(encoded(Image.new("RGBA", (5, 5), (0, 0, 0, 0)))) == 255).all()

    @pytest.mark.parametrize(
        ("upload", "reason"),
        [
            (b"", "not a PNG"),
            (b"3 1 4 1 5", "not a PNG"),
            (b"\xff\xd8\xff\xe0" + bytes(100), "not a PNG"),
            (png(photograph(SENT))[:5_000], "damaged"),
            (png(photograph(SENT))[:20], "damaged"),
            (bomb(1_001), "more than 1,000,000 pixels"),
            (bomb(20_000), "more than 1,000,000 pixels"),
            (encoded(Image.new("I;16", (5, 5))), "16 bits"),
        ],
        ids=["empty", "text", "jpeg", "half", "head", "large", "bomb", "16 bits"],
    )
    def test_what_is_refused_and_why(self, upload: bytes, reason: str) -> None:
        with pytest.raises(BadImage, match=reason):
            read_image(upload)

    def test_as_many_pixels_as_allowed(self) -> None:
        assert read_image(encoded(Image.new("L", (1_000, 1_000)))).size == MAX_PIXELS

    def test_a_file_with_random_faults_is_read_or_refused(self) -> None:
        source = random.Random(0)
        whole = png(photograph(SENT))
        refused = 0
        for _ in range(300):
            broken = bytearray(whole)
            for _ in range(3):
                broken[source.randrange(len(broken))] = source.randrange(256)
            try:
                read_image(bytes(broken))
            except BadImage:
                refused += 1
        assert refused > 250


class TestReadingOf:
    def test_digits(self) -> None:
        reading = reading_of([(7, 0.98765), (1, 0.5)], [BOX, BOX])
        assert reading.text == "71"
        assert reading.digits[0].model_dump() == {"digit": 7, "probability": 0.9877, "box": BOX}

    def test_digits_that_touch_are_not_read(self) -> None:
        reading = reading_of([(7, 0.9), (8, 0.99)], [BOX, WIDE_BOX])
        assert reading.text == "7?"
        assert reading.digits[1].model_dump() == {
            "digit": None,
            "probability": None,
            "box": WIDE_BOX,
        }

    def test_nothing(self) -> None:
        assert reading_of([], []).model_dump() == {"text": "", "digits": []}


def test_server_timing_says_what_is_left_between_the_stages() -> None:
    assert (
        server_timing({"one": 1.25, "two": 2.0}, 10) == "one;dur=1.2, two;dur=2.0, between;dur=6.8"
    )
    assert server_timing({"one": 5.0}, 4).endswith("between;dur=0.0")


class Response:
    """What a handle returns. Only the last of a pipeline may be awaited."""

    def __init__(self, name: str, argument: object, awaited: list[str]) -> None:
        self.name, self.argument, self.awaited = name, argument, awaited

    def __await__(self):
        self.awaited.append(self.name)
        yield from ()
        return "the result"


def test_the_driver_passes_responses_on_and_awaits_the_last() -> None:
    awaited: list[str] = []
    made: list[Response] = []

    def handle(name: str) -> SimpleNamespace:
        def remote(argument: object) -> Response:
            made.append(Response(name, argument, awaited))
            return made[-1]

        return SimpleNamespace(remote=remote)

    names = ("enhancement", "detection", "recognition")
    driver = SimpleNamespace(**{name: handle(name) for name in names})
    read_digits = DigitReader.func_or_class.read_digits
    assert asyncio.run(read_digits(driver, "an image")) == "the result"
    assert [response.name for response in made] == list(names)
    assert [response.argument for response in made] == ["an image", made[0], made[1]]
    assert awaited == ["recognition"]


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application."""
    with serve_run("pipeline", cluster_url) as url:
        yield url


def read(url: str, body: bytes, content_type: str = "image/png") -> requests.Response:
    headers = {"Content-Type": content_type}
    return requests.post(f"{url}/read", data=body, headers=headers, timeout=LONG_S)


class TestService:
    def test_a_photograph(self, url: str) -> None:
        photo = photograph(SENT, seed=3)
        response = read(url, png(photo))
        assert response.status_code == 200
        answer = response.json()
        assert answer["text"] == "31415926"
        boxes = [tuple(digit["box"]) for digit in answer["digits"]]
        assert boxes == find_digits(enhance(photo))
        assert "".join(str(digit["digit"]) for digit in answer["digits"]) == answer["text"]

    def test_its_times(self, url: str) -> None:
        header = read(url, png(photograph(SENT))).headers["Server-Timing"]
        stages = dict(stage.split(";dur=") for stage in header.split(", "))
        names = ["decoding", "enhancement", "detection", "recognition", "between"]
        assert list(stages) == names
        assert all(float(stages[name]) >= 0 for name in names)

    def test_an_empty_sheet(self, url: str) -> None:
        response = read(url, png(photograph([])))
        assert response.status_code == 200
        assert response.json() == {"text": "", "digits": []}

    def test_touching_digits(self, url: str) -> None:
        photo = photograph([8, 8], gap_px=-35)
        [box] = find_digits(enhance(photo))
        answer = read(url, png(photo)).json()
        assert answer == {
            "text": "?",
            "digits": [{"digit": None, "probability": None, "box": list(box)}],
        }

    @pytest.mark.parametrize(
        ("body", "type"),
        [
            (b"3 1 4 1 5", BAD_IMAGE),
            (png(photograph(SENT))[:5_000], BAD_IMAGE),
            (bomb(20_000), BAD_IMAGE),
            (b"", "about:blank"),
            (png(photograph([])) + bytes(MAX_UPLOAD_BYTES), "about:blank"),
        ],
        ids=["text", "half", "bomb", "empty", "long"],
    )
    def test_a_broken_upload(self, url: str, body: bytes, type: str) -> None:
        assert assert_problem(read(url, body), 422)["type"] == type

    @pytest.mark.parametrize("content_type", ["application/json", "application/x-thing", ""])
    def test_another_content_type(self, url: str, content_type: str) -> None:
        """The bytes decide, except where the header says that they are JSON."""
        status = 400 if content_type == "application/json" else 200
        assert read(url, png(photograph([])), content_type).status_code == status

    def test_each_stage_has_its_own_number_of_replicas(self, url: str) -> None:
        deployments = serve.status().applications["pipeline"].deployments
        running = {name: d.replica_states["RUNNING"] for name, d in deployments.items()}
        assert running == {"DigitReader": 1, "Enhancement": 2, "Detection": 1, "Recognition": 1}

    def test_many_clients_get_the_answers_that_one_gets(self, url: str) -> None:
        photos = [png(photograph(SENT[:count])) for count in range(6)]
        alone = [read(url, photo).json() for photo in photos]
        with ThreadPoolExecutor(len(photos)) as clients:
            together = list(clients.map(lambda photo: read(url, photo).json(), photos))
        assert [len(answer["digits"]) for answer in alone] == list(range(6))
        assert together == alone

    def test_the_openapi_document_names_the_upload_and_the_answers(self, url: str) -> None:
        operation = requests.get(f"{url}/openapi.json", timeout=LONG_S).json()["paths"]["/read"][
            "post"
        ]
        assert set(operation["requestBody"]["content"]) == {"image/png"}
        assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}
