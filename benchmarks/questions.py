"""A client that asks one question after another from a list, and checks the status of each answer.

`course_lib.support.load` sends one request again and again; here no two in a row are the same, and
a refusal may be the right answer.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import aiohttp

from course_lib.support.load import BadStatus, Request

TIMEOUT_S = 60


@dataclass(frozen=True)
class Question:
    """A GET with `params`, or a POST of `json`, and the status that answers it."""

    url: str
    name: str = ""  # under which its answer is kept
    params: Any = None
    json: Any = None
    status: int = 200

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.json is None else "POST"


@asynccontextmanager
async def asker(
    questions: Sequence[Question], answers: dict[str, bytes] | None = None
) -> AsyncIterator[Request]:
    """A request that asks the next question each time, and the first again after the last.

    It raises BadStatus for another status than the question's. `answers` collects the bodies, by
    name.
    """
    following = cycle(questions)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0),  # no queue here: the service's own is measured
        timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
    ) as session:

        async def ask() -> None:
            it = next(following)
            async with session.request(
                it.method, it.url, params=it.params, json=it.json, allow_redirects=False
            ) as answer:
                body = await answer.read()
                if answer.status != it.status:
                    raise BadStatus(f"HTTP {answer.status}")
                if answers is not None:
                    answers[it.name] = body

        yield ask
