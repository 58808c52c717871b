"""`serve run course_lib.NAME:app`, as each lesson ends with it: it comes up and answers."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import ray
import requests
from ray import serve

from course_lib.support.digits import photograph, png

TEXT = {"params": {"text": "What a fine day."}}
ARTICLE = {"params": {"search_term": "physicist"}}
# What to ask the application of each module, and what its answer must hold.
QUESTIONS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "online_inference": ("GET", "/noop", {}, "done"),
    "single_deployment": ("GET", "", TEXT, '"positive"'),
    "fastapi_ingress": ("GET", "/sentiment", TEXT, '"positive"'),
    "scaling": ("GET", "/sentiment", TEXT, '"positive"'),
    "autoscaling": ("GET", "/sentiment", TEXT, '"positive"'),
    "batching": ("GET", "/sentiment", TEXT, '"positive"'),
    "pipeline": ("POST", "/read", {"data": png(photograph([3, 1, 4], seed=3))}, '"314"'),
    "broadcast": ("GET", "/analysis", ARTICLE, "Einstein"),
    "conditional": ("POST", "/recommendations", {"json": {"history": []}}, '"popular"'),
    "wikipedia_nlp_api": ("GET", "/summarize", ARTICLE, "Einstein"),
}
START_LIMIT_S = 120
RUNS_AT_ONCE = 3


def test_every_module_with_an_application_is_asked() -> None:
    modules = Path(__file__).parents[1].glob("course_lib/*.py")
    assert {m.stem for m in modules if "\napp = " in m.read_text()} == set(QUESTIONS)


def answer_of_a_run(name: str, url: str, ray_address: str) -> requests.Response:
    """Start a module's application as a shell would, ask it, and delete it."""
    method, path, options, _ = QUESTIONS[name]
    serve_run = [Path(sys.executable).with_name("serve"), "run", f"course_lib.{name}:app"]
    place = ["--name", f"run-{name}", "--route-prefix", f"/run/{name}"]
    options_of_run = ["--address", ray_address, "--non-blocking", *place]
    done = subprocess.run(
        [*serve_run, *options_of_run], capture_output=True, text=True, timeout=START_LIMIT_S
    )
    assert done.returncode == 0, done.stderr
    try:
        return requests.request(method, f"{url}/run/{name}{path}", timeout=60, **options)
    finally:
        serve.delete(f"run-{name}")


@pytest.fixture(scope="module")
def runs(cluster_url: str) -> Iterator[dict[str, Future[requests.Response]]]:
    """All of them, a few at a time: as many as the memory of a laptop holds."""
    address = ray.get_runtime_context().gcs_address
    with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
        yield {n: pool.submit(answer_of_a_run, n, cluster_url, address) for n in QUESTIONS}


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_comes_up_and_answers(runs: dict[str, Future[requests.Response]], name: str) -> None:
    answer = runs[name].result()
    assert (answer.status_code, QUESTIONS[name][-1] in answer.text) == (200, True), answer.text
