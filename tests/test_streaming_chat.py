"""The chatbot: OpenAI's shapes by its own client, conversations that share a model, and readers
that leave."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from openai import APIError, BadRequestError, NotFoundError, OpenAI, Stream
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from ray import serve

from course_lib import streaming_chat
from course_lib.streaming_chat import MAX_PROMPT_TOKENS, MODEL, PLACES, Chat, ChatApi
from course_lib.support.lessons.inside_replicas import kill, replicas
from tests.serve_run import serve_run
from tests.waiting import LONG_S, wait_until

FRANCE = "What is the capital of France?"
LONG_ANSWER = "How can I sleep better? Give me some advice."


def said(question: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": question}]


@pytest.fixture(scope="module")
def url(cluster_url: str) -> Iterator[str]:
    """The application, with the embedded model."""
    with serve_run("streaming_chat", cluster_url) as url:
        yield url


@pytest.fixture(scope="module")
def openai(url: str) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{url}/v1", api_key="none", timeout=LONG_S, max_retries=0) as client:
        yield client


def complete(openai: OpenAI, question: str, **options: Any) -> ChatCompletion:
    return openai.chat.completions.create(model=MODEL, messages=said(question), **options)


def stream(openai: OpenAI, question: str, **options: Any) -> Stream[ChatCompletionChunk]:
    return complete(openai, question, stream=True, **options)


def count() -> dict[str, int]:
    """What the replica has counted, once it has nothing to write."""
    handle = serve.get_deployment_handle("Chat", "streaming_chat")

    def at_rest() -> dict[str, int] | None:
        counted = handle.count.remote().result(timeout_s=LONG_S)
        return None if counted["writing"] or counted["waiting"] else counted

    return wait_until(at_rest, "nothing is written any more")


class TestAnswer:
    def test_a_whole_one(self, openai: OpenAI) -> None:
        answer = complete(openai, FRANCE)
        [choice] = answer.choices
        assert choice.message.role == "assistant"
        assert "Paris" in choice.message.content
        assert choice.finish_reason == "stop"
        assert answer.usage.total_tokens == (
            answer.usage.prompt_tokens + answer.usage.completion_tokens
        )

    def test_streamed_it_is_the_same_token_by_token(self, openai: OpenAI) -> None:
        whole = complete(openai, FRANCE)
        chunks = list(stream(openai, FRANCE))
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert text == whole.choices[0].message.content
        assert len(chunks) == whole.usage.completion_tokens
        assert len({chunk.id for chunk in chunks}) == 1
        finishes = [chunk.choices[0].finish_reason for chunk in chunks]
        assert finishes == [None] * (len(chunks) - 1) + ["stop"]

    def test_the_limit_ends_it(self, openai: OpenAI) -> None:
        answer = complete(openai, LONG_ANSWER, max_tokens=3)
        assert answer.usage.completion_tokens == 3
        assert answer.choices[0].finish_reason == "length"

    def test_what_was_said_before_counts(self, openai: OpenAI) -> None:
        talk = [
            *said(FRANCE),
            {"role": "assistant", "content": "The capital of France is Paris."},
            *said("Which river flows through it?"),
        ]
        answer = openai.chat.completions.create(model=MODEL, messages=talk)
        assert "Seine" in answer.choices[0].message.content

    def test_a_stream_says_that_it_is_complete(self, url: str) -> None:
        body = {"model": MODEL, "messages": said(FRANCE), "max_tokens": 2, "stream": True}
        response = requests.post(f"{url}/v1/chat/completions", json=body, timeout=LONG_S)
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.text.endswith("\n\ndata: [DONE]\n\n")


class TestRefusal:
    @pytest.mark.parametrize(
        ("wish", "reason"),
        [
            ({"messages": []}, "messages: List should have at least 1 item"),
            ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role: Input should be"),
            ({"messages": said("")}, "messages.0.content: String should have at least 1"),
            ({"messages": said([{"type": "image_url"}])}, "messages.0.content: Input should be"),
            ({"max_tokens": 0}, "max_tokens: Input should be greater"),
            ({"max_tokens": 1_001}, "max_tokens: Input should be less than or equal to 1000"),
            ({"temperature": 0.7}, "temperature: Input should be less than or equal to 0"),
            ({"n": 2}, "n: Extra inputs are not permitted"),
        ],
    )
    def test_a_bad_request_names_what_is_wrong(
        self, openai: OpenAI, wish: dict[str, Any], reason: str
    ) -> None:
        with pytest.raises(BadRequestError) as refused:
            openai.chat.completions.create(**{"model": MODEL, "messages": said(FRANCE)} | wish)
        assert reason in refused.value.body["message"]
        assert refused.value.body["param"] == reason.partition(":")[0]

    def test_another_model(self, openai: OpenAI) -> None:
        with pytest.raises(NotFoundError) as refused:
            openai.chat.completions.create(model="gpt", messages=said(FRANCE))
        assert refused.value.code == "model_not_found"

    @pytest.mark.parametrize("streamed", [False, True])
    def test_a_prompt_that_is_too_long_is_refused_before_anything_is_written(
        self, openai: OpenAI, streamed: bool
    ) -> None:
        before = count()
        with pytest.raises(BadRequestError) as refused:
            complete(openai, "Why? " * MAX_PROMPT_TOKENS, stream=streamed)
        assert refused.value.code == "context_length_exceeded"
        assert f"{MAX_PROMPT_TOKENS} are allowed" in refused.value.body["message"]
        assert count() == before

    @pytest.mark.parametrize("body", ["{", "[]", "null", "", "{}"])
    def test_what_is_no_request(self, url: str, body: str) -> None:
        headers = {"Content-Type": "application/json"} if body != "{}" else {}
        address = f"{url}/v1/chat/completions"
        response = requests.post(address, data=body, headers=headers, timeout=LONG_S)
        assert response.status_code == 400
        error = response.json()["error"]
        assert error.keys() == {"message", "type", "param", "code"}
        assert "must be a JSON object" in error["message"]

    def test_an_unknown_path(self, url: str) -> None:
        response = requests.get(f"{url}/v2", timeout=LONG_S)
        assert (response.status_code, response.json()["error"]["message"]) == (404, "Not Found")


class TestManyConversations:
    def test_more_than_places_get_what_they_get_alone_in_fewer_passes(self, openai: OpenAI) -> None:
        questions = [FRANCE, LONG_ANSWER, "Count to five.", "Write one sentence about the sea."]
        questions = (questions * 2)[: PLACES + 2]
        tokens = 12

        def ask(question: str) -> str:
            return complete(openai, question, max_tokens=tokens).choices[0].message.content

        alone = [ask(question) for question in questions]
        before = count()
        with ThreadPoolExecutor(len(questions)) as clients:
            assert list(clients.map(ask, questions)) == alone
        after = count()
        written = after["tokens"] - before["tokens"]
        assert after["passes"] - before["passes"] < written <= tokens * len(questions)

    def test_who_comes_later_does_not_wait_for_the_end_of_a_longer_answer(
        self, openai: OpenAI
    ) -> None:
        with stream(openai, LONG_ANSWER, max_tokens=100) as longer:
            next(longer)
            complete(openai, FRANCE, max_tokens=2)
            handle = serve.get_deployment_handle("Chat", "streaming_chat")
            assert handle.count.remote().result(timeout_s=LONG_S)["writing"] == 1


class TestReaderWhoLeaves:
    def test_the_rest_is_not_written(self, openai: OpenAI) -> None:
        before = count()
        with stream(openai, LONG_ANSWER, max_tokens=500) as answer:
            next(answer)
        assert count()["tokens"] - before["tokens"] < 500

    def test_nor_where_the_answer_is_not_streamed(self, url: str) -> None:
        before = count()
        body = {"model": MODEL, "messages": said(LONG_ANSWER), "max_tokens": 500}
        with pytest.raises(requests.ReadTimeout):
            requests.post(f"{url}/v1/chat/completions", json=body, timeout=1)
        assert count()["tokens"] - before["tokens"] < 500


@serve.deployment(ray_actor_options={"num_cpus": 0})
class Breaks:
    """Writes one token. Then it fails, where one token is asked for, or hangs."""

    async def stream(self, messages: Any, max_tokens: int) -> Any:
        yield {"prompt_tokens": 1}
        yield {"text": "Well", "finish": None}
        if max_tokens == 1:
            raise RuntimeError("out of memory")
        await asyncio.Event().wait()


def test_a_model_that_fails_or_dies_is_said_in_the_stream(cluster_url: str) -> None:
    serve.run(ChatApi.bind(Breaks.bind()), name="dies", route_prefix="/dies")
    [model] = [name for name in replicas("dies") if "#Breaks#" in name]
    try:
        with OpenAI(base_url=f"{cluster_url}/dies/v1", api_key="none", max_retries=0) as client:
            with pytest.raises(APIError, match="The model failed"):
                list(stream(client, FRANCE, max_tokens=1))
            answer = stream(client, FRANCE)
            assert next(answer).choices[0].delta.content == "Well"
            kill(model)
            with pytest.raises(APIError, match="The model failed"):
                next(answer)
    finally:
        serve.delete("dies", _blocking=False)


class FakeModel:
    """Writes numbers; 9 ends an answer, and a prompt of 666 is more than it can bear."""

    ends = (9,)

    def prompt(self, messages: Any) -> list[int]:
        return [int(messages[0]["content"])]

    def words(self) -> Any:
        return type("Words", (), {"add": staticmethod(str)})


class FakeBatch:
    def __init__(self, model: FakeModel) -> None:
        self.rows: list[int] = []

    def join(self, prompt: list[int]) -> int:
        if prompt == [666]:
            raise RuntimeError("out of memory")
        self.rows.append(prompt[0])
        return self.rows[-1]

    def step(self) -> list[int]:
        self.rows = [row + 1 for row in self.rows]
        return list(self.rows)

    def leave(self, place: int) -> None:
        del self.rows[place]


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A `Chat` of this process, with two places."""
    monkeypatch.setattr(streaming_chat, "load_chat", FakeModel)
    monkeypatch.setattr(streaming_chat, "Batch", FakeBatch)
    return Chat.func_or_class(places=2)


async def read(chat: Any, question: str, max_tokens: int = 20) -> list[str]:
    pieces = chat.stream(said(question), max_tokens)
    return [piece["text"] async for piece in pieces if "text" in piece]


class TestLoop:
    def test_places_are_given_away_as_soon_as_they_are_free(self, chat: Any) -> None:
        async def run() -> list[list[str]]:
            return await asyncio.gather(read(chat, "3"), read(chat, "8"), read(chat, "7"))

        assert asyncio.run(run()) == [[*"345678", ""], ["8", ""], ["7", "8", ""]]
        # 3 and 8 join, a step ends 8, 7 joins, and five more steps end 7 and 3.
        assert chat.counts == {"passes": 9, "tokens": 12}

    def test_a_failure_reaches_all_who_wait_and_the_next_one_is_served(self, chat: Any) -> None:
        async def run() -> list[Any]:
            questions = [read(chat, text) for text in ("1", "666", "2")]
            failed = await asyncio.gather(*questions, return_exceptions=True)
            return [*failed, await read(chat, "8")]

        *failed, later = asyncio.run(run())
        assert [str(error) for error in failed] == ["out of memory"] * 3
        assert later == ["8", ""]

    def test_who_leaves_while_waiting_never_joins(self, chat: Any) -> None:
        async def run() -> None:
            await asyncio.gather(read(chat, "1", 8), read(chat, "1", 8), leave())
            await chat.work

        async def leave() -> None:
            pieces = chat.stream(said("1"), 8)
            await anext(pieces)
            waits = asyncio.ensure_future(anext(pieces))
            await asyncio.sleep(0)
            waits.cancel()

        asyncio.run(run())
        assert chat.counts["tokens"] == 16
