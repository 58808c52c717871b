"""Writes the manifest for Kubernetes from `serve_config.yaml`, so that the two cannot drift apart.

    python -m maintenance.deployment         deploy/rayservice.yaml
    python -m maintenance.deployment CRD     compares that file with KubeRay's definition of it

In a cluster the API reads the real Wikipedia: the embedded one is a stand-in for a laptop. `CRD` is
ray.io_rayservices.yaml, from the KubeRay release that the cluster has.
"""

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import yaml

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "serve_config.yaml"
MANIFEST = ROOT / "deploy" / "rayservice.yaml"
IMAGE = "wikipedia-nlp:1"  # what deploy/Dockerfile builds
HEADER = """\
# The Wikipedia NLP API for KubeRay. Written by `make export` from serve_config.yaml: change that
# file, or maintenance/deployment.py. Before it is applied: an image, and a contact for Wikimedia.
"""
ENVIRONMENT = {
    "WIKIPEDIA_API_URL": "https://en.wikipedia.org/w/api.php",
    "WIKIPEDIA_CONTACT": "put an address here",
    "MODEL_PRECISION": "int8",
}
HEAD_PORTS = {"gcs": 6379, "dashboard": 8265, "serve": 8000, "metrics": 8080}
WORKER_PORTS = {"serve": 8000, "metrics": 8080}


def manifest(config: dict[str, Any]) -> dict[str, Any]:
    """Return the RayService of a Serve configuration, as `serve_config.yaml` holds it."""
    served = config | {
        # Each pod has a proxy, behind one Kubernetes service, which needs the pod's own address.
        "proxy_location": "EveryNode",
        "http_options": config["http_options"] | {"host": "0.0.0.0"},
        "applications": [it for it in config["applications"] if it["name"] != "wikipedia"],
    }
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "wikipedia-nlp"},
        "spec": {
            "serveConfigV2": yaml.safe_dump(served, sort_keys=False),
            "rayClusterConfig": {
                "rayVersion": version("ray"),
                "authOptions": {"mode": "token"},
                "headGroupSpec": {
                    # No replica runs beside the controller.
                    "rayStartParams": {"dashboard-host": "0.0.0.0", "num-cpus": "0"},
                    "template": _pod("ray-head", HEAD_PORTS, cpus=1, memory="4Gi"),
                },
                "workerGroupSpecs": [
                    {
                        "groupName": "models",
                        "replicas": 2,
                        "minReplicas": 2,
                        "maxReplicas": 2,
                        "rayStartParams": {},
                        "template": _pod("ray-worker", WORKER_PORTS, cpus=2, memory="4Gi"),
                    }
                ],
            },
        },
    }


def _pod(name: str, ports: dict[str, int], *, cpus: int, memory: str) -> dict[str, Any]:
    container = {
        "name": name,
        "image": IMAGE,
        "env": [{"name": key, "value": value} for key, value in ENVIRONMENT.items()],
        "ports": [{"name": key, "containerPort": port} for key, port in ports.items()],
        "resources": {
            "requests": {"cpu": str(cpus), "memory": memory},
            "limits": {"memory": memory},
        },
    }
    return {"spec": {"containers": [container]}}


def written() -> str:
    """Return what the manifest's file has to hold."""
    yaml.SafeDumper.add_representer(str, _text)
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return HEADER + yaml.safe_dump(manifest(config), sort_keys=False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Several lines stand as lines."""
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def faults(definition: dict[str, Any], resource: dict[str, Any]) -> list[str]:
    """Return what a resource has that its definition, a CRD, does not allow or does not name."""
    name = resource["apiVersion"].rpartition("/")[2]
    schemas = {it["name"]: it["schema"]["openAPIV3Schema"] for it in definition["spec"]["versions"]}
    errors = jsonschema.Draft202012Validator(_strict(schemas[name])).iter_errors(resource)
    return [f"{error.json_path}: {error.message}" for error in errors]


def _strict(schema: Any) -> Any:
    """The same schema without fields that it does not name: Kubernetes would drop those unsaid."""
    if isinstance(schema, list):
        return [_strict(it) for it in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    strict = {key: _strict(value) for key, value in schema.items()}
    named = isinstance(schema.get("properties"), dict) and "type" in schema
    if named and schema["properties"].keys() - {"metadata"}:
        strict["additionalProperties"] = False
    return strict


def main() -> None:
    """The command; exits with what is wrong, if anything is."""
    if len(sys.argv) == 1:
        MANIFEST.write_text(written(), encoding="utf-8")
        return
    definition = yaml.safe_load(Path(sys.argv[1]).read_text(encoding="utf-8"))
    resource = yaml.safe_load(MANIFEST.read_text(encoding="utf-8"))
    sys.exit("\n".join(faults(definition, resource)) or 0)


if __name__ == "__main__":
    main()
