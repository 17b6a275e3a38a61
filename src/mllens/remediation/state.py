"""States: whether what stands there is what a plan calls before, or after, or neither."""

import json
from collections.abc import Collection, Mapping
from typing import Any

from mllens.remediation.planfile import Members, Step
from mllens.scanner.path import ABSENT, dig


def shown(answer: Mapping[str, Any], at: str, members: Collection[str]) -> dict[str, Any] | None:
    """What a look shows of an answer: the members compared; None where nothing is there."""
    found: Any = answer
    if at and at.partition(".")[0] in answer:  # an inventory keeps the structure itself where the collector says so
        found = dig(answer, tuple(at.split(".")))
    if isinstance(found, list):
        found = found[0] if found else ABSENT
    if not isinstance(found, Mapping) or not found:
        return None
    return {name: value for name, value in found.items() if not members or name in members}


def is_before(step: Step, now: Members | None) -> bool:
    """Whether nothing changed since the plan."""
    return same(step.before, now)


def is_after(step: Step, now: Members | None, after: Members | None) -> bool:
    """Whether the step has taken effect: every member named has its value (`after` as resolved)."""
    if after is None or now is None:
        return after is None and now is None
    return holds(now, after)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal, lists in any order."""
    return json.dumps(_sorted(one), sort_keys=True) == json.dumps(_sorted(other), sort_keys=True)


def holds(now: Any, wanted: Any) -> bool:
    """Whether a value has all that is wanted: of a structure the members named, of a list each item, in any order."""
    match wanted:
        case Mapping():
            return isinstance(now, Mapping) and all(n in now and holds(now[n], w) for n, w in wanted.items())
        case list():
            if not isinstance(now, list) or len(now) != len(wanted):
                return False
            left = list(now)
            for item in wanted:
                if (found := next((i for i, other in enumerate(left) if holds(other, item)), None)) is None:
                    return False
                del left[found]
            return True
        case str():
            told, asked = _document(now), _document(wanted)
            return holds(told, asked) if isinstance(asked, dict | list) else bool(now == wanted)
    return bool(now == wanted)


def _document(value: Any) -> Any:
    """A text that is a JSON document, decoded, for services do not keep its spelling; anything else as it is."""
    if not isinstance(value, str) or not value.startswith(("{", "[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def differences(planned: Members | None, now: Members | None) -> str:
    """What differs, in words: the members with both values."""
    if planned is None:
        return "there is one of its name, with other settings"
    if now is None:
        return "it is no longer there"
    names = sorted(n for n in planned.keys() | now.keys() if not same(planned.get(n), now.get(n)))
    return "; ".join(f"{n} was {_short(planned.get(n))}, and is {_short(now.get(n))}" for n in names)


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else text[:79] + "…"


def _sorted(value: Any) -> Any:
    match value:
        case str():
            return _sorted(told) if isinstance(told := _document(value), dict | list) else value
        case Mapping():
            return {name: _sorted(inner) for name, inner in value.items()}
        case list():
            return sorted((_sorted(inner) for inner in value), key=lambda v: json.dumps(v, sort_keys=True))
        case bool():
            return value
        case int():
            return float(value)
    return value
