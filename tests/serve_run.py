"""Starts a lesson's application in the tests' cluster as the lesson says: with `serve run`."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import ray
from ray import serve
from ray.serve.schema import ApplicationStatus

START_LIMIT_S = 120


@contextmanager
def serve_run(name: str, cluster_url: str) -> Iterator[str]:
    """Run the application of `course_lib.NAME` under its own name, and yield its URL.

    At the end it is deleted, and nobody waits until its replicas have stopped.
    """
    command = [Path(sys.executable).with_name("serve"), "run", f"course_lib.{name}:app"]
    cluster = ["--address", ray.get_runtime_context().gcs_address, "--non-blocking"]
    place = ["--name", name, "--route-prefix", f"/{name}"]
    ended = subprocess.run(
        [*command, *cluster, *place], capture_output=True, text=True, timeout=START_LIMIT_S
    )
    # `serve run` of what cannot be deployed exits with 0.
    application = serve.status().applications.get(name)
    assert application, ended.stderr
    assert application.status == ApplicationStatus.RUNNING, ended.stderr
    try:
        yield f"{cluster_url}/{name}"
    finally:
        serve.delete(name, _blocking=False)
