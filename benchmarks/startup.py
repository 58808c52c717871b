"""Start and footprint of the whole Wikipedia NLP API: what it costs before anybody asks."""

import asyncio
import time
from contextlib import suppress

from benchmarks import whole_api
from benchmarks.load import closed, http_request, in_loop
from benchmarks.piece import Piece, Row
from benchmarks.plots import Bars
from benchmarks.report import Chapter
from benchmarks.server import Command, Server, started
from benchmarks.tables import Column, Table

CLIENTS = 8
SETTLE_S = 2  # after the first answer: lazy imports and health checks come to rest
SAMPLE_S = 1


def pieces(quick: bool) -> list[Piece]:
    """Each system of the whole API, once: a start takes long, and is much the same every time."""
    rest_s, requests = (2, CLIENTS) if quick else (10, 2 * CLIENTS)
    return [
        Piece("startup", name, 1, lambda name=name, it=it: measure(name, it, rest_s, requests))
        for name, it in whole_api.systems().items()
        if "," not in name  # a setting of a system starts like the system
        and (name == whole_api.OURS or not quick)
    ]


def measure(name: str, command: Command, rest_s: float, requests: int) -> list[Row]:
    """Start a system, leave it alone, then load it."""
    with whole_api.wikipedia(), started(command, name=f"startup-{name}") as server:
        start = {"measure": "start", "start_s": server.started_s, "cpu_s": server.cpu_s()}
        time.sleep(SETTLE_S)
        return [start, at_rest(server, rest_s), in_loop(under_load(server, command, requests))]


def at_rest(server: Server, seconds: float) -> Row:
    """What it uses while nobody asks."""
    processes, memory_mb, cpu_s = len(server.processes()), server.memory_mb(), server.cpu_s()
    time.sleep(seconds)
    return {
        "measure": "rest",
        "processes": processes,
        "memory_mb": memory_mb,
        "cpu_s_in_10_s": (server.cpu_s() - cpu_s) * 10 / seconds,
    }


async def under_load(server: Server, command: Command, requests: int) -> Row:
    """The most memory that was seen while clients asked for an article."""
    samples = [server.memory_mb()]

    async def sample() -> None:
        while True:
            await asyncio.sleep(SAMPLE_S)
            samples.append(await asyncio.to_thread(server.memory_mb))

    sampler = asyncio.create_task(sample())
    options = {} if command.json is None else {"method": "POST", "json": command.json}
    async with http_request(command.url, **options) as request:
        row = await closed(request, clients=CLIENTS, requests=requests, server=server)
    sampler.cancel()
    with suppress(asyncio.CancelledError):
        await sampler
    return {**row, "measure": "loaded", "memory_mb": max(samples)}


def footprint(measure: str, title: str) -> Bars:
    """A plot of memory."""
    return Bars(f"startup_{measure}.png", title, {"measure": measure}, "memory_mb", "memory, MB")


CHAPTER = Chapter(
    name="startup",
    title="Start and footprint",
    text=f"""\
The whole API of each system, from its command to its first answer about an article, with all files
in the operating system's cache. The embedded Wikipedia is a process of its own for all, and is not
counted. Memory is PSS of all processes: what several share is counted once. Under load:
{CLIENTS} clients ask for one article, and the most that was seen.""",
    tables=(
        Table(
            "From the command to the first answer",
            {"measure": "start"},
            (
                Column("start_s", "seconds", better="lower", digits=1),
                Column("cpu_s", "processor seconds", better="lower", digits=1),
            ),
        ),
        Table(
            "At rest",
            {"measure": "rest"},
            (
                Column("processes", "processes"),
                Column("memory_mb", "memory, MB", better="lower"),
                Column("cpu_s_in_10_s", "processor seconds in 10 s", better="lower", digits=2),
            ),
        ),
        Table(
            "Under load",
            {"measure": "loaded"},
            (Column("memory_mb", "memory, MB", better="lower"),),
        ),
    ),
    plots=(footprint("rest", "The whole API: memory at rest"),),
)
