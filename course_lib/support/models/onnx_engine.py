"""Runs an embedded model with ONNX Runtime: neither torch nor transformers is imported.

Sentences of the same number of tokens share a pass, a few at a time; nothing is padded. In 8 bits
each has a pass of its own: there, one scale for a whole pass would make what a sentence gives
depend on its neighbours.
"""

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from course_lib.support.models.encoder import ModelError, encoder_folder
from course_lib.support.models.engine import Row
from course_lib.support.settings import settings

SENTENCES_PER_PASS = {"float32": 4, "int8": 1}
ONLY_ERRORS = 3


class OnnxEngine:
    """A model's graph and the encoder's tokenizer. Threads may share it.

    Computes with as many threads as `OMP_NUM_THREADS` says, as torch does; Ray sets it to 1 for a
    replica with less than two CPUs. Without it, with one for each core.
    """

    def __init__(self, graph: Path, max_tokens: int) -> None:
        options = SessionOptions()
        options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS", 0))
        options.log_severity_level = ONLY_ERRORS
        # Denormal numbers are a hundred times slower than zeros.
        options.add_session_config_entry("session.set_denormal_as_zero", "1")
        try:
            self.session = InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime's own, which share no class
            raise ModelError(
                f"The model cannot be read ({error}). Delete {graph.parent}: it is made anew."
            ) from error
        self.tokenizer = Tokenizer.from_file(str(encoder_folder() / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(max_tokens)
        self.sentences_per_pass = SENTENCES_PER_PASS[settings().model_precision]

    def __call__(self, sentences: Sequence[str]) -> list[Row]:
        """Each sentence's numbers, in the order of the sentences; a too long one is cut."""
        encoded = [self.tokenizer.encode(sentence) for sentence in sentences]
        by_length = defaultdict(list)
        for index, tokens in enumerate(encoded):
            by_length[len(tokens)].append(index)
        outputs: dict[int, np.ndarray] = {}
        for indices in by_length.values():
            for start in range(0, len(indices), self.sentences_per_pass):
                together = indices[start : start + self.sentences_per_pass]
                ids = np.array([encoded[index].ids for index in together], dtype=np.int64)
                [output] = self.session.run(None, {"input_ids": ids})
                outputs.update(zip(together, output, strict=True))
        return [Row(tokens.offsets, outputs[index]) for index, tokens in enumerate(encoded)]
