"""The shapes of OpenAI's chat completions: requests, answers, streamed chunks and errors.

As much of them as text needs. Source: https://platform.openai.com/docs/api-reference/chat
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from starlette.exceptions import HTTPException

from course_lib.support.problems import RETRY_AFTER_S, UNAVAILABLE

DONE = "data: [DONE]\n\n"
MAX_MESSAGES = 100
MAX_CHARS = 20_000
MAX_TOKENS = 1_000
DEFAULT_TOKENS = 128

Finish = Literal["stop", "length"]


def _joined(content: Any) -> Any:
    """The text of a list of text parts; anything else as it is."""
    if isinstance(content, list) and all(
        isinstance(part, dict) and part.keys() == {"type", "text"} and part["type"] == "text"
        for part in content
    ):
        return "".join(str(part["text"]) for part in content)
    return content


Content = Annotated[str, Field(min_length=1, max_length=MAX_CHARS), BeforeValidator(_joined)]
Tokens = Annotated[int | None, Field(ge=1, le=MAX_TOKENS)]


class Message(BaseModel):
    """One turn of a conversation. Its content is a text, or a list of text parts."""

    model_config = ConfigDict(extra="forbid")

    role: Literal["system", "user", "assistant"]
    content: Content


class ChatRequest(BaseModel):
    """What a client sends. Fields of OpenAI's that are not here are refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    model: str
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    max_completion_tokens: Tokens = None
    max_tokens: Tokens = Field(None, description="The older name of `max_completion_tokens`.")
    stream: bool | None = False
    temperature: float | None = Field(0, ge=0, le=0, description="0: always the likeliest token.")

    def most_tokens(self) -> int:
        """How many tokens the answer may have."""
        return self.max_completion_tokens or self.max_tokens or DEFAULT_TOKENS


class ChatError(Exception):
    """Raise it in a route to answer with an error in OpenAI's shape."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.param = param
        self.code = code

    def body(self) -> dict[str, Any]:
        """What the client reads."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        error = {"message": str(self), "type": kind, "param": self.param, "code": self.code}
        return {"error": error}

    def response(self, headers: Mapping[str, str] | None = None) -> JSONResponse:
        """The answer that the client gets."""
        return JSONResponse(self.body(), self.status, headers)

    def event(self) -> str:
        """The last event of a stream that cannot go on."""
        return _event(self.body())


class Answer:
    """An answer of one model, as a whole or in chunks that share its id."""

    def __init__(self, model: str) -> None:
        self._is_begun = False
        self._head = {
            "id": f"chatcmpl-{uuid.uuid4().hex}",
            "created": int(time.time()),
            "model": model,
        }

    def whole(self, text: str, finish: Finish, prompt_tokens: int, tokens: int) -> dict[str, Any]:
        """The body of an answer that is not streamed."""
        usage = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": tokens,
            "total_tokens": prompt_tokens + tokens,
        }
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": usage}

    def event(self, text: str, finish: Finish | None = None) -> str:
        """A piece of a streamed answer as a server-sent event; the last one says why it ends."""
        delta = {"content": text} if text or not self._is_begun else {}
        if not self._is_begun:  # clients join what the chunks say
            delta["role"] = "assistant"
        self._is_begun = True
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        chunk = {**self._head, "object": "chat.completion.chunk", "choices": [choice]}
        return _event(chunk)


def _event(data: Any) -> str:
    return f"data: {json.dumps(data)}\n\n"


async def _on_error(_: Request, error: ChatError) -> JSONResponse:
    return error.response()


async def _on_http_error(_: Request, error: HTTPException) -> JSONResponse:
    return ChatError(error.status_code, str(error.detail)).response(error.headers)


async def _on_bad_request(_: Request, error: RequestValidationError) -> JSONResponse:
    first = error.errors()[0]
    param = ".".join(str(part) for part in first["loc"][1:])
    if not param or first["type"] == "json_invalid":
        message = "The body must be a JSON object, with the header Content-Type: application/json."
        return ChatError(400, message).response()
    return ChatError(400, f"{param}: {first['msg']}", param=param).response()


async def _on_unavailable(_: Request, __: Exception) -> JSONResponse:
    message = "The model is full, or restarts. Nothing was kept: send it again."
    return ChatError(503, message).response({"Retry-After": str(RETRY_AFTER_S)})


async def _on_bug(_: Request, __: Exception) -> JSONResponse:
    return ChatError(500, "The service failed. The replica's log says why.").response()


CHAT_HANDLERS: dict[Any, Any] = {
    ChatError: _on_error,
    HTTPException: _on_http_error,
    RequestValidationError: _on_bad_request,
    **dict.fromkeys(UNAVAILABLE, _on_unavailable),
    Exception: _on_bug,
}
