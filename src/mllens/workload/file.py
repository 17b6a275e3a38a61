"""`workload.toml`: which accounts, regions and resources a workload is, as its owners keep it in a file."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllens.reports.harmless import harmless

if TYPE_CHECKING:
    from mllens.reports.assessment import Scope
    from mllens.scanner import Key

_LISTS = ("accounts", "regions", "roots", "applications")
NAMED = re.compile(r"([A-Za-z]+):(?!:)(\S.*)")


class WorkloadError(Exception):
    """A workload's file is wrong, or does not fit what it is used with; the message says where, and the remedy."""


@dataclass(frozen=True)
class Workload:
    """What a workload is made of; `tags`, `roots` and `applications` say of which resources, none meaning all.

    A root is an ARN, or a type and a name, as `Endpoint:fraud-scoring`. Tags must all be there. An application is what
    AppRegistry calls it: its name or its ARN.
    """

    name: str
    accounts: tuple[str, ...]
    regions: tuple[str, ...]
    tags: tuple[tuple[str, str], ...] = ()
    roots: tuple[str, ...] = ()
    applications: tuple[str, ...] = ()

    @property
    def selects(self) -> bool:
        """Whether it is less than all of its accounts and regions."""
        return bool(self.tags or self.roots or self.applications)

    @property
    def by_tags(self) -> bool:
        """Whether tags say which resources it begins with."""
        return bool(self.tags or self.applications)

    @property
    def sha256(self) -> str:
        """A digest of what the file says, however it is written."""
        said = {entry: value if entry == "name" else sorted(value) for entry, value in asdict(self).items()}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def read_workload(path: Path) -> Workload:
    """Read a `workload.toml`.

    Raises:
        WorkloadError: it is none; the message says which entry is wrong and what was expected.
    """
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise WorkloadError(f"{path}: not TOML: {error}") from None
    known = {"name", "tags", *_LISTS}
    if strange := sorted(content.keys() - known):
        raise WorkloadError(f"{path}: {strange[0]}: no such entry; there are {', '.join(sorted(known))}")
    lists = {entry: _texts(path, entry, content.get(entry, [])) for entry in _LISTS}
    name, tags = content.get("name"), content.get("tags", {})
    if not isinstance(name, str) or not name.strip():
        raise WorkloadError(f"{path}: name: expected the workload's name")
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise WorkloadError(f"{path}: tags: expected a table of text, as tags = {{ team = 'vision' }}")
    _check_where(path, lists)
    return Workload(name, tags=tuple(sorted(tags.items())), **lists)


def _check_where(path: Path, lists: Mapping[str, tuple[str, ...]]) -> None:
    for entry in ("accounts", "regions"):
        if not lists[entry]:
            raise WorkloadError(f"{path}: {entry}: expected at least one")
    for account in lists["accounts"]:
        if not re.fullmatch("[0-9]{12}", account):
            raise WorkloadError(f"{path}: accounts: {harmless(account)!r} is no account, which has 12 digits")
    for root in lists["roots"]:
        if not root.startswith("arn:") and not NAMED.fullmatch(root):
            raise WorkloadError(
                f"{path}: roots: {harmless(root)!r} is no ARN, nor a type and a name, as Endpoint:fraud"
            )


def text(workload: Workload, comments: Iterable[str] = ()) -> str:
    """A workload as a file holds it, below comments."""
    lines = [*(f"# {harmless(comment)}" for comment in comments), f"name = {_quoted(workload.name)}"]
    for entry in _LISTS:
        if values := getattr(workload, entry):
            items = "".join(f"\n    {_quoted(value)}," for value in values)
            lines.append(f"{entry} = [{items}\n]" if len(values) > 1 else f"{entry} = [{_quoted(values[0])}]")
    if workload.tags:
        lines += ["", "[tags]", *(f"{_quoted(key)} = {_quoted(value)}" for key, value in workload.tags)]
    return "\n".join(lines) + "\n"


def fitting(workload: Workload, scope: "Scope") -> None:
    """That an assessment is of this workload, no more and no less.

    Raises:
        WorkloadError: it is not; what it says would be said of another workload.
    """
    name = harmless(workload.name)
    for entry, ours, assessed in (
        ("accounts", workload.accounts, scope.accounts),
        ("regions", workload.regions, scope.regions),
    ):
        if set(ours) != (seen := set(assessed)):
            raise WorkloadError(
                f"The workload {name} has the {entry} {_listed(ours)}, and the assessment is of "
                f"{_listed(sorted(seen))}. Audit what the workload has, or correct the file."
            )
    of = scope.workload
    if of is None:
        if workload.selects:
            raise WorkloadError(
                f"The workload {name} is a part of its accounts, and the assessment is of the whole. Make one with "
                "`mllens assess INVENTORY --workload FILE`, or `mllens audit --workload FILE`."
            )
    elif of.sha256 != workload.sha256 and (of.selects or workload.selects):
        raise WorkloadError(
            f"The assessment is of the workload {harmless(of.name)} by another file, or by this one as it was before "
            f"it was changed. Assess again with the file that says what {name} is."
        )


def _texts(path: Path, entry: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise WorkloadError(f"{path}: {entry}: expected a list of text")
    return tuple(value)


def _listed(items: Iterable[str]) -> str:
    return ", ".join(harmless(item) for item in items) or "none"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")  # a basic string of TOML, but for this


def inside(workload: Workload, key: "Key") -> bool:
    """Whether a resource is of a workload's accounts and regions; what is of none is."""
    return key.account in ("", *workload.accounts) and key.region in ("", *workload.regions)
