"""The language of a custom lens's risk rules: read, write, evaluate, explain, and derive from the practices' risks."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Level = Literal["none", "medium", "high"]
PracticeRisk = Literal["high", "medium", "low"]
RuleRisk = Literal["NO_RISK", "MEDIUM_RISK", "HIGH_RISK"]

LEVELS: Mapping[RuleRisk, Level] = {"NO_RISK": "none", "MEDIUM_RISK": "medium", "HIGH_RISK": "high"}
SEVERITY: Mapping[Level, int] = {"none": 0, "medium": 1, "high": 2}
NONE_SUFFIX = "_no"
MAX_DEPTH = 64  # people nest three deep; the bound keeps hostile text from exhausting the stack

_TOKEN = re.compile(r"\s*(?:(?P<id>[A-Za-z0-9_]+)|(?P<mark>&&|\|\||!|\(|\))|(?P<end>\Z)|(?P<other>\S))")


class ConditionError(ValueError):
    """A condition that cannot be read; `position` counts characters from 0."""

    def __init__(self, position: int, expected: str, found: str) -> None:
        self.position = position
        self.expected = expected
        self.found = found
        super().__init__(f"at position {position}: expected {expected}, found {found}")


@dataclass(frozen=True)
class Default:
    """The condition that always holds; written `default`."""

    def __str__(self) -> str:
        return "default"


@dataclass(frozen=True)
class Ticked:
    """Holds when the choice is selected."""

    choice: str

    def __str__(self) -> str:
        return self.choice


@dataclass(frozen=True)
class Not:
    """Holds when its term does not."""

    term: "Term"

    def __str__(self) -> str:
        return f"!{_in_parentheses(self.term)}"


@dataclass(frozen=True)
class Every:
    """Two or more terms joined by `&&`."""

    terms: tuple["Term", ...]

    def __str__(self) -> str:
        return " && ".join(_in_parentheses(term) for term in self.terms)


@dataclass(frozen=True)
class Some:
    """Two or more terms joined by `||`."""

    terms: tuple["Term", ...]

    def __str__(self) -> str:
        return " || ".join(_in_parentheses(term) for term in self.terms)


Term = Ticked | Not | Every | Some
Condition = Default | Term


@dataclass(frozen=True)
class RiskRule:
    """One line of a question's `riskRules`; rules are tried in order and the first that holds gives the level."""

    condition: Condition
    risk: RuleRisk


def _in_parentheses(term: Term) -> str:
    return f"({term})" if isinstance(term, Every | Some) else str(term)


# ---------------------------------------------------------------------------------------------------------------- read


def parse(text: str) -> Condition:
    """Read a condition; `&&` binds tighter than `||`, which AWS does not document, so write parentheses when mixing."""
    reader = _Reader(text)
    if (reader.kind, reader.found) == ("id", "default"):
        reader.advance()
        reader.finish("the end: `default` stands alone")
        return Default()
    term = reader.some(0)
    reader.finish("`&&`, `||` or the end")
    return term


def mixes_operators(text: str) -> bool:
    """Say whether the text joins terms by both `&&` and `||` without parentheses; raises ConditionError as `parse`."""
    reader = _Reader(text)
    reader.some(0)
    return reader.mixed


class _Reader:
    """A recursive-descent reader, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.mixed = False
        self.end = 0
        self.advance()

    def advance(self) -> None:
        match = _TOKEN.match(self.text, self.end)
        assert match is not None  # the pattern ends in "any other character" and "end"
        self.kind = match.lastgroup or "end"
        self.found = match.group(self.kind)
        self.position = match.start(self.kind)
        self.end = match.end()

    def finish(self, expected: str) -> None:
        if self.kind != "end":
            raise self.error(expected)

    def error(self, expected: str) -> ConditionError:
        found = "the end" if self.kind == "end" else ascii(self.found[:40])
        return ConditionError(self.position, expected, found)

    def some(self, depth: int) -> Term:
        terms = [self.every(depth)]
        joined_inside = self.joined
        while self.found == "||":
            self.advance()
            terms.append(self.every(depth))
            joined_inside = joined_inside or self.joined
        if len(terms) == 1:
            return terms[0]
        self.mixed = self.mixed or joined_inside
        return Some(tuple(terms))

    def every(self, depth: int) -> Term:
        terms = [self.unary(depth)]
        while self.found == "&&":
            self.advance()
            terms.append(self.unary(depth))
        self.joined = len(terms) > 1
        return Every(tuple(terms)) if self.joined else terms[0]

    def unary(self, depth: int) -> Term:
        if depth > MAX_DEPTH:
            raise self.error(f"nesting of at most {MAX_DEPTH} levels")
        if self.found == "!":
            self.advance()
            return Not(self.unary(depth + 1))
        if self.found == "(":
            self.advance()
            term = self.some(depth + 1)
            if self.found != ")":
                raise self.error("`&&`, `||` or `)`")
            self.advance()
            return term
        if self.kind != "id":
            raise self.error("a choice id, `!` or `(`")
        choice = self.found
        if choice == "default":
            raise self.error("a choice id: `default` stands alone")
        self.advance()
        return Ticked(choice)


def choices_in(condition: Condition) -> frozenset[str]:
    """Give the ids of the choices that the condition names."""
    return frozenset(_ids(condition))


def _ids(condition: Condition) -> Iterator[str]:
    match condition:
        case Default():
            return
        case Ticked(choice):
            yield choice
        case Not(term):
            yield from _ids(term)
        case Every(terms) | Some(terms):
            for term in terms:
                yield from _ids(term)


# ------------------------------------------------------------------------------------------------------------ evaluate


def evaluate(condition: Condition, selected: Collection[str], not_applicable: Collection[str] = ()) -> bool:
    """Say whether the condition holds.

    A choice that is not applicable is taken out of the expression: it holds up no `&&` and fulfils no `||`. A group of
    which nothing is left is taken out likewise, and a condition of which nothing is left holds. How the service scores
    `!x` with x not applicable is not known; here it is taken out as well.
    """
    return _value(condition, selected, not_applicable) is not False


def _value(condition: Condition, selected: Collection[str], removed: Collection[str]) -> bool | None:
    match condition:
        case Default():
            return True
        case Ticked(choice):
            return None if choice in removed else choice in selected
        case Not(term):
            value = _value(term, selected, removed)
            return None if value is None else not value
        case Every(terms):
            values = [value for term in terms if (value := _value(term, selected, removed)) is not None]
            return all(values) if values else None
        case Some(terms):
            values = [value for term in terms if (value := _value(term, selected, removed)) is not None]
            return any(values) if values else None


def level(rules: Sequence[RiskRule], selected: Collection[str], not_applicable: Collection[str] = ()) -> Level:
    """Give the level of the first rule that holds.

    An empty selection is judged like any other: that the service says UNANSWERED instead is the caller's matter.
    Raises ValueError where no rule holds, because what the service does then is unknown.
    """
    for rule in rules:
        if evaluate(rule.condition, selected, not_applicable):
            return LEVELS[rule.risk]
    raise ValueError("no rule holds for this selection: add a last rule with the condition `default`")


# ------------------------------------------------------------------------------------------------------------- explain


@dataclass(frozen=True)
class Blocked:
    """A better level that was not reached, and the terms that stood in its way (`!x`: x is ticked and must not be)."""

    level: Level
    by: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """Why a selection gives its level, and which single choice would change it."""

    level: Level
    rule: RiskRule
    because: tuple[str, ...]
    blocked: tuple[Blocked, ...]
    flips: tuple[tuple[str, Level], ...]

    def __str__(self) -> str:
        lines = [f"{self.level}: {', '.join(self.because) or 'no better rule holds'}"]
        lines += [f"not {b.level}: {', '.join(b.by)}" for b in self.blocked]
        lines += [f"changing {choice} alone gives {to}" for choice, to in self.flips]
        return "\n".join(lines)


def explain(
    rules: Sequence[RiskRule], choices: Sequence[str], selected: Collection[str], not_applicable: Collection[str] = ()
) -> Explanation:
    """Tell why; `choices` are those that may be flipped, in the order in which they are told.

    Raises ValueError as `level` does, for the selection or for one flip away from it.
    """
    reached = level(rules, selected, not_applicable)
    blocked = []
    rule = rules[0]
    for rule in rules:  # the rule at which it stops is the one that holds
        if evaluate(rule.condition, selected, not_applicable):
            break
        if SEVERITY[LEVELS[rule.risk]] < SEVERITY[reached]:
            terms = dict.fromkeys(_deciding(rule.condition, selected, not_applicable))
            blocked.append(Blocked(LEVELS[rule.risk], tuple(terms)))
    flips = []
    for choice in choices:
        if choice not in not_applicable:
            other = level(rules, {*selected} ^ {choice}, not_applicable)
            if other != reached:
                flips.append((choice, other))
    because = dict.fromkeys(_deciding(rule.condition, selected, not_applicable))
    return Explanation(reached, rule, tuple(because), tuple(blocked), tuple(flips))


def _deciding(
    condition: Condition, selected: Collection[str], removed: Collection[str], sign: str = ""
) -> Iterator[str]:
    """Yield terms that by themselves make the condition what it is, as they must be read (`x`, or `!x`)."""
    match condition:
        case Default():
            return
        case Ticked(choice):
            if choice not in removed:
                yield sign + choice
        case Not(term):
            yield from _deciding(term, selected, removed, "" if sign else "!")
        case Every(terms) | Some(terms):
            whole = _value(condition, selected, removed)
            deciding = [term for term in terms if whole is not None and _value(term, selected, removed) is whole]
            # one term is enough to make `||` true, but every false term of `&&` has to be put right
            for term in deciding[:1] if whole is True and isinstance(condition, Some) else deciding:
                yield from _deciding(term, selected, removed, sign)


# -------------------------------------------------------------------------------------------------------------- derive


def rules(practices: Mapping[str, PracticeRisk], none: str) -> tuple[RiskRule, ...]:
    """Write a question's rules from what the absence of each practice risks; `none` is the id of "None of these".

    There is no level for low: it counts as medium. One practice more never worsens the level, and none of the good
    levels can be had together with `none`.
    """
    if not practices:
        raise ValueError(f"the question of {none} has no practices: give it at least one")
    ids = tuple(practices)
    high = tuple(choice for choice, risk in practices.items() if risk == "high")
    best = RiskRule(_without(none, _every(ids)), "NO_RISK")
    if len(ids) == 1:
        return best, RiskRule(Default(), "HIGH_RISK" if high else "MEDIUM_RISK")
    if not high:
        enough = _some(ids)
    elif len(high) < len(ids):
        enough = _every(high)
    else:
        enough = _all_but_one(ids)
    return best, RiskRule(_without(none, enough), "MEDIUM_RISK"), RiskRule(Default(), "HIGH_RISK")


def _every(ids: tuple[str, ...]) -> Term:
    return Ticked(ids[0]) if len(ids) == 1 else Every(tuple(Ticked(choice) for choice in ids))


def _some(ids: tuple[str, ...]) -> Term:
    return Ticked(ids[0]) if len(ids) == 1 else Some(tuple(Ticked(choice) for choice in ids))


def _all_but_one(ids: tuple[str, ...]) -> Term:
    """Write "all, or all but any one": the missing one is in the right half or in the left, so the text stays short.

    A list of every way to leave one out would grow with the square of the number of practices. The halves are
    stricter where choices are not applicable, never laxer.
    """
    middle = len(ids) // 2
    left, right = ids[:middle], ids[middle:]
    return Some((_all_of_first(left, right), _all_of_first(right, left)))


def _all_of_first(whole: tuple[str, ...], lacking: tuple[str, ...]) -> Term:
    all_of = [Ticked(choice) for choice in whole]
    if len(lacking) == 1:  # all but one of a single practice asks for nothing
        return _every(whole)
    return Every((*all_of, _all_but_one(lacking)))


def _without(none: str, term: Term) -> Term:
    terms = term.terms if isinstance(term, Every) else (term,)
    return Every((*terms, Not(Ticked(none))))
