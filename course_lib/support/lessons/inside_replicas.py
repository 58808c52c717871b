"""Hands inside the replicas of an application: to ask or measure them, or to break them.

`running` is for applications of one deployment.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import ray
from ray import serve


def replicas(application: str) -> list[str]:
    """The actor names of an application's living replicas."""
    names = [actor["name"] for actor in ray.util.list_named_actors(all_namespaces=True)]
    return sorted(name for name in names if name.startswith(f"SERVE_REPLICA::{application}#"))


def running(application: str) -> int:
    """How many replicas of an application run, as far as the controller knows."""
    [deployment] = serve.status().applications[application].deployments.values()
    return deployment.replica_states.get("RUNNING", 0)


def inside(replica: str, function: Callable[[Any], Any]) -> Any:
    """Call a function with the object that serves in a replica, in the replica's process."""
    actor = ray.get_actor(replica, namespace="serve")
    call = actor.__ray_call__.remote(
        lambda _: function(serve.get_replica_context().servable_object)
    )
    return ray.get(call)


def memory_mb(application: str) -> dict[str, float]:
    """The memory that one replica of each deployment has to itself."""
    return {
        name.split("#")[1]: inside(name, lambda _: psutil.Process().memory_full_info().uss / 1e6)
        for name in replicas(application)
    }


def kill(replica: str) -> None:
    """End a replica's process at once, as an operating system does that is out of memory."""
    os.kill(inside(replica, lambda _: os.getpid()), signal.SIGKILL)
