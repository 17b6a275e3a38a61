"""What differs between two texts of a lens, and whether it changes the meaning of answers already given."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mllens.lens.watool.wording import plain

What = Literal["lens", "pillar", "question", "choice"]
How = Literal["added", "removed", "changed"]

_BELOW: Mapping[What, tuple[str, What]] = {
    "lens": ("pillars", "pillar"),
    "pillar": ("questions", "question"),
    "question": ("choices", "choice"),
}
_MEANING = frozenset({"riskRules"})
_EMPTY: tuple[object, ...] = (None, [], {})


@dataclass(frozen=True)
class Change:
    """One thing that differs; `parts` are the members that do, for what stands on both sides."""

    what: What
    id: str
    how: How
    parts: tuple[str, ...] = ()

    @property
    def meaning(self) -> bool:
        """Whether an answer may mean something else afterwards: what can be ticked, or what the ticks amount to."""
        return self.how != "changed" or not _MEANING.isdisjoint(self.parts)

    def __str__(self) -> str:
        named = self.what if self.what == "lens" else f"{self.what} {self.id}"
        return plain(f"{named} {self.how}" + (f": {', '.join(self.parts)}" if self.parts else ""))


@dataclass(frozen=True)
class Difference:
    """Everything that differs between two texts, in the order of the lens."""

    changes: tuple[Change, ...]

    @property
    def meaning(self) -> tuple[Change, ...]:
        """Those changes that a major version is for."""
        return tuple(change for change in self.changes if change.meaning)


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> Difference:
    """What became of the old lens in the new one; what holds nothing counts as left out."""
    return Difference(tuple(_changes("lens", "", _bare(old), _bare(new))))


def same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two texts say the same lens: order of keys, white space and empty members do not count."""
    return bool(_bare(one) == _bare(other))


def digest(lens: Mapping[str, Any]) -> str:
    """SHA-256 of what a lens says: equal for texts that say the same."""
    text = json.dumps(_bare(lens), sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _bare(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: inner for key, member in value.items() if (inner := _bare(member)) not in _EMPTY}
    if isinstance(value, list):
        return [_bare(item) for item in value]
    return value


def _changes(what: What, id_: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    member, below = _BELOW.get(what, ("", what))
    parts = [key for key in dict.fromkeys((*old, *new)) if key != member and old.get(key) != new.get(key)]
    before, after = _by_id(old.get(member, ())), _by_id(new.get(member, ()))
    if [key for key in before if key in after] != [key for key in after if key in before]:
        parts.append(f"order of {member}")
    if parts:
        yield Change(what, id_, "changed", tuple(parts))
    for key, item in after.items():
        if key in before:
            yield from _changes(below, key, before[key], item)
        else:
            yield Change(below, key, "added")
    for key in before:
        if key not in after:
            yield Change(below, key, "removed")


def _by_id(items: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {str(item.get("id")): item for item in items}
