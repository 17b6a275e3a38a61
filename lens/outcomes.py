"""What a question's rules give over every selection: truth tables kept as bits of whole numbers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mllens.lens.risk import LEVELS, SEVERITY, Condition, Default, Every, Level, Not, RiskRule, Some, Ticked

MAX_CHOICES = 15  # the format's limit; 32,768 selections


@dataclass(frozen=True)
class Table:
    """One truth table a rule; bit n stands for the selection whose choices are the bits of n.

    `asked` holds all selections but the empty one, for which the service says UNANSWERED and does not try the rules. It
    counts only where a choice's effect is asked for, since it stands for "none of these" there.
    """

    choices: tuple[str, ...]
    rules: tuple[RiskRule, ...]
    first: tuple[int, ...]  # where each rule is the first that holds, so decides
    asked: int

    def reachable(self, number: int) -> bool:
        """Say whether some selection is decided by this rule."""
        return bool(self.first[number] & self.asked)

    def undecided(self) -> tuple[str, ...] | None:
        """Give a selection that no rule decides."""
        return self._example(self.asked & ~self._union(self.first))

    def levels(self) -> frozenset[Level]:
        """Give the levels that can come out."""
        return frozenset(
            LEVELS[rule.risk] for rule, where in zip(self.rules, self.first, strict=True) if where & self.asked
        )

    def has_effect(self, choice: str) -> bool:
        """Say whether ticking this choice ever changes the level."""
        return any(self._more(where, choice) != self._less(where, choice) for where in self._by_level())

    def worsened_by(self, choice: str) -> tuple[str, ...] | None:
        """Give a selection to which adding this choice makes the level worse."""
        for worst in ("medium", "high"):
            bad = self._at_least(worst)
            found = self._example(self._more(bad, choice) & ~bad & self._decided() & self.asked)
            if found is not None:
                return found
        return None

    def eased_despite(self, none: str) -> tuple[str, ...] | None:
        """Give a selection that holds `none` and other choices, and is judged better than `none` alone."""
        alone = 1 << (1 << self.choices.index(none))
        for worst in ("medium", "high"):
            if self._at_least(worst) & alone:
                found = self._example(self._decided() & self.asked & ~self._at_least(worst) & ~self._room_for(none))
                if found is not None:
                    return found
        return None

    def _by_level(self) -> Iterator[int]:
        for risk in LEVELS:
            yield self._union(where for rule, where in zip(self.rules, self.first, strict=True) if rule.risk == risk)

    def _at_least(self, worst: Level) -> int:
        return self._union(
            where
            for rule, where in zip(self.rules, self.first, strict=True)
            if SEVERITY[LEVELS[rule.risk]] >= SEVERITY[worst]
        )

    def _decided(self) -> int:
        return self._union(self.first)

    def _room_for(self, choice: str) -> int:
        return (self.asked | 1) & ~_column(self.choices.index(choice), len(self.choices))

    def _more(self, where: int, choice: str) -> int:
        """Move what is said of selections with the choice to the same selections without it."""
        return (where >> (1 << self.choices.index(choice))) & self._room_for(choice)

    def _less(self, where: int, choice: str) -> int:
        return where & self._room_for(choice)

    def _example(self, where: int) -> tuple[str, ...] | None:
        if not where:
            return None
        number = (where & -where).bit_length() - 1
        return tuple(choice for position, choice in enumerate(self.choices) if number >> position & 1)

    @staticmethod
    def _union(tables: "Iterator[int] | Sequence[int]") -> int:
        union = 0
        for table in tables:
            union |= table
        return union


def table(choices: Sequence[str], rules: Sequence[RiskRule]) -> Table:
    """Work out the truth tables; every choice that a rule names must be among the choices, at most MAX_CHOICES."""
    if len(choices) > MAX_CHOICES:
        raise ValueError(f"{len(choices)} choices are more than the {MAX_CHOICES} that a question may have")
    everything = (1 << (1 << len(choices))) - 1
    columns = {choice: _column(position, len(choices)) for position, choice in enumerate(choices)}
    left = everything
    first = []
    for rule in rules:
        decides = _bits(rule.condition, columns, everything) & left
        first.append(decides)
        left &= ~decides
    return Table(tuple(choices), tuple(rules), tuple(first), everything & ~1)


def _column(position: int, count: int) -> int:
    """Give the selections that hold the choice at this position: runs of 2^position bits, off and on in turn."""
    run = 1 << position
    block = ((1 << run) - 1) << run
    width = 2 * run
    while width < 1 << count:
        block |= block << width
        width *= 2
    return block


def _bits(condition: Condition, columns: dict[str, int], everything: int) -> int:
    match condition:
        case Default():
            return everything
        case Ticked(choice):
            return columns[choice]
        case Not(term):
            return everything & ~_bits(term, columns, everything)
        case Every(terms):
            bits = everything
            for term in terms:
                bits &= _bits(term, columns, everything)
            return bits
        case Some(terms):
            bits = 0
            for term in terms:
                bits |= _bits(term, columns, everything)
            return bits
