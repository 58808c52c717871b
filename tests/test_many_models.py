"""Many models: which a replica holds, what a bad one costs, and whose answer a request gets."""

import shutil
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import requests
from ray import serve
from ray.serve.handle import DeploymentHandle

from course_lib.many_models import PLACES, TopicApi, TopicModels
from course_lib.support.lessons.inside_replicas import inside, replicas
from course_lib.support.lessons.topics import (
    TopicError,
    read_topic,
    topic_file,
    topic_folder,
    topic_names,
)
from course_lib.support.models import load_embeddings
from tests.problems import assert_problem
from tests.serve_run import serve_run
from tests.waiting import LONG_S

SENTENCE = "Seaweed lives in the sea and makes sugar from light."


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application as it is, with two replicas."""
    with serve_run("many_models", cluster_url) as url:
        yield url


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Topics that a test may damage."""
    folder = tmp_path_factory.mktemp("topics") / "copy"
    shutil.copytree(topic_folder(), folder)
    return folder


@pytest.fixture(scope="module")
def single_url(cluster_url: str, folder: Path) -> Iterator[str]:
    """One replica, which reads that folder and does not wait."""
    models = TopicModels.options(num_replicas=1).bind(folder, fetch_s=0)
    serve.run(TopicApi.bind(models, folder), name="single_topics", route_prefix="/single_topics")
    yield f"{cluster_url}/single_topics"
    serve.delete("single_topics", _blocking=False)


@pytest.fixture(scope="module")
def single(single_url: str) -> DeploymentHandle:
    """The models behind it."""
    return serve.get_deployment_handle("TopicModels", "single_topics")


def ask(url: str, topic: str, text: str = SENTENCE) -> requests.Response:
    return requests.get(f"{url}/topics/{topic}", params={"text": text}, timeout=LONG_S)


def loads(application: str) -> Counter[str]:
    """How often the application's replicas have loaded each model."""
    names = [name for name in replicas(application) if "#TopicModels#" in name]
    return sum((inside(name, lambda models: models.loads) for name in names), Counter[str]())


@cache
def expected(topic: str) -> float:
    """What the topic's model says of the sentence."""
    return read_topic(topic_file(topic_folder(), topic))(load_embeddings().encode([SENTENCE]))[0]


class TestTheApi:
    def test_it_answers_with_the_topic_in_the_path(self, url: str) -> None:
        for topic in ("algae", "alaska"):
            answer = ask(url, topic)
            assert answer.status_code == 200
            assert answer.json()["topic"] == topic
            assert answer.json()["probability"] == pytest.approx(expected(topic), abs=1e-4)

    def test_it_names_all_topics(self, url: str) -> None:
        names = requests.get(f"{url}/topics", timeout=LONG_S).json()
        assert names == topic_names(topic_folder())

    def test_a_topic_that_does_not_exist_is_loaded_nowhere(self, url: str) -> None:
        before = loads("many_models")
        for topic in ("dragons", "..%2Falgae", "ALGAE"):
            assert_problem(ask(url, topic), 404)
        assert "'dragons'" in ask(url, "dragons").json()["detail"]
        assert loads("many_models") == before

    @pytest.mark.parametrize("text", ["", "x" * 6_000])
    def test_a_text_of_no_use_is_refused(self, url: str, text: str) -> None:
        assert_problem(ask(url, "algae", text), 422)

    def test_a_replica_loads_once_what_it_holds(self, url: str) -> None:
        before = loads("many_models")["anatomy"]
        answered = {ask(url, "anatomy").json()["replica"] for _ in range(8)}
        assert loads("many_models")["anatomy"] - before <= 2
        assert len(answered) <= 2


class TestWhatAReplicaHolds:
    def test_the_least_recently_used_makes_room(self, single_url: str) -> None:
        assert PLACES == 3
        held = []
        before = loads("single_topics")
        for topic in ("abacus", "acids", "alaska", "abacus", "algae", "abacus", "acids"):
            ask(single_url, topic)
            after = loads("single_topics")
            held.append(after == before)
            before = after
        assert held == [False, False, False, True, False, True, False]

    def test_a_model_that_cannot_be_read_is_tried_once(self, single_url: str, folder: Path) -> None:
        whole = topic_file(topic_folder(), "aikido")
        damaged = topic_file(folder, "aikido")
        damaged.write_text("no model")
        before = loads("single_topics")
        for _ in range(3):
            problem = assert_problem(ask(single_url, "aikido"), 500)
            assert "'aikido'" in problem["detail"]
            assert str(folder) not in problem["detail"]
        assert loads("single_topics") - before == Counter({"aikido": 1})
        assert ask(single_url, "algae").status_code == 200
        shutil.copy(whole, damaged)
        assert ask(single_url, "aikido").json()["topic"] == "aikido"

    def test_one_that_has_gone_is_an_error_for_its_caller(self, single: DeploymentHandle) -> None:
        missing = single.options(multiplexed_model_id="dragons").judge
        for _ in range(2):
            with pytest.raises(TopicError, match="'dragons'"):
                missing.remote(SENTENCE).result(timeout_s=LONG_S)

    def test_a_file_that_comes_is_a_topic(self, single_url: str, folder: Path) -> None:
        assert ask(single_url, "seaweed").status_code == 404
        shutil.copy(topic_file(folder, "algae"), topic_file(folder, "seaweed"))
        answer = ask(single_url, "seaweed")
        topic_file(folder, "seaweed").unlink()
        assert answer.json()["probability"] == pytest.approx(expected("algae"), abs=1e-4)


def test_those_who_ask_at_once_get_their_own_topic(single: DeploymentHandle) -> None:
    wanted = ["algae", "alaska", "alchemy", "alabama"] * 6
    asked = [single.options(multiplexed_model_id=name).judge.remote(SENTENCE) for name in wanted]
    for name, response in zip(wanted, asked, strict=True):
        answer = response.result(timeout_s=LONG_S)
        assert answer["topic"] == name
        assert answer["probability"] == pytest.approx(expected(name), abs=1e-4)


def test_a_load_keeps_nobody_from_what_is_held(folder: Path) -> None:
    models = TopicModels.options(num_replicas=1, graceful_shutdown_timeout_s=0.1)
    handle = serve.run(models.bind(folder, fetch_s=0), name="stuck_topics", route_prefix=None)
    algae = handle.options(multiplexed_model_id="algae").judge
    algae.remote(SENTENCE).result(timeout_s=LONG_S)
    [replica] = replicas("stuck_topics")
    inside(replica, lambda models: setattr(models, "fetch_s", 3_600))
    never = handle.options(multiplexed_model_id="alaska").judge.remote(SENTENCE)
    while not inside(replica, lambda models: models.loads["alaska"]):
        pass
    assert algae.remote(SENTENCE).result(timeout_s=LONG_S)["topic"] == "algae"
    never.cancel()
    serve.delete("stuck_topics", _blocking=False)
