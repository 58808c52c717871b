"""What this project sends has the shapes of OpenAI's own package."""

import json
from typing import Any

import pytest
from openai.lib.streaming.chat import ChatCompletionStreamState
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from course_lib.support.openai_api import DEFAULT_TOKENS, Answer, ChatError, ChatRequest


def test_a_whole_answer_is_one_of_openais() -> None:
    body = Answer("m").whole("Hello.", "stop", prompt_tokens=3, tokens=2)
    answer = ChatCompletion.model_validate(body, strict=True)
    assert answer.choices[0].message.content == "Hello."
    assert answer.usage.total_tokens == 5


def test_an_event_is_one_line_with_a_chunk_of_openais() -> None:
    answer = Answer("m")
    events = [answer.event('a "quoted"\nline'), answer.event("", "stop")]
    assert all(event.startswith("data: ") and event.count("\n") == 2 for event in events)
    first, last = (
        ChatCompletionChunk.model_validate(json.loads(event[6:]), strict=True) for event in events
    )
    assert first.choices[0].delta.content == 'a "quoted"\nline'
    assert (first.id, first.created, first.model) == (last.id, last.created, "m")
    assert (last.choices[0].delta.content, last.choices[0].finish_reason) == (None, "stop")


def test_the_client_joins_the_chunks_to_one_message() -> None:
    answer, state = Answer("m"), ChatCompletionStreamState()
    for event in (answer.event("Hel"), answer.event("lo."), answer.event("", "stop")):
        state.handle_chunk(ChatCompletionChunk.model_validate(json.loads(event[6:])))
    message = state.get_final_completion().choices[0].message
    assert (message.role, message.content) == ("assistant", "Hello.")


@pytest.mark.parametrize(
    ("sent", "tokens"),
    [
        ({}, DEFAULT_TOKENS),
        ({"max_tokens": None, "stream": None, "temperature": None}, DEFAULT_TOKENS),
        ({"max_tokens": 7}, 7),
        ({"max_tokens": 7, "max_completion_tokens": 5}, 5),
    ],
)
def test_what_clients_leave_out_or_set_to_nothing(sent: dict[str, Any], tokens: int) -> None:
    parts = [{"type": "text", "text": "Good "}, {"type": "text", "text": "day"}]
    messages = [{"role": "user", "content": parts}]
    request = ChatRequest.model_validate({"model": "m", "messages": messages, **sent})
    assert request.most_tokens() == tokens
    assert request.messages[0].content == "Good day"
    assert not request.stream


def test_an_error_says_whose_fault_it_is() -> None:
    assert ChatError(400, "no").body()["error"]["type"] == "invalid_request_error"
    assert ChatError(503, "no").body()["error"]["type"] == "server_error"
