"""Broadcast: what is collected by a deadline, the partial answers, and the route."""

import asyncio
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.broadcast import (
    NO_RESULT,
    ArticleDriver,
    Missing,
    SentimentAnalysis,
    Summarizer,
    article_sentiment,
    collect,
)
from course_lib.support.lessons.articles import read_article
from course_lib.support.sentences import split_sentences
from tests.branches import RESULTS, SECRET, Branches, asked, kill, obey, wait_until_they_wait
from tests.problems import assert_problem
from tests.serve_run import serve_run
from tests.waiting import LONG_S, wait_until

QUICK_STOP = {"graceful_shutdown_wait_loop_s": 0.1}
Collected = tuple[dict[str, Any], list[Missing], list[str]]


@pytest.mark.parametrize(
    ("scores", "label", "score"),
    [
        ([], "neutral", 0.0),
        ([0.5, -0.1], "positive", 0.2),
        ([0.05], "neutral", 0.05),
        ([-0.05], "neutral", -0.05),
        ([-0.9, -0.9] + [0.0] * 18, "negative", -0.09),
        ([-0.9] + [0.0] * 19, "neutral", -0.045),
    ],
)
def test_the_sentiment_of_an_article_is_the_mean_with_a_band_around_zero(
    scores: list[float], label: str, score: float
) -> None:
    assert article_sentiment(scores) == {"label": label, "score": pytest.approx(score)}


async def value(result: object) -> object:
    return result


async def failure(error: BaseException) -> None:
    raise error


async def never() -> None:
    await asyncio.Event().wait()


def collected(within_s: float = 10, **branches: Coroutine) -> Collected:
    """What `collect` returns for these branches, and which of them are cancelled then."""

    async def run() -> Collected:
        tasks = {name: asyncio.ensure_future(branch) for name, branch in branches.items()}
        results, missing = await collect(tasks, within_s)
        return results, missing, [name for name, task in tasks.items() if task.cancelled()]

    return asyncio.run(asyncio.wait_for(run(), 30))


class TestCollect:
    def test_all_results_in_the_order_of_the_branches(self) -> None:
        results, missing, _ = collected(a=asyncio.sleep(0.02, "came last"), b=value("came first"))
        assert list(results.items()) == [("a", "came last"), ("b", "came first")]
        assert missing == []

    def test_branches_wait_for_each_other_so_they_run_at_the_same_time(self) -> None:
        meeting = asyncio.Barrier(3)
        results, missing, _ = collected(a=meeting.wait(), b=meeting.wait(), c=meeting.wait())
        assert sorted(results.values()) == [0, 1, 2]
        assert missing == []

    def test_the_failed_and_the_late_are_named_and_the_others_kept(self) -> None:
        results, missing, cancelled = collected(
            within_s=0.05,
            broken=failure(MemoryError(SECRET)),
            none=value(None),
            endless=never(),
            gone=failure(asyncio.CancelledError()),
        )
        assert results == {"none": None}
        assert missing == [
            Missing(branch="broken", reason="failed", detail="MemoryError"),
            Missing(branch="endless", reason="late", detail="no answer within 0.05 s"),
            Missing(branch="gone", reason="failed", detail="CancelledError"),
        ]
        assert "endless" in cancelled

    def test_an_error_is_in_the_log(self, monkeypatch: pytest.MonkeyPatch) -> None:
        logged = []
        monkeypatch.setattr(
            "course_lib.broadcast.logger.warning",
            lambda text, exc_info: logged.append((text, str(exc_info))),
        )
        collected(broken=failure(MemoryError(SECRET)))
        assert logged == [("branch broken failed", SECRET)]

    def test_a_caller_that_is_cancelled_cancels_the_branches(self) -> None:
        async def run() -> None:
            late = asyncio.ensure_future(never())
            caller = asyncio.ensure_future(collect({"endless": late}, within_s=60))
            await asyncio.sleep(0)  # both start
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(caller, 30)
            assert late.cancelled()

        asyncio.run(run())

    def test_no_branch(self) -> None:
        with pytest.raises(ValueError, match=r"[Ee]mpty"):
            collected()


@pytest.fixture(scope="module")
def stand_ins(cluster_url: str) -> Iterator[DeploymentHandle]:
    """The branches that do as they are told."""
    yield serve.run(Branches.bind(), name="branches", route_prefix=None)
    serve.delete("branches", _blocking=False)


@pytest.fixture
def obedient(stand_ins: DeploymentHandle) -> Iterator[None]:
    """Orders are over when the test is."""
    yield
    obey()


@pytest.fixture(scope="module")
def partial_url(cluster_url: str, stand_ins: DeploymentHandle) -> Iterator[str]:
    """The application, with stand-ins for its branches."""
    driver = ArticleDriver.options(**QUICK_STOP).bind(stand_ins.sentiment, stand_ins.summary)
    serve.run(driver, name="partial", route_prefix="/partial")
    yield f"{cluster_url}/partial"
    serve.delete("partial", _blocking=False)


def ask(
    url: str, search_term: str = "physicist", timeout_s: float = 30, **params: object
) -> requests.Response:
    return requests.get(url, params={"search_term": search_term, **params}, timeout=timeout_s)


@pytest.mark.usefixtures("obedient")
class TestPartialAnswers:
    def test_the_branches_are_asked_at_the_same_time(self, partial_url: str) -> None:
        """Each waits for the other, so one after the other would be late."""
        obey(meet=2, sentiment="meet", summary="meet")
        answer = ask(f"{partial_url}/analysis", within_s=10)
        assert answer.status_code == 200
        assert answer.json()["missing"] == []

    def test_a_failed_branch(self, partial_url: str) -> None:
        obey(summary="fail")
        answer = ask(f"{partial_url}/analysis")
        body = answer.json()
        assert answer.status_code == 200
        assert body["sentiment"] == RESULTS["sentiment"]
        assert body["summary"] is None
        failed = {"branch": "summary", "reason": "failed", "detail": "MemoryError"}
        assert body["missing"] == [failed]
        assert SECRET not in answer.text

    def test_a_late_branch_is_left_out_and_told_to_stop(self, partial_url: str) -> None:
        obey(sentiment="wait")
        body = ask(f"{partial_url}/analysis", within_s=3).json()
        assert body["sentiment"] is None
        assert body["summary"] == "A summary."
        late = {"branch": "sentiment", "reason": "late", "detail": "no answer within 3 s"}
        assert body["missing"] == [late]
        wait_until_they_wait()

    def test_a_client_that_leaves_stops_the_branches(self, partial_url: str) -> None:
        obey(sentiment="wait", summary="wait")
        with ThreadPoolExecutor(1) as client:
            leaves = client.submit(ask, f"{partial_url}/analysis", within_s=10, timeout_s=2)
            wait_until_they_wait("sentiment", "summary")
            assert isinstance(leaves.exception(), requests.ReadTimeout)
        wait_until_they_wait()

    def test_no_branch_is_no_answer(self, partial_url: str) -> None:
        obey(sentiment="fail", summary="wait")
        answer = ask(f"{partial_url}/analysis", within_s=3)
        problem = assert_problem(answer, 503)
        assert problem["type"] == NO_RESULT
        assert problem["missing"] == [
            {"branch": "sentiment", "reason": "failed", "detail": "MemoryError"},
            {"branch": "summary", "reason": "late", "detail": "no answer within 3 s"},
        ]
        assert SECRET not in answer.text

    def test_no_article_asks_no_branch(self, partial_url: str) -> None:
        obey()
        problem = assert_problem(ask(f"{partial_url}/analysis", "xylophonist from Mars"), 404)
        assert "xylophonist from Mars" in problem["detail"]
        assert asked() == []

    @pytest.mark.parametrize("search_term", [" ", "x" * 301])
    def test_a_bad_search_term(self, partial_url: str, search_term: str) -> None:
        problem = assert_problem(ask(f"{partial_url}/analysis", search_term), 422)
        assert [error["parameter"] for error in problem["errors"]] == ["search_term"]

    @pytest.mark.parametrize("within_s", [0, 10.1, "nan", "soon"])
    def test_a_bad_deadline(self, partial_url: str, within_s: object) -> None:
        problem = assert_problem(ask(f"{partial_url}/analysis", within_s=within_s), 422)
        assert [error["parameter"] for error in problem["errors"]] == ["within_s"]


@pytest.mark.usefixtures("wikipedia_url")
def test_the_network_judges_and_summarizes_articles() -> None:
    network = SentimentAnalysis.func_or_class()
    assert asyncio.run(network(["What a wonderful day.", "I love it."]))["label"] == "positive"
    assert asyncio.run(network(["This is the worst film."]))["label"] == "negative"
    assert asyncio.run(network([])) == {"label": "neutral", "score": 0.0}

    summarizer = Summarizer.func_or_class()
    sentences = split_sentences(read_article("physicist").text, 20)
    summary = asyncio.run(summarizer(sentences))
    assert summary.startswith(sentences[0])
    assert 2 <= sum(sentence in summary for sentence in sentences) <= 3
    assert asyncio.run(summarizer([])) == ""


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application, with its real branches."""
    with serve_run("broadcast", cluster_url) as url:
        yield url


class TestApplication:
    def test_sentiment_and_summary_of_an_article(self, url: str) -> None:
        def whole() -> dict[str, Any] | None:
            body = ask(f"{url}/analysis", "  physicist\n", within_s=10).json()
            return None if body["missing"] else body

        body = wait_until(whole, "an answer in which no branch is late, as on a busy machine")
        assert body["title"] == "Albert Einstein"
        assert body["url"] == "https://en.wikipedia.org/wiki/Albert_Einstein"
        assert body["license"].startswith("Creative Commons")
        assert body["sentiment"]["label"] == "positive"
        assert body["summary"].startswith("Albert Einstein")

    def test_the_openapi_document_names_the_route_and_its_answers(self, url: str) -> None:
        document = requests.get(f"{url}/openapi.json", timeout=LONG_S).json()
        assert set(document["paths"]) == {"/analysis"}
        answers = document["paths"]["/analysis"]["get"]["responses"]
        assert set(answers) == {"200", "404", "422", "503"}
        problems = [set(answers[status]["content"]) for status in ("404", "422", "503")]
        assert problems == 3 * [{"application/problem+json"}]
        assert {"Analysis", "Missing"} <= set(document["components"]["schemas"])


def test_a_replica_that_dies_is_a_branch_that_failed(partial_url: str) -> None:
    """The last of these tests: it leaves the stand-ins without a replica for a moment."""
    obey(sentiment="wait", summary="wait")
    with ThreadPoolExecutor(1) as client:
        answer = client.submit(ask, f"{partial_url}/analysis", within_s=10)
        wait_until_they_wait("sentiment", "summary")
        # Another answer has come the same way after the two acceptances, so the driver knows them
        # by now. A request whose acceptance it does not know when the replica dies is tried again.
        obey()
        assert ask(f"{partial_url}/analysis", within_s=10).json()["missing"] == []
        kill()
    missing = assert_problem(answer.result(), 503)["missing"]
    details = {(branch["reason"], branch["detail"]) for branch in missing}
    assert details == {("failed", "ActorDiedError")}
