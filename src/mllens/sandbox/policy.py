"""Least privilege: whether an identity policy allows an action on a resource."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ALWAYS = frozenset({"sts:GetCallerIdentity"})


@dataclass(frozen=True)
class Policy:
    """An identity policy. Conditions are not evaluated: with one, an Allow never counts and a Deny always does."""

    statements: tuple[Mapping[str, Any], ...]

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Policy:
        """Take a policy document apart; refuses one without statements."""
        statements = document.get("Statement")
        if statements is None:
            raise ValueError("the policy has no Statement: give a whole policy document")
        return cls(tuple(statements) if isinstance(statements, list) else (statements,))

    def allows(self, action: str, resource: str | None) -> bool:
        """Whether some statement allows the action and none denies it.

        An unknown resource (None) fits every statement; `*` fits those only that speak of all resources, which is what
        IAM asks for where an action knows no resources.
        """
        if action in _ALWAYS:
            return True
        fitting = [s for s in self.statements if _fits_action(s, action) and _fits_resource(s, resource)]
        if any(s.get("Effect") == "Deny" for s in fitting):
            return False
        return any(s.get("Effect") == "Allow" and not s.get("Condition") for s in fitting)


def _fits_action(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not any(_glob(pattern, action, fold=True) for pattern in _many(statement["NotAction"]))
    return any(_glob(pattern, action, fold=True) for pattern in _many(statement.get("Action", ())))


def _fits_resource(statement: Mapping[str, Any], resource: str | None) -> bool:
    if resource is None:
        return True
    if "NotResource" in statement:
        return not any(_glob(pattern, resource) for pattern in _many(statement["NotResource"]))
    return any(_glob(pattern, resource) for pattern in _many(statement.get("Resource", "*")))


def _many(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _glob(pattern: str, text: str, *, fold: bool = False) -> bool:
    # IAM knows * and ? only; fnmatch would also read brackets
    regex = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(regex, text, re.IGNORECASE | re.DOTALL if fold else re.DOTALL) is not None
