"""Loads something large without the garbage collector looking through it again and again."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Turn Python's cyclic garbage collector off, and leave what was made out of its later rounds.

    Importing transformers and reading a model makes some 700,000 objects, and all of them stay. The
    collector looks for garbage among them dozens of times, which is a fifth of the time of loading,
    and a full round over them later stops a replica for a quarter of a second.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()
