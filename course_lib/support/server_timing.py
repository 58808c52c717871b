"""How long each stage of a request took, in its answer's header Server-Timing.

With `FastAPI(middleware=[Middleware(ServerTiming)])`, each `await timed("fetch", work)` of a route
adds `fetch;dur=12.3;start=0.4` to the header, in the order in which the stages end: milliseconds,
`start` counted from the arrival of the request. Errors that the application answers have it, too.

Source: https://www.w3.org/TR/server-timing/. `start` is ours; clients ignore what they don't know.
"""

from collections.abc import Awaitable
from contextvars import ContextVar
from time import perf_counter
from typing import TypeVar

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Result = TypeVar("Result")


class _Stages(list[str]):
    """The stages of one request that have ended."""

    def __init__(self) -> None:
        self.arrival = perf_counter()


_stages: ContextVar[_Stages] = ContextVar("stages")


async def timed(stage: str, work: Awaitable[Result]) -> Result:
    """The result of `work`, whose time is noted, also where it raises an error.

    Raises:
        LookupError: not in a request of an application with this middleware.
    """
    stages, start = _stages.get(), perf_counter()
    try:
        return await work
    finally:
        took_ms, start_ms = 1000 * (perf_counter() - start), 1000 * (start - stages.arrival)
        stages.append(f"{stage};dur={took_ms:.1f};start={start_ms:.1f}")


class ServerTiming:
    """Middleware: adds the header to each answer of a route that has timed a stage."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        stages = _Stages()
        _stages.set(stages)

        async def send_with_header(message: Message) -> None:
            if message["type"] == "http.response.start" and stages:
                MutableHeaders(scope=message)["Server-Timing"] = ", ".join(stages)
            await send(message)

        await self.app(scope, receive, send_with_header)
