"""Every 15 seconds a process of the service is killed while ten clients ask."""

import itertools
from collections import Counter
from dataclasses import dataclass
from time import monotonic, sleep

import requests

from course_lib.support.load.crowd import Outcome, crowd
from course_lib.support.load.retries import get_with_retries
from tests.soak.kill_plan import kill_plan
from tests.soak.processes import kill
from tests.soak.report import Result, progress
from tests.soak.service import ARTICLES, is_right, is_whole, replicas
from tests.soak.tries import recorded_tries
from tests.waiting import wait_until

CLIENTS = 10
# With this pause they ask for about seven tenths of what two cores can answer. Ten clients without
# a pause would ask for more than all of it: that is overload, which has a part of its own.
PAUSE_S = 8.0
EVERY_S = 15.0
WHOLE_LIMIT_S = 30.0
TRY_LIMIT_S = 31
MAY_BE_RETRIED = {408, 500, 502, 503, 504}
CONNECTION_ENDED = {"ConnectionError", "ConnectTimeout", "ChunkedEncodingError"}


@dataclass(frozen=True)
class Damage:
    """A kill, and how long it was until the service was whole; None where the next came first."""

    victim: str
    whole_after_s: float | None


def chaos(url: str, seed: int, kills: int) -> list[Result]:
    """Kill by plan under load; see how each request ended and how soon the service was whole."""
    whole = replicas()
    plan = kill_plan(seed, sorted(whole), kills)
    terms = itertools.cycle(ARTICLES)

    def ask() -> requests.Response:
        return get_with_retries(f"{url}/summarize", {"search_term": next(terms)})

    with recorded_tries() as tries, crowd(ask, CLIENTS, PAUSE_S) as outcomes:
        sleep(EVERY_S / 3)
        damages = [
            hurt(url, whole, victim, last=n == len(plan)) for n, victim in enumerate(plan, 1)
        ]
        sleep(EVERY_S / 3)
    return [*verdicts(outcomes, tries), recovery(damages)]


def hurt(url: str, whole: Counter[str], victim: str, last: bool) -> Damage:
    """Kill, watch until the service is whole, and wait until the next kill is due."""
    kill(victim)
    killed = monotonic()
    progress(f"killed {victim}")
    try:
        limit_s = WHOLE_LIMIT_S if last else EVERY_S
        wait_until(lambda: is_whole(url, whole), "the service is whole", limit_s)
    except TimeoutError:
        progress(f"  not whole after {limit_s:.0f} s")
        return Damage(victim, None)
    whole_after_s = monotonic() - killed
    progress(f"  whole again after {whole_after_s:.1f} s")
    sleep(0 if last else max(0.0, killed + EVERY_S - monotonic()))
    return Damage(victim, whole_after_s)


def may_be_retried(attempt: Outcome) -> bool:
    """Whether a client may send it again: a status that says so, or a connection that ended."""
    if attempt.answer is None:
        return attempt.error in CONNECTION_ENDED
    return attempt.answer.status_code in MAY_BE_RETRIED


def verdicts(outcomes: list[Outcome], tries: list[Outcome]) -> list[Result]:
    """What became of each try, and of each request."""
    failed = [attempt for attempt in tries if attempt.kind != "200"]
    unclean = [attempt for attempt in failed if not may_be_retried(attempt)]
    kinds = ", ".join(f"{n} x {kind}" for kind, n in Counter(o.kind for o in failed).most_common())
    longest_s = max(attempt.took_s for attempt in tries)
    lost = [outcome for outcome in outcomes if not is_right(outcome.answer)]
    what = "".join(f"; {outcome.kind} after {outcome.took_s:.0f} s" for outcome in lost[:5])
    return [
        Result(
            "chaos",
            f"every try ends, within {TRY_LIMIT_S} s",
            f"{len(tries)} tries ended, the longest after {longest_s:.1f} s",
            longest_s <= TRY_LIMIT_S,
        ),
        Result(
            "chaos",
            "an error says that the client may try again",
            f"{len(failed)} errors, {len(unclean)} of another kind ({kinds})",
            bool(failed) and not unclean,
        ),
        Result(
            "chaos",
            "with the documented client no request is lost",
            f"{len(outcomes)} requests, {len(lost)} lost{what}",
            bool(outcomes) and not lost,
        ),
    ]


def recovery(damages: list[Damage]) -> Result:
    """How soon the service was whole."""
    times = ", ".join(
        f"{damage.victim.rpartition('#')[2]} "
        + (f"{damage.whole_after_s:.0f} s" if damage.whole_after_s else "not before the next kill")
        for damage in damages
    )
    return Result(
        "chaos",
        f"whole again within {WHOLE_LIMIT_S:.0f} s of the last kill",
        times,
        damages[-1].whole_after_s is not None,
    )
