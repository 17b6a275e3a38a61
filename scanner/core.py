"""Core: the threads of a scan share one interpreter, so they are best kept on one processor core."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts, on the core where it runs now; where that cannot be done, do nothing.

    The interpreter's lock lets one of them run at a time. Spread over cores, each hand-over between them wakes a
    sleeping core, which finds its caches cold.
    """
    here, cores = _core(), _allowed()
    if here not in cores:
        yield
        return
    with suppress(OSError):  # a container may forbid it
        os.sched_setaffinity(0, {here})
    try:
        yield
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, cores)


def _allowed() -> set[int]:
    """The cores that this thread may run on; none where the system does not say, or threads do run at the same time."""
    one_at_a_time = getattr(sys, "_is_gil_enabled", lambda: True)()
    return os.sched_getaffinity(0) if one_at_a_time and hasattr(os, "sched_getaffinity") else set()


def _core() -> int | None:
    """The core that this thread runs on, which the system chose because it had time: field 39 of proc(5)'s stat."""
    try:
        return int(Path("/proc/thread-self/stat").read_text("ascii", "replace").rpartition(")")[2].split()[36])
    except (OSError, IndexError, ValueError):
        return None
