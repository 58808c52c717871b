"""Sentiment, as this course serves it.

    python -m benchmarks.servers.sentiment_serve PORT [batched]

Without batches it is lesson 02's application, with them lesson 05's. One replica, which the model
blocks while it computes. Settings of this chapter: as many requests in a replica as there may be
clients, twice over, and the size and the wait that all systems have.
https://docs.ray.io/en/latest/serve/advanced-guides/dyn-req-batch.html
"""

import sys

from benchmarks.servers.ray_serve import serve_until_stopped
from benchmarks.servers.sentiment_work import BATCH_WAIT_S, MAX_BATCH_SIZE
from course_lib import batching, fastapi_ingress

MAX_ONGOING_REQUESTS = 2 * MAX_BATCH_SIZE

if __name__ == "__main__":
    if "batched" in sys.argv:
        deployment = batching.SentimentAnalysis.options(
            max_ongoing_requests=MAX_ONGOING_REQUESTS,
            user_config={"max_batch_size": MAX_BATCH_SIZE, "batch_wait_s": BATCH_WAIT_S},
        )
    else:
        deployment = fastapi_ingress.SentimentAnalysis.options(
            max_ongoing_requests=MAX_ONGOING_REQUESTS
        )
    serve_until_stopped(deployment.bind(), int(sys.argv[1]))
