"""The exercises' judge: says whether an answer is right, and why not.

A check is an ordinary function, visible on the page, that asserts what a right answer fulfils and
says in each assert's message what is wrong. It may be `async`, to ask a deployment. The learner's
cell awaits `check`, which never raises; the solution's cell awaits `prove`, which raises unless the
check accepts the solution and refuses each wrong answer beside it. So a run of the notebook is also
the test of its checks.
"""

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

Check = Callable[[Any], Awaitable[None] | None]
LIMIT_S = 30  # of a check that waits for something


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
        print(f"Not right: using your answer raised {type(error).__name__}: {error}")
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


async def _run(judge: Check, answer: Any) -> None:
    verdict = judge(answer)
    if not inspect.isawaitable(verdict):
        return
    try:
        async with asyncio.timeout(LIMIT_S) as limit:
            await verdict
    except TimeoutError:
        if not limit.expired():
            raise
        raise AssertionError(f"using your answer did not end within {LIMIT_S} seconds") from None
