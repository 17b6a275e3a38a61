"""The cheapest way out of a high risk: which practices to meet, found exactly by a question's own risk rules."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Self

from mllens.lens.model import Question
from mllens.lens.risk import SEVERITY, Level, RiskRule, level


@dataclass(frozen=True)
class Start:
    """Where a question stands: choices that are ticked, and practices that do not apply; all other practices are open.

    Where "None of these" is ticked, it is so until a practice is met.
    """

    question: Question
    met: frozenset[str]
    not_applicable: frozenset[str]

    @classmethod
    def of(cls, question: Question, met: Iterable[str] = (), not_applicable: Iterable[str] = ()) -> Self:
        """Take any collections."""
        return cls(question, frozenset(met), frozenset(not_applicable))

    @property
    def open(self) -> tuple[str, ...]:
        """The practices that can be met yet."""
        return tuple(c.id for c in self.question.choices if c.id not in self.met and c.id not in self.not_applicable)

    @property
    def level(self) -> Level:
        """The risk as it stands."""
        return level(self.question.rules, self.met, self.not_applicable)


def cheapest(
    rules: Sequence[RiskRule],
    candidates: Iterable[str],
    cost: Mapping[str, int],
    *,
    met: Collection[str] = (),
    not_applicable: Collection[str] = (),
    clear: Level = "high",
) -> tuple[str, ...] | None:
    """Find the practices that, once met too, bring the risk below a level; None where nothing does.

    Of all sets that do, the one of the least cost; of those the smallest, then the first by ids. Sets are tried in that
    order, so the first that does is the answer, whatever the rules.

    Args:
        rules: of the question.
        candidates: practices that could be met.
        cost: of meeting each, above zero.
        met: choices that are ticked and stay so.
        not_applicable: choices that are out of the question.
        clear: the level to get below.

    Raises:
        KeyError: a candidate has no cost.
        ValueError: a cost is not above zero, so that a set could cost no more than a part of it.
    """
    ids = sorted(candidates)
    free = [id_ for id_ in ids if cost[id_] <= 0]
    if free:
        raise ValueError(f"the cost of {free[0]} is {cost[free[0]]} and must be above zero")
    sets: list[tuple[int, int, tuple[str, ...], int]] = [(0, 0, (), 0)]
    while sets:
        spent, size, chosen, first = heappop(sets)
        if SEVERITY[level(rules, {*met, *chosen}, not_applicable)] < SEVERITY[clear]:
            return chosen
        for position in range(first, len(ids)):
            more = ids[position]
            heappush(sets, (spent + cost[more], size + 1, (*chosen, more), position + 1))
    return None


def shortest(starts: Iterable[Start], cost: Mapping[str, int]) -> tuple[str, ...]:
    """List the practices that clear the high risk of every question, cheapest first, then by id.

    No practice belongs to two questions, so each question's cheapest set is part of it; and by the rules that this lens
    derives no other set is smaller, so the list is the shortest as well.
    """
    chosen: list[str] = []
    for start in starts:
        if start.level == "high":
            met = start.met - {start.question.none}
            found = cheapest(start.question.rules, start.open, cost, met=met, not_applicable=start.not_applicable)
            assert found is not None, start.question.id  # all practices met is no risk, by the rules' construction
            # where "None of these" alone is what makes it high, any practice clears it
            chosen += found or [min(start.open, key=lambda id_: (cost[id_], id_))]
    return tuple(sorted(chosen, key=lambda id_: (cost[id_], id_)))
