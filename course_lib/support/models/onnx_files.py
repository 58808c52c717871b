"""Makes the embedded models' files for ONNX Runtime, once, in the cache.

    python -m course_lib.support.models.onnx_files

A model has a folder with its graph and its weights. The weights are a file of their own, which
replicas map into memory and need not copy. The folder's name holds two digests: of all that the
model was made from, so that it is made anew when weights, an adapter or a library's version
changes, and of the weights, so that damaged ones are noticed. Making it takes torch and
transformers, in a process of its own: the replica that waits for it imports neither.
"""

import hashlib
import io
import shutil
import sys
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path

from filelock import FileLock

from course_lib.support.models.embedded import ADAPTERS, LABELS, NAMES
from course_lib.support.models.encoder import ENCODER_SHA256, ModelError, check_sha256
from course_lib.support.models.making import make_in_a_process
from course_lib.support.settings import CACHE_DIR, settings

FOLDER = CACHE_DIR / "models"
GRAPH, WEIGHTS = "graph.onnx", "weights"
LIBRARIES = ("torch", "transformers", "peft", "onnx", "onnxruntime")
RECIPE = "2"  # to be raised when the code below makes another file from the same weights
# What quantizing may change in a model's numbers is its scores' business, not a defect of the file.
LARGEST_DIFFERENCE = {"float32": 1e-3, "int8": 2.0}
PROBE = "Marie Curie was born in Warsaw, and her work was a triumph."


def model_graph(name: str) -> Path:
    """The ONNX graph of an embedded model, in the precision that the setting names.

    Raises:
        ModelError: its weights are damaged, or it is missing and cannot be made.
    """
    if not _find(name):
        make_in_a_process("course_lib.support.models.onnx_files", "models' files")
    folder = _find(name)
    assert folder
    check_sha256(folder / WEIGHTS, folder.suffix[1:], f"Delete {folder}: it is made anew.")
    return folder / GRAPH


def ensure_model_files(*, progress: bool = False) -> None:
    """Make those that are missing, where the setting asks for any; `progress` says so.

    Raises:
        ModelError: one cannot be made.
    """
    if settings().model_engine != "onnx" or all(map(_find, NAMES)):
        return
    if progress:
        print("Making the models' files for ONNX Runtime, once ...", flush=True)
    make_in_a_process("course_lib.support.models.onnx_files", "models' files")


def _find(name: str) -> Path | None:
    return next(FOLDER.glob(f"{_stem(name)}.*"), None)


def _stem(name: str) -> str:
    """The beginning of a file's name."""
    return f"{name}-{settings().model_precision}.{_made_from(name)}"


@cache
def _made_from(name: str) -> str:
    """A digest of all that the model is made from."""
    made_from = [
        RECIPE,
        ENCODER_SHA256,
        *(f"{library} {version(library)}" for library in LIBRARIES),
    ]
    if name in LABELS:
        adapter = ADAPTERS / name
        try:
            parts = [adapter / "adapter_config.json", adapter / "adapter_model.safetensors"]
            made_from += [hashlib.sha256(part.read_bytes()).hexdigest() for part in parts]
        except OSError as error:
            raise ModelError(
                f"The adapter in {adapter} is missing ({error}). Restore it with `git checkout`."
            ) from error
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]


def make() -> None:
    """Make each file that is missing. Two processes that try do it once."""
    try:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with FileLock(FOLDER / ".lock"):
            for left in FOLDER.glob("making-*"):  # by a process that was killed
                shutil.rmtree(left)
            for name in NAMES:
                if not _find(name):
                    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="making-") as folder:
                        _make_one(name, Path(folder, name))
    except OSError as error:
        raise ModelError(
            f"The models' files cannot be written to {FOLDER} ({error}). They need 400 MB of disk. "
            "MODEL_ENGINE=transformers does without them."
        ) from error


def _make_one(name: str, folder: Path) -> None:
    """Export the model, compare what comes with the original, and give it its name."""
    import onnx

    from course_lib.support.models.onnx_engine import OnnxEngine
    from course_lib.support.models.transformers_engine import load_embedded

    original = load_embedded(name)
    precision = settings().model_precision
    folder.mkdir()
    graph = folder / GRAPH
    graph.write_bytes(_exported(original.model))
    if precision == "int8":
        _quantize(graph)
    onnx.save_model(onnx.load(graph), graph, save_as_external_data=True, location=WEIGHTS)
    [expected], [found] = original([PROBE]), OnnxEngine(graph, 99)([PROBE])
    difference = abs(found.output - expected.output).max()
    if not difference <= LARGEST_DIFFERENCE[precision]:
        raise ModelError(f"The file of {name} is wrong: its numbers are off by {difference:.3g}.")
    digest = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    for old in FOLDER.glob(f"{name}-{precision}.*"):
        shutil.rmtree(old)
    folder.replace(FOLDER / f"{_stem(name)}.{digest}")


def _exported(model) -> bytes:
    """The model as an ONNX graph, from sentences of equal length, in tokens, to its output."""
    import torch

    class FromTokens(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor) -> torch.Tensor:
            ones = torch.ones_like(input_ids)
            return self.model(input_ids, attention_mask=ones, token_type_ids=ones - 1)[0]

    model.cpu().set_attn_implementation("eager")  # the plain operations, which ONNX Runtime fuses
    buffer = io.BytesIO()
    torch.onnx.export(
        FromTokens().eval(),
        (torch.arange(16).view(2, 8),),
        buffer,
        input_names=["input_ids"],
        output_names=["output"],
        dynamic_axes={name: {0: "sentences", 1: "tokens"} for name in ("input_ids", "output")},
        opset_version=17,
        dynamo=False,  # the other exporter needs another package
    )
    return buffer.getvalue()


def _quantize(graph: Path) -> None:
    """Store each matrix in 8-bit integers, with a scale for each of its columns."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(
        graph,
        graph,
        op_types_to_quantize=["MatMul"],  # the embeddings are looked up, and keep their precision
        per_channel=True,
        weight_type=QuantType.QInt8,
        reduce_range=True,  # 7 bits: no sum overflows on a processor without VNNI instructions
    )


if __name__ == "__main__":
    import logging
    import warnings

    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")
    try:
        make()
    except ModelError as error:
        sys.exit(str(error))
