"""The Wikipedia NLP API in LitServe: `python -m benchmarks.servers.api_litserve PORT`.

One LitAPI that loads all models in `setup` and calls them one after the other in `predict`: so
LitServe's documentation serves several models that answer one request together. Two workers, one a
core, each with a copy of all models; an article is one worker's from its search to its answer.
https://lightning.ai/docs/litserve/features/full-control
https://lightning.ai/docs/litserve/how-tos/parallelism-types
"""

import sys

import litserve
from fastapi import HTTPException

from benchmarks.servers.common import Analysis, Models, NoArticle, Refusal, SearchQuestion

WORKERS = 2
TIMEOUT_S = 60


class WikipediaNLP(litserve.LitAPI):
    """Analyses articles."""

    def setup(self, device: str) -> None:
        """Load the models."""
        self.models = Models()

    def decode_request(self, request: SearchQuestion) -> SearchQuestion:
        """Take the question as it was checked."""
        return request

    def predict(self, question: SearchQuestion) -> Analysis:
        """Search Wikipedia for an article and analyse it. A negative article is refused."""
        try:
            answer = self.models(question.search_term, question.max_entities)
        except NoArticle as error:
            raise HTTPException(404, "Wikipedia has no such article.") from error
        if isinstance(answer, Refusal):
            raise HTTPException(422, answer.model_dump())
        return answer

    def encode_response(self, output: Analysis) -> Analysis:
        """Answer with what `predict` found."""
        return output


if __name__ == "__main__":
    server = litserve.LitServer(
        WikipediaNLP(api_path="/summarize"),
        accelerator="cpu",
        workers_per_device=WORKERS,
        fast_queue=True,
        timeout=TIMEOUT_S,
    )
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        access_log=False,
        generate_client_file=False,
    )
