"""Runs any transformers model with PyTorch, and reads the embedded ones as transformers objects.

What a GPU and the models of the Hugging Face hub need, training, and lessons that show the model
itself. The embedded ones are the encoder, and with an adapter, a classifier: peft adds a LoRA
adapter's changes to the encoder's weights once, at load, so that inference costs what it costs
without one. Loading prints nothing and asks no network.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from transformers import (
    BertForTokenClassification,
    BertModel,
    BertTokenizerFast,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from course_lib.support.models.device import best_device
from course_lib.support.models.embedded import ADAPTERS, LABELS, MAX_TOKENS
from course_lib.support.models.encoder import ModelError, encoder_folder
from course_lib.support.models.engine import Row
from course_lib.support.models.mean_pooling import MeanPooledBertForSequenceClassification

BATCH_SIZE = 8  # sentences
CLASSIFIERS = {
    "sentiment": MeanPooledBertForSequenceClassification,
    "entities": BertForTokenClassification,
}


class TransformersEngine:
    """A model and its tokenizer, both ordinary transformers objects.

    Sentences of similar length go into one batch, since a batch is as long as its longest member
    and the padding is computed like the rest. For one thread at a time.
    """

    def __init__(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, max_tokens: int
    ) -> None:
        self.model = model.eval().to(best_device())
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens

    def __call__(self, sentences: Sequence[str]) -> list[Row]:
        """Each sentence's numbers, in the order of the sentences; a too long one is cut."""
        if not sentences:
            return []
        # Denormal numbers are a hundred times slower than zeros. The flag belongs to the thread.
        torch.set_flush_denormal(True)
        tokens = self.tokenizer(list(sentences), truncation=True, max_length=self.max_tokens)
        lengths = [len(ids) for ids in tokens["input_ids"]]
        order = sorted(range(len(sentences)), key=lengths.__getitem__)
        outputs: dict[int, Any] = {}
        for start in range(0, len(order), BATCH_SIZE):
            batch = order[start : start + BATCH_SIZE]
            inputs = {name: [values[index] for index in batch] for name, values in tokens.items()}
            padded = self.tokenizer.pad(inputs, return_tensors="pt").to(self.model.device)
            with torch.inference_mode():
                outputs |= zip(batch, self.model(**padded)[0].cpu().numpy(), strict=True)
        return [
            Row(tokens[index].offsets, output[: lengths[index]] if output.ndim == 2 else output)
            for index, output in sorted(outputs.items())
        ]


def load_embedded(name: str, adapter: Path | None = None) -> TransformersEngine:
    """The embedded model of this name, ready to be called.

    Args:
        name: "sentiment", "entities", or "embeddings" for the encoder alone.
        adapter: the folder in which peft saved the adapter and the head; None for the embedded one.

    Raises:
        ModelError: the encoder's or the adapter's files are missing or damaged.
    """
    folder = encoder_folder()
    tokenizer = BertTokenizerFast.from_pretrained(folder)
    with quiet():
        if name not in CLASSIFIERS:
            model = BertModel.from_pretrained(folder, add_pooling_layer=False)
            return TransformersEngine(model, tokenizer, MAX_TOKENS[name])
        labels = dict(enumerate(LABELS[name]))
        base = CLASSIFIERS[name].from_pretrained(folder, id2label=labels)
        adapter = adapter or ADAPTERS / name
        try:
            model = PeftModel.from_pretrained(base, adapter).merge_and_unload()
        except (OSError, SafetensorError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(
                f"The adapter in {adapter} is missing or damaged ({error}). Restore it with "
                "`git checkout`, or train it again with `make models`."
            ) from error
    return TransformersEngine(model, tokenizer, MAX_TOKENS[name])


@contextmanager
def quiet() -> Iterator[None]:
    """No progress bar, no report that a new head lacks weights: the adapter brings them."""
    verbosity, had_bar = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
        if had_bar:
            logging.enable_progress_bar()
