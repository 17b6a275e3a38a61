"""Verdicts: what a rule says of a resource."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pass:
    """The norm is met, as observed."""


@dataclass(frozen=True)
class Fail:
    """The norm is not met; the message is a predicate that reads after the resource's name."""

    message: str


@dataclass(frozen=True)
class NotApplicable:
    """The norm does not concern this resource; the reason reads after its name."""

    why: str


@dataclass(frozen=True)
class Unknown:
    """It cannot be told. The engine says so, rules do not."""

    why: str


Verdict = Pass | Fail | NotApplicable | Unknown
