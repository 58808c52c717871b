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
# The Wikipedia NLP API for KubeRay 1.5.1 or newer. Written by `make export` from serve_config.yaml:
# change that file, or maintenance/deployment.py. It needs the image, and a contact for Wikimedia:
#   kubectl create configmap wikipedia-nlp --from-literal=contact=you@example.org
# Without gcsFaultToleranceOptions, which need a Redis, the head's death is an outage.
"""
ENVIRONMENT: list[dict[str, Any]] = [
    {"name": "WIKIPEDIA_API_URL", "value": "https://en.wikipedia.org/w/api.php"},
    {
        "name": "WIKIPEDIA_CONTACT",  # without it, the pod does not start
        "valueFrom": {"configMapKeyRef": {"name": "wikipedia-nlp", "key": "contact"}},
    },
    {"name": "MODEL_PRECISION", "value": "int8"},
]
WORKERS = 2
GROUP = "models"
HEAD_PORTS = {"gcs": 6379, "dashboard": 8265, "serve": 8000, "metrics": 8080}
WORKER_PORTS = {"serve": 8000, "metrics": 8080}


def manifest(config: dict[str, Any]) -> dict[str, Any]:
    """Return the RayService of a Serve configuration, as `serve_config.yaml` holds it."""
    served = config | {
        # Each pod with a replica has a proxy, behind one Kubernetes service: at the pod's address.
        "proxy_location": "EveryNode",
        "http_options": config["http_options"] | {"host": "0.0.0.0"},
        "applications": [
            it | {"deployments": [_on_each_worker(deployment) for deployment in it["deployments"]]}
            for it in config["applications"]
            if it["name"] != "wikipedia"
        ],
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
                        "groupName": GROUP,
                        "replicas": WORKERS,
                        "minReplicas": WORKERS,
                        "maxReplicas": WORKERS,
                        "rayStartParams": {},
                        "template": _apart(_pod("ray-worker", WORKER_PORTS, cpus=2, memory="4Gi")),
                    }
                ],
            },
        },
    }


def _on_each_worker(deployment: dict[str, Any]) -> dict[str, Any]:
    return deployment | {"num_replicas": WORKERS, "max_replicas_per_node": 1}


def _apart(pod: dict[str, Any]) -> dict[str, Any]:
    """The same pod, on another machine than its siblings where there is one."""
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": {"ray.io/group": GROUP}},
    }
    return pod | {"spec": pod["spec"] | {"topologySpreadConstraints": [spread]}}


def _pod(name: str, ports: dict[str, int], *, cpus: int, memory: str) -> dict[str, Any]:
    container = {
        "name": name,
        "image": IMAGE,
        "env": ENVIRONMENT,
        "ports": [{"name": key, "containerPort": port} for key, port in ports.items()],
        "resources": {
            "requests": {"cpu": str(cpus), "memory": memory},
            "limits": {"memory": memory},
        },
    }
    scraped = {"prometheus.io/scrape": "true", "prometheus.io/port": str(ports["metrics"])}
    return {"metadata": {"annotations": scraped}, "spec": {"containers": [container]}}


def written() -> str:
    """Return what the manifest's file has to hold."""
    config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
    return HEADER + yaml.dump(manifest(config), Dumper=_Readable, sort_keys=False)


class _Readable(yaml.SafeDumper):
    """Several lines stand as lines, and what stands twice is written twice."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


_Readable.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar(
        "tag:yaml.org,2002:str", text, style="|" if "\n" in text else None
    ),
)


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
        pattern = {key: schema[key] for key in schema.keys() & {"pattern"}}
        return {"type": ["integer", "string"], **pattern}
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
