"""Sentiment in LitServe: `python -m benchmarks.servers.sentiment_litserve PORT [batched]`.

One worker; the model is loaded in `setup`. With `max_batch_size`, LitServe hands `predict` a list:
`decode_request` and `encode_response` stay as they are. `fast_queue` as in the chapter without a
model.
https://lightning.ai/docs/litserve/features/batching
https://lightning.ai/docs/litserve/api-reference/litserver
"""

import sys

import litserve

from benchmarks.servers.sentiment_work import (
    BATCH_WAIT_S,
    MAX_BATCH_SIZE,
    Question,
    Sentiment,
    sentiment_of,
)
from course_lib.support.models import load_sentiment


class Judge(litserve.LitAPI):
    """Judges texts, one by one or several in one pass."""

    def setup(self, device: str) -> None:
        """Load the model."""
        self.model = load_sentiment()

    def decode_request(self, request: Question) -> str:
        """Take the text as it was checked."""
        return request.text

    def predict(self, texts: str | list[str]) -> dict | list[dict]:
        """Judge one text, or a batch."""
        return self.model([texts])[0] if isinstance(texts, str) else self.model(texts)

    def encode_response(self, output: dict) -> Sentiment:
        """Round the probabilities and name the likeliest."""
        return sentiment_of(output)


if __name__ == "__main__":
    batches = {"max_batch_size": MAX_BATCH_SIZE, "batch_timeout": BATCH_WAIT_S}
    api = Judge(api_path="/sentiment", **(batches if "batched" in sys.argv else {}))
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1, fast_queue=True).run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        access_log=False,
        generate_client_file=False,
    )
