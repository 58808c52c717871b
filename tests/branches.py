"""The two branches of lesson 07 as stand-ins, which do what a test tells them."""

import asyncio

from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.support.lessons import inside_replicas
from course_lib.support.lessons.inside_replicas import replicas
from tests.waiting import LONG_S, wait_until

SECRET = "no room on device 3"
RESULTS = {
    "sentiment": {"label": "positive", "score": 0.5},
    "summary": "A summary.",
}


@serve.deployment(
    ray_actor_options={"num_cpus": 0},
    max_ongoing_requests=100,
    graceful_shutdown_wait_loop_s=0.1,
    health_check_period_s=1,
)
class Branches:
    """Both branches in one replica. Each answers, fails, waits, or meets the others."""

    def __init__(self) -> None:
        self.obey({}, 1)

    def obey(self, orders: dict[str, str], meet: int) -> None:
        """Give orders to branches by name; `meet` branches wait for each other."""
        self.orders = orders
        self.meeting = asyncio.Barrier(meet)
        self.waiting: list[str] = []
        self.asked: list[str] = []

    async def work(self, name: str) -> object:
        self.asked.append(name)
        order = self.orders.get(name, "answer")
        if order == "fail":
            raise MemoryError(SECRET)
        if order == "wait":
            self.waiting.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                self.waiting.remove(name)
        if order == "meet":
            await self.meeting.wait()
        return RESULTS[name]

    async def sentiment(self, sentences: list[str]) -> object:
        return await self.work("sentiment")

    async def summary(self, sentences: list[str]) -> object:
        return await self.work("summary")

    async def who_waits(self) -> list[str]:
        return sorted(self.waiting)

    async def who_was_asked(self) -> list[str]:
        return sorted(self.asked)


def stand_ins() -> DeploymentHandle:
    """A handle to the branches, which must run as the application `branches`."""
    return serve.get_deployment_handle("Branches", "branches")


def obey(meet: int = 1, **orders: str) -> None:
    """Give orders to branches by name; those without an order answer."""
    stand_ins().obey.remote(orders, meet).result(timeout_s=LONG_S)


def asked() -> list[str]:
    """Which branches were asked since the last orders."""
    return stand_ins().who_was_asked.remote().result(timeout_s=LONG_S)


def wait_until_they_wait(*waiting: str) -> None:
    """Return when these branches wait, and no other."""
    who_waits = stand_ins().who_waits
    wait_until(
        lambda: who_waits.remote().result(timeout_s=LONG_S) == sorted(waiting), f"{waiting} wait"
    )


def kill() -> None:
    """Kill the replica in which all branches are."""
    [name] = replicas("branches")
    inside_replicas.kill(name)
