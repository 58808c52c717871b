"""One deployment behind a URL: what it answers, how it comes back from the dead, what it logs."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import ray
import requests
from ray import serve
from starlette.requests import Request

from course_lib import single_deployment
from course_lib.single_deployment import SentimentAnalysis, TextRules, broken_rules
from tests.serve_run import serve_run_from_a_shell
from tests.waiting import LONG_S, wait_until

MAX_CHARS = 40


@pytest.fixture(scope="module")
def sentiment_url(cluster_url: str) -> Iterator[str]:
    """The sentiment model."""
    with serve_run_from_a_shell("single_deployment", cluster_url) as url:
        yield url


@pytest.fixture(scope="module")
def rules_url(cluster_url: str) -> Iterator[str]:
    """The rules, without a model."""
    serve.run(TextRules.bind(max_chars=MAX_CHARS), name="rules", route_prefix="/rules")
    yield f"{cluster_url}/rules"
    serve.delete("rules", _blocking=False)


def ask(url: str, text: str) -> requests.Response:
    return requests.get(url, params={"text": text}, timeout=LONG_S)


def replica_of(application: str) -> str:
    """The actor name of an application's only replica."""
    actors = ray.util.list_named_actors(all_namespaces=True)
    [name] = [a["name"] for a in actors if a["name"].startswith(f"SERVE_REPLICA::{application}#")]
    return name


def process_of(actor_name: str) -> int:
    actor = ray.get_actor(actor_name, namespace="serve")
    return ray.get(actor.__ray_call__.remote(lambda _: os.getpid()))


def logs_of(application: str) -> str:
    """What the replicas of an application have logged."""
    context = ray.get_runtime_context()
    folder = Path(context.get_temp_dir(), context.get_session_name(), "logs", "serve")
    return "".join(path.read_text() for path in folder.glob(f"replica_{application}_*.log"))


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("What a wonderful day.", []),
        ("a" * MAX_CHARS, []),
        ("a" * (MAX_CHARS + 1), ["it has 41 characters, and 40 are allowed"]),
        ("", ["it has no words"]),
        ("?! 42", ["it has no words"]),
        ("日本語です", []),
        ("ask ada@example.org", ["it holds an e-mail address"]),
        ("at @ noon. Or @home.", []),
        ("?" * 41, ["it has no words", "it has 41 characters, and 40 are allowed"]),
    ],
)
def test_the_rules(text: str, reasons: list[str]) -> None:
    assert broken_rules(text, MAX_CHARS) == reasons


@pytest.mark.parametrize("text", ["a@" * 200_000, "a" * 400_000, "a@" + "-" * 400_000])
def test_a_hostile_text_takes_no_time(text: str) -> None:
    start = time.process_time()
    broken_rules(text, MAX_CHARS)
    assert time.process_time() - start < 1


def test_a_limit_that_allows_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1, not 0"):
        TextRules.func_or_class(max_chars=0)


def test_the_model_is_loaded_once_and_asked_for_each_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[str] = []

    def load() -> Callable[[list[str]], list[dict[str, float]]]:
        events.append("loaded")
        return lambda texts: [{"neutral": events.append(text) or 1.0} for text in texts]

    monkeypatch.setattr(single_deployment, "load_sentiment", load)
    replica = SentimentAnalysis.func_or_class()
    for text in ("one", "two"):
        scope = {"type": "http", "headers": [], "query_string": f"text={text}".encode()}
        assert asyncio.run(replica(Request(scope))) == {"neutral": 1.0}
    assert events == ["loaded", "one", "two"]


class TestSentiment:
    @pytest.mark.parametrize(
        ("text", "label"),
        [
            ("What a wonderful day.", "positive"),
            ("This is the worst film that I have ever seen.", "negative"),
            ("The train leaves at nine.", "neutral"),
        ],
    )
    def test_the_probabilities_of_three_classes(
        self, sentiment_url: str, text: str, label: str
    ) -> None:
        response = ask(sentiment_url, text)
        assert response.status_code == 200
        probabilities = response.json()
        assert set(probabilities) == {"negative", "neutral", "positive"}
        assert sum(probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert max(probabilities, key=probabilities.get) == label

    def test_a_missing_text_is_a_500_whose_reason_is_in_the_log(self, sentiment_url: str) -> None:
        headers = {"X-Request-ID": "without-text"}
        response = requests.get(sentiment_url, headers=headers, timeout=LONG_S)
        assert response.status_code == 500
        assert "KeyError" not in response.text
        assert response.headers["X-Request-ID"] == "without-text"
        wait_until(
            lambda: "without-text -- Request failed" in logs_of("single_deployment"),
            "its log names the request",
        )
        _, _, record = logs_of("single_deployment").partition("without-text -- Request failed")
        assert "KeyError: 'text'" in record


class TestTextRules:
    def test_it_says_why_not(self, rules_url: str) -> None:
        refused = ask(rules_url, "?!").json()
        assert (refused["accepted"], refused["reasons"]) == (False, ["it has no words"])
        wait_until(lambda: "refused: it has no words" in logs_of("rules"), "its log says why")
        accepted = ask(rules_url, "What a wonderful day.").json()
        assert (accepted["accepted"], accepted["reasons"]) == (True, [])

    def test_the_constructor_runs_once_for_all_requests(self, rules_url: str) -> None:
        counts = [ask(rules_url, "One more.").json()["asked"] for _ in range(3)]
        assert counts == [counts[0], counts[0] + 1, counts[0] + 2]

    def test_a_killed_replica_is_replaced_and_its_memory_is_gone(self, rules_url: str) -> None:
        assert ask(rules_url, "Before.").json()["asked"] >= 1
        killed = replica_of("rules")
        os.kill(process_of(killed), signal.SIGKILL)
        # The first request may meet the dying process; the next one waits for the new replica.
        wait_until(lambda: ask(rules_url, "After.").status_code == 200, "an answer after it")
        assert replica_of("rules") != killed
        assert ask(rules_url, "And after.").json()["asked"] == 2
