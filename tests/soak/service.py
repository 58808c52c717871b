"""The service under test, as `make run` starts it, and whether it is whole."""

import signal
from collections import Counter
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import ray
import requests
from ray import serve
from ray.serve.schema import DeploymentStatus, ServeDeploySchema

from course_lib.support.start import (
    CONFIG_PATH,
    check_port_is_free,
    deploy,
    deployments_as_they_start,
    prepare,
    read_config,
)
from tests.soak.processes import REPLICA, serve_processes
from tests.soak.report import progress

# What is searched, and the title of the article that answers it. None of them is negative.
ARTICLES = {
    "physicist": "Albert Einstein",
    "aristotle": "Aristotle",
    "alchemy": "Alchemy",
    "apollo 11": "Apollo 11",
}


def start() -> tuple[str, ServeDeploySchema]:
    """Start Ray, Serve and the applications; return the API's URL and the configuration.

    Raises:
        RuntimeError: it gives a wrong answer before anything is broken.
    """
    config = read_config(CONFIG_PATH)
    check_port_is_free(config.http_options.host, config.http_options.port)
    prepare()
    deploy(config)
    for deployment in deployments_as_they_start(config):
        progress(f"{deployment} is ready")
    url = f"http://{config.http_options.host}:{config.http_options.port}"
    for search_term in ARTICLES:
        answer = requests.get(f"{url}/summarize", {"search_term": search_term}, timeout=60)
        if not is_right(answer):
            raise RuntimeError(f"wrong before anything was broken: {search_term}: {answer.text}")
    return url, config


def stop() -> None:
    """Stop Ray and everything in it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C would leave Ray half stopped
    ray.shutdown()


def is_right(answer: requests.Response | None) -> bool:
    """Whether this is the complete analysis of the article that was asked for."""
    if answer is None or answer.status_code != 200:
        return False
    (search_term,) = parse_qs(urlsplit(answer.request.url).query)["search_term"]
    analysis = answer.json()
    return bool(
        analysis["title"] == ARTICLES[search_term]
        and analysis["summary"]
        and analysis["named_entities"]
    )


def replicas() -> Counter[str]:
    """How many replicas of each deployment answer, by `application#deployment`."""
    names = [name.removeprefix(REPLICA) for name in serve_processes() if name.startswith(REPLICA)]
    return Counter(name.rpartition("#")[0] for name in names)


def is_whole(url: str, whole: Mapping[str, int]) -> bool:
    """Whether the proxy answers, and of each deployment as many replicas as when all was well.

    Serve's status alone would not do: it calls a replica healthy until it has looked. Nor would
    the replicas alone: they answer before they have loaded their models.

    Args:
        url: of the proxy.
        whole: what `replicas` found when all was well, or a part of it.
    """
    try:
        applications = serve.status().applications
        with urlopen(f"{url}/-/healthz", timeout=5):
            pass
    except (ray.exceptions.RayError, OSError):
        return False
    states = {
        f"{name}#{deployment_name}": deployment.replica_states
        for name, application in applications.items()
        for deployment_name, deployment in application.deployments.items()
        if deployment.status == DeploymentStatus.HEALTHY
    }
    found = replicas()
    return all(
        found[deployment] == count and states.get(deployment) == {"RUNNING": count}
        for deployment, count in whole.items()
    )
