"""Batching: the arithmetic of batches without Ray, and the deployment on a real cluster."""

from collections.abc import Iterator, Sequence

import pytest
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.batching import (
    MAX_BATCH_SIZE,
    BadText,
    judge_each,
)
from course_lib.support.models import load_sentiment
from tests.serve_run import serve_run
from tests.waiting import LONG_S

HALF_AN_EMOJI = "What a place \ud83d"
TEXTS = [
    "The room was clean and very quiet.",
    "The waiter forgot our order twice.",
    "The shop is next to the station.",
    "The bread was warm.",
    "Nothing in this long and tired film made any sense to me or to my friends.",
]


class CountingModel:
    """Gives each text its length as a result; notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def __call__(self, texts: Sequence[str]) -> list[dict[str, float]]:
        self.asked.append(list(texts))
        return [{"length": len(text)} for text in texts]


class TestJudgeEach:
    def test_the_good_ones_share_a_pass_and_keep_their_places(self) -> None:
        model = CountingModel()
        results = judge_each(model, [HALF_AN_EMOJI, "one", "\udfff", "three"])
        assert model.asked == [["one", "three"]]
        assert results[1] == {"length": 3}
        assert results[3] == {"length": 5}
        assert str(results[0]) == "half a character at position 13"
        assert str(results[2]) == "half a character at position 0"
        assert isinstance(results[2], BadText)

    def test_without_a_good_one_the_model_is_not_asked(self) -> None:
        model = CountingModel()
        assert len(judge_each(model, [HALF_AN_EMOJI] * 2)) == 2
        assert judge_each(model, []) == []
        assert model.asked == []

    def test_a_model_that_loses_a_result_is_an_error(self) -> None:
        with pytest.raises(ValueError, match="shorter"):
            judge_each(lambda texts: [{}], ["one", "two"])

    def test_a_full_batch_is_one_pass_of_the_real_model(self) -> None:
        """The model cuts lists that are too long for one pass."""
        model, passes = load_sentiment("transformers"), []
        model.engine.model.register_forward_hook(lambda *_: passes.append(1))
        assert len(judge_each(model, TEXTS[:1] * MAX_BATCH_SIZE)) == MAX_BATCH_SIZE
        assert len(passes) == 1

    def test_odd_texts_are_good(self) -> None:
        odd = ["", " ", "🦄", "\x00", "e\u0301"]
        assert len(judge_each(CountingModel(), odd)) == 5
        assert not any(isinstance(result, BadText) for result in judge_each(CountingModel(), odd))


@pytest.fixture(scope="module")
def sentiment(cluster_url: str) -> Iterator[DeploymentHandle]:
    """The application."""
    with serve_run("batching", cluster_url):
        yield serve.get_app_handle("batching")


def allow(sentiment: DeploymentHandle, size: int, wait_s: float) -> None:
    """Set the largest batch and the wait, and forget earlier batches."""
    config = {"max_batch_size": size, "batch_wait_s": wait_s}
    sentiment.reconfigure.remote(config).result(timeout_s=LONG_S)
    batches(sentiment)


def batches(sentiment: DeploymentHandle) -> dict[int, int]:
    return sentiment.take_batch_sizes.remote().result(timeout_s=LONG_S)


def judge_all(sentiment: DeploymentHandle, texts: Sequence[str]) -> list:
    """The results of requests sent at once: judgements, or the errors that were raised."""
    responses = [sentiment.judge.remote(text) for text in texts]
    results = []
    for response in responses:
        try:
            results.append(response.result(timeout_s=LONG_S))
        except BadText as error:
            results.append(error)
    return results


class TestSentimentAnalysis:
    def test_a_batch_gives_each_caller_what_it_gets_alone(
        self, sentiment: DeploymentHandle
    ) -> None:
        allow(sentiment, len(TEXTS), wait_s=600)
        together = judge_all(sentiment, TEXTS)
        assert batches(sentiment) == {len(TEXTS): 1}
        model = load_sentiment()
        for text, result in zip(TEXTS, together, strict=True):
            assert result == pytest.approx(model([text])[0], abs=1e-4)

    def test_a_full_batch_does_not_wait(self, sentiment: DeploymentHandle) -> None:
        """The wait is longer than the time limit of each result."""
        allow(sentiment, 2, wait_s=600)
        assert len(judge_all(sentiment, TEXTS[:4])) == 4
        assert batches(sentiment) == {2: 2}

    def test_as_many_requests_as_a_batch_holds_reach_the_replica(
        self, sentiment: DeploymentHandle
    ) -> None:
        allow(sentiment, MAX_BATCH_SIZE, wait_s=600)
        assert len(judge_all(sentiment, TEXTS[:1] * MAX_BATCH_SIZE)) == MAX_BATCH_SIZE
        assert batches(sentiment) == {MAX_BATCH_SIZE: 1}

    def test_a_bad_text_does_not_fail_its_neighbours(self, sentiment: DeploymentHandle) -> None:
        allow(sentiment, 4, wait_s=600)
        results = judge_all(sentiment, [TEXTS[0], HALF_AN_EMOJI, TEXTS[1], TEXTS[2]])
        assert batches(sentiment) == {4: 1}
        bad = [isinstance(result, BadText) for result in results]
        assert bad == [False, True, False, False]
        assert max(results[0], key=results[0].get) == "positive"
        assert max(results[2], key=results[2].get) == "negative"

    def test_over_http(self, sentiment: DeploymentHandle, cluster_url: str) -> None:
        allow(sentiment, MAX_BATCH_SIZE, wait_s=0)

        def ask(**params: str) -> requests.Response:
            return requests.get(f"{cluster_url}/batching/sentiment", params=params, timeout=LONG_S)

        answer = ask(text=TEXTS[0])
        assert answer.status_code == 200
        assert answer.json()["label"] == "positive"
        probabilities = sentiment.judge.remote(TEXTS[0]).result(timeout_s=LONG_S)
        assert {key: answer.json()[key] for key in probabilities} == pytest.approx(
            probabilities, abs=1e-4
        )
        assert ask().status_code == 422
        assert ask(text="   ").status_code == 422
