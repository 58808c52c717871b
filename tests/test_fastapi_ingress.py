"""The typed API: what it answers, what it refuses before the model sees it, and what it streams."""

import asyncio
import json
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from course_lib.fastapi_ingress import (
    MAX_CHARS,
    MAX_DOCUMENT_CHARS,
    MAX_TEXTS,
    Document,
    SentenceSentiment,
    Sentiment,
    SentimentAnalysis,
    sentiment_of,
)
from tests.serve_run import serve_run
from tests.waiting import LONG_S

WONDERFUL = "What a wonderful day."
AWFUL = "This is the worst film that I have ever seen."
NEUTRAL = {"negative": 0.1, "neutral": 0.8, "positive": 0.1}


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application."""
    with serve_run("fastapi_ingress", cluster_url) as url:
        yield url


def judged(url: str) -> int:
    """How many texts the replica has judged so far."""
    return requests.get(f"{url}/statistics", timeout=LONG_S).json()["judged"]


def post(url: str, body: Any, **options: Any) -> requests.Response:
    return requests.post(url, json=body, timeout=LONG_S, **options)


class TestOneText:
    @pytest.mark.parametrize(("text", "label"), [(WONDERFUL, "positive"), (AWFUL, "negative")])
    def test_its_sentiment(self, url: str, text: str, label: str) -> None:
        response = requests.get(f"{url}/sentiment", params={"text": f"  {text}\n"}, timeout=LONG_S)
        assert response.status_code == 200
        sentiment = Sentiment.model_validate(response.json())
        assert sentiment.label == label
        total = sentiment.negative + sentiment.neutral + sentiment.positive
        assert total == pytest.approx(1, abs=2e-4)

    @pytest.mark.parametrize(
        ("params", "reason"),
        [
            ({}, "Field required"),
            ({"txt": WONDERFUL}, "Field required"),
            ({"text": " \n "}, "at least 1 character"),
            ({"text": "?!"}, "it has no words"),
            ({"text": "a" * (MAX_CHARS + 1)}, "at most 1000 characters"),
            ({"text": "ask ada@example.org"}, "it holds an e-mail address"),
        ],
    )
    def test_what_does_not_fit_is_refused_with_a_reason(
        self, url: str, params: dict[str, str], reason: str
    ) -> None:
        before = judged(url)
        response = requests.get(f"{url}/sentiment", params=params, timeout=LONG_S)
        assert response.status_code == 422
        [error] = response.json()["detail"]
        assert error["loc"] == ["query", "text"]
        assert reason in error["msg"]
        assert judged(url) == before

    def test_the_longest_text_fits(self, url: str) -> None:
        params = {"text": "a" * MAX_CHARS}
        assert requests.get(f"{url}/sentiment", params=params, timeout=LONG_S).status_code == 200

    def test_an_unknown_path_and_method(self, url: str) -> None:
        params = {"text": WONDERFUL}
        assert requests.get(f"{url}/sentiment/x", params=params, timeout=LONG_S).status_code == 404
        assert requests.delete(f"{url}/sentiment", params=params, timeout=LONG_S).status_code == 405


class TestSeveralTexts:
    def test_the_answers_have_the_order_of_the_texts(self, url: str) -> None:
        before = judged(url)
        response = post(f"{url}/sentiments", {"texts": [AWFUL, WONDERFUL, AWFUL]})
        assert response.status_code == 200
        labels = [sentiment["label"] for sentiment in response.json()]
        assert labels == ["negative", "positive", "negative"]
        assert judged(url) == before + 3

    @pytest.mark.parametrize(
        ("body", "loc"),
        [
            ({"texts": []}, ["body", "texts"]),
            ({"texts": [WONDERFUL] * (MAX_TEXTS + 1)}, ["body", "texts"]),
            ({"texts": WONDERFUL}, ["body", "texts"]),
            ({"texts": [WONDERFUL, "?!"]}, ["body", "texts", 1]),
            ({"texts": [WONDERFUL, None]}, ["body", "texts", 1]),
            ({"texts": [WONDERFUL], "language": "en"}, ["body", "language"]),
            ([WONDERFUL], ["body"]),
        ],
    )
    def test_what_does_not_fit_is_refused_with_its_place(
        self, url: str, body: Any, loc: list[str | int]
    ) -> None:
        before = judged(url)
        response = post(f"{url}/sentiments", body)
        assert response.status_code == 422
        assert [error["loc"] for error in response.json()["detail"]] == [loc]
        assert judged(url) == before

    def test_as_many_as_allowed(self, url: str) -> None:
        response = post(f"{url}/sentiments", {"texts": [WONDERFUL] * MAX_TEXTS})
        assert len(response.json()) == MAX_TEXTS

    def test_a_body_that_is_no_json(self, url: str) -> None:
        headers = {"Content-Type": "application/json"}
        response = requests.post(f"{url}/sentiments", data=b"{", headers=headers, timeout=LONG_S)
        assert response.status_code == 422


class TestStream:
    def test_a_line_for_each_sentence_and_an_end(self, url: str) -> None:
        with post(f"{url}/sentences", {"text": f"{WONDERFUL} {AWFUL}"}, stream=True) as response:
            assert response.status_code == 200
            assert response.headers["Content-Type"].startswith("application/jsonl")
            lines = [json.loads(line) for line in response.iter_lines()]
        assert [line.get("sentence") for line in lines] == [WONDERFUL, AWFUL, None]
        assert [line.get("label") for line in lines] == ["positive", "negative", None]
        assert lines[-1] == {"end": True, "sentences": 2}

    def test_a_text_without_sentences_has_an_end_only(self, url: str) -> None:
        response = post(f"{url}/sentences", {"text": "== A heading =="})
        assert response.json() == {"end": True, "sentences": 0}

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"text": " \n"},
            {"text": "?!"},
            {"text": f"{WONDERFUL} Write to ada@example.org."},
            {"text": "a" * (MAX_DOCUMENT_CHARS + 1)},
            {"text": WONDERFUL, "limit": 3},
        ],
    )
    def test_what_does_not_fit_is_refused_before_the_stream_begins(
        self, url: str, body: dict[str, Any]
    ) -> None:
        before = judged(url)
        assert post(f"{url}/sentences", body).status_code == 422
        assert judged(url) == before

    def test_a_document_may_be_longer_than_a_text(self, url: str) -> None:
        text = f"{'a' * MAX_CHARS} {WONDERFUL}"
        assert len(post(f"{url}/sentences", {"text": text}).text.splitlines()) >= 2

    def test_a_line_is_sent_before_the_next_sentence_is_judged(self) -> None:
        seen: list[str] = []

        def judge(texts: list[str]) -> list[Sentiment]:
            seen.extend(texts)
            return [sentiment_of(NEUTRAL) for _ in texts]

        async def read_one_line() -> SentenceSentiment:
            replica, document = SimpleNamespace(judge=judge), Document(text="One. Two.")
            return await anext(SentimentAnalysis.func_or_class.judge_sentences(replica, document))

        assert asyncio.run(read_one_line()).sentence == "One."
        assert seen == ["One."]

    def test_a_reader_who_leaves_ends_the_work(self, url: str) -> None:
        sentences = 900
        before = judged(url)
        text = "I slept wonderfully.\n" * sentences
        with post(f"{url}/sentences", {"text": text}, stream=True) as response:
            assert json.loads(next(response.iter_lines()))["label"] == "positive"
        counts = [before, judged(url)]
        while counts[-1] != counts[-2]:
            time.sleep(0.2)
            counts.append(judged(url))
        assert 1 <= counts[-1] - before < sentences


class TestSentimentOf:
    def test_the_label_is_the_likeliest(self) -> None:
        probabilities = {"negative": 0.2, "neutral": 0.30001, "positive": 0.49999}
        sentiment = sentiment_of(probabilities)
        assert sentiment == Sentiment(label="positive", negative=0.2, neutral=0.3, positive=0.5)

    def test_a_probability_just_above_1_is_no_error(self) -> None:
        assert sentiment_of({"negative": 0, "neutral": 1.0000001, "positive": 0}).neutral == 1


def test_the_openapi_document_names_routes_and_limits(url: str) -> None:
    document = requests.get(f"{url}/openapi.json", timeout=LONG_S).json()
    assert {
        (method, path) for path, operations in document["paths"].items() for method in operations
    } == {
        ("get", "/sentiment"),
        ("post", "/sentiments"),
        ("post", "/sentences"),
        ("get", "/statistics"),
    }
    [text] = document["paths"]["/sentiment"]["get"]["parameters"]
    assert (text["name"], text["required"]) == ("text", True)
    assert "example" not in text  # /docs would send it
    assert (text["schema"]["minLength"], text["schema"]["maxLength"]) == (1, MAX_CHARS)
    assert document["components"]["schemas"]["Texts"]["properties"]["texts"]["maxItems"] == 32
    lines = document["paths"]["/sentences"]["post"]["responses"]["200"]["content"]
    assert set(lines) == {"application/jsonl"}
    kinds = [kind["$ref"] for kind in lines["application/jsonl"]["itemSchema"]["anyOf"]]
    assert [kind.rpartition("/")[2] for kind in kinds] == ["SentenceSentiment", "End"]
    assert requests.get(f"{url}/docs", timeout=LONG_S).status_code == 200
