"""Work that runs beside other work ends with it, however that ends."""

import asyncio
import gc
from typing import Any

import pytest

from mllens.scanner.send import beside


def left_after(block: Any) -> tuple[list[str], int]:
    """What the loop complained of, and how many tasks went on, after a block ended."""
    complaints: list[str] = []

    async def main() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told["message"]))
        await block()
        gc.collect()
        await asyncio.sleep(0)
        return len(asyncio.all_tasks()) - 1

    return complaints, asyncio.run(main())


async def fails() -> None:
    raise KeyError


def test_all_is_waited_for() -> None:
    done = []

    async def later(what: str) -> None:
        await asyncio.sleep(0.01)
        done.append(what)

    async def block() -> None:
        async with beside() as begin:
            begin(later("a"))
            begin(later("b"))
            assert not done
        assert done == ["a", "b"]

    assert left_after(block) == ([], 0)


def test_where_the_other_work_fails_nothing_is_left_behind() -> None:
    async def listing() -> None:
        async with beside() as begin:
            begin(fails())
            begin(asyncio.sleep(60))
            await asyncio.sleep(0)
            raise ValueError("the list")

    async def block() -> None:
        with pytest.raises(ValueError, match="the list"):
            await listing()

    assert left_after(block) == ([], 0)


def test_what_was_begun_may_fail_the_whole() -> None:
    async def block() -> None:
        with pytest.raises(KeyError):
            async with beside() as begin:
                begin(fails())

    assert left_after(block) == ([], 0)
