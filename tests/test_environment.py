"""One record of versions for every way in: make, conda, and what is installed here."""

import ast
import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
EXACT = re.compile(r"([A-Za-z0-9._-]+)==([0-9][A-Za-z0-9.]*)")


def normal(name: str) -> str:
    """A package's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def recorded() -> dict[str, str]:
    """Each package's exact version in constraints.txt; a line of any other form fails."""
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [EXACT.fullmatch(line) for line in lines if line and not line.startswith("#")]
    assert all(pins), "each line of constraints.txt is NAME==VERSION, without a local label"
    return {normal(pin[1]): pin[2] for pin in pins}


def pip_section() -> list[str]:
    """What environment.yml hands to pip."""
    dependencies = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (section,) = [item["pip"] for item in dependencies if isinstance(item, dict)]
    return section


def test_conda_and_make_install_the_same_with_the_same_record() -> None:
    makefile = (ROOT / "Makefile").read_text()
    find_links, constraints, package = pip_section()
    index = find_links.removeprefix("--find-links ").removesuffix("/torch/")
    assert f"TORCH_INDEX ?= {index}\n" in makefile
    assert f"CONSTRAINTS ?= {constraints}\n" in makefile
    assert package.replace("-e ", "-e '") + "'" in makefile


def asked_for() -> set[str]:
    """The names of the packages that pyproject.toml asks for, extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return {normal(re.match(r"[\w.-]+", item)[0]) for group in groups for item in group}


def test_everything_that_the_project_asks_for_is_recorded() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert asked_for() <= set(recorded())
    (build_tool,) = project["build-system"]["requires"]
    assert build_tool == f"setuptools=={recorded()['setuptools']}"


def brought_by_the_benchmark() -> set[str]:
    """The names of the packages that only the benchmark's environment has."""
    lines = (ROOT / "benchmarks/requirements.txt").read_text().splitlines()
    return {normal(re.match(r"[\w.-]+", line)[0]) for line in lines if line[:1] not in ("", "#")}


def sources(*folders: str) -> Iterator[str]:
    """The code of every module and notebook in these folders."""
    files = [file for folder in folders for file in (ROOT / folder).rglob("*")]
    yield from (file.read_text() for file in files if file.suffix == ".py")
    for notebook in (file for file in files if file.suffix == ".ipynb"):
        cells = json.loads(notebook.read_text())["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.mark.parametrize(
    ("folders", "brought"),
    [
        (("course_lib", "maintenance", "tests", "notebooks"), set()),
        (("benchmarks",), brought_by_the_benchmark()),
    ],
)
def test_whatever_is_imported_is_asked_for_and_not_only_there_by_luck(
    folders: tuple[str, ...], brought: set[str]
) -> None:
    imported = set()
    for source in sources(*folders):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(node.module.split(".")[0])
    distributions = importlib.metadata.packages_distributions()
    others = imported - sys.stdlib_module_names - {
        "course_lib", "maintenance", "tests", "benchmarks"
    }  # fmt: skip
    missing = {
        name
        for name in others
        if not {normal(d) for d in distributions.get(name, [name])} & (asked_for() | brought)
    }
    assert missing == set()


@pytest.mark.skipif(os.environ.get("CONSTRAINTS") == "", reason="a run with the newest versions")
def test_what_is_installed_is_what_is_recorded() -> None:
    installed = {normal(d.name): d.version for d in importlib.metadata.distributions()}
    differ = {
        name: (installed[name], version)
        for name, version in recorded().items()
        if name in installed and installed[name].split("+")[0] != version
    }
    assert differ == {}


@pytest.mark.install
def test_the_pip_section_installs_into_a_fresh_environment(tmp_path: Path) -> None:
    python = tmp_path / "environment" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "environment"], check=True)
    # conda, too, writes the section to a file beside environment.yml and hands that to pip.
    requirements = ROOT / ".cache" / "environment-pip-section.txt"
    requirements.parent.mkdir(exist_ok=True)
    lines = "\n".join(pip_section()).replace("-c ", "-c ../").replace("-e .", "-e ..")
    requirements.write_text(lines)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "-r", requirements],
        cwd=requirements.parent,
        env={**os.environ, "PIP_RETRIES": "0"},
        check=True,
    )
    subprocess.run([python, "-m", "pip", "check"], check=True)
    frozen = subprocess.run(
        [python, "-m", "pip", "freeze", "--all", "--exclude-editable"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    pins = (line.split("+")[0].split("==") for line in frozen.splitlines() if "==" in line)
    installed = {normal(name): version for name, version in pins if name != "pip"}
    assert installed == {name: recorded()[name] for name in installed}
    subprocess.run([python, "-c", "import course_lib.wikipedia_nlp_api"], cwd=tmp_path, check=True)
