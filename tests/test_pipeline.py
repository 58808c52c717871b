"""The pipeline: its answer, its driver without a model, and all of it served."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pytest
import requests
from ray import serve

from course_lib.pipeline import BAD_IMAGE, DigitReader, reading_of
from course_lib.support.lessons.digit_reading import enhance, find_digits
from course_lib.support.lessons.digits import photograph, png
from course_lib.support.lessons.uploads import MAX_UPLOAD_BYTES
from tests.problems import assert_problem
from tests.serve_run import serve_run
from tests.waiting import LONG_S

SENT = [3, 1, 4, 1, 5, 9, 2, 6]
BOX, WIDE_BOX = (10, 20, 40, 80), (60, 20, 90, 80)


class TestReadingOf:
    def test_digits(self) -> None:
        reading = reading_of([(BOX, 7, 0.98765), (BOX, 1, 0.5)])
        assert reading.text == "71"
        assert reading.digits[0].model_dump() == {"digit": 7, "probability": 0.9877, "box": BOX}

    def test_digits_that_touch_are_not_read(self) -> None:
        reading = reading_of([(BOX, 7, 0.9), (WIDE_BOX, 8, 0.99)])
        assert reading.text == "7?"
        assert reading.digits[1].model_dump() == {
            "digit": None,
            "probability": None,
            "box": WIDE_BOX,
        }

    def test_nothing(self) -> None:
        assert reading_of([]).model_dump() == {"text": "", "digits": []}


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
            (png(np.zeros((1_001, 1_000), np.uint8)), BAD_IMAGE),
            (b"", "about:blank"),
            (png(photograph([])) + bytes(MAX_UPLOAD_BYTES), "about:blank"),
        ],
        ids=["text", "half", "large", "empty", "long"],
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
        assert BAD_IMAGE in operation["responses"]["422"]["description"]
