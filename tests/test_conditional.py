"""The conditional service: the choice without Ray, and on a real cluster who was asked for whom."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.conditional import (
    MAX_HISTORY,
    MAX_NOTE_CHARS,
    MAX_TITLES,
    UNKNOWN_ARTICLE,
    Recommender,
    choose_branch,
)
from course_lib.support.lessons.catalogue import read_catalogue
from course_lib.support.settings import settings
from tests.problems import assert_problem
from tests.serve_run import serve_run
from tests.waiting import LONG_S

ENGLISH = "I did not know how little fuel was left when they landed on the Moon."
GERMAN = "Ich wusste nicht, wie wenig Treibstoff bei der Landung noch im Tank war."
APOLLO_11 = {"title": "Apollo 11", "note": ENGLISH}
UNAVAILABLE = "the model that reads notes is unavailable"


@pytest.mark.parametrize(
    ("notes", "branch"),
    [
        ([], "popular"),
        ([ENGLISH], "near"),
        ([GERMAN], "popular"),
        ([GERMAN, ENGLISH, ENGLISH], "near"),  # all notes are judged together
        (["Great photos!", ENGLISH], "near"),
    ],
)
def test_the_branch_follows_from_the_notes(notes: list[str], branch: str) -> None:
    choice = choose_branch(notes)
    assert choice.branch == branch
    assert choice.because


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application."""
    with serve_run("conditional", cluster_url) as url:
        yield f"{url}/recommendations"


def ask(url: str, *history: dict[str, str], **params: Any) -> requests.Response:
    return requests.post(url, json={"history": list(history)}, params=params, timeout=LONG_S)


def counts() -> tuple[int, int]:
    """How often the popular and the near recommender were asked."""
    handles = [
        serve.get_deployment_handle(name, "conditional")
        for name in ("PopularArticles", "NearArticles")
    ]
    popular, near = [handle.count_calls.remote().result(timeout_s=LONG_S) for handle in handles]
    return popular, near


class TestBranches:
    def test_a_new_reader_gets_what_is_popular(self, url: str) -> None:
        popular, near = counts()
        answer = ask(url).json()
        assert answer["branch"] == "popular"
        catalogue = read_catalogue(settings().wikipedia_database)
        assert answer["titles"] == [article.title for article in catalogue[:5]]
        assert counts() == (popular + 1, near)

    def test_an_empty_body_is_a_new_reader(self, url: str) -> None:
        response = requests.post(url, json={}, timeout=LONG_S)
        assert response.json() == ask(url).json()

    def test_notes_in_english_lead_to_near_articles_that_were_not_read(self, url: str) -> None:
        popular, near = counts()
        history = [APOLLO_11, {"title": "Amateur astronomy", "note": "What a view of the stars."}]
        answer = ask(url, *history, count=MAX_TITLES).json()
        assert answer["branch"] == "near"
        assert {"Apollo 8", "Astronaut", "Astronomer"} <= set(answer["titles"][:5])
        assert not {"Apollo 11", "Amateur astronomy"} & set(answer["titles"])
        assert len(set(answer["titles"])) == MAX_TITLES
        assert counts() == (popular, near + 1)

    def test_the_note_matters_and_not_the_article_alone(self, url: str) -> None:
        notes = ("What does the crew eat, and who is the best cook?", "It is about faith and God.")
        first, second = [ask(url, {**APOLLO_11, "note": note}).json() for note in notes]
        assert first["branch"] == second["branch"] == "near"
        assert first["titles"] != second["titles"]

    def test_another_language_skips_the_model(self, url: str) -> None:
        popular, near = counts()
        answer = ask(url, {"title": "Aristotle", "note": GERMAN}).json()
        assert answer["branch"] == "popular"
        assert "English" in answer["because"]
        assert "Aristotle" not in answer["titles"]
        assert counts() == (popular + 1, near)

    @pytest.mark.parametrize(
        "body",
        [
            {"history": [{"title": "Apollo 11"}]},
            {"history": [{**APOLLO_11, "note": "  "}]},
            {"history": [{**APOLLO_11, "note": "?!"}]},
            {"history": [{**APOLLO_11, "note": "a" * (MAX_NOTE_CHARS + 1)}]},
            {"history": [{**APOLLO_11, "title": ""}]},
            {"history": [{**APOLLO_11, "stars": 5}]},
            {"history": [APOLLO_11] * (MAX_HISTORY + 1)},
            {"history": "Apollo 11"},
            {"histroy": []},
            [],
        ],
    )
    def test_an_invalid_profile_reaches_no_recommender(self, url: str, body: Any) -> None:
        before = counts()
        problem = assert_problem(requests.post(url, json=body, timeout=LONG_S), 422)
        assert problem["errors"]
        assert counts() == before

    def test_unknown_articles_are_named_and_reach_no_recommender(self, url: str) -> None:
        before = counts()
        unknown = [{"title": title, "note": ENGLISH} for title in ("Apollo 18", "Jam (disambig)")]
        problem = assert_problem(ask(url, APOLLO_11, *unknown), 422)
        assert problem["type"] == UNKNOWN_ARTICLE
        assert problem["unknown"] == ["Apollo 18", "Jam (disambig)"]
        assert counts() == before

    @pytest.mark.parametrize("count", [0, MAX_TITLES + 1, "many"])
    def test_a_bad_count(self, url: str, count: object) -> None:
        assert assert_problem(ask(url, count=count), 422)["errors"][0]["parameter"] == "count"

    def test_as_much_as_allowed(self, url: str) -> None:
        note = "what is it, " * (MAX_NOTE_CHARS // 12)
        catalogue = read_catalogue(settings().wikipedia_database)
        history = [{"title": article.title, "note": note} for article in catalogue[:MAX_HISTORY]]
        assert ask(url, *history).json()["branch"] == "near"


@serve.deployment(
    ray_actor_options={"num_cpus": 0},
    max_ongoing_requests=1,
    max_queued_requests=1,
    graceful_shutdown_wait_loop_s=0.1,
)
class StandIn:
    """Takes the place of the near recommender, and does what the first note says."""

    def __init__(self) -> None:
        self.held = self.taken_back = 0

    async def __call__(self, read: Sequence[str], notes: Sequence[str], count: int) -> list[str]:
        if "bug" in notes[0]:
            raise KeyError("a bug")
        if "die" in notes[0]:
            os._exit(1)
        if "hold" in notes[0]:
            self.held += 1
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.taken_back += 1
                raise
        return ["from the stand-in"]

    async def counts(self) -> tuple[int, int]:
        return self.held, self.taken_back


@pytest.fixture(scope="module")
def failing(url: str, cluster_url: str) -> Iterator[str]:
    """The application with a near recommender that fails when it is asked to."""
    popular: DeploymentHandle = serve.get_deployment_handle("PopularArticles", "conditional")
    driver = Recommender.options(graceful_shutdown_wait_loop_s=0.1)
    serve.run(driver.bind(popular, StandIn.bind()), name="failing", route_prefix="/failing")
    yield f"{cluster_url}/failing/recommendations"
    serve.delete("failing", _blocking=False)


def note(what: str) -> dict[str, str]:
    return {"title": "Apollo 11", "note": f"it is to {what}"}


class TestFailures:
    def test_the_stand_in_answers_when_it_does_not_fail(self, failing: str) -> None:
        assert ask(failing, note("answer")).json()["titles"] == ["from the stand-in"]

    def test_a_slow_or_full_recommender_is_replaced_and_the_request_taken_back(
        self, failing: str
    ) -> None:
        with ThreadPoolExecutor(4) as clients:
            answers = list(clients.map(lambda _: ask(failing, note("hold")), range(4)))
        for answer in answers:
            assert answer.status_code == 200
            assert (answer.json()["branch"], answer.json()["because"]) == ("popular", UNAVAILABLE)
            assert "Apollo 11" not in answer.json()["titles"]
        handle = serve.get_deployment_handle("StandIn", "failing")
        held, taken_back = handle.counts.remote().result(timeout_s=LONG_S)
        # A second one may enter in the moment before its own time is over.
        assert held == taken_back
        assert held in (1, 2)

    def test_a_bug_is_not_hidden(self, failing: str) -> None:
        before = counts()
        problem = assert_problem(ask(failing, note("show a bug")), 500)
        assert "KeyError" not in problem["detail"]
        assert counts() == before

    def test_a_dead_recommender_is_replaced(self, failing: str) -> None:
        answer = ask(failing, note("die")).json()
        assert (answer["branch"], answer["because"]) == ("popular", UNAVAILABLE)


def test_the_openapi_document_names_the_answers_and_the_limits(url: str) -> None:
    document = requests.get(url.replace("recommendations", "openapi.json"), timeout=LONG_S).json()
    answers = document["paths"]["/recommendations"]["post"]["responses"]
    assert set(answers) == {"200", "422", "503"}
    assert set(answers["422"]["content"]) == {"application/problem+json"}
    schemas = document["components"]["schemas"]
    assert schemas["Profile"]["properties"]["history"]["maxItems"] == MAX_HISTORY
    assert schemas["ReadArticle"]["properties"]["note"]["maxLength"] == MAX_NOTE_CHARS
