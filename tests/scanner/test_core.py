"""A scan's threads stay on one core, and afterwards nothing is left of that."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from mllens.scanner import core
from mllens.scanner.core import one_core

needs_cores = pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or len(os.sched_getaffinity(0)) < 2, reason="one core, or no Linux"
)


@needs_cores
def test_the_threads_of_a_pool_share_the_core_of_who_made_them() -> None:
    before = os.sched_getaffinity(0)
    with one_core():
        mine = os.sched_getaffinity(0)
        with ThreadPoolExecutor(2) as pool:
            theirs = {frozenset(pool.submit(os.sched_getaffinity, 0).result()) for _ in range(4)}
    assert len(mine) == 1
    assert mine < before
    assert theirs == {frozenset(mine)}
    assert os.sched_getaffinity(0) == before


@needs_cores
def test_the_other_threads_of_the_process_go_where_they_like() -> None:
    pinned, done, seen = threading.Event(), threading.Event(), []

    def other() -> None:
        pinned.wait()
        seen.append(os.sched_getaffinity(0))
        done.set()

    threading.Thread(target=other).start()
    before = os.sched_getaffinity(0)
    with one_core():
        pinned.set()
        done.wait()
    assert seen == [before]


@needs_cores
def test_after_an_error_too() -> None:
    before = os.sched_getaffinity(0)
    with pytest.raises(KeyError), one_core():
        raise KeyError
    assert os.sched_getaffinity(0) == before


@needs_cores
def test_where_the_core_is_not_known_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core.Path, "read_text", lambda *_: (_ for _ in ()).throw(PermissionError()))
    before = os.sched_getaffinity(0)
    with one_core():
        assert os.sched_getaffinity(0) == before


@needs_cores
def test_where_it_is_forbidden_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.sched_getaffinity(0)

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with one_core():
        assert os.sched_getaffinity(0) == before
