"""New versions are deployed while clients ask, and none of them is sent away."""

from collections import Counter
from collections.abc import Callable
from time import monotonic, sleep
from typing import Any

import requests
from ray import serve
from ray.serve.context import _get_global_client
from ray.serve.schema import ApplicationStatus, ServeDeploySchema

from course_lib.support.load.crowd import crowd
from tests.soak.report import Result, progress
from tests.waiting import wait_until

CLIENTS = 4  # fewer than the driver's places, so that nobody is refused
UPDATE_LIMIT_S = 120
AFTERWARDS_S = 3.0
SENTIMENT = {
    "name": "sentiment",
    "route_prefix": "/sentiment",
    "import_path": "course_lib.scaling:app",
}


def updates(url: str, config: ServeDeploySchema) -> list[Result]:
    """Deploy a changed user_config, a new version and a broken one."""
    with_sentiment = config.model_dump(exclude_unset=True)
    with_sentiment["applications"].append(SENTIMENT)
    put(with_sentiment)
    wait_until(lambda: is_running("sentiment"), "sentiment runs", UPDATE_LIMIT_S)
    results = [
        changed_user_config(url, with_sentiment),
        new_version(url, with_sentiment),
        broken_version(url, with_sentiment),
    ]
    put(config.model_dump(exclude_unset=True))
    wait_until(lambda: is_running("nlp"), "the old version is whole", UPDATE_LIMIT_S)
    return results


def changed_user_config(url: str, config: dict[str, Any]) -> Result:
    """Tell the replicas to be sure of nothing."""

    def ask() -> requests.Response:
        params = {"text": "What a fine day."}
        return requests.get(f"{url}/sentiment/sentiment", params, timeout=30)

    changed = {"user_config": {"least_probability": 1.0, "threads": 1}}
    new = with_options(config, "sentiment", "SentimentAnalysis", changed)
    return update("a changed user_config", ask, new, lambda: ask().json()["label"] == "unsure")


def new_version(url: str, config: dict[str, Any]) -> Result:
    """Replace the ingress and both summarizers; the new ingress reads less of an article."""

    def ask() -> requests.Response:
        return requests.get(f"{url}/summarize", {"search_term": "physicist"}, timeout=30)

    old = ask().json()
    environment = {"runtime_env": {"env_vars": {"MAX_ARTICLE_CHARS": "1500"}}}
    new = with_options(
        config, "nlp", "NLPipelineDriver", {"ray_actor_options": {"num_cpus": 0.1, **environment}}
    )
    new = with_options(
        new, "nlp", "Summarizer", {"ray_actor_options": {"num_cpus": 0.2, **environment}}
    )
    return update(
        "a new version",
        ask,
        new,
        lambda: is_running("nlp") and ask().json()["named_entities"] != old["named_entities"],
    )


def broken_version(url: str, config: dict[str, Any]) -> Result:
    """Deploy a model that cannot be loaded."""

    def ask() -> requests.Response:
        return requests.get(f"{url}/summarize", {"search_term": "physicist"}, timeout=30)

    environment = {"runtime_env": {"env_vars": {"ENTITY_MODEL": "/no/such/model"}}}
    options = {"ray_actor_options": {"num_cpus": 0.2, **environment}}
    new = with_options(config, "nlp", "EntityRecognition", options)
    return update("a broken version: the old one serves", ask, new, has_failed)


def update(
    what: str, ask: Callable[[], requests.Response], config: dict[str, Any], done: Callable
) -> Result:
    """Deploy under load, wait until it is done, and a little longer; count what failed."""
    started = monotonic()
    with crowd(ask, CLIENTS) as outcomes:
        sleep(1)
        put(config)
        wait_until(done, f"{what} is deployed", UPDATE_LIMIT_S)
        took_s = monotonic() - started
        sleep(AFTERWARDS_S)
    failed = [outcome for outcome in outcomes if outcome.kind != "200"]
    kinds = "".join(f", {n} x {kind}" for kind, n in Counter(o.kind for o in failed).items())
    measured = f"{len(outcomes)} requests in {took_s:.0f} s, {len(failed)} failed{kinds}"
    progress(f"{what}: {measured}")
    return Result(
        "updates",
        f"{what}, and no request fails",
        measured,
        len(outcomes) > CLIENTS and not failed,
    )


def put(config: dict[str, Any]) -> None:
    """Hand a configuration to Serve's controller, as `serve deploy` does."""
    _get_global_client().deploy_apps(ServeDeploySchema.model_validate(config))


def with_options(
    config: dict[str, Any], application: str, deployment: str, options: dict[str, Any]
) -> dict[str, Any]:
    """The configuration with other options for a deployment."""
    applications = []
    for app in config["applications"]:
        if app["name"] == application:
            named = {d["name"]: d for d in app.get("deployments", [])}
            named[deployment] = {"name": deployment, **named.get(deployment, {}), **options}
            app = {**app, "deployments": list(named.values())}
        applications.append(app)
    return {**config, "applications": applications}


def is_running(application: str) -> bool:
    """Whether an application runs, without a replica on its way in or out."""
    status = serve.status().applications.get(application)
    return (
        status is not None
        and status.status == ApplicationStatus.RUNNING
        and all(set(d.replica_states) == {"RUNNING"} for d in status.deployments.values())
    )


def has_failed() -> bool:
    """Whether Serve has given up the version that it was asked for."""
    failed = {ApplicationStatus.DEPLOY_FAILED, ApplicationStatus.UNHEALTHY}
    return serve.status().applications["nlp"].status in failed
