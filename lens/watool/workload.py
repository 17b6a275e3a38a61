"""`workload.toml`: which accounts, regions and resources a workload is, as its owners keep it in a file."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllens.lens.watool.errors import Unfit
from mllens.lens.watool.reviews import Workload
from mllens.lens.watool.wording import plain

_LISTS = ("accounts", "regions", "roots", "applications")


@dataclass(frozen=True)
class Scope:
    """What a workload is made of; `tags` and `roots` say which resources of the accounts, none meaning all."""

    name: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    tags: tuple[tuple[str, str], ...]
    roots: tuple[str, ...]
    applications: tuple[str, ...]


def read_workload(path: Path) -> Scope:
    """Read a `workload.toml`.

    Raises:
        Unfit: it is none; the message says which entry is wrong and what was expected.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Unfit(f"{path}: not TOML: {error}") from None
    known = {"name", "tags", *_LISTS}
    if strange := sorted(content.keys() - known):
        raise Unfit(f"{path}: {strange[0]}: no such entry; there are {', '.join(sorted(known))}")
    lists = {entry: _texts(path, entry, content.get(entry, [])) for entry in _LISTS}
    name, tags = content.get("name"), content.get("tags", {})
    if not isinstance(name, str) or not name:
        raise Unfit(f"{path}: name: expected the workload's name")
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise Unfit(f"{path}: tags: expected a table of text, as tags = {{ team = 'vision' }}")
    _check_where(path, lists)
    return Scope(name, tags=tuple(sorted(tags.items())), **lists)


def _check_where(path: Path, lists: Mapping[str, tuple[str, ...]]) -> None:
    for entry in ("accounts", "regions"):
        if not lists[entry]:
            raise Unfit(f"{path}: {entry}: expected at least one")
    for account in lists["accounts"]:
        if not re.fullmatch("[0-9]{12}", account):
            raise Unfit(f"{path}: accounts: {plain(account)!r} is no account, which has 12 digits")
    for root in lists["roots"]:
        if not root.startswith("arn:"):
            raise Unfit(f"{path}: roots: {plain(root)!r} is no ARN")


def mismatches(scope: Scope, workload: Workload) -> tuple[str, ...]:
    """Where the Tool says another scope for the workload; what it leaves empty says nothing."""
    pairs: Iterable[tuple[str, tuple[str, ...], tuple[str, ...]]] = (
        ("accounts", scope.accounts, workload.accounts),
        ("regions", scope.regions, workload.regions),
        ("applications", scope.applications, workload.applications),
    )
    return tuple(
        f"{entry}: the file says {_listed(ours)}, the Tool {_listed(theirs)}"
        for entry, ours, theirs in pairs
        if theirs and set(ours) != set(theirs)
    )


def fitting(scope: Scope, accounts: Iterable[str], regions: Iterable[str]) -> None:
    """That an assessment is of this workload's accounts and regions, no more and no less.

    Raises:
        Unfit: it is not; what it says would be said of another workload.
    """
    for entry, ours, assessed in (("accounts", scope.accounts, accounts), ("regions", scope.regions, regions)):
        if set(ours) != (seen := set(assessed)):
            raise Unfit(
                f"The workload {plain(scope.name)} has the {entry} {_listed(ours)}, and the assessment is of "
                f"{_listed(sorted(seen))}. Audit what the workload has, or correct the file."
            )


def _texts(path: Path, entry: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise Unfit(f"{path}: {entry}: expected a list of text")
    return tuple(value)


def _listed(items: Iterable[str]) -> str:
    return ", ".join(plain(item) for item in items) or "none"
