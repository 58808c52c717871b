"""What `deploy/` holds is what the rest of the repository says, and what the tools take."""

import json
import re
import shutil
import subprocess
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from maintenance.deployment import CONFIG, MANIFEST, ROOT, faults, manifest, written

DEPLOY = ROOT / "deploy"
# As a CustomResourceDefinition says it, in small.
DEFINITION: dict[str, Any] = {
    "spec": {
        "versions": [
            {
                "name": "v1",
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "apiVersion": {"type": "string"},
                            "spec": {
                                "type": "object",
                                "required": ["image"],
                                "properties": {
                                    "image": {"type": "string"},
                                    "replicas": {"type": "integer"},
                                    "memory": {"x-kubernetes-int-or-string": True},
                                    "labels": {
                                        "type": "object",
                                        "additionalProperties": {"type": "string"},
                                    },
                                },
                            },
                        },
                    }
                },
            }
        ]
    }
}
GOOD = {
    "apiVersion": "ray.io/v1",
    "spec": {"image": "a:1", "replicas": 2, "memory": "4Gi", "labels": {"any": "name"}},
}


def test_the_manifest_is_what_the_configuration_says() -> None:
    assert MANIFEST.read_text(encoding="utf-8") == written(), "run `make export`"


def test_a_changed_configuration_changes_it() -> None:
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    changed = deepcopy(config)
    changed["applications"][1]["deployments"][0]["health_check_period_s"] = 7
    assert manifest(changed) != manifest(config)


def test_what_it_serves_is_a_configuration_of_serve() -> None:
    resource = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    served = ServeDeploySchema(**yaml.safe_load(resource["spec"]["serveConfigV2"]))
    assert [application.name for application in served.applications] == ["nlp"]
    assert resource["spec"]["rayClusterConfig"]["rayVersion"] == version("ray")


def test_a_resource_as_it_is_defined() -> None:
    assert faults(DEFINITION, GOOD) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"replicas": "two"}, "$.spec.replicas: 'two' is not of type 'integer'"),
        ({"replica": 2}, "$.spec: Additional properties are not allowed"),
        ({"memory": []}, "$.spec.memory: [] is not of type"),
        ({"labels": {"a": 1}}, "$.spec.labels.a: 1 is not of type 'string'"),
    ],
)
def test_what_differs_from_the_definition(change: dict[str, Any], fault: str) -> None:
    [found] = faults(DEFINITION, GOOD | {"spec": GOOD["spec"] | change})
    assert found.startswith(fault)


def test_what_the_image_copies_is_there() -> None:
    recipe = (DEPLOY / "Dockerfile").read_text()
    copied = [line.split()[1:-1] for line in recipe.splitlines() if line.startswith("COPY")]
    names = [name for names in copied for name in names]
    assert {"course_lib", "pyproject.toml", "constraints.txt"} <= set(names)
    assert all((ROOT / name).exists() for name in names)


def test_the_dashboard_has_a_query_for_each_signal() -> None:
    panels = json.loads((DEPLOY / "grafana_dashboard.json").read_text())["panels"]
    queries = {panel["title"]: panel["targets"][0]["expr"] for panel in panels}
    assert {"Traffic", "Errors", "Latency, p99", "Saturation"} <= set(queries)
    assert all(re.search(r"\bray_serve_\w+|\bray_course_\w+", it) for it in queries.values())


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs promtool, of Prometheus")
def test_prometheus_takes_its_configuration() -> None:
    command = ["promtool", "check", "config", DEPLOY / "prometheus.yml"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0
