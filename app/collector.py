"""Python's cycle collector, told what this program is like."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


def calm() -> None:
    """It runs less often, and no more over what is loaded by now.

    Folding makes many objects and hardly a cycle: left as it is, the collector takes a quarter to a
    third of the processor time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@contextmanager
def resting() -> Iterator[None]:
    """It does not run: loading modules makes very many objects, nearly all to stay."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()
