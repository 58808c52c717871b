"""`serve run course_lib.NAME:app`, as each lesson ends with it: it comes up and answers."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import ray
import requests
from ray import serve

from course_lib.pipeline import photograph, png

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


def test_every_module_with_an_application_is_asked() -> None:
    modules = Path(__file__).parents[1].glob("course_lib/*.py")
    assert {m.stem for m in modules if "\napp = " in m.read_text()} == set(QUESTIONS)


@pytest.mark.parametrize("name", QUESTIONS)
def test_it_comes_up_and_answers(cluster_url: str, name: str) -> None:
    method, path, options, expected = QUESTIONS[name]
    serve_run = [Path(sys.executable).with_name("serve"), "run", f"course_lib.{name}:app"]
    cluster = ["--address", ray.get_runtime_context().gcs_address, "--non-blocking"]
    place = ["--name", f"run-{name}", "--route-prefix", f"/run/{name}"]
    subprocess.run([*serve_run, *cluster, *place], check=True, timeout=START_LIMIT_S)
    try:
        answer = requests.request(method, f"{cluster_url}/run/{name}{path}", timeout=60, **options)
        assert (answer.status_code, expected in answer.text) == (200, True), answer.text
    finally:
        serve.delete(f"run-{name}")
