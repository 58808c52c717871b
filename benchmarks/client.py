"""A request for loads of thousands a second: uvloop's sockets and httptools' parser, no more.

aiohttp, which `course_lib.support.load` uses, spends about as much processor time on a request as
the fastest server here; on 2 cores it would measure itself. This client keeps connections open,
one for each request under way, and reads what it needs: the status and the end of the body. Both
libraries come with uvicorn. HTTP/1.1 to 127.0.0.1, nothing else.

    async with fast_request(url, body) as request:
        load = await closed_loop(request, clients=32, requests=10_000)
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httptools

from course_lib.support.load import BadStatus

TIMEOUT_S = 30


class Connection(asyncio.Protocol):
    """A connection that carries one request at a time."""

    def __init__(self) -> None:
        self.transport: Any = None
        self.answer: asyncio.Future[int] | None = None
        self.parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: Any) -> None:
        """Keep what to write to."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError as error:
            self.fail(error)

    def on_message_complete(self) -> None:
        """The answer is whole."""
        status, keep = self.parser.get_status_code(), self.parser.should_keep_alive()
        if not keep:
            self.transport.close()
        self.parser = httptools.HttpResponseParser(self)
        if self.answer and not self.answer.done():
            self.answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        """The other side left."""
        self.fail(error or ConnectionResetError("closed before the answer"))

    def fail(self, error: Exception) -> None:
        """End the request that is under way."""
        if self.answer and not self.answer.done():
            self.answer.set_exception(error)

    async def send(self, request: bytes) -> int:
        """Send a request; return the status of its answer."""
        loop = asyncio.get_running_loop()
        self.answer = loop.create_future()
        self.transport.write(request)
        timer = loop.call_later(TIMEOUT_S, self.fail, TimeoutError())
        try:
            return await self.answer
        finally:
            timer.cancel()


@asynccontextmanager
async def fast_request(url: str, body: Any) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """A POST of JSON, to be sent again and again. Raises BadStatus for any status but 2xx."""
    parts = urlsplit(url)
    content = json.dumps(body).encode()
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    request = head.encode() + content
    idle: list[Connection] = []

    async def connection() -> Connection:
        while idle:
            if not (known := idle.pop()).transport.is_closing():
                return known
        loop = asyncio.get_running_loop()
        return (await loop.create_connection(Connection, parts.hostname, parts.port))[1]

    async def send() -> None:
        it = await connection()
        try:
            status = await it.send(request)
        except BaseException:
            it.transport.abort()
            raise
        idle.append(it)
        if not 200 <= status < 300:
            raise BadStatus(f"HTTP {status}")

    try:
        yield send
    finally:
        for it in idle:
            it.transport.close()
