"""Runs an embedded model with ONNX Runtime: neither torch nor transformers is imported.

One sentence after the other. The runtime spends so little on a pass itself that sentences padded to
a batch would not be faster, and alone, a sentence gives the same numbers whatever its neighbours.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession, SessionOptions
from tokenizers import Tokenizer

from course_lib.support.models.encoder import ModelError, encoder_folder
from course_lib.support.models.engine import Row

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

    def __call__(self, sentences: Sequence[str]) -> list[Row]:
        """Each sentence's numbers, in the order of the sentences; a too long one is cut."""
        rows = []
        for sentence in sentences:
            tokens = self.tokenizer.encode(sentence)
            [output] = self.session.run(None, {"input_ids": np.array([tokens.ids], dtype=np.int64)})
            rows.append(Row(tokens.offsets, output[0]))
        return rows
