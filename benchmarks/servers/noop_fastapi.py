"""No model, in plain FastAPI: one uvicorn process, as FastAPI's documentation starts it.

    uvicorn benchmarks.servers.noop_fastapi:api --no-access-log

With `uvicorn[standard]` installed, uvicorn takes uvloop and httptools by itself. One worker, since
every other system here has one process that answers, too.
https://fastapi.tiangolo.com/deployment/manually/
"""

from fastapi import FastAPI

from benchmarks.servers.noop_work import Answer, Question, answer

api = FastAPI()


@api.post("/answer")
async def answer_question(question: Question) -> Answer:
    """Answer a question."""
    return answer(question)
