"""What is asked and answered in the chapter on sentiment, and how large a batch may get.

A text and its answer are lesson 02's: the same pydantic types check them in every system. The
batched systems all have the same limit. 32 is what 32 clients can fill, and the model, which sorts
texts by length and computes eight at a time, gains from it; where a system waits for more
requests, it waits at most so long.
"""

from pydantic import BaseModel

from course_lib.fastapi_ingress import Sentiment, Text, sentiment_of

__all__ = ["BATCH_WAIT_S", "MAX_BATCH_SIZE", "Question", "Sentiment", "Text", "sentiment_of"]

MAX_BATCH_SIZE = 32
BATCH_WAIT_S = 0.01


class Question(BaseModel):
    """The body of a POST, for systems that take no GET."""

    text: Text
