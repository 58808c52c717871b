"""Scaling: how many replicas a load needs, and the deployment in two replicas on a real cluster."""

import asyncio
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from ray import serve
from ray._common.test_utils import wait_for_condition
from ray.serve.handle import DeploymentHandle

from course_lib.scaling import SentimentAnalysis, Verdict, likeliest, replicas_needed
from course_lib.support.models import load_sentiment
from tests.serve_run import deploy_as_a_file_does, serve_run
from tests.waiting import LONG_S

GOOD = "What a wonderful day."


@pytest.mark.parametrize(
    ("load_per_s", "answer_ms", "utilization", "replicas"),
    [
        (0, 50, 0.7, 1),
        (14, 50, 0.7, 1),
        (14.1, 50, 0.7, 2),
        (42, 50, 0.7, 3),  # 3.0000000000000004 in floats
        (100, 50, 0.7, 8),
        (100, 50, 1, 5),
        (1000, 0, 0.7, 1),
    ],
)
def test_replicas_needed(
    load_per_s: float, answer_ms: float, utilization: float, replicas: int
) -> None:
    assert replicas_needed(load_per_s, answer_ms, utilization) == replicas


@pytest.mark.parametrize("bad", [(-1, 50, 0.7), (1, -50, 0.7), (1, 50, 0), (1, 50, 1.1)])
def test_no_replicas_for_nonsense(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match=re.escape(f"{bad[0]}/s")):
        replicas_needed(*bad)


def test_the_likeliest_label_where_it_is_likely_enough() -> None:
    probabilities = {"negative": 0.2, "neutral": 0.2, "positive": 0.6}
    assert likeliest(probabilities, least=0.6) == ("positive", 0.6)
    assert likeliest(probabilities, least=0.61) == ("unsure", 0.6)


def test_reconfigure_loads_the_model_with_so_many_threads_and_only_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    reconfigure = SentimentAnalysis.func_or_class.reconfigure
    replica = SimpleNamespace(threads=0)
    for threads in (1, 3):
        asyncio.run(reconfigure(replica, {"least_probability": 0.5, "threads": threads}))
        assert replica.model.engine.session.get_session_options().intra_op_num_threads == threads
    loaded = replica.model
    asyncio.run(reconfigure(replica, {"least_probability": 0.9, "threads": 3}))
    assert replica.model is loaded
    assert replica.least_probability == 0.9


def apply(**options: Any) -> None:
    """Deploy the application as a config file does, with these options; wait until it runs."""
    deploy_as_a_file_does("scaling", graceful_shutdown_wait_loop_s=0.1, **options)


@pytest.fixture(scope="module")
def sentiment(cluster_url: str) -> Iterator[DeploymentHandle]:
    """The application."""
    with serve_run("scaling", cluster_url):
        yield serve.get_app_handle("scaling")


def answers(sentiment: DeploymentHandle, text: str = GOOD) -> list[Verdict]:
    """The answers to twenty requests sent at once."""
    responses = [sentiment.judge.remote(text) for _ in range(20)]
    return [response.result(timeout_s=LONG_S) for response in responses]


def replicas(sentiment: DeploymentHandle) -> set[str]:
    return {answer.replica for answer in answers(sentiment)}


class TestSentimentAnalysis:
    def test_both_replicas_answer_and_agree(self, sentiment: DeploymentHandle) -> None:
        given = answers(sentiment)
        assert len({answer.replica for answer in given}) == 2
        assert {answer.label for answer in given} == {"positive"}
        probability = load_sentiment()([GOOD])[0]["positive"]
        assert [answer.probability for answer in given] == pytest.approx(
            [probability] * 20, abs=1e-3
        )

    def test_over_http(self, sentiment: DeploymentHandle, cluster_url: str) -> None:
        url = f"{cluster_url}/scaling/sentiment"
        answer = requests.get(url, params={"text": GOOD}, timeout=LONG_S)
        assert answer.status_code == 200
        assert answer.json()["label"] == "positive"
        assert answer.json()["replica"] in replicas(sentiment)
        assert requests.get(url, params={"text": "?!"}, timeout=LONG_S).status_code == 422

    def test_the_config_file_changes_the_threshold_of_running_replicas(
        self, sentiment: DeploymentHandle
    ) -> None:
        apply()  # `serve run` did not read a file: from here on it is a file's application
        before = replicas(sentiment)
        apply(user_config={"least_probability": 1, "threads": 1})
        given = answers(sentiment)
        assert {answer.label for answer in given} == {"unsure"}
        assert {answer.replica for answer in given} == before

    def test_the_config_file_takes_one_replica_away_and_keeps_the_other(
        self, sentiment: DeploymentHandle
    ) -> None:
        before = replicas(sentiment)
        apply(num_replicas=1)
        wait_for_condition(lambda: len(replicas(sentiment)) == 1, timeout=LONG_S)
        assert replicas(sentiment) < before
        assert answers(sentiment)[0].label == "positive"
