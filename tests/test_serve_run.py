"""Every module's application is deployed as it is in the tests; one of them by `serve run`."""

import re
from pathlib import Path

TESTS = Path(__file__).parent


def test_each_application_is_run_as_it_is() -> None:
    modules = TESTS.parent.glob("course_lib/*.py")
    applications = {module.stem for module in modules if "\napp = " in module.read_text()}
    tests = "".join(path.read_text() for path in TESTS.glob("*.py"))
    assert set(re.findall(r'with serve_run(?:_from_a_shell)?\("(\w+)"', tests)) == applications
    assert len(applications) == 14
