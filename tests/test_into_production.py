"""The service that is watched: its answers, what it counts, and a change that restarts nothing."""

from collections.abc import Iterator

import pytest
import ray
import requests
from prometheus_client.parser import text_string_to_metric_families

from course_lib.support.lessons.inside_replicas import replicas
from tests.problems import assert_problem
from tests.serve_run import deploy_as_a_file_does, serve_run
from tests.waiting import LONG_S, wait_until

TEXTS = {
    "What a fine day.": "positive",
    "A terrible, boring film.": "negative",
    "The shop is next to the station.": "neutral",
}


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    with serve_run("into_production", cluster_url) as url:
        yield url


def ask(url: str, **params: str) -> requests.Response:
    return requests.get(f"{url}/sentiment", params=params, timeout=LONG_S)


def counted(name: str) -> dict[str, float]:
    """The samples of a metric of this application on the cluster's node, summed by their label."""
    [node] = ray.nodes()
    address = f"http://127.0.0.1:{node['MetricsExportPort']}/metrics"
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(requests.get(address, timeout=LONG_S).text):
        for sample in family.samples:
            if sample.name == name and sample.labels.get("application") == "into_production":
                label = sample.labels.get("label", "")
                found[label] = found.get(label, 0) + sample.value
    return found


def test_it_judges_and_counts(url: str) -> None:
    for text, label in TEXTS.items():
        answer = ask(url, text=text)
        assert answer.json()["label"] == label
        assert 0.5 < answer.json()["probability"] <= 1
    once_each = dict.fromkeys(TEXTS.values(), 1)
    wait_until(lambda: counted("ray_course_texts_total") == once_each, "each label once")
    wait_until(lambda: counted("ray_course_text_chars_count") == {"": 3}, "three lengths")


@pytest.mark.parametrize("params", [{}, {"text": ""}, {"text": "x" * 6_000}])
def test_what_is_no_text_is_refused(url: str, params: dict[str, str]) -> None:
    assert_problem(ask(url, **params), 422)


def test_what_is_sure_changes_in_running_replicas(url: str) -> None:
    deploy_as_a_file_does("into_production", "Sentiment")
    before = replicas("into_production")
    strict = {"least_probability": 1.0}
    deploy_as_a_file_does("into_production", "Sentiment", user_config=strict)
    wait_until(lambda: ask(url, text="What a fine day.").json()["label"] == "unsure", "unsure")
    assert replicas("into_production") == before
