"""One real cluster for the whole test run, and the Wikipedias and applications that tests ask.

Ray is imported where a test needs it: those of a function or of a text do not wait for it.
"""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import uvicorn
from fastapi import FastAPI

from course_lib.support.models.encoder import encoder_folder
from course_lib.support.settings import settings
from course_lib.support.wiki.importer import ensure_database, import_dump
from tests.faulty_wikipedia import serve_faulty_wikipedia
from tests.small_wiki import write_small_dump
from tests.waiting import LONG_S

if TYPE_CHECKING:
    from ray.serve.handle import DeploymentHandle

WIKIPEDIA_TIMEOUT_S = 60.0
IN_THE_CLUSTER = pytest.mark.xdist_group("cluster")  # for what the grouping below cannot see
# Lessons that run on a port of their own, so that others can run at the same time. Those that stay
# on port 8000 run one after the other.
PORTS = {
    "00_online_inference": 8110,
    "02_fastapi_ingress": 8010,
    "03_scaling": 8020,
    "04_autoscaling": 8030,
    "05_batching": 8040,
    "06_pipeline": 8120,
    "07_broadcast": 8050,
    "08_conditional": 8130,
    "11_streaming_chat": 8060,
    "12_many_models": 8070,
    "13_into_production": 8100,
}
# Its clients ask six times within seconds: where others start replicas, a new one may be too late.
ALONE = {"10_when_things_break"}


@pytest.hookimpl(wrapper=True)  # before pytest-xdist looks at the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Group the tests that share something, for pytest-xdist: each group has one process.

    The groups come first, so that no process is left alone with a large one at the end.
    """
    for item in items:
        if item.path.suffix == ".ipynb":
            if item.path.stem in PORTS:
                use_port(item, PORTS[item.path.stem])
            if item.path.stem in ALONE:
                item.add_marker(pytest.mark.alone)
        if (group := group_of(item)) is not None:
            item.add_marker(pytest.mark.xdist_group(group))
        if item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.slow)
    items.sort(key=lambda item: item.get_closest_marker("xdist_group") is None)
    return (yield)


def group_of(item: pytest.Item) -> str | None:
    """The name of what this test shares with others, if anything: those run one after the other."""
    if item.get_closest_marker("alone"):
        return "alone"
    if item.path.suffix == ".ipynb":
        return f"port {PORTS.get(item.path.stem, 8000)}"
    return "cluster" if "cluster_url" in getattr(item, "fixturenames", ()) else None


def use_port(cell: pytest.Item, port: int) -> None:
    """Let a notebook's cell use this port."""
    source = cell.cell.source.replace("start_cluster()", f"start_cluster(http_port={port})")
    for place in ("127.0.0.1:", "port: "):
        source = source.replace(f"{place}8000", f"{place}{port}")
    cell.cell.source = source


@dataclass(frozen=True)
class Api:
    """A Wikipedia NLP API at a URL."""

    url: str

    def get(self, search_term: str, **params: Any) -> requests.Response:
        """Ask for the analysis of an article."""
        params = {"search_term": search_term, **params}
        return requests.get(f"{self.url}/summarize", params=params, timeout=LONG_S)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serve_wikipedia(database: Path) -> Iterator[str]:
    """The embedded Wikipedia's server on a free port, without Ray; the URL of its api.php."""
    from course_lib.support.wiki.server import API_PATH, create_api

    with serve_without_ray(create_api(database)) as url:
        yield f"{url}{API_PATH}"


@contextmanager
def serve_without_ray(api: FastAPI) -> Iterator[str]:
    """Any application on a free port; its URL."""
    port = free_port()
    config = uvicorn.Config(api, port=port, log_level="error", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def wikipedia_url() -> Iterator[str]:
    """The embedded Wikipedia."""
    database = settings().wikipedia_database
    ensure_database(database)
    with serve_wikipedia(database) as url:
        yield url


@pytest.fixture(scope="session")
def small_wikipedia_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Wikipedia of a few odd articles."""
    folder = tmp_path_factory.mktemp("small-wiki")
    write_small_dump(folder / "dump.xml")
    import_dump(folder / "dump.xml", folder / "wikipedia.sqlite3")
    with serve_wikipedia(folder / "wikipedia.sqlite3") as url:
        yield url


@pytest.fixture
def embedded_article(wikipedia_url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that fetches an article of the embedded Wikipedia, in this process."""
    from course_lib.wikipedia_nlp_api import fetch_wikipedia_page

    monkeypatch.setattr(settings(), "wikipedia_api_url", wikipedia_url)
    return fetch_wikipedia_page


@pytest.fixture(scope="session")
def faulty_url(wikipedia_url: str) -> Iterator[str]:
    """The embedded Wikipedia behind a server that misbehaves when it is asked to."""
    with serve_faulty_wikipedia(upstream=wikipedia_url) as url:
        yield url


@pytest.fixture(scope="session")
def cluster_url(faulty_url: str) -> Iterator[str]:
    """A real Ray cluster with Serve on a free port; the URL of its proxy.

    Its replicas read the embedded Wikipedia through a server that misbehaves when it is asked to.
    """
    import ray

    from course_lib.support.cluster import start_cluster

    # Ray's processes inherit what is set when they start.
    os.environ["WIKIPEDIA_API_URL"] = faulty_url
    os.environ["WIKIPEDIA_TIMEOUT_S"] = str(WIKIPEDIA_TIMEOUT_S)
    port = free_port()
    start_cluster(http_port=port)
    del os.environ["WIKIPEDIA_API_URL"], os.environ["WIKIPEDIA_TIMEOUT_S"]
    yield f"http://127.0.0.1:{port}"
    ray.shutdown()


@pytest.fixture(scope="session")
def nlp(cluster_url: str) -> Iterator[Api]:
    """The whole application."""
    from tests.serve_run import serve_run

    with serve_run("wikipedia_nlp_api", cluster_url) as url:
        yield Api(url)


@pytest.fixture(scope="session")
def models(nlp: Api) -> "tuple[DeploymentHandle, ...]":
    """Handles to the application's models, for other drivers to share."""
    from ray import serve

    names = ("SentimentAnalysis", "Summarizer", "EntityRecognition")
    return tuple(serve.get_deployment_handle(name, "wikipedia_nlp_api") for name in names)


@pytest.fixture(scope="session")
def odd(cluster_url: str, models: "tuple[DeploymentHandle, ...]", small_wikipedia_url: str) -> Api:
    """The application over a Wikipedia of odd articles."""
    from ray import serve

    from course_lib.wikipedia_nlp_api import NLPipelineDriver

    driver = NLPipelineDriver.options(ray_actor_options=reading(small_wikipedia_url))
    serve.run(driver.bind(*models), name="odd", route_prefix="/odd")
    return Api(f"{cluster_url}/odd")


def reading(url: str, **settings: str) -> dict[str, Any]:
    """The options of an actor that reads the Wikipedia at `url`, with other settings, if any."""
    environment = {"WIKIPEDIA_API_URL": url, **settings}
    return {"num_cpus": 0, "runtime_env": {"env_vars": environment}}


@pytest.fixture(scope="session")
def tiny_seq2seq(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with a sequence-to-sequence model that is real, tiny, and has learned nothing."""
    from transformers import BertTokenizerFast, T5Config, T5ForConditionalGeneration

    tokenizer = BertTokenizerFast.from_pretrained(encoder_folder())
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=tokenizer.cls_token_id,
        eos_token_id=tokenizer.sep_token_id,
    )
    folder = str(tmp_path_factory.mktemp("tiny-seq2seq"))
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
