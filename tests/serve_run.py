"""Runs a lesson's application in the tests' cluster: here, from a shell, or by a config file."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ray
from ray import serve
from ray._common.test_utils import wait_for_condition
from ray.serve.context import _get_global_client
from ray.serve.schema import ApplicationStatus, ServeDeploySchema

START_LIMIT_S = 120


@contextmanager
def serve_run(name: str, cluster_url: str) -> Iterator[str]:
    """Run the application of `course_lib.NAME` under its own name, and yield its URL.

    At the end it is deleted, and nobody waits until its replicas have stopped.
    """
    app = importlib.import_module(f"course_lib.{name}").app
    serve.run(app, name=name, route_prefix=f"/{name}")
    yield from _url_of(name, cluster_url)


@contextmanager
def serve_run_from_a_shell(name: str, cluster_url: str) -> Iterator[str]:
    """The same by the command `serve run`, whose imports alone take some seconds."""
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
    yield from _url_of(name, cluster_url)


def _url_of(name: str, cluster_url: str) -> Iterator[str]:
    try:
        yield f"{cluster_url}/{name}"
    finally:
        serve.delete(name, _blocking=False)


def deploy_as_a_file_does(name: str, model: str = "SentimentAnalysis", **options: Any) -> None:
    """Deploy that application with these options of its `model`; wait until it runs.

    Serve's own waiting gives up after a minute, which is short where other tests run beside.
    """
    deployment = {"name": model, **options}
    application = {
        "name": name,
        "route_prefix": f"/{name}",
        "import_path": f"course_lib.{name}:app",
        "deployments": [deployment],
    }
    _get_global_client().deploy_apps(ServeDeploySchema(applications=[application]))
    wait_for_condition(
        lambda: serve.status().applications[name].status == ApplicationStatus.RUNNING,
        timeout=START_LIMIT_S,
    )
