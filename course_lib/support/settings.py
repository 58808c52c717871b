"""What can be set from outside: one environment variable for each field of `Settings`.

A field `max_article_chars` is the environment variable `MAX_ARTICLE_CHARS`. Ray's workers inherit
the environment of the process that starts the cluster, so a setting reaches every replica.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, HttpUrl
from pydantic_settings import BaseSettings

EMBEDDED_WIKIPEDIA_URL = "http://127.0.0.1:8000/wikipedia/w/api.php"
CACHE_DIR = Path(__file__).resolve().parents[2] / ".cache"

EngineName = Literal["onnx", "transformers"]


class Settings(BaseSettings):
    """The settings, read from the environment and checked.

    Raises:
        pydantic.ValidationError: names each variable whose value cannot be used, and why.
    """

    wikipedia_api_url: HttpUrl = HttpUrl(EMBEDDED_WIKIPEDIA_URL)
    wikipedia_contact: str = "not set; see WIKIPEDIA_CONTACT in docs/settings.md"
    wikipedia_timeout_s: float = Field(5.0, gt=0, le=600)
    wikipedia_database: Path = CACHE_DIR / "wikipedia.sqlite3"

    max_article_chars: int = Field(6_000, ge=200)

    # A Hugging Face hub id, or a folder. Empty: the embedded model.
    sentiment_model: str = ""
    entity_model: str = ""
    embedding_model: str = ""
    summary_model: str = ""
    chat_model: str = ""
    # Of the embedded models.
    model_engine: EngineName = "onnx"
    model_precision: Literal["float32", "int8"] = "float32"  # with ONNX Runtime


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
