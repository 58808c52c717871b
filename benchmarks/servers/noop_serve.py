"""No model, as this course serves: `python -m benchmarks.servers.noop_serve PORT`.

A FastAPI ingress deployment of one replica on 127.0.0.1, the access log off, as in lesson 02 and
`serve_config.yaml`. The environment says whether Serve's own proxy or HAProxy stands before it:
https://docs.ray.io/en/latest/serve/advanced-guides/performance.html

`max_ongoing_requests` is 100 as in the ingress of lesson 09: an answer without a model waits for
nothing, and with the default of 5 the clients would queue in the proxy.
"""

import sys

from fastapi import FastAPI
from ray import serve

from benchmarks.servers.noop_work import Answer, Question, answer
from benchmarks.servers.ray_serve import serve_until_stopped

api = FastAPI()


@serve.deployment(ray_actor_options={"num_cpus": 0.1}, max_ongoing_requests=100)
@serve.ingress(api)
class Noop:
    """Answers a question."""

    @api.post("/answer")
    async def answer(self, question: Question) -> Answer:
        """Answer a question."""
        return answer(question)


if __name__ == "__main__":
    serve_until_stopped(Noop.bind(), int(sys.argv[1]))
