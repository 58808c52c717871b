"""The embedded models: their names, what their outputs mean, and how much they read."""

from pathlib import Path

ADAPTERS = Path(__file__).parent / "adapters"
LABELS = {
    "sentiment": ["negative", "neutral", "positive"],
    "entities": ["O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC"],
}
# "embeddings" is the encoder alone; it was trained with at most 256 tokens.
MAX_TOKENS = {"sentiment": 512, "entities": 512, "embeddings": 256}
NAMES = list(MAX_TOKENS)
