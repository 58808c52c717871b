"""Reads the embedded models: the encoder, and with an adapter merged into it, a classifier.

peft adds a LoRA adapter's changes to the encoder's weights once, at load, so that inference costs
what it costs without an adapter. They are in single precision, or, on a processor and where the
setting `MODEL_PRECISION` says so, in 8-bit integers. Loading prints nothing and asks no network.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError
from transformers import BertModel, BertTokenizerFast, PreTrainedModel
from transformers.utils import logging

from course_lib.support.device import best_device
from course_lib.support.encoder import ModelError, encoder_folder
from course_lib.support.int8 import to_int8
from course_lib.support.settings import settings


def load_tokenizer() -> BertTokenizerFast:
    """The encoder's tokenizer, which sees no upper case.

    Raises:
        ModelError: the encoder's files are missing or damaged.
    """
    return BertTokenizerFast.from_pretrained(encoder_folder())


def load_encoder() -> BertModel:
    """The encoder alone, ready to be called.

    Raises:
        ModelError: its files are missing or damaged.
    """
    with quiet():
        model = BertModel.from_pretrained(encoder_folder(), add_pooling_layer=False)
    return _ready(model)


def load_classifier(
    model_class: type[PreTrainedModel], adapter: Path, labels: Sequence[str]
) -> PreTrainedModel:
    """The encoder with an adapter and its head, ready to be called.

    Args:
        model_class: a BERT with a head, such as `BertForTokenClassification`.
        adapter: the folder in which peft saved the adapter and the head.
        labels: the names of the head's outputs.

    Raises:
        ModelError: the encoder's or the adapter's files are missing or damaged.
    """
    from peft import PeftModel  # a second of CPU, which a replica without an adapter need not pay

    folder = encoder_folder()
    with quiet():
        base = model_class.from_pretrained(folder, id2label=dict(enumerate(labels)))
        try:
            model = PeftModel.from_pretrained(base, adapter).merge_and_unload()
        except (OSError, SafetensorError, ValueError, TypeError, RuntimeError) as error:
            raise ModelError(
                f"The adapter in {adapter} is missing or damaged ({error}). Restore it with "
                "`git checkout`, or train it again with `make models`."
            ) from error
    return _ready(model)


def _ready(model: PreTrainedModel) -> PreTrainedModel:
    """The model on its device, for inference, in the precision that the setting names."""
    device = best_device()
    if device.type == "cpu" and settings().model_precision == "int8":
        to_int8(model)
    return model.eval().to(device)


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
