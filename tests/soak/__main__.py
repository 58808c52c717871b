"""`make soak`: see the package."""

import argparse
import asyncio
import sys
from collections.abc import Callable

from ray.serve.schema import ServeDeploySchema

from course_lib.support.start import StartFailed
from course_lib.support.wiki.importer import ImportFailed
from tests.soak import service
from tests.soak.chaos import chaos
from tests.soak.disconnect import disconnect
from tests.soak.fuzzing import fuzzing
from tests.soak.overload import overload
from tests.soak.report import Result, exit_status, progress, table
from tests.soak.updates import updates

Part = Callable[[str, ServeDeploySchema], list[Result]]


def main() -> int:
    """Run the parts; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description="Break the service.")
    parser.add_argument("--seed", type=int, default=0, help="of the kills and the fuzzing")
    parser.add_argument("--kills", type=int, default=20, help="how many, one every 15 seconds")
    parts: dict[str, Part] = {
        "chaos": lambda url, _: chaos(url, arguments.seed, arguments.kills),
        "overload": lambda url, _: asyncio.run(overload(url)),
        "disconnect": lambda url, _: disconnect(url),
        "updates": updates,
        "fuzzing": lambda url, config: fuzzing(url, config, arguments.seed),
    }
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(parts):
        parser.error(f"there is no part {', '.join(sorted(unknown))}")

    results: list[Result] = []
    try:
        url, config = service.start()
        for name in arguments.parts or parts:
            progress(f"--- {name}")
            results += run(name, parts[name], url, config)
    except (StartFailed, ImportFailed) as error:
        print(f"\nThere is nothing to break. {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopping; what was measured until now:")
        results.append(Result("soak", "runs to its end", "interrupted", False))
    finally:
        service.stop()
    print(f"\n{table(results)}")
    return exit_status(results)


def run(name: str, part: Part, url: str, config: ServeDeploySchema) -> list[Result]:
    """The results of a part; one that does not end well is a broken promise, too."""
    try:
        return part(url, config)
    except Exception as error:
        return [Result(name, "runs to its end", f"{type(error).__name__}: {error}", False)]


if __name__ == "__main__":
    sys.exit(main())
