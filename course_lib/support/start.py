"""`make run`: starts everything in serve_config.yaml, asks it one question, and stays up.

    python -m course_lib.support.start [CONFIG]

Exits with 1, and a sentence that says why, when something cannot start. Ctrl-C stops all of it.
"""

import os
import re
import signal
import socket
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ray
import requests
import yaml
from pydantic import ValidationError
from ray import serve
from ray.serve.context import _get_global_client
from ray.serve.schema import ApplicationStatus, DeploymentStatus, ServeDeploySchema

from course_lib.support.cluster import start_cluster
from course_lib.support.models.encoder import ModelError
from course_lib.support.models.onnx_files import ensure_model_files
from course_lib.support.settings import settings
from course_lib.support.wiki.importer import ImportFailed, ensure_database

CONFIG_PATH = Path(__file__).resolve().parents[2] / "serve_config.yaml"
START_LIMIT_S = 180
POLL_S = 0.1
FIRST_SEARCH_TERM = "physicist"
# How Serve runs on a machine with few cores, unless the environment says otherwise.
SERVE_SETTINGS = {
    # The controller looks ten times a second for something to do. Twice takes a third less of what
    # Ray takes of the processors while nobody asks for anything.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
    # A replica has one thread, where by default it reads requests in a second and sends them on in
    # a third. Each turn that Python's threads take costs the model time. Health checks wait for the
    # model then, here for a second or two; Serve gives them 30.
    "RAY_SERVE_RUN_USER_CODE_IN_SEPARATE_THREAD": "0",
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "0",
}


class StartFailed(Exception):
    """Something could not start; the message says what, and what to do."""


def main(config_path: Path) -> int:
    """Start, ask, and wait for Ctrl-C. Returns the exit status."""
    started = time.monotonic()
    try:
        config = read_config(config_path)
        url = f"http://{config.http_options.host}:{config.http_options.port}"
        prepare()
        check_port_is_free(config.http_options.host, config.http_options.port)
        print("Starting Ray Serve ...", flush=True)
        deploy(config)
        print(
            f"  {time.monotonic() - started:5.1f} s  Ray Serve runs; now the deployments",
            flush=True,
        )
        for deployment in deployments_as_they_start(config):
            print(f"  {time.monotonic() - started:5.1f} s  {deployment} is ready", flush=True)
        ask(url)
        signal.pause()
        return 0
    except (StartFailed, ImportFailed, ModelError, ValidationError) as error:
        print(f"\nThe API did not start. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping ...", flush=True)
        return 0
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave Ray half stopped
        ray.shutdown()


def read_config(path: Path) -> ServeDeploySchema:
    """Return the Serve configuration in a YAML file."""
    try:
        return ServeDeploySchema.model_validate(yaml.safe_load(path.read_text()))
    except (OSError, yaml.YAMLError) as error:
        raise StartFailed(f"The configuration cannot be read: {error}") from error


def check_port_is_free(host: str, port: int) -> None:
    """Raise StartFailed when another program listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise StartFailed(
                f"Port {port} is taken: stop the program that listens there "
                f"(`lsof -i :{port}` names it)."
            ) from error


def prepare() -> None:
    """Check the settings, and make the files that replicas read, where they are missing.

    Raises:
        ValidationError: a setting cannot be used.
        ImportFailed, ModelError: a file cannot be made.
    """
    # Twice as many articles as in 32-bit floating point, which the lessons compute in.
    os.environ.setdefault("MODEL_PRECISION", "int8")
    ensure_database(settings().wikipedia_database, progress=True)
    ensure_model_files(progress=True)


def deploy(config: ServeDeploySchema) -> None:
    """Start Ray and Serve in this process, and hand the configuration to Serve's controller."""
    for name, value in SERVE_SETTINGS.items():
        os.environ.setdefault(name, value)
    start_cluster()
    # Ray has set handlers of its own, and a shell's background job would ignore Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    serve.start(
        proxy_location=config.proxy_location,
        http_options=config.http_options.model_dump(),
        logging_config=config.logging_config,
    )
    _get_global_client().deploy_apps(config)


def deployments_as_they_start(config: ServeDeploySchema) -> Iterator[str]:
    """Yield each deployment's name when it is healthy, until every application runs.

    Raises:
        StartFailed: an application failed, or took longer than START_LIMIT_S.
    """
    names = {application.name for application in config.applications}
    seen: set[str] = set()
    deadline = time.monotonic() + START_LIMIT_S
    while True:
        applications = serve.status().applications
        for application in applications.values():
            for name, deployment in application.deployments.items():
                if deployment.status == DeploymentStatus.HEALTHY and name not in seen:
                    seen.add(name)
                    yield name
        for name, application in applications.items():
            if application.status in {ApplicationStatus.DEPLOY_FAILED, ApplicationStatus.UNHEALTHY}:
                raise StartFailed(why_it_failed(name, application))
        running = {n for n, a in applications.items() if a.status == ApplicationStatus.RUNNING}
        if names <= running:
            return
        if time.monotonic() > deadline:
            waiting = ", ".join(sorted(names - running))
            raise StartFailed(f"After {START_LIMIT_S} s these still do not run: {waiting}.")
        time.sleep(POLL_S)


def why_it_failed(name: str, application: Any) -> str:
    """Name the deployments of an application that failed, each with Serve's message."""
    failed = [
        f"Deployment {deployment_name}: {deployment.message}"
        for deployment_name, deployment in application.deployments.items()
        if deployment.status != DeploymentStatus.HEALTHY and deployment.message
    ]
    return "\n".join([f"Application {name} failed.", *(failed or [application.message])])


def ask(url: str) -> None:
    """Ask the API one question and print its answer, and what else to ask, for a person."""
    search = f"{url}/summarize?search_term="
    print(f"\nGET {search}{FIRST_SEARCH_TERM}\n")
    answer = requests.get(search + FIRST_SEARCH_TERM, timeout=60)
    if answer.status_code == 200:
        print_analysis(answer)
    else:  # a Wikipedia that is down now may be up again when somebody asks
        print(f"  {answer.status_code}: {answer.json()['detail']}")
        print(f"  WIKIPEDIA_API_URL is {settings().wikipedia_api_url}")
    print(
        f"\nThe API is up. Try it in a browser: {url}/\n"
        f"Its documentation: {url}/docs\n"
        f"Ask it something else:\n"
        f"  curl -i '{search}aristotle'\n"
        f"  curl -i '{search}war'          a negative article is refused\n"
        f"Ctrl-C stops it."
    )


def print_analysis(answer: requests.Response) -> None:
    """Print an article's analysis for a person."""
    body = answer.json()
    entities = ", ".join(
        f"{entity['text']} ({entity['label']})" for entity in body["named_entities"]
    )
    print(f"  {body['title']} - {body['url']} (revision {body['revision']}, {body['license']})")
    print(f"  sentiment  {body['sentiment']['label']} ({body['sentiment']['score']:+.2f})")
    for label, text in (("summary", body["summary"]), ("entities", entities)):
        lines = textwrap.wrap(text, 88)
        print(f"  {label:<9}  " + "\n             ".join(lines))
    timing = re.sub(r";dur=([\d.]+)[^,]*", r" \1 ms", answer.headers["Server-Timing"])
    print(f"  timing     {timing}")


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else CONFIG_PATH))
