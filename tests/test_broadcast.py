"""Broadcast: what is collected by a deadline, three judges and their vote, and the two routes."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
import ray
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.broadcast import (
    NEGATIVE_WORDS,
    POSITIVE_WORDS,
    ArticleDriver,
    Missing,
    SentimentAnalysis,
    Summarizer,
    WordRule,
    WordStatistics,
    app,
    article_sentiment,
    collect,
    majority,
    train_statistics,
    training_sentences,
    word_side,
)
from course_lib.support.sentences import split_sentences
from course_lib.support.wiki.articles import read_article

LABELS = ("negative", "neutral", "positive")
SECRET = "no room on device 3"
QUICK_STOP = {"graceful_shutdown_wait_loop_s": 0.1}
RESULTS = {
    "sentiment": {"label": "positive", "score": 0.5},
    "summary": "A summary.",
    "statistics": {"label": "positive", "score": 0.2},
    "rule": {"label": "negative", "score": -0.1},
}


class TestArticleSentiment:
    @pytest.mark.parametrize(
        ("scores", "label", "score"),
        [
            ([], "neutral", 0.0),
            ([0.5, -0.1], "positive", 0.2),
            ([0.05], "neutral", 0.05),
            ([-0.05], "neutral", -0.05),
            ([-1, -1] + [0] * 18, "negative", -0.1),
            ([-0.9, -0.9] + [0.0] * 18, "negative", -0.09),
            ([-0.9] + [0.0] * 19, "neutral", -0.045),
        ],
    )
    def test_the_mean_with_a_band_around_zero(
        self, scores: list[float], label: str, score: float
    ) -> None:
        assert article_sentiment(scores) == {"label": label, "score": pytest.approx(score)}


class TestWordSide:
    @pytest.mark.parametrize(
        ("sentence", "side"),
        [
            ("", 0),
            ("The shop is next to the station.", 0),
            ("He WON the prize.", 1),
            ("He lost the war.", -1),
            ("It was not good.", -1),
            ("It was not a good day.", 1),
            ("He never failed.", 1),
            ("A peaceful end of the war", 0),
            ("Wonders and warships", 0),
        ],
    )
    def test_listed_words_and_a_negation_right_before(self, sentence: str, side: int) -> None:
        assert word_side(sentence) == side

    def test_no_word_is_on_both_lists(self) -> None:
        assert not POSITIVE_WORDS & NEGATIVE_WORDS

    def test_a_verdict_from_the_sides(self) -> None:
        rule = WordRule.func_or_class()
        verdict = asyncio.run(rule(["He won.", "He won.", "He lost.", "He slept."]))
        assert verdict == {"label": "positive", "score": 0.25}


@pytest.mark.usefixtures("wikipedia_url")  # it makes the database
class TestStatistics:
    def test_it_learns_the_company_of_the_listed_words_and_not_the_words(self) -> None:
        model = train_statistics(training_sentences())
        assert not (POSITIVE_WORDS | NEGATIVE_WORDS) & set(model[0].get_feature_names_out())
        texts = [
            "The film was nominated for three Oscars.",
            "The Confederate soldiers were taken prisoner.",
            "won war",
        ]
        assert [word_side(text) for text in texts] == [0, 0, 0]
        probabilities = model.predict_proba(texts)
        assert probabilities.shape == (3, 2)
        assert probabilities.argmax(axis=1)[:2].tolist() == [1, 0]
        assert probabilities[2] == pytest.approx([0.5, 0.5])  # it knows neither word

    def test_leads_are_not_among_what_it_learns(self) -> None:
        sentences = set(training_sentences())
        assert len(sentences) > 10_000
        assert "Albert Einstein (; ; 14 March 1879" not in " ".join(sentences)

    def test_one_side_is_not_enough(self) -> None:
        with pytest.raises(ValueError, match="both sides"):
            train_statistics(["He won the prize.", "He won a war."])


class TestMajority:
    def test_more_than_half_of_all_judges(self) -> None:
        assert majority(["neutral", "positive", "neutral"], 3) == "neutral"
        assert majority(["positive"], 1) == "positive"
        assert majority(["positive", "positive"], 4) == "undecided"
        assert majority([], 3) == "undecided"

    @pytest.mark.parametrize("ballot", list(product(LABELS, repeat=3)))
    def test_a_missing_vote_never_turns_the_verdict_round(self, ballot: tuple[str, ...]) -> None:
        for voter in range(3):
            partial = majority(ballot[:voter] + ballot[voter + 1 :], 3)
            assert partial in {majority(ballot, 3), "undecided"}


async def value(result: object) -> object:
    return result


async def failure(error: BaseException) -> None:
    raise error


async def never() -> None:
    await asyncio.Event().wait()


class TestCollect:
    def test_all_results_in_the_order_of_the_branches(self) -> None:
        async def run() -> None:
            turn = asyncio.Event()

            async def second() -> str:
                await turn.wait()
                return "came last"

            async def first() -> str:
                turn.set()
                return "came first"

            branches = {"a": asyncio.ensure_future(second()), "b": asyncio.ensure_future(first())}
            results, missing = await collect(branches, within_s=10)
            assert list(results.items()) == [("a", "came last"), ("b", "came first")]
            assert missing == []

        asyncio.run(run())

    def test_branches_wait_for_each_other_so_they_run_at_the_same_time(self) -> None:
        async def run() -> None:
            meeting = asyncio.Barrier(3)
            branches = {name: asyncio.ensure_future(meeting.wait()) for name in "abc"}
            results, missing = await collect(branches, within_s=10)
            assert sorted(results.values()) == [0, 1, 2]
            assert missing == []

        asyncio.run(run())

    def test_the_failed_and_the_late_are_named_and_the_others_kept(self) -> None:
        async def run() -> None:
            late = asyncio.ensure_future(never())
            branches = {
                "broken": asyncio.ensure_future(failure(MemoryError(SECRET))),
                "none": asyncio.ensure_future(value(None)),
                "endless": late,
                "gone": asyncio.ensure_future(failure(asyncio.CancelledError())),
            }
            results, missing = await collect(branches, within_s=0.05)
            assert results == {"none": None}
            assert missing == [
                Missing(branch="broken", reason="failed", detail="MemoryError"),
                Missing(branch="endless", reason="late", detail="no answer within 0.05 s"),
                Missing(branch="gone", reason="failed", detail="CancelledError"),
            ]
            assert late.cancelled()

        asyncio.run(run())

    def test_an_error_is_in_the_log(self, monkeypatch: pytest.MonkeyPatch) -> None:
        logged = []
        monkeypatch.setattr(
            "course_lib.broadcast.logger.warning",
            lambda text, exc_info: logged.append((text, str(exc_info))),
        )

        async def run() -> None:
            await collect({"broken": asyncio.ensure_future(failure(MemoryError(SECRET)))}, 1)

        asyncio.run(run())
        assert logged == [("branch broken failed", SECRET)]

    def test_a_caller_that_is_cancelled_cancels_the_branches(self) -> None:
        async def run() -> None:
            started = asyncio.Event()

            async def branch() -> None:
                started.set()
                await never()

            late = asyncio.ensure_future(branch())
            caller = asyncio.ensure_future(collect({"endless": late}, within_s=60))
            await started.wait()
            caller.cancel()
            with pytest.raises(asyncio.CancelledError):
                await caller
            assert late.cancelled()

        asyncio.run(run())

    def test_no_branch(self) -> None:
        with pytest.raises(ValueError, match=r"[Ee]mpty"):
            asyncio.run(collect({}, within_s=1))


@serve.deployment(
    ray_actor_options={"num_cpus": 0},
    max_ongoing_requests=100,
    graceful_shutdown_wait_loop_s=0.1,
    health_check_period_s=1,
)
class Branches:
    """All four branches in one replica. Each answers, fails, waits, or meets the others."""

    def __init__(self) -> None:
        self.obey({}, 1)

    def obey(self, orders: dict[str, str], meet: int) -> None:
        """Give orders to branches by name; `meet` branches wait for each other."""
        self.orders = orders
        self.meeting = asyncio.Barrier(meet)
        self.waiting: list[str] = []

    async def work(self, name: str) -> object:
        order = self.orders.get(name, "answer")
        if order == "fail":
            raise MemoryError(SECRET)
        if order == "wait":
            self.waiting.append(name)
            try:
                await asyncio.Event().wait()
            finally:
                self.waiting.remove(name)
        if order == "meet":
            await self.meeting.wait()
        return RESULTS[name]

    async def sentiment(self, sentences: list[str]) -> object:
        return await self.work("sentiment")

    async def summary(self, sentences: list[str]) -> object:
        return await self.work("summary")

    async def statistics(self, sentences: list[str]) -> object:
        return await self.work("statistics")

    async def rule(self, sentences: list[str]) -> object:
        return await self.work("rule")

    async def who_waits(self) -> list[str]:
        return sorted(self.waiting)


@pytest.fixture(scope="module")
def stand_ins(cluster_url: str) -> Iterator[DeploymentHandle]:
    """The branches that do as they are told."""
    yield serve.run(Branches.bind(), name="branches", route_prefix=None)
    serve.delete("branches")


@pytest.fixture(scope="module")
def partial_url(cluster_url: str, stand_ins: DeploymentHandle) -> Iterator[str]:
    """The application, with stand-ins for all branches."""
    handles = (stand_ins.sentiment, stand_ins.summary, stand_ins.statistics, stand_ins.rule)
    driver = ArticleDriver.options(**QUICK_STOP).bind(*handles)
    serve.run(driver, name="partial", route_prefix="/partial")
    yield f"{cluster_url}/partial"
    serve.delete("partial")


@pytest.fixture
def branches(stand_ins: DeploymentHandle) -> Iterator[DeploymentHandle]:
    """The stand-ins, which answer until they are told something else."""
    yield stand_ins
    obey(stand_ins)


def obey(branches: DeploymentHandle, meet: int = 1, **orders: str) -> None:
    branches.obey.remote(orders, meet).result(timeout_s=10)


def ask(url: str, search_term: str = "physicist", **params: object) -> requests.Response:
    return requests.get(url, params={"search_term": search_term, **params}, timeout=30)


def wait_until(branches: DeploymentHandle, waiting: list[str]) -> None:
    deadline = time.monotonic() + 20
    while (seen := branches.who_waits.remote().result(timeout_s=10)) != waiting:
        assert time.monotonic() < deadline, f"{seen} wait, not {waiting}"
        time.sleep(0.02)


class TestPartialAnswers:
    @pytest.mark.parametrize(
        ("path", "names"),
        [("analysis", ("sentiment", "summary")), ("vote", ("sentiment", "statistics", "rule"))],
    )
    def test_the_branches_are_asked_at_the_same_time(
        self, partial_url: str, branches: DeploymentHandle, path: str, names: tuple[str, ...]
    ) -> None:
        """Each waits for the others, so one after the other would be late."""
        obey(branches, meet=len(names), **dict.fromkeys(names, "meet"))
        answer = ask(f"{partial_url}/{path}", within_s=10)
        assert answer.status_code == 200
        assert answer.json()["missing"] == []

    def test_a_failed_branch(self, partial_url: str, branches: DeploymentHandle) -> None:
        obey(branches, summary="fail")
        answer = ask(f"{partial_url}/analysis")
        assert answer.status_code == 200
        body = answer.json()
        assert body["sentiment"] == RESULTS["sentiment"]
        assert body["summary"] is None
        assert body["missing"] == [
            {"branch": "summary", "reason": "failed", "detail": "MemoryError"}
        ]
        assert SECRET not in answer.text

    def test_a_late_branch_is_left_out_and_told_to_stop(
        self, partial_url: str, branches: DeploymentHandle
    ) -> None:
        obey(branches, sentiment="wait")
        body = ask(f"{partial_url}/analysis", within_s=1).json()
        assert body["sentiment"] is None
        assert body["summary"] == "A summary."
        assert body["missing"] == [
            {"branch": "sentiment", "reason": "late", "detail": "no answer within 1 s"}
        ]
        wait_until(branches, [])

    def test_a_client_that_leaves_stops_the_branches(
        self, partial_url: str, branches: DeploymentHandle
    ) -> None:
        obey(branches, sentiment="wait", summary="wait")
        with ThreadPoolExecutor(1) as client:
            leaves = client.submit(
                requests.get,
                f"{partial_url}/analysis",
                params={"search_term": "physicist", "within_s": 10},
                timeout=2,
            )
            wait_until(branches, ["sentiment", "summary"])
            assert isinstance(leaves.exception(), requests.ReadTimeout)
        wait_until(branches, [])

    @pytest.mark.parametrize(
        ("orders", "verdict", "voters"),
        [
            ({}, "positive", ["network", "statistics", "rule"]),
            ({"rule": "fail"}, "positive", ["network", "statistics"]),
            ({"statistics": "fail"}, "undecided", ["network", "rule"]),
            ({"sentiment": "fail", "rule": "wait"}, "undecided", ["statistics"]),
        ],
    )
    def test_a_vote_of_those_who_came(
        self,
        partial_url: str,
        branches: DeploymentHandle,
        orders: dict[str, str],
        verdict: str,
        voters: list[str],
    ) -> None:
        obey(branches, **orders)
        body = ask(f"{partial_url}/vote", within_s=1).json()
        assert body["verdict"] == verdict
        assert list(body["votes"]) == voters
        assert len(body["missing"]) == len(orders)

    def test_no_branch_is_no_answer(self, partial_url: str, branches: DeploymentHandle) -> None:
        obey(branches, sentiment="fail", summary="wait")
        answer = ask(f"{partial_url}/analysis", within_s=0.5)
        assert answer.status_code == 503
        reasons = [(branch["branch"], branch["reason"]) for branch in answer.json()["detail"]]
        assert reasons == [("sentiment", "failed"), ("summary", "late")]

    def test_no_article_asks_no_branch(self, partial_url: str, branches: DeploymentHandle) -> None:
        obey(branches, **dict.fromkeys(RESULTS, "wait"))
        for path in ("analysis", "vote"):
            answer = ask(f"{partial_url}/{path}", "xylophonist from Mars")
            assert answer.status_code == 404
        wait_until(branches, [])

    @pytest.mark.parametrize(
        "params",
        [
            {"search_term": " "},
            {"search_term": "x" * 301},
            {"within_s": 0},
            {"within_s": 10.1},
            {"within_s": "nan"},
            {"within_s": "soon"},
        ],
    )
    def test_a_bad_parameter(self, partial_url: str, params: dict[str, object]) -> None:
        assert ask(f"{partial_url}/analysis", **params).status_code == 422


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
def url(cluster_url: str, stand_ins: DeploymentHandle) -> Iterator[str]:
    """The application, with stand-ins for the two networks."""
    judges = [judge.options(**QUICK_STOP).bind() for judge in (WordStatistics, WordRule)]
    driver = ArticleDriver.options(**QUICK_STOP).bind(
        stand_ins.sentiment, stand_ins.summary, *judges
    )
    serve.run(driver, name="broadcast", route_prefix="/broadcast")
    yield f"{cluster_url}/broadcast"
    serve.delete("broadcast")


class TestApplication:
    def test_the_parts_of_app_have_the_names_of_the_last_lesson(self) -> None:
        parts = app._bound_deployment.init_args
        names = [part._bound_deployment.name for part in parts]
        assert names == ["SentimentAnalysis", "Summarizer", "WordStatistics", "WordRule"]

    def test_sentiment_and_summary_of_an_article(self, url: str) -> None:
        answer = ask(f"{url}/analysis", "  physicist\n")
        assert answer.status_code == 200
        body = answer.json()
        assert body["title"] == "Albert Einstein"
        assert body["url"] == "https://en.wikipedia.org/wiki/Albert_Einstein"
        assert body["license"].startswith("Creative Commons")
        assert body["sentiment"] == RESULTS["sentiment"]
        assert body["summary"] == RESULTS["summary"]
        assert body["missing"] == []

    def test_a_vote_of_three(self, url: str) -> None:
        body = ask(f"{url}/vote", "war", within_s=10).json()
        assert body["title"] == "American Revolutionary War"
        labels = {judge: vote["label"] for judge, vote in body["votes"].items()}
        assert labels == {"network": "positive", "statistics": "negative", "rule": "negative"}
        assert body["verdict"] == "negative"
        assert body["missing"] == []

    def test_an_article_with_an_empty_lead_has_a_vote(self, url: str) -> None:
        statistics = serve.get_deployment_handle("WordStatistics", "broadcast")
        assert statistics.remote([]).result(timeout_s=10) == {"label": "neutral", "score": 0.0}

    def test_rays_own_broadcast_asks_every_replica_of_one_deployment(self, url: str) -> None:
        rule = serve.get_deployment_handle("WordRule", "broadcast")
        [verdict] = rule.broadcast("__call__", ["He won."]).results(timeout_s=10)
        assert verdict == {"label": "positive", "score": 1.0}

    def test_the_openapi_document_names_routes_and_answers(self, url: str) -> None:
        document = requests.get(f"{url}/openapi.json", timeout=30).json()
        assert set(document["paths"]) == {"/analysis", "/vote"}
        assert {"Analysis", "Vote", "Missing"} <= set(document["components"]["schemas"])


def is_stand_in(actor: dict[str, str]) -> bool:
    return actor["namespace"] == "serve" and "#Branches#" in actor["name"]


def test_a_replica_that_dies_is_a_branch_that_failed(
    partial_url: str, stand_ins: DeploymentHandle
) -> None:
    """The last of these tests: it leaves the stand-ins without a replica for a moment."""
    obey(stand_ins, sentiment="wait", summary="wait")
    with ThreadPoolExecutor(1) as client:
        asked = client.submit(ask, f"{partial_url}/analysis", within_s=10)
        wait_until(stand_ins, ["sentiment", "summary"])
        [name] = [n for n in ray.util.list_named_actors(all_namespaces=True) if is_stand_in(n)]
        ray.kill(ray.get_actor(name["name"], namespace="serve"))
        answer = asked.result()
    assert answer.status_code == 503
    details = {(b["reason"], b["detail"]) for b in answer.json()["detail"]}
    assert details == {("failed", "ActorDiedError")}
