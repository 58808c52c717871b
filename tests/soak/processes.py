"""The processes that Serve consists of: which there are, how large they are, and how they die."""

import os
import signal
from typing import TypeVar

import psutil
import ray
from ray.exceptions import GetTimeoutError, RayActorError

from tests.waiting import wait_until

SERVE_NAMESPACE = "serve"
CONTROLLER = "SERVE_CONTROLLER_ACTOR"
PROXY = "SERVE_PROXY_ACTOR"
REPLICA = "SERVE_REPLICA::"
ANSWER_LIMIT_S = 5

Found = TypeVar("Found")


def serve_processes() -> dict[str, int]:
    """The process id of each of Serve's actors that answers, by the actor's name.

    A replica is called `SERVE_REPLICA::application#deployment#id`.
    """
    found = {}
    for actor in ray.util.list_named_actors(all_namespaces=True):
        if actor["namespace"] == SERVE_NAMESPACE:
            try:
                handle = ray.get_actor(actor["name"], SERVE_NAMESPACE)
                asked = handle.__ray_call__.remote(lambda _: os.getpid())
                found[actor["name"]] = ray.get(asked, timeout=ANSWER_LIMIT_S)
            except (ValueError, RayActorError, GetTimeoutError):
                continue  # it died a moment ago, or starts
    return found


def processes_of(victim: str) -> dict[str, int]:
    """The processes of "proxy", of "controller", or of a deployment, `application#deployment`."""
    prefix = {"proxy": PROXY, "controller": CONTROLLER}.get(victim, f"{REPLICA}{victim}#")
    return {name: pid for name, pid in serve_processes().items() if name.startswith(prefix)}


def kill(victim: str, within_s: float = 15) -> None:
    """Send SIGKILL to one process of a victim, once there is one."""
    found = wait_until(lambda: processes_of(victim), f"there is a {victim}", within_s)
    os.kill(min(found.values()), signal.SIGKILL)


def memory_mb() -> float:
    """The resident memory of all of Serve's processes."""
    return sum(psutil.Process(pid).memory_info().rss for pid in serve_processes().values()) / 1e6


def processor_s(victim: str) -> float:
    """The processor time that a deployment's replicas have used since they started."""
    times = [psutil.Process(pid).cpu_times() for pid in processes_of(victim).values()]
    return sum(time.user + time.system for time in times)
