"""Every module's application is started in its tests as its lesson says: with `serve run`."""

import re
from pathlib import Path

TESTS = Path(__file__).parent


def test_each_application_is_tested_as_serve_run_starts_it() -> None:
    modules = TESTS.parent.glob("course_lib/*.py")
    applications = {module.stem for module in modules if "\napp = " in module.read_text()}
    tests = "".join(path.read_text() for path in TESTS.glob("*.py"))
    assert set(re.findall(r'with serve_run\("(\w+)"', tests)) == applications
    assert len(applications) == 11
