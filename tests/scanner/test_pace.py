"""How fast each operation may be called, on a clock that jumps."""

import asyncio

import pytest
from scans import run

from mllens.scanner.pace import SETTLE, SLOWEST, Pace

END = float("inf")


def test_open_until_throttled() -> None:
    async def main() -> float:
        pace, loop = Pace(32), asyncio.get_running_loop()
        for _ in range(1000):
            await pace.turn(END)
            pace.succeeded()
        return loop.time()

    assert run(main()) == 0


def test_after_a_throttle_at_four_fifths_of_what_was_let_through() -> None:
    async def main() -> list[float]:
        pace, loop = Pace(32), asyncio.get_running_loop()
        for _ in range(50):
            pace.succeeded()
        pace.throttled()
        turns = []
        for _ in range(4):
            await pace.turn(END)
            turns.append(loop.time())
        return turns

    assert run(main()) == pytest.approx([0.025, 0.05, 0.075, 0.1])


def test_never_slower_than_the_slowest() -> None:
    async def main() -> float:
        pace, loop = Pace(32), asyncio.get_running_loop()
        for _ in range(5):
            pace.throttled()
            await asyncio.sleep(SETTLE)
        before = loop.time()
        await pace.turn(END)
        return loop.time() - before

    assert run(main()) <= 1 / SLOWEST


def test_many_throttles_at_once_are_one_piece_of_news() -> None:
    async def main() -> float:
        pace, loop = Pace(32), asyncio.get_running_loop()
        for _ in range(10):
            pace.succeeded()
        pace.throttled()
        await asyncio.sleep(0.1)
        pace.throttled()
        await pace.turn(END)
        return loop.time()

    assert run(main()) == pytest.approx(0.125)


def test_it_eases_and_opens_again() -> None:
    async def main() -> tuple[float, float]:
        pace, loop = Pace(32), asyncio.get_running_loop()
        for _ in range(20):
            pace.succeeded()
        pace.throttled()
        for _ in range(200):
            await pace.turn(END)
            pace.succeeded()
        halfway = loop.time()
        for _ in range(1000):
            await pace.turn(END)
            pace.succeeded()
        return halfway, loop.time() - halfway

    halfway, rest = run(main())
    assert 2.5 < halfway < 12.5  # 200 calls, at 16 a second at first
    assert rest < 1  # opened again on the way; 62 s otherwise


def test_a_turn_that_would_come_too_late_is_refused_at_once() -> None:
    async def main() -> tuple[bool, float]:
        pace, loop = Pace(32), asyncio.get_running_loop()
        pace.succeeded()
        pace.throttled()
        return await pace.turn(0.5), loop.time()

    assert run(main()) == (False, 0.0)


def test_calls_that_wait_learn_from_those_under_way() -> None:
    """Of 200 at once against a limit, those beyond the first few are not sent to be refused."""

    async def main() -> tuple[int, int]:
        pace, sent, refused = Pace(32), 0, 0

        async def one() -> None:
            nonlocal sent, refused
            async with pace.room:
                let_through = False
                while not let_through:
                    await pace.turn(END)
                    sent += 1
                    await asyncio.sleep(0.01)
                    let_through = sent <= 20 or asyncio.get_running_loop().time() > 1
                    refused += not let_through
                    (pace.succeeded if let_through else pace.throttled)()

        await asyncio.gather(*(one() for _ in range(200)))
        return sent, refused

    sent, refused = run(main())
    assert sent == 200 + refused
    assert refused < 60
