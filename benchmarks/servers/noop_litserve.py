"""No model, in LitServe: `python -m benchmarks.servers.noop_litserve PORT`.

One model worker and one API server, LitServe's own default for one device. The request is checked
by the type of `decode_request`. `fast_queue` carries requests to the worker by ZeroMQ: LitServe's
documentation has it off by default and asks for it above 100 requests a second.
https://lightning.ai/docs/litserve/api-reference/litserver
https://lightning.ai/docs/litserve/features/request-response-format
"""

import sys

import litserve

from benchmarks.servers.noop_work import Answer, Question, answer


class Noop(litserve.LitAPI):
    """Answers a question."""

    def setup(self, device: str) -> None:
        """Load nothing."""

    def decode_request(self, request: Question) -> Question:
        """Take the question as it was checked."""
        return request

    def predict(self, question: Question) -> Answer:
        """Answer it."""
        return answer(question)

    def encode_response(self, output: Answer) -> Answer:
        """Answer with what `predict` found."""
        return output


if __name__ == "__main__":
    server = litserve.LitServer(
        Noop(api_path="/answer"), accelerator="cpu", workers_per_device=1, fast_queue=True
    )
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        access_log=False,
        generate_client_file=False,
    )
