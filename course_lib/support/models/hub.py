"""Loads a model that the user chose, by its Hugging Face hub id or folder, and reads its labels.

The embedded models do not pass through here.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import requests

from course_lib.support.models.encoder import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from course_lib.support.models.transformers_engine import TransformersEngine

Model = TypeVar("Model")

HUB_TIMEOUT_S = 5.0
MAX_TOKENS = 512

_SENTIMENT_NAMES = {
    "negative": r"(very )?neg(ative)?|[12] stars?",
    "neutral": r"neu(tral)?|3 stars",
    "positive": r"(very )?pos(itive)?|[45] stars",
}
# The order that models with nameless labels use, by how many they have.
_SENTIMENT_ORDERS = {2: ["negative", "positive"], 3: ["negative", "neutral", "positive"]}

_ENTITY_NAMES = {"PER": "PER(SON)?", "ORG": "ORG(ANI[SZ]ATION)?", "LOC": "LOC(ATION)?|GPE"}


def load_engine(kind: str, name: str) -> "TransformersEngine":
    """The model of a hub id or a folder, and its tokenizer.

    Args:
        kind: one of transformers' classes, such as "AutoModelForSequenceClassification".
        name: the id, or the folder.

    Raises:
        ModelError: there is no such model, it is not of this kind, or the hub cannot be reached.
    """
    import transformers

    from course_lib.support.models.transformers_engine import TransformersEngine, quiet

    def read(source: str) -> TransformersEngine:
        with quiet():
            model = getattr(transformers, kind).from_pretrained(source)
        tokenizer = transformers.AutoTokenizer.from_pretrained(source)
        return TransformersEngine(model, tokenizer, MAX_TOKENS)

    return _load(read, kind, name)


def load_sentence_transformer(name: str) -> "SentenceTransformer":
    """The SentenceTransformer of a hub id or a folder. Raises as `load_engine`."""
    from sentence_transformers import SentenceTransformer

    from course_lib.support.models.device import best_device

    def read(source: str) -> SentenceTransformer:
        return SentenceTransformer(source, device=str(best_device()))

    return _load(read, "SentenceTransformer", name)


def _load(read: Callable[[str], Model], kind: str, name: str) -> Model:
    """What `read` makes of a hub id or a folder, or a ModelError that says what to do."""
    from huggingface_hub import snapshot_download

    is_folder = Path(name).is_dir()
    if not is_folder and name.startswith(("/", ".", "~")):
        raise ModelError(f"There is no folder {name!r}, which a setting names as that of a model.")
    # Left to itself, huggingface_hub tries a dead network for a minute.
    is_offline = not is_folder and not _hub_answers()
    try:
        return read(snapshot_download(name, local_files_only=True) if is_offline else name)
    except Exception as error:  # Network, file, format and version errors share no class.
        reason = " ".join(str(error).split())
        if is_folder:
            advice = "Give the folder of a saved model of this kind"
        elif is_offline:
            advice = "The Hugging Face hub cannot be reached: be online the first time"
        else:
            advice = "Give the id of a model of this kind on the Hugging Face hub"
        raise ModelError(
            f"{advice}, or leave the setting empty for the embedded model. "
            f"{kind} could not load {name!r}: {reason}"
        ) from error


def _hub_answers() -> bool:
    """Whether the hub can be reached, asked once and briefly; False where it is switched off."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        requests.head(constants.ENDPOINT, timeout=HUB_TIMEOUT_S)
    except requests.RequestException:
        return False
    return True


def sentiment_classes(labels: Mapping[int, str]) -> list[str]:
    """For each output of a sentiment model: "negative", "neutral" or "positive".

    Raises:
        ModelError: the labels do not say which is which.
    """
    names = [labels[index].lower().replace("_", " ") for index in sorted(labels)]
    if all(re.fullmatch(r"label \d+", name) for name in names):
        classes = _SENTIMENT_ORDERS.get(len(names), [])
    else:
        classes = [_understood(name, _SENTIMENT_NAMES) for name in names]
    if "" in classes or not {"negative", "positive"} <= set(classes):
        raise ModelError(
            f"These labels are not those of a sentiment model: {', '.join(labels.values())}. "
            "Expected are negative, positive and perhaps neutral."
        )
    return classes


def entity_labels(labels: Mapping[int, str]) -> list[str]:
    """For each output of an entity model: "O", or "B-" or "I-" before PER, ORG or LOC.

    Other kinds of entities become O.

    Raises:
        ModelError: no label is a person, an organisation or a place.
    """
    understood = []
    for index in sorted(labels):
        prefix, dash, kind = labels[index].upper().rpartition("-")
        known = _understood(kind, _ENTITY_NAMES)
        first = "B" if dash and prefix in {"B", "S", "U"} else "I"
        understood.append(f"{first}-{known}" if known else "O")
    if set(understood) == {"O"}:
        raise ModelError(
            f"These labels are not those of an entity model: {', '.join(labels.values())}. "
            "Expected are some of PER, ORG and LOC, with or without B- and I-."
        )
    return understood


def _understood(label: str, names: Mapping[str, str]) -> str:
    """Our name for a label, by the patterns of each; empty for any other."""
    return next((name for name, pattern in names.items() if re.fullmatch(pattern, label)), "")
