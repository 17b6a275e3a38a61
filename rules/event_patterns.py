"""Patterns of EventBridge rules, as far as what is known of an event decides them."""

from collections.abc import Iterator, Mapping
from typing import Any


def matches(pattern: Any, event: Mapping[tuple[str, ...], str]) -> bool | None:
    """Whether an event matches a pattern; None where the pattern asks for more than is known here.

    `event` has the values of its members by their paths.
    """
    if not isinstance(pattern, Mapping):
        return None
    told: bool | None = True
    for path, accepted in _leaves(pattern, ()):
        value = event.get(path)
        if value is None or not isinstance(accepted, list):
            told = None
        elif value not in accepted and not any(_begins(value, one) for one in accepted):
            if not any(isinstance(one, Mapping) and set(one) != {"prefix"} for one in accepted):
                return False
            told = None
    return told


def _begins(value: str, accepted: object) -> bool:
    prefix = accepted.get("prefix") if isinstance(accepted, Mapping) else None
    return isinstance(prefix, str) and value.startswith(prefix)


def _leaves(pattern: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for key, value in pattern.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, key))
        else:
            yield (*path, key), value
