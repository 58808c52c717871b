"""The Wikipedia NLP API over HTTP, on a real cluster with the real models and real articles."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial

import pytest
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.broadcast import LEAD_SENTENCES
from course_lib.support.sentences import lead, split_sentences
from course_lib.wikipedia_nlp_api import (
    MAX_ARTICLES_AT_ONCE,
    MAX_ENTITIES,
    NEGATIVE_ARTICLE,
    EntityRecognition,
    NLPipelineDriver,
    Summarizer,
)
from tests.conftest import Api
from tests.problems import assert_problem
from tests.waiting import LONG_S

STAGES = ["fetch", "sentiment", "summary", "entities"]


@serve.deployment(ray_actor_options={"num_cpus": 0}, max_ongoing_requests=100)
class MeetingPoint:
    """Lets its callers go on only in pairs, and not while it holds them."""

    def __init__(self) -> None:
        self.pair = asyncio.Barrier(2)
        self.open = asyncio.Event()
        self.open.set()
        self.seen: list[str] = []

    async def arrive(self, name: str) -> None:
        self.seen.append(name)
        await self.open.wait()
        await asyncio.wait_for(self.pair.wait(), timeout=LONG_S)

    def hold(self, held: bool) -> None:
        self.seen.clear()
        if held:
            self.open.clear()
        else:
            self.open.set()

    async def wait_for(self, callers: int) -> None:
        while len(self.seen) < callers:
            await asyncio.sleep(0.01)

    def who_came(self) -> list[str]:
        return sorted(self.seen)


@serve.deployment(ray_actor_options={"num_cpus": 0}, max_ongoing_requests=100)
class StandIn:
    """Takes the place of a model: answers when the other stand-in has been asked, too."""

    def __init__(self, name: str, result: str | list, meeting: DeploymentHandle) -> None:
        self.name, self.result, self.meeting = name, result, meeting

    async def __call__(self, sentences: list[str]) -> str | list:
        await self.meeting.arrive.remote(self.name)
        return self.result


@pytest.fixture(scope="module")
def meeting(cluster_url: str, models: tuple[DeploymentHandle, ...]) -> Api:
    """The application with stand-ins for summary and entities."""
    point = MeetingPoint.bind()
    driver = NLPipelineDriver.options(ray_actor_options={"num_cpus": 0}).bind(
        models[0],
        StandIn.options(name="Summarizer").bind("summarizer", "from the stand-in", point),
        StandIn.options(name="EntityRecognition").bind("entities", [], point),
    )
    serve.run(driver, name="meeting", route_prefix="/meeting")
    return Api(f"{cluster_url}/meeting")


@pytest.fixture
def meeting_point(meeting: Api) -> DeploymentHandle:
    """The place where the stand-ins meet; nobody has been there yet."""
    point = serve.get_deployment_handle("MeetingPoint", "meeting")
    point.hold.remote(False).result(timeout_s=LONG_S)
    return point


def stages(response: requests.Response) -> list[str]:
    return [part.split(";")[0] for part in response.headers["Server-Timing"].split(", ")]


def assert_judged(answer: dict, text: str) -> None:
    """The answer shows the lead's sentences, and scores of which the sentiment is the mean."""
    opening = answer["opening"]
    assert [sentence["text"] for sentence in opening] == split_sentences(lead(text), LEAD_SENTENCES)
    scores = [sentence["score"] for sentence in opening]
    assert answer["sentiment"]["score"] == pytest.approx(sum(scores) / len(scores), abs=0.0011)


class TestAnswer:
    def test_physicist_is_analysed(self, nlp: Api, embedded_article: Callable) -> None:
        response = nlp.get("physicist")
        assert response.status_code == 200
        answer = response.json()
        article = embedded_article("physicist")
        assert answer["title"] == article.title
        assert answer["url"].startswith("https://en.wikipedia.org/wiki/")
        assert answer["revision"] == article.revision
        assert answer["license"] == "Creative Commons Attribution-ShareAlike 3.0"
        assert answer["truncated"] == (len(article.text) > 6_000)
        assert answer["sentiment"]["label"] in {"neutral", "positive"}
        assert_judged(answer, article.text)
        assert stages(response)[:2] == STAGES[:2]
        assert sorted(stages(response)) == sorted(STAGES)

    def test_the_summary_is_two_or_three_whole_sentences_of_the_article(
        self, nlp: Api, embedded_article: Callable
    ) -> None:
        answer = nlp.get("physicist").json()
        sentences = split_sentences(embedded_article("physicist").text)
        used = [sentence for sentence in sentences if sentence in answer["summary"]]
        assert 2 <= len(used) <= 3
        assert " ".join(used) == answer["summary"]

    def test_entities_are_names_of_the_article_best_first(
        self, nlp: Api, embedded_article: Callable
    ) -> None:
        answer = nlp.get("physicist", max_entities=MAX_ENTITIES).json()
        entities = answer["named_entities"]
        text = embedded_article("physicist").text
        assert 10 < len(entities) <= MAX_ENTITIES
        assert all(entity["text"] in text for entity in entities)
        assert {entity["label"] for entity in entities} == {"PER", "ORG", "LOC"}
        scores = [entity["score"] for entity in entities]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) >= 0.8
        names = [entity["text"].lower() for entity in entities]
        assert len(set(names)) == len(names)

    def test_max_entities_takes_the_best(self, nlp: Api) -> None:
        ten = nlp.get("physicist").json()["named_entities"]
        assert len(ten) == 10
        assert nlp.get("physicist", max_entities=3).json()["named_entities"] == ten[:3]
        assert nlp.get("physicist", max_entities=0).json()["named_entities"] == []

    def test_spaces_around_the_term_and_a_redirect(self, nlp: Api) -> None:
        assert nlp.get("  physicist\n").json() == nlp.get("physicist").json()

    def test_many_clients_get_the_answers_that_one_gets(self, nlp: Api) -> None:
        terms = ["physicist", "aristotle", "war", "alchemy", "physicist", "war"]
        alone = {term: nlp.get(term).json() for term in set(terms)}
        with ThreadPoolExecutor(len(terms)) as clients:
            together = list(clients.map(nlp.get, terms))
        for term, response in zip(terms, together, strict=True):
            assert_same_answer(response.json(), alone[term])

    def test_the_openapi_document_names_every_answer(self, nlp: Api) -> None:
        document = requests.get(f"{nlp.url}/openapi.json", timeout=LONG_S).json()
        answers = document["paths"]["/summarize"]["get"]["responses"]
        assert set(answers) == {"200", "404", "408", "422", "500", "502", "503", "504"}
        assert set(answers["422"]["content"]) == {"application/problem+json"}
        assert NEGATIVE_ARTICLE in answers["422"]["description"]
        assert set(answers["408"]["content"]) == {"text/plain"}
        assert set(answers["503"]["content"]) == {"application/problem+json", "text/plain"}
        parameters = document["paths"]["/summarize"]["get"]["parameters"]
        assert not any("example" in parameter for parameter in parameters)
        assert requests.get(f"{nlp.url}/docs", timeout=LONG_S).status_code == 200


def assert_same_answer(one: dict, other: dict) -> None:
    """A batch is padded, so scores may differ in their last digits, and nothing else."""
    if "sentiment" in one:
        for some, others in zip(
            [one["sentiment"], *one["opening"]],
            [other["sentiment"], *other["opening"]],
            strict=True,
        ):
            some["score"] = pytest.approx(others["score"], abs=0.0021)
    assert one == other


class TestRefusal:
    def test_war_is_refused(self, nlp: Api, embedded_article: Callable) -> None:
        response = nlp.get("war")
        problem = assert_problem(response, 422)
        assert problem["type"] == NEGATIVE_ARTICLE
        assert problem["sentiment"]["label"] == "negative"
        assert_judged(problem, embedded_article("war").text)
        assert problem["url"].startswith("https://en.wikipedia.org/wiki/")
        assert stages(response) == STAGES[:2]

    def test_summary_and_entities_run_together_and_not_for_a_refused_article(
        self, meeting: Api, meeting_point: DeploymentHandle
    ) -> None:
        """Each stand-in waits for the other, so one after the other would never end."""
        assert meeting.get("physicist").json()["summary"] == "from the stand-in"
        seen = ["entities", "summarizer"]
        assert sorted(meeting_point.who_came.remote().result(timeout_s=LONG_S)) == seen
        assert_problem(meeting.get("war"), 422)
        assert sorted(meeting_point.who_came.remote().result(timeout_s=LONG_S)) == seen


class TestOverload:
    def test_more_requests_than_places_are_refused_at_once(
        self, meeting: Api, meeting_point: DeploymentHandle
    ) -> None:
        """The stand-ins hold the first requests, so nothing here depends on speed."""
        meeting_point.hold.remote(True).result(timeout_s=LONG_S)
        # Twice as many as the driver and the proxy's queue hold: a few too many may get in.
        crowd = 4 * MAX_ARTICLES_AT_ONCE
        with ThreadPoolExecutor(crowd) as clients:
            asked = [clients.submit(meeting.get, "physicist") for _ in range(crowd)]
            meeting_point.wait_for.remote(2 * MAX_ARTICLES_AT_ONCE).result(timeout_s=LONG_S)
            refused = next(as_completed(asked, timeout=LONG_S)).result()
            seen = meeting_point.who_came.remote().result(timeout_s=LONG_S)
            meeting_point.hold.remote(False).result(timeout_s=LONG_S)
            statuses = Counter(request.result(timeout=LONG_S).status_code for request in asked)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert refused.headers["Content-Type"].startswith("text/plain")
        assert len(seen) == 2 * MAX_ARTICLES_AT_ONCE  # no more than so many were let in
        assert set(statuses) == {200, 503}
        assert statuses[200] >= MAX_ARTICLES_AT_ONCE
        assert meeting.get("physicist").status_code == 200


def test_a_hub_summarizer_answers_through_the_whole_api(
    nlp: Api, cluster_url: str, tiny_seq2seq: str
) -> None:
    environment = {"num_cpus": 0, "runtime_env": {"env_vars": {"SUMMARY_MODEL": tiny_seq2seq}}}
    serve.run(
        NLPipelineDriver.bind(
            serve.get_deployment_handle("SentimentAnalysis", "wikipedia_nlp_api"),
            Summarizer.options(num_replicas=1, ray_actor_options=environment).bind(),
            serve.get_deployment_handle("EntityRecognition", "wikipedia_nlp_api"),
        ),
        name="hub",
        route_prefix="/hub",
    )
    try:
        answer = Api(f"{cluster_url}/hub").get("physicist")
        assert answer.status_code == 200
        extractive = nlp.get("physicist").json()["summary"]
        assert answer.json()["summary"] != extractive
    finally:
        serve.delete("hub")


def test_the_threshold_is_an_argument_of_the_deployment(nlp: Api) -> None:
    recognition = EntityRecognition.func_or_class(threshold=1.1, max_entities=5)
    find = partial(EntityRecognition.func_or_class.__call__.__wrapped__, recognition)  # no batch
    articles = [["Angela Merkel met Emmanuel Macron in Paris."], [], ["He left Berlin by train."]]
    assert asyncio.run(find(articles)) == [[], [], []]
    recognition.threshold = 0.5
    found = [{entity["text"] for entity in names} for names in asyncio.run(find(articles))]
    assert found[0] >= {"Angela Merkel", "Paris"}
    assert found[1:] == [set(), {"Berlin"}]


def test_fetch_returns_none_for_no_article(embedded_article: Callable) -> None:
    assert embedded_article("xylophonist from Mars") is None
    assert embedded_article("physicist").url == "https://en.wikipedia.org/wiki/Albert_Einstein"
