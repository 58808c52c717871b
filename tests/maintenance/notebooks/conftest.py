"""A project with one good notebook, for a test to spoil."""

import shutil
from pathlib import Path

import pytest

from maintenance.notebooks.exporting import export
from tests.maintenance.notebooks.good_notebook import good_notebook, write

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one good notebook and its module, and with this project's settings."""
    root = tmp_path_factory.mktemp("pattern")
    (root / "notebooks").mkdir()
    (root / "course_lib").mkdir()
    (root / "course_lib" / "__init__.py").touch()
    shutil.copy(PYPROJECT, root)
    (root / "README.md").write_text("| [01 Greeting](notebooks/01_greeting.ipynb) | 5 |\n")
    export(write(root, good_notebook()))
    return root


@pytest.fixture
def project(pattern: Path, tmp_path: Path) -> Path:
    """The root of a copy of the good project, for one test to spoil."""
    return shutil.copytree(pattern, tmp_path / "project")
