"""The exercises' judge: says whether an answer is right, and why not.

A check is an ordinary function, visible on the page, that asserts what a right answer fulfils and
says in each assert's message what is wrong. It may be `async`, to ask a deployment. The learner's
cell awaits `check`, which never raises; the solution's cell awaits `prove`, which raises unless the
check accepts the solution and refuses each wrong answer beside it. So a run of the notebook is also
the test of its checks.
"""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from typing import Any

from ray import serve
from ray.serve.exceptions import RequestCancelledError

Check = Callable[[Any], Awaitable[None] | None]
LIMIT_S = 30  # of a check, for answers that never end


async def check(judge: Check, answer: Any) -> None:
    """Print whether a learner's answer is right, and if not, why."""
    if answer is ...:
        print("Not yet: put your answer in place of the dots, then run this cell again.")
        return
    try:
        await _run(judge, answer)
    except AssertionError as error:
        print(f"Not right: {error}")
    except Exception as error:
        said = str(error).strip().splitlines()[-1:] or [""]  # Ray's errors hold a whole traceback
        print(f"Not right: using your answer raised {type(error).__name__}: {said[0]}")
    else:
        print("Right.")


async def prove(judge: Check, answer: Any, *, wrong: Sequence[Any]) -> None:
    """Show that a check accepts the solution, and refuses each wrong answer with a reason.

    Raises:
        ValueError: if there is no wrong answer, or the check accepts one, or refuses it in silence.
        AssertionError: if the check refuses the solution.
    """
    if not wrong:
        raise ValueError("give at least one wrong answer that the check refuses")
    for number, value in enumerate(wrong, start=1):
        try:
            await _run(judge, value)
        except AssertionError as error:
            if not str(error):
                raise ValueError(f"wrong answer {number} is refused without a reason") from error
        else:
            raise ValueError(f"wrong answer {number} is accepted: {value!r}")
    await _run(judge, answer)
    print("Right.")


def assert_runs(name: str) -> None:
    """Assert that an application runs, for a check that is answered with its name.

    Raises:
        AssertionError: there is none with that name, or it does not run, for Serve's reason.
    """
    application = serve.status().applications.get(name)
    assert application, f"no application has the name {name!r}"
    reasons = [it.message.splitlines()[-1] for it in application.deployments.values() if it.message]
    assert application.status == "RUNNING", f"{name!r} does not run: {'; '.join(reasons)}"


async def _run(judge: Check, answer: Any) -> None:
    try:
        async with asyncio.timeout(LIMIT_S) as limit:
            verdict = await _called_in_a_thread(judge, answer)
            if inspect.isawaitable(verdict):
                await verdict
    except (TimeoutError, RequestCancelledError):  # Serve makes this of a cancelled request
        if not limit.expired():
            raise
        message = f"using your answer did not end within {LIMIT_S} seconds; if it never ends, "
        raise AssertionError(message + "restart the kernel") from None


def _called_in_a_thread(judge: Check, answer: Any) -> Awaitable[Any]:
    """A learner's endless loop must not stop the notebook; nor its end, so it is a daemon."""
    verdict: Future[Any] = Future()

    def call() -> None:
        verdict.set_running_or_notify_cancel()  # nobody may be waiting any more when it ends
        try:
            verdict.set_result(judge(answer))
        except Exception as error:
            verdict.set_exception(error)

    threading.Thread(target=call, daemon=True).start()
    return asyncio.wrap_future(verdict)
