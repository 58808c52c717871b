"""The stages of a request in its header: their order, their beginnings, and whose they are."""

import asyncio

import pytest
from fastapi import FastAPI, HTTPException
from fastapi.middleware import Middleware
from fastapi.testclient import TestClient

from course_lib.support.server_timing import ServerTiming, timed

ROUNDING_MS = 0.2
api = FastAPI(middleware=[Middleware(ServerTiming)])


@api.get("/stages")
async def stages() -> list[str]:
    short_ended = asyncio.Event()

    async def short() -> str:
        short_ended.set()
        return "short"

    async def long() -> str:
        await short_ended.wait()
        return "long"

    first = await timed("first", short())
    short_ended.clear()
    return [first, *await asyncio.gather(timed("long", long()), timed("short", short()))]


@api.get("/fails")
async def fails() -> None:
    async def work() -> None:
        raise HTTPException(404)

    await timed("fetch", work())


@api.get("/untimed")
async def untimed() -> None:
    pass


@pytest.fixture(scope="module")
def client() -> TestClient:
    return TestClient(api)


def test_stages_are_named_as_they_end_and_overlap_as_they_did(client: TestClient) -> None:
    answer = client.get("/stages")
    assert answer.json() == ["short", "long", "short"]
    names, durations, starts = zip(
        *(stage.split(";") for stage in answer.headers["Server-Timing"].split(", ")), strict=True
    )
    assert names == ("first", "short", "long")
    dur = [float(part.removeprefix("dur=")) for part in durations]
    start = [float(part.removeprefix("start=")) for part in starts]
    assert 0 <= start[0] <= start[0] + dur[0] <= start[2] + ROUNDING_MS
    assert start[2] <= start[1] + ROUNDING_MS
    assert start[1] + dur[1] <= start[2] + dur[2] + ROUNDING_MS


def test_a_stage_that_fails_is_in_the_header_of_the_error(client: TestClient) -> None:
    answer = client.get("/fails")
    assert answer.status_code == 404
    assert answer.headers["Server-Timing"].startswith("fetch;dur=")


def test_each_request_has_its_own_stages(client: TestClient) -> None:
    for _ in range(2):
        assert client.get("/fails").headers["Server-Timing"].count("dur=") == 1
    assert "Server-Timing" not in client.get("/untimed").headers
