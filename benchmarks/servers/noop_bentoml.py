"""No model, in BentoML: `bentoml serve benchmarks.servers.noop_bentoml:Noop`.

A root input (the positional-only parameter) is the request's body itself, so that clients send the
same JSON to every system. The method is a coroutine, as BentoML asks of what does not block. One
worker; the access log is off, all else as it comes.
https://docs.bentoml.com/en/latest/build-with-bentoml/iotypes.html
https://docs.bentoml.com/en/latest/reference/bentoml/configurations.html
"""

import bentoml

from benchmarks.servers.noop_work import Answer, Question, answer


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Noop:
    """Answers a question."""

    @bentoml.api(route="/answer")
    async def answer(self, question: Question, /) -> Answer:
        """Answer a question."""
        return answer(question)
