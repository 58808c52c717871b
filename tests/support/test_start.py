"""`make run` says why it does not start. That it starts is tested with the README."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from course_lib.support import start as start_module
from course_lib.support.settings import settings
from course_lib.support.start import CONFIG_PATH, StartFailed, read_config
from tests.conftest import free_port

ROOT = Path(__file__).parents[2]


def start(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "course_lib.support.start", *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_a_deployment_that_cannot_be_constructed_is_named_with_its_cause(tmp_path: Path) -> None:
    config = {
        "http_options": {"host": "127.0.0.1", "port": free_port()},
        "applications": [
            {"name": "broken", "route_prefix": "/", "import_path": "tests.broken_app:app"}
        ],
    }
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config))
    ended = start(str(path))
    assert ended.returncode == 1
    assert "Application broken failed." in ended.stderr
    assert "Deployment Broken:" in ended.stderr
    assert "the weights are on another disk" in ended.stderr
    assert "Deployment Driver" not in ended.stderr


@pytest.mark.parametrize(
    ("variable", "value"), [("MAX_ARTICLE_CHARS", "many"), ("WIKIPEDIA_API_URL", "wikipedia")]
)
def test_a_setting_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    ended = start(**{variable: value})
    assert ended.returncode == 1
    assert variable.lower() in ended.stderr.lower()
    assert value in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("chosen", "used"), [(None, "int8"), ("float32", "float32")])
def test_it_computes_in_8_bits_unless_the_environment_says_otherwise(
    monkeypatch: pytest.MonkeyPatch, chosen: str | None, used: str
) -> None:
    monkeypatch.setattr("os.environ", {"MODEL_PRECISION": chosen} if chosen else {})
    monkeypatch.setattr(start_module, "ensure_database", lambda *_, **__: None)
    seen = []
    monkeypatch.setattr(
        start_module, "ensure_model_files", lambda **_: seen.append(settings().model_precision)
    )
    settings.cache_clear()
    try:
        start_module.prepare()
    finally:
        settings.cache_clear()
    assert seen == [used]


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match="cannot be read"):
        read_config(tmp_path / "missing.yaml")


def test_the_configuration_binds_this_machine_alone() -> None:
    config = read_config(CONFIG_PATH)
    assert config.http_options.host == "127.0.0.1"
    assert [application.name for application in config.applications] == ["wikipedia", "nlp"]


def test_the_configuration_checks_replicas_each_second_and_updates_with_a_surge() -> None:
    applications = read_config(CONFIG_PATH).applications
    deployments = {d.name: d for application in applications for d in application.deployments}
    models = {"SentimentAnalysis", "Summarizer", "EntityRecognition"}
    assert set(deployments) == models | {"NLPipelineDriver", "EmbeddedWikipedia"}
    assert {deployment.health_check_period_s for deployment in deployments.values()} == {1}
    assert {deployment.max_surge_percent for deployment in deployments.values()} == {100}
