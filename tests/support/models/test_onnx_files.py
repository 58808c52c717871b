"""The files for ONNX Runtime: made once, made anew when they must be, and refused when damaged."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_lib.support.models import load_sentiment, making, onnx_files
from course_lib.support.models.embedded import NAMES
from course_lib.support.models.encoder import ModelError
from course_lib.support.settings import Settings

# What it makes, it says.
MAKE = """
import json, sys
from pathlib import Path
from course_lib.support.models import onnx_files
onnx_files.FOLDER, onnx_files.NAMES = Path(sys.argv[1]), ["sentiment"]
make_one, made = onnx_files._make_one, []
onnx_files._make_one = lambda name, file: (made.append(name), make_one(name, file))
onnx_files.make()
print(json.dumps(made))
"""


def start_making(folder: Path, precision: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", MAKE, str(folder)],
        env={**os.environ, "MODEL_PRECISION": precision},
        stdout=subprocess.PIPE,
        text=True,
    )


def made_by(process: subprocess.Popen[str]) -> list[str]:
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return json.loads(printed.splitlines()[-1])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which each model is there, with weights of one byte."""
    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path)
    for name in NAMES:
        stem = onnx_files._stem(name)
        # the sha256 of one byte that is zero
        digest = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
        model = tmp_path / f"{stem}.{digest}"
        model.mkdir()
        (model / onnx_files.WEIGHTS).write_bytes(bytes(1))
    return tmp_path


@pytest.mark.slow
def test_two_processes_make_a_file_once_and_an_older_one_goes(tmp_path: Path) -> None:
    older = tmp_path / "sentiment-int8.0123456789abcdef.00"
    other = tmp_path / "sentiment-float32.0123456789abcdef.00"
    left = tmp_path / "making-left-by-one-that-was-killed"
    for folder in (older, other, left):
        folder.mkdir()
        (folder / "file").touch()
    both = [start_making(tmp_path, "int8") for _ in range(2)]
    assert made_by(both[0]) + made_by(both[1]) == ["sentiment"]
    folders = sorted(folder.name.split(".")[0] for folder in tmp_path.glob("*-*"))
    assert folders == ["sentiment-float32", "sentiment-int8"]
    assert other.exists()
    assert not older.exists()


def test_a_file_that_is_there_is_not_made(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_files, "make_in_a_process", lambda *_: pytest.fail("made again"))
    onnx_files.ensure_model_files()
    assert onnx_files.model_graph("sentiment").parents[1] == folder


def test_with_the_other_engine_none_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path)
    monkeypatch.setattr(onnx_files, "settings", lambda: Settings(model_engine="transformers"))
    monkeypatch.setattr(onnx_files, "make_in_a_process", lambda *_: pytest.fail("made"))
    onnx_files.ensure_model_files()


@pytest.mark.parametrize("change", ["a library", "the adapter", "the recipe"])
def test_a_change_of_what_it_is_made_from_makes_it_anew(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    onnx_files._made_from.cache_clear()
    if change == "a library":
        monkeypatch.setattr(onnx_files, "version", lambda name: "9.9")
    elif change == "the recipe":
        monkeypatch.setattr(onnx_files, "RECIPE", "another")
    else:
        adapter = tmp_path / "adapters" / "sentiment"
        adapter.mkdir(parents=True)
        for name in ("adapter_config.json", "adapter_model.safetensors"):
            (adapter / name).touch()
        monkeypatch.setattr(onnx_files, "ADAPTERS", adapter.parent)
    try:
        assert onnx_files._find("sentiment") is None
    finally:
        onnx_files._made_from.cache_clear()


def test_a_damaged_file_is_named_and_refused(folder: Path) -> None:
    graph = onnx_files.model_graph("sentiment")
    graph.with_name(onnx_files.WEIGHTS).write_bytes(b"two bytes")
    with pytest.raises(ModelError, match=r"sentiment-float32.* is damaged.*Delete .*made anew"):
        onnx_files.model_graph("sentiment")


def test_a_damaged_graph_is_named_and_refused(folder: Path) -> None:
    graph = onnx_files.model_graph("sentiment")
    graph.write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"cannot be read.*Delete .*sentiment-float32"):
        load_sentiment()


def test_a_file_that_computes_something_else_gets_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path)
    monkeypatch.setattr(onnx_files, "LARGEST_DIFFERENCE", {"float32": 0.0})
    with pytest.raises(ModelError, match="The file of sentiment is wrong"):
        onnx_files.make()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_folder_that_cannot_be_written_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path / "file" / "models")
    with pytest.raises(ModelError, match=r"cannot be written .* MODEL_ENGINE=transformers"):
        onnx_files.make()


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path)
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ModelError, match=r"No space left on device.* need 400 MB"):
        onnx_files.make()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ("import sys; sys.exit('The disk is full.')", r"could not be made: The disk is full\.$"),
        ("import os; os.kill(os.getpid(), 9)", r"could not be made: killed, with status -9$"),
    ],
)
def test_what_went_wrong_in_the_other_process_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, said: str
) -> None:
    command = [sys.executable, "-c", end]
    run = subprocess.run
    monkeypatch.setattr(onnx_files, "FOLDER", tmp_path)
    monkeypatch.setattr(making.subprocess, "run", lambda _, **options: run(command, **options))
    with pytest.raises(ModelError, match=said):
        onnx_files.model_graph("sentiment")
